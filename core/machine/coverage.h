/* coverage.h - which transitions were taken and which states were active, in all that a
 * definition's tests did. */
#ifndef CORE_MACHINE_COVERAGE_H
#define CORE_MACHINE_COVERAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/machine/trace.h"

struct coverage {
    const struct machine *machine;
    uint64_t *transitions; /* taken: bit n is transition number n */
    uint64_t *states;      /* entered */
};

struct coverage_count {
    uint32_t covered;
    uint32_t total;
};

/* An empty one, in the arena. False: it is full. */
bool coverage_init(struct coverage *coverage, const struct machine *machine, struct arena *arena);

/* Adds what this trace of the same machine says was taken and entered. */
void coverage_add(struct coverage *coverage, const struct trace *trace);

/* Of all transitions, those that forbid an event ({}) included. */
struct coverage_count coverage_transitions(const struct coverage *coverage);

/* Of all states that can be active; the root is no achievement, and does not count. */
struct coverage_count coverage_states(const struct coverage *coverage);

/* A line for each transition and state that is not covered, after `indent`. */
void coverage_write_missing(const struct coverage *coverage, const char *indent,
                            struct writer *writer);

#endif
