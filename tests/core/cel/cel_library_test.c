/* The extension libraries, a table each. Expected values are those of the libraries' own
 * documentation (cel-go's ext/README.md, cel-spec's doc/extensions) and, where that is silent,
 * what cel-go answers; tests/conformance/cel and cel-go have many more. */
#include "tests/core/cel/fixture.h"

struct row {
    const char *expression;
    const char *expected; /* typed JSON, or a part of the error */
};

static void check_rows(void **state, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_result(*state, rows[i].expression, rows[i].expected);
}

static void check_errors(void **state, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_error(*state, rows[i].expression, rows[i].expected);
}

static void test_strings(void **state)
{
    static const struct row rows[] = {
        {"'hello'.charAt(4)", STRING("o")},
        {"'hello'.charAt(5)", STRING("")},
        {"'hello mellow'.indexOf('ello')", INT("1")},
        {"'hello mellow'.indexOf('')", INT("0")},
        {"'hello mellow'.indexOf('ello', 2)", INT("7")},
        {"'hello mellow'.indexOf('jello')", INT("-1")},
        {"'hello mellow'.lastIndexOf('ello')", INT("7")},
        {"'hello mellow'.lastIndexOf('')", INT("12")},
        {"'hello mellow'.lastIndexOf('ello', 6)", INT("1")},
        {"'hello mellow'.lastIndexOf('jello')", INT("-1")},
        {"['hello', 'mellow'].join(' ')", STRING("hello mellow")},
        {"[].join('/')", STRING("")},
        {"context.tags.join('+')", STRING("a+b")},
        {"'hello hello'.replace('he', 'we')", STRING("wello wello")},
        {"'hello hello'.replace('he', 'we', -1)", STRING("wello wello")},
        {"'hello hello'.replace('he', 'we', 1)", STRING("wello hello")},
        {"'hello hello'.replace('he', 'we', 0)", STRING("hello hello")},
        {"'hello hello'.replace('', '_')", STRING("_h_e_l_l_o_ _h_e_l_l_o_")},
        {"'abc'.replace('', '_', 2)", STRING("_a_bc")},
        {"'hello hello hello'.split(' ')",
         LIST(STRING("hello") "," STRING("hello") "," STRING("hello"))},
        {"'hello hello hello'.split(' ', 0)", LIST("")},
        {"'hello hello hello'.split(' ', 1)", LIST(STRING("hello hello hello"))},
        {"'hello hello hello'.split(' ', 2)", LIST(STRING("hello") "," STRING("hello hello"))},
        {"''.split(',')", LIST(STRING(""))},
        {"','.split(',')", LIST(STRING("") "," STRING(""))},
        {"''.split('')", LIST("")},
        {"'a\u00e9b'.split('')", LIST(STRING("a") "," STRING("\u00e9") "," STRING("b"))},
        {"'abc'.split('', 2)", LIST(STRING("a") "," STRING("bc"))},
        {"'tacocat'.substring(4)", STRING("cat")},
        {"'tacocat'.substring(0, 4)", STRING("taco")},
        {"'tacocat'.substring(7)", STRING("")},
        {"'\u00e9t\u00e9'.substring(1, 3)", STRING("t\u00e9")},
        {"'  \\ttrim\\n    '.trim()", STRING("trim")},
        {"' \\t'.trim()", STRING("")},
        {"'TacoCat'.lowerAscii()", STRING("tacocat")},
        {"'TacoC\u00c6t Xii'.lowerAscii()", STRING("tacoc\u00c6t xii")},
        {"'TacoC\u00e6t'.upperAscii()", STRING("TACOC\u00e6T")},
        {"'gums'.reverse()", STRING("smug")},
        {"'John \u00e9\U0001f600'.reverse()", STRING("\U0001f600\u00e9 nhoJ")},
        {"strings.quote('single-quote with \"double quote\"') == '\"single-quote with \\\\\"double "
         "quote\\\\\"\"'",
         TRUE_VALUE},
        {"strings.quote('\\u00e9\\x07') == '\"\\u00e9\\\\a\"'", TRUE_VALUE},
    };
    static const struct row errors[] = {
        {"'tacocat'.charAt(8)", "index out of range: 8"},
        {"'tacocat'.charAt(-1)", "index out of range: -1"},
        {"'tacocat'.substring(40)", "index out of range: 40"},
        {"'tacocat'.substring(4, 3)", "invalid substring range"},
        {"'tacocat'.indexOf('a', 30)", "index out of range: 30"},
        {"'tacocat'.lastIndexOf('a', -1)", "index out of range: -1"},
        {"['x', 1].join('/')", "no such overload: join() of a list with int in it"},
        {"context.attempts.trim()", "no such overload: int.trim()"},
    };
    check_rows(state, rows, COUNT_OF(rows));
    check_errors(state, errors, COUNT_OF(errors));
}

static void test_format(void **state)
{
    static const struct row rows[] = {
        {"'this is a string: %s\\nand an integer: %d'.format(['str', 42])",
         STRING("this is a string: str\\nand an integer: 42")},
        {"'a double substituted with %%s: %s'.format([64.2])",
         STRING("a double substituted with %s: 64.2")},
        {"'%s'.format([1e21])", STRING("1000000000000000000000")},
        {"'%s|%s'.format([1.5e-7, -1e-300]).size()", INT("314")},
        {"'string type: %s'.format([type('str')])", STRING("string type: string")},
        {"'%s'.format([timestamp('2023-02-03T23:31:20Z')])", STRING("2023-02-03T23:31:20Z")},
        {"'%s'.format([duration('1h45m47s')])", STRING("6347s")},
        {"'%f'.format([3.14])", STRING("3.140000")},
        {"'scientific notation: %e'.format([2.71828])",
         STRING("scientific notation: 2.718280e+00")},
        {"'%b'.format([-5])", STRING("-101")},
        {"'%b'.format([false])", STRING("0")},
        {"'%x|%X'.format([-31, 30u])", STRING("-1f|1E")},
        {"'%x'.format(['h\\u00e9'])", STRING("68c3a9")},
        {"'%o'.format([-9223372036854775808])", STRING("-1000000000000000000000")},
        {"'%s'.format([[1, {'b': null, 'a': true}]])", STRING("[1, {a: true, b: null}]")},
        {"'%s'.format([b'\\xffa'])", STRING("\uFFFD"
                                            "a")},
        {"'%d %.1f %.0e'.format([2.0, 5, 25u])", STRING("2 5.0 2e+01")},
        {"''.format([])", STRING("")},
        {"'%s'.format([1, 2])", STRING("1")},
    };
    static const struct row errors[] = {
        {"'%d'.format([])", "more clauses than the 0 arguments"},
        {"'%a'.format([1])", "unknown clause"},
        {"'%'.format([1])", "has no end"},
        {"'%.3'.format([1])", "has no end"},
        {"'%.f'.format([1])", "a precision is digits"},
        {"'%.101f'.format([1])", "a precision is at most 100"},
        {"'%d'.format(['1'])", "%d is for numbers, not string"},
        {"'%b'.format([1.0])", "%b is for integers and bools, not double"},
        {"'%x'.format([true])", "not bool"},
        {"'%s'.format([optional.none()])", "not optional_type"},
    };
    check_rows(state, rows, COUNT_OF(rows));
    check_errors(state, errors, COUNT_OF(errors));
}

static void test_math(void **state)
{
    static const struct row rows[] = {
        {"math.greatest(1)", INT("1")},
        {"math.greatest(1u, 2u)", UINT("2")},
        {"math.greatest(-42.0, -21.5, -100.0)", DOUBLE("-21.5")},
        {"math.greatest([-42.0, -21.5, -100.0])", DOUBLE("-21.5")},
        {"math.greatest(numbers)", INT("3")},
        {"math.least(-42.0, -21.5, -100.0)", DOUBLE("-100.0")},
        {"math.least(1, 1.0, 1u)", INT("1")}, /* of equal ones, the first */
        {"math.ceil(1.2)", DOUBLE("2.0")},
        {"math.ceil(-1.2)", DOUBLE("-1.0")},
        {"math.floor(-1.2)", DOUBLE("-2.0")},
        {"math.round(1.5)", DOUBLE("2.0")},
        {"math.round(-2.5)", DOUBLE("-3.0")},
        {"math.round(0.49999999999999994)", DOUBLE("0.0")},
        {"math.round(4503599627370495.5)", DOUBLE("4503599627370496.0")},
        {"math.trunc(-1.3)", DOUBLE("-1.0")},
        {"1.0 / math.ceil(-0.5) < 0.0", TRUE_VALUE}, /* -0.0 */
        {"math.ceil(1e300) == 1e300", TRUE_VALUE},
        {"math.abs(-1)", INT("1")},
        {"1.0 / math.abs(-0.0) > 0.0", TRUE_VALUE},
        {"math.sign(-42.5)", DOUBLE("-1.0")},
        {"math.sign(42u)", UINT("1")},
        {"math.isNaN(math.sign(0.0 / 0.0))", TRUE_VALUE},
        {"math.isInf(-1.0 / 0.0)", TRUE_VALUE},
        {"math.isFinite(0.0 / 0.0)", FALSE_VALUE},
        {"math.bitOr(1, 2)", INT("3")},
        {"math.bitAnd(3u, 2u)", UINT("2")},
        {"math.bitXor(-1, 5)", INT("-6")},
        {"math.bitNot(-1)", INT("0")},
        {"math.bitShiftLeft(1, 63)", INT("-9223372036854775808")},
        {"math.bitShiftLeft(1, 64)", INT("0")},
        {"math.bitShiftRight(-1024, 3)", INT("2305843009213693824")},
        {"math.sqrt(64)", DOUBLE("8.0")},
        {"math.sqrt(81u)", DOUBLE("9.0")},
        {"math.sqrt(2.0)", DOUBLE("1.4142135623730951")},
        {"math.sqrt(5e-324)", DOUBLE("2.2227587494850775e-162")},
        {"math.sqrt(1.7976931348623157e308)", DOUBLE("1.3407807929942596e+154")},
        {"math.isNaN(math.sqrt(-15.34))", TRUE_VALUE},
        {"1.0 / math.sqrt(-0.0) < 0.0", TRUE_VALUE},
        {"math.sqrt(1.0 / 0.0) == 1.0 / 0.0", TRUE_VALUE},
    };
    static const struct row errors[] = {
        {"math.greatest([])", "of an empty list"},
        {"math.greatest(['a'])", "where a number is needed"},
        {"math.greatest(1, [2])", "where a number is needed"},
        {"math.least(1.0, 0.0 / 0.0)", "NaN, which has no order"},
        {"math.ceil(x)", "no such overload: math.ceil(int)"},
        {"math.abs(-9223372036854775808)", "integer overflow"},
        {"math.bitShiftLeft(1, -1)", "a negative offset: -1"},
        {"math.bitAnd(1, 1u)", "no such overload: math.bitAnd(int, uint)"},
    };
    check_rows(state, rows, COUNT_OF(rows));
    check_errors(state, errors, COUNT_OF(errors));
}

static void test_lists(void **state)
{
    static const struct row rows[] = {
        {"[1, 2, 3, 4].slice(1, 3)", LIST(INT("2") "," INT("3"))},
        {"[1, 2].slice(2, 2)", LIST("")},
        {"[1, [2, 3], [4]].flatten()", LIST(INT("1") "," INT("2") "," INT("3") "," INT("4"))},
        {"[1, [2, [3, 4]]].flatten(2).size()", INT("4")},
        {"[1, [2, [3, 4]]].flatten(0).size()", INT("2")},
        {"[3, 2, 1].sort()", LIST(INT("1") "," INT("2") "," INT("3"))},
        {"['b', 'c', 'a'].sort()", LIST(STRING("a") "," STRING("b") "," STRING("c"))},
        {"[true, false].sort()", LIST(FALSE_VALUE "," TRUE_VALUE)},
        {"[].sort()", LIST("")},
        {"context.tags.reverse()", LIST(STRING("b") "," STRING("a"))},
        {"['foo', 'bar', 'quux', 'ab'].sortBy(s, s.size())",
         LIST(STRING("ab") "," STRING("foo") "," STRING("bar") "," STRING("quux"))},
        {"[1, 2, 2, 3, 3.0, 'a'].distinct()",
         LIST(INT("1") "," INT("2") "," INT("3") "," STRING("a"))},
        {"lists.range(3)", LIST(INT("0") "," INT("1") "," INT("2"))},
        {"lists.range(-1)", LIST("")},
        {"[1, 2].first()", OPTIONAL(INT("1"))},
        {"[].last()", NONE},
    };
    static const struct row errors[] = {
        {"[1].slice(1, 0)", "outside of the list"},
        {"[1].slice(0, 2)", "outside of the list, which has 1 elements"},
        {"[1].slice(-1, 1)", "outside of the list"},
        {"[[1]].flatten(-1)", "a depth is not negative"},
        {"[1, 'a'].sort()", "sorting by int and string"},
        {"[null].sort()", "has no order"},
        {"[[1]].sort()", "has no order"},
        {"{'a': 1}.sortBy(k, k)", "no such overload: map.sortBy()"},
        {"lists.range(9223372036854775807)", "cost limit of 1000000 exceeded"},
        {"lists.range(900000)", "memory limit of 8388608 bytes exceeded"},
    };
    check_rows(state, rows, COUNT_OF(rows));
    check_errors(state, errors, COUNT_OF(errors));
}

static void test_sets_and_encoders(void **state)
{
    static const struct row rows[] = {
        {"sets.contains([], [])", TRUE_VALUE},
        {"sets.contains([], [1])", FALSE_VALUE},
        {"sets.contains([1, 2, 3, 4], [2, 3])", TRUE_VALUE},
        {"sets.contains([1, 2.0, 3u], [1.0, 2u, 3])", TRUE_VALUE},
        {"sets.equivalent([1], [1, 1])", TRUE_VALUE},
        {"sets.equivalent([1], [1u, 1.0])", TRUE_VALUE},
        {"sets.equivalent([1, 2, 3], [3u, 2.0])", FALSE_VALUE},
        {"sets.intersects([1], [])", FALSE_VALUE},
        {"sets.intersects([[1], [2, 3]], [[1, 2], [2, 3.0]])", TRUE_VALUE},
        {"base64.encode(b'hello')", STRING("aGVsbG8=")},
        {"base64.decode('aGVsbG8=')", BYTES("aGVsbG8=")},
        {"base64.decode('aGVsbG8')", BYTES("aGVsbG8=")},
        {"base64.decode('')", BYTES("")},
    };
    static const struct row errors[] = {
        {"base64.decode('a')", "not base64"},
        {"base64.decode('aGVsbG8*')", "not base64"},
        {"base64.encode('text')", "no such overload: base64.encode(string)"},
        {"sets.contains(1, [1])", "no such overload: sets.contains(int, list)"},
    };
    check_rows(state, rows, COUNT_OF(rows));
    check_errors(state, errors, COUNT_OF(errors));
}

static void test_optionals(void **state)
{
    static const struct row rows[] = {
        {"optional.of(1)", OPTIONAL(INT("1"))},
        {"optional.of(null)", OPTIONAL(NULL_VALUE)},
        {"optional.ofNonZeroValue('')", NONE},
        {"optional.ofNonZeroValue(timestamp(0)).hasValue()", TRUE_VALUE},
        {"context.?name", OPTIONAL(STRING("Ada"))},
        {"context.?missing.deeper.orValue(7)", INT("7")},
        {"context.nested.?deep.n", OPTIONAL(INT("1"))},
        {"context.tags[?5]", NONE},
        {"context[?'name'].value()", STRING("Ada")},
        {"context.?name.optMap(n, n + '!')", OPTIONAL(STRING("Ada!"))},
        {"optional.none().optMap(n, 1 / 0)", NONE},
        {"optional.of(1).or(optional.of(1 / 0))", OPTIONAL(INT("1"))}, /* not evaluated */
        {"optional.of(1).orValue(1 / 0)", INT("1")},
        {"{?'a': context.?missing, ?'b': context.?attempts}", MAP(PAIR(STRING("b"), INT("2")))},
        {"[?context.?missing, ?optional.of(2), 3]", LIST(INT("2") "," INT("3"))},
        {"optional.unwrap([optional.of(42), optional.none()])", LIST(INT("42"))},
        {"has(context.?missing.x)", FALSE_VALUE},
        {"optional.none() == optional.of(1)", FALSE_VALUE},
        {"type(optional.none()) == optional_type", TRUE_VALUE},
        {"optional.none()[?[][1]]", NONE},
    };
    static const struct row errors[] = {
        {"optional.none().value()", "optional.none() has no value"},
        {"optional.none().or(1)", "no such overload: optional_type.or(int)"},
        {"x.orValue(1)", "no such overload: int.orValue()"},
        {"[?x]", "an optional is needed behind \"?\", not int"},
        {"x.?y", "no such overload: int.y"},
        {"context[?now]", "no such overload: map[?google.protobuf.Timestamp]"},
        {"optional.of(1).optFlatMap(n, n)", "where an optional is needed"},
    };
    check_rows(state, rows, COUNT_OF(rows));
    check_errors(state, errors, COUNT_OF(errors));
}

/* cel.bind() and macros with two variables. */
static void test_bindings_and_macros(void **state)
{
    static const struct row rows[] = {
        {"cel.bind(y, x * 2, y + y)", INT("20")},
        {"cel.bind(y, 1 / 0, true || y > 0)", TRUE_VALUE}, /* absorbed where it is read */
        {"cel.bind(y, 1 / 0, 5)", INT("5")},
        /* a value that is found inside of another loop does not meet that loop's variables */
        {"cel.bind(l, [1, 2].map(e, e * 10), [3].map(f, l[0] + f + l[1]))", LIST(INT("33"))},
        {"cel.bind(a, [1].map(e, e), cel.bind(b, [2].map(f, a[0] + f), [3].map(g, b[0] + g)))",
         LIST(INT("6"))},
        {"[1, 2].map(e, cel.bind(d, e * 2, d + 1))", LIST(INT("3") "," INT("5"))},
        {"cel.block([1, cel.index(0) + 1], cel.index(1) * 10)", INT("20")},
        {"['a', 'b'].all(i, s, s == ['a', 'b'][i])", TRUE_VALUE},
        {"{'k': 'v'}.exists(k, v, k + v == 'kv')", TRUE_VALUE},
        {"[5, 7].existsOne(i, v, i == 1)", TRUE_VALUE},
        {"['a'].transformList(i, v, v + string(i))", LIST(STRING("a0"))},
        {"[4, 5].transformMap(i, v, v > 4, v * 2)", MAP(PAIR(INT("1"), INT("10")))},
        {"{'a': 'b'}.transformMapEntry(k, v, {v: k})", MAP(PAIR(STRING("b"), STRING("a")))},
        {"{'a': 1}.transformMapEntry(k, v, v > 1, {v: k})", MAP("")},
    };
    static const struct row errors[] = {
        {"cel.bind(y, 1 / 0, y)", "division by zero"},
        {"[1, 1].transformMapEntry(i, v, {v: i})", "repeated key in a map: 1"},
        {"[1].transformMapEntry(i, v, v)", "transformMapEntry() with int"},
        {"[1].existsOne(i, v, i)", "existsOne() with int"},
        {"x.transformList(i, v, v)", "where a list or map is needed"},
    };
    check_rows(state, rows, COUNT_OF(rows));
    check_errors(state, errors, COUNT_OF(errors));
}

/* What is built pays for it, and however much is built, it ends. */
static void test_limits(void **state)
{
    static const struct row errors[] = {
        {"lists.range(x + 995).map(a, lists.range(x + 995).map(b, 'x').join('')).join('').size()",
         "memory limit"},
        {"cel.bind(s, lists.range(4000).map(i, '0123456789').join(), "
         "lists.range(4000).map(i, s).join().size())",
         "memory limit"},
        {"cel.bind(s, lists.range(9000).map(i, 'a').join(), s.replace('', s).size())",
         "memory limit"},
        {"lists.range(9000).distinct().size()", "cost limit"},
        {"cel.bind(l, lists.range(1000), sets.contains(l, l.reverse()) && sets.equivalent(l, "
         "l.map(e, e)) && "
         "sets.contains(l, l.reverse()))",
         "cost limit"},
        {"cel.bind(l, lists.range(2000), l.map(e, l).flatten().size())", "cost limit"},
        {"lists.range(2000).map(i, '%.100f'.format([1e300 * double(i)])).size()", "cost limit"},
        {"lists.range(2000).map(i, 'a'.matches('a{' + string(i) + '}')).size()", "cost limit"},
    };
    check_errors(state, errors, COUNT_OF(errors));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, arena_setup, arena_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(test_strings),
        TEST(test_format),
        TEST(test_math),
        TEST(test_lists),
        TEST(test_sets_and_encoders),
        TEST(test_optionals),
        TEST(test_bindings_and_macros),
        TEST(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
