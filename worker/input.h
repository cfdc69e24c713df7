/* input.h - files and lines from outside, read up to a limit. */
#ifndef WORKER_INPUT_H
#define WORKER_INPUT_H

#include <stddef.h>
#include <stdio.h>

#include "core/error.h"
#include "core/text.h"

struct arena;

/* The whole of a file ("-": standard input) into the arena. STATUS_REJECTED, with the
 * path and why, when it cannot be read or is larger than size_max bytes. */
enum status input_read_file(struct arena *arena, const char *path, size_t size_max,
                            struct text *out, struct error *error);

/* The same with the reason alone, for messages that name the path in front. */
enum status input_read(struct arena *arena, const char *path, size_t size_max, struct text *out,
                       struct error *error);

/* The path as messages have it: "standard input" for "-". */
const char *input_name(const char *path);

/* Lines of a stream, one at a time, in a buffer of the reader's own. */
struct line_reader {
    FILE *file;
    char *buffer;
    size_t size_max;
    size_t number; /* of the line last read, from 1 */
};

/* A buffer for lines of up to size_max bytes, in the arena. STATUS_FATAL: it is full. */
enum status line_reader_init(struct line_reader *reader, FILE *file, struct arena *arena,
                             size_t size_max, struct error *error);

/* The next line without its end, valid until the next call; false at the end of the
 * stream, then *line is TEXT_NONE. STATUS_REJECTED names the line that is too long.
 * STATUS_FATAL: reading failed. */
enum status line_reader_next(struct line_reader *reader, struct text *line, struct error *error);

#endif
