/* predecessors.h - the lanes that subjects come from, when partitions were added.
 *
 * A subject is on the partition that its key hashes to, so more partitions move subjects to
 * other lanes. The lane that meets a row which another lane wrote takes it over with its next
 * update; but first, what the other lane sent for it must have left, or the subject's
 * messages would overtake each other. */
#ifndef WORKER_PREDECESSORS_H
#define WORKER_PREDECESSORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "adapters/postgres/postgres.h"

/* How far a lane was when it was asked: all that it had committed by then is published when
 * `published` of its row has come to out_next - 1. */
struct predecessor {
    int32_t lane;
    struct lane_progress seen;
    bool is_published;
};

/* Zeroed: none. One thread. */
struct predecessors {
    struct predecessor *items;
    size_t count;
    size_t capacity;
};

/* Whether everything that `lane` committed up to its journal row `journal_last` is published.
 * Asks PostgreSQL unless it is known. A lane tells its row what it published with its
 * next batch, within a second when it is idle: ask again until then. */
enum status predecessors_have_published(struct predecessors *predecessors,
                                        struct postgres *postgres, int32_t lane,
                                        int64_t journal_last, bool *out, struct error *error);

/* Forgets all, and gives their memory back. */
void predecessors_reset(struct predecessors *predecessors);

#endif
