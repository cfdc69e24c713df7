/* problems.h - what is wrong with files, told to people, programs and code scanners. */
#ifndef WORKER_COMMANDS_PROBLEMS_H
#define WORKER_COMMANDS_PROBLEMS_H

#include <stdio.h>

#include "core/problem.h"
#include "core/text.h"

/* One file, with what is wrong with it. */
struct file_problems {
    const char *name;   /* as the person wrote it, or "standard input" */
    struct text source; /* its text; TEXT_NONE when it could not be read, or is not at hand */
    struct problem_list *problems;
};

/* What one file's problems look like to people:
 *
 *     book.json:14:19: error: unknown target "sumary", did you mean "summary"? [$.states.a.on]
 *         14 |         "target": "sumary"
 *            |                   ^
 *
 * The line and the mark only where `source` is at hand. In colour where `out` is a
 * terminal that has it. */
void problems_print_text(FILE *out, const struct file_problems *file);

/* The same for programs: a line of JSON for each problem, {"file", "line", "column",
 * "path", "severity", "rule", "message", "remedy"}. `line` and `column` are null where a
 * file could not be read, `remedy` where the message says it. */
void problems_print_json(FILE *out, const struct file_problems *file);

/* The name under which a problem is reported: a lint's, "strict", or "definition" for what
 * makes a file unusable. */
const char *problem_rule_name(const struct problem *problem);

/* One log in the Static Analysis Results Interchange Format 2.1.0 (OASIS), written piece by
 * piece: its beginning with the rules, each file's results, its end. */
struct sarif_log {
    FILE *out;
    size_t result_count;
};
void sarif_begin(struct sarif_log *log, FILE *out);
void sarif_add(struct sarif_log *log, const struct file_problems *file);
void sarif_end(struct sarif_log *log);

#endif
