/* problem.h - everything that is wrong with a document, found in one go.
 *
 * A compiler of definitions does not stop at the first mistake: it notes each with
 * the place where it stands and goes on, up to PROBLEM_COUNT_MAX. */
#ifndef CORE_PROBLEM_H
#define CORE_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* Beyond this a person fixes the first ones first. The list then says it is cut. */
enum { PROBLEM_COUNT_MAX = 100 };

struct problem {
    const char *path;    /* where: "$.states.fetching.on[\"evt.x\"][0].target" */
    const char *message; /* what is wrong and, where known, what would be right */
};

struct problem_list {
    struct arena *arena; /* holds paths and messages */
    struct problem items[PROBLEM_COUNT_MAX];
    size_t count;
    bool cut; /* there were more, or memory ran out while noting one */
};

void problem_list_init(struct problem_list *list, struct arena *arena);

/* Copies path; formats the message (up to 1 KiB). `format` is ours. */
void problem_add(struct problem_list *list, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
