#include "adapters/postgres/migrations.h"

#include "adapters/postgres/rows.h"
#include "core/arena.h"

/* Rows of xorca.migration: a few bytes each, one per release at most. */
enum { MIGRATIONS_ARENA_SIZE = 1024 * 1024 };

struct applied {
    int64_t version;
    struct hash128 checksum;
};

uint32_t postgres_schema_version_wanted(void)
{
    return (uint32_t)migration_count;
}

static struct hash128 checksum_of(const struct migration *migration)
{
    struct text sql = {(const char *)migration->sql, migration->size};
    return hash_parts("migration", &sql, 1);
}

/* --- What the database has -------------------------------------------------------- */

static void applied_read(struct row *row, void *item)
{
    struct applied *out = item;
    out->version = row_int8(row);
    out->checksum = row_uuid(row);
}

static enum status schema_exists(struct postgres *postgres, bool *exists, struct error *error)
{
    PGresult *result = NULL;
    postgres_parameters(postgres);
    if (postgres_run(postgres, STATEMENT_SCHEMA_EXISTS, &result, error) != STATUS_OK)
        return error->status;
    struct row row = row_of(result, 0, NULL);
    *exists = row_bool(&row);
    enum status status = row_check(&row, error);
    PQclear(result);
    return status;
}

/* Applied migrations are 1 to n, and each is the one that we have under that number. */
static enum status applied_check(const struct row_list *list, struct error *error)
{
    const struct applied *applied = list->items;
    for (size_t i = 0; i < list->count; i++) {
        if (applied[i].version != (int64_t)i + 1)
            return error_set(error, STATUS_FATAL,
                             "xorca.migration has no row %zu: was it changed by hand?", i + 1);
        if (i >= migration_count)
            continue;
        struct hash128 ours = checksum_of(&migrations[i]);
        if (memcmp(ours.bytes, applied[i].checksum.bytes, sizeof ours.bytes) != 0)
            return error_set(error, STATUS_FATAL,
                             "migration %s was applied to this database in another form than "
                             "this program has: one of the two is no release",
                             migrations[i].name);
    }
    return STATUS_OK;
}

enum status postgres_schema_version(struct postgres *postgres, uint32_t *version,
                                    struct error *error)
{
    bool exists = false;
    *version = 0;
    enum status status = schema_exists(postgres, &exists, error);
    if (status != STATUS_OK || !exists)
        return status;
    struct arena *arena = arena_create(MIGRATIONS_ARENA_SIZE);
    if (arena == NULL)
        return error_memory(error);
    struct row_list list = {.item_size = sizeof(struct applied), .read = applied_read};
    postgres_parameters(postgres);
    status = postgres_read(postgres, STATEMENT_MIGRATIONS_READ, arena, &list, error);
    if (status == STATUS_OK)
        status = applied_check(&list, error);
    if (status == STATUS_OK)
        *version = (uint32_t)list.count;
    arena_destroy(arena);
    return status;
}

/* How many migrations the database may be ahead of the program: while a release is rolled out
 * its migration is applied and the workers before it still run, or come back (schemas/README.md
 * says what this demands of a migration). */
enum { SCHEMA_AHEAD_MAX = 1 };

/* A database that a much newer program has migrated: what its tables mean is unknown here. */
static enum status refuse_newer(uint32_t version, struct error *error)
{
    if (version <= migration_count + SCHEMA_AHEAD_MAX)
        return STATUS_OK;
    return error_set(error, STATUS_FATAL,
                     "the database's schema is version %u and this program knows up to %zu and "
                     "works with one more: use the newer xorca",
                     version, migration_count);
}

enum status postgres_schema_check(struct postgres *postgres, struct error *error)
{
    uint32_t version = 0;
    if (postgres_schema_version(postgres, &version, error) != STATUS_OK ||
        refuse_newer(version, error) != STATUS_OK)
        return error->status;
    if (version >= migration_count)
        return STATUS_OK;
    return error_set(error, STATUS_FATAL,
                     "the database's schema is version %u and this program needs %zu: "
                     "run \"xorca migrate\"",
                     version, migration_count);
}

/* --- Applying --------------------------------------------------------------------- */

/* The file and the note of it, in one transaction. */
static enum status apply(struct postgres *postgres, size_t index, struct error *error)
{
    const struct migration *migration = &migrations[index];
    enum status status = postgres_run_sql(postgres, "BEGIN", error);
    if (status == STATUS_OK)
        status = postgres_run_sql(postgres, (const char *)migration->sql, error);
    if (status == STATUS_OK) {
        struct parameters *parameters = postgres_parameters(postgres);
        parameter_int8(parameters, (int64_t)index + 1);
        parameter_bytes(parameters, text_of(migration->name));
        parameter_uuid(parameters, checksum_of(migration));
        status = postgres_run_only(postgres, STATEMENT_MIGRATION_INSERT, error);
    }
    if (status == STATUS_OK)
        status = postgres_run_sql(postgres, "COMMIT", error);
    if (status != STATUS_OK) {
        postgres_rollback(postgres);
        error_context(error, "migration %s", migration->name);
    }
    return status;
}

static enum status apply_missing(struct postgres *postgres,
                                 void (*report)(void *context, uint32_t version, const char *name,
                                                bool done),
                                 void *context, struct error *error)
{
    uint32_t version = 0;
    if (postgres_schema_version(postgres, &version, error) != STATUS_OK ||
        refuse_newer(version, error) != STATUS_OK)
        return error->status;
    for (size_t i = version; i < migration_count; i++) {
        report(context, (uint32_t)i + 1, migrations[i].name, false);
        if (apply(postgres, i, error) != STATUS_OK)
            return error->status;
        report(context, (uint32_t)i + 1, migrations[i].name, true);
    }
    return STATUS_OK;
}

/* The lock is the session's: it spans the transactions, and ends with us if we do. */
enum status postgres_migrate(struct postgres *postgres,
                             void (*report)(void *context, uint32_t version, const char *name,
                                            bool done),
                             void *context, struct error *error)
{
    struct error later;
    if (postgres_session_settings(postgres, true, error) != STATUS_OK)
        return error->status;
    parameter_int4(postgres_parameters(postgres), POSTGRES_LOCK_MIGRATE);
    enum status status = postgres_run_only(postgres, STATEMENT_MIGRATION_LOCK, error);
    if (status == STATUS_OK) {
        status = apply_missing(postgres, report, context, error);
        parameter_int4(postgres_parameters(postgres), POSTGRES_LOCK_MIGRATE);
        postgres_run_only(postgres, STATEMENT_MIGRATION_UNLOCK, &later);
    }
    postgres_session_settings(postgres, false, &later);
    return status;
}
