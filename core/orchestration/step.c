#include "core/orchestration/step.h"

#include <stdarg.h>

#include "core/arena.h"
#include "core/orchestration/turn.h"
#include "core/writer.h"

/* --- Concluding a macrostep: the next orchestration, and what it sends ------- */

/* A final state of the root was reached; its tag "failed" tells which way it went. */
static enum status standing(const struct turn *turn, const struct snapshot *snapshot,
                            enum orchestration_status *out, struct error *error)
{
    *out = ORCHESTRATION_ACTIVE;
    if (snapshot->status == MACHINE_ACTIVE)
        return STATUS_OK;
    *out = ORCHESTRATION_FAILED;
    if (snapshot->status != MACHINE_DONE)
        return STATUS_OK;
    struct json tags;
    if (!snapshot_tags(turn->definition, snapshot, turn->arena, &tags))
        return error_memory(error);
    for (uint32_t i = 0; i < tags.count; i++) {
        if (text_is(json_text(tags.as.items[i]), "failed"))
            return STATUS_OK;
    }
    *out = ORCHESTRATION_COMPLETED;
    return STATUS_OK;
}

/* Appends to result->outputs, which has room. */
static struct event *next_output(const struct turn *turn)
{
    return &turn->result->outputs[turn->result->output_count++];
}

static enum status add_lifecycle(const struct turn *turn, const struct envelope *envelope,
                                 enum lifecycle_kind kind, const struct snapshot *snapshot,
                                 struct error *error)
{
    if (!lifecycle_is_sent(turn->settings->lifecycle, kind))
        return STATUS_OK;
    bool is_over = kind == LIFECYCLE_COMPLETED || kind == LIFECYCLE_FAILED;
    const struct json *output = is_over && snapshot->has_output ? &snapshot->output : NULL;
    return output_lifecycle(turn, envelope, kind, output, next_output(turn), error);
}

static enum status add_emits(const struct turn *turn, const struct envelope *envelope,
                             const struct machine_step *step, struct error *error)
{
    size_t index = 0;
    for (size_t i = 0; i < step->effect_count; i++) {
        if (step->effects[i].kind != EFFECT_EMIT)
            continue;
        if (output_emit(turn, envelope, step->effects[i].value, index++, next_output(turn),
                        error) != STATUS_OK)
            return error->status;
    }
    return STATUS_OK;
}

/* One lifecycle event for each revision, so that who reads all of them sees a gap where
 * one is missing; two only for an orchestration that is over as soon as it started. */
static enum status add_standing(const struct turn *turn, const struct envelope *envelope,
                                const struct snapshot *snapshot, struct error *error)
{
    switch (turn->result->status) {
    case ORCHESTRATION_ACTIVE:
        if (turn->is_start)
            return STATUS_OK;
        return add_lifecycle(turn, envelope, LIFECYCLE_TRANSITIONED, snapshot, error);
    case ORCHESTRATION_COMPLETED:
        return add_lifecycle(turn, envelope, LIFECYCLE_COMPLETED, snapshot, error);
    case ORCHESTRATION_FAILED:
        return add_lifecycle(turn, envelope, LIFECYCLE_FAILED, snapshot, error);
    }
    return STATUS_OK;
}

/* started, then what the definition emits, then `failure` as an error event where there
 * is one, then how the orchestration stands. */
static enum status add_outputs(const struct turn *turn, const struct machine_step *step,
                               const struct error *failure, struct error *error)
{
    enum { OUTPUT_COUNT_AROUND = 3 }; /* started, the error, how it stands */
    struct step_result *result = turn->result;
    size_t room = OUTPUT_COUNT_AROUND;
    for (size_t i = 0; i < step->effect_count; i++)
        room += step->effects[i].kind == EFFECT_EMIT;
    result->outputs = arena_alloc_array(turn->arena, room, sizeof *result->outputs);
    if (result->outputs == NULL)
        return error_memory(error);

    struct envelope envelope;
    enum status status = envelope_init(turn, result->next.revision, &envelope, error);
    if (status == STATUS_OK && turn->is_start)
        status = add_lifecycle(turn, &envelope, LIFECYCLE_STARTED, &step->snapshot, error);
    if (status == STATUS_OK)
        status = add_emits(turn, &envelope, step, error);
    if (status == STATUS_OK && failure != NULL)
        status = output_error(turn, REFUSAL_STEP, failure->message, next_output(turn), error);
    if (status == STATUS_OK)
        status = add_standing(turn, &envelope, &step->snapshot, error);
    return status;
}

/* Completes `base`, raised by one revision, with what the macrostep made of it.
 * STATUS_REJECTED when what it emits cannot be sent: the turn is then void. */
static enum status conclude(const struct turn *turn, const struct orchestration *base,
                            const struct machine_step *step, const struct error *failure,
                            struct error *error)
{
    struct step_result *result = turn->result;
    result->next = *base;
    result->next.revision++;
    if (snapshot_to_json(turn->definition, &step->snapshot, turn->arena, &result->next.snapshot,
                         error) != STATUS_OK ||
        standing(turn, &step->snapshot, &result->status, error) != STATUS_OK ||
        add_outputs(turn, step, failure, error) != STATUS_OK)
        return error->status;

    result->outcome = turn->is_start ? STEP_STARTED : STEP_TRANSITIONED;
    result->effects = step->effects;
    result->effect_count = step->effect_count;
    if (step->snapshot.timer_count > 0) {
        int64_t due_ms = step->snapshot.timers[0].due_ms;
        result->due_ms = due_ms > 0 ? due_ms : 1; /* 0 says: none */
    }
    return STATUS_OK;
}

/* Nothing of a void turn is left, not even its memory. */
static void void_turn(struct turn *turn, struct arena_mark mark)
{
    arena_rewind(turn->arena, mark);
    *turn->result = (struct step_result){.outcome = STEP_IGNORED};
}

static enum status ignore(struct turn *turn, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static enum status ignore(struct turn *turn, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    error_set_v(&turn->result->problem, STATUS_REJECTED, format, args);
    va_end(args);
    turn->result->outcome = STEP_IGNORED;
    return STATUS_OK;
}

/* --- Starts ---------------------------------------------------------------- */

static enum status refuse_unknown(struct turn *turn, struct text known_versions,
                                  struct error *error)
{
    struct text name = excerpt(turn->name), version = excerpt(turn->version);
    if (known_versions.size == 0)
        return turn_refuse(turn, REFUSAL_UNKNOWN_DEFINITION, error,
                           "no definition is named \"%.*s\"", TEXT_ARGS(name));
    return turn_refuse(turn, REFUSAL_UNKNOWN_DEFINITION, error,
                       "definition \"%.*s\" has no version %.*s; known are %.*s", TEXT_ARGS(name),
                       TEXT_ARGS(version), TEXT_ARGS(known_versions));
}

/* The correlation goes on where the sender began one; an orchestration that nobody
 * correlates with anything is the root. */
static struct text correlation_of(const struct event *event, struct text subject)
{
    struct text correlation_id = event_extension(event, "correlationid");
    return correlation_id.size > 0 ? correlation_id : subject;
}

static enum status run_start(struct turn *turn, struct error *error)
{
    struct arena_mark mark = arena_mark(turn->arena);
    struct orchestration base = {.subject = turn->subject,
                                 .name = turn->name,
                                 .version = turn->version,
                                 .started_ms = turn->now_ms,
                                 .correlation_id = turn->correlation_id,
                                 .input = *json_get(turn->cause->data, "context")};
    struct machine_step step;
    enum status status = machine_start(turn->definition, base.input, turn->now_ms,
                                       &turn->settings->limits, turn->arena, &step, error);
    if (status == STATUS_OK)
        status = conclude(turn, &base, &step, NULL, error);
    if (status != STATUS_REJECTED)
        return status;
    void_turn(turn, mark);
    return turn_refuse(turn, REFUSAL_STEP, error, "start: %s", error->message);
}

static enum status step_start(struct turn *turn, const struct address *address,
                              struct text known_versions, const struct orchestration *current,
                              struct error *error)
{
    if (address->problem.status == STATUS_FATAL)
        return error_memory(error);
    if (address->problem.status != STATUS_OK)
        return turn_refuse(turn, REFUSAL_START_DATA, error, "%s", address->problem.message);
    if (turn->definition == NULL)
        return refuse_unknown(turn, known_versions, error);
    if (current->revision > 0)
        return turn_refuse(turn, REFUSAL_ALREADY_STARTED, error,
                           "\"%.*s\" of %.*s %.*s was started before; a start begins one "
                           "orchestration",
                           TEXT_ARGS(excerpt(address->process_id)), TEXT_ARGS(turn->name),
                           TEXT_ARGS(turn->version));
    return run_start(turn, error);
}

/* --- Answers ---------------------------------------------------------------- */

/* Tells why nothing happened: the state, as far as a line has room for it. */
static enum status ignore_unwanted(struct turn *turn, const struct orchestration *current)
{
    char buffer[256];
    struct writer writer;
    writer_init(&writer, buffer, sizeof buffer);
    const struct json *value = json_get(current->snapshot, "value");
    json_write(&writer, value == NULL ? json_null() : *value);
    struct text state = writer_result(&writer);
    return ignore(turn, "no transition for \"%.*s\" in state %.*s%s",
                  TEXT_ARGS(excerpt(turn->cause->type)), TEXT_ARGS(state),
                  writer.overflowed ? "..." : "");
}

static enum status ignore_repeated(struct turn *turn)
{
    enum status status =
        ignore(turn, "event \"%.*s\" of %.*s was taken before", TEXT_ARGS(excerpt(turn->cause->id)),
               TEXT_ARGS(excerpt(turn->cause->source)));
    turn->result->outcome = STEP_REPEATED;
    return status;
}

static enum status run_event(struct turn *turn, const struct orchestration *current,
                             const struct snapshot *snapshot, struct error *error)
{
    struct json event;
    if (!event_to_json(turn->cause, true, turn->arena, &event))
        return error_memory(error);
    struct machine_step step;
    enum status status =
        machine_transition(turn->definition, snapshot, current->input, event, turn->now_ms,
                           &turn->settings->limits, turn->arena, &step, error);
    if (status != STATUS_OK)
        return status;
    if (!step.transitioned)
        return ignore_unwanted(turn, current);
    status = conclude(turn, current, &step, NULL, error);
    return status == STATUS_OK ? dedup_add(turn->arena, &current->dedup, turn->dedup_key,
                                           &turn->result->next.dedup, error)
                               : status;
}

static enum status take_event(struct turn *turn, const struct orchestration *current,
                              struct error *error)
{
    struct arena_mark mark = arena_mark(turn->arena);
    struct snapshot snapshot;
    enum refusal why = REFUSAL_SNAPSHOT;
    enum status status =
        snapshot_from_json(turn->definition, current->snapshot, turn->arena, &snapshot, error);
    if (status == STATUS_OK) {
        why = REFUSAL_STEP;
        status = run_event(turn, current, &snapshot, error);
    }
    if (status == STATUS_OK && turn->result->outcome == STEP_IGNORED)
        arena_rewind(turn->arena, mark);
    if (status != STATUS_REJECTED)
        return status;
    void_turn(turn, mark);
    return turn_refuse(turn, why, error, "%s", error->message);
}

static enum status step_answer(struct turn *turn, struct text known_versions,
                               const struct orchestration *current, struct error *error)
{
    if (turn->definition == NULL)
        return refuse_unknown(turn, known_versions, error);
    if (current->revision == 0)
        return turn_refuse(turn, REFUSAL_NOT_STARTED, error,
                           "the orchestration of this subject (%.*s %.*s) was not initiated",
                           TEXT_ARGS(turn->name), TEXT_ARGS(excerpt(turn->version)));
    turn->dedup_key = dedup_key(turn->cause->source, turn->cause->id);
    if (dedup_contains(&current->dedup, turn->dedup_key))
        return ignore_repeated(turn);
    struct text standing = json_get_string(current->snapshot, "status");
    if (!text_is(standing, machine_status_name(MACHINE_ACTIVE)))
        return ignore(turn, "\"%.*s\" comes too late: the orchestration is over (%.*s)",
                      TEXT_ARGS(excerpt(turn->cause->type)), TEXT_ARGS(excerpt(standing)));
    struct text version = event_extension(turn->cause, "statemachineversion");
    if (version.size > 0 && !text_equal(version, current->version))
        return turn_refuse(turn, REFUSAL_OTHER_VERSION, error,
                           "statemachineversion is %.*s, but the orchestration runs %.*s",
                           TEXT_ARGS(excerpt(version)), TEXT_ARGS(current->version));
    return take_event(turn, current, error);
}

enum status step_event(const struct machine *definition, struct text known_versions,
                       const struct address *address, const struct orchestration *current,
                       const struct event *event, int64_t now_ms,
                       const struct step_settings *settings, struct arena *arena,
                       struct step_result *result, struct error *error)
{
    *result = (struct step_result){.outcome = STEP_IGNORED};
    struct turn turn = {.definition = definition,
                        .cause = event,
                        .settings = settings,
                        .arena = arena,
                        .now_ms = now_ms,
                        .is_start = address->kind == ADDRESS_START,
                        .name = address->name,
                        .version = address->version,
                        .subject = address->subject,
                        .correlation_id = correlation_of(event, address->subject),
                        .result = result};
    switch (address->kind) {
    case ADDRESS_START: return step_start(&turn, address, known_versions, current, error);
    case ADDRESS_EVENT:
        if (current->revision > 0)
            turn.correlation_id = current->correlation_id;
        return step_answer(&turn, known_versions, current, error);
    case ADDRESS_IGNORE: return ignore(&turn, "an error event of xorca's own");
    case ADDRESS_NONE: return ignore(&turn, "%s", address->problem.message);
    }
    return error_set(error, STATUS_FATAL, "address of unknown kind %d", (int)address->kind);
}

/* --- Timers ----------------------------------------------------------------- */

/* The timer as the event that causes the step. It has an identity of its own, by which
 * what follows from it can be recognised: a revision fires one timer at most. */
static bool timer_event(const struct turn *turn, struct text type, uint64_t revision,
                        struct event *out)
{
    struct text number = decimal_text(turn->arena, revision);
    const struct text parts[] = {turn->subject, number, type};
    *out = (struct event){.id = uuid_text(turn->arena, "timer", parts, 3),
                          .source = orchestration_source(turn->arena, turn->name, turn->version),
                          .type = type,
                          .subject = turn->subject,
                          .extensions = json_object(NULL, 0)};
    return number.data != NULL && out->id.data != NULL && out->source.data != NULL;
}

/* Takes a timer off whose transition fails: it would fail again each time it fires, and
 * the orchestration would hear of nothing else. Who watches hears of it. */
static enum status spend_timer(struct turn *turn, const struct orchestration *current,
                               const struct snapshot *snapshot, struct error *error)
{
    struct error failure = *error;
    struct machine_step spent = {.snapshot = *snapshot};
    spent.snapshot.timers++;
    spent.snapshot.timer_count--;
    enum status status = conclude(turn, current, &spent, &failure, error);
    turn->result->problem = failure;
    return status;
}

static enum status fire_timer(struct turn *turn, const struct orchestration *current,
                              const struct snapshot *snapshot, struct error *error)
{
    struct arena_mark mark = arena_mark(turn->arena);
    struct machine_step step;
    enum status status =
        machine_fire_timer(turn->definition, snapshot, current->input, turn->now_ms,
                           &turn->settings->limits, turn->arena, &step, error);
    if (status == STATUS_OK)
        status = conclude(turn, current, &step, NULL, error);
    if (status != STATUS_REJECTED)
        return status;
    void_turn(turn, mark);
    return spend_timer(turn, current, snapshot, error);
}

/* `cause` is turn->cause: what is known of it before the snapshot is read, and after. */
static enum status take_timer(struct turn *turn, const struct orchestration *current,
                              struct event *cause, struct error *error)
{
    if (!timer_event(turn, TEXT("xstate.after"), current->revision, cause))
        return error_memory(error);
    if (turn->definition == NULL)
        return turn_refuse(turn, REFUSAL_UNKNOWN_DEFINITION, error,
                           "definition \"%.*s\" %.*s is not known to this worker",
                           TEXT_ARGS(turn->name), TEXT_ARGS(turn->version));
    struct snapshot snapshot;
    enum status status =
        snapshot_from_json(turn->definition, current->snapshot, turn->arena, &snapshot, error);
    if (status == STATUS_REJECTED)
        return turn_refuse(turn, REFUSAL_SNAPSHOT, error, "%s", error->message);
    if (status != STATUS_OK)
        return status;
    if (snapshot.timer_count == 0 || snapshot.timers[0].due_ms > turn->now_ms)
        return ignore(turn, "no timer is due");
    if (!timer_event(turn, snapshot.timers[0].id, current->revision, cause))
        return error_memory(error);
    return fire_timer(turn, current, &snapshot, error);
}

enum status step_timer(const struct machine *definition, const struct orchestration *current,
                       int64_t now_ms, const struct step_settings *settings, struct arena *arena,
                       struct step_result *result, struct error *error)
{
    *result = (struct step_result){.outcome = STEP_IGNORED};
    struct event cause;
    struct turn turn = {.definition = definition,
                        .cause = &cause,
                        .settings = settings,
                        .arena = arena,
                        .now_ms = now_ms,
                        .name = current->name,
                        .version = current->version,
                        .subject = current->subject,
                        .correlation_id = current->correlation_id,
                        .result = result};
    if (current->revision == 0)
        return ignore(&turn, "nothing is stored");
    return take_timer(&turn, current, &cause, error);
}
