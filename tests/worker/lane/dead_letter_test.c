#include "tests/test.h"

#include <stdlib.h>

#include "worker/dead_letter.h"

static struct text header(const struct record *record, const char *name)
{
    for (size_t i = 0; i < record->header_count; i++) {
        if (text_is(record->headers[i].name, name))
            return record->headers[i].value;
    }
    return TEXT_NONE;
}

static void test_says_why_and_whence(void **state)
{
    static const struct header headers[] = {{TEXT_INIT("mine"), TEXT_INIT("1")}};
    const struct record record = {.topic = TEXT_INIT("evt.a"),
                                  .partition = 2,
                                  .offset = 41,
                                  .key = TEXT_INIT("k"),
                                  .value = TEXT_INIT("v"),
                                  .headers = headers,
                                  .header_count = 1};
    struct record letter;
    struct error error;
    assert_int_equal(dead_letter_make(*state, &record, "dead", "because", &letter, &error),
                     STATUS_OK);
    ASSERT_TEXT(letter.topic, TEXT("dead"));
    ASSERT_TEXT(letter.key, TEXT("k"));
    ASSERT_TEXT(letter.value, TEXT("v"));
    ASSERT_TEXT(header(&letter, "mine"), TEXT("1"));
    ASSERT_TEXT(header(&letter, "xorca-dead-letter-reason"), TEXT("because"));
    ASSERT_TEXT(header(&letter, "xorca-dead-letter-topic"), TEXT("evt.a"));
    ASSERT_TEXT(header(&letter, "xorca-dead-letter-partition"), TEXT("2"));
    ASSERT_TEXT(header(&letter, "xorca-dead-letter-offset"), TEXT("41"));
    assert_null(header(&letter, "xorca-dead-letter-size").data);
    assert_int_equal(letter.partition, RECORD_PARTITION_BY_KEY);
}

/* What no broker would take is cut, and says so. */
static void test_is_bounded(void **state)
{
    enum { HEADERS = 100, HEADER_SIZE = 4096 };
    static struct header headers[HEADERS];
    char *bytes = calloc(1, 20 * 1024 * 1024);
    assert_non_null(bytes);
    for (size_t i = 0; i < HEADERS; i++)
        headers[i] = (struct header){TEXT("h"), {bytes, HEADER_SIZE}};
    const struct record record = {.topic = TEXT_INIT("evt.a"),
                                  .value = {bytes, 20 * 1024 * 1024},
                                  .headers = headers,
                                  .header_count = HEADERS};
    struct record letter;
    struct error error;
    assert_int_equal(dead_letter_make(*state, &record, "dead", "because", &letter, &error),
                     STATUS_OK);
    assert_int_equal(letter.value.size, DEAD_LETTER_VALUE_SIZE_MAX);
    ASSERT_TEXT(header(&letter, "xorca-dead-letter-size"), TEXT("20971520"));
    size_t size = letter.value.size;
    for (size_t i = 0; i < letter.header_count; i++)
        size += letter.headers[i].name.size + letter.headers[i].value.size;
    assert_true(size < 1000 * 1000);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_says_why_and_whence, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(test_is_bounded, arena_setup, arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
