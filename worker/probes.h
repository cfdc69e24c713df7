/* probes.h - what the worker tells over HTTP: /livez, /readyz, /metrics.
 *
 * Answers come from the numbers alone (metrics.h): no probe waits for a lane, for Kafka or
 * for PostgreSQL. */
#ifndef WORKER_PROBES_H
#define WORKER_PROBES_H

#include <stdint.h>

#include "core/error.h"
#include "worker/metrics.h"

struct settings;
struct probes;

/* Listens on XORCA_HTTP_ADDRESS and XORCA_HTTP_PORT; *out is NULL without an error when the
 * port is 0. `metrics` outlives it. */
enum status probes_create(struct probes **out, const struct settings *settings,
                          const struct metrics *metrics, struct error *error);
void probes_destroy(struct probes *probes); /* accepts NULL */

#endif
