/* backoff.h - waits that double, with jitter, so that a fleet does not knock at once. */
#ifndef WORKER_BACKOFF_H
#define WORKER_BACKOFF_H

#include <stdint.h>

struct backoff {
    uint32_t first_ms;
    uint32_t max_ms;
    uint32_t next_ms; /* 0: start over */
    uint64_t random;  /* state of the jitter; any value but 0 */
};

static inline struct backoff backoff_make(uint32_t first_ms, uint32_t max_ms, uint64_t seed)
{
    return (struct backoff){first_ms, max_ms, 0, seed | 1};
}

static inline void backoff_reset(struct backoff *backoff)
{
    backoff->next_ms = 0;
}

/* How long to wait now: between half and all of what the doubling says. */
static inline uint32_t backoff_next_ms(struct backoff *backoff)
{
    uint32_t wait_ms = backoff->next_ms == 0 ? backoff->first_ms : backoff->next_ms;
    backoff->next_ms = wait_ms > backoff->max_ms / 2 ? backoff->max_ms : wait_ms * 2;
    backoff->random ^= backoff->random << 13; /* xorshift64 (Marsaglia 2003) */
    backoff->random ^= backoff->random >> 7;
    backoff->random ^= backoff->random << 17;
    return wait_ms / 2 + (uint32_t)(backoff->random % (wait_ms / 2 + 1));
}

#endif
