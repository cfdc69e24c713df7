#include "adapters/postgres/postgres.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "adapters/postgres/connection.h"
#include "adapters/postgres/conninfo.h"

/* Older servers lack LZ4 columns and idle_session_timeout (14); older than 15 is untested. */
enum { SERVER_VERSION_MIN = 150000 };

/* A host of the conninfo has this long to let us in, unless connect_timeout says otherwise. */
enum { CONNECT_TIMEOUT_S = 10, CONNECT_TIMEOUT_S_MAX = 3600 };

/* The longest that one statement may run. A batch takes milliseconds; this is what a
 * checkpoint on a slow disk may cost, and lists for people over millions of rows. */
#define STATEMENT_TIMEOUT_MS "30000"
/* The longest wait for another's lock: a lane's row during take-over, a subject that moves. */
#define LOCK_TIMEOUT_MS "10000"
/* A lane sends its transaction as a whole. One that waits for the rest of it has lost its
 * client, and holds a lane's row and its subjects. */
#define IDLE_IN_TRANSACTION_TIMEOUT_MS "10000"
/* A dead peer is noticed after 5 + 3 * 2 seconds, on both sides: its locks are what a lane's
 * next owner waits for. The same in milliseconds for data that nobody acknowledges. */
#define KEEPALIVE_IDLE_S     "5"
#define KEEPALIVE_INTERVAL_S "2"
#define KEEPALIVE_COUNT      "3"
#define TCP_USER_TIMEOUT_MS  "11000"
/* A migration waits this long for a lock before it gives up and lets the lanes go on. */
#define MIGRATION_LOCK_TIMEOUT_MS "60000"

/* The server ends a statement after STATEMENT_TIMEOUT_MS; one that stays silent for longer
 * than that is stopped, or the network is. */
enum { ANSWER_MS_MAX = 40000 };

static int64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits until the socket is ready or `deadline_ms` (monotonic; -1: none) has passed.
 * False when it has, and when poll fails, which leaves no other way to go on. */
static bool socket_wait(int descriptor, short events, int64_t deadline_ms)
{
    for (;;) {
        int timeout = -1;
        if (deadline_ms >= 0) {
            int64_t left = deadline_ms - monotonic_ms();
            if (left <= 0)
                return false;
            timeout = left > 60000 ? 60000 : (int)left;
        }
        struct pollfd waited = {.fd = descriptor, .events = events};
        int ready = poll(&waited, 1, timeout);
        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR)
            return false;
    }
}

/* --- Connecting --------------------------------------------------------------- */

static size_t items_of_list(const char *list)
{
    size_t items = 1;
    for (const char *comma = strchr(list, ','); comma != NULL; comma = strchr(comma + 1, ','))
        items++;
    return items;
}

/* The hosts of the conninfo: one that has several names as many in `host`, in `hostaddr`, or in
 * both. */
static size_t hosts_of(const PQconninfoOption *options)
{
    const char *hosts = conninfo_option(options, "host");
    return items_of_list(hosts[0] == '\0' ? conninfo_option(options, "hostaddr") : hosts);
}

/* How long all hosts of the connection together may take. */
static int64_t connect_ms_max(PGconn *connection)
{
    PQconninfoOption *options = PQconninfo(connection);
    int64_t count = (int64_t)hosts_of(options);
    long seconds = strtol(conninfo_option(options, "connect_timeout"), NULL, 10);
    PQconninfoFree(options);
    if (seconds <= 0 || seconds > CONNECT_TIMEOUT_S_MAX)
        seconds = CONNECT_TIMEOUT_S;
    return (seconds < 2 ? 2 : seconds) * count * 1000; /* never below 2 s, as libpq has it */
}

/* Drives PQconnectPoll to its end. False when it failed, or took too long, which is then told by
 * `is_late`: libpq does not know of it. */
static bool connect_finish(PGconn *connection, bool *is_late)
{
    int64_t deadline_ms = monotonic_ms() + connect_ms_max(connection);
    PostgresPollingStatusType wants = PGRES_POLLING_WRITING;
    while (PQstatus(connection) != CONNECTION_BAD) {
        if (wants == PGRES_POLLING_OK)
            return true;
        if (wants == PGRES_POLLING_FAILED)
            return false;
        short events = wants == PGRES_POLLING_READING ? POLLIN : POLLOUT;
        *is_late = !socket_wait(PQsocket(connection), events, deadline_ms);
        if (*is_late)
            return false;
        wants = PQconnectPoll(connection);
    }
    return false;
}

/* Notices are for people, and only `xorca migrate` has one in front of it: the last is kept. */
static void keep_notice(void *context, const char *message)
{
    struct postgres *postgres = context;
    postgres_message_clean(message, postgres->notice, sizeof postgres->notice);
}

/* One of several hosts; "" is no word of it. Longer ones than DNS and sockets allow are cut, and
 * then not found. */
enum { HOST_SIZE = 512 };
struct host {
    char host[HOST_SIZE];
    char hostaddr[HOST_SIZE];
    char port[HOST_SIZE];
};

/* The item of a list; a list of one item is for all (libpq's rule for ports). */
static void list_item(const char *list, size_t index, char out[HOST_SIZE])
{
    const char *item = list;
    size_t count = items_of_list(list);
    for (size_t i = count == 1 ? index : 0; i < index && i + 1 < count; i++)
        item = strchr(item, ',') + 1;
    snprintf(out, HOST_SIZE, "%.*s", (int)strcspn(item, ","), item);
}

/* Defaults in front, which the conninfo may override; behind it what it may not, and which of its
 * hosts it is to be (NULL: any). */
static PGconn *connect_start(const char *conninfo, const char *application_name,
                             const struct host *only)
{
    const char *const names[] = {"application_name",
                                 "keepalives_idle",
                                 "keepalives_interval",
                                 "keepalives_count",
                                 "tcp_user_timeout",
                                 "dbname",
                                 "client_encoding",
                                 only == NULL ? NULL : "host",
                                 "hostaddr",
                                 "port",
                                 NULL};
    const char *const values[] = {application_name,
                                  KEEPALIVE_IDLE_S,
                                  KEEPALIVE_INTERVAL_S,
                                  KEEPALIVE_COUNT,
                                  TCP_USER_TIMEOUT_MS,
                                  conninfo,
                                  "UTF8",
                                  only == NULL ? NULL : only->host,
                                  only == NULL ? NULL : only->hostaddr,
                                  only == NULL ? NULL : only->port,
                                  NULL};
    return PQconnectStartParams(names, values, 1);
}

/* Until a session stands. */
static enum status connect_one(struct postgres *postgres, struct error *error)
{
    bool is_late = false;
    if (postgres->connection == NULL)
        return error_memory(error);
    /* Until then libpq tells a SQLSTATE in its text only, and there only when it is verbose:
     * postgres_error_connect reads it. Nothing was received yet at this point. */
    PQsetErrorVerbosity(postgres->connection, PQERRORS_VERBOSE);
    if (connect_finish(postgres->connection, &is_late)) {
        PQsetErrorVerbosity(postgres->connection, PQERRORS_DEFAULT);
        return STATUS_OK;
    }
    if (!is_late)
        return postgres_error_connect(postgres, error);
    return error_set(error, STATUS_UNAVAILABLE, "connect: no answer in time from %s:%s",
                     PQhost(postgres->connection), PQport(postgres->connection));
}

/* Of several hosts each by itself, until one lets us in. libpq would pass from one to the next by
 * itself, but not from one that accepts and stays silent: its standby would never be asked.
 * "prefer-standby" is libpq's to do, as it asks all of them twice. */
static enum status connect_any(struct postgres *postgres, const char *conninfo,
                               const char *application_name, struct error *error)
{
    postgres->connection = connect_start(conninfo, application_name, NULL);
    if (postgres->connection == NULL)
        return error_memory(error);
    PQconninfoOption *options = PQconninfo(postgres->connection);
    size_t count = hosts_of(options);
    bool is_wrong = PQstatus(postgres->connection) == CONNECTION_BAD; /* lists of unequal lengths */
    if (is_wrong || strcmp(conninfo_option(options, "target_session_attrs"), "prefer-standby") == 0)
        count = 1;
    enum status status = STATUS_UNAVAILABLE;
    if (count == 1)
        status = connect_one(postgres, error);
    for (size_t i = 0; count > 1 && i < count && status != STATUS_OK; i++) {
        struct host host;
        list_item(conninfo_option(options, "host"), i, host.host);
        list_item(conninfo_option(options, "hostaddr"), i, host.hostaddr);
        list_item(conninfo_option(options, "port"), i, host.port);
        PQfinish(postgres->connection);
        postgres->connection = connect_start(conninfo, application_name, &host);
        status = connect_one(postgres, error);
    }
    PQconninfoFree(options);
    return status;
}

static enum status server_check(struct postgres *postgres, struct error *error)
{
    if (PQserverVersion(postgres->connection) < SERVER_VERSION_MIN)
        return error_set(error, STATUS_FATAL, "connect: %s: version 15 or newer is needed",
                         postgres->description);
    const char *encoding = PQparameterStatus(postgres->connection, "server_encoding");
    if (encoding == NULL || strcmp(encoding, "UTF8") != 0)
        return error_set(error, STATUS_FATAL,
                         "connect: %s: its encoding is %s and must be UTF8: "
                         "createdb --encoding=UTF8 --template=template0 …",
                         postgres->description, encoding == NULL ? "unknown" : encoding);
    return STATUS_OK;
}

static void describe(struct postgres *postgres)
{
    const PGconn *connection = postgres->connection;
    const char *version = PQparameterStatus(connection, "server_version");
    if (version == NULL)
        version = "?";
    snprintf(postgres->description, sizeof postgres->description,
             "PostgreSQL %.*s at %s:%s, database %s", (int)strcspn(version, " "), version,
             PQhost(connection), PQport(connection), PQdb(connection));
}

enum status postgres_connect(struct postgres **out, const char *conninfo,
                             const char *application_name, struct error *error)
{
    *out = NULL;
    if (conninfo_check(conninfo, error) != STATUS_OK)
        return error->status;
    struct postgres *postgres = calloc(1, sizeof *postgres);
    if (postgres == NULL)
        return error_memory(error);
    postgres->answer_ms_max = ANSWER_MS_MAX;
    if (connect_any(postgres, conninfo, application_name, error) != STATUS_OK)
        goto fail;
    PQsetNoticeProcessor(postgres->connection, keep_notice, postgres);
    describe(postgres);
    if (PQsetnonblocking(postgres->connection, 1) != 0) {
        postgres_error_connection(postgres, error);
        goto fail;
    }
    if (server_check(postgres, error) != STATUS_OK)
        goto fail;
    if (postgres_session_settings(postgres, false, error) != STATUS_OK) {
        error_context(error, "connect: %s", postgres->description);
        goto fail;
    }
    *out = postgres;
    return STATUS_OK;
fail:
    postgres_close(postgres);
    return error->status;
}

void postgres_close(struct postgres *postgres)
{
    if (postgres == NULL)
        return;
    PQfinish(postgres->connection);
    parameters_destroy(&postgres->parameters);
    free(postgres);
}

bool postgres_is_alive(const struct postgres *postgres)
{
    return !postgres->broken && PQstatus(postgres->connection) == CONNECTION_OK;
}

const char *postgres_description(const struct postgres *postgres)
{
    return postgres->description;
}

const char *postgres_notice(const struct postgres *postgres)
{
    return postgres->notice;
}

/* synchronous_commit: what left for Kafka must not be lost here (protocol.md, section 3), so
 * "off" becomes "on"; "local" and "remote_…" are somebody's considered choice. */
enum status postgres_session_settings(struct postgres *postgres, bool migrating,
                                      struct error *error)
{
    static const char common[] =
        "SET search_path = pg_catalog, pg_temp;"
        "SET idle_in_transaction_session_timeout = " IDLE_IN_TRANSACTION_TIMEOUT_MS ";"
        "SET idle_session_timeout = 0;"
        "SET client_connection_check_interval = " KEEPALIVE_IDLE_S "000;"
        "SET tcp_keepalives_idle = " KEEPALIVE_IDLE_S ";"
        "SET tcp_keepalives_interval = " KEEPALIVE_INTERVAL_S ";"
        "SET tcp_keepalives_count = " KEEPALIVE_COUNT ";"
        "SET tcp_user_timeout = " TCP_USER_TIMEOUT_MS ";"
        "SET client_min_messages = warning;"
        "SELECT set_config('synchronous_commit', 'on', false) "
        "WHERE current_setting('synchronous_commit') = 'off';";
    static const char lane[] = "SET statement_timeout = " STATEMENT_TIMEOUT_MS ";"
                               "SET lock_timeout = " LOCK_TIMEOUT_MS;
    static const char migration[] = "SET statement_timeout = 0;"
                                    "SET lock_timeout = " MIGRATION_LOCK_TIMEOUT_MS;
    postgres->answer_ms_max = migrating ? -1 : ANSWER_MS_MAX;
    enum status status = postgres_run_sql(postgres, common, error);
    if (status == STATUS_OK)
        status = postgres_run_sql(postgres, migrating ? migration : lane, error);
    return status;
}

enum status postgres_limit_statements(struct postgres *postgres, uint32_t timeout_ms,
                                      struct error *error)
{
    char sql[64];
    snprintf(sql, sizeof sql, "SET statement_timeout = %u", (unsigned)timeout_ms);
    postgres->answer_ms_max = (int)(timeout_ms + timeout_ms / 3);
    return postgres_run_sql(postgres, sql, error);
}

/* --- Sending and awaiting --------------------------------------------------------- */

/* Sends what is queued and reads until a result can be taken without blocking. Both at
 * once: a server that waits for us to read would never read the rest of a batch. */
static enum status await(struct postgres *postgres, struct error *error)
{
    PGconn *connection = postgres->connection;
    int64_t deadline_ms =
        postgres->answer_ms_max < 0 ? -1 : monotonic_ms() + postgres->answer_ms_max;
    for (;;) {
        int unsent = PQflush(connection);
        /* When the connection is gone, what came before its end is a result still (the server
         * may have said why), and then the end is: PQgetResult tells both, and does not wait. */
        if (unsent < 0 || !PQisBusy(connection))
            return STATUS_OK;
        short events = (short)(unsent > 0 ? POLLIN | POLLOUT : POLLIN);
        if (!socket_wait(PQsocket(connection), events, deadline_ms)) {
            postgres->broken = true;
            return error_set(error, STATUS_UNAVAILABLE, "no answer from %s within %d ms",
                             postgres->description, postgres->answer_ms_max);
        }
        if (!PQconsumeInput(connection))
            return STATUS_OK;
    }
}

static enum status next_result(struct postgres *postgres, PGresult **result, struct error *error)
{
    *result = NULL;
    if (!postgres_is_alive(postgres))
        return postgres_error_connection(postgres, error);
    enum status status = await(postgres, error);
    if (status == STATUS_OK)
        *result = PQgetResult(postgres->connection);
    return status;
}

static bool result_is_good(const PGresult *result)
{
    ExecStatusType type = PQresultStatus(result);
    return type == PGRES_TUPLES_OK || type == PGRES_COMMAND_OK;
}

/* Reads all results of what was sent outside of a pipeline, and keeps the last. The first
 * failure counts: what follows it ("connection lost") says less. */
static enum status collect(struct postgres *postgres, PGresult **out, struct error *error)
{
    enum status first = STATUS_OK;
    struct error later;
    PGresult *result = NULL;
    *out = NULL;
    do {
        struct error *told = first == STATUS_OK ? error : &later;
        enum status status = next_result(postgres, &result, told);
        if (result != NULL && !result_is_good(result))
            status = postgres_error_result(postgres, result, told);
        if (first == STATUS_OK)
            first = status;
        if (result != NULL) {
            PQclear(*out);
            *out = result;
        }
    } while (result != NULL);
    if (first == STATUS_OK && *out == NULL)
        first = postgres_error_connection(postgres, error);
    if (first != STATUS_OK) {
        PQclear(*out);
        *out = NULL;
    }
    return first;
}

/* What libpq takes of the parameters: three arrays side by side. */
static int send_prepared(struct postgres *postgres, enum statement statement)
{
    const struct parameters *parameters = &postgres->parameters;
    const char *values[PARAMETERS_MAX];
    int sizes[PARAMETERS_MAX], formats[PARAMETERS_MAX];
    for (int i = 0; i < parameters->count; i++) {
        const struct parameter *parameter = &parameters->items[i];
        values[i] = parameter->outside != NULL
                        ? parameter->outside
                        : (const char *)parameters->bytes + parameter->offset;
        if (parameter->is_null)
            values[i] = NULL;
        sizes[i] = (int)parameter->size; /* PARAMETERS_SIZE_MAX bounds it */
        formats[i] = 1;
    }
    return PQsendQueryPrepared(postgres->connection, statements[statement].name, parameters->count,
                               values, sizes, formats, 1);
}

struct parameters *postgres_parameters(struct postgres *postgres)
{
    parameters_reset(&postgres->parameters);
    return &postgres->parameters;
}

/* Puts the statement's name in front of what went wrong with it. */
static enum status failed(enum statement statement, struct error *error)
{
    return error_context(error, "%s", statements[statement].name);
}

enum status postgres_run(struct postgres *postgres, enum statement statement, PGresult **result,
                         struct error *error)
{
    *result = NULL;
    if (parameters_check(&postgres->parameters, error) != STATUS_OK ||
        postgres_prepare(postgres, &statement, 1, error) != STATUS_OK)
        return failed(statement, error);
    if (!send_prepared(postgres, statement)) {
        postgres_error_connection(postgres, error);
        return failed(statement, error);
    }
    if (collect(postgres, result, error) != STATUS_OK)
        return failed(statement, error);
    return STATUS_OK;
}

enum status postgres_run_only(struct postgres *postgres, enum statement statement,
                              struct error *error)
{
    PGresult *result = NULL;
    enum status status = postgres_run(postgres, statement, &result, error);
    PQclear(result);
    return status;
}

enum status postgres_run_sql(struct postgres *postgres, const char *sql, struct error *error)
{
    if (!postgres_is_alive(postgres) || !PQsendQuery(postgres->connection, sql))
        return postgres_error_connection(postgres, error);
    PGresult *result = NULL;
    enum status status = collect(postgres, &result, error);
    PQclear(result);
    return status;
}

void postgres_rollback(struct postgres *postgres)
{
    struct error ignored; /* whatever it is, the session does not survive it */
    PGTransactionStatusType state = PQtransactionStatus(postgres->connection);
    if (state == PQTRANS_IDLE || !postgres_is_alive(postgres))
        return;
    if (postgres_run_sql(postgres, "ROLLBACK", &ignored) != STATUS_OK)
        postgres->broken = true;
}

/* --- Pipelines ------------------------------------------------------------------------- */

enum status postgres_prepare(struct postgres *postgres, const enum statement *wanted, size_t count,
                             struct error *error)
{
    enum status status = STATUS_OK;
    size_t missing = 0;
    for (size_t i = 0; i < count; i++)
        missing += postgres->prepared[wanted[i]] ? 0 : 1;
    if (missing == 0)
        return STATUS_OK;
    if (postgres_pipeline_begin(postgres, error) != STATUS_OK)
        return error->status;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        const struct statement_text *text = &statements[wanted[i]];
        if (!postgres->prepared[wanted[i]] &&
            !PQsendPrepare(postgres->connection, text->name, text->sql, 0, NULL))
            status = postgres_error_connection(postgres, error);
    }
    if (status == STATUS_OK)
        status = postgres_pipeline_sync(postgres, error);
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        PGresult *result = NULL;
        if (postgres->prepared[wanted[i]])
            continue;
        status = postgres_pipeline_next(postgres, &result, error);
        if (status == STATUS_OK && !result_is_good(result))
            status = postgres_error_result(postgres, result, error);
        if (status == STATUS_OK)
            postgres->prepared[wanted[i]] = true;
        else
            error_context(error, "prepare \"%s\"", statements[wanted[i]].name);
        PQclear(result);
    }
    postgres_pipeline_end(postgres);
    return status;
}

enum status postgres_pipeline_begin(struct postgres *postgres, struct error *error)
{
    if (!postgres_is_alive(postgres) || !PQenterPipelineMode(postgres->connection))
        return postgres_error_connection(postgres, error);
    postgres->pipeline = PIPELINE_OPEN;
    return STATUS_OK;
}

enum status postgres_pipeline_send(struct postgres *postgres, enum statement statement,
                                   struct error *error)
{
    if (parameters_check(&postgres->parameters, error) != STATUS_OK)
        return failed(statement, error);
    if (!send_prepared(postgres, statement))
        return postgres_error_connection(postgres, error);
    return STATUS_OK;
}

enum status postgres_pipeline_sync(struct postgres *postgres, struct error *error)
{
    if (!PQpipelineSync(postgres->connection))
        return postgres_error_connection(postgres, error);
    postgres->pipeline = PIPELINE_SENT;
    return STATUS_OK;
}

/* In a pipeline each statement's result is followed by a NULL; the sync point's is not. */
enum status postgres_pipeline_next(struct postgres *postgres, PGresult **result,
                                   struct error *error)
{
    if (next_result(postgres, result, error) != STATUS_OK)
        return error->status;
    if (*result == NULL)
        return postgres_error_connection(postgres, error);
    if (PQresultStatus(*result) == PGRES_PIPELINE_SYNC) {
        postgres->pipeline = PIPELINE_NONE;
        return STATUS_OK;
    }
    struct error ignored; /* the next call will say it */
    PGresult *end = NULL;
    next_result(postgres, &end, &ignored);
    PQclear(end);
    return STATUS_OK;
}

void postgres_pipeline_end(struct postgres *postgres)
{
    struct error ignored; /* whatever fails here, the session does not survive it */
    enum status status = STATUS_OK;
    if (postgres->pipeline == PIPELINE_OPEN)
        status = postgres_pipeline_sync(postgres, &ignored);
    while (status == STATUS_OK && postgres->pipeline != PIPELINE_NONE) {
        PGresult *result = NULL;
        status = postgres_pipeline_next(postgres, &result, &ignored);
        PQclear(result);
    }
    if (status != STATUS_OK || !PQexitPipelineMode(postgres->connection))
        postgres->broken = true;
}

int postgres_library_version(void)
{
    return PQlibVersion();
}
