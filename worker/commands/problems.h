/* problems.h - what is wrong with files, told to people, programs and code scanners. */
#ifndef WORKER_COMMANDS_PROBLEMS_H
#define WORKER_COMMANDS_PROBLEMS_H

#include <stdio.h>

#include "core/problem.h"
#include "core/text.h"

struct writer;

/* One file, with what is wrong with it. */
struct file_problems {
    const char *name;   /* as the person wrote it, or "standard input" */
    struct text source; /* its text; TEXT_NONE when it could not be read, or is not at hand */
    struct problem_list *problems;
};

/* What one file's problems look like to people:
 *
 *     book.json:14:19: error: unknown target "sumary", did you mean "summary"? [$.states.a.on]
 *        14 |         "target": "sumary"
 *           |                   ^
 *
 * The line and the mark only where `source` is at hand. In colour where `out` is a
 * terminal that has it. */
void problems_print_text(FILE *out, const struct file_problems *file);

#endif
