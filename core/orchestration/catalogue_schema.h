/* catalogue_schema.h - JSON Schemas of the events in a catalogue. For this folder alone. */
#ifndef CORE_ORCHESTRATION_CATALOGUE_SCHEMA_H
#define CORE_ORCHESTRATION_CATALOGUE_SCHEMA_H

#include "core/orchestration/catalogue.h"

/* A whole event: CloudEvents attributes by their names, the type constant, `data`. */
void catalogue_write_event_schema(struct writer *writer, const struct machine *machine,
                                  const struct catalogue_event *event);

/* The event's data. A contract's local references ("#/$defs/x") are made to lead on from
 * `pointer`, where the schema will stand in the document; of the contract itself, `$id` and
 * `$schema` are left out, as the document is of one dialect. */
void catalogue_write_data_schema(struct writer *writer, const struct catalogue_event *event,
                                 struct text pointer);

#endif
