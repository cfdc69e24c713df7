/* RE2's syntax: a row for each line of doc/syntax.txt (github.com/google/re2) that a search can
 * tell, in its order. */
#include "tests/core/regex/fixture.h"

static void test_single_characters(void **state)
{
    static const struct match_row rows[] = {
        {".", {"a", "\303\251", "\360\237\230\200"}, {"", "\n"}},
        {"(?s).", {"a", "\n"}, {""}},
        {"[xyz]", {"x", "y", "az"}, {"a", ""}},
        {"[^xyz]", {"a", "\n", "\303\251"}, {"x", "zyx", ""}},
        {"\\d", {"0", "a9"}, {"a", "\331\243"}}, /* ARABIC-INDIC DIGIT THREE */
        {"\\D", {"a", "\331\243"}, {"0"}},
        {"[[:alpha:]]", {"a", "Z"}, {"1", "\303\251"}},
        {"[[:^alpha:]]", {"1", "\303\251"}, {"a"}},
        {"^\\pN$", {"1", "\331\243", "\342\205\247"}, {"a"}}, /* ROMAN NUMERAL EIGHT */
        {"^\\p{Greek}$", {"\316\261", "\316\251"}, {"a", "\320\260"}},
        {"^\\PN$", {"a"}, {"1"}},
        {"^\\P{Greek}$", {"a"}, {"\316\261"}},
        {"^\\p{^Greek}$", {"a"}, {"\316\261"}},
        {"^\\P{^Greek}$", {"\316\261"}, {"a"}},
    };
    check_matches(*state, REGEX_RE2, rows, COUNT_OF(rows));
}

static void test_composites_and_repetitions(void **state)
{
    static const struct match_row rows[] = {
        {"", {"", "a"}, {0}},
        {"xy", {"xy", "axya"}, {"x", "yx"}},
        {"x|y", {"x", "y"}, {"a", ""}},
        {"^(x|)$", {"x", ""}, {"xx"}},
        {"^x*$", {"", "xxx"}, {"y"}},
        {"^x+$", {"x", "xxx"}, {""}},
        {"^x?$", {"", "x"}, {"xx"}},
        {"^x{2,3}$", {"xx", "xxx"}, {"x", "xxxx"}},
        {"^x{2,}$", {"xx", "xxxxx"}, {"x"}},
        {"^x{2}$", {"xx"}, {"x", "xxx"}},
        {"^x*?$", {"", "xxx"}, {"y"}},
        {"^x+?$", {"x"}, {""}},
        {"^x??$", {"x", ""}, {"xx"}},
        {"^x{2,3}?$", {"xx", "xxx"}, {"x", "xxxx"}},
        {"^x{0}y$", {"y"}, {"xy"}},
        {"^x{01}$", {"x{01}"}, {"x"}}, /* no counting form: characters */
        {"^x{,2}$", {"x{,2}"}, {"xx"}},
        {"^{$", {"{"}, {""}},
        {"^(a*)*$", {"", "aaa"}, {"b"}},
        {"^(?:a{2}){3}$", {"aaaaaa"}, {"aaaaa"}},
    };
    check_matches(*state, REGEX_RE2, rows, COUNT_OF(rows));
}

static void test_groups_and_flags(void **state)
{
    static const struct match_row rows[] = {
        {"^(ab)+$", {"abab"}, {"aba"}},
        {"^(?P<name>a)$", {"a"}, {"b"}},
        {"^(?<name>a)$", {"a"}, {"b"}},
        {"^(?:a)$", {"a"}, {"b"}},
        {"^(?i)ab(?-i)c$", {"ABc", "abc"}, {"abC"}},
        {"^(?i:a)b$", {"Ab"}, {"AB"}},
        {"^((?i)a)b$", {"Ab"}, {"AB"}}, /* up to the end of the group */
        {"^(?:(?i)a|b)$", {"A", "B"}, {0}},
        {"(?i)^\317\203$", {"\317\202", "\316\243"}, {"s"}}, /* the sigmas are one */
        {"(?i)^[k]$", {"K", "\342\204\252"}, {"c"}},         /* KELVIN SIGN */
        {"(?i)^[^k]$", {"c"}, {"K", "\342\204\252"}},
        {"(?i)^\\w$", {"\305\277"}, {0}}, /* LATIN SMALL LETTER LONG S folds to s */
        {"(?i)^\\p{Lu}$", {"a", "A"}, {"1"}},
        {"(?m)^b$", {"b", "a\nb\nc"}, {"ab"}},
        {"^b$", {"b"}, {"a\nb\nc", "b\n"}},
        {"^(?s)a.b$", {"a\nb"}, {0}},
        {"^(?-s)a.b$", {"axb"}, {"a\nb"}},
        {"^(?U)a+$", {"aa"}, {""}},
        {"^(?ms-i:.)$", {"\n"}, {0}},
    };
    check_matches(*state, REGEX_RE2, rows, COUNT_OF(rows));
}

static void test_empty_strings_and_escapes(void **state)
{
    static const struct match_row rows[] = {
        {"\\Ab\\z", {"b"}, {"ab", "b\n"}},
        {"(?m)\\Ab\\z", {"b"}, {"a\nb"}},
        {"\\bfoo\\b", {"foo", "a foo."}, {"xfoo", "foo1"}},
        {"a\\b", {"a\303\251"}, {"ab"}}, /* at ASCII word boundary */
        {"\\Bfoo", {"xfoo"}, {"foo"}},
        {"^\\a\\f\\t\\n\\r\\v$", {"\a\f\t\n\r\v"}, {0}},
        {"^\\*\\_\\-$", {"*_-"}, {0}},
        {"^\\123\\01$", {"S\001"}, {0}},
        {"^\\x7F\\x{10FFFF}\\x{000041}$", {"\177\364\217\277\277A"}, {0}},
        {"^\\Qa.*\\Eb+\\Q[$", {"a.*bb[$"}, {"axb["}},
        {"^\\Qab\\E+$", {"abbb"}, {"abab"}},
    };
    check_matches(*state, REGEX_RE2, rows, COUNT_OF(rows));
}

static void test_classes(void **state)
{
    static const struct match_row rows[] = {
        {"^[\\d]$", {"1"}, {"d"}},
        {"^[^\\d]$", {"d"}, {"1"}},
        {"^[\\D]$", {"d"}, {"1"}},
        {"^[^\\D]$", {"1"}, {"d"}},
        {"^[\\p{Greek}x]$", {"\316\261", "x"}, {"a"}},
        {"^[^\\p{Greek}]$", {"a"}, {"\316\261"}},
        {"^[]a]$", {"]", "a"}, {"b"}},
        {"^[^]a]$", {"b"}, {"]", "a"}},
        {"^[a-]$", {"a", "-"}, {"b"}},
        {"^[-a]$", {"a", "-"}, {"b"}},
        {"^[+--]$", {"+", ",", "-"}, {"."}},
        {"^[\\d-z]$", {"1", "-", "z"}, {"a"}},
        {"^[[:]$", {"[", ":"}, {"a"}},
        {"^\\s$", {"\t", "\n", "\f", "\r", " "}, {"\v", "\302\240"}},
        {"^[[:space:]]$", {"\v", " "}, {"\302\240"}},
        {"^\\w$", {"a", "Z", "_", "0"}, {"\303\251", "-"}},
        {"^[[:ascii:]]$", {"\177"}, {"\302\200"}},
        {"^[[:blank:]]$", {"\t", " "}, {"\n"}},
        {"^[[:cntrl:]]$", {"\037", "\177"}, {" "}},
        {"^[[:graph:]]$", {"!", "~"}, {" "}},
        {"^[[:print:]]$", {" ", "~"}, {"\177"}},
        {"^[[:punct:]]$", {"!", "/", ":", "`", "~"}, {"a", "0"}},
        {"^[[:xdigit:]]$", {"f", "F", "9"}, {"g"}},
        {"^[[:alnum:][:lower:]]$", {"a", "0"}, {"-"}},
        {"^\\p{Any}$", {"a", "\364\217\277\277"}, {""}},
        {"^\\p{L}\\p{Lu}\\p{Zs}$", {"aA "}, {"aa "}},
        {"^\\p{C}$", {"\001", "\302\255"}, {"a", "\315\270"}}, /* U+0378 is unassigned */
    };
    check_matches(*state, REGEX_RE2, rows, COUNT_OF(rows));
}

static void test_what_is_invalid(void **state)
{
    static const struct problem_row rows[] = {
        {"a**", 2, "quantifier behind a quantifier"},
        {"a{2}{3}", 4, "quantifier behind a quantifier"},
        {"*", 0, "nothing to repeat"},
        {"a|*", 2, "nothing to repeat"},
        {"(+)", 1, "nothing to repeat"},
        {"x{1001}", 1, "more than 1000 times"},
        {"x{1001,}", 1, "more than 1000 times"},
        {"(?:x{2}){501}", 8, "more than 1000 times in all"},
        {"x{3,2}", 1, "largest number"},
        {"(a", 0, "does not end"},
        {"a)", 1, "without a \"(\""},
        {"[a", 0, "does not end"},
        {"[]", 0, "does not end"},
        {"[b-a]", 1, "ends before it begins"},
        {"[a-\\d]", 3, "no such escape"},
        {"[[:foo:]]", 1, "no class"},
        {"\\p{Foo}", 0, "no Unicode class"},
        {"\\p{Grek}", 0, "no Unicode class"}, /* names of scripts are long */
        {"\\p{Letter}", 0, "no Unicode class"},
        {"\\pX", 0, "no Unicode class"},
        {"\\p{L", 0, "without \"}\""},
        {"\\", 0, "at the end"},
        {"\\8", 0, "no such escape"},
        {"(a)\\1", 3, "no such escape"},
        {"\\q", 0, "no such escape"},
        {"\\x4", 0, "no such escape"},
        {"\\x{110000}", 0, "no such escape"},
        {"[\\b]", 1, "no such escape"},
        {"(?=a)", 0, "look-ahead"},
        {"(?<!a)", 0, "look-behind"},
        {"(?>a)", 0, "no such group"},
        {"(?i", 0, "no such group"},
        {"(?i-)", 0, "no such group"},
        {"(?P=n)", 0, "no such group"},
        {"(?P<>a)", 0, "the name of a group"},
        {"(?P<a-b>a)", 0, "the name of a group"},
        {"(?P<n>a)|(?P<n>b)", 9, "second group with the name \"n\""},
    };
    check_problems(*state, REGEX_RE2, REGEX_INVALID, rows, COUNT_OF(rows));
}

static void test_what_is_unsupported(void **state)
{
    static const struct problem_row rows[] = {{"a\\C", 1, "\\C"}};
    check_problems(*state, REGEX_RE2, REGEX_UNSUPPORTED, rows, COUNT_OF(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_single_characters),
        cmocka_unit_test(test_composites_and_repetitions),
        cmocka_unit_test(test_groups_and_flags),
        cmocka_unit_test(test_empty_strings_and_escapes),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_what_is_invalid),
        cmocka_unit_test(test_what_is_unsupported),
    };
    return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
