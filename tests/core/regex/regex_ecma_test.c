/* ECMA-262 with the u flag: sections 22.2.1 (Patterns) and 22.2.2 (Pattern Semantics). */
#include "tests/core/regex/fixture.h"

static void test_characters(void **state)
{
    static const struct match_row rows[] = {
        {".", {"a", "\360\237\230\200"}, {"", "\n", "\r", "\342\200\250", "\342\200\251"}},
        {"^.$", {"\360\237\230\200"}, {"ab"}}, /* a character is a code point */
        {"^\\d$", {"0", "9"}, {"a", "\331\243"}},
        {"^\\D$", {"a"}, {"0"}},
        {"^\\w$", {"a", "_", "0"}, {"\303\251", "-"}},
        {"^\\W$", {"\303\251"}, {"a"}},
        {"^\\s$",
         {"\t", "\v", "\302\240", "\341\232\200", "\342\200\250", "\342\201\237", "\343\200\200",
          "\357\273\277"},
         {"a", "\302\205", "\341\240\216"}}, /* neither NEL nor MONGOLIAN VOWEL SEPARATOR */
        {"^\\S$", {"a", "\302\205"}, {" "}},
        {"^\\f\\n\\r\\t\\v$", {"\f\n\r\t\v"}, {0}},
        {"^\\cA\\cz$", {"\001\032"}, {0}},
        {"^\\x41\\u0042\\u{43}\\u{01F600}$", {"ABC\360\237\230\200"}, {0}},
        {"^\\uD83D\\uDE00$", {"\360\237\230\200"}, {0}},
        {"^[\\uD83D\\uDE00]$", {"\360\237\230\200"}, {0}},
        {"\\uD83D", {0}, {"\360\237\230\200"}}, /* half a character is in no text */
        {"^\\^\\$\\\\\\.\\*\\+\\?\\(\\)\\[\\]\\{\\}\\|\\/$", {"^$\\.*+?()[]{}|/"}, {0}},
        {"^[\\b]$", {"\b"}, {"b"}},
        {"^[\\-a]$", {"-", "a"}, {"b"}},
    };
    check_matches(*state, REGEX_ECMA262, rows, COUNT_OF(rows));
}

static void test_properties(void **state)
{
    static const struct match_row rows[] = {
        {"^\\p{Lu}$", {"A", "\303\204"}, {"a"}},
        {"^\\P{Lu}$", {"a"}, {"A"}},
        {"^\\p{Uppercase_Letter}$", {"A"}, {"a"}},
        {"^\\p{gc=Lu}\\p{General_Category=Ll}$", {"Aa"}, {"aA"}},
        {"^\\p{L}+$", {"a\303\244\316\261\346\274\242"}, {"1"}},
        {"^\\p{LC}$", {"a"}, {"\346\274\242"}},
        {"^\\p{digit}+$", {"42", "\340\247\252\340\247\250"}, {"-%#"}}, /* BENGALI DIGITS */
        {"^\\p{Cn}$", {"\315\270"}, {"a"}},
        {"^\\p{Script=Greek}$", {"\316\261"}, {"a"}},
        {"^\\p{sc=Grek}$", {"\316\261"}, {"a"}},
        {"^\\p{Script_Extensions=Greek}$", {"\316\261", "\315\202"}, {"a"}},
        {"^\\p{sc=Greek}$", {0}, {"\315\202"}}, /* U+0342 is Inherited, and used in Greek */
        {"^\\p{Alphabetic}$", {"a", "\346\274\242"}, {"1"}},
        {"^\\p{White_Space}$", {" ", "\302\205"}, {"a"}},
        {"^\\p{Emoji_Presentation}$", {"\360\237\230\200"}, {"1"}},
        {"^\\p{ASCII_Hex_Digit}\\p{AHex}$", {"fF"}, {"gg"}},
        {"^\\p{ID_Start}\\p{ID_Continue}*$", {"a1"}, {"1a"}},
        {"^\\p{Any}\\p{ASCII}\\p{Assigned}$", {"\303\251ab"}, {0}},
        {"^[^\\p{L}\\d]$", {"-"}, {"a", "1"}},
        {"^[\\P{L}]$", {"-"}, {"a"}},
    };
    check_matches(*state, REGEX_ECMA262, rows, COUNT_OF(rows));
}

static void test_terms(void **state)
{
    static const struct match_row rows[] = {
        {"^(?:a|b)+$", {"abab"}, {"abc"}},
        {"^(a)(?<year>b)$", {"ab"}, {"ba"}},
        {"^(?<\\u0061b$>a)$", {"a"}, {0}},
        {"^(?:(?<n>a)|(?<n>b))$", {"a", "b"}, {0}}, /* in two alternatives */
        {"^a{2,3}$", {"aa", "aaa"}, {"a", "aaaa"}},
        {"^a{02}$", {"aa"}, {"a"}},
        {"^a{2,}?$", {"aa", "aaaa"}, {"a"}},
        {"^a{0}$", {""}, {"a"}},
        {"a$", {"ba"}, {"a\n"}},
        {"^b", {"ba"}, {"a\nb"}},
        {"\\bfoo\\b", {"a foo"}, {"foot"}},
        {"\\Boo", {"foo"}, {"oo"}},
        {"[]", {0}, {"", "a"}},
        {"^[^]$", {"a", "\n", "\360\237\230\200"}, {""}},
        {"^[a-c]$", {"b"}, {"d"}},
        {"^[a-]$", {"-"}, {"b"}},
        {"^(|a)$", {"", "a"}, {"b"}},
        {"^\\S(|(.|\\n)*\\S)$", {"a", "a b"}, {" a", "a "}},
        /* Annex B, where it can mean but one thing */
        {"^[\\w-.]+$", {"a-b.c"}, {"a b"}},
        {"^[a-\\d]+$", {"a-1"}, {"b"}},
        {"^\\w+\\-x$", {"ab-x"}, {"ab_x"}},
        {"^a{b}]$", {"a{b}]"}, {"ab"}},
    };
    check_matches(*state, REGEX_ECMA262, rows, COUNT_OF(rows));
}

static void test_what_is_invalid(void **state)
{
    static const struct problem_row rows[] = {
        {"^(abc]", 1, "does not end"},
        {"a)", 1, "without a \"(\""},
        {"[a", 0, "does not end"},
        {"[b-a]", 1, "ends before it begins"},
        {"\\Z", 0, "no such escape"},
        {"\\A", 0, "no such escape"},
        {"\\a", 0, "no such escape"},
        {"\\_", 0, "no such escape"},
        {"\\c1", 0, "no such escape"},
        {"\\x4", 0, "no such escape"},
        {"\\u004", 0, "no such escape"},
        {"\\u{110000}", 0, "no such escape"},
        {"\\01", 0, "no such escape"},
        {"\\", 0, "no such escape"},
        {"\\pL", 0, "no such property"},
        {"\\p{Foo}", 0, "no such property"},
        {"\\p{lu}", 0, "no such property"},
        {"\\p{Greek}", 0, "no such property"},
        {"\\p{Alphabetic=Y}", 0, "no such property"},
        {"\\p{RGI_Emoji}", 0, "no such property"}, /* of strings: with the v flag alone */
        {"[\\p{L}-z]", 1, "begins with a class"},
        {"[a-\\p{L}]", 3, "no such escape"},
        {"*", 0, "nothing to repeat"},
        {"{2}", 0, "nothing to repeat"},
        {"^*", 1, "nothing to repeat"},
        {"\\b+", 2, "nothing to repeat"},
        {"(?<=a)*", 6, "nothing to repeat"},
        {"a**", 2, "quantifier behind"},
        {"a{3,2}", 1, "largest number"},
        {"(?i)a", 0, "no such group"},
        {"(?P<n>a)", 0, "no such group"},
        {"(?<1>a)", 0, "the name of a group"},
        {"(?<n>a)(?<n>b)", 7, "second group with the name \"n\""},
        {"\\1", 0, "group that is not there"},
        {"(a)\\2", 3, "group that is not there"},
        {"\\k<n>", 0, "group that is not there"},
        {"(?<n>a)\\k", 7, "\\k needs the name"},
        {"(?=a)(", 5, "does not end"}, /* a fault counts more than what cannot be done */
        {"(?ii:a)", 0, "no such group"},
    };
    check_problems(*state, REGEX_ECMA262, REGEX_INVALID, rows, COUNT_OF(rows));
}

static void test_what_is_unsupported(void **state)
{
    static const struct problem_row rows[] = {
        {"a(?=b)", 1, "look-ahead"},
        {"(?!b)", 0, "look-ahead"},
        {"(?<=b)a", 0, "look-behind"},
        {"(?<!b)a", 0, "look-behind"},
        {"(a)\\1", 3, "back reference"},
        {"\\1(a)", 0, "back reference"},
        {"(?<n>a)\\k<n>", 7, "back reference"},
        {"\\k<n>(?<n>a)", 0, "back reference"},
        {"(?i-s:a)", 0, "modifiers"},
    };
    check_problems(*state, REGEX_ECMA262, REGEX_UNSUPPORTED, rows, COUNT_OF(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_characters),
        cmocka_unit_test(test_properties),
        cmocka_unit_test(test_terms),
        cmocka_unit_test(test_what_is_invalid),
        cmocka_unit_test(test_what_is_unsupported),
    };
    return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
