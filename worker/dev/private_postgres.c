#include "worker/dev/private_postgres.h"
#include "worker/time.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glob.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapters/postgres/postgres.h"

enum {
    READY_TIMEOUT_MS = 30 * 1000, /* a cluster of our size is up in less than one second */
    READY_STEP_MS = 20,
    STOP_TIMEOUT_MS = 10 * 1000,
    PASSWORD_BYTES = 16,
    PROGRAMS_PATH_MAX = 256
};

/* Who runs it: ourselves, or as root a user that PostgreSQL accepts. */
struct account {
    uid_t user;
    gid_t group;
};

static enum status find_account(struct account *account, struct error *error)
{
    *account = (struct account){0, 0};
    if (geteuid() != 0)
        return STATUS_OK;
    const struct passwd *entry = getpwnam("postgres");
    if (entry == NULL)
        entry = getpwnam("nobody");
    if (entry == NULL)
        return error_set(error, STATUS_REJECTED,
                         "PostgreSQL refuses to run as root, and there is no user postgres to "
                         "run it as");
    *account = (struct account){entry->pw_uid, entry->pw_gid};
    return STATUS_OK;
}

/* The folder of the newest installed server's programs: Debian keeps one a version, others
 * have them in PATH ("" then). */
static void find_programs(char *out, size_t size)
{
    glob_t found = {0};
    long newest = -1;
    snprintf(out, size, "%s", "");
    if (glob("/usr/lib/postgresql/*/bin/initdb", 0, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++) {
            const char *path = found.gl_pathv[i];
            long version = strtol(path + strlen("/usr/lib/postgresql/"), NULL, 10);
            if (version <= newest)
                continue;
            newest = version;
            snprintf(out, size, "%.*s", (int)(strlen(path) - strlen("initdb")), path);
        }
    }
    globfree(&found);
}

static enum status random_password(char out[2 * PASSWORD_BYTES + 1], struct error *error)
{
    unsigned char bytes[PASSWORD_BYTES];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return error_set(error, STATUS_UNAVAILABLE, "no randomness: %s", strerror(errno));
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
    return STATUS_OK;
}

static enum status write_password(const char *path, const char *password,
                                  const struct account *account, struct error *error)
{
    FILE *file = fopen(path, "w");
    bool is_written = file != NULL && chmod(path, 0600) == 0 && fputs(password, file) >= 0;
    if (file != NULL && fclose(file) != 0)
        is_written = false;
    if (is_written && account->user != 0 && chown(path, account->user, account->group) != 0)
        is_written = false;
    return is_written ? STATUS_OK
                      : error_set(error, STATUS_UNAVAILABLE, "%s: %s", path, strerror(errno));
}

/* A port that is free now. Somebody may take it before the server does: then it says so. */
static int free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int port = 0;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, size) == 0 &&
        getsockname(fd, (struct sockaddr *)&address, &size) == 0)
        port = ntohs(address.sin_port);
    if (fd >= 0)
        close(fd);
    return port;
}

static enum status make_cluster(const struct private_postgres *postgres, const char *programs,
                                const char *folder, const struct account *account,
                                const char *password, struct error *error)
{
    char program[PROCESS_PATH_MAX], log[PROCESS_PATH_MAX], secret[PROCESS_PATH_MAX];
    char pwfile[PROCESS_PATH_MAX + 16];
    snprintf(program, sizeof program, "%.200sinitdb", programs);
    snprintf(log, sizeof log, "%s/initdb.log", folder);
    snprintf(secret, sizeof secret, "%s/password", folder);
    enum status status = write_password(secret, password, account, error);
    if (status != STATUS_OK)
        return status;
    snprintf(pwfile, sizeof pwfile, "--pwfile=%s", secret);
    const char *const arguments[] = {program,
                                     "--pgdata",
                                     postgres->data,
                                     "--username=xorca",
                                     pwfile,
                                     "--auth=scram-sha-256",
                                     "--encoding=UTF8",
                                     "--locale=C",
                                     "--no-sync",
                                     NULL};
    struct process_start start = {.name = "initdb",
                                  .arguments = arguments,
                                  .log_path = log,
                                  .user = account->user,
                                  .group = account->group,
                                  .death_signal = SIGKILL};
    struct process initdb;
    status = process_start(&initdb, &start, error);
    if (status == STATUS_OK)
        status = process_wait(&initdb, error);
    unlink(secret);
    return status;
}

static enum status start_server(struct private_postgres *postgres, const char *programs,
                                const char *folder, const struct account *account, int port,
                                struct error *error)
{
    char program[PROCESS_PATH_MAX], log[PROCESS_PATH_MAX], port_option[32];
    snprintf(program, sizeof program, "%.200spostgres", programs);
    snprintf(log, sizeof log, "%s/postgres.log", folder);
    snprintf(port_option, sizeof port_option, "port=%d", port);
    const char *const arguments[] = {program,
                                     "-D",
                                     postgres->data,
                                     "-c",
                                     "listen_addresses=127.0.0.1",
                                     "-c",
                                     port_option,
                                     "-c",
                                     "unix_socket_directories=",
                                     "-c",
                                     "shared_buffers=64MB",
                                     NULL};
    struct process_start start = {.name = "PostgreSQL",
                                  .arguments = arguments,
                                  .log_path = log,
                                  .user = account->user,
                                  .group = account->group,
                                  .death_signal = SIGQUIT};
    return process_start(&postgres->server, &start, error);
}

static enum status wait_until_ready(struct private_postgres *postgres, struct error *error)
{
    int64_t deadline_ms = time_monotonic_ms() + READY_TIMEOUT_MS;
    for (;;) {
        struct postgres *connection = NULL;
        enum status status = postgres_connect(&connection, postgres->url, "xorca dev", error);
        postgres_close(connection);
        if (process_has_ended(&postgres->server))
            return process_error(&postgres->server, error);
        if (status != STATUS_UNAVAILABLE || time_monotonic_ms() >= deadline_ms)
            return status;
        time_sleep_ms(READY_STEP_MS);
    }
}

enum status private_postgres_start(struct private_postgres *postgres, const char *folder,
                                   struct error *error)
{
    struct account account;
    char programs[PROGRAMS_PATH_MAX], password[2 * PASSWORD_BYTES + 1];
    *postgres = (struct private_postgres){0};
    snprintf(postgres->data, sizeof postgres->data, "%s/data", folder);
    find_programs(programs, sizeof programs);
    int port = free_port();
    enum status status = find_account(&account, error);
    if (status == STATUS_OK)
        status = random_password(password, error);
    if (status == STATUS_OK && account.user != 0 && chown(folder, account.user, account.group) != 0)
        status = error_set(error, STATUS_UNAVAILABLE, "%s: %s", folder, strerror(errno));
    if (status == STATUS_OK)
        status = make_cluster(postgres, programs, folder, &account, password, error);
    if (status == STATUS_OK)
        status = start_server(postgres, programs, folder, &account, port, error);
    if (status == STATUS_OK) {
        snprintf(postgres->url, sizeof postgres->url, "postgresql://xorca:%s@127.0.0.1:%d/postgres",
                 password, port);
        status = wait_until_ready(postgres, error);
    }
    if (status != STATUS_OK)
        error_context(error, "private PostgreSQL");
    return status;
}

void private_postgres_stop(struct private_postgres *postgres)
{
    process_stop(&postgres->server, SIGINT, STOP_TIMEOUT_MS);
}
