/* terminal.h - colour and a progress line, only where a person looks.
 *
 * Colour and progress go to terminals alone: never into files and pipes, not with
 * NO_COLOR set (no-color.org), not where TERM is "dumb". */
#ifndef WORKER_TERMINAL_H
#define WORKER_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum colour { COLOUR_NONE, COLOUR_BOLD, COLOUR_DIM, COLOUR_RED, COLOUR_GREEN, COLOUR_YELLOW };

bool terminal_is_one(FILE *file);
bool terminal_has_colour(FILE *file);

/* Whether the locale's characters are UTF-8, so that pictures may use more than ASCII. */
bool terminal_is_utf8(void);

/* The sequence that begins a colour or, for COLOUR_NONE, ends all; "" when `on` is
 * false, so that callers print without asking. */
const char *terminal_colour(bool on, enum colour colour);

/* A line that is written over itself, on standard error. */
struct progress {
    bool on;         /* standard error is a terminal */
    bool shown;      /* something stands there */
    int64_t next_ms; /* monotonic time from which the next update is due */
};

void progress_init(struct progress *progress);

/* Shows the line if the last one is old enough (PROGRESS_INTERVAL_MS). */
enum { PROGRESS_INTERVAL_MS = 100 };
void progress_show(struct progress *progress, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Clears the line; call it before anything else is printed. */
void progress_end(struct progress *progress);

#endif
