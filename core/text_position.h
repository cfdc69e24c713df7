/* text_position.h - line and column of a place in a text, as editors count them. */
#ifndef CORE_TEXT_POSITION_H
#define CORE_TEXT_POSITION_H

#include <stddef.h>
#include <stdint.h>

#include "core/text.h"

/* Both from 1; the column in code points. Line 0: not known. */
struct text_position {
    uint32_t line;
    uint32_t column;
};

/* The position of the byte at `offset` (at most text.size) of UTF-8 text. Lines end with
 * "\n"; a "\r" in front of it belongs to the line. */
struct text_position text_position_of(struct text text, size_t offset);

/* The line of that number, without its end ("\n" or "\r\n"); empty when there is none. */
struct text text_line(struct text text, uint32_t line);

#endif
