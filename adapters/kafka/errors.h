/* errors.h - librdkafka's error codes as our statuses, in one table.
 *
 * Internal to adapters/kafka. Messages read "what: why": the caller says what it was
 * doing, librdkafka says why. */
#ifndef ADAPTERS_KAFKA_ERRORS_H
#define ADAPTERS_KAFKA_ERRORS_H

#include <librdkafka/rdkafka.h>

#include "core/error.h"

/* What a caller should do about the code. What the table does not name is
 * STATUS_UNAVAILABLE: wait, make the client anew, try again; that is safe whatever it
 * was, because every new try begins with a take-over. */
enum status kafka_status_of(rd_kafka_resp_err_t code);

/* "what: Broker: Unknown topic or partition". `format` says what was being done. */
enum status kafka_error_set(struct error *error, rd_kafka_resp_err_t code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
