/* error.h - what failed, and what the caller should do about it.
 *
 * The status says what happens next, the message says why. The caller owns the
 * struct error; nothing is global. Whoever decides what to do logs it; whoever
 * passes it up adds context and stays quiet. */
#ifndef CORE_ERROR_H
#define CORE_ERROR_H

#include <stdarg.h>

enum status {
    STATUS_OK = 0,
    STATUS_REJECTED,    /* this input can never succeed: report it and go on       */
    STATUS_CONFLICT,    /* what we read moved underneath us: read it again, retry  */
    STATUS_UNAVAILABLE, /* Kafka or PostgreSQL is away: roll back, wait, retry     */
    STATUS_FATAL        /* an invariant broke or memory is out: stop, be restarted */
};

/* Longest message, with its end; what is longer is cut and ends in "...". */
enum { ERROR_MESSAGE_SIZE = 1024 };

struct error {
    enum status status;
    char message[ERROR_MESSAGE_SIZE];
};

/* Fills *error and returns status, so that a failing path is one line.
 * `format` is ours, never text from outside. */
enum status error_set(struct error *error, enum status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
enum status error_set_v(struct error *error, enum status status, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

/* Puts "context: " in front of the message and returns the status it has:
 * "lane 3: take over: connect: connection refused". */
enum status error_context(struct error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "out of memory", as STATUS_FATAL. */
enum status error_memory(struct error *error);

/* The status' name in lower case, for logs: "unavailable". Never NULL. */
const char *status_name(enum status status);

#endif
