#include "core/writer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/arena.h"

enum { ARENA_CAPACITY_FIRST = 256, FORMAT_SIZE_MAX = 512 };

void writer_init(struct writer *writer, char *buffer, size_t capacity)
{
    *writer = (struct writer){.data = buffer, .capacity = capacity, .size_max = capacity};
}

void writer_init_arena(struct writer *writer, struct arena *arena, size_t size_max)
{
    *writer = (struct writer){.arena = arena, .size_max = size_max};
}

/* Makes room for `size` more bytes, or notes the overflow. */
static bool writer_reserve(struct writer *writer, size_t size)
{
    if (writer->overflowed)
        return false;
    if (size <= writer->capacity - writer->size)
        return true;
    if (writer->arena == NULL || size > writer->size_max - writer->size) {
        writer->overflowed = true;
        return false;
    }
    size_t capacity = writer->capacity == 0 ? ARENA_CAPACITY_FIRST : writer->capacity * 2;
    if (capacity < writer->size + size)
        capacity = writer->size + size;
    if (capacity > writer->size_max)
        capacity = writer->size_max;
    char *data = arena_alloc(writer->arena, capacity);
    if (data == NULL) {
        writer->overflowed = true;
        return false;
    }
    if (writer->size > 0)
        memcpy(data, writer->data, writer->size);
    writer->data = data;
    writer->capacity = capacity;
    return true;
}

char *writer_room(struct writer *writer, size_t size)
{
    return writer_reserve(writer, size) ? writer->data + writer->size : NULL;
}

void writer_bytes(struct writer *writer, const void *data, size_t size)
{
    if (size == 0 || !writer_reserve(writer, size))
        return;
    memcpy(writer->data + writer->size, data, size);
    writer->size += size;
}

void writer_char(struct writer *writer, char c)
{
    if (writer->size < writer->capacity && !writer->overflowed)
        writer->data[writer->size++] = c;
    else
        writer_bytes(writer, &c, 1);
}

void writer_string(struct writer *writer, const char *string)
{
    writer_bytes(writer, string, strlen(string));
}

void writer_text(struct writer *writer, struct text text)
{
    writer_bytes(writer, text.data, text.size);
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
    if (size < 0 || (size_t)size >= sizeof buffer) {
        writer->overflowed = true;
        return;
    }
    writer_bytes(writer, buffer, (size_t)size);
}
