/* What expressions evaluate to. Expected values are those of langdef.md (the section stands
 * above each table) or of the conformance suite, of which tests/conformance/cel runs all. */
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

/* langdef.md, "Syntax": precedence and associativity */
static void test_grammar(void **state)
{
    static const struct row rows[] = {
        {"1 + 2 * 3", INT("7")},
        {"(1 + 2) * 3", INT("9")},
        {"10 - 4 - 3", INT("3")},
        {"100 / 10 / 5", INT("2")},
        {"2 * 7 % 4", INT("2")},
        {"1 - -1", INT("2")},
        {"-2 - -3", INT("1")},
        {"--2", INT("2")},
        {"- -2", INT("2")},
        {"-(1 + 2)", INT("-3")},
        {"!!true", TRUE_VALUE},
        {"!!!true", FALSE_VALUE},
        {"!true || true", TRUE_VALUE},
        {"true || false && false", TRUE_VALUE},
        {"(true || false) && false", FALSE_VALUE},
        {"1 < 2 && 2 < 3", TRUE_VALUE},
        {"1 + 1 == 2", TRUE_VALUE},
        {"1 < 2 == true", TRUE_VALUE},
        {"1 in [1] && 2 in [2]", TRUE_VALUE},
        {"true ? 1 : 2", INT("1")},
        {"false ? 1 : true ? 2 : 3", INT("2")},
        {"false ? 1 : false ? 2 : 3", INT("3")},
        {"true ? (true ? 1 : 2) : 3", INT("1")},
        {"true || false ? 1 : 2", INT("1")},
        {"[1, 2, 3,][1]", INT("2")},
        {"{'a': 1,}.a", INT("1")},
        {"[,]", LIST("")},
        {"{}", MAP("")},
        {"1 // one\n + 2", INT("3")},
        {"\t1\f+\r\n2 ", INT("3")},
        {"[1,2].map(x, x)[1] + [[3]][0][0]", INT("5")},
        {"{'if': 1}.if", INT("1")},
        {"{'content-type': 1}.`content-type`", INT("1")},
        {"-numbers[0]", INT("-1")},
        {"-2.5", DOUBLE("-2.5")},
    };
    check_rows(state, rows, COUNT_OF(rows));
}

/* langdef.md, "Numeric Values", "String and Bytes Values" */
static void test_literals(void **state)
{
    static const struct row rows[] = {
        {"0", INT("0")},
        {"9223372036854775807", INT("9223372036854775807")},
        {"-9223372036854775808", INT("-9223372036854775808")},
        {"0xfF", INT("255")},
        {"-0x8000000000000000", INT("-9223372036854775808")},
        {"18446744073709551615u", UINT("18446744073709551615")},
        {"0xFFFFFFFFFFFFFFFFU", UINT("18446744073709551615")},
        {"0.5", DOUBLE("0.5")},
        {".5", DOUBLE("0.5")},
        {"7e0", DOUBLE("7.0")},
        {".700e1", DOUBLE("7.0")},
        {"1E-3", DOUBLE("0.001")},
        {"1.7976931348623157e308", DOUBLE("1.7976931348623157e+308")},
        {"null", NULL_VALUE},
        {"''", STRING("")},
        {"'\"\"'", STRING("\\\"\\\"")},
        {"'''x''x'''", STRING("x''x")},
        {"\"\\\"\"", STRING("\\\"")},
        {"\"\\\\\"", STRING("\\\\")},
        {"r\"\\\\\"", STRING("\\\\\\\\")},
        {"R'\\d'", STRING("\\\\d")},
        {"r'\\'", STRING("\\\\")},
        {"b\"abc\"", BYTES("YWJj")},
        {"b\"\303\277\"", BYTES("w78=")},
        {"b\"\\303\\277\"", BYTES("w78=")},
        {"\"\\303\\277\"", STRING("\303\203\302\277")},
        {"\"\\377\"", STRING("\303\277")},
        {"b\"\\377\"", BYTES("/w==")},
        {"\"\\xFF\"", STRING("\303\277")},
        {"b\"\\xff\"", BYTES("/w==")},
        {"br'\\x41'", BYTES("XHg0MQ==")},
        {"'\\a\\b\\f\\n\\r\\t\\v\\?\\`'", STRING("\\u0007\\b\\f\\n\\r\\t\\u000b?`")},
        {"'\\u00e9\\U0001F431'", STRING("\303\251\360\237\220\261")},
        {"'\\000' + 'x'", STRING("\\u0000x")},
        {"'''a\nb'''", STRING("a\\nb")},
        {"\"\"\"a\"b\"\"\"", STRING("a\\\"b")},
    };
    check_rows(state, rows, COUNT_OF(rows));
}

/* langdef.md, "Overflow", "Arithmetic Operators" */
static void test_arithmetic(void **state)
{
    static const struct row rows[] = {
        {"9223372036854775807 - 1 + 1", INT("9223372036854775807")},
        {"-9223372036854775807 - 1", INT("-9223372036854775808")},
        {"3037000499 * 3037000499", INT("9223372030926249001")},
        {"-4611686018427387904 * 2", INT("-9223372036854775808")},
        {"4611686018427387904 * -2", INT("-9223372036854775808")},
        {"-9223372036854775808 * 1", INT("-9223372036854775808")},
        {"0 * -9223372036854775808", INT("0")},
        {"7 / 2", INT("3")},
        {"-7 / 2", INT("-3")},
        {"7 % -2", INT("1")},
        {"-7 % 2", INT("-1")},
        {"-9223372036854775808 / 1", INT("-9223372036854775808")},
        {"7u / 2u", UINT("3")},
        {"7u % 4u", UINT("3")},
        {"18446744073709551614u + 1u", UINT("18446744073709551615")},
        {"4294967296u * 4294967295u", UINT("18446744069414584320")},
        {"5.0 / 2.0", DOUBLE("2.5")},
        {"1.0 / 0.0", DOUBLE("\"Infinity\"")},
        {"-1.0 / 0.0", DOUBLE("\"-Infinity\"")},
        {"0.0 / 0.0", DOUBLE("\"NaN\"")},
        {"2.0 * 8.988466e+307", DOUBLE("\"Infinity\"")},
        {"0.1 + 0.2", DOUBLE("0.30000000000000004")},
        {"'ab' + 'c'", STRING("abc")},
        {"'' + ''", STRING("")},
        {"b'a' + b'\\xff'", BYTES("Yf8=")},
        {"[1] + [2] + numbers", LIST(INT("1") "," INT("2") "," INT("1") "," INT("2") "," INT("3"))},
        {"context.tags + ['c']", LIST(STRING("a") "," STRING("b") "," STRING("c"))},
        {"context.attempts + 1", INT("3")},
    };
    static const struct row errors[] = {
        {"9223372036854775807 + 1", "integer overflow: 9223372036854775807 + 1"},
        {"-9223372036854775808 - 1", "integer overflow"},
        {"-9223372036854775808 + -1", "integer overflow"},
        {"1 - -9223372036854775807 - 1", "integer overflow"},
        {"9223372036854775807 * 2", "integer overflow"},
        {"-9223372036854775808 * -1", "integer overflow"},
        {"-1 * -9223372036854775808", "integer overflow"},
        {"3037000500 * -3037000500 * 2", "integer overflow"},
        {"-9223372036854775808 / -1", "integer overflow"},
        {"-9223372036854775808 % -1", "integer overflow"},
        {"-(-9223372036854775808)", "integer overflow"},
        {"18446744073709551615u + 1u", "unsigned integer overflow"},
        {"0u - 1u", "unsigned integer overflow: 0u - 1u"},
        {"4294967296u * 4294967296u", "unsigned integer overflow"},
        {"1 / 0", "division by zero"},
        {"1u / 0u", "division by zero"},
        {"1 % 0", "modulus by zero"},
        {"1u % 0u", "modulus by zero"},
        {"1 + 1u", "no such overload: int + uint"},
        {"1 + 1.0", "no such overload: int + double"},
        {"5.0 % 2.0", "no such overload: double % double"},
        {"'a' + 1", "no such overload: string + int"},
        {"'a' + b'a'", "no such overload: string + bytes"},
        {"[1] - [1]", "no such overload: list - list"},
        {"'a' * 2", "no such overload: string * int"},
        {"-1u", "no such overload: -uint"},
        {"-'a'", "no such overload: -string"},
        {"!1", "no such overload: ! with int where a bool is needed"},
        {"null + null", "no such overload: null_type + null_type"},
        {"{} + {}", "no such overload: map + map"},
    };
    check_rows(state, rows, COUNT_OF(rows));
    check_errors(state, errors, COUNT_OF(errors));
}

/* langdef.md, "Equality", "Ordering": one number line; other types are unequal */
static void test_comparison(void **state)
{
    static const char *const trues[] = {
        "1 == 1u && 1 == 1.0 && 1u == 1.0 && 1.0 == 1",
        "1 != 1.5 && 2 != 1u",
        "9007199254740993 != 9007199254740992.0", /* 2^53 + 1: exact */
        "9007199254740993 > 9007199254740992.0",
        "9007199254740992.0 < 9007199254740993",
        "9007199254740993u > 9007199254740992.0",
        "-9007199254740993 < -9007199254740992.0",
        "-1 < 0u",
        "0u > -1",
        "18446744073709551615u > 9223372036854775807",
        "1 < 1.5 && -1 > -1.5 && 1u < 1.5 && 1.5 > 1",
        "1 < 1e300 && -1 > -1e300 && 1u < 1e300 && 1u > -1e300",
        "-9223372036854775808 > -1e300 && -9223372036854775808 != -1e300",
        "-9223372036854775808 == -9223372036854775808.0",
        "9223372036854775807 >= 9223372036854775808.0", /* as the suite has it */
        "9223372036854775806 < 9223372036854775808.0",
        "18446744073709551614u < 18446744073709551616.0",
        "9223372036854775807 < 18446744073709551615.0",
        "18446744073709551615u < 1.8446744073709556e19",
        "1 < 1.0/0.0 && -1 > -1.0/0.0 && 18446744073709551615u < 1.0/0.0",
        "0.0/0.0 != 0.0/0.0",
        "!(0.0/0.0 == 0.0/0.0)",
        "!(0.0/0.0 < 1) && !(0.0/0.0 >= 1) && !(1 < 0.0/0.0) && !(1u >= 0.0/0.0)",
        "[0.0/0.0] != [0.0/0.0]",
        "0.0 == -0.0",
        "1 != '1' && 'a' != b'a' && null != false && [] != {}",
        "null == null && n == null && context.nothing == null",
        "type(1) == int && int != uint && type(int) == type",
        "[1, 2u, 3.0] == [1.0, 2, 3u]",
        "[1, 2] != [1, 2, 3] && [1, 2] != [2, 1]",
        "{'a': 1, 'b': 2} == {'b': 2.0, 'a': 1u}",
        "{1: 'a'} == {1u: 'a'}",
        "{'a': 1} != {'b': 1} && {'a': 1} != {'a': 2} && {'a': 1} != {}",
        "{'a': 1} != {'a': 1, 'b': 2} && {'a': 1, 'b': 2} != {'a': 1}",
        "{true: 1} != {1: 1}",
        "context.tags == ['a', 'b'] && ['a', 'b'] == context.tags",
        "context.nested == {'deep': {'n': 1.0}}",
        "context == context",
        "'a' < 'b' && 'a' < 'aa' && 'Z' < 'a' && '' < 'a'",
        "'\\uffff' < '\\U00010000'", /* by code point, not by UTF-16 */
        "b'\\x7f' < b'\\x80'",
        "false < true && !(true < true) && true <= true && true >= false",
        "1 <= 1 && 1 >= 1u && 1.0 <= 1 && !(1 < 1) && !(1 > 1)",
        "context.big == 18446744073709551615u",
        "context.big > 1",
    };
    static const struct row errors[] = {
        {"1 < 'a'", "no such overload: int < string"},
        {"null < null", "no such overload: null_type < null_type"},
        {"[1] < [2]", "no such overload: list < list"},
        {"{} >= {}", "no such overload: map >= map"},
        {"true > 0", "no such overload: bool > int"},
        {"int < uint", "no such overload: type < type"},
        {"1 < 2 < 3", "no such overload: bool < int"},
    };
    for (size_t i = 0; i < COUNT_OF(trues); i++)
        check_result(*state, trues[i], TRUE_VALUE);
    check_errors(state, errors, COUNT_OF(errors));
}

/* langdef.md, "Logical Operators": commutative, absorbing errors; ? : is lazy */
static void test_logic(void **state)
{
    static const struct row rows[] = {
        {"1 / 0 > 0 || true", TRUE_VALUE},
        {"true || 1 / 0 > 0", TRUE_VALUE},
        {"1 / 0 > 0 && false", FALSE_VALUE},
        {"false && 1 / 0 > 0", FALSE_VALUE},
        {"false || 1 / 0 > 0 || n.x || true", TRUE_VALUE},
        {"1 && false", FALSE_VALUE},
        {"false && 'x'", FALSE_VALUE},
        {"'x' || true", TRUE_VALUE},
        {"(1 / 0 > 0 && false) || (1 / 0 > 0 || true)", TRUE_VALUE},
        {"true && true && true", TRUE_VALUE},
        {"false || false", FALSE_VALUE},
        {"true ? 1 : 1 / 0", INT("1")},
        {"false ? 1 / 0 : 2", INT("2")},
        {"has(context.name) ? context.name : 'nobody'", STRING("Ada")},
    };
    static const struct row errors[] = {
        {"1 / 0 > 0 || false", "division by zero"},
        {"true && 1 / 0 > 0", "division by zero"},
        {"1 / 0 > 0 || n.x", "division by zero"}, /* the first */
        {"n.x || 1 / 0 > 0", "no such overload: null_type.x"},
        {"1 % 0 > 0 && (1 / 0 > 0 || false) && true", "modulus by zero"},
        {"((1 / 0 > 0 || true) && 1 % 0 > 0)", "modulus by zero"}, /* absorbed, then another */
        {"true && 1", "no such overload: && with int where a bool is needed"},
        {"false || null", "no such overload: || with null_type where a bool is needed"},
        {"1 ? 2 : 3", "no such overload: ? : with int where a bool is needed"},
        {"1 / 0 > 0 ? 1 : 2", "division by zero"},
    };
    check_rows(state, rows, COUNT_OF(rows));
    check_errors(state, errors, COUNT_OF(errors));
}

/* langdef.md, "Field Selection", "List Operators", "Map Operators" */
static void test_aggregates(void **state)
{
    static const struct row rows[] = {
        {"context.attempts", INT("2")},
        {"context.nested.deep.n", INT("1")},
        {"context['nested']['deep']['n']", INT("1")},
        {"context.tags[1]", STRING("b")},
        {"context.tags", LIST(STRING("a") "," STRING("b"))},
        {"context.big", UINT("18446744073709551615")},
        {"context.ratio", DOUBLE("0.5")},
        {"context.nothing", NULL_VALUE},
        {"numbers[1u] + numbers[2.0]", INT("5")},
        {"{1: 'a', 2u: 'b', true: 'c', 'k': 'd'}[1u]", STRING("a")},
        {"{1: 'a', 2u: 'b'}[2.0]", STRING("b")},
        {"{true: 'c', 1: 'a'}[true]", STRING("c")},
        {"{'a': {'b': [10, 20]}}.a.b[1]", INT("20")},
        {"{'k': x, 'l': [x]}",
         MAP(PAIR(STRING("k"), INT("5")) "," PAIR(STRING("l"), LIST(INT("5"))))},
        {"2 in numbers && !(4 in numbers) && 2.0 in numbers && 2u in numbers", TRUE_VALUE},
        {"'a' in context.tags && !('c' in context.tags)", TRUE_VALUE},
        {"'name' in context && !('other' in context) && !(1 in context)", TRUE_VALUE},
        {"1.0 in {1: 2} && !(b'' in {1: 2})", TRUE_VALUE},
        {"[1] in [[1.0]]", TRUE_VALUE},
        {"has(context.nothing) && !has(context.other) && has(context.nested.deep.n)", TRUE_VALUE},
        {"has({'a': 1}.a) && !has({}.a) && !has({1: 2}.a)", TRUE_VALUE},
        {"a.b", STRING("qualified")},
        {"a.b.size()", INT("9")},
        {".x", INT("5")},
        {"[1].map(x, .x)", LIST(INT("5"))},
    };
    static const struct row errors[] = {
        {"context.pages", "no such key: pages"},
        {"context['pages']", "no such key: pages"},
        {"{1: 2}[3]", "no such key: 3"},
        {"{1: 2}[3u]", "no such key: 3u"},
        {"{1: 2}[1.5]", "no such key: 1.5"},
        {"{1: 2}[b'']", "no such key"},
        {"context[1]", "no such key: 1"},
        {"context.name.first", "no such overload: string.first"},
        {"context.tags.first", "no such overload: list.first"},
        {"has(x.a)", "no such overload: int.a"},
        {"has(context.a.b)", "no such key: a"},
        {"numbers[3]", "index out of bounds: 3 (the list has 3 elements)"},
        {"numbers[-1]", "index out of bounds: -1"},
        {"numbers[18446744073709551615u]", "index out of bounds: 18446744073709551615u"},
        {"[][0]", "index out of bounds"},
        {"numbers[0.5]", "invalid index: 0.5"},
        {"numbers[1e300]", "invalid index"},
        {"numbers['0']", "no such overload: list[string]"},
        {"x[0]", "no such overload: int[int]"},
        {"1 in 2", "no such overload: int in int"},
        {"'a' in 'abc'", "no such overload: string in string"},
        {"{'a': 1, 'a': 2}", "repeated key in a map: a"},
        {"{1: 1, 1u: 2}", "repeated key in a map: 1u"},
        {"{true: 1, true: 2}", "repeated key in a map: true"},
        {"{'a': 1, 'b': 2, context.name: 3, 'Ada': 4}", "repeated key in a map: Ada"},
        {"{1.0: 1}", "unsupported key type: double"},
        {"{null: 1}", "unsupported key type: null_type"},
        {"{[]: 1}", "unsupported key type: list"},
    };
    check_rows(state, rows, COUNT_OF(rows));
    check_errors(state, errors, COUNT_OF(errors));
}

/* langdef.md, "Macros" */
static void test_macros(void **state)
{
    static const struct row rows[] = {
        {"numbers.all(e, e > 0)", TRUE_VALUE},
        {"numbers.all(e, e > 1)", FALSE_VALUE},
        {"[].all(e, 1 / 0 > 0)", TRUE_VALUE},
        {"[1, 0].all(e, 10 / e > 100)", FALSE_VALUE},
        {"[0, 1].all(e, 10 / e > 100)", FALSE_VALUE}, /* the error is absorbed */
        {"numbers.exists(e, e == 2)", TRUE_VALUE},
        {"numbers.exists(e, e == 4)", FALSE_VALUE},
        {"[0, 1].exists(e, 10 / e == 10)", TRUE_VALUE},
        {"[].exists(e, true)", FALSE_VALUE},
        {"numbers.exists_one(e, e > 2)", TRUE_VALUE},
        {"numbers.exists_one(e, e > 1)", FALSE_VALUE},
        {"numbers.exists_one(e, e > 3)", FALSE_VALUE},
        {"numbers.map(e, e * e)", LIST(INT("1") "," INT("4") "," INT("9"))},
        {"numbers.map(e, e > 1, e * 10)", LIST(INT("20") "," INT("30"))},
        {"[].map(e, 1 / 0)", LIST("")},
        {"numbers.filter(e, e % 2 == 1)", LIST(INT("1") "," INT("3"))},
        {"{'a': 1, 'b': 2}.map(k, k)", LIST(STRING("a") "," STRING("b"))},
        {"{'a': 1, 'b': 2}.all(k, k != 'c')", TRUE_VALUE},
        {"{'a': 1, 'b': 2}.filter(k, k == 'b')", LIST(STRING("b"))},
        {"context.nested.map(k, context.nested[k].n)", LIST(INT("1"))},
        {"context.tags.exists(t, t == 'b')", TRUE_VALUE},
        {"[[1, 2], [3]].map(l, l.map(e, e + l.size()))",
         LIST(LIST(INT("3") "," INT("4")) "," LIST(INT("4")))},
        {"numbers.map(x, x)", LIST(INT("1") "," INT("2") "," INT("3"))}, /* hides the variable */
        {"numbers.map(e, numbers.map(e, e)[0] + e)", LIST(INT("2") "," INT("3") "," INT("4"))},
        {"numbers.map(e, e).filter(e, e > 1).map(e, e * 2)", LIST(INT("4") "," INT("6"))},
        {"[1].map(context, context + 1)", LIST(INT("2"))},
        {"numbers.all(e, e > 0) ? x : 0", INT("5")},
    };
    static const struct row errors[] = {
        {"[1, 0].exists(e, 10 / e > 100)", "division by zero"},
        {"[0, 1].all(e, 10 / e == 10)", "division by zero"},
        {"[0, 1].exists_one(e, 10 / e == 10)", "division by zero"},
        {"[1, 0].map(e, 1 / e)", "division by zero"},
        {"[1, 0].filter(e, 1 / e > 0)", "division by zero"},
        {"numbers.all(e, e)", "no such overload: all() with int"},
        {"numbers.exists(e, e)", "no such overload: exists() with int"},
        {"numbers.exists_one(e, 'a')", "no such overload: exists_one() with string"},
        {"numbers.filter(e, null)", "no such overload: filter() with null_type"},
        {"numbers.map(e, e, e)", "no such overload: map() with int"},
        {"x.map(e, e)", "no such overload: int where a list or map is needed"},
        {"'abc'.all(e, true)", "no such overload: string where a list or map is needed"},
    };
    check_rows(state, rows, COUNT_OF(rows));
    check_errors(state, errors, COUNT_OF(errors));
}

/* langdef.md, "String Functions", "Bytes Functions" */
static void test_functions(void **state)
{
    static const struct row rows[] = {
        {"size('')", INT("0")},
        {"'fiance\\u0301'.size()", INT("7")},
        {"size(string(b'\\xF0\\x9F\\xA4\\xAA'))", INT("1")},
        {"size(b'\\xF0\\x9F\\xA4\\xAA')", INT("4")},
        {"numbers.size() + size(context) + size({1: 2}) + size(context.tags)", INT("13")},
        {"'hello world'.contains('world') && !'foobar'.contains('baz')", TRUE_VALUE},
        {"'abababc'.contains('ababc') && 'aaab'.contains('aab') && !'aaa'.contains('aaaa')",
         TRUE_VALUE},
        {"'x'.contains('') && ''.contains('') && !''.contains('x')", TRUE_VALUE},
        {"'a\\000b'.contains('\\000b')", TRUE_VALUE},
        {"'foobar'.startsWith('foo') && !'foobar'.startsWith('oo') && 'a'.startsWith('')",
         TRUE_VALUE},
        {"'foobar'.endsWith('bar') && !'foobar'.endsWith('ba') && ''.endsWith('')", TRUE_VALUE},
        {"!'a'.startsWith('ab') && !'a'.endsWith('ba')", TRUE_VALUE},
        {"context.name.startsWith('A')", TRUE_VALUE},
    };
    static const struct row errors[] = {
        {"size(1)", "no such overload: size(int)"},
        {"x.size()", "no such overload: int.size()"},
        {"'a'.contains(1)", "no such overload: string.contains(int)"},
        {"x.startsWith('a')", "no such overload: int.startsWith(string)"},
    };
    check_rows(state, rows, COUNT_OF(rows));
    check_errors(state, errors, COUNT_OF(errors));
}

/* langdef.md, "Types and Conversions" */
static void test_conversions(void **state)
{
    static const struct row rows[] = {
        {"int(3.99) + int(-3.99)", INT("0")},
        {"int('-9223372036854775808')", INT("-9223372036854775808")},
        {"int('0012')", INT("12")},
        {"int(9223372036854775807u)", INT("9223372036854775807")},
        {"int(-9223372036854774784.0)", INT("-9223372036854774784")},
        {"int(timestamp('1969-12-31T23:59:59.5Z'))", INT("-1")},
        {"uint('18446744073709551615')", UINT("18446744073709551615")},
        {"uint(3.99)", UINT("3")},
        {"uint(-0.5)", UINT("0")},
        {"uint(7)", UINT("7")},
        {"double('1e3')", DOUBLE("1000.0")},
        {"double('-.5')", DOUBLE("-0.5")},
        {"double(3)", DOUBLE("3.0")},
        {"double(18446744073709551615u)", DOUBLE("18446744073709552000.0")},
        {"double('NaN')", DOUBLE("\"NaN\"")},
        {"double('-Infinity')", DOUBLE("\"-Infinity\"")},
        {"string(1) + string(2u) + string(true) + string('s')", STRING("12trues")},
        {"string(1.0) + ' ' + string(-4.5e-3) + ' ' + string(1e21)", STRING("1 -0.0045 1e+21")},
        {"string(0.0 / 0.0) + string(-1.0 / 0.0)", STRING("NaN-Infinity")},
        {"string(b'\\303\\277')", STRING("\303\277")},
        {"string(duration('1m1ms'))", STRING("60.001s")},
        {"string(now)", STRING("2026-01-02T03:04:05.678Z")},
        {"bytes('\303\277')", BYTES("w78=")},
        {"bool('true') && bool('T' == 't' ? '0' : '1') && !bool('FALSE')", TRUE_VALUE},
        {"dyn([1, 'a'])", LIST(INT("1") "," STRING("a"))},
        {"[type(1), type(1u), type(1.0), type(''), type(b''), type(null)]",
         LIST(TYPE("int") "," TYPE("uint") "," TYPE("double") "," TYPE("string") "," TYPE(
             "bytes") "," TYPE("null_type"))},
        {"[type([]), type({}), type(int), type(true), type(now), type(now - now)]",
         LIST(TYPE("list") "," TYPE("map") "," TYPE("type") "," TYPE("bool") "," TYPE(
             "google.protobuf.Timestamp") "," TYPE("google.protobuf.Duration"))},
        {"type(now) == google.protobuf.Timestamp", TRUE_VALUE},
    };
    static const struct row errors[] = {
        {"int('')", "int(\"\"): not a decimal integer"},
        {"int('12a')", "int(\"12a\"): not a decimal integer"},
        {"int(' 1')", "not a decimal integer"},
        {"int('9223372036854775808')", "not a decimal integer"},
        {"int(9223372036854775808u)", "range error: int(9223372036854775808u)"},
        {"int(9223372036854775807.0)", "range error"},
        {"int(-9223372036854775808.0)", "range error"},
        {"int(0.0 / 0.0)", "range error"},
        {"int(null)", "no such overload: int(null_type)"},
        {"int(true)", "no such overload: int(bool)"},
        {"uint(-1)", "range error: uint(-1)"},
        {"uint(-1.0)", "range error"},
        {"uint(18446744073709551616.0)", "range error"},
        {"uint('-1')", "not a decimal integer"},
        {"double('')", "double(\"\"): not a number"},
        {"double('1.e')", "not a number"},
        {"double('0x10')", "not a number"},
        {"double('inf')", "not a number"},
        {"double('1e999')", "not a number that a double can hold"},
        {"string(b'a\\xff')", "invalid UTF-8 at byte 1"},
        {"string([])", "no such overload: string(list)"},
        {"string(null)", "no such overload: string(null_type)"},
        {"bool('yes')", "bool(\"yes\"): neither \"true\" nor \"false\""},
        {"bool('tRUE')", "neither"},
        {"bool(1)", "no such overload: bool(int)"},
        {"bytes(1)", "no such overload: bytes(int)"},
    };
    check_rows(state, rows, COUNT_OF(rows));
    check_errors(state, errors, COUNT_OF(errors));
}

/* langdef.md, "Date/Time Functions", "Overflow"; durations as Go's time.ParseDuration */
static void test_times(void **state)
{
    static const struct row rows[] = {
        {"timestamp('2023-08-26T12:39:00-07:00')", TIMESTAMP("2023-08-26T19:39:00Z")},
        {"timestamp(1000000000)", TIMESTAMP("2001-09-09T01:46:40Z")},
        {"timestamp('0001-01-01T00:00:00Z')", TIMESTAMP("0001-01-01T00:00:00Z")},
        {"timestamp('9999-12-31T23:59:59.999999999Z')",
         TIMESTAMP("9999-12-31T23:59:59.999999999Z")},
        {"timestamp(now) == now", TRUE_VALUE},
        {"duration('1h30m')", DURATION("5400s")},
        {"duration('-1.5h')", DURATION("-5400s")},
        {"duration('1h34us')", DURATION("3600.000034s")},
        {"duration('0')", DURATION("0s")},
        {"duration('-0')", DURATION("0s")},
        {"duration('+.5s')", DURATION("0.5s")},
        {"duration('1.s')", DURATION("1s")},
        {"duration('-1ns')", DURATION("-0.000000001s")},
        {"duration('1.9ns')", DURATION("0.000000001s")},
        {"duration('0.1h')", DURATION("360s")},
        {"duration('1ms1us1ns')", DURATION("0.001001001s")},
        {"duration('9223372036854775807ns')", DURATION("9223372036.854775807s")},
        {"duration('-9223372036854775807ns')", DURATION("-9223372036.854775807s")},
        {"duration(duration('5s'))", DURATION("5s")},
        {"now + duration('1h')", TIMESTAMP("2026-01-02T04:04:05.678Z")},
        {"duration('1h') + now", TIMESTAMP("2026-01-02T04:04:05.678Z")},
        {"now - duration('0.679s')", TIMESTAMP("2026-01-02T03:04:04.999Z")},
        {"now + duration('-678ms')", TIMESTAMP("2026-01-02T03:04:05Z")},
        {"now - timestamp('2026-01-02T03:04:06Z')", DURATION("-0.322s")},
        {"duration('1m') - duration('1s') + duration('1ms')", DURATION("59.001s")},
        {"now < now + duration('1ns') && duration('-1s') < duration('-0.5s')", TRUE_VALUE},
        {"duration('1h') == duration('60m') && duration('1h') != duration('1m')", TRUE_VALUE},
        {"now.getFullYear()", INT("2026")},
        {"now.getMonth()", INT("0")},
        {"now.getDayOfMonth()", INT("1")},
        {"now.getDate()", INT("2")},
        {"now.getDayOfWeek()", INT("5")},
        {"timestamp('2023-12-25T12:00:00Z').getDayOfYear()", INT("358")},
        {"now.getHours()", INT("3")},
        {"now.getMinutes()", INT("4")},
        {"now.getSeconds()", INT("5")},
        {"now.getMilliseconds()", INT("678")},
        {"timestamp('2026-01-02T23:30:00Z').getDate('Test/East')", INT("3")},
        {"timestamp('2026-01-02T23:30:00Z').getMinutes('Test/' + 'East')", INT("15")},
        {"now.getHours('-04:00')", INT("23")},
        {"now.getDate('-04:00')", INT("1")},
        {"now.getHours('+05:45') * 100 + now.getMinutes('05:45')", INT("849")},
        {"now.getHours('UTC')", INT("3")},
        {"duration('3h30m').getHours()", INT("3")},
        {"duration('1h30m').getMinutes()", INT("90")},
        {"duration('1m30s').getSeconds()", INT("90")},
        {"duration('1.234s').getMilliseconds()", INT("234")},
        {"duration('-1.234s').getMilliseconds()", INT("-234")},
    };
    static const struct row errors[] = {
        {"timestamp('2023-02-29T00:00:00Z')", "not an RFC 3339 time"},
        {"timestamp('2023-01-01')", "timestamp(\"2023-01-01\"): not an RFC 3339 time"},
        {"timestamp(253402300800)", "range error"},
        {"timestamp(-62135596801)", "range error"},
        {"timestamp('9999-12-31T23:59:59Z') + duration('1s')", "range error"},
        {"timestamp('0001-01-01T00:00:00Z') - duration('1ns')", "range error"},
        {"timestamp('9999-12-31T23:59:59Z') - timestamp('0001-01-01T00:00:00Z')", "range error"},
        {"duration('9223372036854775807ns') + duration('1ns')", "range error"},
        {"duration('-9223372036854775807ns') - duration('2ns')", "range error"},
        {"duration('2562047h47m16.854775808s')", "not a duration"},
        {"duration('')", "not a duration"},
        {"duration('-')", "not a duration"},
        {"duration('1')", "not a duration"},
        {"duration('1d')", "not a duration"},
        {"duration('.s')", "not a duration"},
        {"duration('1s ')", "not a duration"},
        {"duration('99999999999999999999s')", "not a duration"},
        {"now + now", "no such overload: google.protobuf.Timestamp + google.protobuf.Timestamp"},
        {"duration('1s') - now", "no such overload"},
        {"now * 2", "no such overload"},
        {"now < duration('1s')", "no such overload"},
        {"now.getHours(context.name)", "unknown time zone \"Ada\""},
        {"now.getHours('+24:0' + string(x - 5))", "unknown time zone"},
        {"now.getHours('+1:0' + string(x - 5))", "unknown time zone"},
        {"duration('1s').getHours('UTC')", "no such overload"},
        {"duration('1s').getFullYear()", "no such overload"},
    };
    check_rows(state, rows, COUNT_OF(rows));
    check_errors(state, errors, COUNT_OF(errors));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, arena_setup, arena_teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(test_grammar),     TEST(test_literals),   TEST(test_arithmetic), TEST(test_comparison),
        TEST(test_logic),       TEST(test_aggregates), TEST(test_macros),     TEST(test_functions),
        TEST(test_conversions), TEST(test_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
