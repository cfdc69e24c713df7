#include "core/orchestration/dedup.h"

#include <string.h>

#include "core/arena.h"
#include "core/hash.h"

/* Keys of each level. An event rewrites 64 bytes of the first on average, every 16th
 * event the second, every 128th the third: 160 bytes an event, however many there were. */
static const size_t level_keys_max[DEDUP_LEVELS] = {16, 128, DEDUP_EVENTS_MIN};

struct dedup_key dedup_key(struct text source, struct text id)
{
    const struct text parts[] = {source, id};
    struct hash128 hash = hash_parts("dedup", parts, 2);
    struct dedup_key key;
    memcpy(key.bytes, hash.bytes, sizeof key.bytes);
    return key;
}

static uint64_t word_at(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

bool dedup_contains(const struct dedup_window *window, struct dedup_key key)
{
    uint64_t wanted;
    memcpy(&wanted, key.bytes, sizeof wanted);
    for (int level = 0; level < DEDUP_LEVELS; level++) {
        struct text keys = window->levels[level];
        for (size_t at = 0; at < keys.size; at += DEDUP_KEY_SIZE) {
            if (word_at(keys.data + at) == wanted)
                return true;
        }
    }
    return false;
}

/* The keys of `older` and behind them those of `newer`; of the oldest no more than fit. */
static bool join_keys(struct arena *arena, struct text older, struct text newer, size_t keys_max,
                      struct text *out)
{
    size_t size_max = keys_max * DEDUP_KEY_SIZE;
    size_t size = older.size + newer.size;
    size_t forgotten = size > size_max ? size - size_max : 0;
    if (forgotten > older.size)
        forgotten = older.size;
    char *joined = arena_alloc(arena, size - forgotten);
    if (joined == NULL)
        return false;
    size_t kept = older.size - forgotten;
    if (kept > 0)
        memcpy(joined, older.data + forgotten, kept);
    memcpy(joined + kept, newer.data, newer.size);
    *out = (struct text){joined, kept + newer.size};
    return true;
}

enum status dedup_add(struct arena *arena, const struct dedup_window *window, struct dedup_key key,
                      struct dedup_window *out, struct error *error)
{
    *out = *window;
    char *kept = arena_alloc(arena, sizeof key.bytes);
    if (kept == NULL)
        return error_memory(error);
    memcpy(kept, key.bytes, sizeof key.bytes);
    struct text moving = {kept, sizeof key.bytes};
    for (int level = 0; level < DEDUP_LEVELS; level++) {
        struct text there = out->levels[level];
        size_t size_max = level_keys_max[level] * DEDUP_KEY_SIZE;
        bool is_last = level + 1 == DEDUP_LEVELS;
        if (is_last || there.size + moving.size <= size_max)
            return join_keys(arena, there, moving, level_keys_max[level], &out->levels[level])
                       ? STATUS_OK
                       : error_memory(error);
        out->levels[level] = moving;
        moving = there;
    }
    return STATUS_OK;
}

enum status dedup_check(const struct dedup_window *window, struct error *error)
{
    for (int level = 0; level < DEDUP_LEVELS; level++) {
        size_t size = window->levels[level].size;
        if (size % DEDUP_KEY_SIZE != 0 || size > level_keys_max[level] * DEDUP_KEY_SIZE)
            return error_set(error, STATUS_REJECTED,
                             "level %d of the events taken before has %zu bytes", level, size);
    }
    return STATUS_OK;
}
