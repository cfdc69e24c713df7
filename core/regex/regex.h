/* regex.h - regular expressions in linear time: compile once, search often.
 *
 * Two syntaxes over one automaton: RE2's (CEL's matches()) and ECMA-262's with the u flag
 * (JSON Schema's "pattern"). Neither back references nor look-around, which no automaton
 * can do. A compiled expression is read-only and may be searched by many threads at once. */
#ifndef CORE_REGEX_REGEX_H
#define CORE_REGEX_REGEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/text.h"

struct arena;
struct regex;

enum regex_syntax { REGEX_RE2, REGEX_ECMA262 };

enum regex_verdict {
    REGEX_OK,
    REGEX_INVALID,     /* not in the syntax                                     */
    REGEX_UNSUPPORTED, /* it is, but no automaton can do it (named in message)  */
    REGEX_TOO_LARGE    /* a limit was reached (named in message)                */
};

struct regex_problem {
    enum regex_verdict verdict;
    size_t offset; /* in bytes of the pattern */
    char message[192];
};

/* Limits of one expression, each reported as REGEX_TOO_LARGE. The instructions bound what one
 * character of a text can cost. RE2 repeats at most 1,000 times and says REGEX_INVALID. */
enum {
    REGEX_PATTERN_SIZE_MAX = 8 * 1024, /* bytes */
    REGEX_DEPTH_MAX = 250,             /* groups inside of groups */
    REGEX_INSTRUCTIONS_MAX = 10000,
    REGEX_RANGES_MAX = 50 * 1000,   /* of code points, in all different classes */
    REGEX_MEMBERSHIPS_MAX = 8000000 /* different classes times the kinds of characters that
                                         they tell apart: a bit each */
};

/* STATUS_REJECTED fills *problem; STATUS_FATAL: the arena is full. `pattern` is UTF-8. */
enum status regex_compile(struct arena *arena, struct text pattern, enum regex_syntax syntax,
                          const struct regex **out, struct regex_problem *problem);

/* Whether it matches anywhere in `text` (UTF-8; anchor with ^ and $). Scratch memory comes
 * from `scratch`, is bounded by the expression alone and given back. False return: the arena is full. */
bool regex_search(const struct regex *regex, struct text text, struct arena *scratch, bool *found);

/* The most steps that a search of a text of this many bytes takes, for cost limits. */
uint64_t regex_search_steps(const struct regex *regex, size_t text_size);

#endif
