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

/* Where the contract of the input stands in the data of a start. */
static const char start_contract_pointer[] = "/properties/context";

/* --- Contracts ----------------------------------------------------------------------------- */

struct embedding {
    struct writer *writer;
    const struct catalogue_document *document;
    const struct catalogue_event *event;
};

/* The event whose contract a reference means by the part before "#": none: its own. */
static const struct catalogue_event *target_of(const struct embedding *embedding, struct text id)
{
    const struct catalogue_document *document = embedding->document;
    if (id.size == 0)
        return embedding->event;
    for (size_t i = 0; i < document->count; i++) {
        const struct json *contract = document->events[i].contract;
        if (contract != NULL && text_equal(json_get_string(*contract, "$id"), id))
            return &document->events[i];
    }
    return NULL;
}

/* Rewrites a reference that leads to a contract of the definition; others stay as they are,
 * and so do anchors ("#name"), which are found wherever their schema stands. */
static void write_reference(const struct embedding *embedding, struct json reference)
{
    struct text text = json_text(reference);
    const char *hash = text.size == 0 ? NULL : memchr(text.data, '#', text.size);
    size_t id_size = hash == NULL ? text.size : (size_t)(hash - text.data);
    struct text fragment = {text.data + id_size, text.size - id_size};
    const struct catalogue_event *target = target_of(embedding, (struct text){text.data, id_size});
    bool is_pointer = fragment.size <= 1 || fragment.data[1] == '/';
    if (target == NULL || !is_pointer) {
        json_write(embedding->writer, reference);
        return;
    }
    char joined[1024];
    struct writer writer;
    writer_init(&writer, joined, sizeof joined);
    embedding->document->write_reference(&writer, embedding->document, embedding->event, target);
    if (target->kind == CATALOGUE_START)
        writer_string(&writer, start_contract_pointer);
    if (fragment.size > 1)
        writer_bytes(&writer, fragment.data + 1, fragment.size - 1);
    json_write_string(embedding->writer, writer_result(&writer));
    if (writer.overflowed) /* a reference that was cut would lead somewhere else */
        writer_overflow(embedding->writer);
}

static void write_schema(const struct embedding *embedding, struct json schema, int depth);

static void write_members(const struct embedding *embedding, struct json schema, int depth)
{
    bool is_first = true;
    writer_char(embedding->writer, '{');
    for (uint32_t i = 0; i < schema.count; i++) {
        const struct json_member *member = &schema.as.members[i];
        bool is_reference = text_is(member->name, "$ref") && member->value.type == JSON_STRING;
        if (depth == 0 && (text_is(member->name, "$id") || text_is(member->name, "$schema")))
            continue;
        if (!is_first)
            writer_char(embedding->writer, ',');
        json_write_string(embedding->writer, member->name);
        writer_char(embedding->writer, ':');
        if (is_reference)
            write_reference(embedding, member->value);
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
        writer_overflow(embedding->writer);
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

/* A contract may be true or false, which AsyncAPI does not take for a payload. */
static void write_contract(const struct embedding *embedding)
{
    const struct json *contract = embedding->event->contract;
    if (contract == NULL || contract->type == JSON_TRUE)
        writer_string(embedding->writer, "{}");
    else if (contract->type == JSON_FALSE)
        writer_string(embedding->writer, "{\"not\":{}}");
    else
        write_schema(embedding, *contract, 0);
}

void catalogue_write_data_schema(struct writer *writer, const struct catalogue_document *document,
                                 const struct catalogue_event *event)
{
    const struct embedding embedding = {writer, document, event};
    if (event->kind == CATALOGUE_START) {
        /* What the start carries: address.c reads it. */
        writer_string(writer, "{\"type\":\"object\",\"required\":[\"processId\"],\"properties\":{"
                              "\"processId\":{\"type\":\"string\"},"
                              "\"version\":{\"type\":[\"string\",\"null\"]},\"context\":");
        write_contract(&embedding);
        writer_string(writer, "}}");
    } else if (event->data != NULL) {
        writer_string(writer, event->data);
    } else {
        write_contract(&embedding);
    }
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

/* "urn:xorca:door:1.0.0:evt.open": what the schema of an event is called. */
static void write_schema_id(struct writer *writer, const struct machine *machine,
                            const struct catalogue_event *event)
{
    writer_string(writer, "urn:xorca:");
    writer_text(writer, machine_id(machine));
    writer_char(writer, ':');
    writer_text(writer, machine_version(machine));
    writer_char(writer, ':');
    for (size_t i = 0; i < event->type.size; i++)
        writer_char(writer, event->type.data[i] == '*' ? '+' : event->type.data[i]);
}

static void write_reference_between_events(struct writer *writer,
                                           const struct catalogue_document *document,
                                           const struct catalogue_event *from,
                                           const struct catalogue_event *to)
{
    if (from != to)
        write_schema_id(writer, document->machine, to);
    writer_string(writer, "#/properties/data");
}

void catalogue_write_event_schema(struct writer *writer, const struct machine *machine,
                                  const struct catalogue_event *events, size_t count,
                                  const struct catalogue_event *event)
{
    const struct catalogue_document document = {machine, events, count,
                                                write_reference_between_events};
    writer_string(writer, "{\"$id\":\"");
    write_schema_id(writer, machine, event);
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
    catalogue_write_data_schema(writer, &document, event);
    writer_string(writer, "}}");
}
