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
    bool overflowed;     /* size_max was reached, or the arena was full; no room is left then */
};

/* Writes into the caller's buffer of `capacity` bytes. */
void writer_init(struct writer *writer, char *buffer, size_t capacity);

/* Writes into memory of the arena, which grows as needed up to size_max bytes. */
void writer_init_arena(struct writer *writer, struct arena *arena, size_t size_max);

/* Notes an overflow, for whoever finds that what comes next cannot be written. */
void writer_overflow(struct writer *writer);

/* Takes back what was written to a fixed buffer behind its first `size` bytes, and the overflow
 * if there was one. */
void writer_rewind(struct writer *writer, size_t size);

/* For writer_room alone: makes room, or notes the overflow and returns NULL. */
char *writer_grow(struct writer *writer, size_t size);

/* Room for `size` bytes, at least one, behind what was written, for whoever makes them in
 * place and then adds what it used to writer->size; NULL after noting an overflow. */
static inline char *writer_room(struct writer *writer, size_t size)
{
    if (size > writer->capacity - writer->size)
        return writer_grow(writer, size);
    return writer->data + writer->size;
}

static inline void writer_bytes(struct writer *writer, const void *data, size_t size)
{
    char *room = size == 0 ? NULL : writer_room(writer, size);
    if (room == NULL)
        return;
    memcpy(room, data, size);
    writer->size += size;
}

static inline void writer_char(struct writer *writer, char c)
{
    writer_bytes(writer, &c, 1);
}

static inline void writer_string(struct writer *writer, const char *string)
{
    writer_bytes(writer, string, strlen(string));
}

static inline void writer_text(struct writer *writer, struct text text)
{
    writer_bytes(writer, text.data, text.size);
}

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
