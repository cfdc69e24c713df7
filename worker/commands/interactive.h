/* interactive.h - a conversation with a simulated machine, at a terminal. */
#ifndef WORKER_COMMANDS_INTERACTIVE_H
#define WORKER_COMMANDS_INTERACTIVE_H

#include "adapters/json/json_parse.h"
#include "core/error.h"
#include "core/machine/simulation.h"

struct arena;
struct explanation;

/* Offers what the machine, which was started and printed, waits for, takes what the person
 * chooses, prints what became of it, and again, until the input or the machine ends. What
 * is mistyped is said and asked for again; `limits` are those of an event's data. */
enum status interactive_run(const struct machine *machine, struct simulation *simulation,
                            struct explanation *explanation, struct json_limits limits,
                            struct arena *arena, struct error *error);

#endif
