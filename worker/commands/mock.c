/* mock.c - services that answer commands by the rules of a file.
 *
 * One thread: fetch a batch of commands, answer each at once or put the answer into the
 * heap of those that wait, send what is due. Ctrl-C takes no more commands and sends what
 * waits, each at its time. As of any service that keeps its work in memory, what waits
 * when it is killed is lost; what was answered may be answered again, with the same id. */
#include <inttypes.h>
#include <string.h>

#include "adapters/json/json_locate.h"
#include "adapters/json/json_parse.h"
#include "adapters/kafka/cloudevents.h"
#include "adapters/kafka/kafka.h"
#include "core/arena.h"
#include "worker/command.h"
#include "worker/commands/common.h"
#include "worker/commands/pending.h"
#include "worker/commands/services.h"
#include "worker/input.h"
#include "worker/interrupt.h"
#include "worker/time.h"

/* Answers leave in ticks: a thousand delays are not a thousand wakings. */
enum { TICK_MS = 5 };

enum { RECORDS_MAX = 1000, FILE_SIZE_MAX = 16 * 1024 * 1024 };

/* Memory of one command with its answer. */
#define TURN_MEMORY_MAX ((size_t)64 * 1024 * 1024)

struct mock {
    const struct settings *settings;
    const struct services *services;
    uint64_t seed;
    struct arena *arena; /* one command */
    struct kafka_reader *reader;
    struct kafka_producer *producer;
    struct pending pending;
    uint64_t answered;
    uint64_t failed;
    uint64_t repeated;
    uint64_t refused; /* no event, or an expression of its rule failed */
};

/* --- One command --------------------------------------------------------------------- */

static void log_refused(struct mock *mock, const struct record *record, const char *reason)
{
    mock->refused++;
    log_warn("command is not answered", log_text("topic", record->topic),
             log_number("partition", record->partition), log_number("offset", record->offset),
             log_text("subject", record->key), log_string("reason", reason));
}

static enum status send_or_keep(struct mock *mock, const struct record *record, int64_t now_ms,
                                int64_t due_ms, struct error *error)
{
    if (due_ms <= now_ms) {
        enum status status = kafka_producer_send(mock->producer, record, KAFKA_TIMEOUT_MS, error);
        if (status != STATUS_UNAVAILABLE)
            return status;
    }
    return pending_add(&mock->pending, record, due_ms, error);
}

static enum status send_reply(struct mock *mock, const struct service_reply *reply, int64_t now_ms,
                              struct error *error)
{
    struct record record;
    if (cloudevent_encode(mock->arena, &reply->event, CONTENT_BINARY, reply->event.type, &record,
                          error) != STATUS_OK)
        return error->status;
    record.key = reply->event.subject;
    record.partition = RECORD_PARTITION_BY_KEY;
    int64_t due_ms = now_ms + reply->delay_ms;
    if (send_or_keep(mock, &record, now_ms, due_ms, error) != STATUS_OK)
        return error->status;
    mock->answered++;
    mock->failed += reply->is_failure;
    if (!reply->is_repeated)
        return STATUS_OK;
    mock->repeated++;
    return send_or_keep(mock, &record, now_ms, due_ms + reply->repeat_after_ms, error);
}

/* What is wrong with one command is logged and concerns no other. */
static enum status answer(struct mock *mock, const struct record *record, int64_t now_ms,
                          struct error *error)
{
    struct event command;
    struct service_reply reply;
    bool found = false;
    arena_reset(mock->arena);
    enum status status =
        cloudevent_decode(mock->arena, record, mock->settings->json_limits, &command, error);
    if (status == STATUS_OK)
        status = services_answer(mock->services, mock->seed, &command, now_ms,
                                 mock->settings->step.limits.expression_cost_max, mock->arena,
                                 &reply, &found, error);
    if (status == STATUS_OK && found)
        status = send_reply(mock, &reply, now_ms, error);
    if (status != STATUS_REJECTED)
        return status;
    log_refused(mock, record, error->message);
    return STATUS_OK;
}

/* --- The loop ------------------------------------------------------------------------ */

static enum status send_due(struct mock *mock, int64_t now_ms, struct error *error)
{
    const struct pending_item *item;
    while ((item = pending_first(&mock->pending)) != NULL && item->due_ms <= now_ms) {
        if (kafka_producer_send(mock->producer, &item->record, KAFKA_TIMEOUT_MS, error) !=
            STATUS_OK)
            return error->status;
        pending_remove_first(&mock->pending);
    }
    return kafka_producer_poll(mock->producer, error);
}

/* Until the next answer is due, and no longer than Ctrl-C may wait. */
static int wait_ms(const struct mock *mock, int64_t now_ms)
{
    const struct pending_item *item = pending_first(&mock->pending);
    if (item == NULL || item->due_ms - now_ms > INTERRUPT_POLL_MS)
        return INTERRUPT_POLL_MS;
    return item->due_ms - now_ms > TICK_MS ? (int)(item->due_ms - now_ms) : TICK_MS;
}

static enum status answer_some(struct mock *mock, int timeout_ms, struct error *error)
{
    static struct record records[RECORDS_MAX];
    size_t count = 0;
    /* Too many wait: fetch one at a time, and only as they leave. */
    size_t max = mock->pending.bytes < PENDING_BYTES_MAX ? RECORDS_MAX : 1;
    enum status status = kafka_reader_fetch(mock->reader, timeout_ms, records, max, &count, error);
    int64_t now_ms = time_now_ms();
    for (size_t i = 0; status == STATUS_OK && i < count; i++)
        status = answer(mock, &records[i], now_ms, error);
    kafka_reader_release(mock->reader);
    return status;
}

/* What still waits is sent at its time, for as long as a worker would drain. */
static enum status drain(struct mock *mock, struct error *error)
{
    int64_t deadline_ms = time_monotonic_ms() + mock->settings->drain_timeout_ms;
    while (pending_first(&mock->pending) != NULL && time_monotonic_ms() < deadline_ms) {
        time_sleep_ms(wait_ms(mock, time_now_ms()));
        if (send_due(mock, time_now_ms(), error) != STATUS_OK)
            return error->status;
    }
    return kafka_producer_flush(mock->producer, KAFKA_TIMEOUT_MS, error);
}

/* Brokers that are away come back; what waits, waits on. */
static enum status serve(struct mock *mock, struct error *error)
{
    bool is_away = false;
    while (!interrupt_requested()) {
        enum status status = answer_some(mock, wait_ms(mock, time_now_ms()), error);
        if (status == STATUS_OK)
            status = send_due(mock, time_now_ms(), error);
        if (status == STATUS_UNAVAILABLE && !is_away)
            log_warn("kafka is away", log_string("reason", error->message));
        is_away = status == STATUS_UNAVAILABLE;
        if (status != STATUS_OK && !is_away)
            return status;
        if (is_away)
            time_sleep_ms(INTERRUPT_POLL_MS);
    }
    return drain(mock, error);
}

/* --- The command --------------------------------------------------------------------- */

static enum status read_services(struct mock *mock, struct command_call *call, struct error *error)
{
    const char *path = call->arguments[0];
    const struct json_limits limits = {mock->settings->json_limits.depth_max, FILE_SIZE_MAX};
    struct text text;
    struct json json;
    struct problem_list *problems = arena_alloc(call->arena, sizeof *problems);
    if (problems == NULL)
        return error_memory(error);
    problem_list_init(problems, call->arena);
    if (input_read_file(call->arena, path, FILE_SIZE_MAX, &text, error) != STATUS_OK)
        return error->status;
    if (json_parse(call->arena, text, limits, &json, error) != STATUS_OK)
        return error_context(error, "%s", path);
    if (services_compile(call->arena, json, problems, &mock->services, error) != STATUS_OK) {
        json_locate_problems(text, problems);
        command_print_problems(path, problems);
        return error_context(error, "%s", path);
    }
    mock->seed = services_seed(mock->services);
    return command_number(call, "seed", 0, INT64_MAX, &mock->seed, error);
}

static enum status open_kafka(struct mock *mock, struct command_call *call, struct error *error)
{
    const char *group = command_option(call, "mock-group");
    const char *const *topics;
    size_t count;
    if (services_subscription(mock->services, call->arena, &topics, &count, error) != STATUS_OK)
        return error->status;
    command_log_kafka();
    if (kafka_producer_create(&mock->producer, mock->settings->kafka, error) != STATUS_OK)
        return error->status;
    return kafka_reader_create(&mock->reader, mock->settings->kafka,
                               group == NULL ? "xorca-mock" : group, topics, count,
                               KAFKA_FROM_BEGINNING, error);
}

static void report(const struct mock *mock)
{
    printf("answered %" PRIu64 " commands, %" PRIu64 " of them with a failure and %" PRIu64
           " twice; %" PRIu64 " could not be answered, %zu answers were not sent\n",
           mock->answered, mock->failed, mock->repeated, mock->refused, mock->pending.count);
}

static enum status run(struct mock *mock, struct command_call *call, struct error *error)
{
    if (open_kafka(mock, call, error) != STATUS_OK)
        return error->status;
    interrupt_install();
    enum status status = serve(mock, error);
    report(mock);
    return status;
}

int command_mock(struct command_call *call)
{
    struct error error;
    struct settings settings;
    struct mock mock = {.settings = &settings};
    if (command_settings(call, &settings, &error) != STATUS_OK ||
        read_services(&mock, call, &error) != STATUS_OK ||
        settings_need_kafka(&settings, &error) != STATUS_OK)
        return command_fail(&error);
    mock.arena = arena_create(TURN_MEMORY_MAX);
    if (mock.arena == NULL)
        return command_fail_as(EXIT_FAILED, "out of memory");
    pending_init(&mock.pending);
    enum status status = run(&mock, call, &error);
    pending_destroy(&mock.pending);
    if (mock.reader != NULL)
        kafka_reader_destroy(mock.reader);
    if (mock.producer != NULL)
        kafka_producer_destroy(mock.producer);
    arena_destroy(mock.arena);
    return status == STATUS_OK ? EXIT_DONE : command_fail_kafka(&settings, &error);
}
