#include "tests/test.h"

#include "core/text.h"

static void test_compare_is_in_byte_order(void **state)
{
    (void)state;
    static const struct text ordered[] = {TEXT_INIT(""),     TEXT_INIT("\0"),  TEXT_INIT("A"),
                                          TEXT_INIT("AB"),   TEXT_INIT("a"),   TEXT_INIT("ab"),
                                          TEXT_INIT("\x80"), TEXT_INIT("\xFF")};
    for (size_t i = 0; i < COUNT_OF(ordered); i++) {
        for (size_t j = 0; j < COUNT_OF(ordered); j++) {
            int order = text_compare(ordered[i], ordered[j]);
            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
            assert_int_equal(text_equal(ordered[i], ordered[j]), i == j);
        }
    }
    assert_int_equal(text_compare(TEXT_NONE, TEXT("")), 0);
    assert_true(text_equal(TEXT_NONE, TEXT("")));
}

static void test_starts_and_ends(void **state)
{
    (void)state;
    assert_true(text_starts_with(TEXT("evt.x"), "evt."));
    assert_true(text_starts_with(TEXT("evt."), "evt."));
    assert_false(text_starts_with(TEXT("evt"), "evt."));
    assert_true(text_starts_with(TEXT_NONE, ""));
    assert_true(text_ends_with(TEXT("xorca.a.start"), ".start"));
    assert_false(text_ends_with(TEXT("start"), ".start"));
    assert_true(text_ends_with(TEXT_NONE, ""));
    assert_true(text_is(TEXT("a"), "a"));
    assert_false(text_is(TEXT("a\0b"), "a"));
}

static void test_copy(void **state)
{
    struct text copy = text_copy(*state, TEXT("a\0b"));
    ASSERT_TEXT(copy, TEXT("a\0b"));
    assert_int_equal(copy.data[3], '\0');
    assert_non_null(text_copy(*state, TEXT_NONE).data);
    struct arena *full = arena_create(8);
    assert_null(text_copy(full, TEXT("abc")).data);
    arena_destroy(full);
}

static void test_nearest(void **state)
{
    (void)state;
    static const struct text names[] = {TEXT_INIT("initial"), TEXT_INIT("states"), TEXT_INIT("on"),
                                        TEXT_INIT("always"),  TEXT_INIT("invoke"), TEXT_INIT("")};
    static const struct {
        const char *word;
        int index;
    } cases[] = {
        {"initial", 0},
        {"intial", 0},
        {"inital", 0},
        {"initail", 0},
        {"Initial", 0},
        {"stattes", 1},
        {"state", 1},
        {"sattes", 1},
        {"on", 2},
        {"no", 2},
        {"alwasy", 3},
        {"invkoe", 4},
        {"invokee", 4},
        {"xyz", -1},
        {"", -1},
        {"states2000", -1},
        {"q", -1},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", -1}, /* 65 */
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        CHECK_ROW(cases[i].word,
                  text_nearest(text_of(cases[i].word), names, COUNT_OF(names)) == cases[i].index);
    assert_int_equal(text_nearest(TEXT("on"), names, 0), -1);
}

static void test_shown_is_fit_for_a_message(void **state)
{
    (void)state;
    static const struct {
        struct text text;
        const char *quoted;
    } cases[] = {
        {TEXT_INIT(""), "\"\""},
        {{NULL, 0}, "\"\""},
        {TEXT_INIT("evt.x"), "\"evt.x\""},
        {TEXT_INIT("a\"b\\c"), "\"a\\\"b\\\\c\""},
        {TEXT_INIT("a\nb\r\t"), "\"a\\nb\\r\\t\""},
        {TEXT_INIT("\0\x1b[31m\x7f"), "\"\\u0000\\u001b[31m\\u007f\""},
        {TEXT_INIT("\xC2\x9B"), "\"\\u009b\""}, /* a control sequence of one character */
        {TEXT_INIT("\xC3\xA9\xE2\x82\xAC"), "\"\xC3\xA9\xE2\x82\xAC\""},
        {TEXT_INIT("a\xFF\xC3"), "\"a\\xff\\xc3\""},
        {TEXT_INIT("123456789012345678901234567890123456789012345678901234567890"),
         "\"123456789012345678901234567890123456789012345678901234567890\""},
        {TEXT_INIT("1234567890123456789012345678901234567890123456789012345678901"),
         "\"123456789012345678901234567890123456789012345678901234567890\"..."},
        {TEXT_INIT("12345678901234567890123456789012345678901234567890123456789\xC3\xA9"),
         "\"12345678901234567890123456789012345678901234567890123456789\"..."},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_string_equal(text_show(cases[i].text).quoted, cases[i].quoted);
    char worst[TEXT_SHOWN_MAX];
    memset(worst, 1, sizeof worst);
    assert_int_equal(strlen(text_show((struct text){worst, sizeof worst}).quoted),
                     TEXT_SHOWN_MAX * 6 + 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compare_is_in_byte_order),
        cmocka_unit_test(test_starts_and_ends),
        cmocka_unit_test_setup_teardown(test_copy, arena_setup, arena_teardown),
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_shown_is_fit_for_a_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
