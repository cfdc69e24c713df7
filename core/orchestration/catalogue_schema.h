/* catalogue_schema.h - JSON Schemas of the events in a catalogue. For this folder alone. */
#ifndef CORE_ORCHESTRATION_CATALOGUE_SCHEMA_H
#define CORE_ORCHESTRATION_CATALOGUE_SCHEMA_H

#include "core/orchestration/catalogue.h"

/* A document in which schemas of events' data stand. */
struct catalogue_document {
    const struct machine *machine;
    const struct catalogue_event *events; /* all of the definition's */
    size_t count;
    /* Writes the reference by which the schema of `from` reaches that of `to`, which may be
     * the same: "#/components/messages/evt.x/payload". */
    void (*write_reference)(struct writer *writer, const struct catalogue_document *document,
                            const struct catalogue_event *from, const struct catalogue_event *to);
};

/* A whole event, as a document of its own: CloudEvents attributes by their names, the type
 * constant, `data`. */
void catalogue_write_event_schema(struct writer *writer, const struct machine *machine,
                                  const struct catalogue_event *events, size_t count,
                                  const struct catalogue_event *event);

/* The event's data. References of a contract to itself ("#/$defs/x") and to the `$id` of
 * another one are made to lead to where these stand in the document. Of the contract
 * itself, `$id` and `$schema` are left out: the document is of one dialect. */
void catalogue_write_data_schema(struct writer *writer, const struct catalogue_document *document,
                                 const struct catalogue_event *event);

#endif
