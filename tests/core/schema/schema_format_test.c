/* Formats where the public suite has no case: each row names its RFC. */
#include "tests/test.h"

#include "core/schema/format.h"

static const struct {
    const char *format;
    const char *text;
    bool is_valid;
} rows[] = {
    /* RFC 3339, section 5.6 and 5.7 */
    {"date", "2000-02-29", true},
    {"date", "1900-02-29", false},
    {"date", "2026-13-01", false},
    {"date", "2026-00-01", false},
    {"date", "2026-01-00", false},
    {"date-time", "1990-12-31T23:59:60Z", true}, /* section 5.8 */
    {"date-time", "1990-12-31T15:59:60-08:00", true},
    {"date-time", "1937-01-01T12:00:27.87+00:20", true},
    {"date-time", "1990-12-31 23:59:59Z", false},
    {"time", "12:00:00.Z", false},
    /* RFC 3339, Appendix A */
    {"duration", "P1Y2M3DT4H5M6S", true},
    {"duration", "P1Y2D", false},
    {"duration", "PT1H2S", false},
    {"duration", "P1.5D", false},
    {"duration", "P3W1D", false},
    /* RFC 5321, section 4.1.2 */
    {"email", "\"a\\\"b\"@example.com", true},
    {"email", "\"a\"b@example.com", false},
    {"email", "a@", false},
    {"email", "@example.com", false},
    {"email", "a@[IPv6:zz]", false},
    {"email", "a@[127.0.0.1", false},
    /* RFC 1123, section 2.1 */
    {"hostname", "a.b-c.d", true},
    {"hostname", "a..b", false},
    {"hostname", "a.", false},
    /* RFC 2673, section 3.2 */
    {"ipv4", "255.255.255.255", true},
    {"ipv4", "1.2.3", false},
    {"ipv4", "1.2.3.4.5", false},
    {"ipv4", "1.2.3.04", false},
    /* RFC 4291, section 2.2 */
    {"ipv6", "2001:DB8:0:0:8:800:200C:417A", true},
    {"ipv6", "::13.1.68.3", true},
    {"ipv6", "1::2::3", false},
    {"ipv6", "1:2:3:4:5:6:7::", true},
    {"ipv6", "1:2:3:4:5:6:7:8::", false},
    {"ipv6", "1:", false},
    {"ipv6", ":", false},
    {"ipv6", "", false},
};

static void test_formats(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        enum format format = format_find(text_of(rows[i].format));
        CHECK_ROW(rows[i].format, format != FORMAT_NONE);
        CHECK_ROW(rows[i].text, format_check(format, text_of(rows[i].text)) == rows[i].is_valid);
    }
}

/* A NUL is a character like others: it ends nothing. */
static void test_nul(void **state)
{
    (void)state;
    for (int format = 0; format < FORMAT_COUNT; format++) {
        if (format != FORMAT_REGEX && format != FORMAT_JSON_POINTER)
            assert_false(format_check((enum format)format, TEXT("a\0b")));
    }
    assert_true(format_check(FORMAT_JSON_POINTER, TEXT("/a\0b")));
}

static void test_unknown(void **state)
{
    (void)state;
    assert_int_equal(format_find(TEXT("idn-email")), FORMAT_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_nul),
        cmocka_unit_test(test_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
