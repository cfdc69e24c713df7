#include "worker/graphviz.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static enum status not_there(int reason, struct error *error)
{
    if (reason == ENOENT)
        return error_set(error, STATUS_UNAVAILABLE,
                         "an SVG is laid out by Graphviz' program dot, which is not installed (on "
                         "Debian: apt-get install graphviz); --format dot prints the graph itself");
    return error_set(error, STATUS_UNAVAILABLE, "dot cannot be started: %s", strerror(reason));
}

/* dot reads from `input`; `ours` is the other end, which it must not keep open. */
static enum status start(int input, int ours, pid_t *pid, struct error *error)
{
    char name[] = "dot", format[] = "-Tsvg";
    char *arguments[] = {name, format, NULL};
    posix_spawn_file_actions_t actions;
    int reason = posix_spawn_file_actions_init(&actions);
    if (reason != 0)
        return not_there(reason, error);
    reason = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    if (reason == 0)
        reason = posix_spawn_file_actions_addclose(&actions, ours);
    if (reason == 0)
        reason = posix_spawnp(pid, name, &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    return reason == 0 ? STATUS_OK : not_there(reason, error);
}

/* False when dot has closed its end: its exit status then tells more. */
static bool write_all(int file, struct text text)
{
    while (text.size > 0) {
        ssize_t written = write(file, text.data, text.size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        text = (struct text){text.data + written, text.size - (size_t)written};
    }
    return true;
}

static enum status wait_for_end(pid_t pid, bool took_all, struct error *error)
{
    int status = 0;
    pid_t ended;
    do {
        ended = waitpid(pid, &status, 0);
    } while (ended < 0 && errno == EINTR);
    if (ended == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0 && took_all)
        return STATUS_OK;
    if (ended == pid && WIFSIGNALED(status))
        return error_set(error, STATUS_UNAVAILABLE, "dot was ended by signal %d", WTERMSIG(status));
    return error_set(error, STATUS_UNAVAILABLE, "dot ended with status %d",
                     ended == pid ? WEXITSTATUS(status) : -1);
}

enum status graphviz_print_svg(struct text graph, struct error *error)
{
    int ends[2];
    pid_t pid = 0;
    fflush(stdout); /* what we printed stands before the picture */
    if (pipe(ends) != 0)
        return error_set(error, STATUS_UNAVAILABLE, "pipe: %s", strerror(errno));
    enum status status = start(ends[0], ends[1], &pid, error);
    close(ends[0]);
    if (status == STATUS_OK) {
        /* A dot that dies early must not take us with it. */
        struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
        sigaction(SIGPIPE, &ignore, &before);
        bool took_all = write_all(ends[1], graph);
        close(ends[1]);
        sigaction(SIGPIPE, &before, NULL);
        return wait_for_end(pid, took_all, error);
    }
    close(ends[1]);
    return status;
}
