#include "worker/lane_publisher.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "worker/crash.h"
#include "worker/dead_letter.h"
#include "worker/log.h"
#include "worker/metrics.h"
#include "worker/outbox.h"
#include "worker/settings.h"
#include "worker/thread.h"
#include "worker/time.h"

struct waiting_row {
    int64_t sequence;
    char *bytes; /* of the body */
    size_t size;
    int64_t pushed_ms; /* monotonic */
};

struct lane_publisher {
    const struct settings *settings;
    struct kafka_publisher *producer; /* the thread's alone */
    struct lane_tenure tenure;
    struct lane_metrics *metrics;
    void (*failed)(void *context);
    void *context;
    pthread_t thread;

    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t changed;
    struct waiting_row rows[LANE_PUBLISHER_BATCHES_MAX];
    size_t row_count;
    int64_t pushed;    /* last sequence handed over */
    int64_t published; /* last sequence that has left */
    bool is_stopping;
    struct error failure; /* STATUS_OK while it runs */
};

/* --- One transaction ----------------------------------------------------------- */

struct record_list {
    struct record *items;
    size_t count;
};

static enum status read_bodies(struct arena *arena, const struct text *bodies, size_t body_count,
                               struct record_list *list, struct error *error)
{
    for (size_t i = 0; i < body_count; i++) {
        struct record *records;
        size_t count;
        enum status status = outbox_read(arena, bodies[i], &records, &count, error);
        if (status != STATUS_OK)
            return status;
        struct record *joined = arena_alloc_array(arena, list->count + count, sizeof *joined);
        if (joined == NULL)
            return error_memory(error);
        if (list->count > 0)
            memcpy(joined, list->items, list->count * sizeof *joined);
        if (count > 0)
            memcpy(joined + list->count, records, count * sizeof *joined);
        list->items = joined;
        list->count += count;
    }
    return STATUS_OK;
}

/* A record that the broker refuses must not stop the lane for ever: its dead letter takes
 * its place in the order, and a second refusal takes the value from that too. */
static enum status replace_by_dead_letter(const struct settings *settings, struct arena *arena,
                                          struct record *record, const char *reason,
                                          struct error *error)
{
    log_error("record cannot be published", log_text("topic", record->topic),
              log_text("subject", record->key), log_string("reason", reason));
    if (text_is(record->topic, settings->dead_letter_topic)) {
        record->value = TEXT_NONE;
        record->headers = NULL;
        record->header_count = 0;
        return STATUS_OK;
    }
    record->offset = -1; /* it was never read from anywhere */
    return dead_letter_make(arena, record, settings->dead_letter_topic, reason, record, error);
}

/* One attempt, measured; the watchdog sees that it is under way. */
static enum status publish(const struct settings *settings, struct kafka_publisher *producer,
                           const struct record_list *list, struct marker marker,
                           struct lane_metrics *metrics, size_t *bad, struct error *error)
{
    int64_t begun_us = time_monotonic_us();
    counter_add(&metrics->publish_beats, 1);
    enum status status = kafka_publisher_publish(producer, list->items, list->count, marker,
                                                 (int)settings->publish_timeout_ms, bad, error);
    counter_add(&metrics->publish_beats, 1);
    if (status == STATUS_OK) {
        histogram_observe(&metrics->publish_duration, time_monotonic_us() - begun_us);
        counter_add(&metrics->records_published, list->count);
    }
    return status;
}

enum status lane_publish_rows(const struct settings *settings, struct kafka_publisher *producer,
                              struct lane_tenure tenure, const struct text *bodies,
                              size_t body_count, int64_t last_sequence,
                              struct lane_metrics *metrics, struct error *error)
{
    size_t size = 0;
    for (size_t i = 0; i < body_count; i++)
        size += bodies[i].size;
    /* Records and headers take a few words for each byte pair of a body at the worst. */
    struct arena *arena = arena_create(size * 32 + 1024 * 1024);
    if (arena == NULL)
        return error_memory(error);
    struct record_list list = {0};
    struct marker marker = {last_sequence, tenure.epoch, tenure.incarnation};
    enum status status = read_bodies(arena, bodies, body_count, &list, error);
    while (status == STATUS_OK) {
        size_t bad = SIZE_MAX;
        status = publish(settings, producer, &list, marker, metrics, &bad, error);
        if (status != STATUS_REJECTED || bad >= list.count)
            break;
        status = replace_by_dead_letter(settings, arena, &list.items[bad], error->message, error);
        counter_add(&metrics->dead_letters[DEAD_LETTER_UNPUBLISHABLE], 1);
    }
    arena_destroy(arena);
    return status;
}

/* --- The thread ---------------------------------------------------------------- */

/* Waits for rows and takes all. False: told to stop. */
static bool take_rows(struct lane_publisher *publisher, struct waiting_row *rows, size_t *count)
{
    pthread_mutex_lock(&publisher->mutex);
    while (publisher->row_count == 0 && !publisher->is_stopping)
        pthread_cond_wait(&publisher->changed, &publisher->mutex);
    *count = publisher->is_stopping ? 0 : publisher->row_count;
    memcpy(rows, publisher->rows, *count * sizeof *rows);
    publisher->row_count -= *count;
    pthread_cond_broadcast(&publisher->changed);
    pthread_mutex_unlock(&publisher->mutex);
    return *count > 0;
}

/* Under the mutex: what is committed and has not left. */
static void tell_unpublished(struct lane_publisher *publisher)
{
    int64_t oldest_ms = publisher->row_count == 0 ? 0 : publisher->rows[0].pushed_ms;
    gauge_set(&publisher->metrics->unpublished_since, oldest_ms);
    gauge_set(&publisher->metrics->unpublished_batches, publisher->pushed - publisher->published);
}

static void note_published(struct lane_publisher *publisher, int64_t sequence)
{
    pthread_mutex_lock(&publisher->mutex);
    publisher->published = sequence;
    tell_unpublished(publisher);
    pthread_cond_broadcast(&publisher->changed);
    pthread_mutex_unlock(&publisher->mutex);
}

static void note_failure(struct lane_publisher *publisher, const struct error *error)
{
    pthread_mutex_lock(&publisher->mutex);
    publisher->failure = *error;
    pthread_cond_broadcast(&publisher->changed);
    pthread_mutex_unlock(&publisher->mutex);
    publisher->failed(publisher->context);
}

static void *publisher_run(void *argument)
{
    struct lane_publisher *publisher = argument;
    struct waiting_row rows[LANE_PUBLISHER_BATCHES_MAX];
    size_t count;
    thread_name("publisher", publisher->tenure.lane);
    while (take_rows(publisher, rows, &count)) {
        struct text bodies[LANE_PUBLISHER_BATCHES_MAX];
        for (size_t i = 0; i < count; i++)
            bodies[i] = (struct text){rows[i].bytes, rows[i].size};
        struct error error;
        crash_point(CRASH_PUBLISHING);
        enum status status =
            lane_publish_rows(publisher->settings, publisher->producer, publisher->tenure, bodies,
                              count, rows[count - 1].sequence, publisher->metrics, &error);
        for (size_t i = 0; i < count; i++)
            free(rows[i].bytes);
        if (status != STATUS_OK) {
            note_failure(publisher, &error);
            break;
        }
        crash_point(CRASH_PUBLISHED);
        note_published(publisher, rows[count - 1].sequence);
    }
    return NULL;
}

/* --- What the lane calls -------------------------------------------------------- */

static bool condition_init_monotonic(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes) != 0)
        return false;
    bool ok = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
              pthread_cond_init(condition, &attributes) == 0;
    pthread_condattr_destroy(&attributes);
    return ok;
}

enum status lane_publisher_create(struct lane_publisher **out, const struct settings *settings,
                                  struct kafka_publisher *producer, struct lane_tenure tenure,
                                  struct lane_metrics *metrics, void (*failed)(void *context),
                                  void *context, struct error *error)
{
    struct lane_publisher *publisher = calloc(1, sizeof *publisher);
    if (publisher == NULL)
        goto fail_producer;
    publisher->settings = settings;
    publisher->producer = producer;
    publisher->tenure = tenure;
    publisher->metrics = metrics;
    publisher->failed = failed;
    publisher->context = context;
    publisher->pushed = tenure.published;
    publisher->published = tenure.published;
    tell_unpublished(publisher);
    if (pthread_mutex_init(&publisher->mutex, NULL) != 0)
        goto fail_memory;
    if (!condition_init_monotonic(&publisher->changed))
        goto fail_mutex;
    if (pthread_create(&publisher->thread, NULL, publisher_run, publisher) != 0)
        goto fail_condition;
    *out = publisher;
    return STATUS_OK;

fail_condition:
    pthread_cond_destroy(&publisher->changed);
fail_mutex:
    pthread_mutex_destroy(&publisher->mutex);
fail_memory:
    free(publisher);
fail_producer:
    kafka_publisher_destroy(producer);
    return error_set(error, STATUS_FATAL, "publisher thread: out of memory or threads");
}

enum status lane_publisher_push(struct lane_publisher *publisher, int64_t sequence,
                                struct text body, struct error *error)
{
    char *copy = malloc(body.size);
    if (copy == NULL)
        return error_memory(error);
    memcpy(copy, body.data, body.size);
    pthread_mutex_lock(&publisher->mutex);
    while (publisher->row_count == LANE_PUBLISHER_BATCHES_MAX &&
           publisher->failure.status == STATUS_OK)
        pthread_cond_wait(&publisher->changed, &publisher->mutex);
    enum status status = publisher->failure.status;
    if (status == STATUS_OK) {
        publisher->rows[publisher->row_count++] =
            (struct waiting_row){sequence, copy, body.size, time_monotonic_ms()};
        if (publisher->pushed == publisher->published)
            gauge_set(&publisher->metrics->unpublished_since, time_monotonic_ms());
        publisher->pushed = sequence;
        gauge_set(&publisher->metrics->unpublished_batches, sequence - publisher->published);
        pthread_cond_broadcast(&publisher->changed);
    } else {
        free(copy);
        *error = publisher->failure;
    }
    pthread_mutex_unlock(&publisher->mutex);
    return status;
}

void lane_publisher_await_turn(struct lane_publisher *publisher, int64_t timeout_ms)
{
    struct timespec deadline = time_monotonic_timespec(time_monotonic_ms() + timeout_ms);
    int waited = 0;
    pthread_mutex_lock(&publisher->mutex);
    while (publisher->row_count > 0 && publisher->failure.status == STATUS_OK && waited == 0)
        waited = pthread_cond_timedwait(&publisher->changed, &publisher->mutex, &deadline);
    pthread_mutex_unlock(&publisher->mutex);
}

int64_t lane_publisher_published(struct lane_publisher *publisher)
{
    pthread_mutex_lock(&publisher->mutex);
    int64_t published = publisher->published;
    pthread_mutex_unlock(&publisher->mutex);
    return published;
}

enum status lane_publisher_check(struct lane_publisher *publisher, struct error *error)
{
    pthread_mutex_lock(&publisher->mutex);
    enum status status = publisher->failure.status;
    if (status != STATUS_OK)
        *error = publisher->failure;
    pthread_mutex_unlock(&publisher->mutex);
    return status;
}

enum status lane_publisher_drain(struct lane_publisher *publisher, int64_t deadline_ms,
                                 struct error *error)
{
    struct timespec deadline = time_monotonic_timespec(deadline_ms);
    int waited = 0;
    pthread_mutex_lock(&publisher->mutex);
    while (publisher->published < publisher->pushed && publisher->failure.status == STATUS_OK &&
           waited == 0)
        waited = pthread_cond_timedwait(&publisher->changed, &publisher->mutex, &deadline);
    enum status status = publisher->failure.status;
    if (status != STATUS_OK)
        *error = publisher->failure;
    else if (publisher->published < publisher->pushed)
        status =
            error_set(error, STATUS_UNAVAILABLE, "outbox rows %lld to %lld are not published yet",
                      (long long)publisher->published + 1, (long long)publisher->pushed);
    pthread_mutex_unlock(&publisher->mutex);
    return status;
}

void lane_publisher_destroy(struct lane_publisher *publisher)
{
    if (publisher == NULL)
        return;
    pthread_mutex_lock(&publisher->mutex);
    publisher->is_stopping = true;
    pthread_cond_broadcast(&publisher->changed);
    pthread_mutex_unlock(&publisher->mutex);
    pthread_join(publisher->thread, NULL);
    for (size_t i = 0; i < publisher->row_count; i++)
        free(publisher->rows[i].bytes);
    kafka_publisher_destroy(publisher->producer);
    pthread_cond_destroy(&publisher->changed);
    pthread_mutex_destroy(&publisher->mutex);
    free(publisher);
}
