#include "worker/commands/lane_resume.h"

#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "worker/positions.h"
#include "worker/printable.h"
#include "worker/settings.h"
#include "worker/time.h"

/* A worker whose lane is stopped holds its lock for the moment that each of its attempts takes. */
enum { LOCK_WAIT_MS = 15000, LOCK_RETRY_MS = 20 };

/* --- In words --------------------------------------------------------------------------- */

static void explain_database(const struct lane_look *look)
{
    long long sent = (long long)lane_look_published(look);
    long long stored = (long long)look->row->out_next - 1;
    if (look->is_foreign)
        printf("Another database has published this lane, up to outbox row %lld; this one is at\n"
               "row %lld. If that one is still in use, give this one a group of its own.\n",
               (long long)look->marker.sequence, stored);
    if (look->is_behind)
        printf(
            "Outbox row %lld was published, and the database is at row %lld: it has lost what it\n"
            "had committed (a standby without the last transactions, a restored backup).\n"
            "If the newer database can be had, stop the workers and restore that.\n",
            sent, stored);
    if (look->is_foreign || look->is_behind)
        printf(
            "Resuming goes on from this database, at row %lld: its events are read and done\n"
            "again from where it stands. What they send again has the same ids as before, where\n"
            "events of one orchestration come in the same order as before.\n",
            sent + 1);
}

static void explain_gap(const struct lane_gap *gap)
{
    printf("Topic ");
    printable_print(stdout, gap->topic, PRINTABLE_PLAIN);
    printf(" has offsets %lld to %lld, and the lane reads %lld next: ", (long long)gap->first,
           (long long)gap->end, (long long)gap->position);
    if (gap->position > gap->end)
        printf("the topic was\ndeleted and made again, or its end was lost.\n");
    else
        printf("what was between\nhas expired unread, and is lost.\n");
    printf(
        "Resuming reads it from %lld on. An event that changed its orchestration already is\n"
        "recognised (the last 1024 of each); those of orchestrations that have ended do nothing.\n",
        (long long)gap->first);
}

void lane_resume_explain(const struct lane_look *look)
{
    printf("Lane %d, epoch %lld\n", (int)look->row->lane, (long long)look->row->epoch);
    explain_database(look);
    for (size_t i = 0; i < look->gap_count; i++)
        explain_gap(&look->gaps[i]);
}

/* --- In deed ----------------------------------------------------------------------------- */

static enum status take_lock(struct postgres *postgres, const struct lane_row *row,
                             struct error *error)
{
    int64_t deadline_ms = time_monotonic_ms() + LOCK_WAIT_MS;
    for (;;) {
        bool is_locked = false;
        enum status status = postgres_lane_try_lock(postgres, row->lane, &is_locked, error);
        if (status != STATUS_OK || is_locked)
            return status;
        if (time_monotonic_ms() >= deadline_ms)
            return error_set(error, STATUS_CONFLICT,
                             "lane %d is owned by a worker that is at work (%.*s)", (int)row->lane,
                             TEXT_ARGS(row->holder));
        time_sleep_ms(LOCK_RETRY_MS);
    }
}

/* With both fences up nothing changes any more: what was explained must still be so. */
static enum status check_unchanged(const struct lane_look *look, const struct lane_record *record,
                                   const struct marker *marker, struct error *error)
{
    bool is_same =
        record->out_next == look->row->out_next && record->published == look->row->published &&
        memcmp(&record->incarnation, &look->row->incarnation, sizeof record->incarnation) == 0 &&
        text_equal(record->positions_json, look->row->positions_json) &&
        marker->sequence == look->marker.sequence &&
        memcmp(&marker->incarnation, &look->marker.incarnation, sizeof marker->incarnation) == 0;
    return is_same ? STATUS_OK
                   : error_set(error, STATUS_CONFLICT,
                               "lane %d has moved on meanwhile: look at it again",
                               (int)look->row->lane);
}

/* The lane's positions, at the beginning of each topic that has a gap. */
static enum status mend_positions(const struct lane_look *look, struct arena *arena,
                                  struct text *out, struct error *error)
{
    struct positions positions = {0};
    enum status status =
        positions_load(&positions, look->row->positions, look->row->position_count, error);
    for (size_t i = 0; status == STATUS_OK && i < look->gap_count; i++)
        positions_find(&positions, look->gaps[i].topic)->next = look->gaps[i].first;
    if (status == STATUS_OK)
        status = positions_write(&positions, arena, out, error);
    positions_destroy(&positions);
    return status;
}

/* PostgreSQL first: should Kafka fail behind it, the marker is another incarnation's, which
 * resuming mends as well. */
static enum status begin_incarnation(const struct lane_looker *looker, const struct lane_look *look,
                                     int64_t epoch, struct kafka_publisher *producer,
                                     struct error *error)
{
    struct lane_resumption resumption = {.lane = look->row->lane,
                                         .epoch = epoch,
                                         .published = lane_look_published(look),
                                         .own_published = lane_look_own_published(look)};
    struct marker marker = {.sequence = resumption.published, .epoch = epoch};
    size_t bad = 0;
    enum status status = mend_positions(look, looker->arena, &resumption.positions, error);
    if (status == STATUS_OK)
        status = postgres_lane_resume(looker->postgres, &resumption, &marker.incarnation, error);
    if (status == STATUS_OK)
        status = kafka_publisher_publish(producer, NULL, 0, marker,
                                         (int)looker->settings->publish_timeout_ms, &bad, error);
    return status;
}

enum status lane_resume(const struct lane_looker *looker, const struct lane_look *look,
                        struct error *error)
{
    const struct settings *settings = looker->settings;
    struct kafka_publisher *producer = NULL;
    struct lane_record record;
    struct marker marker = {0};
    bool found = false;
    enum status status = take_lock(looker->postgres, look->row, error);
    if (status == STATUS_OK)
        status =
            postgres_lane_take(looker->postgres, look->row->lane, looker->arena, &record, error);
    if (status == STATUS_OK)
        status =
            kafka_publisher_create(&producer, settings->kafka, settings->delivery, settings->group,
                                   look->row->lane, (int)settings->publish_timeout_ms, error);
    if (status == STATUS_OK && settings->delivery == DELIVERY_EXACTLY_ONCE)
        status = kafka_publisher_position(producer, (int)settings->publish_timeout_ms, &marker,
                                          &found, error);
    if (status == STATUS_OK)
        status = check_unchanged(look, &record, &marker, error);
    if (status == STATUS_OK)
        status = begin_incarnation(looker, look, record.epoch, producer, error);
    kafka_publisher_destroy(producer);
    return status;
}
