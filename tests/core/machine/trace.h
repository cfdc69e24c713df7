/* trace.h - runs a machine on events and writes what it does, as text that reads like the
 * specification. For each event (";" between them), a line per effect and one that ends it:
 *
 *   log exit a            what was logged
 *   emit {...}            an event that is sent
 *   start ID 5000         a timer was started, due in so many milliseconds
 *   cancel ID             and cancelled
 *   = 'b' {'n':1}         the state value, and the context when there is one
 *   no transition         nothing was enabled
 *   ! MESSAGE             the event failed, and changed nothing
 *
 * An event is a type, perhaps followed by other members as JSON: "evt.x {'data':1}".
 * "+5000" advances the clock: each timer that is due fires, at its time, and ends in a line
 * of its own. Events go through the snapshot's JSON, so every row tests that too. */
#ifndef TESTS_CORE_MACHINE_TRACE_H
#define TESTS_CORE_MACHINE_TRACE_H

#include "tests/core/machine/definition.h"

#include <stdlib.h>
#include <string.h>

#include "core/machine/interpreter.h"
#include "core/writer.h"

enum { TRACE_SIZE_MAX = 16 * 1024 };

struct run {
    struct arena *arena;
    const struct machine *machine;
    struct machine_limits limits;
    struct json input;
    int64_t now_ms;
    struct snapshot snapshot;
    struct writer trace;
    char text[TRACE_SIZE_MAX];
};

static inline void trace_json(struct run *run, struct json value)
{
    size_t from = run->trace.size;
    json_write(&run->trace, value);
    for (; from < run->trace.size; from++) {
        if (run->trace.data[from] == '"')
            run->trace.data[from] = '\'';
    }
}

static inline void trace_log(struct run *run, struct json args)
{
    if (args.type == JSON_ARRAY && args.count == 1 && args.as.items[0].type == JSON_STRING)
        writer_text(&run->trace, json_text(args.as.items[0]));
    else
        trace_json(run, args);
}

static inline void trace_effect(struct run *run, const struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_LOG:
        writer_string(&run->trace, "log ");
        trace_log(run, effect->value);
        break;
    case EFFECT_EMIT:
        writer_string(&run->trace, "emit ");
        trace_json(run, effect->value);
        break;
    case EFFECT_SCHEDULE:
        writer_format(&run->trace, "start %.*s %lld", TEXT_ARGS(effect->id),
                      (long long)effect->delay_ms);
        break;
    case EFFECT_CANCEL: writer_format(&run->trace, "cancel %.*s", TEXT_ARGS(effect->id)); break;
    }
    writer_char(&run->trace, '\n');
}

static inline void trace_snapshot(struct run *run)
{
    struct json value;
    assert_true(snapshot_value(run->machine, &run->snapshot, run->arena, &value));
    writer_string(&run->trace, "= ");
    trace_json(run, value);
    if (run->snapshot.context.count > 0) {
        writer_char(&run->trace, ' ');
        trace_json(run, run->snapshot.context);
    }
    if (run->snapshot.status != MACHINE_ACTIVE)
        writer_format(&run->trace, " %s", machine_status_name(run->snapshot.status));
    if (run->snapshot.has_output) {
        writer_char(&run->trace, ' ');
        trace_json(run, run->snapshot.output);
    }
    writer_char(&run->trace, '\n');
}

/* What is stored between two events is the text, so nothing else may matter. */
static inline void store_and_load(struct run *run, const struct snapshot *snapshot)
{
    struct json json, parsed;
    struct error error;
    struct writer writer;
    assert_int_equal(snapshot_to_json(run->machine, snapshot, run->arena, &json, &error),
                     STATUS_OK);
    writer_init_arena(&writer, run->arena, JSON_SIZE_MAX);
    json_write(&writer, json);
    assert_false(writer.overflowed);
    assert_int_equal(
        json_parse(run->arena, writer_result(&writer), JSON_LIMITS_DEFAULT, &parsed, &error),
        STATUS_OK);
    if (snapshot_from_json(run->machine, parsed, run->arena, &run->snapshot, &error) != STATUS_OK)
        fail_msg("%s", error.message);
    /* Nor may it matter whether a snapshot was stored at all: a worker keeps them, too. */
    assert_int_equal(snapshot_to_json(run->machine, &run->snapshot, run->arena, &parsed, &error),
                     STATUS_OK);
    struct writer again;
    writer_init_arena(&again, run->arena, JSON_SIZE_MAX);
    json_write(&again, parsed);
    assert_true(text_equal(writer_result(&writer), writer_result(&again)));
}

static inline void trace_step(struct run *run, enum status status, const struct machine_step *step,
                              const struct error *error)
{
    if (status == STATUS_REJECTED) {
        writer_string(&run->trace, "! ");
        writer_string(&run->trace, error->message);
        writer_char(&run->trace, '\n');
        return;
    }
    if (status != STATUS_OK)
        fail_msg("%s", error->message);
    for (size_t i = 0; i < step->effect_count; i++)
        trace_effect(run, &step->effects[i]);
    store_and_load(run, &step->snapshot);
    if (step->transitioned)
        trace_snapshot(run);
    else
        writer_string(&run->trace, "no transition\n");
}

static inline void run_start(struct run *run)
{
    struct machine_step step;
    struct error error;
    enum status status = machine_start(run->machine, run->input, run->now_ms, &run->limits,
                                       run->arena, &step, &error);
    trace_step(run, status, &step, &error);
}

static inline void run_advance(struct run *run, int64_t ms)
{
    int64_t until = run->now_ms + ms;
    while (run->snapshot.timer_count > 0 && run->snapshot.timers[0].due_ms <= until) {
        struct machine_step step;
        struct error error;
        run->now_ms = run->snapshot.timers[0].due_ms;
        enum status status =
            machine_fire_timer(run->machine, &run->snapshot, run->input, run->now_ms, &run->limits,
                               run->arena, &step, &error);
        trace_step(run, status, &step, &error);
        if (status != STATUS_OK)
            break;
    }
    run->now_ms = until;
}

/* "type {'member':...}" */
static inline struct json event_json(struct run *run, const char *text, size_t size)
{
    const char *brace = memchr(text, '{', size);
    size_t type_size = brace == NULL ? size : (size_t)(brace - text);
    while (type_size > 0 && text[type_size - 1] == ' ')
        type_size--;
    struct text type = text_copy(run->arena, (struct text){text, type_size});
    struct json event = json_object(NULL, 0);
    if (brace != NULL) {
        struct text rest = {brace, size - (size_t)(brace - text)};
        event = definition_json(run->arena, text_copy(run->arena, rest).data);
    }
    assert_true(json_set(run->arena, event, TEXT("type"), json_string(type), &event));
    return event;
}

static inline void run_event(struct run *run, const char *text, size_t size)
{
    struct machine_step step;
    struct error error;
    if (size > 0 && text[0] == '+') {
        run_advance(run, strtoll(text + 1, NULL, 10));
        return;
    }
    enum status status =
        machine_transition(run->machine, &run->snapshot, run->input, event_json(run, text, size),
                           run->now_ms, &run->limits, run->arena, &step, &error);
    trace_step(run, status, &step, &error);
}

static inline void run_events(struct run *run, const char *events)
{
    for (const char *at = events; *at != '\0';) {
        size_t size = strcspn(at, ";");
        run_event(run, at, size);
        at += size;
        at += strspn(at, "; ");
    }
}

/* The trace of the start and the events; it lives in *run. */
static inline const char *run_machine(struct run *run, struct arena *arena, const char *definition,
                                      const char *input, const char *events)
{
    *run = (struct run){.arena = arena};
    run->machine = definition_compile(arena, definition);
    run->limits = MACHINE_LIMITS_DEFAULT;
    run->input = definition_json(arena, input == NULL ? "{}" : input);
    run->now_ms = 0;
    writer_init(&run->trace, run->text, sizeof run->text - 1);
    run_start(run);
    if (run->snapshot.configuration != NULL) /* the start may have failed */
        run_events(run, events);
    assert_false(run->trace.overflowed);
    run->text[run->trace.size] = '\0';
    return run->text;
}

#endif
