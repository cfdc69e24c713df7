#include "worker/commands/lane_look.h"

#include <string.h>

#include "core/arena.h"
#include "worker/commands/common.h"
#include "worker/settings.h"

/* Of a lane that moves; it needs one at most, unless it is very fast. */
enum { LOOKS_MAX = 5 };

enum status lane_looker_open(struct lane_looker *looker, const struct settings *settings,
                             struct arena *arena, struct error *error)
{
    *looker = (struct lane_looker){.settings = settings, .arena = arena};
    enum status status = kafka_admin_create(&looker->admin, settings->kafka, error);
    if (status == STATUS_OK)
        status = kafka_topics_read(looker->admin, KAFKA_TIMEOUT_MS, arena, &looker->topics,
                                   &looker->topic_count, error);
    return status;
}

enum status lane_looker_read(struct lane_looker *looker, const struct database *database,
                             struct lane_row **rows, size_t *count, struct error *error)
{
    postgres_close(looker->postgres);
    looker->postgres = NULL;
    enum status status = command_connect(database, &looker->postgres, error);
    if (status == STATUS_OK)
        status = postgres_lanes_read(looker->postgres, looker->arena, rows, count, error);
    return status;
}

void lane_looker_close(struct lane_looker *looker)
{
    postgres_close(looker->postgres);
    kafka_admin_destroy(looker->admin);
}

/* A lane that delivers at least once has no marker: PostgreSQL's word is all there is. */
static enum status look_at_marker(const struct lane_looker *looker, struct lane_look *look,
                                  struct error *error)
{
    const struct settings *settings = looker->settings;
    bool found = false;
    if (settings->delivery == DELIVERY_AT_LEAST_ONCE)
        return STATUS_OK;
    enum status status = kafka_marker_read(settings->kafka, settings->group, look->row->lane,
                                           KAFKA_TIMEOUT_MS, &look->marker, &found, error);
    if (status != STATUS_OK || !found)
        return status;
    look->is_foreign = memcmp(&look->marker.incarnation, &look->row->incarnation,
                              sizeof look->marker.incarnation) != 0;
    look->is_behind = !look->is_foreign && look->marker.sequence >= look->row->out_next;
    return STATUS_OK;
}

static bool topic_has_partition(const struct lane_looker *looker, struct text topic,
                                int32_t partition)
{
    for (size_t i = 0; i < looker->topic_count; i++) {
        if (text_equal(looker->topics[i].name, topic))
            return partition < looker->topics[i].partition_count;
    }
    return false;
}

/* A topic that is gone is nothing to be read, and nothing that is missing. */
static enum status look_at_position(const struct lane_looker *looker, struct lane_look *look,
                                    const struct lane_position *position, struct error *error)
{
    struct lane_gap gap = {.topic = position->topic, .position = position->next_offset};
    if (!topic_has_partition(looker, position->topic, look->row->lane))
        return STATUS_OK;
    const char *topic = text_copy(looker->arena, position->topic).data;
    if (topic == NULL)
        return error_memory(error);
    enum status status = kafka_partition_ends(looker->admin, topic, look->row->lane,
                                              KAFKA_TIMEOUT_MS, &gap.first, &gap.end, error);
    if (status == STATUS_OK && (gap.position < gap.first || gap.position > gap.end))
        look->gaps[look->gap_count++] = gap;
    return status;
}

static enum status look_once(const struct lane_looker *looker, const struct lane_row *row,
                             struct lane_look *out, struct error *error)
{
    *out = (struct lane_look){.row = row};
    out->gaps = arena_alloc_array(looker->arena, row->position_count, sizeof *out->gaps);
    if (out->gaps == NULL)
        return error_memory(error);
    enum status status = look_at_marker(looker, out, error);
    for (size_t i = 0; status == STATUS_OK && i < row->position_count; i++)
        status = look_at_position(looker, out, &row->positions[i], error);
    return status;
}

/* The row as it is now; NULL when it is gone. */
static enum status read_row(const struct lane_looker *looker, int32_t lane,
                            const struct lane_row **out, struct error *error)
{
    struct lane_row *rows;
    size_t count;
    *out = NULL;
    if (postgres_lanes_read(looker->postgres, looker->arena, &rows, &count, error) != STATUS_OK)
        return error->status;
    for (size_t i = 0; i < count; i++) {
        if (rows[i].lane == lane)
            *out = &rows[i];
    }
    return STATUS_OK;
}

/* A lane that lives may have moved on between the look at its row and those at Kafka. One that
 * is stopped has not: its row is the same before and behind. */
enum status lane_look(const struct lane_looker *looker, const struct lane_row *row,
                      struct lane_look *out, struct error *error)
{
    for (int looks = 0;; looks++) {
        const struct lane_row *now;
        enum status status = look_once(looker, row, out, error);
        if (status != STATUS_OK || !lane_look_is_stopped(out) || looks == LOOKS_MAX)
            return status;
        status = read_row(looker, row->lane, &now, error);
        if (status != STATUS_OK || now == NULL ||
            (now->out_next == row->out_next &&
             text_equal(now->positions_json, row->positions_json)))
            return status;
        row = now;
    }
}

bool lane_look_is_stopped(const struct lane_look *look)
{
    return look->is_foreign || look->is_behind || look->gap_count > 0;
}

int64_t lane_look_published(const struct lane_look *look)
{
    return look->marker.sequence > look->row->published ? look->marker.sequence
                                                        : look->row->published;
}

/* A foreign marker says nothing about our own rows. */
int64_t lane_look_own_published(const struct lane_look *look)
{
    return look->is_foreign ? look->row->published : lane_look_published(look);
}
