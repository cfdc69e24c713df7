/* The contracts of a definition (`schemas`), at every edge: what keeps to one passes, what
 * breaks it fails the step, and says where and what was expected. */
#include "tests/core/machine/definition.h"

#include "core/machine/interpreter.h"

#define MACHINE(schemas, rest) \
    "{'id': 'm', 'version': '1.0.0', 'schemas': {" schemas "}, 'initial': 'a', " rest "}"
#define NUMBER(name) "{'type': 'object', 'properties': {'" name "': {'type': 'number'}}}"

/* An event sets n of the context to its data's n. */
#define TAKES_N                                                                    \
    "'context': {'n': 0}, 'states': {'a': {'on': {'evt.n': {'actions': [{'type': " \
    "'@xstate.assign', 'context': {'n': {'@expr': 'event.data.n'}}}]}}}}"
/* One is sent with the event's data. */
#define SENDS                                                                                   \
    "'states': {'a': {'on': {'evt.n': {'actions': [{'type': '@xstate.emit', 'event': {'type': " \
    "'cmd.n', 'data': {'@expr': 'event.data'}}}]}}}}"
/* It ends with the event's data as its output. */
#define ENDS                                                                   \
    "'output': {'@expr': 'context'}, 'context': {'n': {'@expr': 'input.n'}}, " \
    "'states': {'a': {'on': {'evt.n': 'b'}}, 'b': {'type': 'final'}}"
/* A timer sends what is no number. */
#define SENDS_LATER                                                                              \
    "'states': {'a': {'after': {'5s': 'b'}}, 'b': {'entry': [{'type': '@xstate.emit', 'event': " \
    "{'type': 'cmd.n', 'data': {'n': 'x'}}}]}}"

enum act { START, EVENT, TIMER };

static const struct row {
    const char *definition;
    const char *input;
    const char *event; /* NULL: only the start */
    const char *error; /* NULL: it succeeds */
    enum act act;      /* what the error is of */
} rows[] = {
    /* The input of a start. */
    {MACHINE("'input': " NUMBER("n"), TAKES_N), "{'n': 1}", NULL, NULL, START},
    {MACHINE("'input': " NUMBER("n"), TAKES_N), "{'n': 'x'}", NULL,
     "the input breaks its contract: input/n must be a number, is \"x\"", START},
    {MACHINE("'input': {'required': ['id']}", TAKES_N), "{}", NULL,
     "the input breaks its contract: input is missing: \"id\"", START},

    /* The data of an event that comes in. */
    {MACHINE("'events': {'evt.n': " NUMBER("n") "}", TAKES_N), "{}",
     "{'type': 'evt.n', 'data': {'n': 5}}", NULL, EVENT},
    {MACHINE("'events': {'evt.n': " NUMBER("n") "}", TAKES_N), "{}",
     "{'type': 'evt.n', 'data': {'n': 'x'}}",
     "event \"evt.n\" breaks its contract: data/n must be a number, is \"x\"", EVENT},
    {MACHINE("'events': {'evt.n': " NUMBER("n") "}", TAKES_N), "{}", "{'type': 'evt.n'}",
     "event \"evt.n\" breaks its contract: data must be an object, is null", EVENT},
    {MACHINE("'events': {'evt.n': {'properties': {'at': {'format': 'date'}}}}", TAKES_N), "{}",
     "{'type': 'evt.n', 'data': {'n': 1, 'at': 'soon'}}",
     "event \"evt.n\" breaks its contract: data/at must be a date as \"2026-01-02\", is \"soon\"",
     EVENT},
    {MACHINE("'events': {'evt.other': false}", TAKES_N), "{}",
     "{'type': 'evt.n', 'data': {'n': 5}}", NULL, EVENT},

    /* The context after a step. */
    {MACHINE("'context': " NUMBER("n"), TAKES_N), "{}", "{'type': 'evt.n', 'data': {'n': 5}}", NULL,
     EVENT},
    {MACHINE("'context': " NUMBER("n"), TAKES_N), "{}", "{'type': 'evt.n', 'data': {'n': 'x'}}",
     "the context breaks its contract: context/n must be a number, is \"x\"", EVENT},
    {MACHINE("'context': {'properties': {'n': {'minimum': 1}}}", TAKES_N), "{}", NULL,
     "the context breaks its contract: context/n must be at least 1, is 0", START},

    /* The data of an event that is sent. */
    {MACHINE("'emitted': {'cmd.n': " NUMBER("n") "}", SENDS), "{}",
     "{'type': 'evt.n', 'data': {'n': 5}}", NULL, EVENT},
    {MACHINE("'emitted': {'cmd.n': " NUMBER("n") "}", SENDS), "{}",
     "{'type': 'evt.n', 'data': {'n': 'x'}}",
     "the emitted event \"cmd.n\" breaks its contract: data/n must be a number, is \"x\"", EVENT},
    {MACHINE("'emitted': {'cmd.other': false}", SENDS), "{}",
     "{'type': 'evt.n', 'data': {'n': 'x'}}", NULL, EVENT},
    {MACHINE("'emitted': {'cmd.n': " NUMBER("n") "}", SENDS_LATER), "{}", NULL,
     "the emitted event \"cmd.n\" breaks its contract: data/n must be a number, is \"x\"", TIMER},

    /* The output. */
    {MACHINE("'output': " NUMBER("n"), ENDS), "{'n': 5}", "{'type': 'evt.n'}", NULL, EVENT},
    {MACHINE("'output': " NUMBER("n"), ENDS), "{'n': 'x'}", "{'type': 'evt.n'}",
     "the output breaks its contract: output/n must be a number, is \"x\"", EVENT},
    {MACHINE("'output': false", TAKES_N), "{}", "{'type': 'evt.n', 'data': {'n': 5}}", NULL, EVENT},

    /* One contract refers to another by its $id. */
    {MACHINE("'input': {'$ref': 'urn:order'}, 'events': {'evt.n': {'$id': 'urn:order', 'required': "
             "['id']}}",
             TAKES_N),
     "{}", NULL, "the input breaks its contract: input is missing: \"id\"", START},

    /* Many failures. */
    {MACHINE("'input': {'additionalProperties': false}", TAKES_N),
     "{'a': 1, 'b': 1, 'c': 1, 'd': 1, 'e': 1, 'f': 1}", NULL,
     "the input breaks its contract: input/a is not a property that is allowed here; input/b is "
     "not a property that is allowed here; input/c is not a property that is allowed here; input/d "
     "is not a property that is allowed here; and 2 more",
     START},
};

struct run {
    struct arena *arena;
    const struct machine *machine;
    struct json input;
    struct machine_limits limits;
    struct machine_step step;
    struct error error;
};

static enum status act(struct run *run, const struct row *row, enum act act)
{
    struct snapshot before = run->step.snapshot;
    if (act == START)
        return machine_start(run->machine, run->input, 0, &run->limits, run->arena, &run->step,
                             &run->error);
    if (act == TIMER)
        return machine_fire_timer(run->machine, &before, run->input, 5000, &run->limits, run->arena,
                                  &run->step, &run->error);
    return machine_transition(run->machine, &before, run->input,
                              definition_json(run->arena, row->event), 0, &run->limits, run->arena,
                              &run->step, &run->error);
}

static void check_row(struct arena *arena, const struct row *row)
{
    struct run run = {.arena = arena,
                      .machine = definition_compile(arena, row->definition),
                      .input = definition_json(arena, row->input),
                      .limits = MACHINE_LIMITS_DEFAULT};
    enum status status = act(&run, row, START);
    if (row->act != START) {
        if (status != STATUS_OK)
            fail_msg("%s\nstart: %s", row->definition, run.error.message);
        status = act(&run, row, row->act);
    }
    const char *actual = status == STATUS_OK ? NULL : run.error.message;
    if (status != (row->error == NULL ? STATUS_OK : STATUS_REJECTED) ||
        (row->error != NULL && strcmp(actual, row->error) != 0))
        fail_msg("%s\nactual:   %s\nexpected: %s", row->definition,
                 actual == NULL ? "success" : actual, row->error == NULL ? "success" : row->error);
}

static void test_edges(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *arena = arena_create((size_t)16 << 20);
        check_row(arena, &rows[i]);
        arena_destroy(arena);
    }
}

static const struct {
    const char *schemas;
    const char *path;
    const char *message; /* a part of it */
} broken[] = {
    {"'inputs': {}", "$.schemas.inputs", "did you mean \"input\"?"},
    {"'events': []", "$.schemas.events", "must be an object, not an array"},
    {"'input': 3", "$.schemas.input", "a schema is an object, true or false; this is number"},
    {"'events': {'evt.x': {'type': 'strin'}}", "$.schemas.events[\"evt.x\"].type",
     "did you mean \"string\"?"},
    {"'events': {'': true}", "$.schemas.events[\"\"]", "an event type is not empty"},
    {"'emitted': {'evt.x': true}", "$.schemas.emitted[\"evt.x\"]", "cmd."},
    {"'context': {'properties': {'a b': {'$ref': '#/$defs/c'}}}",
     "$.schemas.context.properties[\"a b\"].$ref", "where there is no schema"},
    {"'output': {'$schema': 'http://json-schema.org/draft-07/schema#'}", "$.schemas.output.$schema",
     "is another draft"},
};

static void test_problems(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct arena *arena = arena_create((size_t)16 << 20);
        char text[1024];
        snprintf(text, sizeof text,
                 "{'id': 'm', 'version': '1.0.0', 'initial': 'a', 'states': {'a': {}}, "
                 "'schemas': {%s}}",
                 broken[i].schemas);
        struct problem_list problems;
        const struct machine *machine;
        problem_list_init(&problems, arena);
        enum status status =
            machine_compile(arena, definition_json(arena, text), &problems, &machine);
        if (status != STATUS_REJECTED || problems.count != 1 ||
            strcmp(problems.items[0].path, broken[i].path) != 0 ||
            strstr(problems.items[0].message, broken[i].message) == NULL)
            fail_msg("%s\nactual:   %s: %s\nexpected: %s: %s", broken[i].schemas,
                     problems.count == 0 ? "" : problems.items[0].path,
                     problems.count == 0 ? "no problem" : problems.items[0].message, broken[i].path,
                     broken[i].message);
        arena_destroy(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_problems),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
