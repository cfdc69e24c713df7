/* start.c - begins orchestrations: one, or as many as a test needs, at most so many in
 * flight.
 *
 * A start goes to the topic xorca.<name>.start under the subject that the orchestration
 * will have, so that its lane is the one that its answers come to. What became of it is
 * read from the lifecycle topic, by the process id in the record's key: the data of
 * thousands of lifecycle events are never looked at. */
#include <stdlib.h>
#include <string.h>

#include "adapters/json/json_parse.h"
#include "adapters/kafka/cloudevents.h"
#include "adapters/kafka/kafka.h"
#include "adapters/postgres/postgres.h"
#include "core/arena.h"
#include "core/hash.h"
#include "core/orchestration/event.h"
#include "core/orchestration/subject.h"
#include "core/writer.h"
#include "worker/command.h"
#include "worker/commands/common.h"
#include "worker/interrupt.h"
#include "worker/printable.h"
#include "worker/terminal.h"
#include "worker/time.h"

enum {
    COUNT_MAX = 10000000,
    IN_FLIGHT_MAX = 1000000,
    IN_FLIGHT_DEFAULT = 100,
    TIMEOUT_SECONDS_DEFAULT = 60,
    TIMEOUT_SECONDS_MAX = 86400,
    RECORDS_MAX = 1000,
    TOPIC_SIZE_MAX = 256,
    STARTS_PER_TURN_MAX = 1000 /* between two looks at what has completed */
};

/* Memory of one start that is sent, or one record that is read. */
#define TURN_MEMORY_MAX ((size_t)256 * 1024 * 1024)

/* One orchestration of the load: when it began, and how long it took. */
struct run {
    int64_t begun_us; /* 0: not yet */
    int64_t taken_us; /* 0: not over */
};

struct load {
    const struct settings *settings;
    struct arena *turn;
    struct kafka_producer *producer;
    struct kafka_reader *reader; /* NULL: nobody waits */
    struct progress progress;

    struct text name;
    struct text version;
    struct text process_id; /* of the one, or what those of many begin with */
    struct text run_id;     /* makes the ids of this load's events its own */
    struct json input;
    const char *start_topic;
    const char *lifecycle_topic;
    const char *error_topics[2];

    struct run *runs; /* count of them */
    size_t count;
    size_t in_flight_max;
    int64_t timeout_ms;
    size_t begun;
    size_t completed;
    size_t failed;
    size_t refused;
    int64_t begun_us;        /* of the first */
    int64_t last_outcome_ms; /* or start; what the timeout counts from */
    int64_t ended_us;
};

static size_t load_over(const struct load *load)
{
    return load->completed + load->failed + load->refused;
}

/* --- Starting ----------------------------------------------------------------------- */

static bool write_process_id(const struct load *load, size_t index, struct text *out)
{
    enum { DIGITS_MAX = 24 };
    struct writer writer;
    if (load->count == 1) {
        *out = load->process_id;
        return true;
    }
    writer_init_arena(&writer, load->turn, load->process_id.size + DIGITS_MAX);
    writer_text(&writer, load->process_id);
    writer_char(&writer, '-');
    writer_uint64(&writer, index + 1);
    *out = writer_result(&writer);
    return !writer.overflowed;
}

static enum status make_start(const struct load *load, size_t index, struct json_member members[3],
                              struct event *out, struct error *error)
{
    struct text process_id;
    char id[UUID_TEXT_SIZE];
    if (!write_process_id(load, index, &process_id))
        return error_memory(error);
    const struct text id_parts[] = {load->run_id, process_id};
    hash_uuid(hash_parts("start", id_parts, 2), id);
    const struct subject subject = {process_id, load->name, load->version};
    members[0] = JSON_MEMBER("processId", json_string(process_id));
    members[1] = JSON_MEMBER("context", load->input);
    members[2] = JSON_MEMBER("version", json_string(load->version));
    *out = (struct event){.type = text_of(load->start_topic),
                          .id = text_copy(load->turn, text_of(id)),
                          .source = TEXT("/xorca/start"),
                          .time = command_time(load->turn, time_now_ms()),
                          .datacontenttype = TEXT("application/json"),
                          .extensions = json_object(NULL, 0),
                          .data = json_object(members, 3),
                          .has_data = true};
    if (out->id.data == NULL || out->time.data == NULL)
        return error_memory(error);
    return subject_write(load->turn, &subject, &out->subject, error);
}

static enum status begin_one(struct load *load, struct error *error)
{
    struct event event;
    struct json_member members[3];
    arena_reset(load->turn);
    if (make_start(load, load->begun, members, &event, error) != STATUS_OK)
        return error->status;
    load->runs[load->begun].begun_us = time_monotonic_us();
    if (command_send_event(load->producer, &event, event.type, load->turn, error) != STATUS_OK)
        return error->status;
    load->begun++;
    return STATUS_OK;
}

/* As many as may be in flight; without a reader nothing is known to be over, and all go. */
static enum status begin_some(struct load *load, struct error *error)
{
    for (size_t i = 0;
         i < STARTS_PER_TURN_MAX && load->begun < load->count &&
         (load->reader == NULL || load->begun - load_over(load) < load->in_flight_max);
         i++) {
        if (begin_one(load, error) != STATUS_OK)
            return error->status;
    }
    return kafka_producer_poll(load->producer, error);
}

/* --- What became of them ------------------------------------------------------------- */

enum outcome { OUTCOME_NONE, OUTCOME_COMPLETED, OUTCOME_FAILED, OUTCOME_REFUSED };

static enum outcome read_outcome(const struct load *load, struct text topic, struct text type)
{
    if (!text_is(topic, load->lifecycle_topic))
        return OUTCOME_REFUSED;
    if (text_ends_with(type, ".completed"))
        return OUTCOME_COMPLETED;
    return text_ends_with(type, ".failed") ? OUTCOME_FAILED : OUTCOME_NONE;
}

/* The number of the orchestration with this process id, if it is one of ours. */
static bool find_run(const struct load *load, struct text process_id, size_t *index)
{
    *index = 0;
    if (load->count == 1)
        return text_equal(process_id, load->process_id);
    size_t head = load->process_id.size;
    if (process_id.size <= head + 1 || process_id.size > head + 9 ||
        memcmp(process_id.data, load->process_id.data, head) != 0 || process_id.data[head] != '-')
        return false;
    size_t number = 0; /* at most eight digits: COUNT_MAX has as many */
    for (size_t i = head + 1; i < process_id.size; i++) {
        if (process_id.data[i] < '0' || process_id.data[i] > '9')
            return false;
        number = number * 10 + (size_t)(process_id.data[i] - '0');
    }
    *index = number - 1; /* 0 wraps to what is beyond all */
    return number <= load->count && number > 0;
}

static void count_outcome(struct load *load, enum outcome outcome)
{
    load->completed += outcome == OUTCOME_COMPLETED;
    load->failed += outcome == OUTCOME_FAILED;
    load->refused += outcome == OUTCOME_REFUSED;
    load->last_outcome_ms = time_monotonic_ms();
}

/* Of a single orchestration a person sees the end, and of a refusal the reason. */
static void print_outcome(struct load *load, const struct record *record, enum outcome outcome)
{
    struct event event;
    struct error ignored;
    if (cloudevent_decode(load->turn, record, load->settings->json_limits, &event, &ignored) !=
            STATUS_OK ||
        !event.has_data)
        return;
    progress_end(&load->progress);
    if (outcome == OUTCOME_REFUSED) {
        struct text reason = json_get_string(event.data, "errorMessage");
        fputs("xorca: refused: ", stderr);
        printable_print(stderr, reason, PRINTABLE_PLAIN);
        fputc('\n', stderr);
        return;
    }
    const struct json *output = json_get(event.data, "output");
    if (output != NULL && load->count == 1) {
        fputs("output ", stdout);
        command_print_json(load->turn, *output);
    }
}

static enum status take_record(struct load *load, const struct record *record, bool as_json,
                               struct error *error)
{
    struct text type = command_header(record, "ce_type");
    struct subject subject;
    size_t index;
    arena_reset(load->turn);
    if (type.data == NULL) { /* structured mode: the type is in the value */
        struct event event;
        enum status status =
            cloudevent_decode(load->turn, record, load->settings->json_limits, &event, error);
        if (status != STATUS_OK)
            return status == STATUS_REJECTED ? STATUS_OK : status;
        type = event.type;
    }
    enum outcome outcome = read_outcome(load, record->topic, type);
    if (outcome == OUTCOME_NONE || record->key.data == NULL)
        return STATUS_OK;
    if (subject_read(load->turn, record->key, &subject, error) != STATUS_OK)
        return error->status == STATUS_REJECTED ? STATUS_OK : error->status;
    if (!find_run(load, subject.process_id, &index))
        return STATUS_OK;
    struct run *run = &load->runs[index];
    if (run->begun_us == 0 || run->taken_us != 0)
        return STATUS_OK; /* told twice, or another load's */
    int64_t taken_us = time_monotonic_us() - run->begun_us;
    run->taken_us = taken_us > 0 ? taken_us : 1;
    count_outcome(load, outcome);
    if (!as_json && (load->count == 1 || (outcome == OUTCOME_REFUSED && load->refused == 1)))
        print_outcome(load, record, outcome);
    return STATUS_OK;
}

/* Brokers that are away, or busy electing, come back: the load's timeout is what ends it. */
static enum status take_records(struct load *load, int timeout_ms, bool as_json,
                                struct error *error)
{
    static struct record records[RECORDS_MAX];
    size_t count = 0;
    enum status status =
        kafka_reader_fetch(load->reader, timeout_ms, records, RECORDS_MAX, &count, error);
    if (status == STATUS_UNAVAILABLE) {
        log_debug("kafka is away", log_string("reason", error->message));
        time_sleep_ms(INTERRUPT_POLL_MS);
        status = STATUS_OK;
    }
    for (size_t i = 0; status == STATUS_OK && i < count; i++)
        status = take_record(load, &records[i], as_json, error);
    kafka_reader_release(load->reader);
    return status;
}

/* --- The course of a load ------------------------------------------------------------ */

/* The reader must stand at the end of its topics before the first start is sent. */
static enum status wait_until_ready(struct load *load, struct error *error)
{
    int64_t deadline_ms = time_monotonic_ms() + KAFKA_TIMEOUT_MS;
    while (!kafka_reader_is_ready(load->reader)) {
        if (interrupt_requested())
            return error_set(error, STATUS_FATAL, "interrupted before anything was started");
        if (time_monotonic_ms() > deadline_ms)
            return error_set(error, STATUS_UNAVAILABLE,
                             "topic %s cannot be read: brokers are away, or it does not exist "
                             "(`xorca topics --create` makes what is missing)",
                             load->lifecycle_topic);
        if (take_records(load, INTERRUPT_POLL_MS, true, error) != STATUS_OK)
            return error->status;
    }
    return STATUS_OK;
}

static enum status run_until_over(struct load *load, bool as_json, struct error *error)
{
    load->begun_us = time_monotonic_us();
    load->last_outcome_ms = time_monotonic_ms();
    while (load_over(load) < load->count && !interrupt_requested() &&
           time_monotonic_ms() - load->last_outcome_ms < load->timeout_ms) {
        if (begin_some(load, error) != STATUS_OK)
            return error->status;
        bool may_begin =
            load->begun < load->count && load->begun - load_over(load) < load->in_flight_max;
        if (take_records(load, may_begin ? 0 : INTERRUPT_POLL_MS, as_json, error) != STATUS_OK)
            return error->status;
        progress_show(&load->progress, "%zu of %zu over, %zu in flight", load_over(load),
                      load->count, load->begun - load_over(load));
    }
    load->ended_us = time_monotonic_us();
    progress_end(&load->progress);
    return STATUS_OK;
}

static enum status send_all(struct load *load, struct error *error)
{
    load->begun_us = time_monotonic_us();
    while (load->begun < load->count && !interrupt_requested()) {
        if (begin_some(load, error) != STATUS_OK)
            return error->status;
    }
    load->ended_us = time_monotonic_us();
    return STATUS_OK;
}

static enum status create_reader(struct load *load, struct error *error)
{
    const char *const topics[] = {load->lifecycle_topic, load->error_topics[0],
                                  load->error_topics[1]};
    return kafka_reader_create(&load->reader, load->settings->kafka, NULL, topics, 3,
                               KAFKA_FROM_END, error);
}

static enum status run_load(struct load *load, bool wait, bool as_json, struct error *error)
{
    command_log_kafka();
    interrupt_install();
    if (kafka_producer_create(&load->producer, load->settings->kafka, error) != STATUS_OK)
        return error->status;
    if (wait &&
        (create_reader(load, error) != STATUS_OK || wait_until_ready(load, error) != STATUS_OK ||
         run_until_over(load, as_json, error) != STATUS_OK))
        return error->status;
    if (!wait && send_all(load, error) != STATUS_OK)
        return error->status;
    return kafka_producer_flush(load->producer, KAFKA_TIMEOUT_MS, error);
}

/* --- The summary --------------------------------------------------------------------- */

static int compare_times(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Of those that are over, the time that `percent` of them did not exceed. */
static double percentile_ms(const int64_t *sorted_us, size_t count, unsigned percent)
{
    if (count == 0)
        return 0;
    size_t rank = (count * percent + 99) / 100; /* nearest rank, from 1 */
    return (double)sorted_us[rank > 0 ? rank - 1 : 0] / 1000;
}

struct summary {
    double seconds;
    double per_second;
    double p50_ms;
    double p99_ms;
};

static enum status summarise(const struct load *load, struct arena *arena, struct summary *out,
                             struct error *error)
{
    size_t count = 0;
    int64_t *times = arena_alloc_array(arena, load_over(load), sizeof *times);
    if (times == NULL)
        return error_memory(error);
    for (size_t i = 0; i < load->begun && count < load_over(load); i++) {
        if (load->runs[i].taken_us > 0)
            times[count++] = load->runs[i].taken_us;
    }
    if (count > 0)
        qsort(times, count, sizeof *times, compare_times);
    out->seconds = (double)(load->ended_us - load->begun_us) / 1e6;
    out->per_second = out->seconds > 0 ? (double)load_over(load) / out->seconds : 0;
    out->p50_ms = percentile_ms(times, count, 50);
    out->p99_ms = percentile_ms(times, count, 99);
    return STATUS_OK;
}

static bool print_summary_json(const struct load *load, struct arena *arena, bool wait,
                               const struct summary *summary)
{
    const struct json_member members[] = {
        JSON_MEMBER("started", json_uint(load->begun)),
        JSON_MEMBER("process_id", json_string(load->process_id)),
        JSON_MEMBER("version", json_string(load->version)),
        JSON_MEMBER("completed", json_uint(load->completed)),
        JSON_MEMBER("failed", json_uint(load->failed)),
        JSON_MEMBER("refused", json_uint(load->refused)),
        JSON_MEMBER("missing", json_uint(wait ? load->begun - load_over(load) : 0)),
        JSON_MEMBER("seconds", json_double(summary->seconds)),
        JSON_MEMBER("per_second", json_double(summary->per_second)),
        JSON_MEMBER("p50_ms", json_double(summary->p50_ms)),
        JSON_MEMBER("p99_ms", json_double(summary->p99_ms))};
    return command_print_json(arena, json_object(members, sizeof members / sizeof *members));
}

static void print_summary(const struct load *load, bool wait, const struct summary *summary)
{
    if (!wait) {
        printf("started %zu: ", load->begun);
        printable_print(stdout, load->process_id, PRINTABLE_PLAIN);
        printf("%s\n", load->count > 1 ? "-1 and following" : "");
        return;
    }
    printf("%zu started, %zu completed, %zu failed, %zu refused", load->begun, load->completed,
           load->failed, load->refused);
    if (load->begun > load_over(load))
        printf(", %zu not over", load->begun - load_over(load));
    printf(" in %.3f s, %.1f per second, p50 %.1f ms, p99 %.1f ms\n", summary->seconds,
           summary->per_second, summary->p50_ms, summary->p99_ms);
}

static int conclude(const struct load *load, bool wait)
{
    if (load->begun < load->count || (wait && load->completed < load->count)) {
        if (wait && load_over(load) < load->begun && !interrupt_requested())
            return command_fail_as(EXIT_FAILED,
                                   "nothing came to its end in %lld seconds: is a worker running, "
                                   "and is XORCA_LIFECYCLE not none? --timeout waits longer",
                                   (long long)(load->timeout_ms / 1000));
        return EXIT_FAILED;
    }
    return EXIT_DONE;
}

/* --- The command --------------------------------------------------------------------- */

static enum status make_topic(struct arena *arena, const char *before, struct text name,
                              const char *after, const char **out, struct error *error)
{
    struct writer writer;
    writer_init_arena(&writer, arena, TOPIC_SIZE_MAX);
    writer_string(&writer, before);
    writer_text(&writer, name);
    writer_bytes(&writer, after, strlen(after) + 1);
    *out = writer.data;
    return writer.overflowed ? error_memory(error) : STATUS_OK;
}

static enum status make_topics(struct load *load, struct arena *arena, struct error *error)
{
    if (!name_is_valid(load->name) || load->name.size > NAME_SIZE_MAX)
        return error_set(error, STATUS_REJECTED,
                         "\"%.*s\" is no name of a definition: lower-case letters, digits, \"-\", "
                         "\"_\", and dots between",
                         TEXT_ARGS(load->name));
    if (make_topic(arena, "xorca.", load->name, ".start", &load->start_topic, error) != STATUS_OK ||
        make_topic(arena, "notif.xorca.", load->name, "", &load->lifecycle_topic, error) !=
            STATUS_OK ||
        make_topic(arena, "xorca.", load->name, ".start.error", &load->error_topics[0], error) !=
            STATUS_OK ||
        make_topic(arena, "sys.xorca.", load->name, ".start.error", &load->error_topics[1],
                   error) != STATUS_OK)
        return error->status;
    return STATUS_OK;
}

/* The version is part of the subject, so it must be known here: given, or the latest
 * that the database has. */
static enum status find_version(struct load *load, const struct command_call *call,
                                struct error *error)
{
    const char *given = command_option(call, "version");
    struct postgres *postgres = NULL;
    struct definition_record *records;
    size_t count = 0;
    if (given != NULL) {
        load->version = text_of(given);
        if (version_is_valid(load->version))
            return STATUS_OK;
        return error_set(error, STATUS_REJECTED, "--version: \"%s\" is no version as 1.0.0", given);
    }
    if (command_connect_any(load->settings, &postgres, error) != STATUS_OK)
        return error_context(error, "to find the latest version (--version names one)");
    enum status status =
        command_find_definitions(postgres, load->name, call->arena, &records, &count, error);
    postgres_close(postgres);
    if (status == STATUS_OK)
        load->version = records[count - 1].version; /* in order of version */
    return status;
}

static enum status make_process_id(struct load *load, const struct command_call *call,
                                   struct error *error)
{
    enum { PREFIX_SIZE = 8 };
    const char *given = command_option(call, "process-id");
    if (command_fresh_id(call->arena, &load->run_id, error) != STATUS_OK)
        return error->status;
    load->process_id = given != NULL ? text_of(given) : load->run_id;
    if (given == NULL && load->count > 1)
        load->process_id.size = PREFIX_SIZE; /* short beside its number, unlikely to be met */
    if (load->process_id.size == 0)
        return error_set(error, STATUS_REJECTED, "--process-id must not be empty");
    return STATUS_OK;
}

static enum status read_options(struct load *load, const struct command_call *call, bool *wait,
                                struct error *error)
{
    uint64_t count = 1, in_flight = IN_FLIGHT_DEFAULT, timeout_s = TIMEOUT_SECONDS_DEFAULT;
    if (command_number(call, "count", 1, COUNT_MAX, &count, error) != STATUS_OK ||
        command_number(call, "in-flight", 1, IN_FLIGHT_MAX, &in_flight, error) != STATUS_OK ||
        command_number(call, "timeout", 1, TIMEOUT_SECONDS_MAX, &timeout_s, error) != STATUS_OK ||
        command_json(call, "input", load->settings->json_limits, &load->input, error) != STATUS_OK)
        return error->status;
    if (load->input.type != JSON_OBJECT)
        return error_set(error, STATUS_REJECTED, "--input: an object is right, this is %s",
                         json_type_name(load->input.type));
    /* Who bounds what is in flight must know what is over. */
    *wait = command_switch(call, "wait") || command_option(call, "in-flight") != NULL;
    load->count = (size_t)count;
    load->in_flight_max = (size_t)in_flight;
    load->timeout_ms = (int64_t)timeout_s * 1000;
    load->runs = arena_alloc_array(call->arena, load->count, sizeof *load->runs);
    return load->runs == NULL ? error_memory(error) : STATUS_OK;
}

static int report(const struct load *load, struct command_call *call, bool wait)
{
    struct error error;
    struct summary summary = {0};
    if (summarise(load, call->arena, &summary, &error) != STATUS_OK)
        return command_fail(&error);
    if (!command_switch(call, "json"))
        print_summary(load, wait, &summary);
    else if (!print_summary_json(load, call->arena, wait, &summary))
        return command_fail_as(EXIT_FAILED, "out of memory");
    fflush(stdout);
    return conclude(load, wait);
}

int command_start(struct command_call *call)
{
    struct error error;
    struct settings settings;
    bool wait = false;
    struct load load = {
        .settings = &settings, .name = text_of(call->arguments[0]), .input = json_object(NULL, 0)};
    if (command_settings(call, &settings, &error) != STATUS_OK ||
        settings_need_kafka(&settings, &error) != STATUS_OK ||
        read_options(&load, call, &wait, &error) != STATUS_OK ||
        make_topics(&load, call->arena, &error) != STATUS_OK ||
        find_version(&load, call, &error) != STATUS_OK ||
        make_process_id(&load, call, &error) != STATUS_OK)
        return command_fail(&error);
    load.turn = arena_create(TURN_MEMORY_MAX);
    if (load.turn == NULL)
        return command_fail_as(EXIT_FAILED, "out of memory");
    progress_init(&load.progress);
    enum status status = run_load(&load, wait, command_switch(call, "json"), &error);
    progress_end(&load.progress);
    if (load.reader != NULL)
        kafka_reader_destroy(load.reader);
    if (load.producer != NULL)
        kafka_producer_destroy(load.producer);
    arena_destroy(load.turn);
    if (status != STATUS_OK)
        return command_fail_kafka(&settings, &error);
    return report(&load, call, wait);
}
