/* explain.h - what an event did to a simulated machine, and why, in lines for people. */
#ifndef WORKER_COMMANDS_EXPLAIN_H
#define WORKER_COMMANDS_EXPLAIN_H

#include "core/error.h"
#include "core/machine/simulation.h"
#include "core/machine/trace.h"

struct arena;

struct explanation {
    const struct machine *machine;
    struct trace trace; /* where the simulation writes down what it considers */
    struct arena *trace_arena;
    struct arena *context_arena;
    struct json context; /* as it was last shown */
    struct arena *text;
};

enum status explanation_init(struct explanation *explanation, const struct machine *machine,
                             struct error *error);
void explanation_destroy(struct explanation *explanation); /* accepts a zeroed one */

/* Forgets the trace of what was printed. Before each call of the simulation. */
void explanation_begin(struct explanation *explanation);

/* Prints what the simulation's last call did: transitions considered, states, actions,
 * what the context has become. `has_state` is false where the start failed. */
enum status explanation_print(struct explanation *explanation, const struct simulation *simulation,
                              bool has_state, struct error *error);

#endif
