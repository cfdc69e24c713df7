/* emitted_event.c - which events a machine may send, whether they are known when the
 * definition is loaded or made by expressions. */
#include "core/machine/compile.h"

/* Kafka's limit on topic names; without a route an event's topic is its type. */
enum { TYPE_SIZE_MAX = 249, ATTRIBUTE_SIZE_MAX = 20 };

static bool is_topic_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

const char *emitted_type_problem(struct text type)
{
    if (text_starts_with(type, "evt.") || text_starts_with(type, "sys."))
        return "evt.* and sys.* are what services answer; emit cmd.* or notif.*";
    if (!text_starts_with(type, "cmd.") && !text_starts_with(type, "notif."))
        return "only cmd.* (to services) and notif.* (to the world) can be emitted";
    if (text_starts_with(type, "notif.xorca."))
        return "notif.xorca.* are the lifecycle events, which are sent by themselves";
    if (type.size > TYPE_SIZE_MAX)
        return "it is longer than 249 bytes, the most that a topic's name can have";
    if (text_ends_with(type, "."))
        return "it ends in \".\"";
    for (size_t i = 0; i < type.size; i++) {
        if (!is_topic_character(type.data[i]))
            return "it names a topic: use letters, digits, \".\", \"_\" and \"-\"";
    }
    return NULL;
}

static bool is_one_of(struct text name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (text_is(name, names[i]))
            return true;
    }
    return false;
}

const char *attribute_name_problem(struct text name)
{
    static const char *const context[] = {"id",          "source",          "specversion", "time",
                                          "data_base64", "datacontenttype", "dataschema"};
    static const char *const ours[] = {"correlationid", "causationid", "traceparent", "tracestate"};
    if (is_one_of(name, context, sizeof context / sizeof *context))
        return "this attribute is set by the worker that sends the event";
    if (is_one_of(name, ours, sizeof ours / sizeof *ours))
        return "this extension is set by the worker, which knows what caused the event";
    if (name.size == 0 || name.size > ATTRIBUTE_SIZE_MAX)
        return "an extension attribute's name has 1 to 20 characters";
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9'))
            return "an extension attribute's name has lower-case letters and digits only; "
                   "what services shall read belongs into \"data\"";
    }
    return NULL;
}

bool attribute_value_is_valid(struct json value)
{
    if (value.type == JSON_INT)
        return value.as.integer >= INT32_MIN && value.as.integer <= INT32_MAX;
    return value.type == JSON_STRING || value.type == JSON_FALSE || value.type == JSON_TRUE;
}

static enum status check_attribute(struct text name, struct json value, struct error *error)
{
    if (text_is(name, "data"))
        return STATUS_OK;
    if (text_is(name, "subject")) {
        if (value.type == JSON_STRING && value.count > 0)
            return STATUS_OK;
        return error_set(error, STATUS_REJECTED,
                         "the subject of an emitted event must be a string that is not empty");
    }
    const char *problem = attribute_name_problem(name);
    if (problem != NULL)
        return error_set(error, STATUS_REJECTED, "%s cannot be given to an emitted event: %s",
                         quote(name).text, problem);
    if (!attribute_value_is_valid(value))
        return error_set(error, STATUS_REJECTED,
                         "extension attribute %s of an emitted event must be a string, a boolean "
                         "or an integer of 32 bits, not %s",
                         quote(name).text, json_phrase(value));
    return STATUS_OK;
}

enum status emitted_event_check(struct json event, struct error *error)
{
    if (event.type != JSON_OBJECT)
        return error_set(error, STATUS_REJECTED, "an emitted event must be an object, not %s",
                         json_phrase(event));
    const struct json *type = json_get(event, "type");
    if (type == NULL || type->type != JSON_STRING)
        return error_set(error, STATUS_REJECTED, "an emitted event must have a string \"type\"");
    const char *problem = emitted_type_problem(json_text(*type));
    if (problem != NULL)
        return error_set(error, STATUS_REJECTED, "an event of type %s cannot be emitted: %s",
                         quote(json_text(*type)).text, problem);
    for (uint32_t i = 0; i < event.count; i++) {
        const struct json_member *member = &event.as.members[i];
        if (text_is(member->name, "type"))
            continue;
        if (check_attribute(member->name, member->value, error) != STATUS_OK)
            return error->status;
    }
    return STATUS_OK;
}
