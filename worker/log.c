#include "worker/log.h"

#include <errno.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/writer.h"
#include "worker/printable.h"
#include "worker/time.h"

/* A line holds a few long values; what does not fit is cut and marked. */
enum { LINE_SIZE_MAX = 16 * 1024 };

/* Kept free while values are written, for what must still follow: a mark, quotes,
 * braces and the end of the line. */
enum { LINE_RESERVE = 16 };

static const char cut_mark[] = "...";

/* Set once before threads start (log.h), read by all afterwards. */
static enum log_level configured_level = LOG_INFO;
static enum log_format configured_format = LOG_TEXT;

void log_configure(enum log_level level, enum log_format format)
{
    configured_level = level;
    configured_format = format;
}

bool log_is_on(enum log_level level)
{
    return level <= configured_level;
}

static const char *level_name(enum log_level level)
{
    switch (level) {
    case LOG_ERROR: return "error";
    case LOG_WARN: return "warn";
    case LOG_INFO: return "info";
    case LOG_DEBUG: return "debug";
    }
    return "unknown";
}

static size_t line_room(const struct writer *line)
{
    size_t used = line->size + LINE_RESERVE;
    return used < line->capacity ? line->capacity - used : 0;
}

/* The text's printable form, at most LOG_VALUE_SIZE_MAX bytes of it and never more than
 * the line has room for. */
static void write_value(struct writer *line, struct text text, enum printable_style style)
{
    char form[PRINTABLE_SIZE_MAX];
    size_t written = 0;
    for (size_t at = 0; at < text.size;) {
        size_t size = printable_next(text, &at, style, form);
        if (written + size > LOG_VALUE_SIZE_MAX || size > line_room(line)) {
            writer_string(line, cut_mark);
            return;
        }
        writer_bytes(line, form, size);
        written += size;
    }
}

/* Bare words stay bare; whatever could be mistaken for syntax is quoted. */
static bool needs_quotes(struct text value)
{
    if (value.size == 0)
        return true;
    for (size_t i = 0; i < value.size; i++) {
        unsigned char byte = (unsigned char)value.data[i];
        if (byte <= ' ' || byte >= 0x7F || byte == '"' || byte == '\\' || byte == '=')
            return true;
    }
    return false;
}

static void write_field_text(struct writer *line, const struct log_field *field)
{
    writer_char(line, ' ');
    writer_string(line, field->name);
    writer_char(line, '=');
    if (field->is_number) {
        writer_int64(line, field->number);
    } else if (needs_quotes(field->text)) {
        writer_char(line, '"');
        write_value(line, field->text, PRINTABLE_QUOTED);
        writer_char(line, '"');
    } else {
        write_value(line, field->text, PRINTABLE_PLAIN);
    }
}

static void write_string_json(struct writer *line, struct text text)
{
    writer_char(line, '"');
    write_value(line, text, PRINTABLE_JSON);
    writer_char(line, '"');
}

static void write_field_json(struct writer *line, const struct log_field *field)
{
    writer_string(line, ",\"");
    writer_string(line, field->name);
    writer_string(line, "\":");
    if (field->is_number)
        writer_int64(line, field->number);
    else
        write_string_json(line, field->text);
}

static void write_head_text(struct writer *line, enum log_level level, const char *message)
{
    clock_write_ms(line, time_now_ms());
    writer_char(line, ' ');
    writer_string(line, level_name(level));
    writer_char(line, ' ');
    write_value(line, text_of(message), PRINTABLE_PLAIN);
}

static void write_head_json(struct writer *line, enum log_level level, const char *message)
{
    writer_string(line, "{\"time\":\"");
    clock_write_ms(line, time_now_ms());
    writer_string(line, "\",\"level\":\"");
    writer_string(line, level_name(level));
    writer_string(line, "\",\"message\":");
    write_string_json(line, text_of(message));
}

/* Room for a field's name, a number and punctuation, besides the value that is cut. */
static bool field_fits(const struct writer *line, const struct log_field *field)
{
    enum { NUMBER_AND_MARKS = 32 };
    return line_room(line) > strlen(field->name) + NUMBER_AND_MARKS;
}

static void write_out(struct text line)
{
    while (line.size > 0) {
        ssize_t written = write(STDERR_FILENO, line.data, line.size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return; /* nobody reads the log: there is no better place to say so */
        line.data += written;
        line.size -= (size_t)written;
    }
}

void log_write(enum log_level level, const char *message, const struct log_field *fields,
               size_t count)
{
    if (!log_is_on(level))
        return;
    int saved_errno = errno;
    char buffer[LINE_SIZE_MAX];
    struct writer line;
    writer_init(&line, buffer, sizeof buffer);
    bool as_json = configured_format == LOG_JSON;
    if (as_json)
        write_head_json(&line, level, message);
    else
        write_head_text(&line, level, message);
    for (size_t i = 0; i < count && i < LOG_FIELDS_MAX && field_fits(&line, &fields[i]); i++) {
        if (as_json)
            write_field_json(&line, &fields[i]);
        else
            write_field_text(&line, &fields[i]);
    }
    writer_string(&line, as_json ? "}\n" : "\n");
    write_out(writer_result(&line));
    errno = saved_errno;
}
