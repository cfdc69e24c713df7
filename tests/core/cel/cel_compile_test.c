/* What does not compile, and what the writer is told: the place and a way out. */
#include "tests/core/cel/fixture.h"

struct row {
    const char *expression;
    uint32_t line;
    uint32_t column;
    const char *message; /* a part of it */
};

static void check_issues(void **state, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct cel_program *program;
        struct cel_issue issue = {0};
        const char *expression = rows[i].expression;
        if (cel_compile(*state, text_of(expression), &fixture_environment, &program, &issue) !=
            STATUS_REJECTED)
            fail_msg("%s: compiles, expected: %s", expression, rows[i].message);
        if (strstr(issue.message, rows[i].message) == NULL)
            fail_msg("%s\nactual:   %s\nexpected: %s", expression, issue.message, rows[i].message);
        if (issue.line != rows[i].line || issue.column != rows[i].column)
            fail_msg("%s\nactual:   %u:%u\nexpected: %u:%u (%s)", expression, issue.line,
                     issue.column, rows[i].line, rows[i].column, rows[i].message);
    }
}

static void test_tokens(void **state)
{
    static const struct row rows[] = {
        {"a = 1", 1, 3, "comparison is \"==\""},
        {"a & b", 1, 3, "logical and is \"&&\""},
        {"a | b", 1, 3, "logical or is \"||\""},
        {"x # y", 1, 3, "unexpected character \"#\""},
        {"x +\n\303\251", 2, 1, "unexpected character outside of a string"},
        {"x\001", 1, 2, "unexpected control character 0x01"},
        {"12abc", 1, 3, "unexpected \"a\" directly after a number"},
        {"1ux", 1, 3, "unexpected \"x\""},
        {"0x", 1, 2, "unexpected \"x\""},
        {"1e", 1, 1, "exponent needs at least one digit"},
        {"1e+", 1, 1, "exponent needs at least one digit"},
        {"9223372036854775808", 1, 1, "does not fit an int"},
        {"-9223372036854775809", 1, 2, "-9223372036854775809 does not fit an int"},
        {"18446744073709551616u", 1, 1, "does not fit a uint"},
        {"0x10000000000000000", 1, 1, "does not fit an int"},
        {"1e309", 1, 1, "does not fit a double"},
        {"'abc", 1, 1, "this string has no end: ' is missing"},
        {"'a\nb'", 1, 1, "does not end on its line"},
        {"x + '''a\nb''", 1, 5, "three times ' is missing"},
        {"'a\\", 1, 1, "this string has no end"},
        {"'\\s'", 1, 2, "unknown escape"},
        {"'\303\251\\d'", 1, 3, "unknown escape"}, /* columns are code points */
        {"'\\x4'", 1, 4, "needs 2 hexadecimal digits"},
        {"'\\u12'", 1, 4, "needs 4 hexadecimal digits"},
        {"'\\U0011ffff'", 1, 4, "no Unicode character"},
        {"'\\uD83D\\uDE03'", 1, 4, "no Unicode character"},
        {"'\\UD83DDE03'", 1, 4, "no Unicode character"},
        {"'\\400'", 1, 2, "unknown escape"},
        {"'\\18'", 1, 3, "needs 3 octal digits"},
        {"b'\\u0041'", 1, 5, "bytes take \\x"},
        {"context.``", 1, 9, "a quoted field is"},
        {"context.`a", 1, 9, "a quoted field is"},
        {"`x`", 1, 1, "expected a value"},
    };
    static const char broken[] = "x + '\xff'";
    const struct cel_program *program;
    struct cel_issue issue;
    check_issues(state, rows, COUNT_OF(rows));
    assert_int_equal(cel_compile(*state, text_of(broken), &fixture_environment, &program, &issue),
                     STATUS_REJECTED);
    assert_int_equal(issue.column, 6);
    assert_non_null(strstr(issue.message, "not valid UTF-8"));
}

static void test_grammar(void **state)
{
    static const struct row rows[] = {
        {"", 1, 1, "the expression is empty"},
        {" // nothing", 1, 1, "the expression is empty"},
        {"1 +", 1, 4, "expected a value, found the end"},
        {"* 2", 1, 1, "expected a value, found \"*\""},
        {"1 2", 1, 3, "expected an operator or the end, found \"2\""},
        {"x y", 1, 3, "expected an operator or the end, found \"y\""},
        {"'a' 'b'", 1, 5, "found a string"},
        {"(1", 1, 3, "expected \")\" for the \"(\" of line 1, column 1, found the end"},
        {"(1]", 1, 3, "expected \")\" for the \"(\" of line 1, column 1, found \"]\""},
        {"[1,\n 2", 2, 3, "expected \"]\" for the \"[\" of line 1, column 1"},
        {"{'a': 1", 1, 8, "expected \"}\" for the \"{\""},
        {"{'a'}", 1, 5, "expected \":\" after a key"},
        {"{'a': }", 1, 7, "expected a value"},
        {"size(x,)", 1, 8, "expected an argument after \",\""},
        {"size(,)", 1, 6, "expected a value"},
        {"x[1", 1, 4, "expected \"]\" for the \"[\" of line 1, column 2"},
        {"x[]", 1, 3, "expected a value"},
        {"x.", 1, 3, "expected the name of a field or method after \".\", found the end"},
        {"x.1", 1, 2, "expected an operator or the end"},
        {"x.true", 1, 3, "expected the name of a field"},
        {"x.in", 1, 3, "expected the name of a field"},
        {"x.?", 1, 4, "expected the name of a field"},
        {"x.?y()", 1, 5, "expected an operator or the end"},
        {"x[?]", 1, 4, "expected a value"},
        {"[?]", 1, 3, "expected a value"},
        {"{?: 1}", 1, 3, "expected a value"},
        {"size(?x)", 1, 6, "expected a value"},
        {"true ? 1", 1, 9, "expected \":\" of the conditional"},
        {"true ? : 1", 1, 8, "expected a value"},
        {"true ? false ? 1 : 2 : 3", 1, 14, "expected \":\" of the conditional"},
        {"for", 1, 1, "\"for\" is a reserved word"},
        {".if", 1, 2, "\"if\" is a reserved word"},
        {"!-x", 1, 2, "expected a value"},
        {"x && ", 1, 6, "expected a value"},
        {"Message{a: 1}", 1, 8, "there are no message types"},
        {"a.b.Message{}", 1, 12, "there are no message types"},
    };
    check_issues(state, rows, COUNT_OF(rows));
}

static void test_names(void **state)
{
    static const struct row rows[] = {
        {"contxt.attempts", 1, 1, "unknown variable \"contxt\"; did you mean \"context\"?"},
        {"1 + contxt", 1, 5, "unknown variable \"contxt\"; did you mean \"context\"?"},
        {"zebra", 1, 1, "unknown variable \"zebra\""},
        {"a.c", 1, 1, "unknown variable \"a\""},
        {"numbers.map(elem, elm)", 1, 19, "did you mean \"elem\"?"},
        {"numbers.map(e, e) == e", 1, 22, "unknown variable \"e\""},
        {".e", 1, 1, "unknown variable \"e\""},
        {"numbers.map(e, .e)", 1, 16, "unknown variable \"e\""},
        {"dyn", 1, 1, "unknown variable \"dyn\""},
        {"matches(a.b, '(')", 1, 1, "matches(\"(\"): "},
        {"a.b.matches('x**')", 1, 5, "matches(\"x**\"): "},
        {"a.b.matches('(?=x)')", 1, 5, "matches(\"(?=x)\"): "},
        {"'a'.startWith('b')", 1, 5,
         "unknown function \"startWith\"; did you mean \"startsWith\"?"},
        {"numbers.exits(e, e)", 1, 9, "did you mean \"exists\"?"},
        {"stirng(1)", 1, 1, "did you mean \"string\"?"},
        {"hass(x.y)", 1, 1, "did you mean \"has\"?"},
        {"startsWith('a', 'b')", 1, 1, "\"startsWith\" is called as a method: x.f(...)"},
        {"x.int()", 1, 3, "\"int\" is called as a function: f(x)"},
        {"size(1, 2)", 1, 1, "size() does not take 2 arguments"},
        {"'a'.contains()", 1, 5, ".contains() does not take 0 arguments"},
        {"numbers.all(e)", 1, 9, ".all() does not take 1 argument"},
        {"has()", 1, 1, "has() does not take 0 arguments"},
        {"numbers.all(1, true)", 1, 13, "all() needs the name of a variable"},
        {"numbers.map(e.f, true)", 1, 13, "map() needs the name of a variable"},
        {"numbers.map(.e, true)", 1, 13, "map() needs the name of a variable"},
        {"has(x)", 1, 5, "has() takes the selection of a field"},
        {"has(context['a'])", 1, 5, "has() takes the selection of a field"},
        {"now.getHours('Test/West')", 1, 5, "unknown time zone \"Test/West\""},
        {"now.getHours('+25:00')", 1, 5, "unknown time zone \"+25:00\""},
        {"has(context.?name)", 1, 5, "has() takes the selection of a field"},
        {"numbers.all(i, i, true)", 1, 16, "all() needs two different variables"},
        {"cel.bind(1, 2, 3)", 1, 10, "cel.bind() needs the name of a variable"},
        {"math.abs(1, 2)", 1, 1, "math.abs() does not take 2 arguments"},
        {"math.abz(1)", 1, 1, "unknown function \"math.abz\"; did you mean \"math.abs\"?"},
        {"math.pi", 1, 1, "unknown variable \"math\""},
        {"math.greatest()", 1, 1, "math.greatest() does not take 0 arguments"},
        {"cel.index(0)", 1, 5, "there is nothing that cel.block()"},
        {"has(numbers.size())", 1, 5, "has() takes the selection of a field"},
    };
    check_issues(state, rows, COUNT_OF(rows));
}

/* Compiled leniently, unknown names are errors of the evaluation that reaches them. */
static void test_lenient(void **state)
{
    static const struct {
        const char *expression;
        const char *error; /* NULL: evaluates to true */
    } rows[] = {
        {"y || true", NULL},
        {"f(17) || true", NULL},
        {"x.package() || true", NULL},
        {"y.z.all(e, e) || true", NULL},
        {"true ? true : y", NULL},
        {"y", "unknown variable \"y\""},
        {"contxt.a", "did you mean \"context\"?"},
        {"f(1)", "unknown function \"f\""},
        {"numbers.map(e, e.ff())", "unknown function \"ff\""},
        {"size(1, 2)", "size() does not take 2 arguments"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct cel_program *program;
        struct cel_issue issue;
        struct cel_value value;
        struct error error;
        const char *expression = rows[i].expression;
        CHECK_ROW(expression, cel_compile_lenient(*state, text_of(expression), &fixture_environment,
                                                  &program, &issue) == STATUS_OK);
        enum status status = cel_evaluate(program, fixture_variables(*state), CEL_COST_MAX, *state,
                                          &value, NULL, &error);
        if (rows[i].error == NULL)
            CHECK_ROW(expression, status == STATUS_OK && value.as.boolean);
        else
            CHECK_ROW(expression,
                      status == STATUS_REJECTED && strstr(error.message, rows[i].error) != NULL);
    }
}

static void test_uses(void **state)
{
    const struct cel_program *program =
        compile_text(*state, TEXT("numbers.map(x, x + 1) == [context.n] || a.b == ''"));
    assert_false(cel_program_uses(program, 0)); /* x is the loop's */
    assert_false(cel_program_uses(program, 1)); /* .n is a field */
    assert_true(cel_program_uses(program, 2));
    assert_true(cel_program_uses(program, 3));
    assert_false(cel_program_uses(program, 4));
    assert_true(cel_program_uses(program, 5));
    assert_false(cel_program_uses(program, 6));
    assert_false(cel_program_uses(program, SIZE_MAX));
}

/* langdef.md, "Name Resolution": the longest name wins, a comprehension's before all. */
static void test_resolution(void **state)
{
    static const struct text names[] = {{"a", 1}, {"a.b.c", 5}, {"a.b", 3}, {"int", 3}};
    static const struct cel_environment environment = {.names = names, .count = COUNT_OF(names)};
    static const struct json_member member = {{"c", 1}, {.type = JSON_INT, .as.integer = 9}};
    static const struct {
        const char *expression;
        int64_t expected;
    } rows[] = {
        {"a.b.c", 3},
        {"a.b.d.size()", 4},
        {"a.b.`c`", 9},
        {"[{'b': {'c': 7}}].map(a, a.b.c)[0]", 7},
        {"[{'b': {'c': 7}}].map(a, .a.b.c)[0]", 3},
        {"has(a.b.c) ? 1 : 0", 1}, /* of the map a.b, not the variable a.b.c */
        {"int", 5},                /* a variable comes before a type */
        {"int('6')", 6},           /* but functions have names of their own */
    };
    struct json_member members[] = {member, {TEXT("d"), json_string(TEXT("four"))}};
    struct cel_value values[] = {cel_int(1), cel_int(3), cel_from_json(json_object(members, 2)),
                                 cel_int(5)};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct cel_program *program;
        struct cel_issue issue;
        struct cel_value value;
        struct error error;
        CHECK_ROW(rows[i].expression, cel_compile(*state, text_of(rows[i].expression), &environment,
                                                  &program, &issue) == STATUS_OK);
        CHECK_ROW(rows[i].expression, cel_evaluate(program, values, CEL_COST_MAX, *state, &value,
                                                   NULL, &error) == STATUS_OK);
        CHECK_ROW(rows[i].expression,
                  value.type == CEL_INT && value.as.integer == rows[i].expected);
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, arena_setup, arena_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(test_tokens),  TEST(test_grammar), TEST(test_names),
        TEST(test_lenient), TEST(test_uses),    TEST(test_resolution),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
