/* dedup.h - which events changed an orchestration: what is sent twice is taken once.
 *
 * A service that was not sure whether its answer arrived sends it again, as another record
 * with the same `source` and `id` (CloudEvents 1.0.2, "id": producers must make the pair
 * unique). The window remembers at least the last DEDUP_EVENTS_MIN of them, as 64 bits of a
 * keyed hash each: that an event is mistaken for one of them has a probability below 7e-17,
 * less than that of a bit which a disk reads wrongly and does not notice.
 *
 * It travels with the snapshot and is a value like it. It has levels of growing size, so that an
 * event writes anew what is recent and small: a level that is full moves to the next,
 * and the last forgets what is oldest. */
#ifndef CORE_ORCHESTRATION_DEDUP_H
#define CORE_ORCHESTRATION_DEDUP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/text.h"

struct arena;

enum { DEDUP_LEVELS = 3, DEDUP_EVENTS_MIN = 1024 };

/* DEDUP_KEY_SIZE bytes for each event of a level, the oldest first. */
enum { DEDUP_KEY_SIZE = 8 };
struct dedup_window {
    struct text levels[DEDUP_LEVELS]; /* the most recent one first; zeroed: empty */
};

struct dedup_key {
    unsigned char bytes[DEDUP_KEY_SIZE];
};

/* What stands for the event of this source and id. */
struct dedup_key dedup_key(struct text source, struct text id);

bool dedup_contains(const struct dedup_window *window, struct dedup_key key);

/* `window` with one event more; levels that did not change point to the same bytes.
 * STATUS_FATAL: the arena is full. */
enum status dedup_add(struct arena *arena, const struct dedup_window *window, struct dedup_key key,
                      struct dedup_window *out, struct error *error);

/* STATUS_REJECTED when what was stored is no window: a level that is not whole keys. */
enum status dedup_check(const struct dedup_window *window, struct error *error);

#endif
