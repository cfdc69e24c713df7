/* strict.h - what a definition says that XState 6 would not take, or would ignore.
 *
 * A definition in the strict form runs in Node, too, under XState 6's
 * createMachineFromConfig(json, { evaluators: { cel } }): observed with 6.0.0-alpha.52. The
 * rest of our vocabulary is XState 5's, or our own, and means nothing there. */
#ifndef CORE_MACHINE_STRICT_H
#define CORE_MACHINE_STRICT_H

#include "core/json.h"
#include "core/problem.h"

/* The rule under which these problems are noted. */
#define STRICT_RULE "strict"

/* Notes what is not strict in a definition that compiled without a problem. */
void machine_check_strict(struct json definition, struct problem_list *problems);

#endif
