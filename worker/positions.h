/* positions.h - the next offset to read of each topic, as the lane's row has them. */
#ifndef WORKER_POSITIONS_H
#define WORKER_POSITIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "adapters/postgres/postgres.h"
#include "core/error.h"
#include "core/text.h"

struct arena;

struct position {
    char *topic; /* allocated, NUL-terminated */
    size_t topic_size;
    int64_t stored; /* next offset by the last commit */
    int64_t next;   /* and by the batch that is being made */
};

struct positions {
    struct position *items;
    size_t count;
    size_t capacity;
    size_t last_found; /* records come in runs of one topic */
};

void positions_destroy(struct positions *positions);

/* Forgets all and takes what the database says. */
enum status positions_load(struct positions *positions, const struct lane_position *items,
                           size_t count, struct error *error);

/* Finds or adds the topic (a new one starts at offset 0). NULL: out of memory. */
struct position *positions_find(struct positions *positions, struct text topic);

/* A batch is made: `next` starts at `stored`; it was committed: `stored` becomes `next`. */
void positions_begin(struct positions *positions);
void positions_commit(struct positions *positions);

/* {"topic":offset,…} of `next`, in the arena. */
enum status positions_write(const struct positions *positions, struct arena *arena,
                            struct text *out, struct error *error);

#endif
