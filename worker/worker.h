/* worker.h - the process: a member of the consumer group that runs its share of lanes.
 *
 *     STARTING ──► RUNNING ──► DRAINING ──► STOPPED
 *        │            │ SIGTERM, SIGINT        ▲
 *        └────────────┴────────────────────────┘ a failure that waiting cannot mend
 *
 * STARTING (worker_start): the database answers and has our schema, definitions are
 * registered and loaded, the group is joined; what is away is waited for. RUNNING
 * (worker_run): lanes follow the group's assignments. DRAINING (worker_drain): lanes finish
 * and let go, then we leave the group, so that nobody waits for a timeout of ours. */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

#include "core/error.h"

struct settings;

/* Runs until a signal or a failure. STATUS_OK: drained after SIGTERM or SIGINT. A second
 * signal ends the process at once. The error says what a person has to mend. */
enum status worker_main(const struct settings *settings, struct error *error);

#endif
