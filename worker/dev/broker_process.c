#include "worker/dev/broker_process.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "adapters/kafka/kafka.h"

enum { STOP_TIMEOUT_MS = 2000 };

const char *const broker_process_limits =
    "in memory, 5 MiB a partition; transactions neither isolate nor fence: what is exactly once "
    "on a real broker may repeat here after a crash";

/* The child: serves until the pipe from the parent closes. */
static void serve(int from_parent, int to_parent, int32_t partition_count)
{
    struct kafka_mock_broker *broker = NULL;
    struct error error;
    setpgid(0, 0); /* Ctrl-C is for the parent */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (kafka_mock_broker_create(&broker, partition_count, &error) != STATUS_OK) {
        dprintf(to_parent, "!%s", error.message);
        _exit(EXIT_FAILURE);
    }
    dprintf(to_parent, "%s", kafka_mock_broker_bootstrap(broker));
    close(to_parent);
    char byte;
    while (read(from_parent, &byte, 1) != 0)
        continue;
    _exit(EXIT_SUCCESS);
}

/* Reads the address that the child tells, or its complaint after a '!'. */
static enum status read_bootstrap(struct broker_process *broker, int fd, struct error *error)
{
    size_t size = 0;
    ssize_t got;
    while (size < sizeof broker->bootstrap - 1 &&
           (got = read(fd, broker->bootstrap + size, sizeof broker->bootstrap - 1 - size)) > 0)
        size += (size_t)got;
    broker->bootstrap[size] = '\0';
    if (size > 0 && broker->bootstrap[0] != '!')
        return STATUS_OK;
    return error_set(error, STATUS_UNAVAILABLE, "embedded broker: %s",
                     size == 0 ? "it ended at once" : broker->bootstrap + 1);
}

enum status broker_process_start(struct broker_process *broker, int32_t partition_count,
                                 struct error *error)
{
    int down[2] = {-1, -1}, up[2] = {-1, -1};
    *broker = (struct broker_process){.process = {.name = "embedded broker"}, .pipe = -1};
    if (pipe(down) != 0 || pipe(up) != 0)
        return error_set(error, STATUS_UNAVAILABLE, "embedded broker: %s", strerror(errno));
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        close(down[1]);
        close(up[0]);
        serve(down[0], up[1], partition_count);
    }
    close(down[0]);
    close(up[1]);
    broker->pipe = down[1];
    enum status status = STATUS_OK;
    if (pid < 0)
        status = error_set(error, STATUS_UNAVAILABLE, "embedded broker: %s", strerror(errno));
    else
        broker->process.pid = pid;
    if (status == STATUS_OK)
        status = read_bootstrap(broker, up[0], error);
    close(up[0]);
    return status;
}

void broker_process_stop(struct broker_process *broker)
{
    if (broker->pipe >= 0)
        close(broker->pipe);
    broker->pipe = -1;
    process_stop(&broker->process, SIGTERM, STOP_TIMEOUT_MS);
}
