#include "core/cel/source.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/utf8.h"

void cel_source_position(const struct cel_source *source, size_t offset, uint32_t *line,
                         uint32_t *column)
{
    size_t start = 0;
    *line = 1;
    for (size_t i = 0; i < offset; i++) {
        if (source->text.data[i] == '\n') {
            ++*line;
            start = i + 1;
        }
    }
    struct text before = {source->text.data + start, offset - start};
    *column = (uint32_t)utf8_count(before) + 1;
}

void cel_source_note(struct cel_source *source, size_t offset, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(source->issue->message, sizeof source->issue->message, format, args);
    va_end(args);
    cel_source_position(source, offset, &source->issue->line, &source->issue->column);
    source->status = STATUS_REJECTED;
}

void cel_source_note_memory(struct cel_source *source)
{
    cel_source_note(source, 0, "out of memory while compiling an expression of %zu bytes",
                    source->text.size);
    source->status = STATUS_FATAL;
}
