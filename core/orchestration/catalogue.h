/* catalogue.h - which events a definition sends and listens to, with what in them: for
 * those who write its services. Contracts are those of the definition's `schemas`; where
 * there is none, data may be anything. */
#ifndef CORE_ORCHESTRATION_CATALOGUE_H
#define CORE_ORCHESTRATION_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/json.h"
#include "core/machine/machine.h"
#include "core/text.h"

struct arena;
struct writer;

enum catalogue_kind {
    CATALOGUE_START = 0,   /* begins an orchestration                                 */
    CATALOGUE_ACCEPTED,    /* evt.* and sys.* that some state listens to; wildcards   */
    CATALOGUE_EMITTED,     /* cmd.* and notif.*                                       */
    CATALOGUE_START_ERROR, /* what answers a start that is refused */
    CATALOGUE_ERROR,       /* what answers another event that is refused */
    CATALOGUE_LIFECYCLE    /* notif.xorca.<name>.*                                    */
};

struct catalogue_event {
    enum catalogue_kind kind;
    struct text type;
    struct text topic;
    struct text source;          /* TEXT_NONE: anybody's */
    const struct json *contract; /* of its data; NULL: there is none */
    const char *data;            /* where it is ours to say: a JSON Schema, as text; or NULL */
};

/* One version of a definition, compiled and as it was parsed. */
struct catalogue_definition {
    const struct machine *machine;
    struct json definition;
};

/* All events of the definition, in the order of enum catalogue_kind; each type once. False:
 * the arena is full. */
bool catalogue_events(const struct catalogue_definition *definition, struct arena *arena,
                      const struct catalogue_event **out, size_t *count);

/* xOrca's catalogue (its getOrchestrationEvents): an array of
 *   {name, description, machineSchema: [{version, orchestrationInit, orchestrationEvents,
 *    orchestrationError, orchestrationLifecycle}]}
 * where each of the latter has `emits` and `accepts`: JSON Schemas of whole events. Against
 * the original: each state is named and lists no event that it does not have; what is
 * accepted has its data's contract; sys.* are listed; attributes have their names. Versions
 * of one name, which stand one after the other in `definitions`, are one entry. Writes
 * compact JSON; false when the arena is full. */
bool catalogue_write(const struct catalogue_definition *definitions, size_t count,
                     struct arena *arena, struct writer *writer);

/* An AsyncAPI 3.0 document of one definition: the worker as an application that receives
 * and sends CloudEvents (binary mode, JSON data) over Kafka. False when the arena is full. */
bool asyncapi_write(const struct catalogue_definition *definition, struct arena *arena,
                    struct writer *writer);

#endif
