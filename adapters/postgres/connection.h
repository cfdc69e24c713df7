/* connection.h - inside adapters/postgres: the connection, and how a statement is run.
 *
 * libpq is driven without blocking: bytes are sent and results awaited around poll(2)
 * with a deadline, because a server that is stopped and not dead (a paused container)
 * answers keepalives and nothing else. A connection that missed the deadline, or that
 * libpq lost, is broken for good: every call says STATUS_UNAVAILABLE until it is closed. */
#ifndef ADAPTERS_POSTGRES_CONNECTION_H
#define ADAPTERS_POSTGRES_CONNECTION_H

#include <libpq-fe.h>

#include "adapters/postgres/parameters.h"
#include "adapters/postgres/postgres.h"
#include "adapters/postgres/statements.h"

/* Longest answer to postgres_description and postgres_notice; what is longer is cut. */
enum { DESCRIPTION_SIZE = 512, NOTICE_SIZE = 512 };

enum { SQLSTATE_SIZE = 6 }; /* five characters and a NUL */

enum pipeline {
    PIPELINE_NONE = 0,
    PIPELINE_OPEN, /* statements are queued, no sync point behind them */
    PIPELINE_SENT  /* up to the sync point, whose result was not read yet */
};

struct postgres {
    PGconn *connection;
    bool broken; /* no further use: close it */
    enum pipeline pipeline;
    int answer_ms_max; /* how long to wait for the server; -1: as long as it takes */
    bool prepared[STATEMENT_COUNT];
    char sqlstate[SQLSTATE_SIZE]; /* of the last failure; "" when it had none */
    struct parameters parameters;
    char description[DESCRIPTION_SIZE];
    char notice[NOTICE_SIZE];
};

/* --- One statement, one round trip -------------------------------------------- */

/* The parameters of the next statement, empty. */
struct parameters *postgres_parameters(struct postgres *postgres);

/* Runs a statement with postgres->parameters (prepares it when this session has not yet).
 * *result is the caller's to PQclear; on failure it is NULL. Results are binary. */
enum status postgres_run(struct postgres *postgres, enum statement statement, PGresult **result,
                         struct error *error);

/* As postgres_run for a statement whose result nobody reads. */
enum status postgres_run_only(struct postgres *postgres, enum statement statement,
                              struct error *error);

/* One or more statements as text, without parameters: for settings and migrations. */
enum status postgres_run_sql(struct postgres *postgres, const char *sql, struct error *error);

/* The time-outs of a session that serves a lane, or of one that migrates. */
enum status postgres_session_settings(struct postgres *postgres, bool migrating,
                                      struct error *error);

/* Ends a transaction that failed, so that the connection can be used again. */
void postgres_rollback(struct postgres *postgres);

/* --- Pipelines ------------------------------------------------------------------ */

/* Prepares those of the wanted statements that this session has not prepared yet: one round trip. */
enum status postgres_prepare(struct postgres *postgres, const enum statement *wanted, size_t count,
                             struct error *error);

/* Between begin and end, statements are queued and not awaited. After a failure in between,
 * call end all the same. */
enum status postgres_pipeline_begin(struct postgres *postgres, struct error *error);
/* Queues a prepared statement with postgres->parameters, which are free for the next. */
enum status postgres_pipeline_send(struct postgres *postgres, enum statement statement,
                                   struct error *error);
enum status postgres_pipeline_sync(struct postgres *postgres, struct error *error);
/* The next statement's result: NULL with STATUS_OK never happens. PGRES_PIPELINE_ABORTED and
 * server errors are results and not failures here. */
enum status postgres_pipeline_next(struct postgres *postgres, PGresult **result,
                                   struct error *error);
/* Reads up to the sync point and leaves pipeline mode. */
void postgres_pipeline_end(struct postgres *postgres);

/* --- Errors: postgres_error.c ----------------------------------------------------- */

/* What a SQLSTATE means for the caller. */
enum status postgres_status_of(const char *sqlstate);
/* The server's error in `result`, as status and sentence: "deadlock detected (40P01)". */
enum status postgres_error_result(struct postgres *postgres, const PGresult *result,
                                  struct error *error);
/* libpq's own failure: the connection is gone. */
enum status postgres_error_connection(struct postgres *postgres, struct error *error);
/* Why a connection could not be made. */
enum status postgres_error_connect(struct postgres *postgres, struct error *error);
/* Copies libpq's text: one line, no trailing space, without its hints for beginners. */
void postgres_message_clean(const char *message, char *out, size_t size);

#endif
