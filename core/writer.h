/* writer.h - a bounded buffer to write into, which remembers that it overflowed.
 *
 * Write as much as you like, ask once at the end: after an overflow every further
 * write is ignored and `overflowed` stays true, so no call in between is checked. */
#ifndef CORE_WRITER_H
#define CORE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/text.h"

struct arena;

struct writer {
    char *data; /* valid until the buffer or arena ends; not NUL-terminated */
    size_t size;
    size_t capacity;
    size_t size_max;
    struct arena *arena; /* NULL: a fixed buffer of the caller's */
    bool overflowed;     /* size_max was reached, or the arena was full */
};

/* Writes into the caller's buffer of `capacity` bytes. */
void writer_init(struct writer *writer, char *buffer, size_t capacity);

/* Writes into memory of the arena, which grows as needed up to size_max bytes. */
void writer_init_arena(struct writer *writer, struct arena *arena, size_t size_max);

void writer_bytes(struct writer *writer, const void *data, size_t size);

/* Room for `size` bytes behind what was written, for whoever makes them in place and then
 * adds what it used to writer->size; NULL after noting an overflow. */
char *writer_room(struct writer *writer, size_t size);
void writer_char(struct writer *writer, char c);
void writer_string(struct writer *writer, const char *string);
void writer_text(struct writer *writer, struct text text);
void writer_int64(struct writer *writer, int64_t number);
void writer_uint64(struct writer *writer, uint64_t number);

/* `format` is ours, never text from outside. One call writes at most 512 bytes. */
void writer_format(struct writer *writer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* What was written so far. */
static inline struct text writer_result(const struct writer *writer)
{
    return (struct text){writer->data, writer->size};
}

#endif
