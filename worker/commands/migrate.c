/* migrate.c - brings the database's tables to what this program was built for. */
#include <stdio.h>

#include "adapters/postgres/postgres.h"
#include "worker/command.h"

/* Said before, so that who waits for a long one knows which; counted after. */
static void report(void *context, uint32_t version, const char *name, bool done)
{
    size_t *count = context;
    if (!done) {
        printf("migration %u: %s", (unsigned)version, name);
        fflush(stdout);
        return;
    }
    printf(": done\n");
    *count += 1;
}

static enum status migrate(const struct database *database, struct error *error)
{
    struct postgres *postgres = NULL;
    size_t count = 0;
    uint32_t version = 0;
    if (postgres_connect(&postgres, database->url, "xorca migrate", error) != STATUS_OK)
        return error_context(error, "database %s", database->name);
    printf("%s\n", postgres_description(postgres));
    enum status status = postgres_migrate(postgres, report, &count, error);
    if (status == STATUS_OK)
        status = postgres_schema_version(postgres, &version, error);
    postgres_close(postgres);
    if (status != STATUS_OK) {
        fflush(stdout); /* what is shown before the error happened before it */
        return error_context(error, "migrate");
    }
    if (count == 0)
        printf("nothing to do: the schema is at version %u\n", (unsigned)version);
    else
        printf("the schema is at version %u now\n", (unsigned)version);
    return STATUS_OK;
}

/* One database that is away does not keep the others waiting for their tables. */
int command_migrate(struct command_call *call)
{
    struct error error;
    struct settings settings;
    int exit_status = EXIT_DONE;
    if (command_settings(call, &settings, &error) != STATUS_OK)
        return command_fail(&error);
    for (size_t i = 0; i < settings.databases.count; i++) {
        if (migrate(&settings.databases.items[i], &error) != STATUS_OK)
            exit_status = command_fail(&error);
    }
    return exit_status;
}
