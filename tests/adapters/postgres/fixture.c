#include "tests/adapters/postgres/fixture.h"

static const char *environment(const char *name)
{
    const char *value = getenv(name);
    if (value == NULL)
        fail_msg("%s is not set: run this by tests/support/postgres.sh run -- …", name);
    return value;
}

const char *database_url(void)
{
    return environment("XORCA_TEST_DATABASE_URL");
}

const char *admin_url(void)
{
    return environment("XORCA_TEST_ADMIN_URL");
}

int postmaster_pid(void)
{
    return atoi(environment("XORCA_TEST_POSTGRES_PID"));
}

const char *fresh_database(const char *name, const char *options)
{
    static char url[256];
    sql(database_url(), "CREATE DATABASE %s %s", name, options);
    snprintf(url, sizeof url, "%s", database_url());
    char *database = strrchr(url, '/');
    assert_non_null(database);
    snprintf(database, sizeof url - (size_t)(database - url), "/%s", name);
    return url;
}

struct postgres *connect_to(const char *url)
{
    struct error error;
    struct postgres *postgres = NULL;
    assert_ok(postgres_connect(&postgres, url, "test", &error));
    return postgres;
}

const char *sql(const char *url, const char *format, ...)
{
    static char value[8192];
    char text[4096];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);

    PGconn *connection = PQconnectdb(url);
    PGresult *result = PQexec(connection, text);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        fail_msg("%s: %s", text, PQerrorMessage(connection));
    bool found = PQntuples(result) > 0 && PQnfields(result) > 0;
    snprintf(value, sizeof value, "%s", found ? PQgetvalue(result, 0, 0) : "");
    PQclear(result);
    PQfinish(connection);
    return value;
}

void assert_status(enum status expected, enum status status, const struct error *error)
{
    if (status != expected)
        fail_msg("status %s instead of %s: %s", status_name(status), status_name(expected),
                 status == STATUS_OK ? "" : error->message);
    if (status != STATUS_OK)
        assert_int_equal(error->status, status);
}

void assert_contains(const char *haystack, const char *needle)
{
    if (strstr(haystack, needle) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", needle, haystack);
}

static void ignore(void *context, uint32_t version, const char *name, bool done)
{
    (void)context;
    (void)version;
    (void)name;
    (void)done;
}

void migrate(struct postgres *postgres)
{
    struct error error;
    assert_ok(postgres_migrate(postgres, ignore, NULL, &error));
}
