#include "tests/test.h"

#include <stdlib.h>

#include "worker/id_table.h"

/* Ids whose first bytes, which serve as hash, collide as often as `spread` is small. */
static struct hash128 id_of(uint32_t number, uint32_t spread)
{
    struct hash128 id = {{0}};
    uint32_t hash = number % spread;
    memcpy(id.bytes, &hash, sizeof hash);
    memcpy(id.bytes + 8, &number, sizeof number);
    return id;
}

/* A plain array is the model: random puts and removes must agree with it throughout. */
static void check_against_model(uint32_t spread)
{
    enum { IDS = 400, ROUNDS = 20000 };
    uint32_t model[IDS];
    struct id_table table = {0};
    for (size_t i = 0; i < IDS; i++)
        model[i] = ID_TABLE_NONE;
    srand(spread);
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t number = (uint32_t)rand() % IDS;
        if (rand() % 3 == 0) {
            id_table_remove(&table, id_of(number, spread));
            model[number] = ID_TABLE_NONE;
        } else {
            model[number] = (uint32_t)rand() % 1000;
            assert_true(id_table_put(&table, id_of(number, spread), model[number]));
        }
        uint32_t probe = (uint32_t)rand() % IDS;
        assert_int_equal(id_table_get(&table, id_of(probe, spread)), model[probe]);
    }
    size_t count = 0;
    for (uint32_t i = 0; i < IDS; i++) {
        assert_int_equal(id_table_get(&table, id_of(i, spread)), model[i]);
        count += model[i] != ID_TABLE_NONE;
    }
    assert_int_equal(table.count, count);
    id_table_clear(&table);
    assert_int_equal(id_table_get(&table, id_of(1, spread)), ID_TABLE_NONE);
    id_table_destroy(&table);
}

static void test_agrees_with_a_model(void **state)
{
    (void)state;
    check_against_model(1); /* every id collides */
    check_against_model(7);
    check_against_model(1000); /* none does */
}

static void test_empty_table(void **state)
{
    (void)state;
    struct id_table table = {0};
    assert_int_equal(id_table_get(&table, id_of(1, 1)), ID_TABLE_NONE);
    id_table_remove(&table, id_of(1, 1));
    id_table_clear(&table);
    id_table_destroy(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agrees_with_a_model),
        cmocka_unit_test(test_empty_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
