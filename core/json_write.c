#include "core/double.h"
#include "core/json.h"
#include "core/words.h"
#include "core/writer.h"

/* The most that an array or object may take to stay on one line, in bytes. */
enum { LINE_SIZE_MAX = 60 };

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c != '"' && c != '\\';
}

/* Copies eight bytes; whether none of them must be escaped. */
static inline bool copy_plain_word(char *out, const char *bytes)
{
    uint64_t word = word_load(bytes);
    memcpy(out, &word, sizeof word);
    return word_needs_escapes(word) == 0;
}

/* Copies the text; whether nothing of it must be escaped, as it mostly is. */
static bool copy_plain(char *out, struct text text)
{
    size_t at = 0;
    if (text.size < WORD_SIZE) {
        for (; at < text.size && is_plain((unsigned char)text.data[at]); at++)
            out[at] = text.data[at];
        return at == text.size;
    }
    for (; text.size - at > WORD_SIZE; at += WORD_SIZE) {
        if (!copy_plain_word(out + at, text.data + at))
            return false;
    }
    at = text.size - WORD_SIZE; /* the last word overlaps the one before it */
    return copy_plain_word(out + at, text.data + at);
}

static void write_escape(struct writer *writer, unsigned char c)
{
    static const char digits[] = "0123456789abcdef";
    static const char letters[0x20] = {
        ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
    char letter = (char)(c >= 0x20 ? c : (unsigned char)letters[c]);
    char escape[6] = {'\\', letter, '0', '0', digits[c >> 4], digits[c & 0x0F]};
    if (letter == 0)
        escape[1] = 'u';
    writer_bytes(writer, escape, letter == 0 ? 6 : 2);
}

/* Where the plain run ends that begins at `at`. */
static size_t plain_end(struct text text, size_t at)
{
    while (text.size - at >= WORD_SIZE && word_needs_escapes(word_load(text.data + at)) == 0)
        at += WORD_SIZE;
    while (at < text.size && is_plain((unsigned char)text.data[at]))
        at++;
    return at;
}

static void write_escaped(struct writer *writer, struct text text)
{
    writer_char(writer, '"');
    for (size_t at = 0; at < text.size && !writer->overflowed;) {
        size_t begun = at;
        at = plain_end(text, at);
        writer_bytes(writer, text.data + begun, at - begun);
        if (at < text.size)
            write_escape(writer, (unsigned char)text.data[at++]);
    }
    writer_char(writer, '"');
}

void json_write_string(struct writer *writer, struct text text)
{
    char *room = writer_room(writer, text.size + 2);
    if (room == NULL)
        return;
    if (!copy_plain(room + 1, text)) {
        write_escaped(writer, text);
        return;
    }
    room[0] = '"';
    room[text.size + 1] = '"';
    writer->size += text.size + 2;
}

static void write_double(struct writer *writer, double number)
{
    char text[DOUBLE_TEXT_SIZE];
    size_t size = double_format(number, text);
    writer_bytes(writer, text, size);
    if (strpbrk(text, ".e") == NULL)
        writer_string(writer, ".0");
}

/* All but arrays and objects. */
static void write_scalar(struct writer *writer, struct json value)
{
    switch (value.type) {
    case JSON_NULL: writer_string(writer, "null"); break;
    case JSON_FALSE: writer_string(writer, "false"); break;
    case JSON_TRUE: writer_string(writer, "true"); break;
    case JSON_INT: writer_int64(writer, value.as.integer); break;
    case JSON_UINT: writer_uint64(writer, value.as.uinteger); break;
    case JSON_DOUBLE: write_double(writer, value.as.number); break;
    case JSON_STRING: json_write_string(writer, json_text(value)); break;
    case JSON_ARRAY:
    case JSON_OBJECT: break;
    }
}

/* How a value is laid out on one line: what stands behind a comma and a colon. */
enum layout { LAYOUT_COMPACT = 0, LAYOUT_SPACED };

static void write_separator(struct writer *writer, char c, enum layout layout)
{
    writer_char(writer, c);
    if (layout == LAYOUT_SPACED)
        writer_char(writer, ' ');
}

static void write_flat(struct writer *writer, struct json value, enum layout layout, int depth)
{
    if (value.type != JSON_ARRAY && value.type != JSON_OBJECT) {
        write_scalar(writer, value);
        return;
    }
    if (depth == JSON_WALK_DEPTH_MAX)
        writer_overflow(writer);
    writer_char(writer, value.type == JSON_ARRAY ? '[' : '{');
    for (uint32_t i = 0; i < value.count && !writer->overflowed; i++) {
        if (i > 0)
            write_separator(writer, ',', layout);
        if (value.type == JSON_OBJECT) {
            json_write_string(writer, value.as.members[i].name);
            write_separator(writer, ':', layout);
            write_flat(writer, value.as.members[i].value, layout, depth + 1);
        } else {
            write_flat(writer, value.as.items[i], layout, depth + 1);
        }
    }
    writer_char(writer, value.type == JSON_ARRAY ? ']' : '}');
}

void json_write(struct writer *writer, struct json value)
{
    write_flat(writer, value, LAYOUT_COMPACT, 0);
}

static bool fits_line(struct json value, int depth)
{
    char line[LINE_SIZE_MAX];
    struct writer writer;
    writer_init(&writer, line, sizeof line);
    write_flat(&writer, value, LAYOUT_SPACED, depth);
    return !writer.overflowed;
}

static void write_line_break(struct writer *writer, int depth)
{
    writer_char(writer, '\n');
    for (int i = 0; i < depth; i++)
        writer_string(writer, "  ");
}

static void write_indented(struct writer *writer, struct json value, int depth)
{
    bool is_container = value.type == JSON_ARRAY || value.type == JSON_OBJECT;
    if (!is_container || value.count == 0 || fits_line(value, depth)) {
        write_flat(writer, value, LAYOUT_SPACED, depth);
        return;
    }
    if (depth == JSON_WALK_DEPTH_MAX)
        writer_overflow(writer);
    writer_char(writer, value.type == JSON_ARRAY ? '[' : '{');
    for (uint32_t i = 0; i < value.count && !writer->overflowed; i++) {
        if (i > 0)
            writer_char(writer, ',');
        write_line_break(writer, depth + 1);
        if (value.type == JSON_OBJECT) {
            json_write_string(writer, value.as.members[i].name);
            write_separator(writer, ':', LAYOUT_SPACED);
            write_indented(writer, value.as.members[i].value, depth + 1);
        } else {
            write_indented(writer, value.as.items[i], depth + 1);
        }
    }
    write_line_break(writer, depth);
    writer_char(writer, value.type == JSON_ARRAY ? ']' : '}');
}

void json_write_pretty(struct writer *writer, struct json value)
{
    write_indented(writer, value, 0);
}
