/* outputs.c - the events that a turn sends: what they have in common, and the emits. */
#include "core/arena.h"
#include "core/clock.h"
#include "core/orchestration/turn.h"
#include "core/words.h"
#include "core/writer.h"

/* --- Helpers --------------------------------------------------------------- */

struct text join(struct arena *arena, const struct text *parts, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += parts[i].size;
    char *bytes = arena_alloc(arena, size);
    if (bytes == NULL)
        return TEXT_NONE;
    struct writer writer;
    writer_init(&writer, bytes, size);
    for (size_t i = 0; i < count; i++)
        writer_text(&writer, parts[i]);
    return writer_result(&writer);
}

struct text uuid_text(struct arena *arena, const char *purpose, const struct text *parts,
                      size_t count)
{
    char *bytes = arena_alloc(arena, UUID_TEXT_SIZE);
    if (bytes == NULL)
        return TEXT_NONE;
    hash_uuid(hash_parts(purpose, parts, count), bytes);
    return (struct text){bytes, UUID_TEXT_SIZE - 1};
}

struct text decimal_text(struct arena *arena, uint64_t number)
{
    char digits[20];
    struct writer writer;
    writer_init(&writer, digits, sizeof digits);
    writer_uint64(&writer, number);
    return text_copy(arena, writer_result(&writer));
}

struct text orchestration_source(struct arena *arena, struct text name, struct text version)
{
    const struct text parts[] = {TEXT("/orchestrations/"), name, TEXT("/"), version};
    return join(arena, parts, version.size == 0 ? 2 : 4);
}

struct text excerpt(struct text text)
{
    enum { EXCERPT_SIZE_MAX = 100 };
    if (text.size <= EXCERPT_SIZE_MAX)
        return text;
    size_t size = EXCERPT_SIZE_MAX;
    while (size > 0 && ((unsigned char)text.data[size] & 0xC0) == 0x80)
        size--;
    return (struct text){text.data, size};
}

/* --- The size of values ---------------------------------------------------- */

/* What a character takes in a JSON string beyond itself: "\\n" or "\\u001f". */
static size_t escape_size(char c)
{
    switch (c) {
    case '"':
    case '\\':
    case '\b':
    case '\f':
    case '\n':
    case '\r':
    case '\t': return 1;
    default: return (unsigned char)c < 0x20 ? 5 : 0;
    }
}

static size_t string_size(struct text text)
{
    size_t size = text.size + 2;
    for (size_t i = 0; i < text.size; i++) {
        while (text.size - i >= WORD_SIZE && word_needs_escapes(word_load(text.data + i)) == 0)
            i += WORD_SIZE;
        if (i < text.size)
            size += escape_size(text.data[i]);
    }
    return size;
}

static size_t scalar_size(struct json value)
{
    char buffer[64]; /* longer than any number, true, false and null */
    struct writer writer;
    writer_init(&writer, buffer, sizeof buffer);
    json_write(&writer, value);
    return writer.size;
}

/* Takes what `value` needs from *left; false when that or the depth does not suffice. */
static bool take_size(struct json value, size_t *left, int depth_left)
{
    bool is_array = value.type == JSON_ARRAY, is_object = value.type == JSON_OBJECT;
    size_t size;
    if (value.type == JSON_STRING)
        size = string_size(json_text(value));
    else if (is_array || is_object) /* brackets, and commas between */
        size = value.count == 0 ? 2 : 1 + (size_t)value.count;
    else
        size = scalar_size(value);
    if (size > *left || ((is_array || is_object) && depth_left == 0))
        return false;
    *left -= size;

    for (uint32_t i = 0; is_array && i < value.count; i++) {
        if (!take_size(value.as.items[i], left, depth_left - 1))
            return false;
    }
    for (uint32_t i = 0; is_object && i < value.count; i++) {
        const struct json_member *member = &value.as.members[i];
        size_t name_size = string_size(member->name) + 1;
        if (name_size > *left)
            return false;
        *left -= name_size;
        if (!take_size(member->value, left, depth_left - 1))
            return false;
    }
    return true;
}

bool json_fits(struct json value, size_t size_max, int depth_max)
{
    return take_size(value, &size_max, depth_max);
}

/* --- What all have in common ----------------------------------------------- */

enum { COMMON_EXTENSION_COUNT = 4 };

static size_t add_extension(struct json_member *members, size_t count, struct text name,
                            struct text value)
{
    if (value.size == 0)
        return count;
    members[count] = (struct json_member){name, json_string(value)};
    return count + 1;
}

/* The trace is continued by handing on the incoming context (W3C Trace Context,
 * CloudEvents' distributed tracing extension). */
static bool common_extensions(const struct turn *turn, struct json *out)
{
    struct json_member *members =
        arena_alloc_array(turn->arena, COMMON_EXTENSION_COUNT, sizeof *members);
    if (members == NULL)
        return false;
    size_t count = add_extension(members, 0, TEXT("correlationid"), turn->correlation_id);
    count = add_extension(members, count, TEXT("causationid"), turn->cause->id);
    count = add_extension(members, count, TEXT("traceparent"),
                          event_extension(turn->cause, "traceparent"));
    count = add_extension(members, count, TEXT("tracestate"),
                          event_extension(turn->cause, "tracestate"));
    *out = json_object(members, count);
    return true;
}

enum status envelope_init(const struct turn *turn, uint64_t revision, struct envelope *out,
                          struct error *error)
{
    char buffer[32];
    struct writer time;
    writer_init(&time, buffer, sizeof buffer);
    clock_write_ms(&time, turn->now_ms);

    out->subject = turn->subject;
    out->time = text_copy(turn->arena, writer_result(&time));
    out->revision = decimal_text(turn->arena, revision);
    out->source = orchestration_source(turn->arena, turn->name, turn->version);
    if (out->time.data == NULL || out->revision.data == NULL || out->source.data == NULL ||
        !common_extensions(turn, &out->extensions))
        return error_memory(error);
    return STATUS_OK;
}

/* --- Emits -----------------------------------------------------------------
 * The machine made them and checked what its own definition decides: the type, the names
 * and types of attributes, and that none is given that is ours (interpreter.h, EFFECT_EMIT).
 * Here are the limits of what is sent. */

/* An attribute's text, which an expression may have made of anything. */
static enum status check_text(struct text type, struct text name, struct json value,
                              size_t size_max, struct error *error)
{
    if (value.type != JSON_STRING)
        return STATUS_OK;
    if (value.count > size_max)
        return error_set(error, STATUS_REJECTED,
                         "emit of %.*s: attribute %.*s has %u bytes; at most %zu can be sent",
                         TEXT_ARGS(type), TEXT_ARGS(name), (unsigned)value.count, size_max);
    if (!event_text_is_valid(json_text(value)))
        return error_set(error, STATUS_REJECTED,
                         "emit of %.*s: attribute %.*s has a character that CloudEvents does not "
                         "allow: U+0000 to U+001F, U+007F to U+009F or a noncharacter",
                         TEXT_ARGS(type), TEXT_ARGS(name));
    return STATUS_OK;
}

static enum status set_data(struct json value, size_t size_max, struct event *out,
                            struct error *error)
{
    if (!json_fits(value, size_max, JSON_DEPTH_MAX))
        return error_set(error, STATUS_REJECTED,
                         "emit of %.*s: data takes more than %zu bytes or nests deeper than %d",
                         TEXT_ARGS(out->type), size_max, JSON_DEPTH_MAX);
    out->data = value;
    out->has_data = true;
    out->datacontenttype = TEXT("application/json");
    return STATUS_OK;
}

/* An extension attribute that the definition gives joins the common ones. */
static enum status add_emitted(const struct json_member *member, struct json_member *extensions,
                               size_t *count, struct text type, struct error *error)
{
    extensions[(*count)++] = *member;
    if (*count > EVENT_EXTENSION_COUNT_MAX)
        return error_set(error, STATUS_REJECTED, "emit of %.*s: more than %d extension attributes",
                         TEXT_ARGS(type), EVENT_EXTENSION_COUNT_MAX);
    return check_text(type, member->name, member->value, EVENT_ATTRIBUTE_SIZE_MAX, error);
}

/* Goes through the members of an emitted event: type, data, subject, and whatever else
 * is an extension attribute. */
static enum status set_members(const struct turn *turn, const struct envelope *envelope,
                               struct json emit, struct event *out, struct error *error)
{
    size_t count = envelope->extensions.count;
    struct json_member *extensions =
        arena_alloc_array(turn->arena, count + emit.count, sizeof *extensions);
    if (extensions == NULL)
        return error_memory(error);
    memcpy(extensions, envelope->extensions.as.members, count * sizeof *extensions);

    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < emit.count; i++) {
        const struct json_member *member = &emit.as.members[i];
        if (text_is(member->name, "data")) {
            status = set_data(member->value, turn->settings->data_size_max, out, error);
        } else if (text_is(member->name, "subject")) {
            status = check_text(out->type, member->name, member->value, SUBJECT_SIZE_MAX, error);
            out->subject = json_text(member->value);
        } else if (!text_is(member->name, "type")) {
            status = add_emitted(member, extensions, &count, out->type, error);
        }
    }
    out->extensions = json_object(extensions, count);
    return status;
}

enum status output_emit(const struct turn *turn, const struct envelope *envelope, struct json emit,
                        size_t index, struct event *out, struct error *error)
{
    *out = (struct event){.source = envelope->source,
                          .type = json_get_string(emit, "type"),
                          .subject = envelope->subject,
                          .time = envelope->time};
    enum status status = set_members(turn, envelope, emit, out, error);
    if (status != STATUS_OK)
        return status;

    char digits[20];
    struct writer number;
    writer_init(&number, digits, sizeof digits);
    writer_uint64(&number, index);
    const struct text parts[] = {turn->subject, envelope->revision, writer_result(&number)};
    out->id = uuid_text(turn->arena, "event", parts, 3);
    return out->id.data == NULL ? error_memory(error) : STATUS_OK;
}
