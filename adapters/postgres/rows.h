/* rows.h - reads one row of a binary result, column by column.
 *
 * Each call takes the next column. What is not of the expected size, and memory that is
 * out, is remembered, and row_check tells: no call in between needs one. */
#ifndef ADAPTERS_POSTGRES_ROWS_H
#define ADAPTERS_POSTGRES_ROWS_H

#include <libpq-fe.h>

#include "adapters/postgres/connection.h"

struct arena;

struct row {
    const PGresult *result;
    struct arena *arena; /* takes the copies of texts */
    int number;
    int column; /* the next one */
    bool no_memory;
    bool malformed;
};

static inline struct row row_of(const PGresult *result, int number, struct arena *arena)
{
    return (struct row){.result = result, .number = number, .arena = arena};
}

/* STATUS_OK; or STATUS_FATAL: the arena is full, or a column is of another type. */
enum status row_check(const struct row *row, struct error *error);

bool row_bool(struct row *row);
int16_t row_int2(struct row *row);
int32_t row_int4(struct row *row);
int64_t row_int8(struct row *row);
struct hash128 row_uuid(struct row *row);
int64_t row_timestamptz(struct row *row); /* ms since 1970; 0 for null */
/* text, json, bytea: a copy in the arena, with a NUL behind it. Null is TEXT_NONE. */
struct text row_text(struct row *row);
struct text row_jsonb(struct row *row); /* as JSON text */

/* All rows of a statement as an array in the arena: what to read, and what was read. */
struct row_list {
    size_t item_size;
    void (*read)(struct row *row, void *item); /* fills one item */
    void *items;                               /* NULL until all were read */
    size_t count;
};

/* Runs the statement with postgres->parameters and reads every row of the answer. */
enum status postgres_read(struct postgres *postgres, enum statement statement, struct arena *arena,
                          struct row_list *list, struct error *error);

#endif
