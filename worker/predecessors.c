#include "worker/predecessors.h"

#include <stdlib.h>

/* At most one for each lane of the fleet. NULL: out of memory. */
static struct predecessor *find(struct predecessors *predecessors, int32_t lane)
{
    for (size_t i = 0; i < predecessors->count; i++) {
        if (predecessors->items[i].lane == lane)
            return &predecessors->items[i];
    }
    if (predecessors->count == predecessors->capacity) {
        size_t capacity = predecessors->capacity == 0 ? 8 : predecessors->capacity * 2;
        struct predecessor *items = realloc(predecessors->items, capacity * sizeof *items);
        if (items == NULL)
            return NULL;
        predecessors->items = items;
        predecessors->capacity = capacity;
    }
    /* Nothing was seen of it, so nothing is missing. */
    struct predecessor *added = &predecessors->items[predecessors->count++];
    *added = (struct predecessor){.lane = lane, .is_published = true};
    return added;
}

static bool covers(const struct predecessor *predecessor, int64_t journal_last)
{
    return predecessor->is_published && journal_last < predecessor->seen.journal_next;
}

enum status predecessors_have_published(struct predecessors *predecessors,
                                        struct postgres *postgres, int32_t lane,
                                        int64_t journal_last, bool *out, struct error *error)
{
    struct predecessor *predecessor = find(predecessors, lane);
    if (predecessor == NULL)
        return error_memory(error);
    *out = covers(predecessor, journal_last);
    if (*out)
        return STATUS_OK;
    struct lane_progress now;
    enum status status = postgres_lane_progress(postgres, lane, &now, error);
    if (status != STATUS_OK)
        return status;
    /* What was seen before is waited for to the end: a busy lane always has something that
     * is not published yet. */
    if (predecessor->is_published)
        predecessor->seen = now;
    predecessor->is_published = now.published >= predecessor->seen.out_next - 1;
    *out = covers(predecessor, journal_last);
    return STATUS_OK;
}

void predecessors_reset(struct predecessors *predecessors)
{
    free(predecessors->items);
    *predecessors = (struct predecessors){0};
}
