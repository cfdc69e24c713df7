/* catalog.c - which events definitions send and listen to, for those who write services. */
#include <stdlib.h>
#include <string.h>

#include "adapters/json/json_parse.h"
#include "core/arena.h"
#include "core/orchestration/catalogue.h"
#include "core/orchestration/subject.h"
#include "core/writer.h"
#include "worker/command.h"
#include "worker/commands/common.h"
#include "worker/definition.h"
#include "worker/folder.h"
#include "worker/printable.h"

enum { FILES_MAX = 1024 };

/* The largest catalogue. */
#define CATALOGUE_SIZE_MAX ((size_t)64 * 1024 * 1024)

struct reading {
    const struct command_call *call;
    struct json_limits limits;
    struct definition *items[FILES_MAX];
    size_t count;
    size_t wrong; /* files with problems, which were printed */
};

static enum status read_file(struct reading *reading, const char *path, struct error *error)
{
    if (reading->count == FILES_MAX)
        return error_set(error, STATUS_REJECTED, "more than %d definitions", FILES_MAX);
    enum status status = command_read_definition(reading->call, path, reading->limits,
                                                 &reading->items[reading->count], error);
    if (status == STATUS_OK)
        reading->count++;
    reading->wrong += status == STATUS_REJECTED;
    return status == STATUS_REJECTED ? STATUS_OK : status;
}

static enum status read_folder(struct reading *reading, const char *folder, struct error *error)
{
    const char **paths;
    size_t count;
    if (folder_list(reading->call->arena, folder, &paths, &count, error) != STATUS_OK)
        return error->status;
    if (count == 0)
        return error_set(error, STATUS_REJECTED, "%s has no definition (*.json)", folder);
    for (size_t i = 0; i < count; i++) {
        if (read_file(reading, paths[i], error) != STATUS_OK)
            return error->status;
    }
    return STATUS_OK;
}

/* By name, then by version: versions of one name stand together. */
static int compare_definitions(const void *a, const void *b)
{
    const struct definition *one = *(const struct definition *const *)a;
    const struct definition *other = *(const struct definition *const *)b;
    int order = text_compare(one->name, other->name);
    return order != 0 ? order : version_compare(one->version, other->version);
}

static enum status read_all(struct reading *reading, struct error *error)
{
    for (size_t i = 0; i < reading->call->argument_count; i++) {
        const char *path = reading->call->arguments[i];
        enum status status = folder_is_one(path) ? read_folder(reading, path, error)
                                                 : read_file(reading, path, error);
        if (status != STATUS_OK)
            return status;
    }
    if (reading->wrong > 0)
        return error_set(error, STATUS_REJECTED, "%zu definition%s cannot be read", reading->wrong,
                         reading->wrong == 1 ? "" : "s");
    qsort(reading->items, reading->count, sizeof reading->items[0], compare_definitions);
    return STATUS_OK;
}

/* --- Writing ------------------------------------------------------------------------------- */

static bool write_catalogue(const struct reading *reading, bool is_asyncapi, struct arena *arena,
                            struct writer *writer)
{
    struct catalogue_definition *definitions =
        arena_alloc_array(arena, reading->count, sizeof *definitions);
    if (definitions == NULL)
        return false;
    for (size_t i = 0; i < reading->count; i++)
        definitions[i] =
            (struct catalogue_definition){reading->items[i]->machine, reading->items[i]->json};
    return is_asyncapi ? asyncapi_write(definitions, arena, writer)
                       : catalogue_write(definitions, reading->count, arena, writer);
}

/* Read again, so that it is laid out for people, and known to be JSON. */
static enum status print_pretty(struct arena *arena, struct text compact, struct error *error)
{
    const struct json_limits limits = {JSON_WALK_DEPTH_MAX, CATALOGUE_SIZE_MAX};
    struct json json;
    struct writer writer;
    if (json_parse(arena, compact, limits, &json, error) != STATUS_OK)
        return error_context(error, "the catalogue that was made");
    writer_init_arena(&writer, arena, CATALOGUE_SIZE_MAX);
    json_write_pretty(&writer, json);
    if (writer.overflowed)
        return error_set(error, STATUS_FATAL, "the catalogue is too large to be printed");
    command_print_lines(stdout, writer_result(&writer), "");
    return STATUS_OK;
}

static enum status print_catalogue(const struct reading *reading, bool is_asyncapi,
                                   struct error *error)
{
    struct arena *arena = reading->call->arena;
    struct writer writer;
    writer_init_arena(&writer, arena, CATALOGUE_SIZE_MAX);
    if (!write_catalogue(reading, is_asyncapi, arena, &writer))
        return error_memory(error);
    if (writer.overflowed)
        return error_set(error, STATUS_FATAL,
                         "the catalogue is larger than %zu bytes, or a "
                         "contract too deep",
                         CATALOGUE_SIZE_MAX);
    return print_pretty(arena, writer_result(&writer), error);
}

/* --- The command ----------------------------------------------------------------------------- */

static enum status read_format(const struct command_call *call, bool *is_asyncapi,
                               struct error *error)
{
    const char *format = command_option(call, "format");
    *is_asyncapi = format != NULL && strcmp(format, "asyncapi") == 0;
    if (format == NULL || *is_asyncapi || strcmp(format, "json") == 0)
        return STATUS_OK;
    return error_set(error, STATUS_REJECTED, "--format: \"%s\" is none of json, asyncapi", format);
}

static enum status catalog(struct reading *reading, bool is_asyncapi, struct error *error)
{
    if (read_all(reading, error) != STATUS_OK)
        return error->status;
    if (is_asyncapi && reading->count != 1)
        return error_set(error, STATUS_REJECTED,
                         "an AsyncAPI document is of one definition, and these are %zu: name one "
                         "file",
                         reading->count);
    return print_catalogue(reading, is_asyncapi, error);
}

int command_catalog(struct command_call *call)
{
    struct error error;
    struct settings settings;
    bool is_asyncapi;
    if (command_settings(call, &settings, &error) != STATUS_OK ||
        read_format(call, &is_asyncapi, &error) != STATUS_OK)
        return command_fail(&error);
    struct reading *reading = arena_alloc(call->arena, sizeof *reading);
    if (reading == NULL) {
        error_memory(&error);
        return command_fail(&error);
    }
    reading->call = call;
    reading->limits = settings.json_limits;
    enum status status = catalog(reading, is_asyncapi, &error);
    for (size_t i = 0; i < reading->count; i++)
        definition_destroy(reading->items[i]);
    return status == STATUS_OK ? EXIT_DONE : command_fail(&error);
}
