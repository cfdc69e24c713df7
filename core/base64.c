#include "core/base64.h"

#include <stdint.h>

#include "core/arena.h"
#include "core/writer.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_write(struct writer *writer, struct text bytes)
{
    const unsigned char *data = (const unsigned char *)bytes.data;
    for (size_t i = 0; i < bytes.size; i += 3) {
        size_t left = bytes.size - i;
        uint32_t group = (uint32_t)data[i] << 16;
        if (left > 1)
            group |= (uint32_t)data[i + 1] << 8;
        if (left > 2)
            group |= data[i + 2];
        char out[4] = {alphabet[group >> 18], alphabet[group >> 12 & 63],
                       (char)(left > 1 ? alphabet[group >> 6 & 63] : '='),
                       (char)(left > 2 ? alphabet[group & 63] : '=')};
        writer_bytes(writer, out, sizeof out);
    }
}

/* One more than a digit's value, so that 0 is what is no digit. */
/* clang-format off */
static const unsigned char digit_numbers[256] = {
    ['A'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
    ['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52,
    ['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62,
    ['+'] = 63,
    ['/'] = 64,
};
/* clang-format on */

static int digit_value(char c)
{
    return digit_numbers[(unsigned char)c] - 1;
}

static size_t padding_of(struct text text)
{
    size_t padding = 0;
    while (padding < 2 && padding < text.size && text.data[text.size - 1 - padding] == '=')
        padding++;
    return padding;
}

bool base64_is_valid(struct text text)
{
    if (text.size == 0)
        return true;
    size_t padding = padding_of(text);
    int value = 0;
    for (size_t i = 0; i < text.size - padding && value >= 0; i++)
        value = digit_value(text.data[i]);
    /* The last digit before padding has bits that belong to no byte. */
    int stray = padding == 0 ? 0 : padding == 1 ? 3 : 15;
    return text.size % 4 == 0 && value >= 0 && (value & stray) == 0;
}

/* The bits of four digits; padding has none. */
static uint32_t read_group(const char *digits)
{
    uint32_t group = 0;
    for (int i = 0; i < 4; i++) {
        int value = digit_value(digits[i]);
        group = group << 6 | (value < 0 ? 0 : (uint32_t)value);
    }
    return group;
}

bool base64_read_into(struct text text, char *bytes, struct text *out)
{
    if (!base64_is_valid(text))
        return false;
    size_t size = text.size / 4 * 3 - padding_of(text), at = 0;
    for (size_t i = 0; i < text.size; i += 4) {
        uint32_t group = read_group(text.data + i);
        for (int shift = 16; shift >= 0 && at < size; shift -= 8)
            bytes[at++] = (char)(group >> shift & 0xFF);
    }
    *out = (struct text){bytes, size};
    return true;
}

bool base64_read(struct arena *arena, struct text text, struct text *out)
{
    if (!base64_is_valid(text))
        return false;
    char *bytes = arena_alloc_unset(arena, text.size / 4 * 3 + 1);
    return bytes != NULL && base64_read_into(text, bytes, out);
}
