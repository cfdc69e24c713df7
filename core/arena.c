#include "core/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The first block; later ones double, up to BLOCK_SIZE_MAX, so that an arena of a
 * few kilobytes costs a few and one of megabytes takes few blocks. What a full batch of ordinary
 * events needs, two hundred of ten kilobytes, fits one block, which arena_reset keeps. */
enum { BLOCK_SIZE_MIN = 8 * 1024, BLOCK_SIZE_MAX = 2 * 1024 * 1024 };

struct block {
    struct block *previous;
    size_t capacity;
    size_t used;
    alignas(max_align_t) unsigned char bytes[];
};

struct arena {
    struct block *last;
    size_t bytes_max;
    size_t total;      /* bytes in blocks, bookkeeping included */
    size_t handed_out; /* bytes given to callers since the last reset */
    bool exhausted;    /* an allocation failed since the last reset */
};

struct arena *arena_create(size_t bytes_max)
{
    struct arena *arena = calloc(1, sizeof *arena);
    if (arena != NULL)
        arena->bytes_max = bytes_max;
    return arena;
}

static struct block *block_add(struct arena *arena, size_t capacity)
{
    if (capacity > SIZE_MAX - sizeof(struct block) ||
        capacity + sizeof(struct block) > arena->bytes_max - arena->total)
        return NULL;
    struct block *block = malloc(sizeof *block + capacity);
    if (block == NULL)
        return NULL;
    block->previous = arena->last;
    block->capacity = capacity;
    block->used = 0;
    arena->last = block;
    arena->total += sizeof *block + capacity;
    return block;
}

/* The capacity of the next block: at least `size`; otherwise twice the last one,
 * but never beyond what the limit leaves. */
static size_t next_capacity(const struct arena *arena, size_t size)
{
    if (XORCA_ARENA_MALLOC)
        return size;
    size_t capacity = BLOCK_SIZE_MIN - sizeof(struct block);
    if (arena->last != NULL && arena->last->capacity >= capacity)
        capacity = arena->last->capacity * 2;
    if (capacity > BLOCK_SIZE_MAX)
        capacity = BLOCK_SIZE_MAX;
    size_t left = arena->bytes_max - arena->total;
    left = left > sizeof(struct block) ? left - sizeof(struct block) : 0;
    if (capacity > left)
        capacity = left;
    return capacity < size ? size : capacity;
}

/* What an allocation takes of its block; less than `size` when that is beyond all sizes. */
static size_t size_with_padding(size_t size)
{
    enum { ALIGN = alignof(max_align_t) };
    if (XORCA_ARENA_MALLOC)
        return size + (size == 0);
    return (size + (size == 0) + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

void *arena_alloc_unset(struct arena *arena, size_t size)
{
    size_t taken = size_with_padding(size);
    if (taken < size)
        return NULL;
    struct block *block = arena->last;
    if (block == NULL || block->capacity - block->used < taken) {
        block = block_add(arena, next_capacity(arena, taken));
        if (block == NULL) {
            arena->exhausted = true;
            return NULL;
        }
    }
    void *memory = block->bytes + block->used;
    block->used += taken;
    arena->handed_out += size;
    return memory;
}

bool arena_extend(struct arena *arena, const void *memory, size_t size, size_t size_wanted)
{
    struct block *block = arena->last;
    size_t taken = size_with_padding(size), wanted = size_with_padding(size_wanted);
    if (XORCA_ARENA_MALLOC || block == NULL || wanted < size_wanted || wanted < taken ||
        (const unsigned char *)memory + taken != block->bytes + block->used ||
        wanted - taken > block->capacity - block->used)
        return false;
    block->used += wanted - taken;
    arena->handed_out += size_wanted - size;
    return true;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    void *memory = arena_alloc_unset(arena, size);
    return memory == NULL ? NULL : memset(memory, 0, size);
}

void *arena_alloc_array(struct arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    return arena_alloc(arena, count * size);
}

static void block_drop_last(struct arena *arena)
{
    struct block *block = arena->last;
    arena->last = block->previous;
    arena->total -= sizeof *block + block->capacity;
    free(block);
}

void arena_reset(struct arena *arena)
{
    /* Keep one block for the next turn, the biggest of ordinary size: turns of a busy
     * lane then allocate nothing, and a rare big one does not hold its memory for ever. */
    struct block *keep = NULL;
    for (struct block *block = arena->last; block != NULL && !XORCA_ARENA_MALLOC;
         block = block->previous) {
        if (block->capacity <= BLOCK_SIZE_MAX && (keep == NULL || block->capacity > keep->capacity))
            keep = block;
    }
    while (arena->last != NULL) {
        struct block *block = arena->last;
        arena->last = block->previous;
        if (block != keep)
            free(block);
    }
    arena->last = keep;
    arena->total = 0;
    arena->handed_out = 0;
    arena->exhausted = false;
    if (keep != NULL) {
        keep->previous = NULL;
        keep->used = 0;
        arena->total = sizeof *keep + keep->capacity;
    }
}

struct arena_mark arena_mark(const struct arena *arena)
{
    return (struct arena_mark){arena->last, arena->last == NULL ? 0 : arena->last->used,
                               arena->handed_out};
}

void arena_rewind(struct arena *arena, struct arena_mark mark)
{
    while (arena->last != mark.block)
        block_drop_last(arena);
    if (arena->last != NULL)
        arena->last->used = mark.used;
    arena->handed_out = mark.total;
}

bool arena_is_exhausted(const struct arena *arena)
{
    return arena->exhausted;
}

size_t arena_used(const struct arena *arena)
{
    return arena->handed_out;
}

void arena_destroy(struct arena *arena)
{
    if (arena == NULL)
        return;
    while (arena->last != NULL)
        block_drop_last(arena);
    free(arena);
}
