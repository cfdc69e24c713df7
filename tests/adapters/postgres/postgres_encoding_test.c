/* What needs no server: encodings, SQLSTATEs, sentences, what JSONB cannot hold. */
#include "adapters/postgres/connection.h"
#include "tests/test.h"

/* --- Parameters: PostgreSQL's own receive functions say what the bytes are ---------- */

static void assert_bytes(const struct parameters *parameters, int index, const char *expected,
                         size_t size)
{
    const struct parameter *parameter = &parameters->items[index];
    assert_int_equal(parameter->size, size);
    assert_memory_equal(parameters->bytes + parameter->offset, expected, size);
}

static void numbers_are_in_network_order(void **state)
{
    (void)state;
    struct parameters p = {0};
    parameter_int4(&p, 0x01020304);
    parameter_int8(&p, INT64_MIN);
    parameter_int8(&p, INT64_MAX);
    array_begin(&p, POSTGRES_INT2);
    array_int2(&p, -2);
    array_end(&p);
    assert_bytes(&p, 0, "\x01\x02\x03\x04", 4);
    assert_bytes(&p, 1, "\x80\0\0\0\0\0\0\0", 8);
    assert_bytes(&p, 2, "\x7f\xff\xff\xff\xff\xff\xff\xff", 8);
    assert_bytes(&p, 3,
                 "\0\0\0\1"
                 "\0\0\0\0"
                 "\0\0\0\x15"
                 "\0\0\0\1"
                 "\0\0\0\1"
                 "\0\0\0\2"
                 "\xff\xfe",
                 26);
    parameters_destroy(&p);
}

/* array_recv: dimensions, has-nulls, type, length, lower bound; each element behind its size. */
static void arrays_have_a_head_and_sizes(void **state)
{
    (void)state;
    struct error error;
    struct parameters p = {0};
    array_begin(&p, POSTGRES_TEXT);
    array_text(&p, (struct text){"ab", 2});
    array_text(&p, TEXT_NONE);
    array_text(&p, TEXT(""));
    array_end(&p);
    array_begin(&p, POSTGRES_JSONB);
    array_jsonb(&p, TEXT("{}"));
    array_end(&p);
    array_begin(&p, POSTGRES_INT8);
    array_end(&p);
    assert_bytes(&p, 0,
                 "\0\0\0\1"
                 "\0\0\0\1"
                 "\0\0\0\x19"
                 "\0\0\0\3"
                 "\0\0\0\1"
                 "\0\0\0\2"
                 "ab"
                 "\xff\xff\xff\xff"
                 "\0\0\0\0",
                 34);
    assert_bytes(&p, 1,
                 "\0\0\0\1"
                 "\0\0\0\0"
                 "\0\0\x0e\xda"
                 "\0\0\0\1"
                 "\0\0\0\1"
                 "\0\0\0\3"
                 "\1{}",
                 27);
    assert_bytes(&p, 2,
                 "\0\0\0\1"
                 "\0\0\0\0"
                 "\0\0\0\x14"
                 "\0\0\0\0"
                 "\0\0\0\1",
                 20);
    assert_int_equal(parameters_check(&p, &error), STATUS_OK);
    parameters_destroy(&p);
}

static void what_does_not_fit_is_remembered(void **state)
{
    (void)state;
    struct error error;
    struct parameters p = {0};
    parameter_bytes(&p, (struct text){"never read", PARAMETERS_SIZE_MAX});
    parameter_int8(&p, 1);
    assert_int_equal(parameters_check(&p, &error), STATUS_REJECTED);
    parameters_reset(&p);
    assert_int_equal(parameters_check(&p, &error), STATUS_OK);
    parameter_jsonb(&p, (struct text){"never read", PARAMETERS_SIZE_MAX});
    assert_int_equal(parameters_check(&p, &error), STATUS_REJECTED);
    parameters_reset(&p);
    parameter_bytes(&p, (struct text){"never read", SIZE_MAX});
    assert_int_equal(parameters_check(&p, &error), STATUS_REJECTED);
    parameters_destroy(&p);
}

/* Seconds as `date -u -d … +%s` has them; microseconds since 2000 are 946684800 s less. */
static void times_are_counted_from_2000(void **state)
{
    (void)state;
    const struct {
        int64_t ms;
        int64_t microseconds;
    } cases[] = {
        {INT64_C(946684800000), 0},
        {0, INT64_C(-946684800000000)},
        {INT64_C(1795478400123), INT64_C(848793600123000)},
        {-1, INT64_C(-946684800001000)},
    };
    int64_t microseconds;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_true(postgres_time_from_ms(cases[i].ms, &microseconds));
        assert_true(microseconds == cases[i].microseconds);
        assert_true(postgres_time_to_ms(microseconds) == cases[i].ms);
    }
    assert_true(postgres_time_to_ms(1) == INT64_C(946684800000));
    assert_true(postgres_time_to_ms(-1) == INT64_C(946684799999));
    assert_false(postgres_time_from_ms(INT64_MIN, &microseconds));
    assert_false(postgres_time_from_ms(INT64_MAX, &microseconds));
    postgres_time_to_ms(INT64_MIN);
    postgres_time_to_ms(INT64_MAX); /* infinity */
}

/* --- SQLSTATEs: PostgreSQL 15, Appendix A ------------------------------------------- */

static void every_sqlstate_has_a_status(void **state)
{
    (void)state;
    const struct {
        const char *sqlstate;
        enum status status;
        const char *name;
    } cases[] = {
        {"40001", STATUS_CONFLICT, "serialization_failure"},
        {"40P01", STATUS_CONFLICT, "deadlock_detected"},
        {"23505", STATUS_CONFLICT, "unique_violation"},
        {"22012", STATUS_CONFLICT, "division_by_zero"},
        {"08006", STATUS_UNAVAILABLE, "connection_failure"},
        {"57P01", STATUS_UNAVAILABLE, "admin_shutdown"},
        {"57P02", STATUS_UNAVAILABLE, "crash_shutdown"},
        {"57P03", STATUS_UNAVAILABLE, "cannot_connect_now"},
        {"57014", STATUS_UNAVAILABLE, "query_canceled"},
        {"53100", STATUS_UNAVAILABLE, "disk_full"},
        {"53200", STATUS_UNAVAILABLE, "out_of_memory"},
        {"53300", STATUS_UNAVAILABLE, "too_many_connections"},
        {"55P03", STATUS_UNAVAILABLE, "lock_not_available"},
        {"25006", STATUS_UNAVAILABLE, "read_only_sql_transaction"},
        {"25P03", STATUS_UNAVAILABLE, "idle_in_transaction_session_timeout"},
        {"58030", STATUS_UNAVAILABLE, "io_error"},
        {"57P04", STATUS_FATAL, "database_dropped"},
        {"28P01", STATUS_FATAL, "invalid_password"},
        {"28000", STATUS_FATAL, "invalid_authorization_specification"},
        {"3D000", STATUS_FATAL, "invalid_catalog_name"},
        {"3F000", STATUS_FATAL, "invalid_schema_name"},
        {"42501", STATUS_FATAL, "insufficient_privilege"},
        {"42P01", STATUS_FATAL, "undefined_table"},
        {"42601", STATUS_FATAL, "syntax_error"},
        {"23514", STATUS_FATAL, "check_violation"},
        {"23502", STATUS_FATAL, "not_null_violation"},
        {"XX001", STATUS_FATAL, "data_corrupted"},
        {"26000", STATUS_FATAL, "invalid_sql_statement_name"},
        {"22P05", STATUS_REJECTED, "untranslatable_character"},
        {"22P02", STATUS_REJECTED, "invalid_text_representation"},
        {"22003", STATUS_REJECTED, "numeric_value_out_of_range"},
        {"22021", STATUS_REJECTED, "character_not_in_repertoire"},
        {"54000", STATUS_REJECTED, "program_limit_exceeded"},
        {"54001", STATUS_REJECTED, "statement_too_complex"},
        {"ZZZZZ", STATUS_FATAL, "of the future"},
        {"", STATUS_FATAL, "none"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (postgres_status_of(cases[i].sqlstate) != cases[i].status)
            fail_msg("%s %s is %s", cases[i].sqlstate, cases[i].name,
                     status_name(postgres_status_of(cases[i].sqlstate)));
}

/* --- Sentences -------------------------------------------------------------------------- */

static void messages_are_one_line(void **state)
{
    (void)state;
    const struct {
        const char *message;
        const char *expected;
    } cases[] = {
        {NULL, ""},
        {"", ""},
        {"\n\n", ""},
        {"one\n", "one"},
        {"one\n\tIs the server running?\ntwo\n", "one; two"},
        {"FATAL:  28P01: no\nLOCATION:  auth_failed, auth.c:338\n", "FATAL:  28P01: no"},
        {"much longer than the buffer is", "much longer than th"},
        {"much longer than th\ne buffer", "much longer than th"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char out[20];
        postgres_message_clean(cases[i].message, out, sizeof out);
        assert_string_equal(out, cases[i].expected);
    }
}

/* --- JSON that JSONB refuses ------------------------------------------------------------- */

static void only_an_escaped_nul_is_not_storable(void **state)
{
    (void)state;
#define CASE(json, storable)               \
    {                                      \
        {json, sizeof(json) - 1}, storable \
    }
    const struct {
        struct text json;
        bool storable;
    } cases[] = {
        CASE("{}", true),
        CASE("", true),
        CASE("\"\\u0000\"", false),
        CASE("{\"a\\u0000\":1}", false),
        CASE("\"\\\\u0000\"", true),
        CASE("\"\\\\\\u0000\"", false),
        CASE("\"\\\\\\\\u0000\"", true),
        CASE("\"\\u00001\"", false),
        CASE("\"\\u0001\"", true),
        CASE("\"\\u000", true), /* cut short: the server says so */
        CASE("\"\\", true),
        CASE("\"\\\"u0000\"", true),
        CASE("[\"\\n\\t\\\"\",\"\\u0000\"]", false),
        CASE("\"a\0b\"", false), /* no JSON either */
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        if (postgres_json_storable(cases[i].json) != cases[i].storable)
            fail_msg("case %zu: %s", i, cases[i].json.data);
    assert_true(postgres_json_storable(TEXT_NONE));
    assert_true(postgres_text_storable(TEXT_NONE));
    assert_false(postgres_text_storable((struct text){"\0", 1}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_in_network_order),
        cmocka_unit_test(arrays_have_a_head_and_sizes),
        cmocka_unit_test(what_does_not_fit_is_remembered),
        cmocka_unit_test(times_are_counted_from_2000),
        cmocka_unit_test(every_sqlstate_has_a_status),
        cmocka_unit_test(messages_are_one_line),
        cmocka_unit_test(only_an_escaped_nul_is_not_storable),
    };
    return cmocka_run_group_tests_name("encoding", tests, NULL, NULL);
}
