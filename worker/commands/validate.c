/* validate.c - what is wrong with definition files, all of it at once. */
#include "core/arena.h"
#include "worker/command.h"
#include "worker/commands/common.h"
#include "worker/commands/problems.h"
#include "worker/definition.h"
#include "worker/printable.h"

void command_print_problems(const char *file, struct problem_list *problems)
{
    problems_print_text(stderr, &(struct file_problems){file, TEXT_NONE, problems});
}

static void print_good(const char *file, const struct definition *definition)
{
    printable_print(stdout, text_of(file), PRINTABLE_PLAIN);
    fputs(": ok: ", stdout);
    printable_print(stdout, definition->name, PRINTABLE_PLAIN);
    fputc(' ', stdout);
    printable_print(stdout, definition->version, PRINTABLE_PLAIN);
    fputc('\n', stdout);
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

int command_validate(struct command_call *call)
{
    struct error error;
    struct settings settings;
    if (command_settings(call, &settings, &error) != STATUS_OK)
        return command_fail(&error);
    int exit_status = EXIT_DONE;
    for (size_t i = 0; i < call->argument_count; i++) {
        struct definition *definition = NULL;
        enum status status = command_read_definition(call, call->arguments[i], settings.json_limits,
                                                     &definition, &error);
        if (status == STATUS_OK)
            print_good(call->arguments[i], definition);
        else if (status == STATUS_REJECTED)
            exit_status = EXIT_BAD_USE; /* the problems are printed; look at the others too */
        else
            return command_fail(&error);
        definition_destroy(definition);
    }
    return exit_status;
}
