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

/* Copies from `at` on until a byte must be escaped or the text ends; that place. */
static size_t copy_plain(char *out, struct text text, size_t at)
{
    size_t begun = at;
    for (; text.size - at >= WORD_SIZE; at += WORD_SIZE) {
        uint64_t word = word_load(text.data + at);
        if ((word_below(word, 0x20) | word_equal(word, '"') | word_equal(word, '\\')) != 0)
            break;
        memcpy(out + (at - begun), &word, sizeof word);
    }
    for (; at < text.size && is_plain((unsigned char)text.data[at]); at++)
        out[at - begun] = text.data[at];
    return at;
}

void json_write_string(struct writer *writer, struct text text)
{
    static const char digits[] = "0123456789abcdef";
    static const char letters[0x20] = {
        ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
    writer_char(writer, '"');
    size_t written = 0;
    for (;;) {
        char *room = writer_room(writer, text.size - written);
        if (room == NULL)
            return;
        size_t at = copy_plain(room, text, written);
        writer->size += at - written;
        if (at == text.size)
            break;
        unsigned char c = (unsigned char)text.data[at];
        written = at + 1;
        char letter = (char)(c >= 0x20 ? c : (unsigned char)letters[c]);
        char escape[6] = {'\\', letter, '0', '0', digits[c >> 4], digits[c & 0x0F]};
        if (letter == 0)
            escape[1] = 'u';
        writer_bytes(writer, escape, letter == 0 ? 6 : 2);
    }
    writer_char(writer, '"');
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

/* How a value is laid out: what stands between its parts. */
struct layout {
    const char *comma;
    const char *colon;
};
static const struct layout layout_compact = {",", ":"};
static const struct layout layout_line = {", ", ": "};

static void write_flat(struct writer *writer, struct json value, const struct layout *layout,
                       int depth)
{
    if (value.type != JSON_ARRAY && value.type != JSON_OBJECT) {
        write_scalar(writer, value);
        return;
    }
    if (depth == JSON_WALK_DEPTH_MAX)
        writer->overflowed = true;
    writer_char(writer, value.type == JSON_ARRAY ? '[' : '{');
    for (uint32_t i = 0; i < value.count && !writer->overflowed; i++) {
        if (i > 0)
            writer_string(writer, layout->comma);
        if (value.type == JSON_OBJECT) {
            json_write_string(writer, value.as.members[i].name);
            writer_string(writer, layout->colon);
            write_flat(writer, value.as.members[i].value, layout, depth + 1);
        } else {
            write_flat(writer, value.as.items[i], layout, depth + 1);
        }
    }
    writer_char(writer, value.type == JSON_ARRAY ? ']' : '}');
}

void json_write(struct writer *writer, struct json value)
{
    write_flat(writer, value, &layout_compact, 0);
}

static bool fits_line(struct json value, int depth)
{
    char line[LINE_SIZE_MAX];
    struct writer writer;
    writer_init(&writer, line, sizeof line);
    write_flat(&writer, value, &layout_line, depth);
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
        write_flat(writer, value, &layout_line, depth);
        return;
    }
    if (depth == JSON_WALK_DEPTH_MAX)
        writer->overflowed = true;
    writer_char(writer, value.type == JSON_ARRAY ? '[' : '{');
    for (uint32_t i = 0; i < value.count && !writer->overflowed; i++) {
        if (i > 0)
            writer_char(writer, ',');
        write_line_break(writer, depth + 1);
        if (value.type == JSON_OBJECT) {
            json_write_string(writer, value.as.members[i].name);
            writer_string(writer, layout_line.colon);
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
