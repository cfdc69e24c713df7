/* process.h - the programs that `xorca dev` starts, and ends again in every case.
 *
 * A child runs in a process group of its own, so that Ctrl-C at the terminal reaches us
 * and not it: we end everything, in order. Should we be killed ourselves, the kernel ends
 * the children (PR_SET_PDEATHSIG). Linux only, as it is a developer's tool. */
#ifndef WORKER_DEV_PROCESS_H
#define WORKER_DEV_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/error.h"

enum { PROCESS_ENVIRONMENT_MAX = 16, PROCESS_PATH_MAX = 4096 };

struct process_start {
    const char *name;             /* for messages: "worker" */
    const char *const *arguments; /* the program first; NULL ends */
    /* "NAME=value" put over our own environment; NULL ends. */
    const char *environment[PROCESS_ENVIRONMENT_MAX];
    const char *log_path; /* standard output and error; NULL: ours */
    uid_t user;           /* runs as this user and group, if we are root and it is not 0 */
    gid_t group;
    int death_signal; /* what the kernel sends it when we die */
};

struct process {
    const char *name;
    char log_path[PROCESS_PATH_MAX]; /* "" when it has none */
    pid_t pid;                       /* 0: not running */
    int wait_status;                 /* of waitpid, once it ended */
};

/* Starts it. STATUS_REJECTED when the program cannot be run at all. */
enum status process_start(struct process *process, const struct process_start *start,
                          struct error *error);

/* True when it has ended by itself. */
bool process_has_ended(struct process *process);

/* Waits until it ends; STATUS_UNAVAILABLE unless it ended with status 0: the message says
 * how it ended and has the line of its log that tells why. */
enum status process_wait(struct process *process, struct error *error);

/* STATUS_UNAVAILABLE with how it ended; for one that should still be running. */
enum status process_error(const struct process *process, struct error *error);

/* Sends `number` and waits up to timeout_ms, then SIGKILL. Does nothing when it is not
 * running. */
void process_stop(struct process *process, int number, int timeout_ms);

#endif
