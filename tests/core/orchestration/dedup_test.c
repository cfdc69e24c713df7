/* The window of events that were taken: which are remembered, and what an event writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/hash.h"
#include "core/orchestration/dedup.h"

static struct arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_create((size_t)256 << 20);
    return arena == NULL;
}

static int teardown(void **state)
{
    (void)state;
    arena_destroy(arena);
    return 0;
}

static struct dedup_key numbered(int number)
{
    char id[16];
    snprintf(id, sizeof id, "%d", number);
    return dedup_key(TEXT("/books"), text_of(id));
}

static struct dedup_window with_events(int count)
{
    struct dedup_window window = {0};
    struct error error;
    for (int i = 0; i < count; i++)
        assert_int_equal(dedup_add(arena, &window, numbered(i), &window, &error), STATUS_OK);
    assert_int_equal(dedup_check(&window, &error), STATUS_OK);
    return window;
}

static void an_event_is_its_source_and_its_id(void **state)
{
    (void)state;
    static const struct {
        const char *source, *id;
    } others[] = {{"/books", "2"}, {"/bookS", "1"}, {"/books1", ""}, {"", "/books1"}};
    struct dedup_window window = {0};
    struct error error;
    dedup_add(arena, &window, dedup_key(TEXT("/books"), TEXT("1")), &window, &error);
    assert_true(dedup_contains(&window, dedup_key(TEXT("/books"), TEXT("1"))));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(
            dedup_contains(&window, dedup_key(text_of(others[i].source), text_of(others[i].id))));
}

/* The last 1,024 at least, whatever the number, and no more than the three levels hold. */
static void the_last_events_are_remembered(void **state)
{
    (void)state;
    static const int counts[] = {1, 15, 16, 17, 128, 145, 1023, 1024, 1025, 1168, 1169, 5000};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        struct dedup_window window = with_events(counts[c]);
        for (int i = counts[c] - DEDUP_EVENTS_MIN; i < counts[c]; i++)
            assert_true(i < 0 || dedup_contains(&window, numbered(i)));
        for (int i = 0; i < counts[c] - (16 + 128 + 1024); i++)
            assert_false(dedup_contains(&window, numbered(i)));
        assert_false(dedup_contains(&window, numbered(counts[c])));
    }
}

/* What a level that is not written again costs is nothing: it is the same bytes. */
static void an_event_writes_what_is_recent(void **state)
{
    (void)state;
    struct dedup_window window = with_events(2000);
    struct error error;
    size_t written = 0;
    enum { EVENTS = 1280 };
    for (int i = 0; i < EVENTS; i++) {
        struct dedup_window before = window;
        assert_int_equal(dedup_add(arena, &before, numbered(2000 + i), &window, &error), STATUS_OK);
        for (int level = 0; level < DEDUP_LEVELS; level++) {
            if (window.levels[level].data != before.levels[level].data)
                written += window.levels[level].size;
        }
    }
    assert_true(written / EVENTS <= 180);
}

static void the_window_before_is_left_alone(void **state)
{
    (void)state;
    struct dedup_window before = with_events(16), window;
    char bytes[16 * DEDUP_KEY_SIZE];
    memcpy(bytes, before.levels[0].data, sizeof bytes);
    struct error error;
    assert_int_equal(dedup_add(arena, &before, numbered(99), &window, &error), STATUS_OK);
    assert_memory_equal(bytes, before.levels[0].data, sizeof bytes);
    assert_false(dedup_contains(&before, numbered(99)));
}

static void what_is_no_window_is_refused(void **state)
{
    (void)state;
    static const char bytes[(DEDUP_EVENTS_MIN + 1) * DEDUP_KEY_SIZE];
    static const struct dedup_window windows[] = {
        {.levels = {{bytes, 7}}},
        {.levels = {{bytes, 17 * DEDUP_KEY_SIZE}}},
        {.levels = {[1] = {bytes, 129 * DEDUP_KEY_SIZE}}},
        {.levels = {[2] = {bytes, sizeof bytes}}},
    };
    struct error error;
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++)
        assert_int_equal(dedup_check(&windows[i], &error), STATUS_REJECTED);
}

static void memory_that_is_out_is_said(void **state)
{
    (void)state;
    struct arena *small = arena_create(1);
    struct dedup_window window = {0};
    struct error error;
    if (small != NULL)
        assert_int_equal(dedup_add(small, &window, numbered(1), &window, &error), STATUS_FATAL);
    arena_destroy(small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_event_is_its_source_and_its_id, setup, teardown),
        cmocka_unit_test_setup_teardown(the_last_events_are_remembered, setup, teardown),
        cmocka_unit_test_setup_teardown(an_event_writes_what_is_recent, setup, teardown),
        cmocka_unit_test_setup_teardown(the_window_before_is_left_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_window_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(memory_that_is_out_is_said, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
