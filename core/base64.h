/* base64.h - RFC 4648, section 4: the standard alphabet, padded. */
#ifndef CORE_BASE64_H
#define CORE_BASE64_H

#include <stdbool.h>

#include "core/text.h"

struct arena;
struct writer;

void base64_write(struct writer *writer, struct text bytes);

/* Whether text is padded base64 in its canonical form: stray bits, white space and
 * missing padding are refused. */
bool base64_is_valid(struct text text);

/* Decodes into memory of the caller's, which has text.size / 4 * 3 bytes. False when text is
 * not valid. */
bool base64_read_into(struct text text, char *bytes, struct text *out);

/* Decodes into the arena. False when text is not valid or the arena is full. */
bool base64_read(struct arena *arena, struct text text, struct text *out);

#endif
