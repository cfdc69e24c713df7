/* simulate_driver.c - `xorca simulate` with nothing around it (design.md, section 6): a
 * definition, events as JSON lines on standard input, a JSON line for each on standard
 * output. So this suite tests the core even where the program is not built.
 *
 * Each event begins from the text of the last snapshot, as in a worker. That is handed out
 * by the event {"type":"xorca.snapshot"}, as {"snapshot":...,"now":N}, and replaced by
 * {"type":"xorca.restore","data":{"snapshot":...,"now":N}}. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/json/json_parse.h"
#include "core/arena.h"
#include "core/machine/interpreter.h"
#include "core/writer.h"

/* A random machine that comes to rest does so in a few microsteps, whatever it does in them. */
enum { MICROSTEPS_MAX = 300, EFFECTS_MAX = 100000 };

enum { LINE_SIZE_MAX = 1024 * 1024, MEMORY_MAX = 256 * 1024 * 1024, EXIT_BAD_USE = 2 };

struct simulation {
    const struct machine *machine;
    struct machine_limits limits;
    struct json input;
    int64_t now_ms;
    char snapshot[LINE_SIZE_MAX]; /* as JSON */
    size_t snapshot_size;
    struct arena *arena; /* of one line */
    struct json *actions;
    size_t action_count;
};

_Noreturn static void stop(const char *what, const struct error *error)
{
    fprintf(stderr, "%s: %s\n", what, error == NULL ? "out of memory" : error->message);
    exit(EXIT_BAD_USE);
}

static void *allocate(struct arena *arena, size_t count, size_t size)
{
    void *memory = arena_alloc_array(arena, count, size);
    if (memory == NULL)
        stop("allocate", NULL);
    return memory;
}

static struct json object_of(struct arena *arena, const struct json_member *members, size_t count)
{
    struct json_member *copy = allocate(arena, count, sizeof *copy);
    memcpy(copy, members, count * sizeof *copy);
    return json_object(copy, count);
}

static struct json action_of(struct arena *arena, const struct effect *effect)
{
    struct json id = json_string(effect->id);
    struct json_member emit[] = {JSON_MEMBER("type", json_string(TEXT("@xstate.emit"))),
                                 JSON_MEMBER("event", effect->value)};
    struct json_member log[] = {JSON_MEMBER("type", json_string(TEXT("@xstate.log"))),
                                JSON_MEMBER("args", effect->value)};
    struct json_member schedule[] = {JSON_MEMBER("type", json_string(TEXT("@xstate.raise"))),
                                     JSON_MEMBER("event", effect->value),
                                     JSON_MEMBER("delay", json_int(effect->delay_ms)),
                                     JSON_MEMBER("id", id)};
    struct json_member cancel[] = {JSON_MEMBER("type", json_string(TEXT("@xstate.cancel"))),
                                   JSON_MEMBER("id", id)};
    switch (effect->kind) {
    case EFFECT_EMIT: return object_of(arena, emit, 2);
    case EFFECT_LOG: return object_of(arena, log, 2);
    case EFFECT_SCHEDULE: return object_of(arena, schedule, effect->id.data == NULL ? 3 : 4);
    case EFFECT_CANCEL: return object_of(arena, cancel, 2);
    }
    return json_null();
}

static void note_actions(struct simulation *simulation, const struct machine_step *step)
{
    size_t count = simulation->action_count + step->effect_count;
    struct json *actions = allocate(simulation->arena, count, sizeof *actions);
    if (simulation->action_count > 0)
        memcpy(actions, simulation->actions, simulation->action_count * sizeof *actions);
    for (size_t i = 0; i < step->effect_count; i++)
        actions[simulation->action_count + i] = action_of(simulation->arena, &step->effects[i]);
    simulation->actions = actions;
    simulation->action_count = count;
}

static void store(struct simulation *simulation, const struct snapshot *snapshot)
{
    struct json json;
    struct error error;
    if (snapshot_to_json(simulation->machine, snapshot, simulation->arena, &json, &error) !=
        STATUS_OK)
        stop("write snapshot", &error);
    struct writer writer;
    writer_init(&writer, simulation->snapshot, sizeof simulation->snapshot);
    json_write(&writer, json);
    if (writer.overflowed)
        stop("snapshot is too large", NULL);
    simulation->snapshot_size = writer.size;
}

static struct snapshot load(struct simulation *simulation)
{
    struct text text = {simulation->snapshot, simulation->snapshot_size};
    struct json json;
    struct snapshot snapshot;
    struct error error;
    if (json_parse(simulation->arena, text, JSON_LIMITS_DEFAULT, &json, &error) != STATUS_OK ||
        snapshot_from_json(simulation->machine, json, simulation->arena, &snapshot, &error) !=
            STATUS_OK)
        stop("read snapshot", &error);
    return snapshot;
}

static void print_line(struct simulation *simulation, const struct error *problem)
{
    struct snapshot snapshot = load(simulation);
    struct json value, tags, history;
    if (!snapshot_value(simulation->machine, &snapshot, simulation->arena, &value) ||
        !snapshot_tags(simulation->machine, &snapshot, simulation->arena, &tags) ||
        !snapshot_history_value(simulation->machine, &snapshot, simulation->arena, &history))
        stop("print", NULL);
    const char *status = machine_status_name(problem != NULL ? MACHINE_ERROR : snapshot.status);
    struct json_member members[] = {
        JSON_MEMBER("value", value),
        JSON_MEMBER("context", snapshot.context),
        JSON_MEMBER("status", json_string(text_of(status))),
        JSON_MEMBER("output", snapshot.output),
        JSON_MEMBER("actions", json_array(simulation->actions, simulation->action_count)),
        JSON_MEMBER("tags", tags),
        JSON_MEMBER("historyValue", history),
        JSON_MEMBER("error", json_string(text_of(problem == NULL ? "" : problem->message))),
    };
    struct writer writer;
    writer_init_arena(&writer, simulation->arena, LINE_SIZE_MAX);
    size_t count = sizeof members / sizeof members[0] - (problem == NULL ? 1 : 0);
    json_write(&writer, json_object(members, count));
    fwrite(writer.data, 1, writer.size, stdout);
    putchar('\n');
}

/* True when the machine came to rest; what went wrong otherwise is in *problem. */
static bool take(struct simulation *simulation, enum status status, const struct machine_step *step,
                 const struct error *problem)
{
    if (status == STATUS_REJECTED)
        return false;
    if (status != STATUS_OK)
        stop("step", problem);
    note_actions(simulation, step);
    store(simulation, &step->snapshot);
    return true;
}

/* A discrete-event simulation: the earliest timer, at its time, and again. */
static bool advance(struct simulation *simulation, int64_t until_ms, struct error *problem)
{
    for (;;) {
        struct snapshot snapshot = load(simulation);
        if (snapshot.timer_count == 0 || snapshot.timers[0].due_ms > until_ms)
            break;
        simulation->now_ms = snapshot.timers[0].due_ms;
        struct machine_step step;
        enum status status = machine_fire_timer(simulation->machine, &snapshot, simulation->input,
                                                simulation->now_ms, &simulation->limits,
                                                simulation->arena, &step, problem);
        if (!take(simulation, status, &step, problem))
            return false;
    }
    simulation->now_ms = until_ms;
    return true;
}

static void print_snapshot(struct simulation *simulation)
{
    printf("{\"snapshot\":%.*s,\"now\":%lld}\n", (int)simulation->snapshot_size,
           simulation->snapshot, (long long)simulation->now_ms);
}

/* What somebody else has persisted becomes the snapshot, as it is. */
static void restore(struct simulation *simulation, struct json event)
{
    const struct json *data = json_get(event, "data");
    const struct json *snapshot = data == NULL ? NULL : json_get(*data, "snapshot");
    const struct json *now = data == NULL ? NULL : json_get(*data, "now");
    if (snapshot == NULL || now == NULL || now->type != JSON_INT)
        stop("xorca.restore needs data.snapshot and data.now", NULL);
    struct writer writer;
    writer_init(&writer, simulation->snapshot, sizeof simulation->snapshot);
    json_write(&writer, *snapshot);
    if (writer.overflowed)
        stop("snapshot is too large", NULL);
    simulation->snapshot_size = writer.size;
    simulation->now_ms = now->as.integer;
}

static bool run_event(struct simulation *simulation, struct json event, struct error *problem)
{
    if (text_is(json_get_string(event, "type"), "xorca.restore")) {
        restore(simulation, event);
        return true;
    }
    if (text_is(json_get_string(event, "type"), "xorca.advance")) {
        const struct json *data = json_get(event, "data");
        const struct json *ms = data == NULL ? NULL : json_get(*data, "ms");
        if (ms == NULL || ms->type != JSON_INT)
            stop("xorca.advance needs data.ms", NULL);
        return advance(simulation, simulation->now_ms + ms->as.integer, problem);
    }
    struct snapshot snapshot = load(simulation);
    struct machine_step step;
    enum status status = machine_transition(simulation->machine, &snapshot, simulation->input,
                                            event, simulation->now_ms, &simulation->limits,
                                            simulation->arena, &step, problem);
    return take(simulation, status, &step, problem);
}

static void run_line(struct simulation *simulation, struct text line)
{
    struct json event;
    struct error problem;
    arena_reset(simulation->arena);
    simulation->action_count = 0;
    if (json_parse(simulation->arena, line, JSON_LIMITS_DEFAULT, &event, &problem) != STATUS_OK)
        stop("event", &problem);
    if (text_is(json_get_string(event, "type"), "xorca.snapshot")) {
        print_snapshot(simulation);
        return;
    }
    bool is_ok = run_event(simulation, event, &problem);
    print_line(simulation, is_ok ? NULL : &problem);
}

static void start(struct simulation *simulation)
{
    struct machine_step step;
    struct error problem;
    enum status status = machine_start(simulation->machine, simulation->input, simulation->now_ms,
                                       &simulation->limits, simulation->arena, &step, &problem);
    if (!take(simulation, status, &step, &problem)) {
        puts("{\"status\":\"error\"}");
        exit(EXIT_FAILURE);
    }
    print_line(simulation, NULL);
}

static struct json read_definition(struct arena *arena, const char *path)
{
    char *text = allocate(arena, LINE_SIZE_MAX, 1);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        stop(path, NULL);
    size_t size = fread(text, 1, LINE_SIZE_MAX, file);
    fclose(file);
    struct json json;
    struct error error;
    if (json_parse(arena, (struct text){text, size}, JSON_LIMITS_DEFAULT, &json, &error) !=
        STATUS_OK)
        stop(path, &error);
    return json;
}

static const struct machine *compile(struct arena *arena, struct json definition)
{
    const struct machine *machine;
    struct problem_list problems;
    problem_list_init(&problems, arena);
    if (machine_compile(arena, definition, &problems, &machine) == STATUS_OK)
        return machine;
    for (size_t i = 0; i < problems.count; i++)
        fprintf(stderr, "%s: %s\n", problems.items[i].path, problems.items[i].message);
    exit(EXIT_BAD_USE);
}

int main(int argc, char **argv)
{
    static struct simulation simulation;
    static char line[LINE_SIZE_MAX];
    struct error error;
    if (argc != 2 && !(argc == 4 && strcmp(argv[2], "--input") == 0)) {
        fprintf(stderr, "usage: %s DEFINITION [--input JSON]\n", argv[0]);
        return EXIT_BAD_USE;
    }
    struct arena *kept = arena_create(MEMORY_MAX);
    simulation.arena = arena_create(MEMORY_MAX);
    if (kept == NULL || simulation.arena == NULL)
        stop("start", NULL);
    simulation.limits = MACHINE_LIMITS_DEFAULT;
    simulation.limits.microsteps_max = MICROSTEPS_MAX;
    simulation.limits.effects_max = EFFECTS_MAX;
    simulation.machine = compile(kept, read_definition(kept, argv[1]));
    if (argc == 4 && json_parse(kept, text_of(argv[3]), JSON_LIMITS_DEFAULT, &simulation.input,
                                &error) != STATUS_OK)
        stop("--input", &error);
    start(&simulation);
    while (fgets(line, sizeof line, stdin) != NULL)
        run_line(&simulation, (struct text){line, strcspn(line, "\n")});
    arena_destroy(simulation.arena);
    arena_destroy(kept);
    return EXIT_SUCCESS;
}
