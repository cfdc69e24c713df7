#include "adapters/postgres/rows.h"
#include "core/orchestration/subject.h"

/* What can be said better here than by the server. A name and a version are parts of a
 * subject, which bounds them; the table's check on the version stands behind this. */
static enum status definition_check(struct text name, struct text version, struct text source,
                                    struct error *error)
{
    if (name.size == 0 || name.size > SUBJECT_SIZE_MAX || version.size > SUBJECT_SIZE_MAX)
        return error_set(error, STATUS_REJECTED,
                         "a definition's name has 1 to %d bytes, and this one %zu",
                         SUBJECT_SIZE_MAX, name.size);
    if (!postgres_text_storable(name) || !postgres_json_storable(source))
        return error_set(error, STATUS_REJECTED,
                         "definition \"%.*s\" holds the character U+0000, which PostgreSQL "
                         "cannot store",
                         TEXT_ARGS(name));
    return STATUS_OK;
}

static void definition_parameters(struct postgres *postgres, struct text name, struct text version,
                                  struct text source)
{
    struct parameters *parameters = postgres_parameters(postgres);
    parameter_bytes(parameters, name);
    parameter_bytes(parameters, version);
    parameter_bytes(parameters, source);
}

/* Whether the one that is registered has this content. A statement of its own, behind the
 * insert: within it, what another session has just registered could not be seen. */
static enum status definition_compare(struct postgres *postgres, struct text name,
                                      struct text version, struct text source, struct error *error)
{
    PGresult *result = NULL;
    definition_parameters(postgres, name, version, source);
    if (postgres_run(postgres, STATEMENT_DEFINITION_COMPARE, &result, error) != STATUS_OK)
        return error->status;
    struct row row = row_of(result, 0, NULL);
    bool equal = row_bool(&row);
    enum status status = row_check(&row, error);
    PQclear(result);
    if (status == STATUS_OK && !equal)
        status = error_set(error, STATUS_REJECTED,
                           "definition \"%.*s\" %.*s is registered with other content: "
                           "raise its version",
                           TEXT_ARGS(name), TEXT_ARGS(version));
    return status;
}

enum status postgres_definition_register(struct postgres *postgres, struct text name,
                                         struct text version, struct text text, bool *added,
                                         struct error *error)
{
    PGresult *result = NULL;
    *added = false;
    if (definition_check(name, version, text, error) != STATUS_OK)
        return error->status;
    definition_parameters(postgres, name, version, text);
    enum status status = postgres_run(postgres, STATEMENT_DEFINITION_INSERT, &result, error);
    if (status != STATUS_OK && strcmp(postgres->sqlstate, "23514") == 0)
        return error_set(error, STATUS_REJECTED,
                         "definition \"%.*s\": \"%.*s\" is no version of the form 1.2.3",
                         TEXT_ARGS(name), TEXT_ARGS(version));
    if (status != STATUS_OK)
        return status;
    *added = PQntuples(result) > 0;
    PQclear(result);
    return *added ? STATUS_OK : definition_compare(postgres, name, version, text, error);
}

static void definition_row_read(struct row *row, void *item)
{
    struct definition_record *out = item;
    out->name = row_text(row);
    out->version = row_text(row);
    out->source = row_text(row);
    out->registered_ms = row_timestamptz(row);
}

enum status postgres_definitions_read(struct postgres *postgres, struct text name,
                                      struct arena *arena, struct definition_record **out,
                                      size_t *count, struct error *error)
{
    struct row_list list = {.item_size = sizeof **out, .read = definition_row_read};
    parameter_bytes(postgres_parameters(postgres), name);
    enum status status = postgres_read(postgres, STATEMENT_DEFINITIONS_READ, arena, &list, error);
    *out = list.items;
    *count = list.count;
    return status;
}
