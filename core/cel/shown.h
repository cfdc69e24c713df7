/* shown.h - names and strings from outside in messages: shortened, between characters.
 *
 *     cel_fail(evaluation, "no such key: %.*s%s", CEL_SHOWN(name)); */
#ifndef CORE_CEL_SHOWN_H
#define CORE_CEL_SHOWN_H

#include "core/text.h"

/* Bytes; messages go to logs and events, and a string may be a whole document. */
enum { CEL_SHOWN_SIZE_MAX = 64 };

static inline int cel_shown_size(struct text text)
{
    size_t size = text.size;
    if (size > CEL_SHOWN_SIZE_MAX) {
        size = CEL_SHOWN_SIZE_MAX;
        while (size > 0 && ((unsigned char)text.data[size] & 0xC0) == 0x80)
            size--; /* the text is UTF-8: go back to where a character begins */
    }
    return (int)size;
}

#define CEL_SHOWN(text)                                           \
    cel_shown_size(text), (text).data == NULL ? "" : (text).data, \
        (text).size > CEL_SHOWN_SIZE_MAX ? "..." : ""

#endif
