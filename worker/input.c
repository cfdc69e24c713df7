#include "worker/input.h"

#include <errno.h>
#include <string.h>

#include "core/arena.h"

/* Whether more follows what filled the whole buffer. */
static int is_at_end(FILE *file)
{
    int c = getc(file);
    if (c != EOF)
        ungetc(c, file);
    return c == EOF;
}

static enum status read_stream(struct arena *arena, FILE *file, size_t size_max, struct text *out,
                               struct error *error)
{
    size_t capacity = size_max < 64 * 1024 ? size_max : 64 * 1024, size = 0;
    char *data = arena_alloc(arena, capacity);
    while (data != NULL) {
        size += fread(data + size, 1, capacity - size, file);
        if (ferror(file))
            return error_set(error, STATUS_REJECTED, "%s", strerror(errno));
        if (size < capacity || is_at_end(file)) {
            *out = (struct text){data, size};
            return STATUS_OK;
        }
        if (capacity == size_max)
            return error_set(error, STATUS_REJECTED, "larger than %zu bytes", size_max);
        capacity = capacity > size_max / 2 ? size_max : capacity * 2;
        char *larger = arena_alloc(arena, capacity);
        if (larger != NULL)
            memcpy(larger, data, size);
        data = larger;
    }
    return error_memory(error);
}

enum status input_read(struct arena *arena, const char *path, size_t size_max, struct text *out,
                       struct error *error)
{
    if (strcmp(path, "-") == 0)
        return read_stream(arena, stdin, size_max, out, error);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return error_set(error, STATUS_REJECTED, "%s", strerror(errno));
    enum status status = read_stream(arena, file, size_max, out, error);
    fclose(file);
    return status;
}

const char *input_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

enum status input_read_file(struct arena *arena, const char *path, size_t size_max,
                            struct text *out, struct error *error)
{
    enum status status = input_read(arena, path, size_max, out, error);
    return status == STATUS_REJECTED ? error_context(error, "%s", input_name(path)) : status;
}

enum status line_reader_init(struct line_reader *reader, FILE *file, struct arena *arena,
                             size_t size_max, struct error *error)
{
    *reader = (struct line_reader){.file = file, .size_max = size_max};
    reader->buffer = arena_alloc(arena, size_max);
    return reader->buffer == NULL ? error_memory(error) : STATUS_OK;
}

enum status line_reader_next(struct line_reader *reader, struct text *line, struct error *error)
{
    *line = TEXT_NONE;
    size_t size = 0;
    int c = getc(reader->file);
    if (c != EOF)
        reader->number++;
    for (; c != EOF && c != '\n'; c = getc(reader->file)) {
        if (size == reader->size_max)
            return error_set(error, STATUS_REJECTED, "line %zu: longer than %zu bytes",
                             reader->number, reader->size_max);
        reader->buffer[size++] = (char)c;
    }
    if (ferror(reader->file))
        return error_set(error, STATUS_FATAL, "standard input: %s", strerror(errno));
    if (c == EOF && size == 0)
        return STATUS_OK;
    if (size > 0 && reader->buffer[size - 1] == '\r')
        size--;
    *line = (struct text){reader->buffer, size};
    return STATUS_OK;
}
