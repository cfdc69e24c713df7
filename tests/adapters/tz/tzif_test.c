/* Files of the time zone database, byte by byte (RFC 9636), and the rules of their footers
 * (POSIX.1, "TZ"). Expected offsets follow from the rule that stands in each row. */
#include "tests/test.h"

#include "adapters/tz/tzif.h"
#include "core/clock.h"

/* A file of version 2 with no transition, one type of `offset` and a footer. */
static struct text make_file(char *bytes, unsigned char offset_byte, const char *footer)
{
    static const char header[44] = {'T', 'Z', 'i', 'f', '2', [39] = 1, [43] = 4};
    char type[6] = {0, 0, (char)offset_byte, 0, 0, 0};
    size_t size = 0;
    for (int block = 0; block < 2; block++) {
        memcpy(bytes + size, header, sizeof header);
        memcpy(bytes + size + sizeof header, type, sizeof type);
        memcpy(bytes + size + sizeof header + sizeof type, "ABC", 4);
        size += sizeof header + sizeof type + 4;
    }
    memcpy(bytes + size, footer, strlen(footer));
    return (struct text){bytes, size + strlen(footer)};
}

static int64_t seconds_of(const char *time)
{
    struct clock_time out;
    if (!clock_parse(text_of(time), &out))
        fail_msg("not a time: %s", time);
    return out.seconds;
}

static void test_rules(void **state)
{
    static const struct {
        const char *footer, *time;
        int32_t offset;
    } rows[] = {
        {"\nUTC0\n", "2026-01-01T00:00:00Z", 0},
        {"\n<+0545>-5:45\n", "2026-01-01T00:00:00Z", 20700},
        {"\nEST5EDT,M3.2.0,M11.1.0\n", "2026-03-08T06:59:59Z", -18000},
        {"\nEST5EDT,M3.2.0,M11.1.0\n", "2026-03-08T07:00:00Z", -14400},
        {"\nEST5EDT,M3.2.0,M11.1.0\n", "2026-11-01T05:59:59Z", -14400},
        {"\nEST5EDT,M3.2.0,M11.1.0\n", "2026-11-01T06:00:00Z", -18000},
        /* the last Sunday is the fourth or the fifth */
        {"\nCET-1CEST,M3.5.0,M10.5.0/3\n", "2026-03-29T00:59:59Z", 3600},
        {"\nCET-1CEST,M3.5.0,M10.5.0/3\n", "2026-03-29T01:00:00Z", 7200},
        {"\nCET-1CEST,M3.5.0,M10.5.0/3\n", "2026-10-25T00:59:59Z", 7200},
        {"\nCET-1CEST,M3.5.0,M10.5.0/3\n", "2026-10-25T01:00:00Z", 3600},
        /* south of the equator, summer is around the new year */
        {"\nAEST-10AEDT,M10.1.0,M4.1.0/3\n", "2026-01-15T00:00:00Z", 39600},
        {"\nAEST-10AEDT,M10.1.0,M4.1.0/3\n", "2026-07-15T00:00:00Z", 36000},
        /* in Dublin, winter is the exception, an hour back */
        {"\nIST-1GMT0,M10.5.0,M3.5.0/1\n", "2026-07-15T00:00:00Z", 3600},
        {"\nIST-1GMT0,M10.5.0,M3.5.0/1\n", "2026-12-15T00:00:00Z", 0},
        /* days of the year without February 29th, and with it */
        {"\nA0B,J60/0,J300/0\n", "2024-02-29T23:59:59Z", 0},
        {"\nA0B,J60/0,J300/0\n", "2024-03-01T00:00:00Z", 3600},
        {"\nA0B,59/0,300/0\n", "2024-02-28T23:59:59Z", 0},
        {"\nA0B,59/0,300/0\n", "2024-02-29T00:00:00Z", 3600},
        /* times of more than a day, as in Gaza and Nuuk */
        {"\n<-02>2<-01>,M3.5.0/-1,M10.5.0/0\n", "2026-03-29T00:59:59Z", -7200},
        {"\n<-02>2<-01>,M3.5.0/-1,M10.5.0/0\n", "2026-03-29T01:00:00Z", -3600},
        {"\nEET-2EEST,M3.4.4/50,M10.4.4/50\n", "2026-03-27T23:59:59Z", 7200},
        {"\nEET-2EEST,M3.4.4/50,M10.4.4/50\n", "2026-03-28T00:00:00Z", 10800},
        /* nothing is known: the last offset stays, here 2 * 256 seconds */
        {"\n\n", "2026-01-01T00:00:00Z", 512},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char bytes[512];
        uint32_t count = 1;
        struct tzif_zone zone = {0};
        struct text file = make_file(bytes, 2, rows[i].footer);
        CHECK_ROW(rows[i].footer, tzif_count(file, &count) && count == 0);
        CHECK_ROW(rows[i].footer, tzif_read(file, &zone));
        CHECK_ROW(rows[i].time, tzif_offset(&zone, seconds_of(rows[i].time)) == rows[i].offset);
    }
}

static void test_footers_that_are_none(void **state)
{
    static const char *const footers[] = {
        "",
        "\n",
        "UTC0\n",
        "\nUTC\n",
        "\n5\n",
        "\nUTC0",
        "\n<UTC0\n",
        "\nUTC25\n",
        "\nUTC0:60\n",
        "\nEST5EDT\n",
        "\nEST5EDT,M3.2.0\n",
        "\nEST5EDT,M0.2.0,M11.1.0\n",
        "\nEST5EDT,M13.2.0,M11.1.0\n",
        "\nEST5EDT,M3.6.0,M11.1.0\n",
        "\nEST5EDT,M3.2.7,M11.1.0\n",
        "\nEST5EDT,M3.2.0/168,M11.1.0\n",
        "\nEST5EDT,J0,J300\n",
        "\nEST5EDT,0,366\n",
        "\nEST5EDT,M3.2.0,M11.1.0,\n",
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(footers); i++) {
        char bytes[512];
        struct tzif_zone zone = {0};
        CHECK_ROW(footers[i], !tzif_read(make_file(bytes, 2, footers[i]), &zone));
    }
}

/* Every shorter file is refused, and so is one whose header says what is not so. */
static void test_files_that_are_none(void **state)
{
    char bytes[512], changed[512];
    uint32_t count;
    struct tzif_zone zone = {0};
    struct text file = make_file(bytes, 2, "\nUTC0\n");
    (void)state;
    for (size_t size = 0; size < file.size; size++)
        assert_false(tzif_read((struct text){bytes, size}, &zone));
    static const struct {
        size_t at;
        unsigned char value;
    } rows[] = {
        {0, 'X'},      {4, '\0'},       {4, '1'},        {54 + 0, 'X'},
        {54 + 4, '1'}, {54 + 20, 0xFF}, {54 + 31, 1},    /* a leap second */ {54 + 35, 9},
        {54 + 39, 0},  {54 + 40, 0xFF}, {54 + 44, 0x7F}, /* an offset of years */
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        memcpy(changed, bytes, file.size);
        changed[rows[i].at] = (char)rows[i].value;
        struct text text = {changed, file.size};
        if (tzif_count(text, &count) && tzif_read(text, &zone))
            fail_msg("row %zu is read", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_footers_that_are_none),
        cmocka_unit_test(test_files_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
