#include "adapters/postgres/conninfo.h"

#include <stdio.h>
#include <string.h>

#include "adapters/postgres/connection.h"
#include "core/writer.h"

/* A host's name (RFC 1123: 255 bytes), several of them, a path, a database: beyond this it
 * is cut. */
enum { NAME_SIZE_MAX = 512 };

const char *conninfo_option(const PQconninfoOption *options, const char *name)
{
    for (const PQconninfoOption *o = options; o != NULL && o->keyword != NULL; o++)
        if (strcmp(o->keyword, name) == 0)
            return o->val == NULL ? "" : o->val;
    return "";
}

/* libpq quotes what it could not read of a conninfo, which may be the password, or hold it.
 * The names of options are told ("hots=…"); at anything else of the conninfo the message ends. */
static void hide_secrets(char *message, const char *conninfo)
{
    char token[NOTICE_SIZE];
    for (char *quote = strchr(message, '"'); quote != NULL;) {
        size_t size = strcspn(quote + 1, "\"");
        snprintf(token, sizeof token, "%.*s", (int)size, quote + 1);
        const char *found = size > 1 ? strstr(conninfo, token) : NULL;
        if (found != NULL && found[size] != '=') {
            *quote = '\0';
            return;
        }
        quote = strchr(quote + 1 + size + (quote[1 + size] == '"' ? 1 : 0), '"');
    }
}

static enum status conninfo_parse(const char *conninfo, PQconninfoOption **out, struct error *error)
{
    char *message = NULL;
    *out = PQconninfoParse(conninfo, &message);
    if (*out != NULL)
        return STATUS_OK;
    char clean[NOTICE_SIZE];
    postgres_message_clean(message == NULL ? "out of memory" : message, clean, sizeof clean);
    hide_secrets(clean, conninfo);
    error_set(error, STATUS_FATAL, "%s", clean);
    PQfreemem(message);
    return error->status;
}

/* A database's name alone is a conninfo too, and not one that PQconninfoParse takes. */
static bool is_database_name(const char *conninfo)
{
    return strchr(conninfo, '=') == NULL && strstr(conninfo, "://") == NULL;
}

enum status conninfo_check(const char *conninfo, struct error *error)
{
    PQconninfoOption *options = NULL;
    if (is_database_name(conninfo))
        return STATUS_OK;
    enum status status = conninfo_parse(conninfo, &options, error);
    PQconninfoFree(options);
    return status == STATUS_OK ? STATUS_OK : error_context(error, "connect");
}

/* The conninfo's own value; else that of libpq's PG* variables. */
static const char *option_or_default(const PQconninfoOption *options,
                                     const PQconninfoOption *defaults, const char *name)
{
    const char *value = conninfo_option(options, name);
    return value[0] != '\0' ? value : conninfo_option(defaults, name);
}

/* libpq takes the first "@" of a URL for the end of its password, and what follows a "/" for
 * the database: of a password that has one of them, and is not percent-encoded, a part ends
 * as host, port or database. */
static bool is_password_astray(const char *host, const char *port, const char *database)
{
    return strchr(host, '@') != NULL || strchr(database, '@') != NULL ||
           port[strspn(port, "0123456789,")] != '\0';
}

/* False: what it says may be part of a password. */
static bool write_name(struct writer *writer, const PQconninfoOption *options,
                       const PQconninfoOption *defaults)
{
    const char *service = conninfo_option(options, "service");
    if (service[0] != '\0') { /* its file says the rest, at connecting */
        writer_string(writer, "service ");
        writer_string(writer, service);
        return !is_password_astray(service, "", "");
    }
    const char *host = option_or_default(options, defaults, "host");
    const char *port = option_or_default(options, defaults, "port");
    const char *database = option_or_default(options, defaults, "dbname");
    if (host[0] == '\0')
        host = option_or_default(options, defaults, "hostaddr");
    writer_string(writer, host[0] == '\0' ? "local" : host);
    writer_char(writer, ':');
    writer_string(writer, port);
    writer_char(writer, '/');
    writer_string(writer, database);
    return !is_password_astray(host, port, database);
}

static enum status read_name(struct writer *writer, const char *conninfo,
                             const PQconninfoOption *defaults, struct error *error)
{
    PQconninfoOption *options = NULL;
    if (conninfo[0] != '\0' && is_database_name(conninfo)) {
        writer_string(writer, conninfo);
        return STATUS_OK;
    }
    if (conninfo_parse(conninfo, &options, error) != STATUS_OK)
        return error->status = STATUS_REJECTED;
    bool is_clear = write_name(writer, options, defaults);
    PQconninfoFree(options);
    if (is_clear)
        return STATUS_OK;
    return error_set(error, STATUS_REJECTED,
                     "its host, port or database cannot be meant: write @, / and : of a password "
                     "as %%40, %%2F and %%3A");
}

enum status postgres_conninfo_name(const char *conninfo, struct arena *arena, const char **out,
                                   struct error *error)
{
    char name[NAME_SIZE_MAX], clean[NAME_SIZE_MAX];
    PQconninfoOption *defaults = PQconndefaults();
    struct writer writer;
    writer_init(&writer, name, sizeof name - 1);
    enum status status = read_name(&writer, conninfo, defaults, error);
    PQconninfoFree(defaults);
    if (status != STATUS_OK)
        return status;
    name[writer.size] = '\0';
    postgres_message_clean(name, clean, sizeof clean);
    *out = text_copy(arena, text_of(clean)).data;
    return *out == NULL ? error_memory(error) : STATUS_OK;
}
