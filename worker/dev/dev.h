/* dev.h - `xorca dev`: a developer's whole environment, and its end.
 *
 * Nothing in here is a second implementation of anything: the worker, the mocked services
 * and the load are this same program's commands, run as processes of their own. Only the
 * broker (librdkafka's mock cluster) and the private PostgreSQL are particular. */
#ifndef WORKER_DEV_DEV_H
#define WORKER_DEV_DEV_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "worker/dev/private_postgres.h"
#include "worker/dev/process.h"
#include "worker/settings.h"

struct arena;

/* Partitions of every topic, and so lanes: enough to see them share. */
enum { DEV_LANES = 4 };

struct dev_options {
    const char *folder;
    uint64_t start_count; /* 0: none, stay until Ctrl-C */
    bool keeps_data;
};

/* Runs it to its end. STATUS_REJECTED: the folder is wrong (its problems were printed).
 * STATUS_UNAVAILABLE: some part of the environment failed. *all_completed: with
 * start_count, whether every orchestration completed. */
enum status dev_run(const struct dev_options *options, const struct settings *settings,
                    struct arena *arena, bool *all_completed, struct error *error);

#endif
