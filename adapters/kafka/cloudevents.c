#include "adapters/kafka/cloudevents.h"

#include "core/arena.h"
#include "core/base64.h"
#include "core/clock.h"
#include "core/utf8.h"
#include "core/writer.h"

#define CLOUDEVENTS_MEDIA_TYPE  "application/cloudevents"
#define STRUCTURED_CONTENT_TYPE "application/cloudevents+json; charset=UTF-8"

/* Kafka counts the bytes of a record with 32 bits. */
enum { VALUE_SIZE_MAX = INT32_MAX };

/* The attributes that the specification itself names, besides specversion. */
struct attribute {
    const char *name;
    size_t offset; /* in struct event */
    bool is_required;
};
static const struct attribute attributes[] = {
    {"id", offsetof(struct event, id), true},
    {"source", offsetof(struct event, source), true},
    {"type", offsetof(struct event, type), true},
    {"subject", offsetof(struct event, subject), false},
    {"time", offsetof(struct event, time), false},
    {"datacontenttype", offsetof(struct event, datacontenttype), false},
    {"dataschema", offsetof(struct event, dataschema), false},
};
enum { ATTRIBUTE_COUNT = sizeof attributes / sizeof attributes[0] };

static struct text *event_attribute(struct event *event, const struct attribute *attribute)
{
    return (struct text *)(void *)((unsigned char *)event + attribute->offset);
}

static const struct attribute *find_attribute(struct text name)
{
    for (size_t i = 0; i < ATTRIBUTE_COUNT; i++) {
        if (text_is(name, attributes[i].name))
            return &attributes[i];
    }
    return NULL;
}

/* --- Media types ----------------------------------------------------------------- */

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* Media types and the names of headers are compared without regard to ASCII case. */
static bool starts_with_any_case(struct text text, const char *prefix)
{
    size_t size = strlen(prefix);
    for (size_t i = 0; i < size; i++) {
        if (i == text.size || lower(text.data[i]) != prefix[i])
            return false;
    }
    return true;
}

static bool is_any_case(struct text text, const char *word)
{
    return text.size == strlen(word) && starts_with_any_case(text, word);
}

/* The media type without its parameters: "application/json" of
 * "application/json; charset=utf-8". */
static struct text media_type(struct text content_type)
{
    size_t size = 0;
    while (size < content_type.size && content_type.data[size] != ';')
        size++;
    while (size > 0 && (content_type.data[size - 1] == ' ' || content_type.data[size - 1] == '\t'))
        size--;
    return (struct text){content_type.data, size};
}

static struct text from(struct text text, size_t at)
{
    return (struct text){text.data + at, text.size - at};
}

/* JSON format, 3.1.1: a subtype of json, or one that ends in +json. */
static bool is_json(struct text content_type)
{
    static const char suffix[] = "+json";
    struct text type = media_type(content_type);
    const char *slash = type.size == 0 ? NULL : memchr(type.data, '/', type.size);
    if (slash == NULL || slash == type.data)
        return false;
    struct text subtype = from(type, (size_t)(slash - type.data) + 1);
    return is_any_case(subtype, "json") ||
           (subtype.size >= sizeof suffix - 1 &&
            is_any_case(from(subtype, subtype.size - (sizeof suffix - 1)), suffix));
}

/* --- Attributes: what both modes have in common --------------------------------------- */

/* Attributes on their way between a record and an event. */
struct attribute_list {
    struct json_member items[CLOUDEVENT_EXTENSIONS_MAX + ATTRIBUTE_COUNT + 1];
    size_t count;
    const char *prefix; /* of the names, in messages: "ce_" in binary mode */
    struct error *error;
};

/* Spec, "Naming Conventions": lower-case letters and digits. */
static bool is_attribute_name(struct text name)
{
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')))
            return false;
    }
    return name.size > 0 && !text_is(name, "data");
}

/* The name of an attribute as the record has it: ce_type, or in quotes what is no name. */
static struct text_shown label(const struct attribute_list *list, struct text name)
{
    struct text_shown label;
    char bytes[TEXT_SHOWN_MAX + 1];
    struct writer writer;
    if (list->prefix[0] != '\0' && text_is(name, "datacontenttype"))
        return (struct text_shown){"content-type"};

    bool is_name = is_attribute_name(name) && name.size <= TEXT_SHOWN_MAX;
    if (!is_name && name.size > TEXT_SHOWN_MAX - strlen("ce_"))
        name.size = TEXT_SHOWN_MAX - strlen("ce_"); /* the rest would not be shown */
    writer_init(&writer, bytes, sizeof bytes);
    if (is_name)
        writer_init(&writer, label.quoted, sizeof label.quoted);
    writer_string(&writer, list->prefix);
    writer_text(&writer, name);
    if (!is_name)
        return text_show(writer_result(&writer));
    writer_char(&writer, '\0');
    return label;
}

static enum status check_string(const struct attribute_list *list, struct text name,
                                struct text value)
{
    if (!utf8_is_valid(value))
        return error_set(list->error, STATUS_REJECTED, "%s is not valid UTF-8",
                         label(list, name).quoted);
    size_t at = event_text_valid_prefix(value);
    if (at == value.size)
        return STATUS_OK;
    return error_set(list->error, STATUS_REJECTED,
                     "%s has the character U+%04lX, which CloudEvents does not allow",
                     label(list, name).quoted, (unsigned long)utf8_next(value, &at));
}

static enum status check_known(const struct attribute_list *list, struct text name,
                               struct json value)
{
    if (value.type != JSON_STRING)
        return error_set(list->error, STATUS_REJECTED, "%s is no string but a JSON %s",
                         label(list, name).quoted, json_type_name(value.type));
    if (value.count == 0)
        return error_set(list->error, STATUS_REJECTED, "%s is empty", label(list, name).quoted);
    struct clock_time time;
    if (text_is(name, "time") && !clock_parse(json_text(value), &time))
        return error_set(list->error, STATUS_REJECTED,
                         "%s is no time as 2026-01-02T03:04:05Z (RFC 3339): %s",
                         label(list, name).quoted, text_show(json_text(value)).quoted);
    return STATUS_OK;
}

static enum status check_extension(const struct attribute_list *list, struct text name,
                                   struct json value)
{
    bool is_integer =
        value.type == JSON_INT && value.as.integer >= INT32_MIN && value.as.integer <= INT32_MAX;
    if (!is_attribute_name(name))
        return error_set(list->error, STATUS_REJECTED,
                         "%s is no name of an attribute, which has lower-case letters and digits "
                         "only and is not \"data\"",
                         label(list, name).quoted);
    if (json_is_number(value) && !is_integer)
        return error_set(list->error, STATUS_REJECTED,
                         "%s is no integer of 32 bits, the only numbers that attributes may be",
                         label(list, name).quoted);
    if (value.type == JSON_ARRAY || value.type == JSON_OBJECT || value.type == JSON_NULL)
        return error_set(list->error, STATUS_REJECTED,
                         "%s is a JSON %s; attributes are strings, integers or booleans",
                         label(list, name).quoted, json_type_name(value.type));
    return STATUS_OK;
}

static enum status check_attribute(const struct attribute_list *list, struct text name,
                                   struct json value)
{
    bool is_known = find_attribute(name) != NULL || text_is(name, "specversion");
    enum status status =
        is_known ? check_known(list, name, value) : check_extension(list, name, value);
    if (status == STATUS_OK && value.type == JSON_STRING)
        status = check_string(list, name, json_text(value));
    return status;
}

static const struct json *list_get(const struct attribute_list *list, struct text name)
{
    return json_get_text(json_object(list->items, list->count), name);
}

static enum status list_add(struct attribute_list *list, struct text name, struct json value)
{
    if (list_get(list, name) != NULL)
        return error_set(list->error, STATUS_REJECTED, "%s stands twice", label(list, name).quoted);
    if (list->count == sizeof list->items / sizeof list->items[0])
        return error_set(list->error, STATUS_REJECTED, "more than %d extension attributes",
                         CLOUDEVENT_EXTENSIONS_MAX);
    list->items[list->count++] = (struct json_member){name, value};
    return STATUS_OK;
}

static enum status check_version(const struct attribute_list *list)
{
    const struct json *version = list_get(list, TEXT("specversion"));
    if (version == NULL)
        return error_set(list->error, STATUS_REJECTED, "%s is missing",
                         label(list, TEXT("specversion")).quoted);
    if (version->type != JSON_STRING || !text_is(json_text(*version), "1.0"))
        return error_set(list->error, STATUS_REJECTED, "%s is not \"1.0\", the only one known",
                         label(list, TEXT("specversion")).quoted);
    return STATUS_OK;
}

/* The extensions of the list, in their order, as an object in the arena. */
static enum status collect_extensions(struct arena *arena, const struct attribute_list *list,
                                      struct json *out)
{
    struct json_member *members = arena_alloc_array(arena, list->count, sizeof *members);
    if (members == NULL)
        return error_memory(list->error);
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++) {
        struct text name = list->items[i].name;
        if (find_attribute(name) == NULL && !text_is(name, "specversion"))
            members[count++] = list->items[i];
    }
    if (count > CLOUDEVENT_EXTENSIONS_MAX)
        return error_set(list->error, STATUS_REJECTED, "more than %d extension attributes",
                         CLOUDEVENT_EXTENSIONS_MAX);
    *out = json_object(members, count);
    return STATUS_OK;
}

/* Fills all of *out but its data. */
static enum status event_from_attributes(struct arena *arena, const struct attribute_list *list,
                                         struct event *out)
{
    enum status status = check_version(list); /* another version has other rules */
    for (size_t i = 0; i < list->count && status == STATUS_OK; i++)
        status = check_attribute(list, list->items[i].name, list->items[i].value);
    for (size_t i = 0; i < ATTRIBUTE_COUNT && status == STATUS_OK; i++) {
        struct text name = text_of(attributes[i].name);
        const struct json *value = list_get(list, name);
        if (value != NULL)
            *event_attribute(out, &attributes[i]) = json_text(*value);
        else if (attributes[i].is_required)
            status =
                error_set(list->error, STATUS_REJECTED, "%s is missing", label(list, name).quoted);
    }
    if (status != STATUS_OK)
        return status;
    return collect_extensions(arena, list, &out->extensions);
}

static enum status reject_content(struct text content_type, struct error *error)
{
    return error_set(error, STATUS_REJECTED, "data is %s; only JSON is understood",
                     text_show(content_type).quoted);
}

/* --- Decoding: binary mode, binding 3.2 -------------------------------------------- */

static enum status add_header(struct arena *arena, struct attribute_list *list, struct text name,
                              struct text value)
{
    struct text name_copy = text_copy(arena, name), value_copy = text_copy(arena, value);
    if (name_copy.data == NULL || value_copy.data == NULL)
        return error_memory(list->error);
    return list_add(list, name_copy, json_string(value_copy));
}

static enum status decode_binary(struct arena *arena, const struct record *record,
                                 struct json_limits limits, struct event *out, struct error *error)
{
    struct attribute_list list = {.prefix = "ce_", .error = error};
    for (size_t i = 0; i < record->header_count; i++) {
        const struct header *header = &record->headers[i];
        enum status status = STATUS_OK;
        if (is_any_case(header->name, "content-type"))
            status = add_header(arena, &list, TEXT("datacontenttype"), header->value);
        else if (text_is(header->name, "ce_datacontenttype"))
            status = error_set(error, STATUS_REJECTED,
                               "ce_datacontenttype: this attribute is the header content-type");
        else if (text_starts_with(header->name, "ce_"))
            status = add_header(arena, &list, from(header->name, strlen("ce_")), header->value);
        if (status != STATUS_OK)
            return status;
    }
    enum status status = event_from_attributes(arena, &list, out);
    if (status != STATUS_OK || record->value.data == NULL)
        return status;

    if (out->datacontenttype.data != NULL && !is_json(out->datacontenttype))
        return reject_content(out->datacontenttype, error);
    out->has_data = true;
    status = json_parse(arena, record->value, limits, &out->data, error);
    return status == STATUS_OK ? status : error_context(error, "value");
}

/* --- Decoding: structured mode, binding 3.3 and JSON format 1.0.2 ------------------- */

/* JSON in base64, which a sender writes that has data as bytes (JSON format, 3.1.2). */
static enum status decode_base64(struct arena *arena, struct json value, struct json_limits limits,
                                 struct event *out, struct error *error)
{
    struct text bytes;
    if (out->datacontenttype.data == NULL)
        return error_set(error, STATUS_REJECTED,
                         "data_base64 without a datacontenttype; only JSON is understood");
    if (!is_json(out->datacontenttype))
        return reject_content(out->datacontenttype, error);
    if (value.type != JSON_STRING || !base64_is_valid(json_text(value)))
        return error_set(error, STATUS_REJECTED, "data_base64 is no string of base64 (RFC 4648)");
    if (!base64_read(arena, json_text(value), &bytes))
        return error_memory(error);
    enum status status = json_parse(arena, bytes, limits, &out->data, error);
    return status == STATUS_OK ? status : error_context(error, "data_base64");
}

static enum status decode_data(struct arena *arena, struct json object, struct json_limits limits,
                               struct event *out, struct error *error)
{
    const struct json *data = json_get(object, "data");
    const struct json *base64 = json_get(object, "data_base64");
    out->has_data = data != NULL || base64 != NULL;
    if (data != NULL && base64 != NULL)
        return error_set(error, STATUS_REJECTED, "both data and data_base64");
    if (base64 != NULL)
        return decode_base64(arena, *base64, limits, out, error);
    if (data == NULL)
        return STATUS_OK;
    if (out->datacontenttype.data != NULL && !is_json(out->datacontenttype))
        return reject_content(out->datacontenttype, error);
    out->data = *data;
    return STATUS_OK;
}

static enum status event_from_json(struct arena *arena, struct json object,
                                   struct json_limits limits, struct event *out,
                                   struct error *error)
{
    if (object.type != JSON_OBJECT)
        return error_set(error, STATUS_REJECTED, "not a JSON object but a JSON %s",
                         json_type_name(object.type));
    struct attribute_list list = {.prefix = "", .error = error};
    for (uint32_t i = 0; i < object.count; i++) {
        struct json_member member = object.as.members[i];
        /* JSON format, 2.2: null is the same as absent, but of data it is a value. */
        if (text_is(member.name, "data") || text_is(member.name, "data_base64") ||
            member.value.type == JSON_NULL)
            continue;
        enum status status = list_add(&list, member.name, member.value);
        if (status != STATUS_OK)
            return status;
    }
    enum status status = event_from_attributes(arena, &list, out);
    return status == STATUS_OK ? decode_data(arena, object, limits, out, error) : status;
}

static enum status decode_structured(struct arena *arena, const struct record *record,
                                     struct json_limits limits, struct event *out,
                                     struct error *error)
{
    if (record->value.data == NULL)
        return error_set(error, STATUS_REJECTED,
                         "the value is null; in structured mode the event stands in it");
    struct json_limits whole = limits;
    if (whole.depth_max < UINT32_MAX)
        whole.depth_max++; /* the event is an object around the data */
    struct json object;
    enum status status = json_parse(arena, record->value, whole, &object, error);
    if (status == STATUS_OK)
        status = event_from_json(arena, object, limits, out, error);
    return status == STATUS_OK ? status : error_context(error, "value");
}

/* --- Decoding ------------------------------------------------------------------ */

static const struct header *find_content_type(const struct record *record)
{
    for (size_t i = 0; i < record->header_count; i++) {
        if (is_any_case(record->headers[i].name, "content-type"))
            return &record->headers[i];
    }
    return NULL;
}

static enum status decode_format(struct arena *arena, const struct record *record,
                                 struct text content_type, struct json_limits limits,
                                 struct event *out, struct error *error)
{
    struct text type = media_type(content_type);
    struct text format = from(type, strlen(CLOUDEVENTS_MEDIA_TYPE));
    if (starts_with_any_case(format, "-batch"))
        return error_set(error, STATUS_REJECTED,
                         "content-type %s: there are no batches in Kafka (binding 1.3)",
                         text_show(content_type).quoted);
    if (!is_any_case(format, "+json"))
        return error_set(error, STATUS_REJECTED,
                         "content-type %s: the only event format that is understood is "
                         "application/cloudevents+json",
                         text_show(content_type).quoted);
    return decode_structured(arena, record, limits, out, error);
}

/* What is wrong with a record that has no ce_specversion is said of the whole. */
static bool is_binary_event(const struct record *record)
{
    for (size_t i = 0; i < record->header_count; i++) {
        if (text_starts_with(record->headers[i].name, "ce_"))
            return true;
    }
    return false;
}

enum status cloudevent_decode(struct arena *arena, const struct record *record,
                              struct json_limits limits, struct event *out, struct error *error)
{
    *out = (struct event){.extensions = json_object(NULL, 0)};
    const struct header *header = find_content_type(record);
    if (header != NULL && starts_with_any_case(header->value, CLOUDEVENTS_MEDIA_TYPE))
        return decode_format(arena, record, header->value, limits, out, error);
    if (!is_binary_event(record))
        return error_set(error, STATUS_REJECTED,
                         "no CloudEvent: neither a header ce_specversion (binary mode) nor a "
                         "content-type of application/cloudevents+json (structured mode)");
    return decode_binary(arena, record, limits, out, error);
}

/* --- Encoding ------------------------------------------------------------------- */

/* All attributes of the event, checked, in the order in which they are written. */
static enum status list_event(const struct event *event, struct attribute_list *list)
{
    struct json extensions =
        event->extensions.type == JSON_OBJECT ? event->extensions : json_object(NULL, 0);
    struct event copy = *event;
    list_add(list, TEXT("specversion"), json_string(TEXT("1.0")));
    for (size_t i = 0; i < ATTRIBUTE_COUNT; i++) {
        struct text value = *event_attribute(&copy, &attributes[i]);
        struct text name = text_of(attributes[i].name);
        if (value.data != NULL)
            list_add(list, name, json_string(value));
        else if (attributes[i].is_required)
            return error_set(list->error, STATUS_REJECTED, "%s is missing",
                             label(list, name).quoted);
    }
    enum status status = STATUS_OK;
    if (extensions.count > CLOUDEVENT_EXTENSIONS_MAX)
        status = error_set(list->error, STATUS_REJECTED, "more than %d extension attributes",
                           CLOUDEVENT_EXTENSIONS_MAX);
    for (uint32_t i = 0; i < extensions.count && status == STATUS_OK; i++)
        status = list_add(list, extensions.as.members[i].name, extensions.as.members[i].value);
    for (size_t i = 0; i < list->count && status == STATUS_OK; i++)
        status = check_attribute(list, list->items[i].name, list->items[i].value);
    return status;
}

/* The JSON text of `value`, in the arena. */
static enum status write_value(struct arena *arena, struct json value, struct text *out,
                               struct error *error)
{
    if (json_packed_size(value) == SIZE_MAX)
        return error_set(error, STATUS_REJECTED,
                         "data is nested deeper than %d or larger than %zu MiB in memory",
                         JSON_WALK_DEPTH_MAX, JSON_PACKED_SIZE_MAX / 1024 / 1024);
    struct writer writer;
    writer_init_arena(&writer, arena, VALUE_SIZE_MAX);
    json_write(&writer, value);
    *out = writer_result(&writer);
    return writer.overflowed ? error_memory(error) : STATUS_OK;
}

/* The canonical string of an attribute's value (spec, "Type System"). */
static enum status attribute_text(struct arena *arena, struct json value, struct text *out,
                                  struct error *error)
{
    if (value.type != JSON_STRING)
        return write_value(arena, value, out, error); /* true, false, digits: as in JSON */
    *out = json_text(value);
    return STATUS_OK;
}

static enum status binary_header(struct arena *arena, struct json_member attribute,
                                 struct header *out, struct error *error)
{
    if (text_is(attribute.name, "datacontenttype")) {
        out->name = TEXT("content-type");
    } else {
        struct writer writer;
        writer_init_arena(&writer, arena, VALUE_SIZE_MAX);
        writer_string(&writer, "ce_");
        writer_text(&writer, attribute.name);
        if (writer.overflowed)
            return error_memory(error);
        out->name = writer_result(&writer);
    }
    return attribute_text(arena, attribute.value, &out->value, error);
}

static enum status encode_binary(struct arena *arena, const struct event *event,
                                 const struct attribute_list *list, struct record *out,
                                 struct error *error)
{
    struct header *headers = arena_alloc_array(arena, list->count + 1, sizeof *headers);
    if (headers == NULL)
        return error_memory(error);
    size_t count = 0;
    for (; count < list->count; count++) {
        enum status status = binary_header(arena, list->items[count], &headers[count], error);
        if (status != STATUS_OK)
            return status;
    }
    /* Said, as what JSON events leave out other bindings do not imply (JSON format 3.1.2). */
    if (event->has_data && event->datacontenttype.data == NULL)
        headers[count++] = (struct header){TEXT("content-type"), TEXT("application/json")};
    out->headers = headers;
    out->header_count = count;
    return event->has_data ? write_value(arena, event->data, &out->value, error) : STATUS_OK;
}

static enum status encode_structured(struct arena *arena, const struct event *event,
                                     struct record *out, struct error *error)
{
    struct header *header = arena_alloc(arena, sizeof *header);
    struct json object;
    if (header == NULL || !event_to_json(event, false, arena, &object))
        return error_memory(error);
    *header = (struct header){TEXT("content-type"), TEXT(STRUCTURED_CONTENT_TYPE)};
    out->headers = header;
    out->header_count = 1;
    return write_value(arena, object, &out->value, error);
}

enum status cloudevent_encode(struct arena *arena, const struct event *event,
                              enum content_mode mode, struct text topic, struct record *out,
                              struct error *error)
{
    *out = (struct record){
        .topic = topic, .partition = RECORD_PARTITION_BY_KEY, .key = event->subject};
    struct attribute_list list = {.prefix = "", .error = error};
    enum status status = list_event(event, &list);
    if (status != STATUS_OK)
        return status;
    if (event->has_data && event->datacontenttype.data != NULL && !is_json(event->datacontenttype))
        return reject_content(event->datacontenttype, error);
    return mode == CONTENT_BINARY ? encode_binary(arena, event, &list, out, error)
                                  : encode_structured(arena, event, out, error);
}
