#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/double.h"
#include "core/writer.h"

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

/* Python's "%.*f" and "%.*e", which round exactly, a tie to even. */
static void test_rounded(void **state)
{
    static const struct {
        double value;
        int precision;
        const char *fixed, *scientific;
    } rows[] = {
        {0.0, 6, "0.000000", "0.000000e+00"},
        {0.0, 2, "0.00", "0.00e+00"},
        {-0.0, 6, "-0.000000", "-0.000000e+00"},
        {-0.0, 3, "-0.000", "-0.000e+00"},
        {1.0, 2, "1.00", "1.00e+00"},
        {1.0, 17, "1.00000000000000000", "1.00000000000000000e+00"},
        {-1.5, 3, "-1.500", "-1.500e+00"},
        {-1.5, 2, "-1.50", "-1.50e+00"},
        {2.5, 6, "2.500000", "2.500000e+00"},
        {2.5, 0, "2", "2e+00"},
        {0.5, 0, "0", "5e-01"},
        {0.5, 6, "0.500000", "5.000000e-01"},
        {1.5, 3, "1.500", "1.500e+00"},
        {1.5, 1, "1.5", "1.5e+00"},
        {0.05, 40, "0.0500000000000000027755575615628913510591",
         "5.0000000000000002775557561562891351059079e-02"},
        {0.05, 2, "0.05", "5.00e-02"},
        {0.25, 1, "0.2", "2.5e-01"},
        {0.25, 3, "0.250", "2.500e-01"},
        {0.125, 3, "0.125", "1.250e-01"},
        {0.125, 0, "0", "1e-01"},
        {123.4999, 17, "123.49989999999999668", "1.23499899999999997e+02"},
        {123.4999, 0, "123", "1e+02"},
        {-123.4994, 40, "-123.4993999999999942929207463748753070831299",
         "-1.2349939999999999429292074637487530708313e+02"},
        {-123.4994, 6, "-123.499400", "-1.234994e+02"},
        {1052.032911275, 6, "1052.032911", "1.052033e+03"},
        {1052.032911275, 2, "1052.03", "1.05e+03"},
        {5e-324, 2, "0.00", "4.94e-324"},
        {5e-324, 17, "0.00000000000000000", "4.94065645841246544e-324"},
        {1.7976931348623157e+308, 2,
         "17976931348623157081452742373170435679807056752584499659891747680315726078002853876058955"
         "86327668781715404589535143824642343213268894641827684675467035375169860499105765512820762"
         "45490090389328944075868508455133942304583236903222948165808559332123348274797826204144723"
         "168738177180919299881250404026184124858368.00",
         "1.80e+308"},
        {1.7976931348623157e+308, 6,
         "17976931348623157081452742373170435679807056752584499659891747680315726078002853876058955"
         "86327668781715404589535143824642343213268894641827684675467035375169860499105765512820762"
         "45490090389328944075868508455133942304583236903222948165808559332123348274797826204144723"
         "168738177180919299881250404026184124858368.000000",
         "1.797693e+308"},
        {2.2250738585072014e-308, 3, "0.000", "2.225e-308"},
        {2.2250738585072014e-308, 6, "0.000000", "2.225074e-308"},
        {0.1, 40, "0.1000000000000000055511151231257827021182",
         "1.0000000000000000555111512312578270211816e-01"},
        {0.1, 3, "0.100", "1.000e-01"},
        {9.995, 0, "10", "1e+01"},
        {9.995, 40, "9.9949999999999992184029906638897955417633",
         "9.9949999999999992184029906638897955417633e+00"},
        {99999.5, 2, "99999.50", "1.00e+05"},
        {99999.5, 3, "99999.500", "1.000e+05"},
        {999999999999999.9, 17, "999999999999999.87500000000000000", "9.99999999999999875e+14"},
        {999999999999999.9, 40, "999999999999999.8750000000000000000000000000000000000000",
         "9.9999999999999987500000000000000000000000e+14"},
        {1e+21, 0, "1000000000000000000000", "1e+21"},
        {1e+21, 40, "1000000000000000000000.0000000000000000000000000000000000000000",
         "1.0000000000000000000000000000000000000000e+21"},
        {1e+22, 17, "10000000000000000000000.00000000000000000", "1.00000000000000000e+22"},
        {1e+22, 40, "10000000000000000000000.0000000000000000000000000000000000000000",
         "1.0000000000000000000000000000000000000000e+22"},
        {1e+23, 2, "99999999999999991611392.00", "1.00e+23"},
        {1e+23, 17, "99999999999999991611392.00000000000000000", "9.99999999999999916e+22"},
        {4503599627370498.0, 6, "4503599627370498.000000", "4.503600e+15"},
        {4503599627370498.0, 17, "4503599627370498.00000000000000000", "4.50359962737049800e+15"},
        {0.9999999999999999, 40, "0.9999999999999998889776975374843459576368",
         "9.9999999999999988897769753748434595763683e-01"},
        {0.9999999999999999, 3, "1.000", "1.000e+00"},
        {9.5e-07, 2, "0.00", "9.50e-07"},
        {9.5e-07, 17, "0.00000095000000000", "9.50000000000000010e-07"},
        {1e-07, 3, "0.000", "1.000e-07"},
        {1e-07, 17, "0.00000010000000000", "9.99999999999999955e-08"},
        {3.5001, 2, "3.50", "3.50e+00"},
        {3.5001, 0, "4", "4e+00"},
        {12345678.9, 3, "12345678.900", "1.235e+07"},
        {12345678.9, 2, "12345678.90", "1.23e+07"},
        {-3.523344703336752e-22, 1, "-0.0", "-3.5e-22"},
        {-3.523344703336752e-22, 6, "-0.000000", "-3.523345e-22"},
        {-2.10353007153653e-28, 0, "-0", "-2e-28"},
        {-2.10353007153653e-28, 3, "-0.000", "-2.104e-28"},
        {-8551.274266649145, 0, "-8551", "-9e+03"},
        {-8551.274266649145, 1, "-8551.3", "-8.6e+03"},
        {-8117399.161206349, 40, "-8117399.1612063487991690635681152343750000000000",
         "-8.1173991612063487991690635681152343750000e+06"},
        {-8117399.161206349, 2, "-8117399.16", "-8.12e+06"},
        {-88.40021504505864, 1, "-88.4", "-8.8e+01"},
        {-88.40021504505864, 17, "-88.40021504505864414", "-8.84002150450586441e+01"},
        {-5.706036383286765e-26, 1, "-0.0", "-5.7e-26"},
        {-5.706036383286765e-26, 3, "-0.000", "-5.706e-26"},
        {-1.3270863267522826e-27, 3, "-0.000", "-1.327e-27"},
        {-1.3270863267522826e-27, 40, "-0.0000000000000000000000000013270863267523",
         "-1.3270863267522826070275970999198515596387e-27"},
        {-51867.399974595, 0, "-51867", "-5e+04"},
        {-51867.399974595, 1, "-51867.4", "-5.2e+04"},
        {-1.5096162171497208e+21, 3, "-1509616217149720756224.000", "-1.510e+21"},
        {-1.5096162171497208e+21, 40,
         "-1509616217149720756224.0000000000000000000000000000000000000000",
         "-1.5096162171497207562240000000000000000000e+21"},
        {1.3090738838615934e+29, 6, "130907388386159341641536634880.000000", "1.309074e+29"},
        {1.3090738838615934e+29, 2, "130907388386159341641536634880.00", "1.31e+29"},
        {-5535220707.85971, 1, "-5535220707.9", "-5.5e+09"},
        {-5535220707.85971, 3, "-5535220707.860", "-5.535e+09"},
        {1.6599380892081463e-28, 40, "0.0000000000000000000000000001659938089208",
         "1.6599380892081462647609582387351445671882e-28"},
        {1.6599380892081463e-28, 6, "0.000000", "1.659938e-28"},
        {1.5420589723499735e-06, 2, "0.00", "1.54e-06"},
        {1.5420589723499735e-06, 17, "0.00000154205897235", "1.54205897234997354e-06"},
        {-9.008213732204571e-17, 3, "-0.000", "-9.008e-17"},
        {-9.008213732204571e-17, 2, "-0.00", "-9.01e-17"},
        {-9.068346387644875e+23, 17, "-906834638764487456325632.00000000000000000",
         "-9.06834638764487456e+23"},
        {-9.068346387644875e+23, 3, "-906834638764487456325632.000", "-9.068e+23"},
        {-7.336503671167898e-05, 1, "-0.0", "-7.3e-05"},
        {-7.336503671167898e-05, 40, "-0.0000733650367116789846322344459395026206",
         "-7.3365036711678984632234445939502620603889e-05"},
        {-7.114898332851249e-24, 0, "-0", "-7e-24"},
        {-7.114898332851249e-24, 1, "-0.0", "-7.1e-24"},
        {14182.737929346878, 1, "14182.7", "1.4e+04"},
        {14182.737929346878, 40, "14182.7379293468784453580155968666076660156250",
         "1.4182737929346878445358015596866607666016e+04"},
        {6.322527182400628e-20, 17, "0.00000000000000000", "6.32252718240062831e-20"},
        {6.322527182400628e-20, 1, "0.0", "6.3e-20"},
        {-793888.5751128173, 0, "-793889", "-8e+05"},
        {-793888.5751128173, 3, "-793888.575", "-7.939e+05"},
        {2.778269378523681e-08, 40, "0.0000000277826937852368110004485675509564",
         "2.7782693785236811000448567550956402438800e-08"},
        {2.778269378523681e-08, 6, "0.000000", "2.778269e-08"},
        {-805138848010533.2, 1, "-805138848010533.2", "-8.1e+14"},
        {-805138848010533.2, 2, "-805138848010533.25", "-8.05e+14"},
        {-8.744220500533537e-28, 2, "-0.00", "-8.74e-28"},
        {-8.744220500533537e-28, 0, "-0", "-9e-28"},
        {2.3801918634710773, 1, "2.4", "2.4e+00"},
        {2.3801918634710773, 3, "2.380", "2.380e+00"},
        {0.00036079994636357184, 6, "0.000361", "3.607999e-04"},
        {0.00036079994636357184, 2, "0.00", "3.61e-04"},
        {0.0554457549961614, 6, "0.055446", "5.544575e-02"},
        {0.0554457549961614, 40, "0.0554457549961614032385526229518291074783",
         "5.5445754996161403238552622951829107478261e-02"},
        {0.017112372701527746, 2, "0.02", "1.71e-02"},
        {0.017112372701527746, 1, "0.0", "1.7e-02"},
        {-2.7683528811086735e-16, 17, "-0.00000000000000028", "-2.76835288110867348e-16"},
        {-2.7683528811086735e-16, 6, "-0.000000", "-2.768353e-16"},
        {58875896304498.234, 6, "58875896304498.234375", "5.887590e+13"},
        {58875896304498.234, 17, "58875896304498.23437500000000000", "5.88758963044982344e+13"},
        {5.596592611684874e-26, 17, "0.00000000000000000", "5.59659261168487416e-26"},
        {5.596592611684874e-26, 40, "0.0000000000000000000000000559659261168487",
         "5.5965926116848741570242204354682335370740e-26"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char fixed[DOUBLE_FIXED_SIZE], scientific[DOUBLE_FIXED_SIZE];
        struct writer writer;
        writer_init(&writer, fixed, sizeof fixed);
        double_write_fixed(&writer, rows[i].value, rows[i].precision);
        CHECK_ROW(rows[i].fixed, text_is(writer_result(&writer), rows[i].fixed));
        writer_init(&writer, scientific, sizeof scientific);
        double_write_scientific(&writer, rows[i].value, rows[i].precision);
        CHECK_ROW(rows[i].scientific, text_is(writer_result(&writer), rows[i].scientific));
    }
}

/* The longest that there are fit their buffers. */
static void test_rounded_sizes(void **state)
{
    char buffer[DOUBLE_FIXED_SIZE];
    struct writer writer;
    (void)state;
    writer_init(&writer, buffer, sizeof buffer);
    double_write_fixed(&writer, -1.7976931348623157e308, DOUBLE_PRECISION_MAX);
    assert_false(writer.overflowed);
    assert_int_equal(writer.size, 1 + 309 + 1 + DOUBLE_PRECISION_MAX);
    writer_init(&writer, buffer, DOUBLE_PLAIN_SIZE);
    double_write_plain(&writer, -2.2250738585072014e-308);
    assert_false(writer.overflowed);
}

/* Python's repr, by decimal without an exponent. */
static void test_plain(void **state)
{
    static const struct {
        double value;
        const char *text;
    } rows[] = {
        {0.0, "0"},
        {-0.0, "-0"},
        {1.5, "1.5"},
        {1e+21, "1000000000000000000000"},
        {-1e+21, "-1000000000000000000000"},
        {1.2345e+22, "12345000000000000000000"},
        {1e-07, "0.0000001"},
        {-1.5e-07, "-0.00000015"},
        {1e+300, "100000000000000000000000000000000000000000000000000000000000000000000000000000000"
                 "000000000000000000000000000000000000000000000000000000000000000000000000000000000"
                 "000000000000000000000000000000000000000000000000000000000000000000000000000000000"
                 "0000000000000000000000000000000000000000000000000000000000"},
        {5e-324,
         "0."
         "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
         "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
         "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
         "000000000000000000000000000000000000000000000000000000005"},
        {123456.789, "123456.789"},
        {1e+20, "100000000000000000000"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char buffer[DOUBLE_PLAIN_SIZE];
        struct writer writer;
        writer_init(&writer, buffer, sizeof buffer);
        double_write_plain(&writer, rows[i].value);
        CHECK_ROW(rows[i].text, text_is(writer_result(&writer), rows[i].text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rounded),
        cmocka_unit_test(test_rounded_sizes),
        cmocka_unit_test(test_plain),
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
