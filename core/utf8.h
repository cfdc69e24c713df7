/* utf8.h - well-formed UTF-8 as the Unicode Standard defines it (table 3-7):
 * no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef CORE_UTF8_H
#define CORE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/text.h"

/* The length of the well-formed sequence (1 to 4) that text begins with; 0 when it begins
 * with none. */
size_t utf8_sequence(struct text text);

/* The length of the well-formed prefix: text.size when all of it is. */
size_t utf8_valid_prefix(struct text text);

static inline bool utf8_is_valid(struct text text)
{
    return utf8_valid_prefix(text) == text.size;
}

/* Decodes the code point at *at of well-formed text and moves *at behind it. */
uint32_t utf8_next(struct text text, size_t *at);

/* Code points in well-formed text. */
size_t utf8_count(struct text text);

/* Writes a code point (not a surrogate, at most 0x10FFFF) and returns 1 to 4. */
size_t utf8_encode(uint32_t code_point, char out[4]);

#endif
