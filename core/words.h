/* words.h - looks at eight bytes of text at once.
 *
 * Most text is plain ASCII, so what walks over it (validating, escaping) first asks for the
 * length of the plain run and looks closely at what ends it. Each test below sets the top
 * bit of the bytes it is true for; a test may be wrong above the first byte that it finds,
 * never about whether there is one, nor about which is the first in a little-endian word:
 * so only "none" is concluded from it. */
#ifndef CORE_WORDS_H
#define CORE_WORDS_H

#include <stdint.h>
#include <string.h>

enum { WORD_SIZE = 8 };
#define WORD_OF(byte) ((uint64_t)(byte)*UINT64_C(0x0101010101010101))
#define WORD_TOP_BITS WORD_OF(0x80)

static inline uint64_t word_load(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

static inline uint64_t word_not_ascii(uint64_t word)
{
    return word & WORD_TOP_BITS;
}

/* Bytes below `limit`, which is at most 0x80. */
static inline uint64_t word_below(uint64_t word, unsigned char limit)
{
    return (word - WORD_OF(limit)) & ~word & WORD_TOP_BITS;
}

static inline uint64_t word_equal(uint64_t word, unsigned char byte)
{
    return word_below(word ^ WORD_OF(byte), 1);
}

/* Bytes that a JSON string may not hold as they are (RFC 8259, section 7). */
static inline uint64_t word_needs_escapes(uint64_t word)
{
    return word_below(word, 0x20) | word_equal(word, '"') | word_equal(word, '\\');
}

#endif
