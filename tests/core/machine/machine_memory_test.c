/* Compiling a definition when memory is out: an error, wherever it happens. */
#include "tests/test.h"

#include "core/machine/machine.h"
#include "core/problem.h"
#include "tests/example.h"
#include "tests/failing_malloc.h"

static enum status compile(struct arena *arena, const void *definition)
{
    static struct problem_list problems;
    const struct machine *machine;
    problem_list_init(&problems, arena);
    return machine_compile(arena, *(const struct json *)definition, &problems, &machine);
}

static void test_each_allocation_fails(void **state)
{
    struct json definition = example_book_summary(*state);
    failing_malloc_each(compile, &definition);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_each_allocation_fails, arena_setup, arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
