/* json_locate.h - where in a JSON text the value is that a path leads to.
 *
 * core's values carry no positions: only a text with something wrong in it needs them, and
 * then it is walked once more, along the path. Nothing is allocated. */
#ifndef ADAPTERS_JSON_JSON_LOCATE_H
#define ADAPTERS_JSON_JSON_LOCATE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/problem.h"
#include "core/text.h"
#include "core/text_position.h"

/* Offsets of bytes in the text. */
struct json_place {
    size_t key;   /* of the name's opening quote; of an element of an array and the root: value */
    size_t value; /* of the value's first byte */
    size_t end;   /* behind its last */
};

/* Finds the value at `path`: "$" and any number of .name, ["any name"] and [0], as
 * struct problem has it. `text` must be one that json_parse takes; anything else gives some
 * place inside of it, or false. A path that leads to nothing, or was cut, gives the place
 * of what it leads to last, and false. */
bool json_locate(struct text text, struct text path, struct json_place *out);

/* The offset of a character inside a string, whose opening quote stands at `value`: the one
 * that is at this position of the string's own characters, of whose escapes each counts as
 * one; behind its end, the closing quote. */
size_t json_locate_inside(struct text text, size_t value, struct text_position inside);

/* Fills in the positions that problems found in the document of this text have, as far as
 * they are not known. */
void json_locate_problem(struct text text, struct problem *problem);
void json_locate_problems(struct text text, struct problem_list *problems);

#endif
