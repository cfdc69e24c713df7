#include "worker/printable.h"

#include <stdint.h>

#include "core/utf8.h"
#include "core/writer.h"

static const char hex_digits[] = "0123456789abcdef";

/* Characters that a terminal obeys instead of showing: controls, separators that end
 * a line, and the bidirectional marks that let text pose as other text. */
static bool is_hidden(uint32_t code_point)
{
    return code_point < 0x20 || (code_point >= 0x7F && code_point <= 0x9F) ||
           (code_point >= 0x200E && code_point <= 0x200F) ||
           (code_point >= 0x2028 && code_point <= 0x202E) ||
           (code_point >= 0x2066 && code_point <= 0x2069) || code_point == 0xFEFF;
}

static char short_escape(uint32_t code_point)
{
    switch (code_point) {
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    default: return '\0';
    }
}

static size_t write_escape(uint32_t code_point, char out[PRINTABLE_SIZE_MAX])
{
    out[0] = '\\';
    out[1] = short_escape(code_point);
    if (out[1] != '\0')
        return 2;
    out[1] = 'u';
    for (int i = 0; i < 4; i++)
        out[2 + i] = hex_digits[code_point >> (12 - 4 * i) & 0xF];
    return 6;
}

static size_t write_stray_byte(unsigned char byte, enum printable_style style,
                               char out[PRINTABLE_SIZE_MAX])
{
    if (style == PRINTABLE_JSON)
        return write_escape(0xFFFD, out);
    out[0] = '\\';
    out[1] = 'x';
    out[2] = hex_digits[byte >> 4];
    out[3] = hex_digits[byte & 0xF];
    return 4;
}

/* The length of the well-formed sequence at `at`, or 0: there is none. */
static size_t sequence_size(struct text text, size_t at)
{
    static const size_t longest = 4;
    size_t left = text.size - at;
    struct text rest = {text.data + at, left < longest ? left : longest};
    if (utf8_valid_prefix(rest) == 0)
        return 0;
    size_t size = 0;
    utf8_next(rest, &size);
    return size;
}

size_t printable_next(struct text text, size_t *at, enum printable_style style,
                      char out[PRINTABLE_SIZE_MAX])
{
    size_t size = sequence_size(text, *at);
    if (size == 0) {
        unsigned char byte = (unsigned char)text.data[*at];
        *at += 1;
        return write_stray_byte(byte, style, out);
    }
    size_t next = *at;
    uint32_t code_point = utf8_next(text, &next);
    const char *bytes = text.data + *at;
    *at = next;
    if (is_hidden(code_point))
        return write_escape(code_point, out);
    if (style != PRINTABLE_PLAIN && (code_point == '"' || code_point == '\\')) {
        out[0] = '\\';
        out[1] = (char)code_point;
        return 2;
    }
    memcpy(out, bytes, size);
    return size;
}

void printable_write(struct writer *writer, struct text text, enum printable_style style)
{
    char form[PRINTABLE_SIZE_MAX];
    for (size_t at = 0; at < text.size;) {
        size_t size = printable_next(text, &at, style, form);
        writer_bytes(writer, form, size);
    }
}

void printable_print(FILE *file, struct text text, enum printable_style style)
{
    char form[PRINTABLE_SIZE_MAX];
    for (size_t at = 0; at < text.size;) {
        size_t size = printable_next(text, &at, style, form);
        fwrite(form, 1, size, file);
    }
}

size_t printable_width(struct text text)
{
    char form[PRINTABLE_SIZE_MAX];
    size_t width = 0;
    for (size_t at = 0; at < text.size;) {
        size_t size = printable_next(text, &at, PRINTABLE_PLAIN, form);
        width += utf8_count((struct text){form, size});
    }
    return width;
}

void printable_print_column(FILE *file, struct text text, size_t width)
{
    printable_print(file, text, PRINTABLE_PLAIN);
    for (size_t i = printable_width(text); i < width; i++)
        fputc(' ', file);
}
