/* snapshot_cache.h - the orchestrations that a lane touched last, as it stored them.
 *
 * Saves the read before a step, and the parsing. It is only a cache: bounded, emptied at
 * take-over, and what it says is checked by the revision that every update names; where
 * that fails the lane drops the entries, reads and repeats. One thread. */
#ifndef WORKER_SNAPSHOT_CACHE_H
#define WORKER_SNAPSHOT_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "core/hash.h"
#include "core/orchestration/step.h"

/* An orchestration and what its row says beyond it. */
struct stored {
    struct hash128 id;
    struct orchestration orchestration; /* revision 0: there is no row */
    int32_t lane;                       /* that wrote it last */
    enum orchestration_status status;
    int64_t due_ms;
    int64_t journal_last;
    int64_t updated_ms;
};

struct snapshot_cache;

/* NULL: out of memory. size_max bounds the bytes of the entries
 * that snapshot_cache_trim leaves. */
struct snapshot_cache *snapshot_cache_create(size_t size_max);
void snapshot_cache_destroy(struct snapshot_cache *cache); /* accepts NULL */
void snapshot_cache_clear(struct snapshot_cache *cache);

/* What is cached for the id, or NULL. Valid until the next call that changes the cache. */
const struct stored *snapshot_cache_get(struct snapshot_cache *cache, struct hash128 id);

/* Stores a copy; without memory for it, it is simply not cached. `stored` may point into
 * the entry that it replaces, or into others: none is dropped here. */
void snapshot_cache_put(struct snapshot_cache *cache, const struct stored *stored);
void snapshot_cache_remove(struct snapshot_cache *cache, struct hash128 id);

/* Drops what was used longest ago until the rest fits: at the end of a batch. */
void snapshot_cache_trim(struct snapshot_cache *cache);

#endif
