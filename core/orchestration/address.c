/* address.c - whom an event concerns: types are matched whole and anchored, segment by
 * segment, so that neither "notif.evt.x" nor "xorca.x.start.error" passes for another. */
#include "core/orchestration/turn.h"

#include "core/arena.h"

/* A prefix with something behind it. */
static bool is_below(struct text type, const char *prefix)
{
    return text_starts_with(type, prefix) && type.size > strlen(prefix);
}

/* What stands between prefix and suffix: at least a byte. */
static bool is_between(struct text type, const char *prefix, const char *suffix,
                       struct text *middle)
{
    size_t before = strlen(prefix), around = before + strlen(suffix);
    if (type.size <= around || !text_starts_with(type, prefix) || !text_ends_with(type, suffix))
        return false;
    *middle = (struct text){type.data + before, type.size - around};
    return true;
}

static bool is_own_error(struct text type)
{
    struct text middle;
    return is_below(type, "sys.xorca.") || is_between(type, "xorca.", ".error", &middle);
}

static enum status mismatch(struct error *problem, const char *name, const struct json *found,
                            const char *expected)
{
    return error_set(problem, STATUS_REJECTED, "%s: expected %s, found %s", name, expected,
                     found == NULL ? "nothing" : json_type_name(found->type));
}

/* An empty processId asks for one: made of the start's own identity, so that the same
 * start delivered again begins the same orchestration. */
static struct text made_process_id(struct arena *arena, const struct event *event)
{
    return uuid_text(arena, "process", (const struct text[]){event->source, event->id}, 2);
}

/* Reads {processId, context, version?}; other keys are the sender's own business. */
static enum status read_start(struct arena *arena, const struct event *event, struct address *out)
{
    struct error *problem = &out->problem;
    const struct json *data = event->has_data ? &event->data : NULL;
    if (data == NULL || data->type != JSON_OBJECT)
        return mismatch(problem, "data", data, "an object with processId and context");

    const struct json *process_id = json_get(*data, "processId");
    if (process_id == NULL || process_id->type != JSON_STRING)
        return mismatch(problem, "data.processId", process_id,
                        "a string (an empty one lets xorca make an id)");
    const struct json *context = json_get(*data, "context");
    if (context == NULL || context->type != JSON_OBJECT)
        return mismatch(problem, "data.context", context, "an object");
    const struct json *version = json_get(*data, "version");
    if (version != NULL && version->type != JSON_STRING)
        return mismatch(problem, "data.version", version,
                        "a string of the form 1.2.3, or none for the latest");
    if (version != NULL && !version_is_valid(json_text(*version)))
        return error_set(problem, STATUS_REJECTED, "data.version \"%.*s\" is not of the form 1.2.3",
                         TEXT_ARGS(excerpt(json_text(*version))));

    struct text id = process_id->count > 0 ? json_text(*process_id) : made_process_id(arena, event);
    if (id.data == NULL)
        return error_memory(problem);
    out->process_id = id;
    if (version != NULL)
        out->version = json_text(*version);
    return STATUS_OK;
}

static void read_answer(struct arena *arena, const struct event *event, struct address *out)
{
    struct subject subject;
    if (subject_read(arena, event->subject, &subject, &out->problem) != STATUS_OK)
        return;
    out->kind = ADDRESS_EVENT;
    out->name = subject.name;
    out->version = subject.version;
    out->process_id = subject.process_id;
    out->subject = event->subject;
}

/* What is handed on and stored must be of bounded size. */
static bool is_short(const char *name, struct text value, struct error *problem)
{
    if (value.size <= EVENT_ATTRIBUTE_SIZE_MAX)
        return true;
    error_set(problem, STATUS_REJECTED, "%s has %zu bytes; at most %d are taken", name, value.size,
              EVENT_ATTRIBUTE_SIZE_MAX);
    return false;
}

static bool are_attributes_short(const struct event *event, struct error *problem)
{
    return is_short("type", event->type, problem) && is_short("id", event->id, problem) &&
           is_short("source", event->source, problem) &&
           is_short("subject", event->subject, problem) &&
           is_short("correlationid", event_extension(event, "correlationid"), problem) &&
           is_short("traceparent", event_extension(event, "traceparent"), problem) &&
           is_short("tracestate", event_extension(event, "tracestate"), problem);
}

void address_read(struct arena *arena, const struct event *event, struct address *out)
{
    *out = (struct address){.kind = ADDRESS_NONE};
    struct text type = event->type, name;
    if (!are_attributes_short(event, &out->problem))
        return;
    if (is_own_error(type)) {
        out->kind = ADDRESS_IGNORE;
    } else if (is_below(type, "evt.") || is_below(type, "sys.")) {
        read_answer(arena, event, out);
    } else if (!is_between(type, "xorca.", ".start", &name)) {
        error_set(&out->problem, STATUS_REJECTED,
                  "type \"%.*s\" is none of evt.*, sys.*, xorca.<name>.start",
                  TEXT_ARGS(excerpt(type)));
    } else if (!name_is_valid(name)) {
        error_set(&out->problem, STATUS_REJECTED,
                  "type \"%.*s\": the name of a definition is of 1 to %d letters, digits, \".\", "
                  "\"_\" and \"-\"",
                  TEXT_ARGS(excerpt(type)), NAME_SIZE_MAX);
    } else {
        out->kind = ADDRESS_START;
        out->name = name;
        read_start(arena, event, out);
    }
}

enum status address_resolve(struct arena *arena, struct address *address, struct text version,
                            struct error *error)
{
    if (address->kind != ADDRESS_START || address->problem.status != STATUS_OK || version.size == 0)
        return STATUS_OK;
    struct subject subject = {address->process_id, address->name, version};
    struct text text;
    enum status status = subject_write(arena, &subject, &text, &address->problem);
    if (status == STATUS_FATAL)
        return error_memory(error);
    if (status == STATUS_OK) {
        address->version = version;
        address->subject = text;
    }
    return STATUS_OK;
}
