#include "worker/worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "adapters/kafka/kafka.h"
#include "adapters/postgres/postgres.h"
#include "core/arena.h"
#include "worker/backoff.h"
#include "worker/catalog.h"
#include "worker/fleet.h"
#include "worker/health.h"
#include "worker/lane.h"
#include "worker/log.h"
#include "worker/metrics.h"
#include "worker/probes.h"
#include "worker/settings.h"
#include "worker/subscription.h"
#include "worker/thread.h"
#include "worker/time.h"

enum {
    POLL_MS = 100,                     /* so soon a signal is seen */
    TOPICS_TIMEOUT_MS = 5000,          /* one look at the broker's topics */
    ACKNOWLEDGE_EVERY_MS = 2000,       /* protocol.md, step 14 */
    CATALOG_EVERY_MS = 5000,           /* definitions that others registered */
    JOURNAL_EVERY_MS = 60 * 60 * 1000, /* partitions are made weeks ahead */
    BACKOFF_FIRST_MS = 100,
    ARENA_SIZE_MAX = 64 * 1024 * 1024 /* of one look at topics and positions */
};

/* Signals received. The handler only counts; the loop acts. */
static volatile sig_atomic_t signal_count;

static void note_signal(int number)
{
    (void)number;
    if (++signal_count > 1)
        _exit(EXIT_FAILURE); /* asked twice: now */
}

/* Something to be done again after a while. */
struct chore {
    int64_t next_ms;
    int64_t every_ms;
};

struct worker {
    const struct settings *settings;
    struct metrics *metrics;
    struct watchdog *watchdog;
    struct probes *probes;
    struct catalog *catalog;
    struct fleet *fleet; /* the databases */
    struct kafka_admin *admin;
    struct kafka_consumer *consumer;
    struct arena *arena; /* of one chore */

    struct lane_environment environment;
    struct lane *lanes[LANES_MAX]; /* by number */

    /* An assignment of the group that is still to be carried out, or in part: the lanes of a
     * database that is away wait for it, and the others go on. */
    bool is_assignment_pending;
    size_t fetched_count; /* partitions of it that are fetched */
    struct arena *assignment_arena;
    struct kafka_partition *partitions;
    size_t partition_count;
    int64_t assignment_retry_ms;
    struct backoff backoff;
    char complaint[ERROR_MESSAGE_SIZE]; /* what was logged last as a reason to wait */

    struct chore acknowledge;
    struct chore read_catalog;
    struct chore extend_journal;
};

static bool is_due(struct chore *chore)
{
    int64_t now_ms = time_monotonic_ms();
    if (now_ms < chore->next_ms)
        return false;
    chore->next_ms = now_ms + chore->every_ms;
    return true;
}

/* Said once while the reason stays the same. */
static void complain(struct worker *worker, const char *message, const struct error *error)
{
    if (strcmp(worker->complaint, error->message) == 0)
        return;
    memcpy(worker->complaint, error->message, sizeof worker->complaint);
    log_warn(message, log_string("status", status_name(error->status)),
             log_string("reason", error->message));
}

static void forget_complaint(struct worker *worker)
{
    worker->complaint[0] = '\0';
    backoff_reset(&worker->backoff);
}

/* What readiness is told by: said where it is learnt. */
static void note_kafka(struct worker *worker, bool is_reachable)
{
    gauge_set(&worker->metrics->is_kafka_reachable, is_reachable);
}

/* --- STARTING -------------------------------------------------------------------------- */

/* Waits for databases that are away, until there is one; what only a person can mend is
 * returned. */
static enum status wait_for_databases(struct worker *worker, struct error *error)
{
    while (signal_count == 0) {
        counter_add(&worker->metrics->beats, 1);
        enum status status = fleet_prepare(worker->fleet, error);
        if (status == STATUS_OK)
            return STATUS_OK;
        if (status != STATUS_UNAVAILABLE)
            return status;
        if (fleet_is_usable(worker->fleet))
            return STATUS_OK;
        time_sleep_ms(backoff_next_ms(&worker->backoff));
    }
    return STATUS_OK;
}

static void log_kafka(void *context, int level, const char *facility, const char *message)
{
    (void)context;
    enum log_level as = level <= 3 ? LOG_WARN : level <= 6 ? LOG_INFO : LOG_DEBUG;
    LOG_LINE(as, "kafka", log_string("facility", facility), log_string("reason", message));
}

/* Before anything that may have to wait: who probes is told what for. */
static enum status start_observers(struct worker *worker, struct error *error)
{
    const struct settings *settings = worker->settings;
    enum status status = STATUS_OK;
    if (settings->watchdog_timeout_ms > 0)
        status = watchdog_create(&worker->watchdog, worker->metrics, settings->watchdog_timeout_ms,
                                 settings->drain_timeout_ms, error);
    if (status == STATUS_OK)
        status = probes_create(&worker->probes, settings, worker->metrics, error);
    return status;
}

static enum status worker_start(struct worker *worker, struct error *error)
{
    const struct settings *settings = worker->settings;
    kafka_log_to(log_kafka, NULL);
    enum status status = start_observers(worker, error);
    /* First the group, which takes its time to answer; then all that the database knows. */
    if (status == STATUS_OK)
        status = kafka_consumer_create(&worker->consumer, settings->kafka, settings->group,
                                       settings->subscribe, settings->subscribe_count, error);
    if (status == STATUS_OK)
        status = kafka_admin_create(&worker->admin, settings->kafka, error);
    if (status == STATUS_OK)
        status = catalog_create(&worker->catalog, error);
    if (status == STATUS_OK)
        status = fleet_create(&worker->fleet, settings, worker->metrics, worker->catalog, error);
    if (status == STATUS_OK)
        status = wait_for_databases(worker, error);
    if (status != STATUS_OK || signal_count > 0)
        return status;
    forget_complaint(worker);
    note_kafka(worker, true); /* until a poll tells otherwise */
    gauge_set(&worker->metrics->phase, WORKER_RUNNING);
    log_info("worker running", log_string("group", settings->group),
             log_number("databases", (int64_t)settings->databases.count));
    return STATUS_OK;
}

/* --- RUNNING: lanes follow the group's assignments ---------------------------------------- */

/* Keeps what was assigned, to be carried out as soon as everything for it answers. */
static enum status note_assignment(struct worker *worker, const struct kafka_notice *notice,
                                   struct error *error)
{
    arena_reset(worker->assignment_arena);
    worker->partitions = arena_alloc_array(worker->assignment_arena, notice->partition_count,
                                           sizeof *worker->partitions);
    if (worker->partitions == NULL)
        return error_memory(error);
    for (size_t i = 0; i < notice->partition_count; i++) {
        worker->partitions[i] = notice->partitions[i];
        worker->partitions[i].topic =
            text_copy(worker->assignment_arena, notice->partitions[i].topic);
        if (worker->partitions[i].topic.data == NULL)
            return error_memory(error);
        if (worker->partitions[i].partition >= LANES_MAX)
            return error_set(error, STATUS_FATAL, "topic %.*s has more than %d partitions",
                             TEXT_ARGS(worker->partitions[i].topic), LANES_MAX);
    }
    worker->partition_count = notice->partition_count;
    worker->fetched_count = 0;
    worker->is_assignment_pending = true;
    worker->assignment_retry_ms = 0;
    return STATUS_OK;
}

static bool is_lane_assigned(const struct worker *worker, int32_t number)
{
    for (size_t i = 0; i < worker->partition_count; i++) {
        if (worker->partitions[i].partition == number)
            return true;
    }
    return false;
}

/* Ends lanes that went to others; those that stay go on undisturbed. */
static void end_lanes(struct worker *worker, bool all)
{
    for (int32_t number = 0; number < LANES_MAX; number++) {
        if (worker->lanes[number] != NULL && (all || !is_lane_assigned(worker, number)))
            lane_stop(worker->lanes[number]);
    }
    for (int32_t number = 0; number < LANES_MAX; number++) {
        if (worker->lanes[number] == NULL || (!all && is_lane_assigned(worker, number)))
            continue;
        lane_destroy(worker->lanes[number]);
        worker->lanes[number] = NULL;
    }
}

static enum status begin_lane(struct worker *worker, int32_t number, struct error *error)
{
    if (worker->lanes[number] != NULL)
        return STATUS_OK;
    struct lane_metrics *metrics = metrics_lane(worker->metrics, number);
    if (metrics == NULL)
        return error_memory(error);
    struct kafka_queue *queue = kafka_queue_create(worker->consumer);
    if (queue == NULL)
        return error_memory(error);
    return lane_create(&worker->lanes[number], &worker->environment, number, queue, metrics, error);
}

/* Where each partition begins: at the lane's stored position, which may be behind the
 * truth (nobody is fenced yet) but never ahead of it; the lane drops what it knows. */
static enum status find_offsets(struct worker *worker, struct postgres *postgres, int32_t lane,
                                struct error *error)
{
    struct lane_position *positions;
    size_t count;
    enum status status =
        postgres_lane_positions(postgres, lane, worker->arena, &positions, &count, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < worker->partition_count; i++) {
        struct kafka_partition *partition = &worker->partitions[i];
        if (partition->partition != lane)
            continue;
        partition->offset = KAFKA_OFFSET_BEGINNING;
        partition->queue = lane_queue(worker->lanes[lane]);
        for (size_t j = 0; j < count; j++) {
            if (text_equal(positions[j].topic, partition->topic))
                partition->offset = positions[j].next_offset;
        }
    }
    return STATUS_OK;
}

/* Lanes pass records on by the number of lanes: all of them begin anew with the new one. */
static void adopt_lane_count(struct worker *worker, int32_t lane_count)
{
    if (worker->environment.lane_count > 0) {
        log_info("lanes were added", log_number("from", worker->environment.lane_count),
                 log_number("to", lane_count));
        end_lanes(worker, true);
        worker->fetched_count = 0; /* into the queues of lanes that are no more */
    }
    worker->environment.lane_count = lane_count;
}

/* Looks at the topics, and agrees with the other workers of the databases on the lanes. */
static enum status check_fleet(struct worker *worker, struct error *error)
{
    struct kafka_topic *topics;
    size_t count;
    int32_t lane_count = 0;
    enum status status =
        kafka_topics_read(worker->admin, TOPICS_TIMEOUT_MS, worker->arena, &topics, &count, error);
    if (status == STATUS_OK)
        status = subscription_check(worker->settings, topics, count, &lane_count, error);
    if (status == STATUS_OK && lane_count > 0)
        status = fleet_join(worker->fleet, lane_count, worker->arena, error);
    if (status == STATUS_OK && lane_count != worker->environment.lane_count)
        adopt_lane_count(worker, lane_count);
    return status;
}

/* Begins a lane, unless it lives in a database that is away: then its partitions have no
 * queue, and *away_count counts it. */
static enum status carry_out_lane(struct worker *worker, int32_t number, size_t *away_count,
                                  struct error *error)
{
    struct postgres *postgres = fleet_postgres(worker->fleet, number);
    if (postgres == NULL) {
        *away_count += 1;
        return STATUS_OK;
    }
    enum status status = begin_lane(worker, number, error);
    return status == STATUS_OK ? find_offsets(worker, postgres, number, error) : status;
}

static enum status begin_lanes(struct worker *worker, size_t *lane_count, size_t *away_count,
                               struct error *error)
{
    enum status status = STATUS_OK;
    *lane_count = *away_count = 0;
    for (size_t i = 0; i < worker->partition_count; i++)
        worker->partitions[i].queue = NULL;
    for (int32_t number = 0; status == STATUS_OK && number < LANES_MAX; number++) {
        if (!is_lane_assigned(worker, number))
            continue;
        *lane_count += 1;
        status = carry_out_lane(worker, number, away_count, error);
    }
    return status;
}

/* Fetches the partitions whose lanes have begun, from their offsets. Again only if there are
 * more of them than before: it interrupts those that are fetched already. */
static enum status fetch_partitions(struct worker *worker, struct error *error)
{
    size_t count = 0;
    struct kafka_partition *fetched =
        arena_alloc_array(worker->arena, worker->partition_count, sizeof *fetched);
    if (fetched == NULL)
        return error_memory(error);
    for (size_t i = 0; i < worker->partition_count; i++) {
        if (worker->partitions[i].queue != NULL)
            fetched[count++] = worker->partitions[i];
    }
    if (worker->fetched_count > 0 && count <= worker->fetched_count)
        return STATUS_OK;
    enum status status = kafka_consumer_assign(worker->consumer, fetched, count, error);
    if (status == STATUS_OK)
        worker->fetched_count = count;
    return status;
}

static enum status carry_out_assignment(struct worker *worker, struct error *error)
{
    struct error away;
    size_t lane_count, away_count;
    arena_reset(worker->arena);
    error_set(&away, STATUS_UNAVAILABLE, "a database went away");
    fleet_prepare(worker->fleet, &away); /* what is missing is told if a lane needs it */
    if (!fleet_is_usable(worker->fleet)) {
        *error = away;
        return error->status;
    }
    if (worker->partition_count > 0 && check_fleet(worker, error) != STATUS_OK)
        return error->status;
    end_lanes(worker, false);
    if (begin_lanes(worker, &lane_count, &away_count, error) != STATUS_OK ||
        fetch_partitions(worker, error) != STATUS_OK)
        return error->status;
    if (away_count > 0) {
        *error = away;
        return error->status;
    }
    worker->is_assignment_pending = false;
    gauge_set(&worker->metrics->is_assigned, true);
    forget_complaint(worker);
    log_info("lanes assigned", log_number("lanes", (int64_t)lane_count),
             log_number("of", worker->environment.lane_count),
             log_number("partitions", (int64_t)worker->partition_count));
    return STATUS_OK;
}

/* A lane is fetched for once all that it needs answers; until all are it is tried again. */
static void try_assignment(struct worker *worker)
{
    if (!worker->is_assignment_pending || time_monotonic_ms() < worker->assignment_retry_ms)
        return;
    struct error error;
    if (carry_out_assignment(worker, &error) == STATUS_OK)
        return;
    complain(worker, "lanes wait", &error);
    worker->assignment_retry_ms = time_monotonic_ms() + backoff_next_ms(&worker->backoff);
}

/* A lane that has to read again what it had read is begun anew, with all partitions: lanes that
 * live go on undisturbed, and drop what they see twice. */
static void renew_lanes(struct worker *worker)
{
    for (int32_t number = 0; number < LANES_MAX; number++) {
        if (worker->lanes[number] == NULL || !lane_is_outdated(worker->lanes[number]))
            continue;
        lane_destroy(worker->lanes[number]);
        worker->lanes[number] = NULL;
        worker->fetched_count = 0; /* into the queue of a lane that is no more */
        /* Not while the group decides anew: its next assignment begins the lane, or somebody else. */
        if (gauge_read(&worker->metrics->is_assigned))
            worker->is_assignment_pending = true;
    }
}

static enum status handle_notice(struct worker *worker, const struct kafka_notice *notice,
                                 struct error *error)
{
    switch (notice->happening) {
    case KAFKA_NOTHING: return STATUS_OK;
    case KAFKA_ASSIGNED: return note_assignment(worker, notice, error);
    case KAFKA_REVOKED:
        /* Lanes go on with what they hold until the next assignment tells which of them
         * stay: whoever takes one over fences us, so lateness is harmless. */
        worker->is_assignment_pending = false;
        worker->fetched_count = 0;
        gauge_set(&worker->metrics->is_assigned, false);
        log_info("lanes revoked", log_string("lost", notice->lost ? "yes" : "no"));
        return kafka_consumer_unassign(worker->consumer, error);
    case KAFKA_AWAY:
        note_kafka(worker, false);
        log_warn("Kafka is away; waiting for it", log_string("reason", notice->message));
        return STATUS_OK;
    case KAFKA_BACK:
        note_kafka(worker, true);
        log_info("Kafka is back", log_string("reason", notice->message));
        return STATUS_OK;
    case KAFKA_PROBLEM: log_warn("kafka", log_string("reason", notice->message)); return STATUS_OK;
    }
    return STATUS_OK;
}

/* The partitions that are this lane's, each from where it is done. */
static size_t lane_partitions(const struct worker *worker, int32_t lane,
                              const struct kafka_partition *done, size_t done_count,
                              struct kafka_partition *out)
{
    size_t count = 0;
    for (size_t i = 0; i < worker->partition_count; i++) {
        if (worker->partitions[i].partition != lane)
            continue;
        out[count] = worker->partitions[i];
        out[count].offset = KAFKA_OFFSET_BEGINNING;
        for (size_t j = 0; j < done_count; j++) {
            if (text_equal(done[j].topic, out[count].topic))
                out[count].offset = done[j].offset;
        }
        count++;
    }
    return count;
}

static enum status measure_lag(struct worker *worker, int32_t lane,
                               const struct kafka_partition *done, size_t done_count,
                               struct error *error)
{
    struct lane_metrics *metrics = metrics_lane(worker->metrics, lane);
    struct kafka_partition *all =
        arena_alloc_array(worker->arena, worker->partition_count, sizeof *all);
    if (metrics == NULL || all == NULL)
        return error_memory(error);
    size_t count = lane_partitions(worker, lane, done, done_count, all);
    gauge_set(&metrics->lag_records, kafka_consumer_lag(worker->consumer, all, count));
    gauge_set(&metrics->fetched_records,
              (int64_t)kafka_queue_length(lane_queue(worker->lanes[lane])));
    return STATUS_OK;
}

/* Step 14: the group's offsets, for lag tools; and the same for our own metrics. */
static void acknowledge(struct worker *worker)
{
    for (int32_t number = 0; number < LANES_MAX; number++) {
        struct kafka_partition *partitions;
        size_t count;
        struct error error;
        if (worker->lanes[number] == NULL || !is_lane_assigned(worker, number))
            continue;
        arena_reset(worker->arena);
        enum status status =
            lane_read_positions(worker->lanes[number], worker->arena, &partitions, &count, &error);
        if (status == STATUS_OK)
            status = measure_lag(worker, number, partitions, count, &error);
        if (status == STATUS_OK && count > 0)
            status = kafka_consumer_acknowledge(worker->consumer, partitions, count, &error);
        if (status != STATUS_OK)
            log_debug("offsets not acknowledged", log_number("lane", number),
                      log_string("reason", error.message));
    }
}

/* What the database has to be asked now and then. A failure is no harm: it is asked again. */
static void do_chores(struct worker *worker)
{
    if (worker->fetched_count > 0 && is_due(&worker->acknowledge))
        acknowledge(worker);
    bool reads_catalog = is_due(&worker->read_catalog);
    bool extends_journal = is_due(&worker->extend_journal);
    if (!reads_catalog && !extends_journal)
        return;
    if (!fleet_refresh(worker->fleet, extends_journal) && extends_journal)
        worker->extend_journal.next_ms = 0;
}

static enum status worker_run(struct worker *worker, struct error *error)
{
    while (signal_count == 0) {
        counter_add(&worker->metrics->beats, 1);
        struct kafka_notice notice;
        enum status status = kafka_consumer_poll(worker->consumer, POLL_MS, &notice, error);
        if (status == STATUS_OK)
            status = handle_notice(worker, &notice, error);
        if (status != STATUS_OK)
            return status;
        renew_lanes(worker);
        try_assignment(worker);
        do_chores(worker);
    }
    return STATUS_OK;
}

/* --- DRAINING ----------------------------------------------------------------------------- */

static bool all_lanes_stopped(const struct worker *worker)
{
    for (int32_t number = 0; number < LANES_MAX; number++) {
        if (worker->lanes[number] != NULL && lane_phase(worker->lanes[number]) != LANE_STOPPED)
            return false;
    }
    return true;
}

/* Lanes first: who takes them over then finds nothing held. */
static enum status worker_drain(struct worker *worker, struct error *error)
{
    int64_t deadline_ms = time_monotonic_ms() + worker->settings->drain_timeout_ms;
    gauge_set(&worker->metrics->phase, WORKER_DRAINING);
    log_info("worker draining", log_number("timeout_ms", worker->settings->drain_timeout_ms));
    for (int32_t number = 0; number < LANES_MAX; number++) {
        if (worker->lanes[number] != NULL)
            lane_stop(worker->lanes[number]);
    }
    while (!all_lanes_stopped(worker)) {
        if (time_monotonic_ms() >= deadline_ms)
            return error_set(error, STATUS_UNAVAILABLE,
                             "not drained within XORCA_DRAIN_TIMEOUT_MS=%u; what is committed "
                             "is published by the next owner of each lane",
                             worker->settings->drain_timeout_ms);
        time_sleep_ms(5);
    }
    if (worker->consumer != NULL)
        acknowledge(worker);
    end_lanes(worker, true);
    return STATUS_OK;
}

static void worker_destroy(struct worker *worker)
{
    probes_destroy(worker->probes); /* they read the metrics: before these end */
    watchdog_destroy(worker->watchdog);
    kafka_consumer_destroy(worker->consumer);
    kafka_admin_destroy(worker->admin);
    fleet_destroy(worker->fleet);
    catalog_destroy(worker->catalog);
    arena_destroy(worker->arena);
    arena_destroy(worker->assignment_arena);
    metrics_destroy(worker->metrics);
    free(worker);
}

/* --- ENDING -------------------------------------------------------------------------------- */

/* Lanes have drained: what is left is to leave the group and to end librdkafka's threads, of
 * which version 2.0.2 may wait for one for ever when a topic that it read was deleted. */
enum { LEAVE_MS_MAX = 5000 };

static void *leave_anyway(void *argument)
{
    const struct error *failure = argument;
    bool has_failed = failure->status != STATUS_OK;
    thread_name("leaving", -1);
    time_sleep_ms(LEAVE_MS_MAX);
    log_warn("worker ends without librdkafka, which does not end",
             log_number("waited_ms", LEAVE_MS_MAX),
             log_string("reason", has_failed ? failure->message : "told to stop"));
    _exit(has_failed ? EXIT_FAILURE : EXIT_SUCCESS);
}

/* A process that has no memory for the thread is left to whoever sent the signal. */
static void limit_leaving(const struct error *failure)
{
    static struct error kept; /* the thread may outlive whoever called */
    pthread_t thread;
    kept = *failure;
    if (pthread_create(&thread, NULL, leave_anyway, &kept) == 0)
        pthread_detach(thread);
}

static void watch_signals(void)
{
    struct sigaction action = {.sa_handler = note_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    action.sa_handler = SIG_IGN; /* a closed log pipe is no reason to die */
    sigaction(SIGPIPE, &action, NULL);
}

static struct worker *worker_create(const struct settings *settings)
{
    struct worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL)
        return NULL;
    int64_t now_ms = time_monotonic_ms();
    worker->settings = settings;
    worker->metrics = metrics_create();
    worker->arena = arena_create(ARENA_SIZE_MAX);
    worker->assignment_arena = arena_create(ARENA_SIZE_MAX);
    worker->backoff =
        backoff_make(BACKOFF_FIRST_MS, settings->retry_backoff_ms_max, (uint64_t)now_ms);
    worker->acknowledge = (struct chore){now_ms + ACKNOWLEDGE_EVERY_MS, ACKNOWLEDGE_EVERY_MS};
    worker->read_catalog = (struct chore){now_ms + CATALOG_EVERY_MS, CATALOG_EVERY_MS};
    worker->extend_journal = (struct chore){now_ms + JOURNAL_EVERY_MS, JOURNAL_EVERY_MS};
    if (worker->metrics == NULL || worker->arena == NULL || worker->assignment_arena == NULL) {
        worker_destroy(worker);
        return NULL;
    }
    return worker;
}

enum status worker_main(const struct settings *settings, struct error *error)
{
    struct worker *worker = worker_create(settings);
    if (worker == NULL)
        return error_memory(error);
    worker->environment = (struct lane_environment){.settings = settings};
    watch_signals();
    enum status status = worker_start(worker, error);
    worker->environment.catalog = worker->catalog;
    if (status == STATUS_OK)
        status = worker_run(worker, error);
    struct error drain_error;
    enum status drained = worker_drain(worker, &drain_error);
    if (drained != STATUS_OK) {
        /* Threads of lanes still run: nothing may be freed under them. */
        log_error("worker ends without having drained", log_string("reason", drain_error.message));
        _exit(EXIT_FAILURE);
    }
    limit_leaving(status == STATUS_OK ? &(struct error){.status = STATUS_OK} : error);
    worker_destroy(worker);
    if (status == STATUS_OK)
        log_info("worker stopped", log_string("group", settings->group));
    return status;
}
