#include "tests/test.h"

#include "adapters/kafka/record.h"

/* Apache Kafka's UtilsTest.testMurmur2. */
static const struct {
    struct text key;
    int32_t hash;
} murmur2_vectors[] = {
    {TEXT_INIT("21"), -973932308},
    {TEXT_INIT("foobar"), -790332482},
    {TEXT_INIT("a-little-bit-long-string"), -985981536},
    {TEXT_INIT("a-little-bit-longer-string"), -1486304829},
    {TEXT_INIT("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8"), -58897971},
    {TEXT_INIT("abc"), 479470107},
};

/* Utils.toPositive(hash) % count, in Java's arithmetic. */
static void test_as_java_partitions(void **state)
{
    (void)state;
    static const int32_t counts[] = {1, 2, 3, 7, 12, 64, 100, INT32_MAX};
    for (size_t i = 0; i < COUNT_OF(murmur2_vectors); i++) {
        int64_t positive = murmur2_vectors[i].hash & INT64_C(0x7fffffff);
        for (size_t j = 0; j < COUNT_OF(counts); j++)
            assert_int_equal(record_partition(murmur2_vectors[i].key, counts[j]),
                             positive % counts[j]);
    }
}

/* The empty key, every length of a rest, bytes above 0x7f (Java's are signed): from
 * kafka-python's murmur2, an implementation of its own. */
static void test_rests_and_high_bytes(void **state)
{
    (void)state;
    static const struct {
        struct text key;
        int32_t positive;
    } cases[] = {
        {TEXT_INIT(""), 275646681},
        {TEXT_INIT("\x61"), 584102524},
        {TEXT_INIT("\x61\x62"), 316155434},
        {TEXT_INIT("\x61\x62\x63"), 479470107},
        {TEXT_INIT("\x61\x62\x63\x64"), 823834100},
        {TEXT_INIT("\x61\x62\x63\x64\x65"), 461995741},
        {TEXT_INIT("\x61\x62\x63\x64\x65\x66"), 1870650108},
        {TEXT_INIT("\x61\x62\x63\x64\x65\x66\x67"), 1801016473},
        {TEXT_INIT("\xff"), 1836015963},
        {TEXT_INIT("\xff\x80"), 1704694928},
        {TEXT_INIT("\x80\xff\xfe"), 810766165},
        {TEXT_INIT("\xff\xfe\xfd\xfc"), 2136149935},
        {TEXT_INIT("\xff\xfe\xfd\xfc\xfb\xfa\xf9"), 1981247301},
        {TEXT_INIT("\x00"), 375494588},
        {TEXT_INIT("\x00\x00\x00\x00"), 850957120},
        {TEXT_INIT("\x6b\xc3\xa4\x73\x65\x20\xe2\x82\xac"), 193507328},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int_equal(record_partition(cases[i].key, INT32_MAX), cases[i].positive);
    assert_int_equal(record_partition(TEXT_NONE, 12), record_partition(TEXT(""), 12));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_java_partitions),
        cmocka_unit_test(test_rests_and_high_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
