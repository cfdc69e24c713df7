#include "worker/commands/common.h"

#include <stdio.h>
#include <string.h>

#include "adapters/kafka/cloudevents.h"
#include "adapters/kafka/kafka.h"
#include "adapters/postgres/postgres.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/hash.h"
#include "core/orchestration/step.h"
#include "core/writer.h"
#include "worker/log.h"
#include "worker/printable.h"

/* The longest line of JSON that is printed. */
#define LINE_SIZE_MAX ((size_t)64 * 1024 * 1024)

enum status command_connect(const struct database *database, struct postgres **out,
                            struct error *error)
{
    if (postgres_connect(out, database->url, "xorca", error) == STATUS_OK &&
        postgres_schema_check(*out, error) == STATUS_OK)
        return STATUS_OK;
    postgres_close(*out);
    *out = NULL;
    return error_context(error, "database %s", database->name);
}

enum status command_connect_any(const struct settings *settings, struct postgres **out,
                                struct error *error)
{
    const struct databases *databases = &settings->databases;
    enum status status = STATUS_UNAVAILABLE;
    for (size_t i = 0; status == STATUS_UNAVAILABLE && i < databases->count; i++)
        status = command_connect(&databases->items[i], out, error);
    return status;
}

/* What to say of a name that nobody registered. */
static enum status unknown_definition(struct postgres *postgres, struct text name,
                                      struct arena *arena, struct error *error)
{
    struct definition_record *records;
    size_t count;
    if (postgres_definitions_read(postgres, TEXT_NONE, arena, &records, &count, error) != STATUS_OK)
        return error->status;
    struct text *names = arena_alloc_array(arena, count, sizeof *names);
    if (names == NULL)
        return error_memory(error);
    for (size_t i = 0; i < count; i++)
        names[i] = records[i].name;
    int nearest = text_nearest(name, names, count);
    if (nearest >= 0)
        return error_set(error, STATUS_REJECTED,
                         "no definition \"%.*s\" is registered; did you mean \"%.*s\"?",
                         TEXT_ARGS(name), TEXT_ARGS(names[nearest]));
    return error_set(error, STATUS_REJECTED,
                     "no definition \"%.*s\" is registered in this database; a worker registers "
                     "those of its folder XORCA_DEFINITIONS when it starts",
                     TEXT_ARGS(name));
}

enum status command_find_definitions(struct postgres *postgres, struct text name,
                                     struct arena *arena, struct definition_record **out,
                                     size_t *count, struct error *error)
{
    if (postgres_definitions_read(postgres, name, arena, out, count, error) != STATUS_OK)
        return error->status;
    if (*count > 0)
        return STATUS_OK;
    return unknown_definition(postgres, name, arena, error);
}

enum status command_fresh_id(struct arena *arena, struct text *out, struct error *error)
{
    struct hash128 random;
    FILE *source = fopen("/dev/urandom", "rb");
    size_t read = source == NULL ? 0 : fread(random.bytes, 1, sizeof random.bytes, source);
    if (source != NULL)
        fclose(source);
    if (read != sizeof random.bytes)
        return error_set(error, STATUS_FATAL, "/dev/urandom gives no randomness");
    char text[UUID_TEXT_SIZE];
    hash_uuid(random, text);
    *out = text_copy(arena, text_of(text));
    return out->data == NULL ? error_memory(error) : STATUS_OK;
}

struct text command_time(struct arena *arena, int64_t time_ms)
{
    enum { TIME_SIZE_MAX = 32 };
    struct writer writer;
    writer_init_arena(&writer, arena, TIME_SIZE_MAX);
    clock_write_ms(&writer, time_ms);
    return writer.overflowed ? TEXT_NONE : writer_result(&writer);
}

bool command_print_json(struct arena *arena, struct json value)
{
    struct writer line;
    writer_init_arena(&line, arena, LINE_SIZE_MAX);
    json_write(&line, value);
    writer_char(&line, '\n');
    if (line.overflowed)
        return false;
    fwrite(line.data, 1, line.size, stdout);
    return true;
}

void command_print_lines(FILE *file, struct text text, const char *indent)
{
    while (text.size > 0) {
        const char *end = memchr(text.data, '\n', text.size);
        size_t size = end == NULL ? text.size : (size_t)(end - text.data);
        fputs(indent, file);
        printable_print(file, (struct text){text.data, size}, PRINTABLE_PLAIN);
        fputc('\n', file);
        size += end != NULL;
        text = (struct text){text.data + size, text.size - size};
    }
}

/* --- State values ------------------------------------------------------------------- */

enum { STATE_SIZE_MAX = 16 * 1024, STATE_PATH_SIZE_MAX = 1024 };

/* The path of the state that is being written: names with dots between. */
struct state_path {
    char text[STATE_PATH_SIZE_MAX];
    size_t size;
};

static bool path_push(struct state_path *path, struct text name)
{
    size_t dot = path->size > 0;
    if (name.size + dot > sizeof path->text - path->size)
        return false;
    if (dot)
        path->text[path->size++] = '.';
    memcpy(path->text + path->size, name.data, name.size);
    path->size += name.size;
    return true;
}

static void write_leaf(struct writer *writer, const struct state_path *path)
{
    if (writer->size > 0)
        writer_char(writer, ' ');
    writer_bytes(writer, path->text, path->size);
}

static void write_state(struct writer *writer, struct json value, struct state_path *path,
                        int depth)
{
    size_t size = path->size;
    if (value.type == JSON_STRING && path_push(path, json_text(value)))
        write_leaf(writer, path);
    else if (value.type == JSON_OBJECT && value.count == 0)
        write_leaf(writer, path);
    for (uint32_t i = 0; value.type == JSON_OBJECT && i < value.count; i++) {
        size_t before = path->size;
        if (depth < MACHINE_STATE_DEPTH_MAX && path_push(path, value.as.members[i].name))
            write_state(writer, value.as.members[i].value, path, depth + 1);
        path->size = before;
    }
    path->size = size;
}

struct text command_state(struct arena *arena, struct json value)
{
    struct writer writer;
    struct state_path path = {.size = 0};
    writer_init_arena(&writer, arena, STATE_SIZE_MAX);
    write_state(&writer, value, &path, 0);
    return writer_result(&writer);
}

const char *command_status_name(int status)
{
    switch (status) {
    case ORCHESTRATION_ACTIVE: return "active";
    case ORCHESTRATION_COMPLETED: return "completed";
    case ORCHESTRATION_FAILED: return "failed";
    default: return "unknown";
    }
}

/* --- Kafka -------------------------------------------------------------------------- */

/* syslog's levels: 3 is an error. What librdkafka warns of, it repairs by itself. */
static void log_kafka(void *context, int level, const char *facility, const char *message)
{
    (void)context;
    enum log_level ours = level <= 3 ? LOG_WARN : LOG_DEBUG;
    const struct log_field fields[] = {log_string("facility", facility),
                                       log_string("reason", message)};
    log_write(ours, "kafka", fields, sizeof fields / sizeof *fields);
}

void command_log_kafka(void)
{
    kafka_log_to(log_kafka, NULL);
}

int command_fail_kafka(const struct settings *settings, struct error *error)
{
    for (size_t i = 0; error->status == STATUS_UNAVAILABLE && i < settings->kafka.count; i++) {
        if (strcmp(settings->kafka.items[i].name, "bootstrap.servers") == 0)
            error_context(error, "Kafka at %s", settings->kafka.items[i].value);
    }
    return command_fail(error);
}

enum status command_send_event(struct kafka_producer *producer, const struct event *event,
                               struct text topic, struct arena *arena, struct error *error)
{
    struct record record;
    if (cloudevent_encode(arena, event, CONTENT_BINARY, topic, &record, error) != STATUS_OK)
        return error->status;
    record.partition = RECORD_PARTITION_BY_KEY;
    record.key = event->subject;
    return kafka_producer_send(producer, &record, KAFKA_TIMEOUT_MS, error);
}

/* --- Records ------------------------------------------------------------------------ */

struct text command_header(const struct record *record, const char *name)
{
    for (size_t i = 0; i < record->header_count; i++) {
        if (text_is(record->headers[i].name, name))
            return record->headers[i].value;
    }
    return TEXT_NONE;
}
