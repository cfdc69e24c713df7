#include "core/writer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/arena.h"

enum { ARENA_CAPACITY_FIRST = 64, FORMAT_SIZE_MAX = 512 };

void writer_init(struct writer *writer, char *buffer, size_t capacity)
{
    *writer = (struct writer){.data = buffer, .capacity = capacity, .size_max = capacity};
}

void writer_init_arena(struct writer *writer, struct arena *arena, size_t size_max)
{
    *writer = (struct writer){.arena = arena, .size_max = size_max};
}

/* Nothing has room any more. */
void writer_overflow(struct writer *writer)
{
    writer->overflowed = true;
    writer->capacity = writer->size;
}

void writer_rewind(struct writer *writer, size_t size)
{
    writer->size = size;
    writer->capacity = writer->size_max;
    writer->overflowed = false;
}

static char *note_overflow(struct writer *writer)
{
    writer_overflow(writer);
    return NULL;
}

char *writer_grow(struct writer *writer, size_t size)
{
    if (writer->overflowed || writer->arena == NULL || size > writer->size_max - writer->size)
        return note_overflow(writer);
    size_t capacity = writer->capacity == 0 ? ARENA_CAPACITY_FIRST : writer->capacity * 2;
    if (capacity < writer->size + size)
        capacity = writer->size + size;
    if (capacity > writer->size_max)
        capacity = writer->size_max;
    if (writer->data == NULL ||
        !arena_extend(writer->arena, writer->data, writer->capacity, capacity)) {
        char *data = arena_alloc_unset(writer->arena, capacity);
        if (data == NULL)
            return note_overflow(writer);
        if (writer->size > 0)
            memcpy(data, writer->data, writer->size);
        writer->data = data;
    }
    writer->capacity = capacity;
    return writer->data + writer->size;
}

void writer_uint64(struct writer *writer, uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    writer_bytes(writer, digits + at, sizeof digits - at);
}

void writer_int64(struct writer *writer, int64_t number)
{
    if (number < 0) {
        writer_char(writer, '-');
        writer_uint64(writer, 0 - (uint64_t)number);
    } else {
        writer_uint64(writer, (uint64_t)number);
    }
}

void writer_format(struct writer *writer, const char *format, ...)
{
    char buffer[FORMAT_SIZE_MAX];
    va_list args;
    va_start(args, format);
    int size = vsnprintf(buffer, sizeof buffer, format, args);
    va_end(args);
    if (size < 0 || (size_t)size >= sizeof buffer)
        writer_overflow(writer);
    else
        writer_bytes(writer, buffer, (size_t)size);
}
