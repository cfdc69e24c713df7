/* source.h - the text of an expression while it is compiled, and what is wrong in it. */
#ifndef CORE_CEL_SOURCE_H
#define CORE_CEL_SOURCE_H

#include "core/cel/cel.h"
#include "core/error.h"
#include "core/text.h"

struct arena;

struct cel_source {
    struct text text;        /* well-formed UTF-8 */
    struct arena *arena;     /* holds what the program keeps */
    struct arena *scratch;   /* holds the rest, the syntax above all, until it is compiled */
    struct cel_issue *issue; /* the first thing that is wrong */
    enum status status;      /* STATUS_OK until there is one */
};

/* Notes what is wrong at a byte offset, as line and column. `format` is ours, never text
 * from outside. */
void cel_source_note(struct cel_source *source, size_t offset, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same as an expression that is false, so that a failing path is one line, and a
 * reader (compilers and analyzers too) sees that it fails. */
#define cel_source_reject(source, ...) (cel_source_note((source), __VA_ARGS__), false)

/* Notes that the arena is full (STATUS_FATAL). */
void cel_source_note_memory(struct cel_source *source);

static inline bool cel_source_memory(struct cel_source *source)
{
    cel_source_note_memory(source);
    return false;
}

/* Line and column, both from 1, columns in code points. */
void cel_source_position(const struct cel_source *source, size_t offset, uint32_t *line,
                         uint32_t *column);

#endif
