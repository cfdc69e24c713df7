#include <stdio.h>
#include <string.h>

#include "adapters/postgres/connection.h"

/* What a failure means for the caller, by SQLSTATE: exact codes first, then classes (their
 * first two characters). PostgreSQL, Appendix A. */
static const struct sqlstate_rule {
    const char *code;
    enum status status;
} rules[] = {
    /* Raised by our own statements, or by another transaction's commit: read again. */
    {"22012", STATUS_CONFLICT}, /* division_by_zero: a check of statements.c */
    {"23505", STATUS_CONFLICT}, /* unique_violation */
    {"40", STATUS_CONFLICT},    /* transaction_rollback: serialization, deadlock */

    /* The server or the way to it: wait, and try again. */
    {"08", STATUS_UNAVAILABLE},    /* connection_exception */
    {"25006", STATUS_UNAVAILABLE}, /* read_only_sql_transaction: a standby, until promoted */
    {"25P03", STATUS_UNAVAILABLE}, /* idle_in_transaction_session_timeout */
    {"25P04", STATUS_UNAVAILABLE}, /* transaction_timeout */
    {"53", STATUS_UNAVAILABLE},    /* insufficient_resources: disk, memory, locks, connections */
    {"55P03", STATUS_UNAVAILABLE}, /* lock_not_available: lock_timeout */
    {"57P04", STATUS_FATAL},       /* database_dropped */
    {"57", STATUS_UNAVAILABLE},    /* operator_intervention: shutdown, crash, statement_timeout */
    {"58", STATUS_UNAVAILABLE},    /* system_error: input and output */

    /* A value that no row can hold: it will never succeed. */
    {"22", STATUS_REJECTED}, /* data_exception: NUL in JSONB, bad JSON, out of range */
    {"54", STATUS_REJECTED}, /* program_limit_exceeded: too large, too deep */
};

enum status postgres_status_of(const char *sqlstate)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (strncmp(sqlstate, rules[i].code, strlen(rules[i].code)) == 0)
            return rules[i].status;
    /* 28 password, 3D and 3F no such database or schema, 42 rights and syntax, 23 our
     * constraints, XX corruption, and what a later server invents. */
    return STATUS_FATAL;
}

static void sqlstate_keep(struct postgres *postgres, const char *sqlstate)
{
    snprintf(postgres->sqlstate, sizeof postgres->sqlstate, "%s", sqlstate == NULL ? "" : sqlstate);
}

enum status postgres_error_result(struct postgres *postgres, const PGresult *result,
                                  struct error *error)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    sqlstate_keep(postgres, sqlstate);
    if (sqlstate == NULL) /* libpq's own: it has no code, and the only cause is the connection */
        return postgres_error_connection(postgres, error);
    char message[ERROR_MESSAGE_SIZE];
    postgres_message_clean(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY), message,
                           sizeof message);
    return error_set(error, postgres_status_of(sqlstate), "%s (%s)", message, sqlstate);
}

enum status postgres_error_connection(struct postgres *postgres, struct error *error)
{
    char message[ERROR_MESSAGE_SIZE];
    sqlstate_keep(postgres, NULL);
    postgres->broken = true;
    postgres_message_clean(PQerrorMessage(postgres->connection), message, sizeof message);
    return error_set(error, STATUS_UNAVAILABLE, "lost %s: %s", postgres->description,
                     message[0] == '\0' ? "the connection is closed" : message);
}

static bool is_sqlstate(const char *text)
{
    return strspn(text, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") >= SQLSTATE_SIZE - 1;
}

/* The last SQLSTATE in a verbose message, which is of the host that was tried last:
 * "…failed: FATAL:  28P01: password authentication failed…" (pqBuildErrorMessage3 writes
 * severity, colon, two spaces, code, colon, space; only the severity is ever translated). */
static bool sqlstate_find(const char *message, char sqlstate[SQLSTATE_SIZE])
{
    bool found = false;
    for (const char *at = strstr(message, ":  "); at != NULL; at = strstr(at + 1, ":  ")) {
        const char *code = at + strlen(":  ");
        if (!is_sqlstate(code) || strncmp(code + SQLSTATE_SIZE - 1, ": ", 2) != 0)
            continue;
        memcpy(sqlstate, code, SQLSTATE_SIZE - 1);
        sqlstate[SQLSTATE_SIZE - 1] = '\0';
        found = true;
    }
    return found;
}

enum status postgres_error_connect(struct postgres *postgres, struct error *error)
{
    const char *raw = PQerrorMessage(postgres->connection);
    char message[ERROR_MESSAGE_SIZE], sqlstate[SQLSTATE_SIZE];
    postgres_message_clean(raw, message, sizeof message);
    if (sqlstate_find(raw, sqlstate))
        return error_set(error, postgres_status_of(sqlstate), "connect: %s", message);
    if (PQconnectionNeedsPassword(postgres->connection))
        return error_set(error, STATUS_FATAL, "connect: %s", message);
    return error_set(error, STATUS_UNAVAILABLE, "connect: %s",
                     message[0] == '\0' ? "no answer in time" : message);
}

/* --- Sentences ------------------------------------------------------------------ */

/* Lines that libpq adds for beginners ("\tIs the server running…") or for its own developers. */
static bool is_noise(const char *line, size_t size)
{
    return size == 0 || line[0] == '\t' || (size >= 9 && memcmp(line, "LOCATION:", 9) == 0);
}

void postgres_message_clean(const char *message, char *out, size_t size)
{
    size_t used = 0;
    for (const char *line = message == NULL ? "" : message; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        if (!is_noise(line, length)) {
            int written = snprintf(out + used, size - used, "%s%.*s", used == 0 ? "" : "; ",
                                   (int)length, line);
            used += (size_t)(written < 0 ? 0 : written);
            if (used >= size)
                used = size - 1;
        }
        line += length + (line[length] == '\n' ? 1 : 0);
    }
    out[used] = '\0';
}
