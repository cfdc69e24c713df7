/* suite_driver SUITE METASCHEMAS RESULTS - runs JSON-Schema-Test-Suite's tests of 2020-12.
 *
 * SUITE is the suite's folder (with tests/ and remotes/), METASCHEMAS that of the
 * metaschemas, and RESULTS a file that gets a line of JSON with the counts, or "". Prints
 * each test that fails, what was left out and why, and "N passed, N failed". */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "adapters/json/json_parse.h"
#include "core/arena.h"
#include "core/schema/schema.h"
#include "core/writer.h"

enum { ARENA_SIZE = 512 * 1024 * 1024, FILES_MAX = 512, PATH_SIZE = 1024 };

/* What is left out: a file, or one group of it. */
static const struct {
    const char *file;
    const char *group; /* NULL: all of them */
    const char *reason;
} skips[] = {
    {"optional/cross-draft.json", NULL, "other drafts are refused"},
    {"optional/dependencies-compatibility.json", NULL, "a keyword of other drafts"},
    {"optional/format/idn-email.json", NULL, "format not asserted"},
    {"optional/format/idn-hostname.json", NULL, "format not asserted"},
    {"optional/format/iri.json", NULL, "format not asserted"},
    {"optional/format/iri-reference.json", NULL, "format not asserted"},
    {"optional/format/relative-json-pointer.json", NULL, "format not asserted"},
    {"optional/format/uri-template.json", NULL, "format not asserted"},
};
enum { SKIP_COUNT = sizeof skips / sizeof *skips };

struct run {
    struct arena *arena;
    struct schema_document documents[FILES_MAX];
    size_t document_count;
    unsigned passed;
    unsigned failed;
    unsigned skipped[SKIP_COUNT];
};

static void fail(const char *what, const char *path)
{
    fprintf(stderr, "suite_driver: %s: %s\n", path, what);
    exit(2);
}

/* --- Files -------------------------------------------------------------------------------- */

static struct text read_file(struct arena *arena, const char *path)
{
    struct stat status;
    FILE *file = fopen(path, "rb");
    if (file == NULL || fstat(fileno(file), &status) != 0)
        fail("cannot be read", path);
    size_t size = (size_t)status.st_size;
    char *bytes = arena_alloc(arena, size);
    if (bytes == NULL || fread(bytes, 1, size, file) != size)
        fail("cannot be read", path);
    fclose(file);
    return (struct text){bytes, size};
}

static struct json read_json(struct arena *arena, const char *path)
{
    struct json value;
    struct error error;
    if (json_parse(arena, read_file(arena, path), JSON_LIMITS_DEFAULT, &value, &error) != STATUS_OK)
        fail(error.message, path);
    return value;
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The JSON files below a folder, in order; `count` of them are in `paths` already. */
static void list_files(struct arena *arena, const char *folder, char **paths, size_t *count)
{
    DIR *directory = opendir(folder);
    if (directory == NULL)
        fail("no such folder", folder);
    size_t first = *count;
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
        char path[PATH_SIZE];
        struct stat status;
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (stat(path, &status) != 0 || *count == FILES_MAX)
            fail("cannot be read", path);
        if (S_ISDIR(status.st_mode))
            list_files(arena, path, paths, count);
        else
            paths[(*count)++] = (char *)(uintptr_t)text_copy(arena, text_of(path)).data;
    }
    closedir(directory);
    qsort(paths + first, *count - first, sizeof *paths, compare_paths);
}

/* The documents below `folder`, each at `base` and its path there. */
static void add_documents(struct run *run, const char *folder, const char *base)
{
    char *paths[FILES_MAX];
    size_t count = 0;
    list_files(run->arena, folder, paths, &count);
    for (size_t i = 0; i < count; i++) {
        char uri[PATH_SIZE];
        snprintf(uri, sizeof uri, "%s%s", base, paths[i] + strlen(folder) + 1);
        run->documents[run->document_count++] = (struct schema_document){
            text_copy(run->arena, text_of(uri)), read_json(run->arena, paths[i])};
    }
}

/* --- Tests ---------------------------------------------------------------------------------- */

static struct text shown_json(struct arena *arena, struct json value)
{
    struct writer writer;
    writer_init_arena(&writer, arena, 200);
    json_write(&writer, value);
    return writer_result(&writer);
}

static void run_test(struct run *run, const char *file, struct json group, struct json test,
                     const struct schema *schema)
{
    struct schema_failures failures = {.count = 0};
    struct json data = *json_get(test, "data");
    bool expected = json_get(test, "valid")->type == JSON_TRUE;
    enum status status =
        schema == NULL ? STATUS_FATAL : schema_validate(schema, data, run->arena, &failures);
    if (status == (expected ? STATUS_OK : STATUS_REJECTED)) {
        run->passed++;
        return;
    }
    run->failed++;
    printf("%s: %.*s: %.*s: %.*s is %s, expected %s%s%s\n", file,
           TEXT_ARGS(json_get_string(group, "description")),
           TEXT_ARGS(json_get_string(test, "description")), TEXT_ARGS(shown_json(run->arena, data)),
           status_name(status), expected ? "valid" : "invalid", failures.count > 0 ? ": " : "",
           failures.count > 0 ? failures.items[0].message : "");
}

static const struct schema *compile(struct run *run, const char *file, struct json group)
{
    struct schema_settings settings = {
        .asserts_format = strncmp(file, "optional/format/", strlen("optional/format/")) == 0,
        .documents = run->documents,
        .document_count = run->document_count};
    struct problem_list problems;
    const struct schema *schema = NULL;
    problem_list_init(&problems, run->arena);
    schema_compile(run->arena, *json_get(group, "schema"), &settings, "$", &problems, &schema);
    for (size_t i = 0; i < problems.count; i++)
        printf("%s: %.*s: %s: %s\n", file, TEXT_ARGS(json_get_string(group, "description")),
               problems.items[i].path, problems.items[i].message);
    return schema;
}

static int find_skip(const char *file, struct json group)
{
    struct text description = json_get_string(group, "description");
    for (int i = 0; i < SKIP_COUNT; i++) {
        if (strcmp(file, skips[i].file) == 0 &&
            (skips[i].group == NULL || text_is(description, skips[i].group)))
            return i;
    }
    return -1;
}

static void run_group(struct run *run, const char *file, struct json group)
{
    struct json tests = *json_get(group, "tests");
    int skip = find_skip(file, group);
    if (skip >= 0) {
        run->skipped[skip] += tests.count;
        return;
    }
    struct arena_mark mark = arena_mark(run->arena);
    const struct schema *schema = compile(run, file, group);
    for (uint32_t i = 0; i < tests.count; i++)
        run_test(run, file, group, tests.as.items[i], schema);
    arena_rewind(run->arena, mark);
}

static void run_files(struct run *run, const char *folder)
{
    char *paths[FILES_MAX];
    size_t count = 0;
    list_files(run->arena, folder, paths, &count);
    for (size_t i = 0; i < count; i++) {
        struct json groups = read_json(run->arena, paths[i]);
        for (uint32_t g = 0; g < groups.count; g++)
            run_group(run, paths[i] + strlen(folder) + 1, groups.as.items[g]);
    }
}

/* --- Results ---------------------------------------------------------------------------------- */

/* Skipped tests by reason, which may stand in several rows. */
static unsigned skipped_for(const struct run *run, int row)
{
    unsigned count = 0;
    for (int i = 0; i < SKIP_COUNT; i++) {
        if (strcmp(skips[i].reason, skips[row].reason) != 0)
            continue;
        if (i < row)
            return 0; /* told with that row */
        count += run->skipped[i];
    }
    return count;
}

static void append_results(const struct run *run, const char *path)
{
    FILE *file = fopen(path, "a");
    if (file == NULL)
        fail("cannot be written", path);
    fprintf(file,
            "{\"suite\":\"JSON Schema 2020-12 (JSON-Schema-Test-Suite)\",\"version\":\"jsonschema "
            "4.26.0\",\"tests\":%u,\"passed\":%u,\"failed\":%u,\"skipped\":{",
            run->passed + run->failed, run->passed, run->failed);
    const char *before = "";
    for (int i = 0; i < SKIP_COUNT; i++) {
        if (skipped_for(run, i) == 0)
            continue;
        fprintf(file, "%s\"%s\":%u", before, skips[i].reason, skipped_for(run, i));
        before = ",";
    }
    fprintf(file, "}}\n");
    fclose(file);
}

int main(int argc, char **argv)
{
    static struct run run;
    char folder[PATH_SIZE];
    if (argc != 4)
        fail("usage: suite_driver SUITE METASCHEMAS RESULTS", "arguments");
    run.arena = arena_create(ARENA_SIZE);
    if (run.arena == NULL)
        fail("out of memory", "arena");
    snprintf(folder, sizeof folder, "%s/remotes", argv[1]);
    add_documents(&run, folder, "http://localhost:1234/");
    add_documents(&run, argv[2], "https://json-schema.org/draft/2020-12/");
    snprintf(folder, sizeof folder, "%s/tests/draft2020-12", argv[1]);
    run_files(&run, folder);
    for (int i = 0; i < SKIP_COUNT; i++) {
        if (skipped_for(&run, i) > 0)
            printf("left out: %u tests: %s\n", skipped_for(&run, i), skips[i].reason);
    }
    if (argv[3][0] != '\0')
        append_results(&run, argv[3]);
    arena_destroy(run.arena);
    printf("%u passed, %u failed\n", run.passed, run.failed);
    return run.failed == 0 && run.passed > 0 ? 0 : 1;
}
