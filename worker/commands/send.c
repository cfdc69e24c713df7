/* send.c - one event, as a service would send it. */
#include "adapters/json/json_parse.h"
#include "adapters/kafka/kafka.h"
#include "core/arena.h"
#include "core/orchestration/event.h"
#include "core/orchestration/step.h"
#include "core/orchestration/subject.h"
#include "worker/command.h"
#include "worker/commands/common.h"
#include "worker/printable.h"
#include "worker/time.h"

static enum status make_event(const struct command_call *call, const struct settings *settings,
                              struct event *out, struct error *error)
{
    const char *source = command_option(call, "source"), *id = command_option(call, "id");
    *out = (struct event){.type = text_of(call->arguments[0]),
                          .source = source == NULL ? TEXT("/xorca/send") : text_of(source),
                          .subject = text_of(command_option(call, "subject")),
                          .time = command_time(call->arena, time_now_ms()),
                          .datacontenttype = TEXT("application/json"),
                          .extensions = json_object(NULL, 0),
                          .data = json_object(NULL, 0),
                          .has_data = true};
    if (out->time.data == NULL)
        return error_memory(error);
    if (out->type.size == 0 || out->source.size == 0)
        return error_set(error, STATUS_REJECTED, "type and source must not be empty");
    if (out->subject.size == 0)
        return error_set(error, STATUS_REJECTED,
                         "--subject is missing: it says which orchestration is meant; `xorca "
                         "list --json` shows the subjects");
    if (out->subject.size > SUBJECT_SIZE_MAX)
        return error_set(error, STATUS_REJECTED, "--subject: more than %d bytes", SUBJECT_SIZE_MAX);
    if (command_json(call, "data", settings->json_limits, &out->data, error) != STATUS_OK)
        return error->status;
    if (id == NULL)
        return command_fresh_id(call->arena, &out->id, error);
    out->id = text_of(id);
    return id[0] == '\0' ? error_set(error, STATUS_REJECTED, "--id must not be empty") : STATUS_OK;
}

static enum status send(const struct command_call *call, const struct settings *settings,
                        const struct event *event, struct error *error)
{
    const char *topic = command_option(call, "topic");
    struct kafka_producer *producer = NULL;
    command_log_kafka();
    if (kafka_producer_create(&producer, settings->kafka, error) != STATUS_OK)
        return error->status;
    enum status status = command_send_event(
        producer, event, topic == NULL ? event_topic(event) : text_of(topic), call->arena, error);
    if (status == STATUS_OK)
        status = kafka_producer_flush(producer, KAFKA_TIMEOUT_MS, error);
    kafka_producer_destroy(producer);
    return status;
}

int command_send(struct command_call *call)
{
    struct error error;
    struct settings settings;
    struct event event;
    if (command_settings(call, &settings, &error) != STATUS_OK ||
        settings_need_kafka(&settings, &error) != STATUS_OK ||
        make_event(call, &settings, &event, &error) != STATUS_OK)
        return command_fail(&error);
    if (send(call, &settings, &event, &error) != STATUS_OK)
        return command_fail_kafka(&settings, &error);
    printf("sent ");
    printable_print(stdout, event.type, PRINTABLE_PLAIN);
    printf(" with id ");
    printable_print(stdout, event.id, PRINTABLE_PLAIN);
    fputc('\n', stdout);
    return EXIT_DONE;
}
