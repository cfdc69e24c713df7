/* regex_inside.h - a compiled expression, for this folder alone. */
#ifndef CORE_REGEX_REGEX_INSIDE_H
#define CORE_REGEX_REGEX_INSIDE_H

#include "core/regex/alphabet.h"
#include "core/regex/automaton.h"
#include "core/regex/program.h"
#include "core/regex/regex.h"

struct regex {
    struct alphabet alphabet;
    struct program program;
    bool is_anchored; /* it matches at the start of the text or nowhere */
    bool has_automaton;
    struct automaton automaton;
};

#endif
