/* live_view.h - the events of a running environment, a line each, as they pass. */
#ifndef WORKER_DEV_LIVE_VIEW_H
#define WORKER_DEV_LIVE_VIEW_H

#include <stdbool.h>

#include "adapters/kafka/kafka.h"
#include "core/error.h"

struct live_view;

/* Follows every event topic of the broker. With `first_only`, the events of the first
 * orchestration alone: of many at once nobody could read a line. */
enum status live_view_create(struct live_view **out, struct kafka_properties properties,
                             bool first_only, struct error *error);

/* Prints what came, waiting up to timeout_ms for it. */
enum status live_view_turn(struct live_view *view, int timeout_ms, struct error *error);

void live_view_destroy(struct live_view *view); /* accepts NULL */

#endif
