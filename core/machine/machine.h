/* machine.h - a definition, compiled: XState's machine JSON as read-only tables.
 *
 * Everything a definition says by name is resolved here, once: targets to states,
 * expressions to programs, actions and guards to their implementations. Running it
 * never searches by name and never meets a definition that is wrong. */
#ifndef CORE_MACHINE_MACHINE_H
#define CORE_MACHINE_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/json.h"
#include "core/problem.h"

struct arena;
struct cel_time_zones;
struct machine; /* machine/tables.h has the inside, for this folder alone */

/* Size limits of one definition. The tables use 16-bit state numbers. */
enum { MACHINE_STATES_MAX = 16384, MACHINE_TRANSITIONS_MAX = 65535, MACHINE_STATE_DEPTH_MAX = 64 };

/* Limits of one step, settings of the worker (XORCA_STEP_...). */
struct machine_limits {
    uint32_t microsteps_max;      /* of one macrostep: an endless `always` ends here */
    uint32_t raised_events_max;   /* of one macrostep */
    uint32_t effects_max;         /* of one macrostep, timers included */
    uint64_t expression_cost_max; /* of each expression, in CEL's units */
    size_t context_size_max;      /* bytes of the context as JSON */
    size_t memory_max;            /* bytes that one macrostep takes from its arena, and that the
                                     values it makes have together: below the arena's own, so
                                     that no event can fill that */
    struct trace *trace;          /* no limit: where a tool has it written down what was
                                     considered (machine/trace.h); NULL: nowhere */
};
#define MACHINE_LIMITS_DEFAULT                                        \
    ((struct machine_limits){.microsteps_max = 1000,                  \
                             .raised_events_max = 1000,               \
                             .effects_max = 1000,                     \
                             .expression_cost_max = 1000000,          \
                             .context_size_max = (size_t)1024 * 1024, \
                             .memory_max = (size_t)32 * 1024 * 1024})

/* Compiles `definition` (the language is in machine/README.md) into the
 * arena, to which *out and all it points to belong; `definition` itself must live as
 * long. Notes every problem it can find in `problems`, with its JSON path;
 * STATUS_REJECTED if there is any, STATUS_FATAL when the arena is full. */
enum status machine_compile(struct arena *arena, struct json definition,
                            struct problem_list *problems, const struct machine **out);

/* The same with a database of time zones for the definition's expressions, which outlives the
 * machine; machine_compile has UTC and offsets only. */
enum status machine_compile_zoned(struct arena *arena, struct json definition,
                                  const struct cel_time_zones *time_zones,
                                  struct problem_list *problems, const struct machine **out);

/* What the definition says of itself. */
struct text machine_id(const struct machine *machine);
struct text machine_version(const struct machine *machine);

/* The event types that the machine can emit (literal ones) and those it waits for
 * (descriptors, wildcards as written), each once, in document order: for `topics`. */
struct text_list {
    const struct text *items;
    size_t count;
};
struct text_list machine_emitted_types(const struct machine *machine);
struct text_list machine_accepted_types(const struct machine *machine);

/* What one state sends and listens to, by type: for catalogues. */
struct state_events {
    struct text state;            /* its keys, "checking.grounded"; of the root the machine's id */
    bool is_initial;              /* entered at the start, unless an `always` leads away */
    struct text_list entry_emits; /* when it is entered */
    struct text_list emits;       /* that, when it is left, and by its transitions */
    struct text_list accepts;     /* without the engine's own (xstate.*); wildcards as written */
};

/* Those states that send or listen to anything, in document order, into the arena. Types
 * that an expression makes are not among them. False: the arena is full. */
bool machine_state_events(const struct machine *machine, struct arena *arena,
                          const struct state_events **out, size_t *count);

/* A Mermaid stateDiagram-v2 of the machine. States in `active` (ids) are marked as
 * active and those in `visited` as passed; both may be empty. */
struct writer;
void machine_write_mermaid(const struct machine *machine, struct text_list active,
                           struct text_list visited, struct writer *writer);

/* The same for Graphviz' dot, which lays it out: clusters for compound and parallel states. */
void machine_write_dot(const struct machine *machine, struct text_list active,
                       struct text_list visited, struct writer *writer);

/* The same as an outline for terminals: a line a state, indented, with a mark (reached,
 * active, not reached), and below it where its transitions lead. `is_unicode` allows box
 * drawing. */
void machine_write_outline(const struct machine *machine, struct text_list active,
                           struct text_list visited, bool is_unicode, struct writer *writer);

#endif
