/* A file of scenarios is read and run; each allocation of that fails once. */
#include "tests/test.h"

#include "adapters/json/json_parse.h"
#include "core/scenario/scenario.h"
#include "core/writer.h"
#include "tests/failing_malloc.h"

static const char definition[] =
    "{\"id\":\"m\",\"version\":\"1.0.0\",\"initial\":\"a\",\"states\":{"
    "\"a\":{\"on\":{\"evt.x\":{\"target\":\"b\",\"actions\":[{\"type\":\"@xstate.emit\","
    "\"event\":{\"type\":\"cmd.x\",\"data\":{\"n\":1}}}]}}},"
    "\"b\":{\"after\":{\"5s\":{\"target\":\"c\"}}},\"c\":{\"type\":\"final\"}}}";

static const char file[] =
    "{\"definition\":\"m.json\",\"scenarios\":[{\"name\":\"one\",\"now\":\"2026-01-02T03:04:05Z\","
    "\"input\":{},\"expect\":{\"state\":\"a\"},\"steps\":["
    "{\"event\":{\"type\":\"evt.x\"},\"expect\":{\"emitted\":[{\"type\":\"cmd.x\",\"data\":{\"n\":"
    "1}}],\"context\":{},\"that\":[\"emitted.size() == 1\"]}},"
    "{\"advance\":\"5s\",\"expect\":{\"status\":\"done\",\"tags\":[],\"output\":null,"
    "\"ignored\":false}}]}]}";

struct given {
    const struct machine *machine;
    struct json document;
};

static enum status read_and_run(struct arena *arena, const void *context)
{
    const struct given *given = context;
    const struct machine_limits limits = MACHINE_LIMITS_DEFAULT;
    struct problem_list *problems = arena_alloc(arena, sizeof *problems);
    struct scenario_file scenarios;
    struct coverage coverage;
    struct error error;
    char buffer[1024];
    struct writer report;
    bool passed = false;
    if (problems == NULL || !coverage_init(&coverage, given->machine, arena))
        return STATUS_FATAL;
    problem_list_init(problems, arena);
    writer_init(&report, buffer, sizeof buffer);
    enum status status = scenario_file_read(arena, given->document, problems, &scenarios, &error);
    if (status == STATUS_OK)
        status = scenario_run(given->machine, &limits, &scenarios.items[0], &coverage, &report,
                              &passed, &error);
    if (status == STATUS_OK) {
        assert_true(passed);
        assert_int_equal(coverage_transitions(&coverage).covered, 2);
        assert_int_equal(coverage_states(&coverage).covered, 3);
    }
    return status;
}

static void test_every_allocation_fails_once(void **state)
{
    struct error error;
    struct given given = {.machine = NULL};
    struct json json;
    struct problem_list *problems = arena_alloc(*state, sizeof *problems);
    assert_non_null(problems);
    problem_list_init(problems, *state);
    assert_int_equal(json_parse(*state, text_of(definition), JSON_LIMITS_DEFAULT, &json, &error),
                     STATUS_OK);
    assert_int_equal(machine_compile(*state, json, problems, &given.machine), STATUS_OK);
    assert_int_equal(
        json_parse(*state, text_of(file), JSON_LIMITS_DEFAULT, &given.document, &error), STATUS_OK);
    failing_malloc_each(read_and_run, &given);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_allocation_fails_once, arena_setup,
                                        arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
