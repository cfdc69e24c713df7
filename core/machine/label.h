/* label.h - what transitions are called in pictures and explanations. For this folder alone.
 *
 * Everything is written in one line; marks that a format takes for its own are the
 * caller's to escape. */
#ifndef CORE_MACHINE_LABEL_H
#define CORE_MACHINE_LABEL_H

#include "core/machine/tables.h"

struct writer;

/* Text of a definition with its white space, line ends too, as single spaces. */
void label_write_flat(struct writer *writer, struct text text);

/* What causes the transition: "evt.books.fetch.success", "after 30s", "done", "always". */
void label_write_cause(const struct machine *machine, const struct transition *transition,
                       struct writer *writer);

/* "[context.attempts < 3]", or nothing. */
void label_write_guard(const struct transition *transition, struct writer *writer);

/* The first types that the actions emit, in order; those that an expression says are left
 * out. Returns how many there are, at most count_max. */
size_t label_emitted_types(struct action_list actions, struct text *out, size_t count_max);

/* Whether the id is one of those that a picture marks. */
bool label_is_listed(struct text_list list, struct text id);

#endif
