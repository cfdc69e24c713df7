#include "tests/test.h"

#include <stdlib.h>

#include "worker/timer_heap.h"

static struct hash128 id_of(uint32_t number)
{
    struct hash128 id = {{0}};
    uint32_t hash = number * UINT32_C(2654435761);
    memcpy(id.bytes, &hash, sizeof hash);
    memcpy(id.bytes + 8, &number, sizeof number);
    return id;
}

static uint32_t number_of(const struct timer_entry *entry)
{
    uint32_t number;
    memcpy(&number, entry->id.bytes + 8, sizeof number);
    return number;
}

/* Random changes of many orchestrations: the first is always the earliest of all. */
static void test_first_is_the_earliest(void **state)
{
    (void)state;
    enum { IDS = 200, ROUNDS = 20000 };
    int64_t due[IDS] = {0};
    struct timer_heap heap;
    timer_heap_init(&heap);
    srand(1);
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t number = (uint32_t)rand() % IDS;
        due[number] = rand() % 4 == 0 ? 0 : 1 + rand() % 1000;
        assert_true(timer_heap_set(&heap, id_of(number), due[number]));
        int64_t earliest = INT64_MAX;
        for (size_t i = 0; i < IDS; i++) {
            if (due[i] != 0 && due[i] < earliest)
                earliest = due[i];
        }
        const struct timer_entry *first = timer_heap_first(&heap);
        assert_int_equal(first == NULL ? INT64_MAX : first->due_ms, earliest);
        assert_int_equal(timer_heap_next_ms(&heap), earliest);
        if (first != NULL)
            assert_int_equal(due[number_of(first)], earliest);
    }
    timer_heap_destroy(&heap);
}

/* A full heap forgets the later half and says from when on it is not complete. */
static void test_is_bounded(void **state)
{
    (void)state;
    struct timer_heap heap;
    timer_heap_init(&heap);
    for (uint32_t i = 0; i <= TIMER_HEAP_ENTRIES_MAX; i++)
        assert_true(timer_heap_set(&heap, id_of(i), 1 + i));
    assert_true(heap.count <= TIMER_HEAP_ENTRIES_MAX);
    assert_int_equal(heap.horizon_ms, 1 + TIMER_HEAP_ENTRIES_MAX / 2);
    /* What is due before the horizon is there, in order, and nothing else. */
    for (uint32_t i = 0; i < TIMER_HEAP_ENTRIES_MAX / 2; i++) {
        assert_int_equal(timer_heap_first(&heap)->due_ms, 1 + i);
        assert_true(timer_heap_set(&heap, timer_heap_first(&heap)->id, 0));
    }
    assert_null(timer_heap_first(&heap));
    assert_int_equal(timer_heap_next_ms(&heap), heap.horizon_ms);
    /* Later ones are not kept until the horizon has been moved. */
    assert_true(timer_heap_set(&heap, id_of(1), heap.horizon_ms));
    assert_null(timer_heap_first(&heap));
    timer_heap_clear(&heap);
    assert_int_equal(timer_heap_next_ms(&heap), INT64_MAX);
    timer_heap_destroy(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_is_the_earliest),
        cmocka_unit_test(test_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
