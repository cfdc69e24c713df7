/* validate.c - what is wrong with definition files, all of it at once, and what is
 * suspicious about them. */
#include <string.h>

#include "core/arena.h"
#include "core/machine/lint.h"
#include "worker/command.h"
#include "worker/commands/common.h"
#include "worker/commands/problems.h"
#include "worker/definition.h"
#include "worker/folder.h"
#include "worker/input.h"
#include "worker/printable.h"

void command_print_problems(const char *file, struct problem_list *problems)
{
    problems_print_text(stderr, &(struct file_problems){file, TEXT_NONE, problems});
}

enum status command_read_definition(const struct command_call *call, const char *path,
                                    struct json_limits limits, struct definition **out,
                                    struct error *error)
{
    struct problem_list *problems = arena_alloc(call->arena, sizeof *problems);
    if (problems == NULL)
        return error_memory(error);
    problem_list_init(problems, call->arena);
    enum status status = definition_read(path, limits, problems, out, error);
    if (status == STATUS_REJECTED)
        command_print_problems(path, problems);
    return status;
}

/* --- Options --------------------------------------------------------------------------- */

enum format { FORMAT_TEXT = 0, FORMAT_JSON, FORMAT_SARIF, FORMAT_COUNT };

struct validation {
    struct command_call *call;
    struct settings settings;
    struct lint_settings lints;
    enum format format;
    struct sarif_log sarif;
    bool is_strict;
    bool fails_on_warning;
    bool has_failed;
};

static enum status read_format(struct validation *validation, struct error *error)
{
    static const char *const names[FORMAT_COUNT] = {"text", "json", "sarif"};
    const char *format = command_option(validation->call, "format");
    for (int i = 0; format != NULL && i < FORMAT_COUNT; i++) {
        if (strcmp(format, names[i]) == 0) {
            validation->format = (enum format)i;
            return STATUS_OK;
        }
    }
    return format == NULL ? STATUS_OK
                          : error_set(error, STATUS_REJECTED, "--format is text, json or sarif");
}

static enum status allow_lint(struct validation *validation, struct text name, struct error *error)
{
    enum lint_rule rule = lint_find(name);
    if (rule < LINT_RULE_COUNT) {
        validation->lints.is_allowed[rule] = true;
        return STATUS_OK;
    }
    struct text names[LINT_RULE_COUNT];
    for (size_t i = 0; i < LINT_RULE_COUNT; i++)
        names[i] = text_of(lint_descriptions[i].name);
    int nearest = text_nearest(name, names, LINT_RULE_COUNT);
    return error_set(error, STATUS_REJECTED, "--allow: no lint has the name %s%s%s",
                     text_show(name).quoted, nearest < 0 ? "" : ", did you mean ",
                     nearest < 0 ? "" : lint_descriptions[nearest].name);
}

/* Names with commas between them. */
static enum status read_allowed(struct validation *validation, struct error *error)
{
    struct text rest = text_of(command_option(validation->call, "allow"));
    enum status status = STATUS_OK;
    while (rest.size > 0 && status == STATUS_OK) {
        const char *comma = memchr(rest.data, ',', rest.size);
        size_t size = comma == NULL ? rest.size : (size_t)(comma - rest.data);
        status = allow_lint(validation, (struct text){rest.data, size}, error);
        size += comma != NULL;
        rest = (struct text){rest.data + size, rest.size - size};
    }
    return status;
}

static enum status read_options(struct validation *validation, struct error *error)
{
    validation->is_strict = command_switch(validation->call, "strict");
    validation->fails_on_warning = command_switch(validation->call, "fail-on-warning");
    enum status status = command_settings(validation->call, &validation->settings, error);
    if (status == STATUS_OK)
        status = read_format(validation, error);
    return status == STATUS_OK ? read_allowed(validation, error) : status;
}

/* --- Files ----------------------------------------------------------------------------------- */

static void print_good(const char *file, const struct definition *definition, size_t warnings)
{
    printable_print(stdout, text_of(file), PRINTABLE_PLAIN);
    fputs(": ok: ", stdout);
    printable_print(stdout, definition->name, PRINTABLE_PLAIN);
    fputc(' ', stdout);
    printable_print(stdout, definition->version, PRINTABLE_PLAIN);
    if (warnings > 0)
        printf(", %zu warning%s", warnings, warnings == 1 ? "" : "s");
    fputc('\n', stdout);
}

static void print_file(struct validation *validation, const struct file_problems *file)
{
    switch (validation->format) {
    case FORMAT_JSON: problems_print_json(stdout, file); break;
    case FORMAT_SARIF: sarif_add(&validation->sarif, file); break;
    case FORMAT_TEXT:
    case FORMAT_COUNT: problems_print_text(stderr, file); break;
    }
}

/* Everything that is found in a text goes into `problems`. */
static enum status check_text(struct validation *validation, struct text text,
                              struct problem_list *problems, struct definition **out,
                              struct error *error)
{
    enum status status =
        definition_compile(text, validation->settings.json_limits, problems, out, error);
    if (status == STATUS_OK)
        status = definition_check(*out, &validation->lints, validation->is_strict, problems, error);
    return status;
}

static enum status validate_text(struct validation *validation, struct file_problems *file,
                                 struct error *error)
{
    struct definition *definition = NULL;
    enum status status = check_text(validation, file->source, file->problems, &definition, error);
    if (status == STATUS_OK || status == STATUS_REJECTED) {
        size_t errors = problem_count(file->problems, PROBLEM_ERROR);
        size_t warnings = problem_count(file->problems, PROBLEM_WARNING);
        print_file(validation, file);
        if (errors == 0 && status == STATUS_OK && validation->format == FORMAT_TEXT)
            print_good(file->name, definition, warnings);
        validation->has_failed |= errors > 0 || status == STATUS_REJECTED ||
                                  (warnings > 0 && validation->fails_on_warning);
        status = STATUS_OK;
    }
    definition_destroy(definition);
    return status;
}

static enum status validate_file(struct validation *validation, const char *path,
                                 struct error *error)
{
    struct arena *arena = validation->call->arena;
    struct arena_mark mark = arena_mark(arena);
    struct file_problems file = {.name = input_name(path),
                                 .problems = arena_alloc(arena, sizeof *file.problems)};
    if (file.problems == NULL)
        return error_memory(error);
    problem_list_init(file.problems, arena);
    enum status status =
        input_read(arena, path, validation->settings.json_limits.size_max, &file.source, error);
    if (status == STATUS_OK) {
        status = validate_text(validation, &file, error);
    } else if (status == STATUS_REJECTED) {
        problem_add(file.problems, "$", "cannot be read: %s", error->message);
        print_file(validation, &file);
        validation->has_failed = true;
        status = STATUS_OK;
    }
    arena_rewind(arena, mark);
    return status;
}

static enum status validate_folder(struct validation *validation, const char *folder,
                                   struct error *error)
{
    const char **paths;
    size_t count;
    enum status status = folder_list(validation->call->arena, folder, &paths, &count, error);
    if (status == STATUS_OK && count == 0)
        return error_set(error, STATUS_REJECTED, "%s has no definition (*.json)", folder);
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        status = validate_file(validation, paths[i], error);
    return status;
}

static enum status validate_all(struct validation *validation, struct error *error)
{
    const struct command_call *call = validation->call;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < call->argument_count && status == STATUS_OK; i++) {
        if (folder_is_one(call->arguments[i]))
            status = validate_folder(validation, call->arguments[i], error);
        else
            status = validate_file(validation, call->arguments[i], error);
    }
    return status;
}

int command_validate(struct command_call *call)
{
    struct error error;
    struct validation validation = {.call = call};
    if (read_options(&validation, &error) != STATUS_OK)
        return command_fail(&error);
    if (validation.format == FORMAT_SARIF)
        sarif_begin(&validation.sarif, stdout);
    enum status status = validate_all(&validation, &error);
    if (validation.format == FORMAT_SARIF)
        sarif_end(&validation.sarif);
    if (status != STATUS_OK)
        return command_fail(&error);
    return validation.has_failed ? EXIT_BAD_USE : EXIT_DONE;
}
