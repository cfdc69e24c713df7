#include "core/error.h"

#include <stdio.h>
#include <string.h>

/* Marks a message that was cut, so that nobody takes the rest for all of it. */
static void mark_cut(char *message, int wanted)
{
    if (wanted < ERROR_MESSAGE_SIZE)
        return;
    size_t at = ERROR_MESSAGE_SIZE - 4;
    while (at > 0 && ((unsigned char)message[at] & 0xC0) == 0x80)
        at--; /* to the beginning of the character that does not fit whole */
    memcpy(message + at, "...", 4);
}

enum status error_set_v(struct error *error, enum status status, const char *format, va_list args)
{
    error->status = status;
    mark_cut(error->message, vsnprintf(error->message, sizeof error->message, format, args));
    return status;
}

enum status error_set(struct error *error, enum status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    error_set_v(error, status, format, args);
    va_end(args);
    return status;
}

enum status error_context(struct error *error, const char *format, ...)
{
    char context[ERROR_MESSAGE_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(context, sizeof context, format, args);
    va_end(args);

    char message[ERROR_MESSAGE_SIZE];
    memcpy(message, error->message, sizeof message);
    mark_cut(error->message,
             snprintf(error->message, sizeof error->message, "%s: %s", context, message));
    return error->status;
}

enum status error_memory(struct error *error)
{
    return error_set(error, STATUS_FATAL, "out of memory");
}

const char *status_name(enum status status)
{
    switch (status) {
    case STATUS_OK: return "ok";
    case STATUS_REJECTED: return "rejected";
    case STATUS_CONFLICT: return "conflict";
    case STATUS_UNAVAILABLE: return "unavailable";
    case STATUS_FATAL: return "fatal";
    }
    return "unknown";
}
