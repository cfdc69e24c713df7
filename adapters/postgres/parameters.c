#include "adapters/postgres/parameters.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* 2000-01-01T00:00:00Z in milliseconds since 1970. */
#define POSTGRES_EPOCH_MS INT64_C(946684800000)
/* What timestamptz holds, in microseconds since 2000: IS_VALID_TIMESTAMP of
 * src/include/datatype/timestamp.h, 4713 BC to 294276 AD. */
#define POSTGRES_TIME_MIN INT64_C(-211813488000000000)
#define POSTGRES_TIME_END INT64_C(9223371331200000000)

/* The only version that jsonb_recv takes. */
enum { JSONB_VERSION = 1 };

/* An array's head: dimensions, has-nulls, element type, length, lower bound; 32 bits each
 * (array_recv in src/backend/utils/adt/arrayfuncs.c). */
enum { ARRAY_NULLS_AT = 4, ARRAY_LENGTH_AT = 12, ARRAY_HEAD_SIZE = 20 };

void parameters_reset(struct parameters *parameters)
{
    if (parameters->capacity > PARAMETERS_SIZE_KEPT)
        parameters_destroy(parameters);
    parameters->size = 0;
    parameters->outside_size = 0;
    parameters->count = 0;
    parameters->failure = PARAMETERS_FINE;
}

void parameters_destroy(struct parameters *parameters)
{
    free(parameters->bytes);
    *parameters = (struct parameters){0};
}

enum status parameters_check(const struct parameters *parameters, struct error *error)
{
    switch (parameters->failure) {
    case PARAMETERS_FINE: return STATUS_OK;
    case PARAMETERS_NO_MEMORY: return error_memory(error);
    case PARAMETERS_TOO_LARGE:
        return error_set(error, STATUS_REJECTED,
                         "more than %zu MiB in one statement: PostgreSQL takes no more",
                         PARAMETERS_SIZE_MAX >> 20);
    case PARAMETERS_TIME_RANGE:
        return error_set(error, STATUS_REJECTED,
                         "a time is outside of the years that PostgreSQL holds "
                         "(4713 BC to 294276 AD)");
    }
    return error_set(error, STATUS_FATAL, "parameters: unknown failure");
}

/* --- Bytes -------------------------------------------------------------------- */

/* The first failure stays: what follows it is a consequence. */
static void fail(struct parameters *parameters, enum parameters_failure failure)
{
    if (parameters->failure == PARAMETERS_FINE)
        parameters->failure = failure;
}

/* Room for `size` more bytes; NULL when there is none. */
static unsigned char *reserve(struct parameters *parameters, size_t size)
{
    if (parameters->failure != PARAMETERS_FINE)
        return NULL;
    if (size > PARAMETERS_SIZE_MAX - parameters->size - parameters->outside_size) {
        fail(parameters, PARAMETERS_TOO_LARGE);
        return NULL;
    }
    size_t needed = parameters->size + size;
    if (needed > parameters->capacity) {
        size_t capacity = parameters->capacity < 4096 ? 4096 : parameters->capacity * 2;
        if (capacity < needed)
            capacity = needed;
        unsigned char *bytes = realloc(parameters->bytes, capacity);
        if (bytes == NULL) {
            fail(parameters, PARAMETERS_NO_MEMORY);
            return NULL;
        }
        parameters->bytes = bytes;
        parameters->capacity = capacity;
    }
    unsigned char *room = parameters->bytes + parameters->size;
    parameters->size = needed;
    return room;
}

static void store_big_endian(unsigned char *room, uint64_t word, size_t size)
{
    for (size_t i = 0; i < size; i++)
        room[i] = (unsigned char)(word >> (8 * (size - 1 - i)));
}

static uint32_t load_big_endian32(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
           (uint32_t)bytes[3];
}

/* Two's complement, so that the conversion to unsigned is the wire format. */
static void put_word(struct parameters *parameters, uint64_t word, size_t size)
{
    unsigned char *room = reserve(parameters, size);
    if (room != NULL)
        store_big_endian(room, word, size);
}

static void put_bytes(struct parameters *parameters, const void *data, size_t size)
{
    unsigned char *room = reserve(parameters, size);
    if (room != NULL && size > 0)
        memcpy(room, data, size);
}

static uint64_t time_word(struct parameters *parameters, int64_t ms)
{
    int64_t microseconds = 0;
    if (!postgres_time_from_ms(ms, &microseconds))
        fail(parameters, PARAMETERS_TIME_RANGE);
    return (uint64_t)microseconds;
}

/* --- Single values --------------------------------------------------------------- */

static struct parameter *parameter_next(struct parameters *parameters)
{
    assert(parameters->count < PARAMETERS_MAX);
    struct parameter *parameter = &parameters->items[parameters->count++];
    *parameter = (struct parameter){.offset = parameters->size};
    return parameter;
}

static void parameter_word(struct parameters *parameters, uint64_t word, size_t size)
{
    parameter_next(parameters)->size = size;
    put_word(parameters, word, size);
}

void parameter_null(struct parameters *parameters)
{
    parameter_next(parameters)->is_null = true;
}

void parameter_int4(struct parameters *parameters, int32_t value)
{
    parameter_word(parameters, (uint64_t)(int64_t)value, 4);
}

void parameter_int8(struct parameters *parameters, int64_t value)
{
    parameter_word(parameters, (uint64_t)value, 8);
}

void parameter_timestamptz(struct parameters *parameters, int64_t ms)
{
    parameter_word(parameters, time_word(parameters, ms), 8);
}

void parameter_uuid(struct parameters *parameters, struct hash128 value)
{
    parameter_next(parameters)->size = sizeof value.bytes;
    put_bytes(parameters, value.bytes, sizeof value.bytes);
}

void parameter_bytes(struct parameters *parameters, struct text value)
{
    struct parameter *parameter = parameter_next(parameters);
    parameter->is_null = value.data == NULL;
    parameter->outside = value.data;
    parameter->size = value.size;
    if (value.size > PARAMETERS_SIZE_MAX - parameters->size - parameters->outside_size)
        fail(parameters, PARAMETERS_TOO_LARGE);
    else
        parameters->outside_size += value.size;
}

void parameter_jsonb(struct parameters *parameters, struct text value)
{
    struct parameter *parameter = parameter_next(parameters);
    parameter->is_null = value.data == NULL;
    if (value.data == NULL)
        return;
    put_word(parameters, JSONB_VERSION, 1);
    put_bytes(parameters, value.data, value.size);
    if (parameters->failure == PARAMETERS_FINE)
        parameter->size = value.size + 1;
}

/* --- Arrays ------------------------------------------------------------------------ */

void array_begin(struct parameters *parameters, enum postgres_type type)
{
    parameter_next(parameters);
    put_word(parameters, 1, 4); /* dimensions */
    put_word(parameters, 0, 4); /* whether there are nulls: array_null */
    put_word(parameters, (uint64_t)type, 4);
    put_word(parameters, 0, 4); /* length: array_end */
    put_word(parameters, 1, 4); /* lower bound */
}

/* The head of the array that was begun last; NULL after a failure, when it may not be there. */
static unsigned char *array_head(struct parameters *parameters)
{
    if (parameters->failure != PARAMETERS_FINE)
        return NULL;
    return parameters->bytes + parameters->items[parameters->count - 1].offset;
}

/* Counts one more element in the head. PARAMETERS_SIZE_MAX / 4 bounds the count: the size
 * in front of each element takes four bytes. */
static void array_count(struct parameters *parameters)
{
    unsigned char *head = array_head(parameters);
    if (head != NULL) {
        uint32_t length = load_big_endian32(head + ARRAY_LENGTH_AT);
        store_big_endian(head + ARRAY_LENGTH_AT, (uint64_t)length + 1, 4);
    }
}

static void array_word(struct parameters *parameters, uint64_t word, size_t size)
{
    array_count(parameters);
    put_word(parameters, size, 4);
    put_word(parameters, word, size);
}

void array_int2(struct parameters *parameters, int16_t value)
{
    array_word(parameters, (uint64_t)(int64_t)value, 2);
}

void array_int8(struct parameters *parameters, int64_t value)
{
    array_word(parameters, (uint64_t)value, 8);
}

void array_timestamptz(struct parameters *parameters, int64_t ms)
{
    array_word(parameters, time_word(parameters, ms), 8);
}

void array_uuid(struct parameters *parameters, struct hash128 value)
{
    array_count(parameters);
    put_word(parameters, sizeof value.bytes, 4);
    put_bytes(parameters, value.bytes, sizeof value.bytes);
}

void array_null(struct parameters *parameters)
{
    array_count(parameters);
    put_word(parameters, UINT32_MAX, 4); /* size -1 */
    unsigned char *head = array_head(parameters);
    if (head != NULL)
        store_big_endian(head + ARRAY_NULLS_AT, 1, 4);
}

void array_text(struct parameters *parameters, struct text value)
{
    if (value.data == NULL) {
        array_null(parameters);
        return;
    }
    array_count(parameters);
    put_word(parameters, value.size, 4);
    put_bytes(parameters, value.data, value.size);
}

void array_jsonb(struct parameters *parameters, struct text value)
{
    if (value.data == NULL) {
        array_null(parameters);
        return;
    }
    array_count(parameters);
    put_word(parameters, (uint64_t)value.size + 1, 4);
    put_word(parameters, JSONB_VERSION, 1);
    put_bytes(parameters, value.data, value.size);
}

void array_end(struct parameters *parameters)
{
    if (array_head(parameters) != NULL) {
        struct parameter *array = &parameters->items[parameters->count - 1];
        array->size = parameters->size - array->offset;
        assert(array->size >= ARRAY_HEAD_SIZE);
    }
}

/* --- Time --------------------------------------------------------------------------- */

bool postgres_time_from_ms(int64_t ms, int64_t *microseconds)
{
    if (ms < POSTGRES_TIME_MIN / 1000 + POSTGRES_EPOCH_MS ||
        ms >= POSTGRES_TIME_END / 1000 + POSTGRES_EPOCH_MS)
        return false;
    *microseconds = (ms - POSTGRES_EPOCH_MS) * 1000;
    return true;
}

int64_t postgres_time_to_ms(int64_t microseconds)
{
    int64_t ms = microseconds / 1000;
    if (microseconds % 1000 < 0)
        ms--;
    return ms + POSTGRES_EPOCH_MS;
}
