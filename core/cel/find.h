/* find.h - looking for a string in a string, paid for by what is looked at. */
#ifndef CORE_CEL_FIND_H
#define CORE_CEL_FIND_H

#include <stdint.h>

#include "core/cel/evaluation.h"

#define CEL_NOT_FOUND SIZE_MAX

/* Where `needle` stands first in `text`, in bytes, or CEL_NOT_FOUND: an empty one at 0.
 * Charges the bytes passed, and a comparison wherever its first byte stood. Returns false
 * after a stop. */
static inline bool cel_find_substring(struct cel_evaluation *evaluation, struct text text,
                                      struct text needle, size_t *out)
{
    size_t at = 0;
    *out = needle.size == 0 ? 0 : CEL_NOT_FOUND;
    while (*out == CEL_NOT_FOUND && needle.size <= text.size - at) {
        size_t places = text.size - at - needle.size + 1;
        const char *candidate = memchr(text.data + at, needle.data[0], places);
        size_t passed = candidate == NULL ? places : (size_t)(candidate - text.data) - at;
        if (!cel_charge(evaluation, cel_cost_of_bytes(passed) + 1))
            return false;
        if (candidate == NULL)
            return true;
        if (!cel_charge(evaluation, cel_cost_of_bytes(needle.size)))
            return false;
        at += passed;
        if (memcmp(text.data + at, needle.data, needle.size) == 0)
            *out = at;
        at++;
    }
    return true;
}

#endif
