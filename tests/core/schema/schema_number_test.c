/* Numbers as the values that they are: expected from arithmetic, and for doubles from
 * Python's decimal module (Decimal(repr(a)) % Decimal(repr(b)) == 0). */
#include "tests/test.h"

#include "core/schema/number.h"

#define INT(value)                              \
    {                                           \
        .type = JSON_INT, .as.integer = (value) \
    }
#define UINT(value)                               \
    {                                             \
        .type = JSON_UINT, .as.uinteger = (value) \
    }
#define DOUBLE(value)                             \
    {                                             \
        .type = JSON_DOUBLE, .as.number = (value) \
    }

static const struct {
    const char *name;
    struct json a, b;
    int order;
} comparisons[] = {
    {"1 < 2", INT(1), INT(2), -1},
    {"-1 < 1", INT(-1), INT(1), -1},
    {"2^63 > 2^63-1", UINT(UINT64_C(1) << 63), INT(INT64_MAX), 1},
    {"-1 < 2^63", INT(-1), UINT(UINT64_C(1) << 63), -1},
    {"2^53+1 > 2^53 as a double", INT((INT64_C(1) << 53) + 1), DOUBLE(0x1p53), 1},
    {"2^64-1 < 2^64 as a double", UINT(UINT64_MAX), DOUBLE(0x1p64), -1},
    {"-2^63 = -2^63 as a double", INT(INT64_MIN), DOUBLE(-0x1p63), 0},
    {"1 < 1.5", INT(1), DOUBLE(1.5), -1},
    {"-1 > -1.5", INT(-1), DOUBLE(-1.5), 1},
    {"0 = -0.0", INT(0), DOUBLE(-0.0), 0},
    {"0 > -0.5", INT(0), DOUBLE(-0.5), 1},
    {"0 < 0.5", INT(0), DOUBLE(0.5), -1},
    {"1 > -1e300", INT(1), DOUBLE(-1e300), 1},
    {"0.1 < 0.2", DOUBLE(0.1), DOUBLE(0.2), -1},
};

static void test_compare(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(comparisons); i++) {
        CHECK_ROW(comparisons[i].name,
                  number_compare(comparisons[i].a, comparisons[i].b) == comparisons[i].order);
        CHECK_ROW(comparisons[i].name,
                  number_compare(comparisons[i].b, comparisons[i].a) == -comparisons[i].order);
    }
}

static const struct {
    const char *name;
    struct json number, divisor;
    bool is_multiple;
} multiples[] = {
    {"9 of 3", INT(9), INT(3), true},
    {"10 of 3", INT(10), INT(3), false},
    {"-9 of 3", INT(-9), INT(3), true},
    {"2^64-1 of 5", UINT(UINT64_MAX), INT(5), true},
    {"2^64-1 of 2", UINT(UINT64_MAX), INT(2), false},
    {"0 of 0.3", INT(0), DOUBLE(0.3), true},
    {"0.3 of 0.1", DOUBLE(0.3), DOUBLE(0.1), true},
    {"19.99 of 0.01", DOUBLE(19.99), DOUBLE(0.01), true},
    {"19.995 of 0.01", DOUBLE(19.995), DOUBLE(0.01), false},
    {"0.0075 of 0.0001", DOUBLE(0.0075), DOUBLE(0.0001), true},
    {"4.5 of 1.5", DOUBLE(4.5), DOUBLE(1.5), true},
    {"3 of 1.5", INT(3), DOUBLE(1.5), true},
    {"35 of 1.5", INT(35), DOUBLE(1.5), false},
    {"0.1 of 3", DOUBLE(0.1), INT(3), false},
    {"1e300 of 3", DOUBLE(1e300), INT(3), false},
    {"3e300 of 3", DOUBLE(3e300), INT(3), true},
    {"1e300 of 7e-300", DOUBLE(1e300), DOUBLE(7e-300), false},
    {"1e308 of 0.123456789", DOUBLE(1e308), DOUBLE(0.123456789), false},
    {"1e308 of 0.5", DOUBLE(1e308), DOUBLE(0.5), true},
    {"1e-300 of 1e-301", DOUBLE(1e-300), DOUBLE(1e-301), true},
    {"1e-301 of 1e-300", DOUBLE(1e-301), DOUBLE(1e-300), false},
    {"123456789012345680 of 10", DOUBLE(123456789012345680.0), INT(10), true},
    {"9007199254740993.5 of 0.5", DOUBLE(9007199254740992.0), DOUBLE(0.5), true},
    {"2^63+1 of 0.5", UINT((UINT64_C(1) << 63) + 1), DOUBLE(0.5), true},
    {"2^63+1 of 2^63", UINT((UINT64_C(1) << 63) + 1), UINT(UINT64_C(1) << 63), false},
    {"1e22 of 2^64-1", DOUBLE(1e22), UINT(UINT64_MAX), false},
};

static void test_multiple(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(multiples); i++) {
        struct divisor divisor = {multiples[i].divisor, number_decimal(multiples[i].divisor)};
        CHECK_ROW(multiples[i].name,
                  number_is_multiple(multiples[i].number, &divisor) == multiples[i].is_multiple);
    }
}

static void test_integer(void **state)
{
    (void)state;
    static const struct json integers[] = {INT(-1),      UINT(UINT64_MAX), DOUBLE(1.0),
                                           DOUBLE(-0.0), DOUBLE(1e300),    DOUBLE(-0x1p53)};
    static const struct json others[] = {DOUBLE(0.5), DOUBLE(-1.5), DOUBLE(5e-324)};
    for (size_t i = 0; i < COUNT_OF(integers); i++)
        assert_true(number_is_integer(integers[i]));
    for (size_t i = 0; i < COUNT_OF(others); i++)
        assert_false(number_is_integer(others[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compare),
        cmocka_unit_test(test_multiple),
        cmocka_unit_test(test_integer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
