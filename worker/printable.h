/* printable.h - text from outside, made fit for logs and terminals.
 *
 * A subject or a reason may hold anything that a service sent. Shown as it is, it could
 * begin a second log line or move a terminal's cursor; so control characters (C0, DEL,
 * C1), line and paragraph separators and the marks that reorder text are escaped, and
 * bytes that are no UTF-8 are shown as such. Everything else passes unchanged. */
#ifndef WORKER_PRINTABLE_H
#define WORKER_PRINTABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "core/text.h"

struct writer;

enum printable_style {
    PRINTABLE_PLAIN,  /* for tables: "\n", "\u009b", and "\xff" for a stray byte     */
    PRINTABLE_QUOTED, /* inside double quotes: quotes and backslashes are escaped too */
    PRINTABLE_JSON    /* inside a JSON string: a stray byte becomes U+FFFD            */
};

/* The longest form of one character. */
enum { PRINTABLE_SIZE_MAX = 6 };

/* Writes the form of the character at *at, moves *at behind it, and returns the length. */
size_t printable_next(struct text text, size_t *at, enum printable_style style,
                      char out[PRINTABLE_SIZE_MAX]);

void printable_write(struct writer *writer, struct text text, enum printable_style style);
void printable_print(FILE *file, struct text text, enum printable_style style);

/* Prints as PRINTABLE_PLAIN and fills up with spaces to `width` characters. */
void printable_print_column(FILE *file, struct text text, size_t width);

/* Characters that PRINTABLE_PLAIN prints for text. */
size_t printable_width(struct text text);

#endif
