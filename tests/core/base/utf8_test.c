#include "tests/test.h"

#include "core/utf8.h"

/* The Unicode Standard, table 3-7: ranges of the first and second byte, and the length. */
static const struct {
    unsigned first_low, first_high, second_low, second_high;
    size_t size;
} table[] = {
    {0x00, 0x7F, 0x00, 0x00, 1}, {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
    {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
    {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
};

/* The length of the sequence that the table allows, or 0. */
static size_t expected_size(const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        if (bytes[0] < table[i].first_low || bytes[0] > table[i].first_high)
            continue;
        if (table[i].size == 1)
            return 1;
        if (size < table[i].size || bytes[1] < table[i].second_low ||
            bytes[1] > table[i].second_high)
            return 0;
        for (size_t j = 2; j < table[i].size; j++) {
            if (bytes[j] < 0x80 || bytes[j] > 0xBF)
                return 0;
        }
        return table[i].size;
    }
    return 0;
}

/* All pairs of bytes, with what the third and fourth may be, and every truncation. */
static void test_table_3_7(void **state)
{
    (void)state;
    static const unsigned char ends[] = {0x00, 0x7F, 0x80, 0xBF, 0xC0, 0xFF};
    for (unsigned pair = 0; pair <= 0xFFFF; pair++) {
        for (size_t end = 0; end < COUNT_OF(ends) * COUNT_OF(ends); end++) {
            const unsigned char bytes[4] = {(unsigned char)(pair >> 8), (unsigned char)pair,
                                            ends[end % COUNT_OF(ends)], ends[end / COUNT_OF(ends)]};
            for (size_t size = 1; size <= sizeof bytes; size++) {
                struct text text = {(const char *)bytes, size};
                if (utf8_sequence(text) != expected_size(bytes, size))
                    fail_msg("%02x %02x %02x %02x, %zu bytes", bytes[0], bytes[1], bytes[2],
                             bytes[3], size);
            }
        }
    }
    assert_int_equal(utf8_sequence(TEXT_NONE), 0);
}

static void test_every_code_point_comes_back(void **state)
{
    (void)state;
    for (uint32_t code_point = 0; code_point <= 0x10FFFF; code_point++) {
        if (code_point >= 0xD800 && code_point <= 0xDFFF)
            continue;
        char bytes[4];
        size_t at = 0, size = utf8_encode(code_point, bytes);
        struct text text = {bytes, size};
        if (!utf8_is_valid(text) || utf8_count(text) != 1 || utf8_next(text, &at) != code_point ||
            at != size)
            fail_msg("U+%04X", code_point);
    }
}

static void test_valid_prefix(void **state)
{
    (void)state;
    static const struct {
        struct text text;
        size_t valid;
    } cases[] = {
        {TEXT_INIT(""), 0},
        {TEXT_INIT("abc"), 3},
        {TEXT_INIT("a\0b"), 3},
        {TEXT_INIT("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"), 9},
        {TEXT_INIT("ab\xFF"), 2},
        {TEXT_INIT("ab\xC3"), 2},
        {TEXT_INIT("ab\xE2\x82"), 2},
        {TEXT_INIT("ab\xF0\x9F\x98"), 2},
        {TEXT_INIT("\xC0\x80"), 0},                  /* overlong NUL                        */
        {TEXT_INIT("x\xED\xA0\x80\xED\xB0\x80"), 1}, /* a pair of surrogates, as in CESU-8  */
        {TEXT_INIT("\xF4\x90\x80\x80"), 0},          /* above U+10FFFF                      */
        {TEXT_INIT("\x80"), 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(utf8_valid_prefix(cases[i].text), cases[i].valid);
        assert_int_equal(utf8_is_valid(cases[i].text), cases[i].valid == cases[i].text.size);
    }
    assert_int_equal(utf8_count(TEXT("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80")), 4);
    assert_int_equal(utf8_count(TEXT("")), 0);
    assert_int_equal(utf8_count(TEXT("\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC"
                                     "\xE2\x82\xAC\xE2\x82\xAC\xC2\xBF\x7F")),
                     8); /* words of eight bytes that begin and end inside of characters */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_3_7),
        cmocka_unit_test(test_every_code_point_comes_back),
        cmocka_unit_test(test_valid_prefix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
