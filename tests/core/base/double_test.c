#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/double.h"

static double from_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint64_t to_bits(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static const struct {
    uint64_t bits;
    const char *text;
} table[] = {
#include "tests/core/base/double_table.inc"
};

static void test_as_ecmascript_writes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        char text[DOUBLE_TEXT_SIZE];
        assert_int_equal(double_format(from_bits(table[i].bits), text), strlen(table[i].text));
        assert_string_equal(text, table[i].text);
    }
}

static void test_reads_back_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        double value;
        CHECK_ROW(table[i].text, double_parse(text_of(table[i].text), &value));
        CHECK_ROW(table[i].text, to_bits(value) == table[i].bits);
    }
}

static void test_what_ecmascript_has_no_digits_for(void **state)
{
    (void)state;
    char text[DOUBLE_TEXT_SIZE];
    double_format(-0.0, text);
    assert_string_equal(text, "-0"); /* ours: String(-0) is "0" */
    double_format(from_bits(UINT64_C(0x7FF0000000000000)), text);
    assert_string_equal(text, "Infinity");
    double_format(from_bits(UINT64_C(0xFFF0000000000000)), text);
    assert_string_equal(text, "-Infinity");
    double_format(from_bits(UINT64_C(0x7FF8000000000000)), text);
    assert_string_equal(text, "NaN");
    assert_false(double_is_finite(from_bits(UINT64_C(0x7FF8000000000000))));
    assert_false(double_is_finite(from_bits(UINT64_C(0xFFF0000000000000))));
    assert_true(double_is_finite(from_bits(UINT64_C(0xFFEFFFFFFFFFFFFF))));
}

/* Every digit of a double's exact value (there are up to 767), that value with a digit
 * behind it, and the exact middle between it and the next one: the C library is the
 * independent reader. */
static void check_against_strtod(const char *text)
{
    double value;
    CHECK_ROW(text, double_parse(text_of(text), &value));
    CHECK_ROW(text, to_bits(value) == to_bits(strtod(text, NULL)));
}

static void test_as_the_c_library_reads(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "0",
        "-0",
        "0.0",
        "0e999999999999999999999",
        "1e-400",
        "4.9e-324",
        "2.5e-324",
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "1.7976931348623158e308",
        "1.7976931348623159e308",
        "1e308",
        "1e309",
        "-1e400",
        "1e99999999999999999999",
        "1e-99999999999999999999",
        "9007199254740993",
        "9007199254740992.999999999999999999999",
        "9007199254740993.00000000000000000000000000000000000000001",
        "123456789012345678901234567890",
        "0.000000000000000000000000000000000000000000000000000000000000001e63",
        "100000000000000000000000000000000000000000000000000000000000000e-62",
        "1E5",
        "1e+5",
        "00012",
        "2.2250738585072011e-308",
        "2.2250738585072012e-308",
        "6.631236871469758276785396630275967e-320",
        "8."
        "988465674311579538646525953945123668089884894711532863671504057886633790275048156635423866"
        "120376801056005693993569667882939488440720831124642371531973706218888394671243274263815110"
        "980062304705972654147604250288441907534117123144073695655527041361858167525534229314911997"
        "36229692398581524176781648121120686e307",
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        check_against_strtod(cases[i]);
    for (size_t i = 0; i < COUNT_OF(table); i += 7) {
        char text[2048];
        double value = from_bits(table[i].bits);
        for (int precision = 15; precision < 780; precision += 85) {
            snprintf(text, sizeof text, "%.*e", precision, value);
            check_against_strtod(text);
        }
        snprintf(text, sizeof text, "%.1080f", value); /* exact: nothing has more places */
        check_against_strtod(text);
        size_t size = strlen(text);
        snprintf(text + size, sizeof text - size, "0000000000000000001");
        check_against_strtod(text);
    }
}

/* Where the number lies exactly between two doubles, or a digit far behind decides. The
 * expected values follow from the definition of round-half-even. */
static void test_middles_go_to_even(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
    } cases[] = {
        {"4503599627370496.5", 4503599627370496.0},
        {"4503599627370497.5", 4503599627370498.0},
        {"9007199254740993", 9007199254740992.0},
        {"9007199254740995", 9007199254740996.0},
        {"18014398509481986", 18014398509481984.0},
        {"18014398509481990", 18014398509481992.0},
        {"4503599627370496.50000000000000000000000000000000000000001", 0x1.0000000000001p52},
        {"4503599627370497.49999999999999999999999999999999999999999", 0x1.0000000000001p52},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        double value;
        assert_true(double_parse(text_of(cases[i].text), &value));
        CHECK_ROW(cases[i].text, value == cases[i].value);
    }
}

/* 2^-1075 is the middle between zero and the smallest double, 2^1024 - 2^970 the one
 * between the largest and infinity; `digits` are theirs, written out. */
static void check_edge(const char *text, double at, double above)
{
    char longer[2048];
    double value;
    assert_true(double_parse(text_of(text), &value));
    CHECK_ROW("the middle itself", to_bits(value) == to_bits(at));
    snprintf(longer, sizeof longer, "%s0000000000000000000000001", text);
    assert_true(double_parse(text_of(longer), &value));
    CHECK_ROW("a little above", to_bits(value) == to_bits(above));
}

static void test_edges(void **state)
{
    (void)state;
    char text[2048];
    /* 2^-1074 / 2, digit by digit: half of each, and the remainder goes on. */
    snprintf(text, sizeof text, "%.1074f", 0x1p-1074);
    int rest = 0;
    size_t size = strlen(text);
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '.')
            continue;
        int digit = rest * 10 + (text[i] - '0');
        text[i] = (char)('0' + digit / 2);
        rest = digit % 2;
    }
    text[size] = '5';
    text[size + 1] = '\0';
    assert_int_equal(rest, 1);
    check_edge(text, 0.0, 0x1p-1074);

    static const char infinity_middle[] =
        "17976931348623158079372897140530341507993413271003782693617377898044496829276475"
        "09466490179775872070963302864166928879109465555478519404026306574886715058206819"
        "08902000708383676273854845817711531764475730270069855571366959622842914819860834"
        "936475292719074168444365510704342711559699508093042880177904174497792.0";
    const double infinity = from_bits(UINT64_C(0x7FF0000000000000));
    double value;
    check_edge(infinity_middle, infinity, infinity);
    memcpy(text, infinity_middle, sizeof infinity_middle);
    memcpy(text + sizeof infinity_middle - 4, "1.9999999999", 13); /* ...792.0 to ...791.99 */
    assert_true(double_parse(text_of(text), &value));
    assert_true(value == 0x1.FFFFFFFFFFFFFp1023);
}

static void test_what_is_no_number(void **state)
{
    (void)state;
    static const char *const cases[] = {"",    "-",    ".",   "1.",   ".5",    "+1",  "1e",   "1e+",
                                        "e5",  "1e5.", " 1",  "1 ",   "0x1",   "1,5", "nan",  "NaN",
                                        "inf", "1e5x", "--1", "1ee5", "1.5.5", "-.5", "1e--5"};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        double value;
        CHECK_ROW(cases[i], !double_parse(text_of(cases[i]), &value));
    }
}

/* A sender may write a megabyte of digits: the rest of them is read, not kept. */
static void test_a_megabyte_of_digits(void **state)
{
    enum { SIZE = 1000 * 1000 };
    char *text = arena_alloc(*state, SIZE + 16);
    double value;
    memset(text, '9', SIZE);
    assert_true(double_parse((struct text){text, SIZE}, &value));
    assert_false(double_is_finite(value));
    memset(text, '0', SIZE);
    memcpy(text, "0.", 2);
    memcpy(text + SIZE, "15e1000000", 10);
    assert_true(double_parse((struct text){text, SIZE + 10}, &value));
    assert_true(value == 15); /* 999,998 places of zeros, and two digits */
    memset(text, '3', SIZE);
    memcpy(text, "0.", 2);
    assert_true(double_parse((struct text){text, SIZE}, &value));
    assert_true(value == 1.0 / 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_ecmascript_writes),
        cmocka_unit_test(test_reads_back_the_same),
        cmocka_unit_test(test_what_ecmascript_has_no_digits_for),
        cmocka_unit_test(test_as_the_c_library_reads),
        cmocka_unit_test(test_middles_go_to_even),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_what_is_no_number),
        cmocka_unit_test_setup_teardown(test_a_megabyte_of_digits, arena_setup, arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
