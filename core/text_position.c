#include "core/text_position.h"

/* A byte of UTF-8 that begins no character. */
static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

struct text_position text_position_of(struct text text, size_t offset)
{
    struct text_position position = {1, 1};
    for (size_t i = 0; i < offset && i < text.size; i++) {
        if (text.data[i] == '\n')
            position = (struct text_position){position.line + 1, 1};
        else if (!is_continuation(text.data[i]))
            position.column++;
    }
    return position;
}

/* The text behind the next "\n"; empty when there is none. */
static struct text behind_line(struct text text)
{
    const char *end = text.size == 0 ? NULL : memchr(text.data, '\n', text.size);
    size_t size = end == NULL ? text.size : (size_t)(end - text.data) + 1;
    return (struct text){text.data + size, text.size - size};
}

struct text text_line(struct text text, uint32_t line)
{
    if (line == 0)
        return TEXT_NONE;
    while (--line > 0)
        text = behind_line(text);
    text.size -= behind_line(text).size;
    if (text_ends_with(text, "\n"))
        text.size--;
    if (text_ends_with(text, "\r"))
        text.size--;
    return text;
}
