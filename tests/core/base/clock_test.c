#include "tests/test.h"

#include "core/clock.h"
#include "core/writer.h"

static struct text written(char buffer[64], struct clock_time time)
{
    struct writer writer;
    writer_init(&writer, buffer, 64);
    clock_write(&writer, time);
    return writer_result(&writer);
}

/* The seconds are those of V8's Date.parse, except where it does not reach. */
static void test_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds;
        int32_t nanoseconds;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0, 0},
        {"2026-01-02T03:04:05.678Z", 1767323045, 678000000},
        {"2026-01-02T03:04:05.678901234Z", 1767323045, 678901234},
        {"2026-01-02T03:04:05.1Z", 1767323045, 100000000},
        {"2026-01-02t03:04:05z", 1767323045, 0},
        {"2026-01-02T05:34:05+02:30", 1767323045, 0},
        {"2026-01-01T22:04:05-05:00", 1767323045, 0},
        {"2026-01-02T03:04:05-00:00", 1767323045, 0},
        {"1969-12-31T23:59:59.5Z", -1, 500000000},
        {"2000-02-29T00:00:00Z", 951782400, 0},
        {"2024-02-29T23:59:59Z", 1709251199, 0},
        {"1900-02-28T00:00:00Z", -2203977600, 0},
        {"1582-10-15T00:00:00Z", -12219292800, 0},
        {"0001-01-01T00:00:00Z", CLOCK_SECONDS_MIN, 0},
        {"9999-12-31T23:59:59.999999999Z", CLOCK_SECONDS_MAX, 999999999},
        {"9999-12-31T23:59:59+00:01", CLOCK_SECONDS_MAX - 60, 0},
        {"0001-01-01T00:00:00-23:59", CLOCK_SECONDS_MIN + 86340, 0},
        /* RFC 3339, section 5.8 */
        {"1985-04-12T23:20:50.52Z", 482196050, 520000000},
        {"1996-12-19T16:39:57-08:00", 851042397, 0},
        {"1937-01-01T12:00:27.87+00:20", -1041337173, 870000000},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct clock_time time;
        CHECK_ROW(cases[i].text, clock_parse(text_of(cases[i].text), &time));
        CHECK_ROW(cases[i].text, time.seconds == cases[i].seconds);
        CHECK_ROW(cases[i].text, time.nanoseconds == cases[i].nanoseconds);
    }
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "Z",
        "2026-01-02",
        "2026-01-02T03:04:05",
        "2026-01-02T03:04Z",
        "2026-01-02 03:04:05Z",
        "2026-1-2T03:04:05Z",
        "26-01-02T03:04:05Z",
        "12026-01-02T03:04:05Z",
        "+2026-01-02T03:04:05Z",
        "-2026-01-02T03:04:05Z",
        "2026-01-02T03:04:05.Z",
        "2026-01-02T03:04:05.1234567890Z",
        "2026-01-02T03:04:05,5Z",
        "2026-01-02T03:04:05ZZ",
        "2026-01-02T03:04:05Z ",
        " 2026-01-02T03:04:05Z",
        "2026-01-02T03:04:05+0100",
        "2026-01-02T03:04:05+01",
        "2026-01-02T03:04:05+24:00",
        "2026-01-02T03:04:05+01:60",
        "2026-01-02T03:04:05GMT",
        /* no such moment */
        "2026-00-02T03:04:05Z",
        "2026-13-02T03:04:05Z",
        "2026-01-00T03:04:05Z",
        "2026-01-32T03:04:05Z",
        "2026-04-31T03:04:05Z",
        "2026-02-29T03:04:05Z",
        "1900-02-29T03:04:05Z",
        "2100-02-29T03:04:05Z",
        "2024-02-30T03:04:05Z",
        "2026-01-02T24:00:00Z",
        "2026-01-02T03:60:05Z",
        "1990-12-31T23:59:60Z",
        /* outside the years */
        "0000-12-31T23:59:59Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct clock_time time;
        CHECK_ROW(cases[i], !clock_parse(text_of(cases[i]), &time));
    }
}

static void test_write(void **state)
{
    (void)state;
    static const struct {
        struct clock_time time;
        const char *text;
    } cases[] = {
        {{0, 0}, "1970-01-01T00:00:00Z"},
        {{1767323045, 678000000}, "2026-01-02T03:04:05.678Z"},
        {{1767323045, 678900000}, "2026-01-02T03:04:05.678900Z"},
        {{1767323045, 1}, "2026-01-02T03:04:05.000000001Z"},
        {{-1, 500000000}, "1969-12-31T23:59:59.500Z"},
        {{CLOCK_SECONDS_MIN, 0}, "0001-01-01T00:00:00Z"},
        {{CLOCK_SECONDS_MAX, 0}, "9999-12-31T23:59:59Z"},
        {{INT64_MIN, 0}, "0001-01-01T00:00:00Z"},
        {{INT64_MAX, 0}, "9999-12-31T23:59:59Z"},
    };
    char buffer[64];
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        ASSERT_TEXT(written(buffer, cases[i].time), text_of(cases[i].text));

    static const struct {
        int64_t ms;
        const char *text;
    } ms_cases[] = {
        {0, "1970-01-01T00:00:00.000Z"},         {1767323045678, "2026-01-02T03:04:05.678Z"},
        {-1, "1969-12-31T23:59:59.999Z"},        {-1000, "1969-12-31T23:59:59.000Z"},
        {INT64_MAX, "9999-12-31T23:59:59.807Z"},
    };
    for (size_t i = 0; i < COUNT_OF(ms_cases); i++) {
        struct writer writer;
        writer_init(&writer, buffer, sizeof buffer);
        clock_write_ms(&writer, ms_cases[i].ms);
        ASSERT_TEXT(writer_result(&writer), text_of(ms_cases[i].text));
    }
}

/* Every day from year 1 to 9999, counted on by the calendar's rules. */
static void test_every_day(void **state)
{
    (void)state;
    static const int32_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t seconds = CLOCK_SECONDS_MIN;
    int32_t weekday = 1; /* 0001-01-01 was a Monday */
    for (int32_t year = 1; year <= 9999; year++) {
        bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        int32_t day_of_year = 0;
        for (int32_t month = 1; month <= 12; month++) {
            int32_t days = lengths[month - 1] + (month == 2 && is_leap);
            for (int32_t day = 1; day <= days; day++) {
                struct clock_date date = clock_date(seconds + 86399);
                if (date.year != year || date.month != month || date.day != day ||
                    date.weekday != weekday || date.day_of_year != day_of_year || date.hour != 23 ||
                    date.minute != 59 || date.second != 59 ||
                    clock_seconds(date) != seconds + 86399)
                    fail_msg("%d-%d-%d", year, month, day);
                seconds += 86400;
                weekday = (weekday + 1) % 7;
                day_of_year++;
            }
        }
    }
    assert_true(seconds == CLOCK_SECONDS_MAX + 1);
}

static void test_delays(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        {"0s", 0},
        {"5s", 5000},
        {"250ms", 250},
        {"1m", 60000},
        {"1h30m", 5400000},
        {"1.5h", 5400000},
        {"2d", 172800000},
        {"1d2h3m4s5ms", 93784005},
        {"0.001s", 1},
        {"1m0.5s", 60500},
        {"1.000000000000000s", 1000},
        {"0.25ms0s", -1},
        {"007s", 7000},
        {"0.0009765625d", 84375},
        {"36600d", CLOCK_DELAY_MS_MAX},
        {"PT5S", 5000},
        {"P1DT2H", 93600000},
        {"P1D", 86400000},
        {"P2W", 1209600000},
        {"PT0.5S", 500},
        {"PT1M", 60000},
        {"P1W2DT3H4M5S", 788645000},
        {"PT0S", 0},
        {"PT36H", 129600000},
        {"P0.5D", 43200000},
        /* neither */
        {"", -1},
        {"5", -1},
        {"s", -1},
        {"5 s", -1},
        {"5s ", -1},
        {" 5s", -1},
        {"5S", -1},
        {"5sec", -1},
        {"-5s", -1},
        {"+5s", -1},
        {"5s5s", -1},
        {"5s1m", -1},
        {"1ms1s", -1},
        {".5s", -1},
        {"5.s", -1},
        {"1.5.5s", -1},
        {"1.5h30m", -1},
        {"5us", -1},
        {"5ns", -1},
        {"P", -1},
        {"PT", -1},
        {"P1", -1},
        {"PT1", -1},
        {"P1DT", -1},
        {"P1H", -1},
        {"PT1D", -1},
        {"P1Y", -1},
        {"P1M", -1},
        {"PT1S1M", -1},
        {"P1.5DT1H", -1},
        {"PT1.5M1S", -1},
        {"p1d", -1},
        {"PT5s", -1},
        {"P-1D", -1},
        {"-P1D", -1},
        {"PT1STT", -1},
        {"P1DT1HT1M", -1},
        {"T5S", -1},
        {"5T", -1},
        {"1h1T", -1},
        {"1e3s", -1},
        {"0x5s", -1},
        /* finer than a millisecond, too long */
        {"0.5ms", -1},
        {"0.0001s", -1},
        {"0.00000000000000000000000001d", -1},
        {"0.33333333333333333333333333333h", -1},
        {"36600d1ms", -1},
        {"36601d", -1},
        {"99999999999999999999s", -1},
        {"9223372036854775807ms", -1},
        {"3162240000.001s", -1},
        {"PT878400H", CLOCK_DELAY_MS_MAX},
        {"PT878400H0.001S", -1},
        {"P5229W", -1},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int64_t ms;
        bool is_delay = clock_parse_delay(text_of(cases[i].text), &ms);
        CHECK_ROW(cases[i].text, is_delay == (cases[i].ms >= 0));
        CHECK_ROW(cases[i].text, !is_delay || ms == cases[i].ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),  cmocka_unit_test(test_refused),
        cmocka_unit_test(test_write),  cmocka_unit_test(test_every_day),
        cmocka_unit_test(test_delays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
