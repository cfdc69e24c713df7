/* contract.h - what a definition promises of its data: `schemas`, checked at its edges.
 *
 *     "schemas": {"input": {...}, "context": {...}, "output": {...},
 *                 "events": {"evt.x": {...}}, "emitted": {"cmd.x": {...}}}
 *
 * Each is a JSON Schema 2020-12 in which `format` is an assertion. What has no contract
 * passes. For this folder alone. */
#ifndef CORE_MACHINE_CONTRACT_H
#define CORE_MACHINE_CONTRACT_H

#include "core/machine/interpreter.h"
#include "core/machine/tables.h"

struct schema;

struct contract {
    struct text type; /* of the event */
    const struct schema *schema;
};

/* Contracts of event types, each of which stands once. */
struct contract_list {
    struct contract *items;
    uint16_t count;
    struct number_table table;
};

struct contracts {
    const struct schema *input; /* NULL: there is none; also of the next two */
    const struct schema *context;
    const struct schema *output;
    struct contract_list events;  /* that come from outside: of their data */
    struct contract_list emitted; /* the same, of those that are sent */
};

/* All answer STATUS_REJECTED where a contract is broken: the message names it, then place
 * and expectation of each failure: `event "evt.x" breaks its contract: data/price must be at
 * least 0, is -5`. Data that an event does not have counts as null. */

/* The input of a start. */
enum status contract_check_input(const struct machine *machine, struct json input,
                                 struct arena *arena, struct error *error);

/* An event from outside; only one of a type that the definition has a contract for. */
enum status contract_check_event(const struct machine *machine, struct json event,
                                 struct arena *arena, struct error *error);

/* What a macrostep made of `before` (NULL: a start): the context where it changed, each
 * emitted event, and the output. */
enum status contract_check_step(const struct machine *machine, const struct snapshot *before,
                                const struct machine_step *step, struct arena *arena,
                                struct error *error);

#endif
