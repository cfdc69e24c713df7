/* arena.h - memory that is given back all at once.
 *
 * One turn of a lane, one compiled definition, one command: each has an arena, and
 * nothing in it is freed piece by piece. Take the arena as a parameter: the
 * signature then shows what may allocate. Not for use by two threads at once. */
#ifndef CORE_ARENA_H
#define CORE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* An empty arena that never holds more than bytes_max (its own bookkeeping
 * included), or NULL when memory is out. Memory is taken as it is needed. */
struct arena *arena_create(size_t bytes_max);

/* Zeroed memory, aligned for any type; NULL past bytes_max or when memory is out.
 * A size of 0 gives a valid pointer to nothing. */
void *arena_alloc(struct arena *arena, size_t size);

/* The same, with whatever bytes are there: for text and buffers that are written next. */
void *arena_alloc_unset(struct arena *arena, size_t size);

/* Makes what was allocated last longer where it lies, its new bytes whatever they are. False
 * when something was allocated since, or its block has no room: then copy it. */
bool arena_extend(struct arena *arena, const void *memory, size_t size, size_t size_wanted);

/* As arena_alloc for count elements of size bytes; NULL also when the product
 * overflows. */
void *arena_alloc_array(struct arena *arena, size_t count, size_t size);

/* Ends everything allocated so far. Keeps a block for the next turn. */
void arena_reset(struct arena *arena);

/* A point to return to: what was allocated after arena_mark ends with arena_rewind.
 * For one event of a batch whose work turned out to be void. */
struct arena_mark {
    void *block;
    size_t used;
    size_t total;
};
struct arena_mark arena_mark(const struct arena *arena);
void arena_rewind(struct arena *arena, struct arena_mark mark);

/* True when an allocation failed since the last reset: tells "this was too much for one
 * turn" from other reasons to give up. */
bool arena_is_exhausted(const struct arena *arena);

/* Bytes handed out since the last reset. */
size_t arena_used(const struct arena *arena);

/* Accepts NULL. */
void arena_destroy(struct arena *arena);

#endif
