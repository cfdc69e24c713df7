/* marker.h - the record that says how far a lane has published, as JSON text.
 *
 *     topic "<group>.outbox-pos", partition = lane, key = the lane's number,
 *     value {"seq":17,"epoch":3,"incarnation":"0f8fad5b-d9cb-469f-a165-70867728950e"}
 *
 * Internal to adapters/kafka; pure. Old markers are read by new programs: names are added,
 * never changed, and those that are not known are ignored. */
#ifndef ADAPTERS_KAFKA_MARKER_H
#define ADAPTERS_KAFKA_MARKER_H

#include "adapters/kafka/kafka.h"

/* The longest value: three names, two 64-bit numbers, a UUID; and room for a NUL. */
enum { MARKER_VALUE_SIZE = 128 };

/* Writes the value into the buffer; the text refers to it. */
struct text marker_write(char buffer[MARKER_VALUE_SIZE], struct marker marker);

/* STATUS_REJECTED says what is wrong with the value. */
enum status marker_read(struct text value, struct marker *out, struct error *error);

#endif
