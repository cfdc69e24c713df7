#include "tests/test.h"

#include "worker/outbox.h"

static const struct header headers[] = {
    {TEXT_INIT("ce_id"), TEXT_INIT("1")},
    {TEXT_INIT("empty"), TEXT_INIT("")},
    {TEXT_INIT("null"), {NULL, 0}},
};

static const struct record records[] = {
    {.topic = TEXT_INIT("cmd.a"),
     .partition = 3,
     .key = TEXT_INIT("k\0y"),
     .value = TEXT_INIT("{}"),
     .headers = headers,
     .header_count = COUNT_OF(headers)},
    {.topic = TEXT_INIT("cmd.b"), .partition = RECORD_PARTITION_BY_KEY, .value = TEXT_INIT("")},
    {.topic = TEXT_INIT("cmd.c"), .partition = 0},
};

static struct text write_body(struct arena *arena)
{
    struct outbox_writer outbox;
    struct text body;
    struct error error;
    outbox_writer_init(&outbox, arena);
    for (size_t i = 0; i < COUNT_OF(records); i++)
        outbox_writer_add(&outbox, &records[i]);
    assert_int_equal(outbox_writer_finish(&outbox, &body, &error), STATUS_OK);
    return body;
}

static void assert_same(struct text actual, struct text expected)
{
    ASSERT_TEXT(actual, expected);
    assert_int_equal(actual.data == NULL, expected.data == NULL);
}

static void test_what_was_written_is_read(void **state)
{
    struct record *read;
    size_t count;
    struct error error;
    assert_int_equal(outbox_read(*state, write_body(*state), &read, &count, &error), STATUS_OK);
    assert_int_equal(count, COUNT_OF(records));
    for (size_t i = 0; i < count; i++) {
        assert_same(read[i].topic, records[i].topic);
        assert_same(read[i].key, records[i].key);
        assert_same(read[i].value, records[i].value);
        assert_int_equal(read[i].partition, records[i].partition);
        assert_int_equal(read[i].header_count, records[i].header_count);
        for (size_t j = 0; j < read[i].header_count; j++) {
            assert_same(read[i].headers[j].name, records[i].headers[j].name);
            assert_same(read[i].headers[j].value, records[i].headers[j].value);
        }
    }
}

static void test_no_record_is_no_row(void **state)
{
    struct outbox_writer outbox;
    struct text body = TEXT_INIT("x");
    struct error error;
    outbox_writer_init(&outbox, *state);
    assert_int_equal(outbox_writer_finish(&outbox, &body, &error), STATUS_OK);
    assert_int_equal(body.size, 0);
}

static void test_every_cut_is_noticed(void **state)
{
    struct text body = write_body(*state);
    for (size_t size = 0; size < body.size; size++) {
        struct record *read;
        size_t count;
        struct error error;
        struct text cut = {body.data, size};
        assert_int_equal(outbox_read(*state, cut, &read, &count, &error), STATUS_FATAL);
    }
}

static void test_damage_is_named(void **state)
{
    static const struct {
        const char *name;
        struct text body;
        const char *message;
    } rows[] = {
        {"empty", TEXT_INIT(""), "version"},
        {"another version", TEXT_INIT("\x02\x00"), "version"},
        {"more records than bytes", TEXT_INIT("\x01\xFF\xFF\x3F"), "damaged"},
        {"a number without end", TEXT_INIT("\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"),
         "damaged"},
        {"a text beyond the end", TEXT_INIT("\x01\x01\x7F\x00\x00\x00\x00"), "damaged"},
        {"bytes behind the last record", TEXT_INIT("\x01\x00x"), "damaged"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct record *read;
        size_t count;
        struct error error = {0};
        CHECK_ROW(rows[i].name,
                  outbox_read(*state, rows[i].body, &read, &count, &error) == STATUS_FATAL);
        CHECK_ROW(rows[i].name, strstr(error.message, rows[i].message) != NULL);
    }
}

/* The bytes are what other versions of the worker read: they must not change. */
static void test_format_is_frozen(void **state)
{
    static const struct record record = {.topic = TEXT_INIT("t"),
                                         .partition = 1,
                                         .key = TEXT_INIT("k"),
                                         .value = TEXT_INIT("v"),
                                         .headers = headers,
                                         .header_count = 1};
    struct outbox_writer outbox;
    struct text body;
    struct error error;
    outbox_writer_init(&outbox, *state);
    outbox_writer_add(&outbox, &record);
    assert_int_equal(outbox_writer_finish(&outbox, &body, &error), STATUS_OK);
    ASSERT_TEXT(body, TEXT("\x01\x01\x02t\x02\x02k\x02v\x01\x06"
                           "ce_id\x02"
                           "1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_was_written_is_read, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(test_no_record_is_no_row, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(test_every_cut_is_noticed, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(test_damage_is_named, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(test_format_is_frozen, arena_setup, arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
