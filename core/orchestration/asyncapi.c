/* asyncapi.c - a definition as an AsyncAPI 3.0 document (asyncapi.com, v3.0.0).
 *
 * A channel is a topic; a message an event in CloudEvents' binary mode: attributes are
 * headers, the payload is the data. The keys of channels, messages and operations are the
 * events' types, which have only characters that AsyncAPI allows in a key. */
#include "core/arena.h"
#include "core/orchestration/catalogue_schema.h"
#include "core/writer.h"

/* The key of what belongs to a type: "*" is not allowed in one. */
static void write_key(struct writer *writer, struct text type)
{
    for (size_t i = 0; i < type.size; i++) {
        if (type.data[i] == '*')
            writer_string(writer, "ANY");
        else
            writer_char(writer, type.data[i]);
    }
}

static bool is_wildcard(struct text type)
{
    return text_ends_with(type, "*");
}

static bool is_sent(const struct catalogue_event *event)
{
    return event->kind != CATALOGUE_START && event->kind != CATALOGUE_ACCEPTED;
}

static const char *summary_of(enum catalogue_kind kind)
{
    switch (kind) {
    case CATALOGUE_START: return "Begins an orchestration.";
    case CATALOGUE_ACCEPTED: return "Moves an orchestration that waits for it.";
    case CATALOGUE_EMITTED: return "Sent by an orchestration.";
    case CATALOGUE_START_ERROR: return "Answers a start that was refused.";
    case CATALOGUE_ERROR: return "Answers an event that was refused and changed nothing.";
    case CATALOGUE_LIFECYCLE: return "Tells how an orchestration goes.";
    }
    return "";
}

/* --- Info ------------------------------------------------------------------------------------ */

static void write_info(struct writer *writer, const struct catalogue_document *document,
                       struct json definition)
{
    struct text description = json_get_string(definition, "description");
    writer_string(writer, "{\"asyncapi\":\"3.0.0\",\"info\":{\"title\":");
    json_write_string(writer, machine_id(document->machine));
    writer_string(writer, ",\"version\":");
    json_write_string(writer, machine_version(document->machine));
    if (description.data != NULL) {
        writer_string(writer, ",\"description\":");
        json_write_string(writer, description);
    }
    writer_string(writer, "},\"defaultContentType\":\"application/json\"");
}

/* --- Channels ---------------------------------------------------------------------------------- */

/* "evt.a.*" is many topics: an address with a parameter. */
static void write_address(struct writer *writer, struct text topic)
{
    if (!is_wildcard(topic)) {
        json_write_string(writer, topic);
        return;
    }
    writer_char(writer, '"');
    writer_bytes(writer, topic.data, topic.size - 1);
    writer_string(writer, "{rest}\",\"parameters\":{\"rest\":{\"description\":"
                          "\"what follows in the type\"}}");
}

/* Lifecycle events share a topic: the channel is written with its first event. */
static bool is_first_of_topic(const struct catalogue_document *document, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (text_equal(document->events[i].topic, document->events[index].topic))
            return false;
    }
    return true;
}

static void write_channel(struct writer *writer, const struct catalogue_document *document,
                          size_t index)
{
    struct text topic = document->events[index].topic;
    bool is_first = true;
    writer_char(writer, '"');
    write_key(writer, topic);
    writer_string(writer, "\":{\"address\":");
    write_address(writer, topic);
    writer_string(writer, ",\"messages\":{");
    for (size_t i = index; i < document->count; i++) {
        if (!text_equal(document->events[i].topic, topic))
            continue;
        writer_string(writer, is_first ? "\"" : ",\"");
        write_key(writer, document->events[i].type);
        writer_string(writer, "\":{\"$ref\":\"#/components/messages/");
        write_key(writer, document->events[i].type);
        writer_string(writer, "\"}");
        is_first = false;
    }
    writer_string(writer, "}}");
}

static void write_channels(struct writer *writer, const struct catalogue_document *document)
{
    bool is_first = true;
    writer_string(writer, ",\"channels\":{");
    for (size_t i = 0; i < document->count; i++) {
        if (!is_first_of_topic(document, i))
            continue;
        if (!is_first)
            writer_char(writer, ',');
        write_channel(writer, document, i);
        is_first = false;
    }
    writer_char(writer, '}');
}

/* --- Operations --------------------------------------------------------------------------------- */

static void write_operation(struct writer *writer, const struct catalogue_event *event)
{
    const char *action = is_sent(event) ? "send" : "receive";
    writer_format(writer, "\"%s.", action);
    write_key(writer, event->type);
    writer_format(writer,
                  "\":{\"action\":\"%s\",\"summary\":\"%s\",\"channel\":{\"$ref\":\"#/channels/",
                  action, summary_of(event->kind));
    write_key(writer, event->topic);
    writer_string(writer, "\"},\"messages\":[{\"$ref\":\"#/channels/");
    write_key(writer, event->topic);
    writer_string(writer, "/messages/");
    write_key(writer, event->type);
    writer_string(writer, "\"}]}");
}

static void write_operations(struct writer *writer, const struct catalogue_document *document)
{
    writer_string(writer, ",\"operations\":{");
    for (size_t i = 0; i < document->count; i++) {
        if (i > 0)
            writer_char(writer, ',');
        write_operation(writer, &document->events[i]);
    }
    writer_char(writer, '}');
}

/* --- Messages ------------------------------------------------------------------------------------ */

/* CloudEvents, Kafka protocol binding 1.0.2, "Binary Content Mode". */
static void write_headers(struct writer *writer, const struct catalogue_event *event)
{
    writer_string(writer, "\"headers\":{\"type\":\"object\",\"required\":[\"ce_specversion\","
                          "\"ce_id\",\"ce_source\",\"ce_type\",\"ce_subject\"],\"properties\":{"
                          "\"ce_specversion\":{\"const\":\"1.0\"},\"ce_id\":{\"type\":\"string\"},"
                          "\"ce_source\":");
    if (event->source.size > 0) {
        writer_string(writer, "{\"const\":");
        json_write_string(writer, event->source);
        writer_char(writer, '}');
    } else {
        writer_string(writer, "{\"type\":\"string\"}");
    }
    writer_string(writer, ",\"ce_type\":");
    if (is_wildcard(event->type)) {
        writer_string(writer, "{\"type\":\"string\"}");
    } else {
        writer_string(writer, "{\"const\":");
        json_write_string(writer, event->type);
        writer_char(writer, '}');
    }
    writer_string(writer, ",\"ce_subject\":{\"type\":\"string\"},"
                          "\"ce_time\":{\"type\":\"string\",\"format\":\"date-time\"},"
                          "\"ce_correlationid\":{\"type\":\"string\"},"
                          "\"ce_causationid\":{\"type\":\"string\"},"
                          "\"ce_traceparent\":{\"type\":\"string\"}}}");
}

static void write_payload_reference(struct writer *writer,
                                    const struct catalogue_document *document,
                                    const struct catalogue_event *from,
                                    const struct catalogue_event *to)
{
    (void)document;
    (void)from;
    writer_string(writer, "#/components/messages/");
    write_key(writer, to->type);
    writer_string(writer, "/payload");
}

static void write_message(struct writer *writer, const struct catalogue_document *document,
                          const struct catalogue_event *event)
{
    writer_char(writer, '"');
    write_key(writer, event->type);
    writer_string(writer, "\":{\"name\":");
    json_write_string(writer, event->type);
    writer_format(writer, ",\"summary\":\"%s\",\"contentType\":\"application/json\",",
                  summary_of(event->kind));
    write_headers(writer, event);
    writer_string(writer, ",\"payload\":");
    catalogue_write_data_schema(writer, document, event);
    /* The record's key is the subject: all of an orchestration is in one partition. */
    writer_string(writer, ",\"bindings\":{\"kafka\":{\"key\":{\"type\":\"string\",\"description\":"
                          "\"the subject of the orchestration\"}}}}");
}

static void write_components(struct writer *writer, const struct catalogue_document *document)
{
    writer_string(writer, ",\"components\":{\"messages\":{");
    for (size_t i = 0; i < document->count; i++) {
        if (i > 0)
            writer_char(writer, ',');
        write_message(writer, document, &document->events[i]);
    }
    writer_string(writer, "}}}");
}

bool asyncapi_write(const struct catalogue_definition *definition, struct arena *arena,
                    struct writer *writer)
{
    struct catalogue_document document = {.machine = definition->machine,
                                          .write_reference = write_payload_reference};
    if (!catalogue_events(definition, arena, &document.events, &document.count))
        return false;
    write_info(writer, &document, definition->definition);
    write_channels(writer, &document);
    write_operations(writer, &document);
    write_components(writer, &document);
    return true;
}
