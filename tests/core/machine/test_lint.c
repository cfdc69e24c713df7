/* What the lints take from beside the tables: contracts, and what is allowed. The lints
 * themselves are tested with the files of tests/core/definitions/lint. */
#include "tests/core/machine/definition.h"

#include "core/machine/lint.h"

#define HEAD "{'id': 'm', 'version': '1.0.0', 'initial': 'a', "
/* State a assigns n and tries, and ends after a second. */
#define BODY                                                                      \
    "'context': {'n': 0}, 'states': {'a': {'entry': [{'type': '@xstate.assign', " \
    "'context': {'n': 1, 'tries': 2}}], 'after': {'1s': 'b'}}, 'b': {'type': 'final'}}"

static void lint(struct arena *arena, const char *compiled, const char *linted,
                 const struct lint_settings *settings, struct problem_list *problems)
{
    static const struct lint_settings all = {.is_allowed = {false}};
    struct arena *work = arena_create((size_t)64 * 1024 * 1024);
    problem_list_init(problems, arena);
    assert_int_equal(machine_lint(definition_compile(arena, compiled),
                                  definition_json(arena, linted),
                                  settings == NULL ? &all : settings, work, problems),
                     STATUS_OK);
    arena_destroy(work);
}

/* Keys that a contract of the context leaves open are nobody's mistake (JSON Schema
 * 2020-12, 10.3.2). */
static void test_keys_that_the_contract_does_not_know(void **state)
{
    (void)state;
    static const struct {
        const char *schemas;
        const char *path; /* of the one that is not known; NULL: none */
    } cases[] = {
        {"{}", NULL},
        {"{'context': {}}", NULL},
        {"{'context': {'type': 'object'}}", NULL},
        {"{'context': {'properties': {'n': {}, 'tries': {}}}}", NULL},
        {"{'context': {'properties': {'n': {}}}}", "$.states.a.entry[0].context.tries"},
        {"{'context': {'properties': {'tries': {}}, 'additionalProperties': false}}",
         "$.context.n"},
        {"{'context': {'properties': {'n': {}}, 'additionalProperties': true}}", NULL},
        {"{'context': {'properties': {'n': {}}, 'additionalProperties': {'type': 'number'}}}",
         NULL},
        {"{'context': {'properties': {'n': {}}, 'patternProperties': {'^t': {}}}}", NULL},
        {"{'context': {'properties': {'n': {}}, 'allOf': [{'properties': {'tries': {}}}]}}", NULL},
        {"{'context': {'properties': {'n': {}}, '$ref': '#/x'}}", NULL},
    };
    struct arena *arena = arena_create((size_t)64 * 1024 * 1024);
    static struct problem_list problems;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char linted[1024];
        snprintf(linted, sizeof linted, "%s'schemas': %s, %s}", HEAD, cases[i].schemas, BODY);
        lint(arena, HEAD BODY "}", linted, NULL, &problems);
        bool is_right = cases[i].path == NULL
                            ? problems.count == 0
                            : problems.count > 0 &&
                                  strcmp(problems.items[0].path, cases[i].path) == 0 &&
                                  strcmp(problems.items[0].rule, "unknown-context-key") == 0;
        if (!is_right)
            fail_msg("%s: %zu problems", cases[i].schemas, problems.count);
    }
    arena_destroy(arena);
}

/* c and p.d are dead ends. */
#define DEAD(meta, meta_of_p, meta_of_d)                                                    \
    HEAD "'meta': " meta ", 'states': {'a': {'after': {'1s': 'c', '2s': 'p'}}, 'c': {}, "   \
         "'p': {'initial': 'd', 'meta': " meta_of_p ", 'states': {'d': {'meta': " meta_of_d \
         "}}}}}"

static void test_what_is_allowed(void **state)
{
    (void)state;
    static const struct {
        const char *definition;
        size_t count;
    } cases[] = {
        {DEAD("{}", "{}", "{}"), 2},
        {DEAD("{'allow': ['dead-end']}", "{}", "{}"), 0},
        {DEAD("{'allow': 'dead-end'}", "{}", "{}"), 0},
        {DEAD("{}", "{'allow': ['dead-end']}", "{}"), 1},
        {DEAD("{}", "{}", "{'allow': ['unreachable-state', 'dead-end']}"), 1},
        {DEAD("{}", "{}", "{'allow': ['unreachable-state']}"), 2},
        {DEAD("{}", "{}", "{'allow': ['no-such-lint']}"), 3},
        {DEAD("{}", "{}", "{'allow': [1]}"), 3},
        {DEAD("{'allow': ['unknown-lint']}", "{}", "{'allow': ['no-such-lint']}"), 2},
    };
    struct arena *arena = arena_create((size_t)64 * 1024 * 1024);
    static struct problem_list problems;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lint(arena, cases[i].definition, cases[i].definition, NULL, &problems);
        if (problems.count != cases[i].count)
            fail_msg("%s: %zu problems", cases[i].definition, problems.count);
    }
    struct lint_settings settings = {.is_allowed = {[LINT_DEAD_END] = true}};
    lint(arena, cases[0].definition, cases[0].definition, &settings, &problems);
    assert_int_equal(problems.count, 0);
    arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_that_the_contract_does_not_know),
        cmocka_unit_test(test_what_is_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
