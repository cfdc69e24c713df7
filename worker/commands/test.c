/* test.c - runs the scenarios that stand beside definitions. */
#include <stdlib.h>
#include <string.h>

#include "adapters/json/json_locate.h"
#include "adapters/json/json_parse.h"
#include "core/arena.h"
#include "core/scenario/scenario.h"
#include "core/writer.h"
#include "worker/command.h"
#include "worker/commands/common.h"
#include "worker/commands/problems.h"
#include "worker/commands/test_report.h"
#include "worker/definition.h"
#include "worker/folder.h"
#include "worker/input.h"

/* Files of one run, and room for the message of one scenario: a value is written whole
 * before it is cut. */
enum { FILES_MAX = 4096 };
#define MESSAGE_SIZE_MAX ((size_t)16 * 1024 * 1024)

struct testing {
    const struct command_call *call;
    struct arena *arena;
    struct json_limits limits;
    struct machine_limits machine_limits;
    const char *files[FILES_MAX];
    size_t file_count;
    struct test_suite *suites; /* one for each file */
    struct tested_definition *definitions;
    size_t definition_count;
};

typedef enum status report_function(const struct test_run *run, struct arena *arena,
                                    struct error *error);

/* --- Files ------------------------------------------------------------------------------- */

static enum status add_file(struct testing *testing, const char *path, struct error *error)
{
    if (testing->file_count == FILES_MAX)
        return error_set(error, STATUS_REJECTED, "more than %d files of scenarios", FILES_MAX);
    testing->files[testing->file_count++] = path;
    return STATUS_OK;
}

static enum status add_folder(struct testing *testing, const char *folder, struct error *error)
{
    const char **paths;
    size_t count;
    if (folder_list_scenarios(testing->arena, folder, &paths, &count, error) != STATUS_OK)
        return error->status;
    if (count == 0)
        return error_set(error, STATUS_REJECTED, "folder %s has no scenarios (*.test.json)",
                         folder);
    for (size_t i = 0; i < count; i++) {
        if (add_file(testing, paths[i], error) != STATUS_OK)
            return error->status;
    }
    return STATUS_OK;
}

static enum status list_files(struct testing *testing, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < testing->call->argument_count && status == STATUS_OK; i++) {
        const char *path = testing->call->arguments[i];
        status =
            folder_is_one(path) ? add_folder(testing, path, error) : add_file(testing, path, error);
    }
    return status;
}

/* The definition's path, which the file says from its own folder. */
static enum status definition_path(struct testing *testing, const char *file,
                                   struct text definition, const char **out, struct error *error)
{
    const char *slash = strrchr(file, '/');
    size_t folder_size =
        slash == NULL || definition.data[0] == '/' ? 0 : (size_t)(slash - file + 1);
    char *path = arena_alloc(testing->arena, folder_size + definition.size + 1);
    if (path == NULL)
        return error_memory(error);
    if (memchr(definition.data, '\0', definition.size) != NULL)
        return error_set(error, STATUS_REJECTED, "%s: the definition's path has a NUL in it", file);
    memcpy(path, file, folder_size);
    memcpy(path + folder_size, definition.data, definition.size);
    *out = path;
    return STATUS_OK;
}

/* --- Reading ------------------------------------------------------------------------------ */

/* A definition that several files test is read once, and its coverage is of all of them. */
static enum status take_definition(struct testing *testing, const char *path,
                                   struct tested_definition **out, struct error *error)
{
    for (size_t i = 0; i < testing->definition_count; i++) {
        if (strcmp(testing->definitions[i].path, path) == 0) {
            *out = &testing->definitions[i];
            return STATUS_OK;
        }
    }
    struct tested_definition *tested = &testing->definitions[testing->definition_count];
    if (command_read_definition(testing->call, path, testing->limits, &tested->definition, error) !=
        STATUS_OK)
        return error->status;
    testing->definition_count++;
    tested->path = path;
    if (!coverage_init(&tested->coverage, tested->definition->machine, testing->arena))
        return error_memory(error);
    *out = tested;
    return STATUS_OK;
}

/* STATUS_REJECTED: the problems were printed. */
static enum status read_scenarios(struct testing *testing, const char *path,
                                  struct scenario_file *out, struct error *error)
{
    struct file_problems file = {.name = path};
    struct json document;
    size_t fault;
    file.problems = arena_alloc(testing->arena, sizeof *file.problems);
    if (file.problems == NULL)
        return error_memory(error);
    problem_list_init(file.problems, testing->arena);
    enum status status =
        input_read(testing->arena, path, testing->limits.size_max, &file.source, error);
    if (status == STATUS_OK) {
        status = json_parse_with_fault(testing->arena, file.source, testing->limits, &document,
                                       &fault, error);
        if (status == STATUS_REJECTED)
            problem_note(file.problems,
                         (struct problem){.path = "$",
                                          .message = error->message,
                                          .position = fault == JSON_NO_FAULT
                                                          ? (struct text_position){0}
                                                          : text_position_of(file.source, fault)});
    } else if (status == STATUS_REJECTED) {
        problem_add(file.problems, "$", "cannot be read: %s", error->message);
    }
    if (status == STATUS_OK)
        status = scenario_file_read(testing->arena, document, file.problems, out, error);
    if (status == STATUS_REJECTED) {
        json_locate_problems(file.source, file.problems);
        problems_print_text(stderr, &file);
    }
    return status;
}

/* --- Running ------------------------------------------------------------------------------ */

static enum status run_case(struct testing *testing, const struct scenario *scenario,
                            struct tested_definition *tested, struct test_case *out,
                            struct error *error)
{
    struct writer report;
    writer_init_arena(&report, testing->arena, MESSAGE_SIZE_MAX);
    out->name = scenario->name;
    enum status status = scenario_run(tested->definition->machine, &testing->machine_limits,
                                      scenario, &tested->coverage, &report, &out->passed, error);
    if (report.overflowed)
        out->passed = false; /* what it says is cut, and it says that something is wrong */
    out->message = writer_result(&report);
    return status == STATUS_OK ? STATUS_OK
                               : error_context(error, "%.*s", TEXT_ARGS(scenario->name));
}

static enum status run_file(struct testing *testing, const char *path, struct test_suite *suite,
                            struct error *error)
{
    struct scenario_file file;
    struct tested_definition *tested = NULL;
    const char *definition = NULL;
    if (read_scenarios(testing, path, &file, error) != STATUS_OK ||
        definition_path(testing, path, file.definition, &definition, error) != STATUS_OK ||
        take_definition(testing, definition, &tested, error) != STATUS_OK)
        return error->status;
    struct test_case *cases = arena_alloc_array(testing->arena, file.count, sizeof *cases);
    if (cases == NULL)
        return error_memory(error);
    *suite = (struct test_suite){path, tested, cases, file.count};
    for (size_t i = 0; i < file.count; i++) {
        if (run_case(testing, &file.items[i], tested, &cases[i], error) != STATUS_OK)
            return error_context(error, "%s", path);
    }
    return STATUS_OK;
}

/* Everything is run before anything is printed. A file that is wrong does not keep the
 * others from being looked at: their problems are of interest as well. */
static enum status run_files(struct testing *testing, struct error *error)
{
    size_t wrong = 0;
    testing->suites =
        arena_alloc_array(testing->arena, testing->file_count, sizeof *testing->suites);
    testing->definitions =
        arena_alloc_array(testing->arena, testing->file_count, sizeof *testing->definitions);
    if (testing->suites == NULL || testing->definitions == NULL)
        return error_memory(error);
    for (size_t i = 0; i < testing->file_count; i++) {
        enum status status = run_file(testing, testing->files[i], &testing->suites[i], error);
        if (status != STATUS_OK && status != STATUS_REJECTED)
            return status;
        wrong += status == STATUS_REJECTED;
    }
    if (wrong > 0)
        return error_set(error, STATUS_REJECTED, "%zu of %zu files cannot be run", wrong,
                         testing->file_count);
    return STATUS_OK;
}

/* --- The command ---------------------------------------------------------------------------- */

static enum status read_format(const struct command_call *call, report_function **out,
                               struct error *error)
{
    const char *format = command_option(call, "format");
    *out = test_report_text;
    if (format == NULL || strcmp(format, "text") == 0)
        return STATUS_OK;
    *out = test_report_tap;
    if (strcmp(format, "tap") == 0)
        return STATUS_OK;
    *out = test_report_junit;
    if (strcmp(format, "junit") == 0)
        return STATUS_OK;
    return error_set(error, STATUS_REJECTED, "--format: \"%s\" is none of text, tap, junit",
                     format);
}

/* Names on standard error each definition whose transitions are covered by less. */
static bool is_covered(const struct testing *testing, uint64_t minimum)
{
    bool is_enough = true;
    for (size_t i = 0; i < testing->definition_count; i++) {
        struct coverage_count count = coverage_transitions(&testing->definitions[i].coverage);
        if (coverage_hundredths(count) >= minimum * 100)
            continue;
        is_enough = false;
        command_fail_as(
            EXIT_FAILED, "%s: %u of %u transitions are covered, less than %llu %% (--coverage-min)",
            testing->definitions[i].path, count.covered, count.total, (unsigned long long)minimum);
    }
    return is_enough;
}

static int test(struct testing *testing, report_function *report, uint64_t coverage_min)
{
    struct error error;
    if (list_files(testing, &error) != STATUS_OK || run_files(testing, &error) != STATUS_OK)
        return command_fail(&error);
    struct test_run run = {testing->suites, testing->file_count, testing->definitions,
                           testing->definition_count};
    if (report(&run, testing->arena, &error) != STATUS_OK)
        return command_fail(&error);
    bool is_enough = is_covered(testing, coverage_min);
    return is_enough && test_run_failed(&run) == 0 ? EXIT_DONE : EXIT_FAILED;
}

int command_test(struct command_call *call)
{
    struct error error;
    struct settings settings;
    report_function *report;
    uint64_t coverage_min = 0;
    if (command_settings(call, &settings, &error) != STATUS_OK ||
        read_format(call, &report, &error) != STATUS_OK ||
        command_number(call, "coverage-min", 0, 100, &coverage_min, &error) != STATUS_OK)
        return command_fail(&error);
    struct testing *testing = arena_alloc(call->arena, sizeof *testing);
    if (testing == NULL) {
        error_memory(&error);
        return command_fail(&error);
    }
    testing->call = call;
    testing->arena = call->arena;
    testing->limits = settings.json_limits;
    testing->machine_limits = settings.step.limits;
    int exit_status = test(testing, report, coverage_min);
    for (size_t i = 0; i < testing->definition_count; i++)
        definition_destroy(testing->definitions[i].definition);
    return exit_status;
}
