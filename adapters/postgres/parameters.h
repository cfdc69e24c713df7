/* parameters.h - the parameters of a statement in PostgreSQL's binary format.
 *
 * Binary, because text arrays cost the client fifteen times as much (quoting) and the
 * server half as much again (protocol.md, section 5). Integers go byte by byte in
 * network order: nothing is read or written unaligned. The formats are those of the
 * server's receive functions (src/backend/utils/adt: int8recv, timestamptz_recv,
 * uuid_recv, jsonb_recv, array_recv).
 *
 * Write as much as you like, ask once at the end: what does not fit is remembered in
 * `failure`, and parameters_check tells. One struct is used again and again; its buffer
 * grows to what is needed and shrinks back after a large use. */
#ifndef ADAPTERS_POSTGRES_PARAMETERS_H
#define ADAPTERS_POSTGRES_PARAMETERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/hash.h"
#include "core/text.h"

/* Most parameters that one statement takes: an INSERT of orchestrations, and room. */
enum { PARAMETERS_MAX = 20 };

/* Bytes of all parameters of one statement. The server takes up to 1 GiB for a message
 * and for a value (MaxAllocSize); half of it leaves room for what it makes of them. */
#define PARAMETERS_SIZE_MAX ((size_t)512 * 1024 * 1024)

/* A buffer larger than this is given back when the next statement begins. */
#define PARAMETERS_SIZE_KEPT ((size_t)1024 * 1024)

/* Types by their object ids: pg_type.dat, fixed for ever. */
enum postgres_type {
    POSTGRES_BYTEA = 17,
    POSTGRES_INT8 = 20,
    POSTGRES_INT2 = 21,
    POSTGRES_TEXT = 25,
    POSTGRES_TIMESTAMPTZ = 1184,
    POSTGRES_UUID = 2950,
    POSTGRES_JSONB = 3802
};

enum parameters_failure {
    PARAMETERS_FINE = 0,
    PARAMETERS_NO_MEMORY,
    PARAMETERS_TOO_LARGE, /* PARAMETERS_SIZE_MAX */
    PARAMETERS_TIME_RANGE /* outside of what timestamptz holds */
};

struct parameter {
    const char *outside; /* the caller's bytes, or NULL: at `offset` of the buffer */
    size_t offset;
    size_t size;
    bool is_null;
};

struct parameters {
    unsigned char *bytes;
    size_t size;
    size_t capacity;
    size_t outside_size; /* bytes that are not copied */
    int count;
    struct parameter items[PARAMETERS_MAX];
    enum parameters_failure failure;
};

/* Begins a new statement's parameters. A zeroed struct is a valid one. */
void parameters_reset(struct parameters *parameters);
void parameters_destroy(struct parameters *parameters);

/* STATUS_OK, or what did not fit: STATUS_FATAL for memory, STATUS_REJECTED else. */
enum status parameters_check(const struct parameters *parameters, struct error *error);

/* --- One value; each call is the next parameter ------------------------------- */
void parameter_null(struct parameters *parameters);
void parameter_int4(struct parameters *parameters, int32_t value);
void parameter_int8(struct parameters *parameters, int64_t value);
void parameter_uuid(struct parameters *parameters, struct hash128 value);
/* Milliseconds since 1970. */
void parameter_timestamptz(struct parameters *parameters, int64_t ms);
/* text, json, bytea: the bytes themselves. They are not copied and must live until the
 * statement is sent. Data NULL is SQL's null. */
void parameter_bytes(struct parameters *parameters, struct text value);
/* JSON text as jsonb: copied behind its version byte. Data NULL is SQL's null. */
void parameter_jsonb(struct parameters *parameters, struct text value);

/* --- An array as one parameter: begin, its items, end -------------------------- */
void array_begin(struct parameters *parameters, enum postgres_type type);
void array_int2(struct parameters *parameters, int16_t value);
void array_int8(struct parameters *parameters, int64_t value);
void array_uuid(struct parameters *parameters, struct hash128 value);
void array_timestamptz(struct parameters *parameters, int64_t ms);
void array_text(struct parameters *parameters, struct text value);  /* bytea too; data NULL: null */
void array_jsonb(struct parameters *parameters, struct text value); /* data NULL: null */
void array_null(struct parameters *parameters);
void array_end(struct parameters *parameters);

/* --- Time ------------------------------------------------------------------------ */

/* timestamptz counts microseconds from 2000-01-01T00:00:00Z; we count milliseconds from
 * 1970. False outside of 4713 BC to 294276 AD, which is what PostgreSQL holds. */
bool postgres_time_from_ms(int64_t ms, int64_t *microseconds);
int64_t postgres_time_to_ms(int64_t microseconds); /* rounds towards the past */

#endif
