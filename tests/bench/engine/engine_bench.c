/* engine_bench - the core alone, in a loop; each command prints a line of JSON.
 *
 *   events DEFINITION INPUT EVENTS N   N orchestrations: for each event, snapshot and event are
 *                                      parsed, the step is taken, the next snapshot is printed
 *   step DEFINITION INPUT EVENTS N     the steps of those alone, on values
 *   states COUNT N                     a machine of COUNT states: compiled, then N steps
 *   cel EXPRESSIONS N                  each expression N times, on its variables
 *   schema CONTRACT N                  each instance N times, against the schema
 *
 * Times are the process's CPU time, the least of REPETITIONS runs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "adapters/json/json_parse.h"
#include "core/arena.h"
#include "core/cel/cel.h"
#include "core/machine/interpreter.h"
#include "core/problem.h"
#include "core/schema/schema.h"
#include "core/writer.h"

enum { REPETITIONS = 5, EVENTS_MAX = 16, FILE_SIZE_MAX = 1024 * 1024 };
static const size_t arena_size = (size_t)256 * 1024 * 1024;
static const int64_t now_ms = INT64_C(1767323045678); /* 2026-01-02T03:04:05.678Z */

/* --- Counting what is allocated ---------------------------------------------------------- */

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

static unsigned long malloc_count;

void *__wrap_malloc(size_t size)
{
    malloc_count++;
    return __real_malloc(size);
}

/* --- Reading ------------------------------------------------------------------------------ */

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "engine_bench: %s: %s\n", what, why);
    exit(1);
}

static struct arena *new_arena(void)
{
    struct arena *arena = arena_create(arena_size);
    if (arena == NULL)
        fail("arena", "out of memory");
    return arena;
}

static struct json parse(struct arena *arena, struct text text)
{
    struct json value;
    struct error error;
    struct json_limits limits = {JSON_DEPTH_MAX, (size_t)16 * 1024 * 1024};
    if (json_parse(arena, text, limits, &value, &error) != STATUS_OK)
        fail("JSON", error.message);
    return value;
}

static struct json read_json(struct arena *arena, const char *path)
{
    char *bytes = arena_alloc(arena, FILE_SIZE_MAX);
    FILE *file = fopen(path, "rb");
    if (bytes == NULL || file == NULL)
        fail(path, "cannot be read");
    size_t size = fread(bytes, 1, FILE_SIZE_MAX, file);
    fclose(file);
    return parse(arena, (struct text){bytes, size});
}

static struct text print(struct arena *arena, struct json value)
{
    struct writer writer;
    writer_init_arena(&writer, arena, SIZE_MAX);
    json_write(&writer, value);
    return writer_result(&writer);
}

static const struct machine *compile(struct arena *arena, struct json definition)
{
    struct problem_list *problems = arena_alloc(arena, sizeof *problems);
    const struct machine *machine = NULL;
    problem_list_init(problems, arena);
    if (machine_compile(arena, definition, problems, &machine) != STATUS_OK)
        fail("definition", problems->count > 0 ? problems->items[0].message : "out of memory");
    return machine;
}

static double cpu_seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double least(double a, double b)
{
    return a < b ? a : b;
}

/* --- A whole orchestration ------------------------------------------------------------------ */

struct bench {
    struct arena *arena;   /* of the definition and the texts */
    struct arena *scratch; /* of a step; reset like a worker's, between batches */
    const struct machine *machine;
    struct json input;
    struct json events[EVENTS_MAX];
    struct text event_texts[EVENTS_MAX];
    size_t event_count;
    size_t emitted_count; /* by the orchestration at hand */
};

static struct bench bench_of(char **arguments)
{
    struct bench bench = {.arena = new_arena(), .scratch = new_arena()};
    bench.machine = compile(bench.arena, read_json(bench.arena, arguments[0]));
    bench.input = read_json(bench.arena, arguments[1]);
    struct json events = read_json(bench.arena, arguments[2]);
    for (; bench.event_count < events.count && bench.event_count < EVENTS_MAX;
         bench.event_count++) {
        struct json event = events.as.items[bench.event_count];
        bench.events[bench.event_count] = event;
        bench.event_texts[bench.event_count] = print(bench.arena, event);
    }
    return bench;
}

static void count_emitted(struct bench *bench, const struct machine_step *step)
{
    for (size_t i = 0; i < step->effect_count; i++)
        bench->emitted_count += step->effects[i].kind == EFFECT_EMIT;
}

static void start(struct bench *bench, struct machine_step *step)
{
    struct machine_limits limits = MACHINE_LIMITS_DEFAULT;
    struct error error;
    if (machine_start(bench->machine, bench->input, now_ms, &limits, bench->scratch, step,
                      &error) != STATUS_OK)
        fail("start", error.message);
    bench->emitted_count = 0;
    count_emitted(bench, step);
}

static void take(struct bench *bench, const struct snapshot *snapshot, struct json event,
                 struct machine_step *step)
{
    struct machine_limits limits = MACHINE_LIMITS_DEFAULT;
    struct error error;
    if (machine_transition(bench->machine, snapshot, bench->input, event, now_ms, &limits,
                           bench->scratch, step, &error) != STATUS_OK)
        fail("step", error.message);
    count_emitted(bench, step);
}

static struct text snapshot_print(struct bench *bench, const struct snapshot *snapshot)
{
    struct json json;
    struct error error;
    if (snapshot_to_json(bench->machine, snapshot, bench->scratch, &json, &error) != STATUS_OK)
        fail("snapshot", error.message);
    return print(bench->scratch, json);
}

static struct snapshot snapshot_parse(struct bench *bench, struct text text)
{
    struct snapshot snapshot;
    struct error error;
    if (snapshot_from_json(bench->machine, parse(bench->scratch, text), bench->scratch, &snapshot,
                           &error) != STATUS_OK)
        fail("snapshot", error.message);
    return snapshot;
}

/* The text of the last snapshot, in the scratch arena. */
static struct text orchestrate_texts(struct bench *bench)
{
    struct machine_step step;
    start(bench, &step);
    struct text text = snapshot_print(bench, &step.snapshot);
    for (size_t i = 0; i < bench->event_count; i++) {
        struct snapshot snapshot = snapshot_parse(bench, text);
        take(bench, &snapshot, parse(bench->scratch, bench->event_texts[i]), &step);
        text = snapshot_print(bench, &step.snapshot);
    }
    return text;
}

static void bench_events(char **arguments)
{
    struct bench bench = bench_of(arguments);
    long count = atol(arguments[3]);
    double seconds = 1e9;
    for (int repetition = 0; repetition < REPETITIONS; repetition++) {
        double before = cpu_seconds();
        for (long i = 0; i < count; i++) {
            arena_reset(bench.scratch);
            orchestrate_texts(&bench);
        }
        seconds = least(seconds, cpu_seconds() - before);
    }
    arena_reset(bench.scratch);
    struct text last = orchestrate_texts(&bench);
    double events = (double)count * (double)(bench.event_count + 1);
    printf("{\"us_per_event\":%.3f,\"emitted\":%zu,\"snapshot\":%.*s}\n", seconds * 1e6 / events,
           bench.emitted_count, TEXT_ARGS(last));
}

static void orchestrate_values(struct bench *bench)
{
    struct machine_step step;
    start(bench, &step);
    for (size_t i = 0; i < bench->event_count; i++) {
        struct snapshot snapshot = step.snapshot;
        take(bench, &snapshot, bench->events[i], &step);
    }
}

static void bench_step(char **arguments)
{
    struct bench bench = bench_of(arguments);
    long count = atol(arguments[3]);
    orchestrate_values(&bench); /* the arena has its first block now */
    unsigned long mallocs = malloc_count;
    for (long i = 0; i < count; i++) {
        arena_reset(bench.scratch);
        orchestrate_values(&bench);
    }
    size_t steps = bench.event_count + 1;
    printf("{\"steps\":%zu,\"steps_in_all\":%zu,\"mallocs\":%lu}\n", (size_t)count * steps,
           (size_t)(count + 1) * steps, malloc_count - mallocs);
}

/* --- A machine of many states ---------------------------------------------------------------- */

/* A ring: each state waits for one event, and goes to the next upon it. */
static struct json ring(struct arena *arena, long count)
{
    struct writer writer;
    writer_init_arena(&writer, arena, SIZE_MAX);
    writer_string(&writer,
                  "{\"id\":\"ring\",\"version\":\"1.0.0\",\"initial\":\"s0\",\"states\":{");
    for (long i = 0; i < count; i++)
        writer_format(&writer, "%s\"s%ld\":{\"on\":{\"evt.ring.turn\":{\"target\":\"s%ld\"}}}",
                      i == 0 ? "" : ",", i, (i + 1) % count);
    writer_string(&writer, "}}");
    return parse(arena, writer_result(&writer));
}

static void bench_states(char **arguments)
{
    struct bench bench = {.arena = new_arena(), .scratch = new_arena()};
    struct json definition = ring(bench.arena, atol(arguments[0]));
    double seconds = 1e9;
    for (int repetition = 0; repetition < REPETITIONS; repetition++) {
        struct arena *arena = new_arena();
        double before = cpu_seconds();
        compile(arena, definition);
        seconds = least(seconds, cpu_seconds() - before);
        arena_destroy(arena);
    }
    bench.machine = compile(bench.arena, definition);
    struct json event = parse(bench.arena, TEXT("{\"type\":\"evt.ring.turn\"}"));
    struct machine_step step;
    start(&bench, &step);
    for (long i = 0; i < atol(arguments[1]); i++) {
        struct snapshot snapshot = step.snapshot;
        take(&bench, &snapshot, event, &step);
    }
    printf("{\"compile_ms\":%.2f,\"steps\":%ld}\n", seconds * 1e3, atol(arguments[1]));
}

/* --- Expressions ------------------------------------------------------------------------------ */

static void bench_expression(struct arena *arena, struct json variables, struct text expression,
                             long count)
{
    struct text *names = arena_alloc_array(arena, variables.count, sizeof *names);
    struct cel_value *values = arena_alloc_array(arena, variables.count, sizeof *values);
    for (uint32_t i = 0; i < variables.count; i++) {
        names[i] = variables.as.members[i].name;
        values[i] = cel_from_json(variables.as.members[i].value);
    }
    struct cel_environment environment = {.names = names, .count = variables.count};
    const struct cel_program *program;
    struct cel_issue issue;
    if (cel_compile(arena, expression, &environment, &program, &issue) != STATUS_OK)
        fail("expression", issue.message);
    struct arena *scratch = new_arena();
    struct cel_value value;
    struct error error;
    double seconds = 1e9;
    for (int repetition = 0; repetition < REPETITIONS; repetition++) {
        double before = cpu_seconds();
        for (long i = 0; i < count; i++) {
            arena_reset(scratch);
            if (cel_evaluate(program, values, CEL_COST_MAX, scratch, &value, NULL, &error) !=
                STATUS_OK)
                fail("expression", error.message);
        }
        seconds = least(seconds, cpu_seconds() - before);
    }
    struct json json;
    if (cel_to_json(scratch, value, &json, &error) != STATUS_OK)
        fail("value", error.message);
    printf("{\"ns\":%.1f,\"value\":%.*s}\n", seconds * 1e9 / (double)count,
           TEXT_ARGS(print(scratch, json)));
    arena_destroy(scratch);
}

static void bench_cel(char **arguments)
{
    struct arena *arena = new_arena();
    struct json file = read_json(arena, arguments[0]);
    const struct json *variables = json_get(file, "variables");
    const struct json *expressions = json_get(file, "expressions");
    for (uint32_t i = 0; i < expressions->count; i++)
        bench_expression(arena, *variables, json_text(expressions->as.items[i]),
                         atol(arguments[1]));
}

/* --- Contracts --------------------------------------------------------------------------------- */

static const struct schema *compile_schema(struct arena *arena, struct json document)
{
    struct schema_settings settings = {.base_uri = TEXT_NONE};
    struct problem_list *problems = arena_alloc(arena, sizeof *problems);
    const struct schema *schema = NULL;
    problem_list_init(problems, arena);
    if (schema_compile(arena, document, &settings, "$", problems, &schema) != STATUS_OK)
        fail("schema", problems->count > 0 ? problems->items[0].message : "out of memory");
    return schema;
}

static void bench_instance(const struct schema *schema, struct json instance, long count)
{
    struct arena *scratch = new_arena();
    struct schema_failures failures;
    bool is_valid = false;
    double seconds = 1e9;
    for (int repetition = 0; repetition < REPETITIONS; repetition++) {
        double before = cpu_seconds();
        for (long i = 0; i < count; i++) {
            arena_reset(scratch);
            is_valid = schema_validate(schema, instance, scratch, &failures) == STATUS_OK;
        }
        seconds = least(seconds, cpu_seconds() - before);
    }
    printf("{\"ns\":%.1f,\"valid\":%s}\n", seconds * 1e9 / (double)count,
           is_valid ? "true" : "false");
    arena_destroy(scratch);
}

static void bench_schema(char **arguments)
{
    struct arena *arena = new_arena();
    struct json file = read_json(arena, arguments[0]);
    const struct schema *schema = compile_schema(arena, *json_get(file, "schema"));
    const struct json *instances = json_get(file, "instances");
    for (uint32_t i = 0; i < instances->count; i++)
        bench_instance(schema, instances->as.items[i], atol(arguments[1]));
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int arguments;
        void (*run)(char **arguments);
    } commands[] = {
        {"events", 4, bench_events}, {"step", 4, bench_step},     {"states", 2, bench_states},
        {"cel", 2, bench_cel},       {"schema", 2, bench_schema},
    };
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (argc == 2 + commands[i].arguments && strcmp(argv[1], commands[i].name) == 0) {
            commands[i].run(argv + 2);
            return 0;
        }
    }
    fprintf(stderr, "engine_bench: see the head of engine_bench.c\n");
    return 2;
}
