#include "worker/catalog.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/json/json_locate.h"
#include "adapters/postgres/postgres.h"
#include "core/arena.h"
#include "core/orchestration/subject.h"
#include "core/writer.h"
#include "worker/folder.h"
#include "worker/log.h"

/* A version that the database has and this program cannot run: named once in the log. */
struct unusable {
    struct unusable *next;
    struct text name;
    struct text version;
    char bytes[];
};

struct catalog {
    pthread_mutex_t mutex; /* guards all below; definitions themselves are read-only */
    struct definition **items;
    size_t count;
    size_t capacity;
    struct unusable *unusable;
};

enum status catalog_create(struct catalog **out, struct error *error)
{
    struct catalog *catalog = calloc(1, sizeof *catalog);
    if (catalog == NULL || pthread_mutex_init(&catalog->mutex, NULL) != 0) {
        free(catalog);
        return error_memory(error);
    }
    *out = catalog;
    return STATUS_OK;
}

void catalog_destroy(struct catalog *catalog)
{
    if (catalog == NULL)
        return;
    for (size_t i = 0; i < catalog->count; i++)
        definition_destroy(catalog->items[i]);
    free(catalog->items);
    while (catalog->unusable != NULL) {
        struct unusable *next = catalog->unusable->next;
        free(catalog->unusable);
        catalog->unusable = next;
    }
    pthread_mutex_destroy(&catalog->mutex);
    free(catalog);
}

/* --- Looking up ---------------------------------------------------------------- */

static const struct definition *find_locked(const struct catalog *catalog, struct text name,
                                            struct text version)
{
    for (size_t i = 0; i < catalog->count; i++) {
        const struct definition *item = catalog->items[i];
        if (text_equal(item->name, name) && text_equal(item->version, version))
            return item;
    }
    return NULL;
}

const struct definition *catalog_find(struct catalog *catalog, struct text name,
                                      struct text version)
{
    pthread_mutex_lock(&catalog->mutex);
    const struct definition *found = find_locked(catalog, name, version);
    pthread_mutex_unlock(&catalog->mutex);
    return found;
}

const struct definition *catalog_latest(struct catalog *catalog, struct text name)
{
    const struct definition *latest = NULL;
    pthread_mutex_lock(&catalog->mutex);
    for (size_t i = 0; i < catalog->count; i++) {
        const struct definition *item = catalog->items[i];
        if (text_equal(item->name, name) &&
            (latest == NULL || version_compare(item->version, latest->version) > 0))
            latest = item;
    }
    pthread_mutex_unlock(&catalog->mutex);
    return latest;
}

struct text catalog_versions(struct catalog *catalog, struct text name, struct arena *arena)
{
    enum { VERSIONS_SIZE_MAX = 4096 }; /* for a sentence; more versions are cut off */
    struct writer writer;
    writer_init_arena(&writer, arena, VERSIONS_SIZE_MAX);
    pthread_mutex_lock(&catalog->mutex);
    for (size_t i = 0; i < catalog->count; i++) {
        if (!text_equal(catalog->items[i]->name, name))
            continue;
        if (writer.size > 0)
            writer_string(&writer, ", ");
        writer_text(&writer, catalog->items[i]->version);
    }
    pthread_mutex_unlock(&catalog->mutex);
    return writer.size == 0 ? TEXT_NONE : writer_result(&writer);
}

void catalog_each(struct catalog *catalog,
                  void (*visit)(void *context, const struct definition *definition), void *context)
{
    pthread_mutex_lock(&catalog->mutex);
    for (size_t i = 0; i < catalog->count; i++)
        visit(context, catalog->items[i]);
    pthread_mutex_unlock(&catalog->mutex);
}

/* --- Adding -------------------------------------------------------------------- */

static bool append_locked(struct catalog *catalog, struct definition *definition)
{
    if (catalog->count == catalog->capacity) {
        size_t capacity = catalog->capacity == 0 ? 16 : catalog->capacity * 2;
        struct definition **items = realloc(catalog->items, capacity * sizeof(struct definition *));
        if (items == NULL)
            return false;
        catalog->items = items;
        catalog->capacity = capacity;
    }
    catalog->items[catalog->count++] = definition;
    return true;
}

enum status catalog_add(struct catalog *catalog, struct definition *definition, struct error *error)
{
    pthread_mutex_lock(&catalog->mutex);
    bool is_known = find_locked(catalog, definition->name, definition->version) != NULL;
    bool is_added = !is_known && append_locked(catalog, definition);
    pthread_mutex_unlock(&catalog->mutex);
    if (!is_added)
        definition_destroy(definition);
    return is_known || is_added ? STATUS_OK : error_memory(error);
}

static bool is_unusable(struct catalog *catalog, const struct definition_record *record)
{
    pthread_mutex_lock(&catalog->mutex);
    const struct unusable *item = catalog->unusable;
    while (item != NULL &&
           !(text_equal(item->name, record->name) && text_equal(item->version, record->version)))
        item = item->next;
    pthread_mutex_unlock(&catalog->mutex);
    return item != NULL;
}

/* Without memory for it the same line is logged again: no harm. */
static void note_unusable(struct catalog *catalog, const struct definition_record *record)
{
    struct unusable *item = malloc(sizeof *item + record->name.size + record->version.size);
    if (item == NULL)
        return;
    memcpy(item->bytes, record->name.data, record->name.size);
    memcpy(item->bytes + record->name.size, record->version.data, record->version.size);
    item->name = (struct text){item->bytes, record->name.size};
    item->version = (struct text){item->bytes + record->name.size, record->version.size};
    pthread_mutex_lock(&catalog->mutex);
    item->next = catalog->unusable;
    catalog->unusable = item;
    pthread_mutex_unlock(&catalog->mutex);
}

/* Compiles one record of the database. One that this program cannot run is no failure:
 * its orchestrations wait for a worker that can, and are told so event by event. */
static enum status add_record(struct catalog *catalog, const struct definition_record *record,
                              struct json_limits limits, struct arena *arena, struct error *error)
{
    if (catalog_find(catalog, record->name, record->version) != NULL ||
        is_unusable(catalog, record))
        return STATUS_OK;
    struct problem_list *problems = arena_alloc(arena, sizeof *problems);
    if (problems == NULL)
        return error_memory(error);
    problem_list_init(problems, arena);
    struct definition *definition = NULL;
    enum status status = definition_compile(record->source, limits, problems, &definition, error);
    if (status == STATUS_OK)
        return catalog_add(catalog, definition, error);
    if (status != STATUS_REJECTED)
        return status;
    note_unusable(catalog, record);
    log_error(
        "definition cannot be run by this program", log_text("name", record->name),
        log_text("version", record->version),
        log_string("path", problems->count > 0 ? problems->items[0].path : "$"),
        log_string("reason", problems->count > 0 ? problems->items[0].message : error->message));
    return STATUS_OK;
}

enum status catalog_load(struct catalog *catalog, struct postgres *postgres, struct text name,
                         struct json_limits limits, struct error *error)
{
    enum { LOAD_ARENA_SIZE_MAX = 256 * 1024 * 1024 }; /* every version ever registered */
    struct arena *arena = arena_create(LOAD_ARENA_SIZE_MAX);
    if (arena == NULL)
        return error_memory(error);
    struct definition_record *records;
    size_t count;
    enum status status = postgres_definitions_read(postgres, name, arena, &records, &count, error);
    for (size_t i = 0; status == STATUS_OK && i < count; i++)
        status = add_record(catalog, &records[i], limits, arena, error);
    arena_destroy(arena);
    return status;
}

/* --- A folder of files --------------------------------------------------------- */

struct folder {
    struct arena *arena;
    const char **paths;
    size_t count;
    struct definition **definitions; /* by path; NULL where it is wrong, or was handed on */
};

static void folder_destroy(struct folder *folder)
{
    for (size_t i = 0; folder->definitions != NULL && i < folder->count; i++)
        definition_destroy(folder->definitions[i]);
    arena_destroy(folder->arena);
}

static enum status folder_open(struct folder *folder, const char *path, struct error *error)
{
    enum { FOLDER_ARENA_SIZE_MAX = 16 * 1024 * 1024 }; /* paths, and problems to report */
    folder->arena = arena_create(FOLDER_ARENA_SIZE_MAX);
    if (folder->arena == NULL)
        return error_memory(error);
    enum status status = folder_list(folder->arena, path, &folder->paths, &folder->count, error);
    if (status != STATUS_OK)
        return status;
    folder->definitions =
        arena_alloc_array(folder->arena, folder->count, sizeof(struct definition *));
    return folder->definitions == NULL ? error_memory(error) : STATUS_OK;
}

/* Compiles every file, so that all problems of all files are told at once. */
static enum status folder_compile(struct folder *folder, struct json_limits limits,
                                  catalog_report *report, void *context, struct error *error)
{
    size_t wrong = 0;
    struct problem_list *problems = arena_alloc(folder->arena, sizeof *problems);
    if (problems == NULL)
        return error_memory(error);
    for (size_t i = 0; i < folder->count; i++) {
        problem_list_init(problems, folder->arena);
        enum status status =
            definition_read(folder->paths[i], limits, problems, &folder->definitions[i], error);
        for (size_t j = 0; j < problems->count; j++)
            report(context, folder->paths[i], &problems->items[j]);
        if (status == STATUS_REJECTED)
            wrong++;
        else if (status != STATUS_OK)
            return status;
    }
    if (wrong > 0)
        return error_set(error, STATUS_REJECTED, "%zu of %zu definition files %s wrong", wrong,
                         folder->count, wrong == 1 ? "is" : "are");
    return STATUS_OK;
}

static enum status folder_register(struct folder *folder, struct catalog *catalog,
                                   struct postgres *postgres, catalog_report *report, void *context,
                                   struct error *error)
{
    for (size_t i = 0; i < folder->count; i++) {
        struct definition *definition = folder->definitions[i];
        bool is_added = false;
        enum status status = postgres_definition_register(
            postgres, definition->name, definition->version, definition->source, &is_added, error);
        if (status == STATUS_REJECTED) {
            struct problem problem = {.path = "$.version", .message = error->message};
            json_locate_problem(definition->source, &problem);
            report(context, folder->paths[i], &problem);
        }
        if (status != STATUS_OK)
            return status;
        if (is_added)
            log_info("definition registered", log_text("name", definition->name),
                     log_text("version", definition->version),
                     log_string("file", folder->paths[i]));
        if (!is_added)
            continue; /* catalog_load takes the text that is there: the order of its keys counts */
        folder->definitions[i] = NULL;
        status = catalog_add(catalog, definition, error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

enum status catalog_register_folder(struct catalog *catalog, struct postgres *postgres,
                                    const char *path, struct json_limits limits,
                                    catalog_report *report, void *context, struct error *error)
{
    struct folder folder = {0};
    enum status status = folder_open(&folder, path, error);
    if (status == STATUS_OK)
        status = folder_compile(&folder, limits, report, context, error);
    if (status == STATUS_OK)
        status = folder_register(&folder, catalog, postgres, report, context, error);
    folder_destroy(&folder);
    return status;
}
