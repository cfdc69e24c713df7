#define _DEFAULT_SOURCE /* setgroups */

#include "worker/dev/process.h"
#include "worker/time.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WAIT_STEP_MS = 5, LOG_TAIL_SIZE = 4096, EXIT_CANNOT_RUN = 127 };

/* --- In the child, between fork and exec ------------------------------------------- */

static bool child_redirect(const char *log_path)
{
    int null = open("/dev/null", O_RDONLY);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0)
        return false;
    if (log_path == NULL)
        return true;
    int log = open(log_path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    return log >= 0 && dup2(log, STDOUT_FILENO) >= 0 && dup2(log, STDERR_FILENO) >= 0;
}

static bool child_become(const struct process_start *start)
{
    if (geteuid() != 0 || start->user == 0)
        return true;
    return setgroups(0, NULL) == 0 && setgid(start->group) == 0 && setuid(start->user) == 0;
}

extern char **environ;

/* The parent may have threads, so nothing here allocates. */
static void child_run(const struct process_start *start, char **environment, pid_t parent)
{
    /* The log is opened before the user changes: its folder is ours. */
    if (setpgid(0, 0) != 0 || !child_redirect(start->log_path) || !child_become(start))
        _exit(EXIT_CANNOT_RUN);
    /* After setuid, which clears it. The parent may have died meanwhile. */
    prctl(PR_SET_PDEATHSIG, start->death_signal);
    if (getppid() != parent)
        _exit(EXIT_CANNOT_RUN);
    environ = environment;
    execvp(start->arguments[0], (char *const *)(uintptr_t)start->arguments);
    dprintf(STDERR_FILENO, "%s: %s\n", start->arguments[0], strerror(errno));
    _exit(EXIT_CANNOT_RUN);
}

/* --- In the parent ------------------------------------------------------------------- */

static bool is_overridden(const char *entry, const struct process_start *start)
{
    size_t size = strcspn(entry, "=") + 1;
    for (size_t i = 0; start->environment[i] != NULL; i++) {
        if (strncmp(start->environment[i], entry, size) == 0)
            return true;
    }
    return false;
}

/* Our environment with the overrides in it; the strings themselves are shared. */
static char **make_environment(const struct process_start *start)
{
    size_t count = 0, room = PROCESS_ENVIRONMENT_MAX + 1;
    for (size_t i = 0; environ[i] != NULL; i++)
        room++;
    char **out = calloc(room, sizeof *out);
    if (out == NULL)
        return NULL;
    for (size_t i = 0; environ[i] != NULL; i++) {
        if (!is_overridden(environ[i], start))
            out[count++] = environ[i];
    }
    for (size_t i = 0; start->environment[i] != NULL; i++)
        out[count++] = (char *)(uintptr_t)start->environment[i];
    return out;
}

enum status process_start(struct process *process, const struct process_start *start,
                          struct error *error)
{
    *process = (struct process){.name = start->name};
    if (start->log_path != NULL)
        snprintf(process->log_path, sizeof process->log_path, "%s", start->log_path);
    char **environment = make_environment(start);
    if (environment == NULL)
        return error_memory(error);
    fflush(NULL); /* or the child prints our buffers too */
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0)
        child_run(start, environment, parent);
    free(environment);
    if (pid < 0)
        return error_set(error, STATUS_UNAVAILABLE, "%s cannot be started: %s", start->name,
                         strerror(errno));
    process->pid = pid;
    return STATUS_OK;
}

bool process_has_ended(struct process *process)
{
    if (process->pid == 0)
        return true;
    pid_t ended = waitpid(process->pid, &process->wait_status, WNOHANG);
    if (ended != process->pid)
        return false;
    process->pid = 0;
    return true;
}

static bool is_telling(const char *line)
{
    static const char *const words[] = {"error:", "ERROR", "FATAL", "PANIC", "xorca: "};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strstr(line, words[i]) != NULL)
            return true;
    }
    return false;
}

/* Of the log's end, the last line that tells of an error, or else the last one; in the
 * caller's buffer. */
static const char *telling_line(const char *path, char *buffer, size_t size)
{
    FILE *file = path[0] == '\0' ? NULL : fopen(path, "rb");
    if (file == NULL)
        return "";
    if (fseek(file, -(long)(size - 1), SEEK_END) != 0)
        rewind(file);
    size_t length = fread(buffer, 1, size - 1, file);
    fclose(file);
    buffer[length] = '\0';
    const char *found = "";
    bool has_told = false;
    char *rest = NULL;
    for (char *line = strtok_r(buffer, "\r\n", &rest); line != NULL;
         line = strtok_r(NULL, "\r\n", &rest)) {
        if (is_telling(line) || !has_told)
            found = line;
        has_told = has_told || is_telling(line);
    }
    return found;
}

enum status process_error(const struct process *process, struct error *error)
{
    char buffer[LOG_TAIL_SIZE], how[64];
    int status = process->wait_status;
    if (WIFSIGNALED(status))
        snprintf(how, sizeof how, "was ended by signal %d", WTERMSIG(status));
    else
        snprintf(how, sizeof how, "ended with status %d", WEXITSTATUS(status));
    const char *line = telling_line(process->log_path, buffer, sizeof buffer);
    return error_set(error, STATUS_UNAVAILABLE, "%s %s%s%s", process->name, how,
                     line[0] == '\0' ? "" : ": ", line);
}

enum status process_wait(struct process *process, struct error *error)
{
    while (process->pid != 0) {
        pid_t ended = waitpid(process->pid, &process->wait_status, 0);
        if (ended == process->pid || (ended < 0 && errno != EINTR))
            process->pid = 0;
    }
    bool is_done = WIFEXITED(process->wait_status) && WEXITSTATUS(process->wait_status) == 0;
    return is_done ? STATUS_OK : process_error(process, error);
}

void process_stop(struct process *process, int number, int timeout_ms)
{
    if (process_has_ended(process))
        return;
    kill(process->pid, number);
    int64_t deadline_ms = time_monotonic_ms() + timeout_ms;
    while (!process_has_ended(process)) {
        if (time_monotonic_ms() >= deadline_ms)
            kill(process->pid, SIGKILL);
        time_sleep_ms(WAIT_STEP_MS);
    }
}
