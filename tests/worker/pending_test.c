/* Answers that wait: by time, equal times in the order of arrival, bytes untouched. */
#include "tests/test.h"

#include <stdio.h>

#include "worker/commands/pending.h"

static void add(struct pending *pending, int64_t due_ms, const char *value)
{
    struct error error;
    const struct record record = {.value = text_of(value)};
    assert_int_equal(pending_add(pending, &record, due_ms, &error), STATUS_OK);
}

static void earliest_first(void **state)
{
    (void)state;
    struct pending pending;
    pending_init(&pending);
    assert_null(pending_first(&pending));
    /* A sequence with many equal times: i * 7919 modulo 97. */
    enum { COUNT = 1000 };
    static char names[COUNT][8];
    for (int i = 0; i < COUNT; i++) {
        snprintf(names[i], sizeof names[i], "%d", i);
        add(&pending, i * 7919 % 97, names[i]);
    }
    int64_t due_ms = -1;
    int last = -1;
    for (int i = 0; i < COUNT; i++) {
        const struct pending_item *item = pending_first(&pending);
        int number = 0;
        for (size_t at = 0; at < item->record.value.size; at++)
            number = number * 10 + item->record.value.data[at] - '0';
        assert_int_equal(item->due_ms, number * 7919 % 97);
        assert_true(item->due_ms > due_ms || (item->due_ms == due_ms && number > last));
        due_ms = item->due_ms;
        last = number;
        pending_remove_first(&pending);
    }
    assert_null(pending_first(&pending));
    assert_int_equal(pending.bytes, 0);
    pending_destroy(&pending);
}

static void a_record_is_copied_whole(void **state)
{
    (void)state;
    struct pending pending;
    struct error error;
    char topic[] = "evt.x", value[] = "v\0w";
    const struct header headers[] = {
        {TEXT("ce_id"), TEXT("1")}, {TEXT("none"), TEXT_NONE}, {TEXT("empty"), TEXT("")}};
    const struct record record = {.topic = text_of(topic),
                                  .partition = RECORD_PARTITION_BY_KEY,
                                  .key = TEXT_NONE,
                                  .value = {value, 3},
                                  .headers = headers,
                                  .header_count = COUNT_OF(headers)};
    pending_init(&pending);
    assert_int_equal(pending_add(&pending, &record, 1, &error), STATUS_OK);
    memset(topic, '#', sizeof topic);
    memset(value, '#', sizeof value);
    const struct record *copy = &pending_first(&pending)->record;
    ASSERT_TEXT(copy->topic, TEXT("evt.x"));
    ASSERT_TEXT(copy->value, TEXT("v\0w"));
    assert_null(copy->key.data); /* a null key stays one */
    assert_int_equal(copy->partition, RECORD_PARTITION_BY_KEY);
    assert_int_equal(copy->header_count, 3);
    ASSERT_TEXT(copy->headers[0].name, TEXT("ce_id"));
    ASSERT_TEXT(copy->headers[0].value, TEXT("1"));
    assert_null(copy->headers[1].value.data);
    assert_non_null(copy->headers[2].value.data);
    pending_destroy(&pending);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(earliest_first),
        cmocka_unit_test(a_record_is_copied_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
