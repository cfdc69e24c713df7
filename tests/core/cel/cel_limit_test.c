/* What bounds an expression: size, depth, cost and memory; and what does not. */
#include <stdlib.h>

#include "tests/core/cel/fixture.h"

/* `prefix`, then `part` so often, then `suffix`. */
static struct text repeat(struct arena *arena, const char *prefix, const char *part, size_t count,
                          const char *suffix)
{
    struct writer writer;
    writer_init_arena(&writer, arena, SIZE_MAX);
    writer_string(&writer, prefix);
    for (size_t i = 0; i < count; i++)
        writer_string(&writer, part);
    writer_string(&writer, suffix);
    return writer_result(&writer);
}

static struct text join(struct arena *arena, struct text a, struct text b)
{
    struct writer writer;
    writer_init_arena(&writer, arena, SIZE_MAX);
    writer_text(&writer, a);
    writer_text(&writer, b);
    return writer_result(&writer);
}

static bool is_true(struct arena *arena, struct text expression)
{
    struct cel_value value;
    struct error error;
    if (evaluate_text(arena, expression, &value, NULL, &error) != STATUS_OK)
        fail_msg("%.100s: %s", expression.data, error.message);
    return value.type == CEL_BOOL && value.as.boolean;
}

/* Whatever the grammar repeats may be as long as the text allows. */
static void test_long_chains(void **state)
{
    static const struct {
        const char *prefix, *part, *suffix;
        size_t count;
    } rows[] = {
        {"0", " + 1", " == 10000", 10000},
        {"0.0", " * 1.0", " == 0.0", 8000},
        {"true", " && true", "", 7000},
        {"false", " || false", " || true", 6000},
        {"", "false ? false : ", "true", 4000},
        {"", "!", "true", 10000},
        {"-1 == ", "- ", "1", 20001},
        {"[numbers]", ".map(e, e)", "[0] == numbers", 5000},
        {"size([", "1,", "1]) == 30001", 30000},
        {"{'a': ", "1}.a != 2 || {'a': ", "1}.a == 1", 1},
        {"(true", " == true", ")", 7000},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct text text =
            repeat(*state, rows[i].prefix, rows[i].part, rows[i].count, rows[i].suffix);
        CHECK_ROW(rows[i].part, is_true(*state, text));
    }
    struct text selects = repeat(*state, "has(context.", "a.", 20000, "b) || true");
    assert_true(is_true(*state, selects));
}

/* What nests is limited, by the parser or, where a macro hides it, by the compiler. */
static void test_depth(void **state)
{
    static const struct {
        const char *open, *middle, *close;
    } rows[] = {
        {"(", "1", ")"},
        {"[", "1", "]"},
        {"{1:", "1", "}"},
        {"size(", "1", ")"},
        {"numbers[", "1", "]"},
        {"-(", "1", ")"},
        {"!(", "true", ")"},
        {"1 + (", "1", ")"},
        {"true ? (", "1", ") : 2"},
        {"numbers.map(e, ", "e", ")"},
        {"[1].all(e, true && (", "true", "))"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct cel_program *program;
        struct cel_issue issue;
        struct text text = join(*state, repeat(*state, "", rows[i].open, 2000, rows[i].middle),
                                repeat(*state, "", rows[i].close, 2000, ""));
        CHECK_ROW(rows[i].open, cel_compile(*state, text, &fixture_environment, &program, &issue) ==
                                    STATUS_REJECTED);
        CHECK_ROW(rows[i].open, strstr(issue.message, "nested deeper than 250 levels") != NULL);
        /* 60 levels are fine whatever they are made of. */
        text = join(*state, repeat(*state, "", rows[i].open, 60, rows[i].middle),
                    repeat(*state, "", rows[i].close, 60, ""));
        compile_text(*state, text);
    }
    /* Two nodes for each level of the grammar: here the compiler's limit is nearer. */
    const struct cel_program *program;
    struct cel_issue issue;
    struct text signs =
        join(*state, repeat(*state, "", "-(1 + ", 150, "1"), repeat(*state, "", ")", 150, ""));
    assert_int_equal(cel_compile(*state, signs, &fixture_environment, &program, &issue),
                     STATUS_REJECTED);
    assert_non_null(strstr(issue.message, "nested deeper than 250 levels"));
    struct text deep =
        join(*state, repeat(*state, "", "(", 249, "1"), repeat(*state, "", ")", 249, ""));
    compile_text(*state, deep);
}

static void test_size(void **state)
{
    const struct cel_program *program;
    struct cel_issue issue;
    struct text fits = repeat(*state, "'", "a", CEL_EXPRESSION_SIZE_MAX - 2, "'");
    struct text over = repeat(*state, "'", "a", CEL_EXPRESSION_SIZE_MAX - 1, "'");
    compile_text(*state, fits);
    assert_int_equal(cel_compile(*state, over, &fixture_environment, &program, &issue),
                     STATUS_REJECTED);
    assert_non_null(strstr(issue.message, "at most 65536 are allowed"));
}

/* A value may be nested deeper than the expression that makes it; comparing it and
 * writing it as JSON are limited. */
static void test_deep_values(void **state)
{
    struct cel_value value;
    struct json json;
    struct error error;
    struct text chain = repeat(*state, "[1]", ".map(e, [e])", 5, "");
    assert_int_equal(evaluate_text(*state, chain, &value, NULL, &error), STATUS_OK);
    struct text nested = repeat(*state, "", "[1].map(e, [e]).map(e, [e])", 1, "");
    assert_int_equal(evaluate_text(*state, nested, &value, NULL, &error), STATUS_OK);

    /* By hand, deeper than the limit: a list in a list. */
    struct cel_value *levels = arena_alloc_array(*state, 1000, sizeof *levels);
    levels[0] = cel_int(1);
    for (size_t i = 1; i < 1000; i++)
        levels[i] = (struct cel_value){.type = CEL_LIST, .count = 1, .as.items = &levels[i - 1]};
    assert_true(cel_equal(levels[200], levels[200]));
    assert_false(cel_equal(levels[999], levels[999]));
    assert_int_equal(cel_to_json(*state, levels[200], &json, &error), STATUS_OK);
    assert_int_equal(cel_to_json(*state, levels[999], &json, &error), STATUS_REJECTED);
    assert_non_null(strstr(error.message, "nested deeper than 250 levels"));
    assert_int_equal(cel_to_typed_json(*state, levels[999], &json, &error), STATUS_REJECTED);

    static const struct text name = {"deep", 4};
    const struct cel_environment environment = {.names = &name, .count = 1};
    const struct cel_program *program;
    struct cel_issue issue;
    assert_int_equal(cel_compile(*state, TEXT("deep == deep"), &environment, &program, &issue),
                     STATUS_OK);
    assert_int_equal(
        cel_evaluate(program, &levels[999], CEL_COST_MAX, *state, &value, NULL, &error),
        STATUS_REJECTED);
    assert_non_null(strstr(error.message, "nested deeper than 250 levels"));
}

/* Exponential expressions (langdef.md, "Macro Performance") end, and nothing absorbs it. */
static void test_cost(void **state)
{
    static const char *const expressions[] = {
        "[0,1].all(a, [0,1].all(b, [0,1].all(c, [0,1].all(d, [0,1].all(e, [0,1].all(f, "
        "[0,1].all(g, [0,1].all(h, [0,1].all(i, [0,1].all(j, [0,1].all(k, [0,1].all(l, "
        "[0,1].all(m, [0,1].all(n, [0,1].all(o, [0,1].all(p, [0,1].all(q, [0,1].all(r, "
        "[0,1].all(s, 1/0 > 0)))))))))))))))))))",
    };
    for (size_t i = 0; i < COUNT_OF(expressions); i++) {
        check_error(*state, expressions[i], "cost limit of 1000000 exceeded");
        struct text absorbing = join(*state, text_of(expressions[i]), TEXT(" || true"));
        check_error(*state, text_copy(*state, absorbing).data, "cost limit of 1000000 exceeded");
    }
}

/* The exact cost is what evaluation took; one unit less is not enough. */
static void test_cost_is_exact(void **state)
{
    static const char *const expressions[] = {
        "1",
        "context.attempts < 3",
        "numbers.map(e, e * 2).exists(e, e == 6)",
        "{'a': [1, 2], 'b': 'text'} == {'b': 'text', 'a': [1, 2]}",
        "string(x) + context.name",
        "1 / 0 > 0 || size('abc') == 3",
    };
    for (size_t i = 0; i < COUNT_OF(expressions); i++) {
        const struct cel_program *program = compile_text(*state, text_of(expressions[i]));
        const struct cel_value *variables = fixture_variables(*state);
        struct cel_value value;
        struct error error;
        uint64_t cost, spent;
        CHECK_ROW(expressions[i], cel_evaluate(program, variables, CEL_COST_MAX, *state, &value,
                                               &cost, &error) == STATUS_OK);
        CHECK_ROW(expressions[i], cel_evaluate(program, variables, cost, *state, &value, &spent,
                                               &error) == STATUS_OK);
        CHECK_ROW(expressions[i], spent == cost);
        CHECK_ROW(expressions[i], cel_evaluate(program, variables, cost - 1, *state, &value, NULL,
                                               &error) == STATUS_REJECTED);
        CHECK_ROW(expressions[i], strstr(error.message, "cost limit of") != NULL);
    }
}

#define BIG UINT64_C(100000)

/* A large document costs what is done with it, not what it holds. */
static void test_cost_follows_work(void **state)
{
    static const struct text names[] = {{"list", 4}, {"text", 4}, {"map", 3}, {"copy", 4}};
    static const struct cel_environment environment = {.names = names, .count = COUNT_OF(names)};
    struct json *items = arena_alloc_array(*state, BIG, sizeof *items);
    struct json_member *members = arena_alloc_array(*state, BIG, sizeof *members);
    char *bytes = arena_alloc(*state, BIG);
    char *copied = arena_alloc(*state, BIG);
    memset(bytes, 'a', BIG);
    memset(copied, 'a', BIG);
    for (size_t i = 0; i < BIG; i++) {
        char *name = arena_alloc(*state, 8);
        for (size_t digit = 0, rest = i; digit < 6; digit++, rest /= 10)
            name[digit] = (char)('0' + rest % 10);
        items[i] = json_int((int64_t)i);
        members[i] = (struct json_member){{name, 6}, json_int(1)};
    }
    struct cel_value variables[] = {
        cel_from_json(json_array(items, BIG)), cel_string((struct text){bytes, BIG}),
        cel_from_json(json_object(members, BIG)), cel_string((struct text){copied, BIG})};
    static const struct {
        const char *expression;
        uint64_t least, most;
    } rows[] = {
        {"size(list)", 1, 10},
        {"list[99999]", 1, 10},
        {"list == list", BIG, 2 * BIG},
        {"99999 in list", BIG, 2 * BIG},
        {"list.all(e, e >= 0)", BIG, 6 * BIG},
        {"list + []", BIG, 2 * BIG},
        {"text == copy", BIG / 64, BIG / 32},
        {"text + copy", BIG / 32, BIG / 16},
        {"text < copy", BIG / 64, BIG / 32},
        {"size(text)", BIG / 64, BIG / 32},
        {"text.contains('b')", BIG / 64, BIG / 32},
        {"text.contains('ab')", BIG, 4 * BIG},
        {"text.startsWith(copy)", BIG / 64, BIG / 32},
        {"string(bytes(text)) == copy", BIG / 64, BIG / 16},
        {"'999999' in map", BIG / 8, BIG / 4},
        {"has(map.a)", BIG / 16, BIG / 8},
        {"map == map", BIG, 2 * BIG},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct cel_program *program;
        struct cel_issue issue;
        struct cel_value value;
        struct error error;
        uint64_t cost;
        CHECK_ROW(rows[i].expression, cel_compile(*state, text_of(rows[i].expression), &environment,
                                                  &program, &issue) == STATUS_OK);
        CHECK_ROW(rows[i].expression, cel_evaluate(program, variables, CEL_COST_MAX, *state, &value,
                                                   &cost, &error) == STATUS_OK);
        if (cost < rows[i].least || cost > rows[i].most)
            fail_msg("%s: costs %llu", rows[i].expression, (unsigned long long)cost);
    }
}

/* Doubling a string or a list ends at the memory limit, and nothing absorbs it. */
static void test_memory(void **state)
{
    static const char *const expressions[] = {
        "[['aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa']]"
        ".map(l, l[0] + l[0]).map(s, s + s).map(s, s + s).map(s, s + s).map(s, s + s)"
        ".map(s, s + s).map(s, s + s).map(s, s + s).map(s, s + s).map(s, s + s)"
        ".map(s, s + s).map(s, s + s).map(s, s + s).map(s, s + s).map(s, s + s)"
        ".map(s, s + s).map(s, s + s).map(s, s + s).map(s, s + s).map(s, s + s)"
        ".exists(s, size(s) > 0)",
        "[[1, 2, 3, 4]].map(l, l + l).map(l, l + l).map(l, l + l).map(l, l + l).map(l, l + l)"
        ".map(l, l + l).map(l, l + l).map(l, l + l).map(l, l + l).map(l, l + l).map(l, l + l)"
        ".map(l, l + l).map(l, l + l).map(l, l + l).map(l, l + l).map(l, l + l).map(l, l + l)"
        ".map(l, l + l).map(l, l + l).map(l, l + l).size() == 1",
    };
    for (size_t i = 0; i < COUNT_OF(expressions); i++) {
        struct text absorbing = join(*state, text_of(expressions[i]), TEXT(" || true"));
        check_error(*state, expressions[i], "memory limit of 8388608 bytes exceeded");
        check_error(*state, text_copy(*state, absorbing).data,
                    "memory limit of 8388608 bytes exceeded");
    }
}

/* Many small values count as one large. */
static void test_memory_adds_up(void **state)
{
    struct text text =
        repeat(*state, "['", "a", (size_t)16 * 1024, "'].map(s, [0, 1, 2, 3, 4, 5, 6, 7]");
    struct text loops = TEXT(".map(e, numbers.map(f, numbers.map(g, numbers.map(h, numbers.map(i, "
                             "s + 'b'))))))");
    check_error(*state, text_copy(*state, join(*state, text, loops)).data,
                "memory limit of 8388608 bytes exceeded");
}

/* Wherever memory runs out, compiling and evaluating say so, and say it as fatal: it is
 * not the expression's doing. */
static void test_memory_out(void **state)
{
    static const struct text expression = {
        "{'a': numbers.map(e, string(e) + 'x'), 'b': [x, 2].filter(e, e > 1) + [1], "
        "'c': size(b'\\x00') == 1 ? now.getHours() : 2}",
        0};
    struct text text = text_of(expression.data);
    const struct cel_value *variables = fixture_variables(*state);
    bool compiled = false, evaluated = false;
    size_t out_compiling = 0, out_evaluating = 0;
    for (size_t bytes = 0; !evaluated && bytes < (size_t)64 * 1024; bytes += 16) {
        struct arena *arena = arena_create(bytes);
        const struct cel_program *program;
        struct cel_issue issue;
        struct cel_value value;
        struct error error;
        enum status status = cel_compile(arena, text, &fixture_environment, &program, &issue);
        compiled = status == STATUS_OK;
        if (!compiled) {
            assert_int_equal(status, STATUS_FATAL);
            assert_non_null(strstr(issue.message, "out of memory"));
            out_compiling++;
        } else {
            status = cel_evaluate(program, variables, CEL_COST_MAX, arena, &value, NULL, &error);
            evaluated = status == STATUS_OK;
            if (!evaluated) {
                assert_int_equal(status, STATUS_FATAL);
                assert_string_equal(error.message, "out of memory");
                out_evaluating++;
            }
        }
        arena_destroy(arena);
    }
    assert_true(evaluated);
    assert_true(out_compiling > 10 && out_evaluating > 10);
}

/* Selecting fields and comparing numbers takes no memory. */
static void test_no_memory(void **state)
{
    static const char *const expressions[] = {
        "context.attempts < 3",
        "context.nested.deep.n == 1 && has(context.name)",
        "context.tags[0] == 'a' ? context.ratio : 1.0",
        "x in [1, 2, 5]",
        "size(context.tags) + 1",
        "context.name.startsWith('A')",
        "now > now - duration('1s')",
    };
    for (size_t i = 0; i < COUNT_OF(expressions); i++) {
        const struct cel_program *program = compile_text(*state, text_of(expressions[i]));
        const struct cel_value *variables = fixture_variables(*state);
        struct cel_value value;
        struct error error;
        struct arena *arena = arena_create(0);
        CHECK_ROW(expressions[i], cel_evaluate(program, variables, CEL_COST_MAX, arena, &value,
                                               NULL, &error) == STATUS_OK);
        arena_destroy(arena);
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, arena_setup, arena_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(test_long_chains),       TEST(test_depth),     TEST(test_size),
        TEST(test_deep_values),       TEST(test_cost),      TEST(test_cost_is_exact),
        TEST(test_cost_follows_work), TEST(test_memory),    TEST(test_memory_out),
        TEST(test_memory_adds_up),    TEST(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
