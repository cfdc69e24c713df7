#include "core/orchestration/catalogue_schema.h"

#include "core/writer.h"

/* The other attributes that an event of ours has, or may have. */
static const char attributes[] =
    "\"id\":{\"type\":\"string\",\"minLength\":1},\"subject\":{\"type\":\"string\"},"
    "\"time\":{\"type\":\"string\",\"format\":\"date-time\"},"
    "\"datacontenttype\":{\"const\":\"application/json\"},\"dataschema\":{\"type\":\"string\"},"
    "\"correlationid\":{\"type\":\"string\"},\"causationid\":{\"type\":\"string\"},"
    "\"traceparent\":{\"type\":\"string\"},\"tracestate\":{\"type\":\"string\"},"
    "\"to\":{\"type\":\"string\"},\"redirectto\":{\"type\":\"string\"},"
    "\"executionunits\":{\"type\":\"string\"}";

/* --- Contracts ----------------------------------------------------------------------------- */

struct embedding {
    struct writer *writer;
    struct text pointer; /* TEXT_NONE: nothing is made to lead elsewhere */
};

/* "#" and "#/..."; an anchor, "#name", is found wherever its schema stands. */
static bool is_local(struct json reference)
{
    struct text text = reference.type == JSON_STRING ? json_text(reference) : TEXT_NONE;
    return text_is(text, "#") || text_starts_with(text, "#/");
}

static void write_local(const struct embedding *embedding, struct text reference)
{
    char text[1024];
    struct writer joined;
    writer_init(&joined, text, sizeof text);
    writer_text(&joined, embedding->pointer);
    writer_bytes(&joined, reference.data + 1, reference.size - 1);
    json_write_string(embedding->writer, writer_result(&joined));
    if (joined.overflowed) /* a reference that was cut would lead somewhere else */
        embedding->writer->overflowed = true;
}

static void write_schema(const struct embedding *embedding, struct json schema, int depth);

static void write_members(const struct embedding *embedding, struct json schema, int depth)
{
    bool is_first = true;
    writer_char(embedding->writer, '{');
    for (uint32_t i = 0; i < schema.count; i++) {
        const struct json_member *member = &schema.as.members[i];
        bool is_reference = text_is(member->name, "$ref") && is_local(member->value);
        if (depth == 0 && (text_is(member->name, "$id") || text_is(member->name, "$schema")))
            continue;
        if (!is_first)
            writer_char(embedding->writer, ',');
        json_write_string(embedding->writer, member->name);
        writer_char(embedding->writer, ':');
        if (is_reference)
            write_local(embedding, json_text(member->value));
        else
            write_schema(embedding, member->value, depth + 1);
        is_first = false;
    }
    writer_char(embedding->writer, '}');
}

/* A definition is no deeper than its parser lets it be; beyond that nothing is written. */
static void write_schema(const struct embedding *embedding, struct json schema, int depth)
{
    if (depth > JSON_WALK_DEPTH_MAX) {
        embedding->writer->overflowed = true;
    } else if (schema.type == JSON_OBJECT) {
        write_members(embedding, schema, depth);
    } else if (schema.type == JSON_ARRAY) {
        writer_char(embedding->writer, '[');
        for (uint32_t i = 0; i < schema.count; i++) {
            if (i > 0)
                writer_char(embedding->writer, ',');
            write_schema(embedding, schema.as.items[i], depth + 1);
        }
        writer_char(embedding->writer, ']');
    } else {
        json_write(embedding->writer, schema);
    }
}

/* What the start carries: core/orchestration/address.c reads it. */
static void write_start_data(struct writer *writer, const struct catalogue_event *event,
                             struct text pointer)
{
    char text[1024];
    struct writer place;
    writer_init(&place, text, sizeof text);
    writer_text(&place, pointer);
    writer_string(&place, "/properties/context");
    writer_string(writer, "{\"type\":\"object\",\"required\":[\"processId\"],\"properties\":{"
                          "\"processId\":{\"type\":\"string\"},"
                          "\"version\":{\"type\":[\"string\",\"null\"]},\"context\":");
    if (event->contract == NULL)
        writer_string(writer, "{\"type\":\"object\"}");
    else
        write_schema(&(struct embedding){writer, writer_result(&place)}, *event->contract, 0);
    writer_string(writer, "}}");
}

void catalogue_write_data_schema(struct writer *writer, const struct catalogue_event *event,
                                 struct text pointer)
{
    if (event->kind == CATALOGUE_START)
        write_start_data(writer, event, pointer);
    else if (event->data != NULL)
        writer_string(writer, event->data);
    else if (event->contract == NULL || event->contract->type == JSON_TRUE)
        writer_string(writer, "{}"); /* as true, which AsyncAPI does not take here */
    else if (event->contract->type == JSON_FALSE)
        writer_string(writer, "{\"not\":{}}");
    else
        write_schema(&(struct embedding){writer, pointer}, *event->contract, 0);
}

/* --- Whole events ----------------------------------------------------------------------------- */

/* "evt.a.*" stands for all types that begin so. */
static void write_type(struct writer *writer, struct text type)
{
    if (text_is(type, "*")) {
        writer_string(writer, "{\"type\":\"string\"}");
    } else if (text_ends_with(type, ".*")) {
        writer_string(writer, "{\"type\":\"string\",\"pattern\":\"^");
        for (size_t i = 0; i < type.size - 2; i++) {
            if (type.data[i] == '.')
                writer_string(writer, "\\\\.");
            else
                writer_char(writer, type.data[i]);
        }
        writer_string(writer, "(\\\\.|$)\"}");
    } else {
        writer_string(writer, "{\"const\":");
        json_write_string(writer, type);
        writer_char(writer, '}');
    }
}

void catalogue_write_event_schema(struct writer *writer, const struct machine *machine,
                                  const struct catalogue_event *event)
{
    /* The schema of one event is a document of its own: local references of a contract are
       resolved from its `$id`, so that none needs to be made to lead elsewhere. */
    writer_string(writer, "{\"$id\":\"urn:xorca:");
    writer_text(writer, machine_id(machine));
    writer_char(writer, ':');
    writer_text(writer, machine_version(machine));
    writer_char(writer, ':');
    for (size_t i = 0; i < event->type.size; i++)
        writer_char(writer, event->type.data[i] == '*' ? '+' : event->type.data[i]);
    writer_string(writer, "\",\"type\":\"object\",\"required\":[\"specversion\",\"id\",\"source\","
                          "\"type\",\"subject\"],\"properties\":{"
                          "\"specversion\":{\"const\":\"1.0\"},\"type\":");
    write_type(writer, event->type);
    writer_string(writer, ",\"source\":");
    if (event->source.size == 0) {
        writer_string(writer, "{\"type\":\"string\",\"minLength\":1}");
    } else {
        writer_string(writer, "{\"const\":");
        json_write_string(writer, event->source);
        writer_char(writer, '}');
    }
    writer_char(writer, ',');
    writer_string(writer, attributes);
    writer_string(writer, ",\"data\":");
    catalogue_write_data_schema(writer, event, TEXT("#/properties/data"));
    writer_string(writer, "}}");
}
