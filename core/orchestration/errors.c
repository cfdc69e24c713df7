/* errors.c - the error events, under xOrca's names: what was refused, and why. */
#include <stdarg.h>

#include "core/arena.h"
#include "core/orchestration/turn.h"
#include "core/utf8.h"

/* Names that readers may rely on: never change one. */
static struct text refusal_name(enum refusal why)
{
    switch (why) {
    case REFUSAL_START_DATA: return TEXT("InvalidStart");
    case REFUSAL_ALREADY_STARTED: return TEXT("AlreadyStarted");
    case REFUSAL_NOT_STARTED: return TEXT("NotStarted");
    case REFUSAL_UNKNOWN_DEFINITION: return TEXT("UnknownDefinition");
    case REFUSAL_OTHER_VERSION: return TEXT("OtherVersion");
    case REFUSAL_SNAPSHOT: return TEXT("UnreadableSnapshot");
    case REFUSAL_STEP: return TEXT("StepFailed");
    }
    return TEXT("Error");
}

/* A message as JSON may hold it. One that was cut may end within a character, and what
 * it quotes comes from outside: what is no UTF-8 becomes "?". */
static struct text clean_message(struct arena *arena, const char *message)
{
    struct text text = text_of(message);
    char *bytes = arena_alloc(arena, text.size);
    if (bytes == NULL)
        return TEXT_NONE;
    memcpy(bytes, text.data, text.size);
    for (size_t at = 0; at < text.size; at++) {
        at += utf8_valid_prefix((struct text){bytes + at, text.size - at});
        if (at < text.size)
            bytes[at] = '?';
    }
    return (struct text){bytes, text.size};
}

/* The cause as JSON, as much of it as may be sent: without its data where the error
 * event would grow too large or too deep for its readers (`dataOmitted` then says so;
 * the event itself stands in its topic), and null where even that is too much. */
static bool event_data(const struct turn *turn, struct json *out)
{
    /* What is around it: the other members, the message escaped; one object. */
    enum { AROUND_SIZE = 8 * 1024, AROUND_DEPTH = 1 };
    size_t size_max = turn->settings->data_size_max;
    size_max = size_max > AROUND_SIZE ? size_max - AROUND_SIZE : 0;

    struct event cause = *turn->cause;
    if (!event_to_json(&cause, false, turn->arena, out))
        return false;
    if (json_fits(*out, size_max, JSON_DEPTH_MAX - AROUND_DEPTH))
        return true;
    cause.has_data = false;
    if (!event_to_json(&cause, false, turn->arena, out) ||
        !json_set(turn->arena, *out, TEXT("dataOmitted"), json_bool(true), out))
        return false;
    if (!json_fits(*out, size_max, JSON_DEPTH_MAX - AROUND_DEPTH))
        *out = json_null();
    return true;
}

/* xOrca's types and sources: prefix, the definition's name, suffix. */
static const struct {
    const char *type_prefix, *type_suffix;
    const char *source_prefix, *source_suffix;
} error_kinds[ERROR_KIND_COUNT] = {
    [ERROR_START_DATA] = {"sys.xorca.", ".start.error", "xorca.", ".start"},
    [ERROR_START] = {"xorca.", ".start.error", "xorca.orchestrator.", ""},
    [ERROR_STEP] = {"xorca.orchestrator.", ".error", "xorca.orchestrator.", ""},
};

static struct text around(struct arena *arena, const char *prefix, struct text name,
                          const char *suffix)
{
    return join(arena, (const struct text[]){text_of(prefix), name, text_of(suffix)}, 3);
}

struct text error_type(struct arena *arena, enum error_kind kind, struct text name)
{
    return around(arena, error_kinds[kind].type_prefix, name, error_kinds[kind].type_suffix);
}

static enum error_kind error_kind_of(const struct turn *turn, enum refusal why)
{
    if (why == REFUSAL_START_DATA)
        return ERROR_START_DATA;
    return turn->is_start ? ERROR_START : ERROR_STEP;
}

/* Kafka's key and CloudEvents' subject both want one. */
static struct text error_subject(const struct turn *turn, enum refusal why)
{
    struct text subject = why == REFUSAL_START_DATA ? turn->cause->subject : turn->subject;
    return subject.size == 0 ? TEXT("unknown-subject") : subject;
}

/* {errorName, errorMessage, errorStack, eventData}: the seed's members, in its order. */
static bool error_data(const struct turn *turn, enum refusal why, const char *message,
                       struct json *out)
{
    struct json_member *members = arena_alloc_array(turn->arena, 4, sizeof *members);
    struct text clean = clean_message(turn->arena, message);
    struct json cause;
    if (members == NULL || clean.data == NULL || !event_data(turn, &cause))
        return false;
    members[0] = JSON_MEMBER("errorName", json_string(refusal_name(why)));
    members[1] = JSON_MEMBER("errorMessage", json_string(clean));
    members[2] = JSON_MEMBER("errorStack", json_null());
    members[3] = JSON_MEMBER("eventData", cause);
    *out = json_object(members, 4);
    return true;
}

enum status output_error(const struct turn *turn, enum refusal why, const char *message,
                         struct event *out, struct error *error)
{
    struct envelope envelope;
    if (envelope_init(turn, 0, &envelope, error) != STATUS_OK)
        return error->status;
    enum error_kind kind = error_kind_of(turn, why);
    *out = (struct event){.type = error_type(turn->arena, kind, turn->name),
                          .source = around(turn->arena, error_kinds[kind].source_prefix, turn->name,
                                           error_kinds[kind].source_suffix),
                          .subject = error_subject(turn, why),
                          .time = envelope.time,
                          .datacontenttype = TEXT("application/json"),
                          .extensions = envelope.extensions,
                          .has_data = true};
    if (out->type.data == NULL || out->source.data == NULL ||
        !error_data(turn, why, message, &out->data))
        return error_memory(error);

    /* Made of what was refused and why, not of when: refused again, it is a repeat. */
    const struct text parts[] = {out->subject, turn->cause->source, turn->cause->id,
                                 refusal_name(why)};
    out->id = uuid_text(turn->arena, "error", parts, 4);
    return out->id.data == NULL ? error_memory(error) : STATUS_OK;
}

enum status turn_refuse(struct turn *turn, enum refusal why, struct error *error,
                        const char *format, ...)
{
    struct step_result *result = turn->result;
    va_list args;
    va_start(args, format);
    error_set_v(&result->problem, STATUS_REJECTED, format, args);
    va_end(args);

    result->outputs = arena_alloc(turn->arena, sizeof *result->outputs);
    if (result->outputs == NULL)
        return error_memory(error);
    result->output_count = 1;
    result->outcome = STEP_REFUSED;
    return output_error(turn, why, result->problem.message, result->outputs, error);
}
