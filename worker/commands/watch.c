/* watch.c - follows the lifecycle events of orchestrations, a line each. */
#include <string.h>

#include "adapters/kafka/cloudevents.h"
#include "adapters/kafka/kafka.h"
#include "core/arena.h"
#include "core/orchestration/event.h"
#include "core/orchestration/subject.h"
#include "core/writer.h"
#include "worker/command.h"
#include "worker/commands/common.h"
#include "worker/interrupt.h"
#include "worker/printable.h"
#include "worker/terminal.h"
#include "worker/time.h"

enum { RECORDS_MAX = 500, TOPIC_SIZE_MAX = 256 };

/* Memory of one batch of records, decoded. */
#define WATCH_MEMORY_MAX ((size_t)256 * 1024 * 1024)

struct watch {
    const struct settings *settings;
    struct arena *arena; /* one record */
    struct text wanted;  /* subject or process id; TEXT_NONE: all */
    bool as_json;
    bool colour;
};

/* "completed" of notif.xorca.book-summary.completed. */
static struct text last_segment(struct text type)
{
    size_t at = type.size;
    while (at > 0 && type.data[at - 1] != '.')
        at--;
    return (struct text){type.data + at, type.size - at};
}

static enum colour kind_colour(struct text kind)
{
    if (text_is(kind, "completed"))
        return COLOUR_GREEN;
    if (text_is(kind, "failed") || text_is(kind, "parked"))
        return COLOUR_RED;
    return text_is(kind, "transitioned") ? COLOUR_DIM : COLOUR_NONE;
}

static struct text process_id(struct watch *watch, const struct event *event)
{
    struct subject subject;
    struct error ignored;
    if (subject_read(watch->arena, event->subject, &subject, &ignored) == STATUS_OK)
        return subject.process_id;
    return event->subject;
}

static void print_for_people(struct watch *watch, const struct event *event)
{
    enum { KIND_WIDTH = 13, NAME_WIDTH = 20, VERSION_WIDTH = 8 };
    struct text kind = last_segment(event->type);
    const struct json *state = event->has_data ? json_get(event->data, "state") : NULL;
    enum colour colour = kind_colour(kind);
    printable_print(stdout, event->time, PRINTABLE_PLAIN);
    printf(" %s", colour == COLOUR_NONE ? "" : terminal_colour(watch->colour, colour));
    printable_print_column(stdout, kind, KIND_WIDTH);
    printf("%s", colour == COLOUR_NONE ? "" : terminal_colour(watch->colour, COLOUR_NONE));
    printable_print_column(stdout, json_get_string(event->data, "name"), NAME_WIDTH);
    fputc(' ', stdout);
    printable_print_column(stdout, json_get_string(event->data, "version"), VERSION_WIDTH);
    fputc(' ', stdout);
    printable_print(stdout, process_id(watch, event), PRINTABLE_PLAIN);
    if (state != NULL) {
        fputs("  ", stdout);
        printable_print(stdout, command_state(watch->arena, *state), PRINTABLE_PLAIN);
    }
    struct text cause = json_get_string(event->data, "event");
    if (cause.size > 0) {
        fputs("  by ", stdout);
        printable_print(stdout, cause, PRINTABLE_PLAIN);
    }
    fputc('\n', stdout);
}

static bool is_wanted(struct watch *watch, const struct event *event)
{
    return watch->wanted.data == NULL || text_equal(watch->wanted, event->subject) ||
           text_equal(watch->wanted, process_id(watch, event));
}

static enum status print_record(struct watch *watch, const struct record *record,
                                struct error *error)
{
    struct event event;
    struct json json;
    struct error problem;
    arena_reset(watch->arena);
    enum status status =
        cloudevent_decode(watch->arena, record, watch->settings->json_limits, &event, &problem);
    if (status == STATUS_REJECTED) {
        log_warn("record is no event", log_text("topic", record->topic),
                 log_number("partition", record->partition), log_number("offset", record->offset),
                 log_string("reason", problem.message));
        return STATUS_OK;
    }
    if (status != STATUS_OK) {
        *error = problem;
        return status;
    }
    if (!is_wanted(watch, &event))
        return STATUS_OK;
    if (!watch->as_json)
        print_for_people(watch, &event);
    else if (!event_to_json(&event, false, watch->arena, &json) ||
             !command_print_json(watch->arena, json))
        return error_memory(error);
    return STATUS_OK;
}

/* Brokers that are away come back: said once, then waited for. */
static enum status follow(struct watch *watch, struct kafka_reader *reader, struct error *error)
{
    static struct record records[RECORDS_MAX];
    bool is_away = false;
    while (!interrupt_requested()) {
        size_t count = 0;
        enum status status =
            kafka_reader_fetch(reader, INTERRUPT_POLL_MS, records, RECORDS_MAX, &count, error);
        if (status == STATUS_UNAVAILABLE && !is_away)
            log_warn("kafka is away", log_string("reason", error->message));
        is_away = status == STATUS_UNAVAILABLE;
        if (status != STATUS_OK && !is_away)
            return status;
        for (size_t i = 0; i < count; i++) {
            status = print_record(watch, &records[i], error);
            if (status != STATUS_OK)
                break;
        }
        kafka_reader_release(reader);
        fflush(stdout);
        if (!is_away && status != STATUS_OK)
            return status;
        if (is_away)
            time_sleep_ms(INTERRUPT_POLL_MS);
    }
    return STATUS_OK;
}

static enum status make_topic(struct arena *arena, const char *name, const char **topic,
                              struct error *error)
{
    if (name == NULL) {
        *topic = "^notif\\.xorca\\..*";
        return STATUS_OK;
    }
    if (!name_is_valid(text_of(name)))
        return error_set(error, STATUS_REJECTED,
                         "\"%s\" is no name of a definition: lower-case letters, digits, \"-\", "
                         "\"_\", and dots between",
                         name);
    struct writer writer;
    writer_init_arena(&writer, arena, TOPIC_SIZE_MAX);
    writer_string(&writer, "notif.xorca.");
    writer_bytes(&writer, name, strlen(name) + 1);
    *topic = writer.data;
    return writer.overflowed ? error_memory(error) : STATUS_OK;
}

static enum status watch_topics(struct command_call *call, struct watch *watch, struct error *error)
{
    const char *topic;
    struct kafka_reader *reader = NULL;
    enum kafka_start start =
        command_switch(call, "from-beginning") ? KAFKA_FROM_BEGINNING : KAFKA_FROM_END;
    if (make_topic(call->arena, call->argument_count > 0 ? call->arguments[0] : NULL, &topic,
                   error) != STATUS_OK)
        return error->status;
    command_log_kafka();
    if (kafka_reader_create(&reader, watch->settings->kafka, NULL, &topic, 1, start, error) !=
        STATUS_OK)
        return error->status;
    interrupt_install();
    enum status status = follow(watch, reader, error);
    kafka_reader_destroy(reader);
    return status;
}

int command_watch(struct command_call *call)
{
    struct error error;
    struct settings settings;
    struct watch watch = {.settings = &settings,
                          .wanted = text_of(command_option(call, "subject")),
                          .as_json = command_switch(call, "json"),
                          .colour = terminal_has_colour(stdout)};
    if (command_settings(call, &settings, &error) != STATUS_OK ||
        settings_need_kafka(&settings, &error) != STATUS_OK)
        return command_fail(&error);
    watch.arena = arena_create(WATCH_MEMORY_MAX);
    if (watch.arena == NULL)
        return command_fail_as(EXIT_FAILED, "out of memory");
    enum status status = watch_topics(call, &watch, &error);
    arena_destroy(watch.arena);
    return status == STATUS_OK ? EXIT_DONE : command_fail_kafka(&settings, &error);
}
