/* broker_process.h - the embedded broker, in a process of its own.
 *
 * librdkafka's mock cluster: a developer's broker, not a durable one. The process ends
 * when we do, for it reads from a pipe that only we hold. */
#ifndef WORKER_DEV_BROKER_PROCESS_H
#define WORKER_DEV_BROKER_PROCESS_H

#include <stdint.h>

#include "core/error.h"
#include "worker/dev/process.h"

struct broker_process {
    struct process process;
    int pipe; /* closing it ends the broker */
    char bootstrap[256];
};

/* What a person should know before relying on it: one line. */
extern const char *const broker_process_limits;

/* Starts it; call before this process has threads. */
enum status broker_process_start(struct broker_process *broker, int32_t partition_count,
                                 struct error *error);
void broker_process_stop(struct broker_process *broker);

#endif
