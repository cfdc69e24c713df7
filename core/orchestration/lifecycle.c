/* lifecycle.c - notif.xorca.<name>.*: what an orchestration tells the world of itself. */
#include "core/arena.h"
#include "core/orchestration/turn.h"

static const char lifecycle_prefix[] = "notif.xorca.";

static struct text kind_name(enum lifecycle_kind kind)
{
    switch (kind) {
    case LIFECYCLE_STARTED: return TEXT("started");
    case LIFECYCLE_TRANSITIONED: return TEXT("transitioned");
    case LIFECYCLE_COMPLETED: return TEXT("completed");
    case LIFECYCLE_FAILED: return TEXT("failed");
    }
    return TEXT("unknown");
}

static struct text status_text(enum orchestration_status status)
{
    switch (status) {
    case ORCHESTRATION_ACTIVE: return TEXT("active");
    case ORCHESTRATION_COMPLETED: return TEXT("completed");
    case ORCHESTRATION_FAILED: return TEXT("failed");
    }
    return TEXT("unknown");
}

bool lifecycle_is_sent(enum lifecycle level, enum lifecycle_kind kind)
{
    switch (level) {
    case LIFECYCLE_NONE: return false;
    case LIFECYCLE_OUTCOMES: return kind != LIFECYCLE_TRANSITIONED;
    case LIFECYCLE_ALL: return true;
    }
    return false;
}

static struct text lifecycle_type(struct arena *arena, struct text name, enum lifecycle_kind kind)
{
    const struct text parts[] = {text_of(lifecycle_prefix), name, TEXT("."), kind_name(kind)};
    return join(arena, parts, 4);
}

/* The sequence extension (CloudEvents, extensions/sequence.md): values must compare as
 * strings, so the revision has all the digits that a revision can have. */
static bool sequence_extensions(const struct turn *turn, const struct envelope *envelope,
                                struct json *out)
{
    enum { SEQUENCE_SIZE = 20 };
    char *digits = arena_alloc(turn->arena, SEQUENCE_SIZE);
    if (digits == NULL)
        return false;
    size_t zeros = SEQUENCE_SIZE - envelope->revision.size;
    memset(digits, '0', zeros);
    memcpy(digits + zeros, envelope->revision.data, envelope->revision.size);
    struct json sequence = json_string((struct text){digits, SEQUENCE_SIZE});
    return json_set(turn->arena, envelope->extensions, TEXT("sequence"), sequence, out);
}

/* The process id stands in the subject alone. One that cannot be read is left out: a
 * notice must not stop the step that it tells of. False: the arena is full. */
static bool add_process_id(const struct turn *turn, struct json_member *members, size_t *count)
{
    struct subject subject;
    struct error error;
    enum status status = subject_read(turn->arena, turn->subject, &subject, &error);
    if (status == STATUS_OK)
        members[(*count)++] = JSON_MEMBER("processId", json_string(subject.process_id));
    return status != STATUS_FATAL;
}

/* The output, as far as it may be sent: too large a one completes all the same. */
static size_t add_output(const struct turn *turn, const struct json *output,
                         struct json_member *members, size_t count)
{
    enum { AROUND_SIZE = 8 * 1024, AROUND_DEPTH = 1 }; /* the other members; one object */
    size_t size_max = turn->settings->data_size_max;
    size_max = size_max > AROUND_SIZE ? size_max - AROUND_SIZE : 0;
    if (json_fits(*output, size_max, JSON_DEPTH_MAX - AROUND_DEPTH))
        members[count] = JSON_MEMBER("output", *output);
    else
        members[count] = JSON_MEMBER("outputOmitted", json_bool(true));
    return count + 1;
}

static bool lifecycle_data(const struct turn *turn, const struct json *output, struct json *out)
{
    enum { MEMBER_COUNT_MAX = 8 };
    const struct orchestration *next = &turn->result->next;
    enum orchestration_status status = turn->result->status;
    struct json_member *members = arena_alloc_array(turn->arena, MEMBER_COUNT_MAX, sizeof *members);
    if (members == NULL)
        return false;
    const struct json *value = json_get(next->snapshot, "value");
    size_t count = 0;
    members[count++] = JSON_MEMBER("name", json_string(next->name));
    members[count++] = JSON_MEMBER("version", json_string(next->version));
    if (!add_process_id(turn, members, &count))
        return false;
    members[count++] = JSON_MEMBER("revision", json_uint(next->revision));
    members[count++] = JSON_MEMBER("status", json_string(status_text(status)));
    members[count++] = JSON_MEMBER("state", value == NULL ? json_null() : *value);
    members[count++] = JSON_MEMBER("event", json_string(turn->cause->type));
    if (output != NULL)
        count = add_output(turn, output, members, count);
    *out = json_object(members, count);
    return true;
}

enum status output_lifecycle(const struct turn *turn, const struct envelope *envelope,
                             enum lifecycle_kind kind, const struct json *output, struct event *out,
                             struct error *error)
{
    *out = (struct event){.type = lifecycle_type(turn->arena, turn->name, kind),
                          .source = envelope->source,
                          .subject = envelope->subject,
                          .time = envelope->time,
                          .datacontenttype = TEXT("application/json"),
                          .has_data = true};
    /* Of the kind, not of the place among the outputs: what else is sent, and at which
     * level, changes no id. */
    const struct text parts[] = {turn->subject, envelope->revision, kind_name(kind)};
    out->id = uuid_text(turn->arena, "lifecycle", parts, 3);
    if (out->type.data == NULL || out->id.data == NULL ||
        !sequence_extensions(turn, envelope, &out->extensions) ||
        !lifecycle_data(turn, output, &out->data))
        return error_memory(error);
    return STATUS_OK;
}

/* --- Types and topics ------------------------------------------------------- */

struct text_list step_sent_types(struct arena *arena, struct text name, enum lifecycle lifecycle)
{
    enum { LIFECYCLE_KIND_COUNT = LIFECYCLE_FAILED + 1 };
    size_t count = 0;
    struct text *types =
        arena_alloc_array(arena, ERROR_KIND_COUNT + LIFECYCLE_KIND_COUNT, sizeof *types);
    for (int kind = 0; types != NULL && kind < ERROR_KIND_COUNT; kind++)
        types[count++] = error_type(arena, (enum error_kind)kind, name);
    for (int kind = 0; types != NULL && kind < LIFECYCLE_KIND_COUNT; kind++) {
        if (lifecycle_is_sent(lifecycle, (enum lifecycle_kind)kind))
            types[count++] = lifecycle_type(arena, name, (enum lifecycle_kind)kind);
    }
    for (size_t i = 0; i < count; i++) {
        if (types[i].data == NULL)
            return (struct text_list){NULL, 0};
    }
    return (struct text_list){types, count};
}

struct text event_topic(const struct event *event)
{
    struct text topic = event->type;
    if (!text_starts_with(topic, lifecycle_prefix))
        return topic;
    size_t size = topic.size;
    while (topic.data[size - 1] != '.')
        size--;
    return (struct text){topic.data, size - 1};
}
