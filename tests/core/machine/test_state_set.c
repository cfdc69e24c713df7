/* Sets of states, against a plain array of booleans: members at the edges of words and of the
 * summary, in the largest machine that there can be. */
#include "tests/test.h"

#include "core/machine/state_set.h"

enum { STATE_COUNT = MACHINE_STATES_MAX };

static const uint16_t members[] = {0, 1, 63, 64, 4095, 4096, 4160, 12288, 16320, 16383};

static uint64_t set[STATE_SET_SUMMARY_WORDS + STATE_COUNT / 64];
static bool expected[STATE_COUNT];

static void fill(void)
{
    memset(set, 0, sizeof set);
    memset(expected, 0, sizeof expected);
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        state_set_add(set, members[i]);
        expected[members[i]] = true;
    }
}

static uint16_t expected_first(struct state_range range)
{
    for (uint32_t i = range.first; i <= range.last; i++) {
        if (expected[i])
            return (uint16_t)i;
    }
    return STATE_NONE;
}

static uint16_t expected_previous(uint32_t before)
{
    while (before-- > 0) {
        if (expected[before])
            return (uint16_t)before;
    }
    return STATE_NONE;
}

/* Around each member, and around each end of a word there. */
static void check_all(void)
{
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        for (uint32_t near = members[i] < 2 ? 0 : members[i] - 2u;
             near <= members[i] + 2u && near < STATE_COUNT; near++) {
            assert_int_equal(state_set_has(set, (uint16_t)near), expected[near]);
            assert_int_equal(state_set_previous(set, near), expected_previous(near));
            for (size_t j = i; j < COUNT_OF(members); j++) {
                struct state_range range = {near, members[j]};
                assert_int_equal(state_set_first(set, range), expected_first(range));
                range.last = members[j] == 0 ? 0 : members[j] - 1u;
                assert_int_equal(state_set_first(set, range), expected_first(range));
            }
        }
    }
    assert_int_equal(state_set_previous(set, STATE_COUNT), expected_previous(STATE_COUNT));
}

static void test_members_come_in_order(void **state)
{
    (void)state;
    fill();
    check_all();
}

static void test_what_is_removed_is_gone(void **state)
{
    (void)state;
    fill();
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        state_set_remove(set, members[i]);
        expected[members[i]] = false;
        check_all();
    }
    for (size_t i = 0; i < COUNT_OF(set); i++)
        assert_int_equal(set[i], 0); /* sets that are equal have equal words */
}

static void test_a_range_is_added(void **state)
{
    static uint64_t sum[COUNT_OF(set)];
    (void)state;
    fill();
    state_set_add(sum, 5);
    state_set_add_range(sum, set, (struct state_range){64, 16320});
    for (uint32_t i = 0; i < STATE_COUNT; i++)
        assert_int_equal(state_set_has(sum, (uint16_t)i),
                         i == 5 || (expected[i] && i >= 64 && i <= 16320));
    assert_int_equal(state_set_first(sum, (struct state_range){6, STATE_COUNT - 1}), 64);
    assert_int_equal(state_set_first(sum, (struct state_range){16321, STATE_COUNT - 1}),
                     STATE_NONE);
}

static void test_a_set_is_copied_and_cleared(void **state)
{
    static uint64_t copy[COUNT_OF(set)], empty[COUNT_OF(set)];
    (void)state;
    fill();
    state_set_add(copy, 200);
    state_set_copy(copy, set);
    assert_memory_equal(copy, set, sizeof set);
    state_set_clear(copy);
    assert_memory_equal(copy, empty, sizeof empty);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members_come_in_order),
        cmocka_unit_test(test_what_is_removed_is_gone),
        cmocka_unit_test(test_a_range_is_added),
        cmocka_unit_test(test_a_set_is_copied_and_cleared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
