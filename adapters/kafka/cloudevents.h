/* cloudevents.h - CloudEvents Kafka protocol binding 1.0.2: records to events and back.
 *
 * Binary mode: attributes as ce_ headers, the value is the data. Structured mode: the
 * value is the event in the JSON event format. Pure: no librdkafka in here. */
#ifndef ADAPTERS_KAFKA_CLOUDEVENTS_H
#define ADAPTERS_KAFKA_CLOUDEVENTS_H

#include "adapters/json/json_parse.h"
#include "adapters/kafka/record.h"
#include "core/orchestration/event.h"

/* Most extension attributes of one event: they are looked up one by one. */
enum { CLOUDEVENT_EXTENSIONS_MAX = 128 };

/* Decodes into the arena (nothing of the record is referred to afterwards).
 *
 * Structured mode is told by the content-type header: application/cloudevents+json,
 * whatever its case and parameters; its ce_ headers are then ignored (binding 3.3.3).
 * Data is JSON: datacontenttype is absent, or its subtype is json or ends in +json (JSON
 * format 3.1.1). `limits` hold for the data in both modes; that of size, in structured
 * mode, for the whole event.
 *
 * STATUS_REJECTED with what is wrong, by its name in the specification: "ce_type is
 * missing", "ce_id is not valid UTF-8", "value: line 1, column 80: premature EOF". Names
 * and values of attributes are checked as the type system says (spec 2, "Type System"),
 * except that a URI is any non-empty string, and that times are those of core/clock.h.
 * STATUS_FATAL when the arena is full. */
enum status cloudevent_decode(struct arena *arena, const struct record *record,
                              struct json_limits limits, struct event *out, struct error *error);

enum content_mode { CONTENT_BINARY, CONTENT_STRUCTURED };

/* Encodes for `topic`, into the arena; what the event and the topic refer to is referred
 * to. The key is the subject, the partition is left to it (RECORD_PARTITION_BY_KEY), the
 * timestamp is 0. The same event always gives the same bytes. STATUS_REJECTED names the
 * attribute that CloudEvents does not allow, as expressions may have made it. */
enum status cloudevent_encode(struct arena *arena, const struct event *event,
                              enum content_mode mode, struct text topic, struct record *out,
                              struct error *error);

#endif
