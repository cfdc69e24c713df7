/* log.h - one line per happening, to standard error.
 *
 * As text for people, `2026-01-02T03:04:05.678Z info lane live lane=3 epoch=4`, or one
 * JSON object a line. Values are quoted and escaped as needed: nothing from outside can
 * make a second line or a terminal sequence. A line is one write(2), so that threads and
 * processes do not mix theirs. The message is a fixed phrase to search for; what varies
 * is in the fields, by the names that all lines share: subject, lane, event, topic,
 * partition, offset, reason, epoch. */
#ifndef WORKER_LOG_H
#define WORKER_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "core/text.h"

enum log_level { LOG_ERROR = 0, LOG_WARN, LOG_INFO, LOG_DEBUG };
enum log_format { LOG_TEXT, LOG_JSON };

struct log_field {
    const char *name;
    bool is_number;
    int64_t number;
    struct text text;
};

static inline struct log_field log_text(const char *name, struct text value)
{
    return (struct log_field){.name = name, .text = value};
}

static inline struct log_field log_string(const char *name, const char *value)
{
    return (struct log_field){.name = name, .text = text_of(value)};
}

static inline struct log_field log_number(const char *name, int64_t value)
{
    return (struct log_field){.name = name, .is_number = true, .number = value};
}

/* Before any thread starts; until then: LOG_INFO as text. */
void log_configure(enum log_level level, enum log_format format);
bool log_is_on(enum log_level level);

/* At most LOG_FIELDS_MAX fields; values longer than LOG_VALUE_SIZE_MAX bytes are cut. */
enum { LOG_FIELDS_MAX = 16, LOG_VALUE_SIZE_MAX = 2048 };
void log_write(enum log_level level, const char *message, const struct log_field *fields,
               size_t count);

/* log_info("lane live", log_number("lane", 3), log_number("epoch", 4)); at least one field. */
#define LOG_LINE(level, message, ...)                                  \
    log_write(level, message, (const struct log_field[]){__VA_ARGS__}, \
              sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field))
#define log_error(message, ...) LOG_LINE(LOG_ERROR, message, __VA_ARGS__)
#define log_warn(message, ...)  LOG_LINE(LOG_WARN, message, __VA_ARGS__)
#define log_info(message, ...)  LOG_LINE(LOG_INFO, message, __VA_ARGS__)
#define log_debug(message, ...) LOG_LINE(LOG_DEBUG, message, __VA_ARGS__)

#endif
