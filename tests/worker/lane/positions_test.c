#include "tests/test.h"

#include "worker/positions.h"

static void test_batch_and_commit(void **state)
{
    static const struct lane_position stored[] = {{TEXT_INIT("evt.a"), 7}, {TEXT_INIT("evt.b"), 9}};
    struct positions positions = {0};
    struct error error;
    struct text text;
    assert_int_equal(positions_load(&positions, stored, 2, &error), STATUS_OK);
    positions_begin(&positions);
    positions_find(&positions, TEXT("evt.b"))->next = 12;
    positions_find(&positions, TEXT("evt.\"c\""))->next = 1; /* a new topic begins at 0 */
    assert_int_equal(positions_find(&positions, TEXT("evt.b"))->stored, 9);
    assert_int_equal(positions_write(&positions, *state, &text, &error), STATUS_OK);
    ASSERT_TEXT(text, TEXT("{\"evt.a\":7,\"evt.b\":12,\"evt.\\\"c\\\"\":1}"));

    positions_begin(&positions); /* rolled back */
    assert_int_equal(positions_find(&positions, TEXT("evt.b"))->next, 9);
    positions_find(&positions, TEXT("evt.b"))->next = 12;
    positions_commit(&positions);
    positions_begin(&positions);
    assert_int_equal(positions_find(&positions, TEXT("evt.b"))->stored, 12);
    positions_destroy(&positions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_batch_and_commit, arena_setup, arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
