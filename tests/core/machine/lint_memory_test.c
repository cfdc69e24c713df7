/* Linting when memory is out: an error, wherever it happens. */
#include "tests/test.h"

#include "core/machine/lint.h"
#include "core/machine/machine.h"
#include "core/problem.h"
#include "tests/core/machine/definition.h"
#include "tests/example.h"
#include "tests/failing_malloc.h"

struct linted {
    const struct machine *machine;
    struct json definition;
};

/* Problems live in the same arena here, which ends with the attempt. */
static enum status lint(struct arena *arena, const void *context)
{
    static const struct lint_settings all = {.is_allowed = {false}};
    static struct problem_list problems;
    const struct linted *linted = context;
    problem_list_init(&problems, arena);
    struct arena *work = arena_create((size_t)64 * 1024 * 1024);
    if (work == NULL)
        return STATUS_FATAL;
    enum status status = machine_lint(linted->machine, linted->definition, &all, work, &problems);
    arena_destroy(work);
    return status;
}

static void fail_each_allocation(struct arena *arena, struct json definition)
{
    static struct problem_list problems;
    struct linted linted = {.definition = definition};
    problem_list_init(&problems, arena);
    assert_int_equal(machine_compile(arena, definition, &problems, &linted.machine), STATUS_OK);
    failing_malloc_each(lint, &linted);
}

static void test_each_allocation_fails(void **state)
{
    fail_each_allocation(*state, example_book_summary(*state));
}

/* One of each kind of warning that needs memory of its own. */
static void test_each_allocation_of_warnings_fails(void **state)
{
    fail_each_allocation(
        *state,
        definition_json(*state,
                        "{'id': 'm', 'version': '1.0.0', 'initial': 'a', 'meta': {'allow': ['x']}, "
                        "'states': {'a': {'entry': [{'type': '@xstate.emit', 'event': {'type': "
                        "'cmd.x'}}], 'on': {'evt.y': {'target': 'b', 'guard': {'@expr': "
                        "'false || 1 > 2'}}}}, 'b': {'always': 'b'}}}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_each_allocation_fails, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(test_each_allocation_of_warnings_fails, arena_setup,
                                        arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
