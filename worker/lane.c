#include "worker/lane.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/postgres/postgres.h"
#include "core/arena.h"
#include "worker/backoff.h"
#include "worker/batch.h"
#include "worker/catalog.h"
#include "worker/crash.h"
#include "worker/id_table.h"
#include "worker/lane_publisher.h"
#include "worker/log.h"
#include "worker/metrics.h"
#include "worker/outbox.h"
#include "worker/positions.h"
#include "worker/predecessors.h"
#include "worker/settings.h"
#include "worker/snapshot_cache.h"
#include "worker/thread.h"
#include "worker/time.h"
#include "worker/timer_heap.h"

enum {
    /* How often a lane that waits for its lock asks again, and looks whether the holder
     * is stopped rather than working. */
    LOCK_RETRY_MS = 50,
    EVICT_CHECK_MS = 1000,
    /* Outbox rows of a predecessor that are published as one transaction. */
    LEFTOVER_ROWS_MAX = 32,
    /* An idle lane looks at the world this often: it tells PostgreSQL what was published,
     * and learns PostgreSQL's time. */
    IDLE_TURN_MS = 1000,
    /* An event that names an unknown definition makes the lane read the catalog, but not
     * more often than this. */
    CATALOG_RETRY_MS = 1000,
    /* A batch is decoded within the arena: its records may take this share of it as
     * bytes (a byte of JSON becomes up to 16 of values, and is written out again). */
    BATCH_MEMORY_SHARE = 32,
    /* Attempts to commit a batch whose rows moved underneath it. */
    CONFLICT_ATTEMPTS_MAX = 5,
    /* A subject that waits until its former lane has published is looked at this often. */
    PREDECESSOR_WAIT_MS = 50,
    /* PostgreSQL's clock is believed to be steady within this. */
    CLOCK_TRUST_MS = 1000,
    /* Records of one fetch that do not make a lane busy: the answers to what one orchestration
     * asked at the same time. */
    ALONE_RECORDS_MAX = 2,
    /* A lane waits this long for its publisher to take a batch, and then looks around. */
    LANE_PUBLISHER_WAIT_MS = 1000,
    BACKOFF_FIRST_MS = 100
};

struct lane {
    const struct lane_environment *environment;
    int32_t number;
    const struct database *database; /* where it lives */
    struct kafka_queue *queue;
    struct lane_metrics *metrics;
    pthread_t thread;
    atomic_bool is_stopping;
    atomic_bool is_outdated; /* it has ended, to be begun anew: see lane_is_outdated */
    atomic_int phase;        /* enum lane_phase */

    /* What follows is the lane's thread's alone, but for positions (see the mutex). */
    struct arena *arena; /* of the turn */
    struct backoff backoff;
    char complaint[ERROR_MESSAGE_SIZE]; /* the failure that was logged last */

    struct record *records; /* in hand: fetched and not yet committed */
    size_t record_count;

    bool is_behind;        /* the last batch was full: there is more than one takes */
    bool is_busy;          /* the last fetch brought several records at once */
    int64_t next_fetch_ms; /* monotonic: when a busy lane fetches again */

    struct postgres *postgres;
    struct lane_publisher *publisher;
    struct lane_tenure tenure;
    int64_t out_next;
    int64_t journal_next;
    int64_t recorded_published; /* what the lane's row says */
    int64_t clock_offset_ms;    /* PostgreSQL's clock less the monotonic one */
    int64_t last_commit_ms;     /* monotonic */
    char *positions_text;       /* as the row has them */
    bool has_gone_back;         /* PostgreSQL, behind what this lane had read and committed */
    struct error hole;          /* why Kafka has not what comes next; STATUS_OK: it has */

    struct snapshot_cache *cache;
    struct timer_heap timers;
    struct predecessors predecessors;
    struct id_table index; /* of the batch that is being made */
    struct batch_environment batch_environment;
    int64_t catalog_read_ms; /* monotonic */

    pthread_mutex_t positions_mutex; /* guards positions against lane_read_positions */
    struct positions positions;
};

/* --- Small things ----------------------------------------------------------------- */

static const struct settings *settings_of(const struct lane *lane)
{
    return lane->environment->settings;
}

static bool is_stopping(struct lane *lane)
{
    return atomic_load(&lane->is_stopping);
}

static void enter_phase(struct lane *lane, enum lane_phase phase)
{
    static const char *const names[] = {"waiting", "live", "draining", "stopped"};
    enum lane_phase before = (enum lane_phase)atomic_exchange(&lane->phase, (int)phase);
    gauge_set(&lane->metrics->phase, phase);
    if (before != phase)
        log_debug("lane phase", log_number("lane", lane->number), log_string("from", names[before]),
                  log_string("to", names[phase]));
}

/* Shows the watchdog that the lane gets on with what it does, be it waiting. */
static void beat(struct lane *lane)
{
    counter_add(&lane->metrics->beats, 1);
}

/* PostgreSQL's time, carried on by our own clock since it was read last. */
static int64_t lane_now_ms(const struct lane *lane)
{
    return time_monotonic_ms() + lane->clock_offset_ms;
}

/* An answer took its time to arrive, so what it says is at most the truth, and the largest
 * of the last ones is the nearest. It is forgotten slowly, and at once where PostgreSQL's
 * clock was set back. */
static void learn_time(struct lane *lane, int64_t postgres_ms)
{
    int64_t offset_ms = postgres_ms - time_monotonic_ms();
    if (offset_ms > lane->clock_offset_ms || offset_ms < lane->clock_offset_ms - CLOCK_TRUST_MS)
        lane->clock_offset_ms = offset_ms;
    else if (offset_ms < lane->clock_offset_ms)
        lane->clock_offset_ms--;
}

/* Waits, but not longer than until the lane is stopped. What arrives meanwhile stays in
 * the queue: nothing is fetched. */
static void lane_wait(struct lane *lane, int64_t wait_ms)
{
    int64_t end_ms = time_monotonic_ms() + wait_ms;
    for (int64_t left = wait_ms; left > 0 && !is_stopping(lane);
         left = end_ms - time_monotonic_ms()) {
        beat(lane);
        time_sleep_ms(left < LOCK_RETRY_MS ? left : LOCK_RETRY_MS);
    }
}

/* --- Take-over: protocol.md, section 3, steps 1 to 6 -------------------------------- */

/* Ends everything that a tenure holds. What is in hand and not committed is kept: the
 * next take-over's positions tell whether it still has to be done. */
static void lane_let_go(struct lane *lane)
{
    lane_publisher_destroy(lane->publisher);
    lane->publisher = NULL;
    postgres_close(lane->postgres); /* and with the session, its advisory lock */
    lane->postgres = NULL;
    snapshot_cache_clear(lane->cache);
    timer_heap_clear(&lane->timers);
    predecessors_reset(&lane->predecessors);
}

static enum status lane_connect(struct lane *lane, struct error *error)
{
    char name[64];
    snprintf(name, sizeof name, "xorca lane %d", (int)lane->number);
    enum status status = postgres_connect(&lane->postgres, lane->database->url, name, error);
    if (status == STATUS_OK)
        status = postgres_limit_statements(lane->postgres, settings_of(lane)->database_timeout_ms,
                                           error);
    return status;
}

/* Step 1. The lock is a courtesy that lets a predecessor finish; the fences are the
 * epochs. STATUS_CONFLICT: we were told to stop while waiting. */
static enum status lane_lock(struct lane *lane, struct error *error)
{
    int64_t asked_ms = time_monotonic_ms();
    for (;;) {
        bool is_locked = false;
        enum status status =
            postgres_lane_try_lock(lane->postgres, lane->number, &is_locked, error);
        if (status != STATUS_OK || is_locked)
            return status;
        if (is_stopping(lane))
            return error_set(error, STATUS_CONFLICT, "stopped while waiting for the lane's lock");
        if (time_monotonic_ms() - asked_ms > EVICT_CHECK_MS) {
            bool is_evicted = false;
            asked_ms = time_monotonic_ms();
            status = postgres_lane_evict(lane->postgres, lane->number,
                                         settings_of(lane)->lane_idle_ms_max, &is_evicted, error);
            if (status != STATUS_OK)
                return status;
            if (is_evicted)
                log_warn("stopped holder of the lane was ended", log_number("lane", lane->number),
                         log_number("idle_ms", settings_of(lane)->lane_idle_ms_max));
        }
        lane_wait(lane, LOCK_RETRY_MS);
    }
}

static enum status keep_positions_text(struct lane *lane, struct text text, struct error *error)
{
    char *copy = malloc(text.size + 1);
    if (copy == NULL)
        return error_memory(error);
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    free(lane->positions_text);
    lane->positions_text = copy;
    return STATUS_OK;
}

/* The offset that the row has for the topic; 0 when it has none. */
static int64_t recorded_position(const struct lane_record *record, const char *topic)
{
    for (size_t i = 0; i < record->position_count; i++) {
        if (text_is(record->positions[i].topic, topic))
            return record->positions[i].next_offset;
    }
    return 0;
}

/* What this process has committed before may be gone: a standby took over that had not got it, or
 * somebody went on from an older database (`xorca lanes resume`). Whether that may be, the marker
 * tells (step 5); if it may, what is behind must be fetched once more. */
static void compare_positions(struct lane *lane, const struct lane_record *record)
{
    for (size_t i = 0; i < lane->positions.count; i++) {
        const struct position *before = &lane->positions.items[i];
        int64_t now = recorded_position(record, before->topic);
        if (now >= before->stored)
            continue;
        log_warn("PostgreSQL went backwards", log_number("lane", lane->number),
                 log_string("topic", before->topic), log_number("committed", before->stored),
                 log_number("position", now));
        lane->has_gone_back = true;
    }
}

/* After a hole the partition is read no further, so the lane cannot go on until somebody has
 * moved its position; then it is begun anew, and the partition with it. */
static enum status check_hole(struct lane *lane, const struct lane_record *record,
                              struct error *error)
{
    if (lane->hole.status == STATUS_OK)
        return STATUS_OK;
    for (size_t i = 0; i < lane->positions.count; i++) {
        const struct position *before = &lane->positions.items[i];
        if (recorded_position(record, before->topic) != before->stored) {
            lane->has_gone_back = true;
            return STATUS_OK;
        }
    }
    *error = lane->hole;
    return error->status;
}

static enum status adopt_record(struct lane *lane, const struct lane_record *record,
                                struct error *error)
{
    enum status status = check_hole(lane, record, error);
    if (status != STATUS_OK)
        return status;
    compare_positions(lane, record);
    learn_time(lane, record->now_ms);
    lane->tenure =
        (struct lane_tenure){lane->number, record->epoch, record->incarnation, record->published};
    lane->out_next = record->out_next;
    lane->journal_next = record->journal_next;
    lane->recorded_published = record->published;
    pthread_mutex_lock(&lane->positions_mutex);
    status = positions_load(&lane->positions, record->positions, record->position_count, error);
    pthread_mutex_unlock(&lane->positions_mutex);
    return status == STATUS_OK ? keep_positions_text(lane, record->positions_json, error) : status;
}

/* What does not fit together may only be old: who stood still after step 2 remembers a row
 * that has moved on with its new owner, whose epoch is there now. Otherwise the error stands. */
static enum status unless_overtaken(struct lane *lane, struct error *error)
{
    struct lane_progress now;
    struct error failure;
    if (postgres_lane_progress(lane->postgres, lane->number, &now, &failure) != STATUS_OK)
        *error = failure;
    else if (now.epoch != lane->tenure.epoch)
        error_set(error, STATUS_CONFLICT, "another worker has taken the lane");
    return error->status;
}

/* Steps 4 and 5: how far the outbox has left, by Kafka's own word. */
static enum status establish_published(struct lane *lane, struct kafka_publisher *producer,
                                       struct error *error)
{
    if (settings_of(lane)->delivery == DELIVERY_AT_LEAST_ONCE)
        return STATUS_OK; /* PostgreSQL's word is all there is; repeats carry the same ids */
    struct marker marker = {0};
    bool found = false;
    enum status status = kafka_publisher_position(
        producer, (int)settings_of(lane)->publish_timeout_ms, &marker, &found, error);
    if (status != STATUS_OK)
        return status;
    if (!found)
        marker.sequence = 0;
    else if (memcmp(&marker.incarnation, &lane->tenure.incarnation, sizeof marker.incarnation) != 0)
        return error_set(error, STATUS_FATAL,
                         "topic %s says that another database has published lane %d: this one is "
                         "new or was restored; use a new XORCA_GROUP with a new database, or go on "
                         "from this one: `xorca lanes resume --lane %d` explains",
                         settings_of(lane)->marker_topic, (int)lane->number, (int)lane->number);
    if (marker.sequence >= lane->out_next) {
        error_set(error, STATUS_FATAL,
                  "PostgreSQL went backwards: outbox row %lld of the lane was published, and the "
                  "database is at row %lld; restore the newer database, or go on from this one: "
                  "`xorca lanes resume --lane %d` explains",
                  (long long)marker.sequence, (long long)lane->out_next - 1, (int)lane->number);
        return unless_overtaken(lane, error);
    }
    if (marker.sequence < lane->tenure.published)
        log_error("Kafka went backwards; going on from PostgreSQL's word",
                  log_number("lane", lane->number), log_number("marker", marker.sequence),
                  log_number("published", lane->tenure.published));
    else
        lane->tenure.published = marker.sequence;
    return STATUS_OK;
}

/* Step 6: what a predecessor committed and did not publish. */
static enum status publish_leftovers(struct lane *lane, struct kafka_publisher *producer,
                                     struct error *error)
{
    int64_t left = lane->out_next - 1 - lane->tenure.published;
    gauge_set(&lane->metrics->unpublished_batches, left);
    if (left > 0 && gauge_read(&lane->metrics->unpublished_since) == 0)
        gauge_set(&lane->metrics->unpublished_since, time_monotonic_ms());
    while (lane->tenure.published + 1 < lane->out_next) {
        struct outbox_row *rows;
        size_t count;
        beat(lane);
        arena_reset(lane->arena);
        enum status status =
            postgres_outbox_read(lane->postgres, lane->number, lane->tenure.published,
                                 LEFTOVER_ROWS_MAX, lane->arena, &rows, &count, error);
        if (status != STATUS_OK)
            return status;
        struct text bodies[LEFTOVER_ROWS_MAX];
        for (size_t i = 0; i < count; i++) {
            if (rows[i].sequence != lane->tenure.published + 1 + (int64_t)i)
                count = 0;
            else
                bodies[i] = rows[i].body;
        }
        if (count == 0) {
            error_set(error, STATUS_FATAL, "outbox row %lld of lane %d is missing",
                      (long long)lane->tenure.published + 1, (int)lane->number);
            return unless_overtaken(lane, error);
        }
        int64_t last = lane->tenure.published + (int64_t)count;
        crash_point(CRASH_LEFTOVERS);
        status = lane_publish_rows(settings_of(lane), producer, lane->tenure, bodies, count, last,
                                   lane->metrics, error);
        if (status != STATUS_OK)
            return status;
        log_info("outbox rows of the predecessor published", log_number("lane", lane->number),
                 log_number("first", lane->tenure.published + 1), log_number("last", last));
        lane->tenure.published = last;
    }
    return STATUS_OK;
}

/* Timers from `from_ms` on, as many as fit. */
static enum status load_timers(struct lane *lane, int64_t from_ms, struct error *error)
{
    enum { TIMERS_READ_MAX = TIMER_HEAP_ENTRIES_MAX / 2 };
    struct due_row *rows;
    size_t count;
    arena_reset(lane->arena);
    enum status status = postgres_timers_read(lane->postgres, lane->number, from_ms,
                                              TIMERS_READ_MAX, lane->arena, &rows, &count, error);
    if (status != STATUS_OK)
        return status;
    /* Several may be due at the time of the last one, and not all of them were read. */
    lane->timers.horizon_ms = TIMER_HORIZON_NONE;
    for (size_t i = 0; i < count; i++) {
        if (!timer_heap_set(&lane->timers, rows[i].id, rows[i].due_ms))
            return error_memory(error);
    }
    if (count == TIMERS_READ_MAX)
        lane->timers.horizon_ms = rows[count - 1].due_ms + 1;
    return STATUS_OK;
}

static void publisher_failed(void *context)
{
    struct lane *lane = context;
    kafka_queue_wake(lane->queue);
}

/* Steps 3 to 6 with the producer, which the publisher's thread owns in the end. */
static enum status lane_start_publishing(struct lane *lane, struct error *error)
{
    const struct settings *settings = settings_of(lane);
    struct kafka_publisher *producer = NULL;
    enum status status =
        kafka_publisher_create(&producer, settings->kafka, settings->delivery, settings->group,
                               lane->number, (int)settings->publish_timeout_ms, error);
    if (status == STATUS_OK) {
        crash_point(CRASH_PRODUCER);
        status = establish_published(lane, producer, error);
    }
    if (status == STATUS_OK) {
        crash_point(CRASH_POSITION);
        status = publish_leftovers(lane, producer, error);
    }
    if (status != STATUS_OK) {
        kafka_publisher_destroy(producer);
        return status;
    }
    return lane_publisher_create(&lane->publisher, settings, producer, lane->tenure, lane->metrics,
                                 publisher_failed, lane, error);
}

/* Both fences (the epoch in PostgreSQL, the producer's in Kafka) come before both reads
 * (the position, the outbox): what is read can then no longer change behind our back. */
static enum status lane_take_over(struct lane *lane, struct error *error)
{
    struct lane_record record;
    enum status status = lane_connect(lane, error);
    if (status == STATUS_OK)
        status = lane_lock(lane, error);
    if (status == STATUS_OK) {
        crash_point(CRASH_LOCKED);
        arena_reset(lane->arena);
        status = postgres_lane_take(lane->postgres, lane->number, lane->arena, &record, error);
    }
    if (status == STATUS_OK) {
        crash_point(CRASH_EPOCH);
        status = adopt_record(lane, &record, error);
    }
    if (status == STATUS_OK)
        status = lane_start_publishing(lane, error);
    if (status == STATUS_OK)
        status = load_timers(lane, INT64_MIN, error);
    if (status != STATUS_OK)
        return error_context(error, "take over");
    lane->last_commit_ms = time_monotonic_ms();
    gauge_set(&lane->metrics->epoch, lane->tenure.epoch);
    log_info("lane live", log_number("lane", lane->number), log_number("epoch", lane->tenure.epoch),
             log_number("published", lane->tenure.published),
             log_number("timers", (int64_t)lane->timers.count),
             log_string("database", lane->database->name));
    return STATUS_OK;
}

/* --- A turn: steps 7 to 11 ----------------------------------------------------------- */

/* How long the turn may wait for records: until a timer is due or it is time to look. */
static int turn_wait_ms(const struct lane *lane)
{
    int64_t due_ms = timer_heap_next_ms(&lane->timers);
    int64_t wait_ms = due_ms == INT64_MAX ? IDLE_TURN_MS : due_ms - lane_now_ms(lane);
    if (wait_ms > IDLE_TURN_MS)
        wait_ms = IDLE_TURN_MS;
    return wait_ms < 0 ? 0 : (int)wait_ms;
}

/* The next multiple of slot_ms: the same moments for all lanes of a machine, so that brokers
 * and services are woken once for what all of them send. */
static int64_t next_slot_ms(int64_t now_ms, int64_t slot_ms)
{
    return slot_ms == 0 ? now_ms : (now_ms / slot_ms + 1) * slot_ms;
}

/* A batch costs much the same whatever it holds: two transactions and a Produce request for
 * each topic. So a busy lane fetches no more often than XORCA_BATCH_WAIT_MS says, and not
 * before its publisher can take what comes of it; what comes after a pause, or alone, is
 * fetched at once. A lane with more records than one batch takes has nothing to wait for. */
static void lane_pace(struct lane *lane)
{
    if (lane->is_behind)
        return;
    lane_publisher_await_turn(lane->publisher, LANE_PUBLISHER_WAIT_MS);
    if (lane->is_busy)
        lane_wait(lane, lane->next_fetch_ms - time_monotonic_ms());
}

/* Step 7: takes records in hand, unless there are some from a turn that failed. */
static enum status lane_fetch(struct lane *lane, struct error *error)
{
    const struct settings *settings = settings_of(lane);
    if (lane->record_count > 0)
        return STATUS_OK;
    lane_pace(lane);
    enum status status = kafka_queue_fetch(lane->queue, turn_wait_ms(lane), lane->records,
                                           settings->batch_events, &lane->record_count, error);
    if (status == STATUS_FATAL && kafka_queue_has_hole(lane->queue)) {
        error_set(&lane->hole, STATUS_FATAL,
                  "Kafka went backwards, or forgot what was not read yet: %.300s; `xorca lanes "
                  "resume --lane %d` explains",
                  error->message, (int)lane->number);
        *error = lane->hole;
    }
    if (lane->record_count == 0)
        return status;
    crash_point(CRASH_FETCHED);
    lane->is_busy = lane->record_count > ALONE_RECORDS_MAX;
    lane->next_fetch_ms = next_slot_ms(time_monotonic_ms(), settings->batch_wait_ms);
    return status;
}

/* Drops what was processed before: offsets below the position. Gaps are legal (markers of
 * transactions, compaction), so the test is "not below", never "equal". */
static enum status drop_processed(struct lane *lane, struct error *error)
{
    size_t kept = 0;
    for (size_t i = 0; i < lane->record_count; i++) {
        pthread_mutex_lock(&lane->positions_mutex);
        const struct position *position = positions_find(&lane->positions, lane->records[i].topic);
        pthread_mutex_unlock(&lane->positions_mutex);
        if (position == NULL)
            return error_memory(error);
        if (lane->records[i].offset >= position->stored)
            lane->records[kept++] = lane->records[i];
    }
    lane->record_count = kept;
    return STATUS_OK;
}

/* How many of the records in hand one batch takes: what the arena can hold decoded. */
static size_t records_of_batch(const struct lane *lane, size_t count_max)
{
    size_t size_max = (size_t)settings_of(lane)->batch_memory_kib * 1024 / BATCH_MEMORY_SHARE;
    size_t size = 0, count = 0;
    while (count < lane->record_count && count < count_max) {
        size += lane->records[count].value.size;
        if (size > size_max && count > 0)
            break;
        count++;
    }
    return count;
}

/* What one attempt at a batch takes, and how. */
struct attempt {
    size_t record_count;
    size_t timer_room;
    bool is_careful;  /* the cache was wrong: read every row */
    bool is_hopeless; /* one record alone does not fit the arena: to the dead letter topic */
    bool is_cut;      /* record_count was lowered: what is behind it waits for another lane */
};

/* Due timers, beside live events at a bounded rate: half a batch when there are records.
 * They leave the heap; after the batch it is told when each orchestration is due next, and
 * a turn that fails ends in a take-over, which fills it anew. */
static enum status add_timers(struct lane *lane, struct batch *batch, size_t room,
                              struct error *error)
{
    const struct timer_entry *first;
    while (room-- > 0 && (first = timer_heap_first(&lane->timers)) != NULL &&
           first->due_ms <= batch->now_ms) {
        struct hash128 id = first->id;
        enum status status = batch_add_timer(batch, id, error);
        if (status != STATUS_OK)
            return status;
        timer_heap_set(&lane->timers, id, 0);
    }
    return STATUS_OK;
}

static enum status add_records(struct lane *lane, struct batch *batch,
                               const struct attempt *attempt, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < attempt->record_count; i++) {
        const struct record *record = &lane->records[i];
        positions_find(&lane->positions, record->topic)->next = record->offset + 1;
        status = attempt->is_hopeless
                     ? batch_add_dead_letter(batch, record,
                                             "needs more memory than XORCA_BATCH_MEMORY_KIB", error)
                     : batch_add_record(batch, record, error);
    }
    return status;
}

static enum status load_subjects(struct lane *lane, struct batch *batch, bool is_careful,
                                 struct error *error)
{
    struct hash128 *ids;
    size_t id_count, row_count;
    struct orchestration_row *rows;
    enum status status = batch_missing(batch, lane->cache, is_careful, &ids, &id_count, error);
    if (status != STATUS_OK || id_count == 0)
        return status;
    status = postgres_orchestrations_read(lane->postgres, ids, id_count, lane->arena, &rows,
                                          &row_count, error);
    return status == STATUS_OK ? batch_fill(batch, rows, row_count, error) : status;
}

/* Cuts the attempt before the first event whose subject another lane wrote last and has not
 * published yet: STATUS_CONFLICT. */
static enum status await_predecessors(struct lane *lane, const struct batch *batch,
                                      struct attempt *attempt, struct error *error)
{
    for (size_t work = 0; batch_foreign(batch, &work); work++) {
        const struct stored *stored = &batch->subjects[batch->works[work].subject].stored;
        bool is_published = false;
        enum status status =
            predecessors_have_published(&lane->predecessors, lane->postgres, stored->lane,
                                        stored->journal_last, &is_published, error);
        if (status != STATUS_OK)
            return status;
        if (is_published)
            continue;
        attempt->record_count = work; /* records come before timers, in order */
        attempt->is_cut = true;
        return error_set(error, STATUS_CONFLICT, "a subject comes from lane %d", (int)stored->lane);
    }
    return STATUS_OK;
}

/* Steps 8 and 10 as one round trip. */
static enum status commit_batch(struct lane *lane, struct batch *batch, struct text *body,
                                bool *is_fenced, struct error *error)
{
    struct batch_rows rows;
    struct text journal, positions;
    enum status status = batch_rows(batch, &rows, error);
    if (status == STATUS_OK)
        status = batch_journal(batch, &journal, error);
    if (status == STATUS_OK)
        status = outbox_writer_finish(&batch->outbox, body, error);
    if (status == STATUS_OK)
        status = positions_write(&lane->positions, lane->arena, &positions, error);
    if (status != STATUS_OK)
        return status;

    struct lane_batch commit = {
        .lane = lane->number,
        .epoch = lane->tenure.epoch,
        .now_ms = batch->now_ms,
        .positions_before = text_of(lane->positions_text),
        .positions_after = positions,
        .out_next_before = lane->out_next,
        .out_next_after = lane->out_next + (body->size > 0),
        .published_before = lane->recorded_published,
        .published_after = lane_publisher_published(lane->publisher),
        .locks = rows.locks,
        .lock_count = rows.lock_count,
        .inserts = rows.inserts,
        .insert_count = rows.insert_count,
        .updates = rows.updates,
        .update_count = rows.update_count,
        .outbox = *body,
        .journal = journal,
        .journal_number = lane->journal_next,
    };
    struct lane_batch_result result;
    crash_point(CRASH_STEPPED);
    int64_t begun_us = time_monotonic_us();
    status = postgres_batch_commit(lane->postgres, &commit, &result, is_fenced, error);
    if (status != STATUS_OK)
        return status;
    histogram_observe(&lane->metrics->transaction_duration, time_monotonic_us() - begun_us);
    crash_point(CRASH_COMMITTED);
    learn_time(lane, result.now_ms);
    lane->last_commit_ms = time_monotonic_ms();
    lane->recorded_published = commit.published_after;
    lane->out_next = commit.out_next_after;
    lane->journal_next += journal.size > 0;
    return keep_positions_text(lane, positions, error);
}

static void count_orchestration(struct lane_metrics *metrics, const struct batch_subject *subject)
{
    if (!subject->is_changed)
        return;
    if (subject->revision_before == 0)
        counter_add(&metrics->orchestrations[ORCHESTRATION_OUTCOME_STARTED], 1);
    if (subject->stored.status == ORCHESTRATION_COMPLETED)
        counter_add(&metrics->orchestrations[ORCHESTRATION_OUTCOME_COMPLETED], 1);
    if (subject->stored.status == ORCHESTRATION_FAILED)
        counter_add(&metrics->orchestrations[ORCHESTRATION_OUTCOME_FAILED], 1);
}

/* After the commit: what was rolled back is counted by the attempt that succeeds. */
static void count_batch(struct lane_metrics *metrics, const struct batch *batch)
{
    for (size_t i = 0; i < batch->work_count; i++) {
        const struct batch_work *work = &batch->works[i];
        enum event_class class =
            work->record == NULL ? EVENT_CLASS_TIMER : event_class_of(work->event.type);
        counter_add(&metrics->events[class][work->outcome], 1);
        if (work->outcome == OUTCOME_DEAD_LETTER)
            counter_add(&metrics->dead_letters[DEAD_LETTER_UNPROCESSABLE], 1);
        if (work->record == NULL && work->outcome == OUTCOME_TRANSITIONED)
            histogram_observe(&metrics->timer_lateness, work->late_ms * 1000);
    }
    for (size_t i = 0; i < batch->subject_count; i++)
        count_orchestration(metrics, &batch->subjects[i]);
}

/* What was committed becomes what is known. */
static enum status settle_batch(struct lane *lane, struct batch *batch, struct error *error)
{
    pthread_mutex_lock(&lane->positions_mutex);
    positions_commit(&lane->positions);
    pthread_mutex_unlock(&lane->positions_mutex);
    for (size_t i = 0; i < batch->subject_count; i++) {
        const struct batch_subject *subject = &batch->subjects[i];
        bool is_active = subject->stored.orchestration.revision > 0 &&
                         subject->stored.status == ORCHESTRATION_ACTIVE &&
                         subject->stored.lane == lane->number;
        if (is_active)
            snapshot_cache_put(lane->cache, &subject->stored);
        else
            snapshot_cache_remove(lane->cache, subject->stored.id);
        int64_t due_ms = subject->retry_ms != 0 ? subject->retry_ms : subject->stored.due_ms;
        if (!timer_heap_set(&lane->timers, subject->stored.id, is_active ? due_ms : 0))
            return error_memory(error);
    }
    snapshot_cache_trim(lane->cache);
    return STATUS_OK;
}

/* The records of the batch are done: the rest moves up, or all is given back. */
static void release_records(struct lane *lane, size_t count)
{
    lane->record_count -= count;
    memmove(lane->records, lane->records + count, lane->record_count * sizeof *lane->records);
    if (lane->record_count == 0)
        kafka_queue_release(lane->queue);
}

/* Decodes, loads, steps and commits, once. */
static enum status attempt_batch(struct lane *lane, struct attempt *attempt, struct batch *batch,
                                 struct text *body, bool *is_fenced, struct error *error)
{
    *is_fenced = false;
    arena_reset(lane->arena);
    positions_begin(&lane->positions);
    enum status status =
        batch_begin(batch, &lane->batch_environment, lane->arena, &lane->index,
                    attempt->record_count + attempt->timer_room, lane_now_ms(lane), error);
    if (status == STATUS_OK)
        status = add_records(lane, batch, attempt, error);
    if (status == STATUS_OK)
        status = add_timers(lane, batch, attempt->timer_room, error);
    if (status == STATUS_OK)
        status = load_subjects(lane, batch, attempt->is_careful, error);
    if (status == STATUS_OK)
        status = await_predecessors(lane, batch, attempt, error);
    if (status == STATUS_OK)
        status = batch_step(batch, lane->journal_next, error);
    if (status == STATUS_OK)
        status = commit_batch(lane, batch, body, is_fenced, error);
    return status;
}

/* A timer that was taken from the heap for an attempt that was rolled back goes back. */
static void return_timers(struct lane *lane, const struct batch *batch)
{
    for (size_t i = 0; i < batch->work_count; i++) {
        if (batch->works[i].kind == BATCH_TIMER)
            timer_heap_set(&lane->timers, batch->subjects[batch->works[i].subject].stored.id,
                           batch->now_ms);
    }
}

/* Makes the next attempt smaller after one that did not fit the arena. False: it cannot
 * get smaller. */
static bool attempt_less(struct attempt *attempt)
{
    if (attempt->record_count > 1 || attempt->timer_room > 1) {
        attempt->record_count = attempt->record_count > 0;
        attempt->timer_room = attempt->record_count == 0;
        return true;
    }
    bool is_new = attempt->record_count == 1 && !attempt->is_hopeless;
    attempt->is_hopeless = true;
    return is_new;
}

static enum status idle_turn(struct lane *lane, struct error *error);

/* Nothing can be done until another lane has published. What this one has published must
 * be told all the same: the other may wait for it. */
static enum status wait_for_predecessor(struct lane *lane, struct error *error)
{
    lane_wait(lane, PREDECESSOR_WAIT_MS);
    return idle_turn(lane, error);
}

/* Repeats while the stored rows turn out to be others than the cache said, and with less
 * while it does not fit the arena. */
static enum status run_batch(struct lane *lane, struct attempt attempt, struct error *error)
{
    struct batch batch;
    struct text body;
    enum status status;
    for (int conflicts = 0;;) {
        bool is_fenced;
        beat(lane);
        status = attempt_batch(lane, &attempt, &batch, &body, &is_fenced, error);
        if (status == STATUS_OK)
            break;
        return_timers(lane, &batch);
        if (attempt.is_cut && attempt.record_count == 0)
            return wait_for_predecessor(lane, error);
        if (attempt.is_cut) {
            attempt.is_cut = false;
            continue;
        }
        if (arena_is_exhausted(lane->arena) && attempt_less(&attempt)) {
            counter_add(&lane->metrics->retries[RETRY_MEMORY], 1);
            continue;
        }
        if (status != STATUS_CONFLICT || is_fenced || ++conflicts == CONFLICT_ATTEMPTS_MAX)
            return status;
        counter_add(&lane->metrics->retries[RETRY_CONFLICT], 1);
        log_info("batch repeated: rows moved underneath it", log_number("lane", lane->number),
                 log_string("reason", error->message));
        attempt.is_careful = true;
        snapshot_cache_clear(lane->cache);
    }
    count_batch(lane->metrics, &batch);
    status = settle_batch(lane, &batch, error);
    release_records(lane, attempt.record_count);
    if (status == STATUS_OK && body.size > 0) {
        status = lane_publisher_push(lane->publisher, lane->out_next - 1, body, error);
        crash_point(CRASH_HANDED_OVER);
    }
    return status;
}

/* Nothing came: tells PostgreSQL what has left meanwhile, shows that this lane lives, and
 * reads on behind the horizon of the timers. */
static enum status idle_turn(struct lane *lane, struct error *error)
{
    int64_t quiet_ms = time_monotonic_ms() - lane->last_commit_ms;
    bool is_behind = lane_publisher_published(lane->publisher) > lane->recorded_published;
    if ((is_behind && quiet_ms >= IDLE_TURN_MS) ||
        quiet_ms >= (int64_t)settings_of(lane)->lane_idle_ms_max / 4) {
        enum status status = run_batch(lane, (struct attempt){0}, error);
        if (status != STATUS_OK)
            return status;
    }
    if (lane->timers.horizon_ms <= lane_now_ms(lane) + IDLE_TURN_MS)
        return load_timers(lane, lane->timers.horizon_ms, error);
    return STATUS_OK;
}

/* In the clock of the process, which the metrics are read by. */
static void tell_next_timer(struct lane *lane)
{
    const struct timer_entry *first = timer_heap_first(&lane->timers);
    gauge_set(&lane->metrics->timer_due,
              first == NULL ? INT64_MAX : first->due_ms - lane->clock_offset_ms);
}

/* One turn: fetch, decode, load, step, commit, hand over for publishing. The position is
 * stored by the same transaction as the snapshots, so a crash before the commit delivers
 * the batch again to an unchanged world, and a crash after it leaves outbox rows that the
 * next owner publishes. */
static enum status lane_turn(struct lane *lane, struct error *error)
{
    beat(lane);
    tell_next_timer(lane);
    enum status status = lane_publisher_check(lane->publisher, error);
    if (status == STATUS_OK)
        status = lane_fetch(lane, error);
    if (status == STATUS_OK)
        status = drop_processed(lane, error);
    if (status != STATUS_OK)
        return status;
    if (lane->record_count == 0)
        kafka_queue_release(lane->queue);
    const struct timer_entry *first = timer_heap_first(&lane->timers);
    bool is_due = first != NULL && first->due_ms <= lane_now_ms(lane);
    if (lane->record_count == 0 && !is_due)
        return idle_turn(lane, error);
    size_t batch_events = settings_of(lane)->batch_events;
    struct attempt attempt = {.record_count = records_of_batch(lane, batch_events)};
    lane->is_behind = lane->record_count == batch_events;
    attempt.timer_room = attempt.record_count == 0 ? batch_events : batch_events / 2 + 1;
    return run_batch(lane, attempt, error);
}

/* --- Definitions ---------------------------------------------------------------------- */

/* An event names a definition that this process does not have: perhaps a newer worker
 * registered it. Asked at most once a CATALOG_RETRY_MS, so that noise costs nothing. */
static void read_catalog(struct lane *lane, struct text name)
{
    if (time_monotonic_ms() - lane->catalog_read_ms < CATALOG_RETRY_MS)
        return;
    struct error error;
    lane->catalog_read_ms = time_monotonic_ms();
    if (catalog_load(lane->environment->catalog, lane->postgres, name,
                     settings_of(lane)->json_limits, &error) != STATUS_OK)
        log_warn("definitions cannot be read", log_number("lane", lane->number),
                 log_string("reason", error.message));
}

static const struct definition *find_definition(void *context, struct text name,
                                                struct text version)
{
    struct lane *lane = context;
    struct catalog *catalog = lane->environment->catalog;
    const struct definition *found =
        version.size == 0 ? catalog_latest(catalog, name) : catalog_find(catalog, name, version);
    if (found != NULL)
        return found;
    read_catalog(lane, name);
    return version.size == 0 ? catalog_latest(catalog, name) : catalog_find(catalog, name, version);
}

static struct text known_versions(void *context, struct text name, struct arena *arena)
{
    struct lane *lane = context;
    return catalog_versions(lane->environment->catalog, name, arena);
}

/* --- The thread ------------------------------------------------------------------------ */

/* A failure is said once, when it is new; its repetitions are for debugging. */
static void complain(struct lane *lane, const struct error *error, uint32_t wait_ms)
{
    bool is_new = strcmp(lane->complaint, error->message) != 0;
    enum log_level level = !is_new                         ? LOG_DEBUG
                           : error->status == STATUS_FATAL ? LOG_ERROR
                                                           : LOG_WARN;
    memcpy(lane->complaint, error->message, sizeof lane->complaint);
    LOG_LINE(level, "lane waits and tries again", log_number("lane", lane->number),
             log_string("status", status_name(error->status)), log_number("wait_ms", wait_ms),
             log_string("reason", error->message));
}

/* A connection that is gone tells whose failure it is; what is left of the unavailable
 * is Kafka's. */
static enum retry_cause retry_cause_of(const struct lane *lane, const struct error *error)
{
    if (error->status == STATUS_CONFLICT)
        return RETRY_FENCED;
    if (error->status != STATUS_UNAVAILABLE)
        return RETRY_WRONG;
    return lane->postgres == NULL || !postgres_is_alive(lane->postgres) ? RETRY_POSTGRES
                                                                        : RETRY_KAFKA;
}

/* Finishes what was committed: nothing more is read. */
static void lane_drain(struct lane *lane)
{
    struct error error;
    int64_t deadline_ms = time_monotonic_ms() + settings_of(lane)->drain_timeout_ms;
    if (lane->publisher == NULL)
        return;
    enum status status = lane_publisher_drain(lane->publisher, deadline_ms, &error);
    lane->record_count = 0;
    if (status == STATUS_OK)
        status = run_batch(lane, (struct attempt){0}, &error); /* the row then says all */
    if (status == STATUS_OK)
        log_info("lane drained", log_number("lane", lane->number),
                 log_number("published", lane->recorded_published));
    else
        log_warn("lane stopped before it was drained", log_number("lane", lane->number),
                 log_string("reason", error.message));
}

static void *lane_run(void *argument)
{
    struct lane *lane = argument;
    thread_name("lane", lane->number);
    while (!is_stopping(lane)) {
        struct error error;
        enum status status = lane_take_over(lane, &error);
        if (status == STATUS_OK && lane->has_gone_back) {
            log_warn("lane begins anew where PostgreSQL is", log_number("lane", lane->number));
            atomic_store(&lane->is_outdated, true);
            break;
        }
        if (status == STATUS_OK) {
            enter_phase(lane, LANE_LIVE);
            lane->complaint[0] = '\0';
            backoff_reset(&lane->backoff);
        }
        while (status == STATUS_OK && !is_stopping(lane))
            status = lane_turn(lane, &error);
        if (status == STATUS_OK)
            break;
        counter_add(&lane->metrics->retries[retry_cause_of(lane, &error)], 1);
        enter_phase(lane, LANE_WAITING);
        lane_let_go(lane);
        if (is_stopping(lane))
            break;
        uint32_t wait_ms = backoff_next_ms(&lane->backoff);
        complain(lane, &error, wait_ms);
        lane_wait(lane, wait_ms);
    }
    enter_phase(lane, LANE_DRAINING);
    lane_drain(lane);
    lane_let_go(lane);
    kafka_queue_release(lane->queue);
    enter_phase(lane, LANE_STOPPED);
    return NULL;
}

/* --- What the worker calls --------------------------------------------------------------- */

static void lane_free(struct lane *lane)
{
    positions_destroy(&lane->positions);
    pthread_mutex_destroy(&lane->positions_mutex);
    id_table_destroy(&lane->index);
    timer_heap_destroy(&lane->timers);
    snapshot_cache_destroy(lane->cache);
    arena_destroy(lane->arena);
    free(lane->positions_text);
    free(lane->records);
    kafka_queue_destroy(lane->queue);
    free(lane);
}

enum status lane_create(struct lane **out, const struct lane_environment *environment,
                        int32_t number, struct kafka_queue *queue, struct lane_metrics *metrics,
                        struct error *error)
{
    const struct settings *settings = environment->settings;
    struct lane *lane = calloc(1, sizeof *lane);
    if (lane == NULL || pthread_mutex_init(&lane->positions_mutex, NULL) != 0) {
        free(lane);
        kafka_queue_destroy(queue);
        return error_memory(error);
    }
    lane->environment = environment;
    lane->number = number;
    lane->database = &settings->databases.items[databases_of_lane(&settings->databases, number)];
    lane->queue = queue;
    lane->metrics = metrics;
    gauge_set(&metrics->phase, LANE_WAITING);
    lane->arena = arena_create((size_t)settings->batch_memory_kib * 1024);
    lane->cache = snapshot_cache_create((size_t)settings->cache_kib * 1024);
    lane->records = calloc(settings->batch_events, sizeof *lane->records);
    lane->catalog_read_ms = time_monotonic_ms() - CATALOG_RETRY_MS;
    timer_heap_init(&lane->timers);
    lane->backoff = backoff_make(BACKOFF_FIRST_MS, settings->retry_backoff_ms_max,
                                 (uint64_t)time_monotonic_ms() * 31 + (uint64_t)number);
    lane->batch_environment = (struct batch_environment){
        .settings = settings,
        .lane = number,
        .lane_count = environment->lane_count,
        .step_duration = &metrics->step_duration,
        .find_definition = find_definition,
        .known_versions = known_versions,
        .context = lane,
    };
    if (lane->arena == NULL || lane->cache == NULL || lane->records == NULL ||
        pthread_create(&lane->thread, NULL, lane_run, lane) != 0) {
        lane_free(lane);
        return error_set(error, STATUS_FATAL, "lane %d: out of memory or threads", (int)number);
    }
    *out = lane;
    return STATUS_OK;
}

void lane_stop(struct lane *lane)
{
    atomic_store(&lane->is_stopping, true);
    kafka_queue_wake(lane->queue);
}

void lane_destroy(struct lane *lane)
{
    if (lane == NULL)
        return;
    lane_stop(lane);
    pthread_join(lane->thread, NULL);
    lane_metrics_let_go(lane->metrics);
    lane_free(lane);
}

int32_t lane_number(const struct lane *lane)
{
    return lane->number;
}

struct kafka_queue *lane_queue(struct lane *lane)
{
    return lane->queue;
}

bool lane_is_outdated(struct lane *lane)
{
    return atomic_load(&lane->is_outdated) && lane_phase(lane) == LANE_STOPPED;
}

enum lane_phase lane_phase(struct lane *lane)
{
    return (enum lane_phase)atomic_load(&lane->phase);
}

enum status lane_read_positions(struct lane *lane, struct arena *arena,
                                struct kafka_partition **out, size_t *count, struct error *error)
{
    enum status status = STATUS_OK;
    pthread_mutex_lock(&lane->positions_mutex);
    *count = 0;
    *out = arena_alloc_array(arena, lane->positions.count, sizeof **out);
    if (*out == NULL)
        status = error_memory(error);
    for (size_t i = 0; *out != NULL && i < lane->positions.count; i++) {
        const struct position *position = &lane->positions.items[i];
        struct text topic = {position->topic, position->topic_size};
        (*out)[(*count)++] = (struct kafka_partition){.topic = text_copy(arena, topic),
                                                      .partition = lane->number,
                                                      .offset = position->stored,
                                                      .queue = lane->queue};
    }
    pthread_mutex_unlock(&lane->positions_mutex);
    return status;
}
