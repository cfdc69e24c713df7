/* literal.h - what the literals of an expression stand for (langdef.md, "Values"). */
#ifndef CORE_CEL_LITERAL_H
#define CORE_CEL_LITERAL_H

#include "core/cel/lexer.h"
#include "core/cel/value.h"

/* Of TOKEN_INT, TOKEN_UINT and TOKEN_DOUBLE. `negative`: a "-" stands before it, which
 * belongs to the literal, so that the least int can be written. */
bool cel_literal_number(struct cel_source *source, const struct cel_token *token, bool negative,
                        struct cel_value *out);

/* Of TOKEN_STRING and TOKEN_BYTES: without prefix and quotes, escapes resolved. */
bool cel_literal_string(struct cel_source *source, const struct cel_token *token,
                        struct cel_value *out);

#endif
