/* problem.h - everything that is wrong with a document, found in one go.
 *
 * A compiler of definitions does not stop at the first mistake: it notes each with
 * the place where it stands and goes on, up to PROBLEM_COUNT_MAX. */
#ifndef CORE_PROBLEM_H
#define CORE_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>

#include "core/text_position.h"

struct arena;

/* Beyond this a person fixes the first ones first. The list then says it is cut. */
enum { PROBLEM_COUNT_MAX = 100 };

enum problem_severity {
    PROBLEM_ERROR = 0, /* the document cannot be used */
    PROBLEM_WARNING    /* it can, but somebody probably meant something else */
};

/* What of the place that `path` leads to is wrong. */
enum problem_part {
    PROBLEM_AT_VALUE = 0,
    PROBLEM_AT_KEY,       /* the name under which the value stands */
    PROBLEM_IN_EXPRESSION /* the value is {"@expr": "..."}: `inside` is a place in its text */
};

struct problem {
    const char *path;    /* where: "$.states.fetching.on[\"evt.x\"][0].target" */
    const char *message; /* what is wrong and, where known, what would be right */
    const char *remedy;  /* what would be right, of a lint; NULL: the message says it */
    const char *rule;    /* name of the lint, "unreachable-state"; NULL: no lint */
    enum problem_severity severity;
    enum problem_part part;
    struct text_position inside;   /* of an expression, in its text */
    struct text_position position; /* in the document's text; line 0 until that was searched */
};

struct problem_list {
    struct arena *arena; /* holds the problems' texts */
    struct problem items[PROBLEM_COUNT_MAX];
    size_t count;
    bool cut; /* there were more, or memory ran out while noting one */
};

void problem_list_init(struct problem_list *list, struct arena *arena);

/* Adds a copy, with copies of its path and message; `remedy` and `rule` are constants. */
void problem_note(struct problem_list *list, struct problem problem);

/* Copies path; formats the message (up to 1 KiB). `format` is ours. */
void problem_add(struct problem_list *list, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* In order of position, as a person reads the document; equal ones stay as they were. */
void problem_list_sort(struct problem_list *list);

/* How many have this severity. */
size_t problem_count(const struct problem_list *list, enum problem_severity severity);

#endif
