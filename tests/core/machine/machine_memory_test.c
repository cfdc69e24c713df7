/* Compiling a definition when memory is out: an error, wherever it happens. */
#include "tests/test.h"

#include "adapters/json/json_parse.h"
#include "core/machine/interpreter.h"
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

/* Contracts: compiled, and then kept and broken. */
static enum status run(struct arena *arena, const void *definition)
{
    static struct problem_list problems;
    const struct machine_limits limits = MACHINE_LIMITS_DEFAULT;
    const struct machine *machine;
    problem_list_init(&problems, arena);
    enum status status =
        machine_compile(arena, *(const struct json *)definition, &problems, &machine);
    if (status != STATUS_OK)
        return status;
    struct machine_step step;
    struct error error;
    status = machine_start(machine, json_int(5), 0, &limits, arena, &step, &error);
    if (status != STATUS_OK)
        return status;
    status = machine_start(machine, json_int(-5), 0, &limits, arena, &step, &error);
    return status == STATUS_REJECTED ? STATUS_OK : STATUS_FATAL;
}

static void test_contracts(void **state)
{
    static const char text[] =
        "{\"id\": \"m\", \"version\": \"1.0.0\", \"initial\": \"a\", \"states\": {\"a\": {}},"
        " \"schemas\": {\"input\": {\"$ref\": \"urn:n\"}, \"context\": {\"minProperties\": 0},"
        " \"events\": {\"evt.n\": {\"$id\": \"urn:n\", \"minimum\": 0}},"
        " \"emitted\": {\"cmd.n\": false}}}";
    struct json definition;
    struct error error;
    assert_int_equal(json_parse(*state, text_of(text), JSON_LIMITS_DEFAULT, &definition, &error),
                     STATUS_OK);
    failing_malloc_each(run, &definition);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_each_allocation_fails, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(test_contracts, arena_setup, arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
