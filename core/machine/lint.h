/* lint.h - what a definition says that its author probably did not mean.
 *
 * The compiler refuses what cannot run. A lint finds what can: a state that is never
 * entered, an answer that nobody handles. It looks at the compiled tables alone, and warns
 * only where it is sure: what it cannot know (an expression's value, what a service
 * answers beside what the conventions say) counts as possible. */
#ifndef CORE_MACHINE_LINT_H
#define CORE_MACHINE_LINT_H

#include <stdbool.h>

#include "core/error.h"
#include "core/json.h"
#include "core/machine/machine.h"
#include "core/problem.h"

struct arena;

enum lint_rule {
    LINT_UNREACHABLE_STATE = 0,
    LINT_DEAD_END,
    LINT_WAIT_WITHOUT_DEADLINE,
    LINT_ENDLESS_ALWAYS,
    LINT_GUARD_NEVER_TRUE,
    LINT_UNREACHABLE_TRANSITION,
    LINT_UNKNOWN_CONTEXT_KEY,
    LINT_UNHANDLED_ANSWER,
    LINT_MISSPELT_KEYWORD,
    LINT_UNKNOWN_LINT,
    LINT_RULE_COUNT
};

struct lint_description {
    const char *name;    /* "unreachable-state": what --allow and meta.allow take */
    const char *summary; /* one line */
    const char *remedy;  /* what would be right, said of each problem */
};
extern const struct lint_description lint_descriptions[LINT_RULE_COUNT];

/* The rule of this name, or LINT_RULE_COUNT. */
enum lint_rule lint_find(struct text name);

struct lint_settings {
    bool is_allowed[LINT_RULE_COUNT]; /* nothing is said of these */
};

/* Notes in `problems`, as warnings, what is suspicious about a machine that compiled
 * without a problem. `definition` is what it was compiled from: a state's
 * "meta": {"allow": ["dead-end"]} allows it there and in the states inside.
 * `arena`, which is not that of `problems`, holds the work and gives it back.
 * STATUS_FATAL: it is full. */
enum status machine_lint(const struct machine *machine, struct json definition,
                         const struct lint_settings *settings, struct arena *arena,
                         struct problem_list *problems);

#endif
