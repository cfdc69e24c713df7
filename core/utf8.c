#include "core/utf8.h"

#include "core/words.h"

/* The rows of table 3-7: by first byte, the length and the range of the second. */
static size_t sequence_size(unsigned char first, unsigned char *low, unsigned char *high)
{
    *low = 0x80;
    *high = 0xBF;
    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first <= 0xDF)
        return 2;
    if (first >= 0xE0 && first <= 0xEF) {
        if (first == 0xE0)
            *low = 0xA0;
        if (first == 0xED)
            *high = 0x9F;
        return 3;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        if (first == 0xF0)
            *low = 0x90;
        if (first == 0xF4)
            *high = 0x8F;
        return 4;
    }
    return 0;
}

size_t utf8_sequence(struct text text)
{
    if (text.size == 0)
        return 0;
    const unsigned char *bytes = (const unsigned char *)text.data;
    unsigned char low, high;
    size_t size = sequence_size(bytes[0], &low, &high);
    if (size == 0 || size > text.size || (size > 1 && (bytes[1] < low || bytes[1] > high)))
        return 0;
    for (size_t i = 2; i < size; i++) {
        if ((bytes[i] & 0xC0) != 0x80)
            return 0;
    }
    return size;
}

size_t utf8_valid_prefix(struct text text)
{
    size_t at = 0;
    while (at < text.size) {
        if (text.size - at >= WORD_SIZE && word_not_ascii(word_load(text.data + at)) == 0) {
            at += WORD_SIZE;
            continue;
        }
        size_t size = utf8_sequence((struct text){text.data + at, text.size - at});
        if (size == 0)
            break;
        at += size;
    }
    return at;
}

uint32_t utf8_next(struct text text, size_t *at)
{
    const unsigned char *bytes = (const unsigned char *)text.data + *at;
    if (bytes[0] < 0x80) {
        *at += 1;
        return bytes[0];
    }
    if (bytes[0] < 0xE0) {
        *at += 2;
        return (uint32_t)(bytes[0] & 0x1F) << 6 | (bytes[1] & 0x3F);
    }
    if (bytes[0] < 0xF0) {
        *at += 3;
        return (uint32_t)(bytes[0] & 0x0F) << 12 | (uint32_t)(bytes[1] & 0x3F) << 6 |
               (bytes[2] & 0x3F);
    }
    *at += 4;
    return (uint32_t)(bytes[0] & 0x07) << 18 | (uint32_t)(bytes[1] & 0x3F) << 12 |
           (uint32_t)(bytes[2] & 0x3F) << 6 | (bytes[3] & 0x3F);
}

/* Bytes of a word that go on with a character: the top two bits are 10. */
static size_t count_continuations(uint64_t word)
{
    uint64_t continuations = (word & ~(word << 1) & WORD_TOP_BITS) >> 7;
    return (size_t)(continuations * WORD_OF(1) >> 56); /* the sum of all bytes is in the top one */
}

size_t utf8_count(struct text text)
{
    size_t count = 0, i = 0;
    for (; text.size - i >= WORD_SIZE; i += WORD_SIZE)
        count += WORD_SIZE - count_continuations(word_load(text.data + i));
    for (; i < text.size; i++)
        count += ((unsigned char)text.data[i] & 0xC0) != 0x80;
    return count;
}

size_t utf8_encode(uint32_t code_point, char out[4])
{
    if (code_point < 0x80) {
        out[0] = (char)code_point;
        return 1;
    }
    if (code_point < 0x800) {
        out[0] = (char)(0xC0 | code_point >> 6);
        out[1] = (char)(0x80 | (code_point & 0x3F));
        return 2;
    }
    if (code_point < 0x10000) {
        out[0] = (char)(0xE0 | code_point >> 12);
        out[1] = (char)(0x80 | (code_point >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code_point & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code_point >> 18);
    out[1] = (char)(0x80 | (code_point >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code_point >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code_point & 0x3F));
    return 4;
}
