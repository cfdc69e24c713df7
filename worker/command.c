#include "worker/command.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "adapters/json/json_parse.h"
#include "core/arena.h"
#include "worker/input.h"
#include "worker/printable.h"
#include "worker/terminal.h"
#include "worker/version.h"

/* Room for the names of all settings beside a command's own options. */
enum { CANDIDATES_MAX = 128, OPTION_NAME_SIZE_MAX = 128 };

/* --- Failing ------------------------------------------------------------------- */

static void print_error(const char *message)
{
    fputs("xorca: ", stderr);
    printable_print(stderr, text_of(message), PRINTABLE_PLAIN);
    fputc('\n', stderr);
}

int command_fail(const struct error *error)
{
    print_error(error->message);
    return error->status == STATUS_REJECTED ? EXIT_BAD_USE : EXIT_FAILED;
}

int command_fail_as(int exit_status, const char *format, ...)
{
    struct error error;
    va_list args;
    va_start(args, format);
    error_set_v(&error, STATUS_REJECTED, format, args);
    va_end(args);
    print_error(error.message);
    return exit_status;
}

/* --- Parsing ------------------------------------------------------------------- */

static size_t option_count(const struct command *command)
{
    size_t count = 0;
    while (count < COMMAND_OPTIONS_MAX && command->options[count].name != NULL)
        count++;
    return count;
}

static int find_option(const struct command *command, struct text name)
{
    for (size_t i = 0; i < option_count(command); i++) {
        if (text_is(name, command->options[i].name))
            return (int)i;
    }
    return -1;
}

/* The flag of setting number `index`: "batch-events" for XORCA_BATCH_EVENTS. */
static struct text setting_flag(struct arena *arena, size_t index)
{
    const char *name = settings_name(index);
    if (name == NULL)
        return TEXT_NONE;
    struct text flag = text_of(name + strlen("XORCA_"));
    char *lower = arena_alloc(arena, flag.size + 1);
    if (lower == NULL)
        return TEXT_NONE;
    for (size_t i = 0; i < flag.size; i++) {
        char c = flag.data[i];
        lower[i] = c == '_' ? '-' : c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    return (struct text){lower, flag.size};
}

static enum status unknown_option(const struct command *command, struct text name,
                                  struct arena *arena, struct error *error)
{
    struct text candidates[CANDIDATES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < option_count(command); i++)
        candidates[count++] = text_of(command->options[i].name);
    candidates[count++] = TEXT("help");
    candidates[count++] = TEXT("kafka-bootstrap-servers");
    for (size_t i = 0; count < CANDIDATES_MAX; i++) {
        candidates[count] = setting_flag(arena, i);
        if (candidates[count].data == NULL)
            break;
        count++;
    }
    int nearest = text_nearest(name, candidates, count);
    if (nearest >= 0)
        return error_set(error, STATUS_REJECTED, "--%.*s: no such option; did you mean --%.*s?",
                         TEXT_ARGS(name), TEXT_ARGS(candidates[nearest]));
    return error_set(error, STATUS_REJECTED, "--%.*s: no such option; `xorca %s --help` lists them",
                     TEXT_ARGS(name), command->name);
}

/* What stands behind an option on the command line, and where the reading is. */
struct reading {
    const char *const *arguments;
    size_t count;
    size_t at;
};

/* The value of an option: after "=", or the next argument. */
static enum status take_value(struct reading *reading, struct text name, const char *after_equals,
                              const char *argument, const char **out, struct error *error)
{
    if (after_equals != NULL) {
        *out = after_equals;
        return STATUS_OK;
    }
    if (reading->at == reading->count)
        return error_set(error, STATUS_REJECTED, "--%.*s needs a value: --%.*s %s", TEXT_ARGS(name),
                         TEXT_ARGS(name), argument);
    *out = reading->arguments[reading->at++];
    return STATUS_OK;
}

static enum status take_option(struct command_call *call, int index, struct reading *reading,
                               const char *after_equals, struct error *error)
{
    const struct command_option *option = &call->command->options[index];
    if (call->values[index] != NULL)
        return error_set(error, STATUS_REJECTED, "--%s is given twice", option->name);
    if (option->argument != NULL)
        return take_value(reading, text_of(option->name), after_equals, option->argument,
                          &call->values[index], error);
    if (after_equals != NULL)
        return error_set(error, STATUS_REJECTED, "--%s takes no value", option->name);
    call->values[index] = "";
    return STATUS_OK;
}

static enum status take_setting(struct command_call *call, const char *name,
                                struct reading *reading, const char *after_equals,
                                struct error *error)
{
    if (call->flag_count == COMMAND_FLAGS_MAX)
        return error_set(error, STATUS_REJECTED, "more than %d settings as flags",
                         COMMAND_FLAGS_MAX);
    struct settings_flag *flag = &call->flags[call->flag_count];
    flag->name = name;
    if (take_value(reading, text_of(name), after_equals, "VALUE", &flag->value, error) != STATUS_OK)
        return error->status;
    call->flag_count++;
    return STATUS_OK;
}

/* "--name", "--name=value" or "--name value". */
static enum status take_dashed(struct command_call *call, const char *argument,
                               struct reading *reading, struct error *error)
{
    const char *equals = strchr(argument, '=');
    struct text name = {argument + 2,
                        equals == NULL ? strlen(argument) - 2 : (size_t)(equals - argument) - 2};
    const char *after_equals = equals == NULL ? NULL : equals + 1;
    if (text_is(name, "help")) {
        call->wants_help = true;
        return STATUS_OK;
    }
    int index = find_option(call->command, name);
    if (index >= 0)
        return take_option(call, index, reading, after_equals, error);
    struct text copy = text_copy(call->arena, name);
    if (copy.data == NULL)
        return error_memory(error);
    if (copy.size < OPTION_NAME_SIZE_MAX && settings_is_flag(copy.data))
        return take_setting(call, copy.data, reading, after_equals, error);
    return unknown_option(call->command, name, call->arena, error);
}

static enum status check_argument_count(const struct command_call *call, struct error *error)
{
    const struct command *command = call->command;
    if (call->wants_help)
        return STATUS_OK;
    if (call->argument_count < command->arguments_min)
        return error_set(error, STATUS_REJECTED, "something is missing: xorca %s %s", command->name,
                         command->arguments);
    if (call->argument_count > command->arguments_max)
        return error_set(error, STATUS_REJECTED, "\"%s\" is too much: xorca %s %s",
                         call->arguments[command->arguments_max], command->name,
                         command->arguments);
    return STATUS_OK;
}

enum status command_parse(const struct command *command, const char *const *arguments, size_t count,
                          struct arena *arena, struct command_call *call, struct error *error)
{
    *call = (struct command_call){.command = command, .arena = arena};
    const char **plain = arena_alloc_array(arena, count + 1, sizeof *plain);
    if (plain == NULL)
        return error_memory(error);
    call->arguments = plain;
    bool options_end = false;
    struct reading reading = {arguments, count, 0};
    while (reading.at < reading.count) {
        const char *argument = arguments[reading.at++];
        if (options_end || argument[0] != '-' || argument[1] == '\0') {
            plain[call->argument_count++] = argument;
        } else if (strcmp(argument, "--") == 0) {
            options_end = true;
        } else if (strcmp(argument, "-h") == 0) {
            call->wants_help = true;
        } else if (argument[1] != '-') {
            return error_set(error, STATUS_REJECTED,
                             "%s: no such option; options begin with two dashes, and what "
                             "follows `--` is taken as it is",
                             argument);
        } else if (take_dashed(call, argument, &reading, error) != STATUS_OK) {
            return error->status;
        }
    }
    return check_argument_count(call, error);
}

/* --- Help ---------------------------------------------------------------------- */

static void print_options(const struct command *command, FILE *out)
{
    for (size_t i = 0; i < option_count(command); i++) {
        const struct command_option *option = &command->options[i];
        char shown[OPTION_NAME_SIZE_MAX];
        snprintf(shown, sizeof shown, "--%s%s%s", option->name, option->argument == NULL ? "" : " ",
                 option->argument == NULL ? "" : option->argument);
        fprintf(out, "  %-24s %s\n", shown, option->help);
    }
    fprintf(out, "  %-24s %s\n", "--help", "this text");
    fprintf(out, "  %-24s %s\n", "--<setting> VALUE",
            "a setting of `xorca --help settings`: --log-level debug");
}

void command_print_help(const struct command *command, FILE *out)
{
    bool colour = terminal_has_colour(out);
    const char *bold = terminal_colour(colour, COLOUR_BOLD);
    const char *plain = terminal_colour(colour, COLOUR_NONE);
    fprintf(out, "xorca %s - %s\n\n", command->name, command->summary);
    fprintf(out, "%sUsage%s\n  xorca %s%s%s [OPTIONS]\n", bold, plain, command->name,
            command->arguments[0] == '\0' ? "" : " ", command->arguments);
    if (command->description[0] != '\0')
        fprintf(out, "\n%s\n", command->description);
    fprintf(out, "\n%sOptions%s\n", bold, plain);
    print_options(command, out);
    fprintf(out, "\n%sExample%s\n%s\n", bold, plain, command->example);
}

void command_print_overview(FILE *out)
{
    bool colour = terminal_has_colour(out);
    const char *bold = terminal_colour(colour, COLOUR_BOLD);
    const char *plain = terminal_colour(colour, COLOUR_NONE);
    fprintf(out,
            "xorca - orchestrates event-driven systems over Kafka and PostgreSQL\n\n"
            "%sUsage%s\n  xorca COMMAND [ARGUMENTS] [OPTIONS]\n",
            bold, plain);
    const char *group = "";
    for (size_t i = 0; i < command_table_count; i++) {
        const struct command *command = &command_table[i];
        if (strcmp(group, command->group) != 0)
            fprintf(out, "\n%s%s%s\n", bold, command->group, plain);
        group = command->group;
        fprintf(out, "  %-10s %s\n", command->name, command->summary);
    }
    fprintf(out,
            "\n`xorca COMMAND --help` says more, with an example. `xorca --help settings` lists\n"
            "the settings, `xorca --version` the versions of the program and its libraries.\n\n"
            "%sExample%s\n  xorca dev deploy/examples/book-summary --start 20\n",
            bold, plain);
}

/* --- Running ------------------------------------------------------------------- */

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < command_table_count; i++) {
        if (strcmp(command_table[i].name, name) == 0)
            return &command_table[i];
    }
    return NULL;
}

static int unknown_command(const char *name)
{
    struct text candidates[CANDIDATES_MAX];
    size_t count = 0;
    for (; count < command_table_count && count < CANDIDATES_MAX; count++)
        candidates[count] = text_of(command_table[count].name);
    int nearest = text_nearest(text_of(name), candidates, count);
    if (nearest >= 0)
        return command_fail_as(EXIT_BAD_USE, "%s: no such command; did you mean `xorca %s`?", name,
                               candidates[nearest].data);
    return command_fail_as(EXIT_BAD_USE, "%s: no such command; `xorca --help` lists them", name);
}

static int print_help_of(const char *name)
{
    if (name == NULL) {
        command_print_overview(stdout);
        return EXIT_DONE;
    }
    if (strcmp(name, "settings") == 0) {
        settings_describe(stdout);
        return EXIT_DONE;
    }
    const struct command *command = find_command(name);
    if (command == NULL)
        return unknown_command(name);
    command_print_help(command, stdout);
    return EXIT_DONE;
}

static int run_command(const struct command *command, const char *const *arguments, size_t count,
                       char *const *environment)
{
    struct error error;
    struct command_call call;
    struct arena *arena = arena_create(COMMAND_MEMORY_MAX);
    if (arena == NULL)
        return command_fail_as(EXIT_FAILED, "out of memory");
    int exit_status;
    if (command_parse(command, arguments, count, arena, &call, &error) != STATUS_OK) {
        exit_status = command_fail(&error);
    } else if (call.wants_help) {
        command_print_help(command, stdout);
        exit_status = EXIT_DONE;
    } else {
        call.environment = environment;
        exit_status = command->run(&call);
    }
    arena_destroy(arena);
    return exit_status;
}

int command_line_run(const char *const *arguments, size_t count, char *const *environment)
{
    if (count == 0)
        return command_fail_as(EXIT_BAD_USE, "no command is given; `xorca --help` lists them");
    const char *first = arguments[0];
    if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0 || strcmp(first, "help") == 0)
        return print_help_of(count > 1 ? arguments[1] : NULL);
    if (strcmp(first, "--version") == 0) {
        version_print(stdout);
        return EXIT_DONE;
    }
    if (first[0] == '-')
        return command_fail_as(EXIT_BAD_USE, "%s: a command comes first; `xorca --help` lists them",
                               first);
    const struct command *command = find_command(first);
    if (command == NULL)
        return unknown_command(first);
    return run_command(command, arguments + 1, count - 1, environment);
}

/* --- For commands ---------------------------------------------------------------- */

const char *command_option(const struct command_call *call, const char *name)
{
    int index = find_option(call->command, text_of(name));
    assert(index >= 0); /* the table and the command disagree: our mistake */
    return index < 0 ? NULL : call->values[index];
}

bool command_switch(const struct command_call *call, const char *name)
{
    return command_option(call, name) != NULL;
}

static bool read_number(const char *value, uint64_t *out)
{
    uint64_t number = 0;
    if (value[0] == '\0')
        return false;
    for (; *value != '\0'; value++) {
        if (*value < '0' || *value > '9')
            return false;
        uint64_t digit = (uint64_t)(*value - '0');
        if (number > (UINT64_MAX - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *out = number;
    return true;
}

enum status command_number(const struct command_call *call, const char *name, uint64_t minimum,
                           uint64_t maximum, uint64_t *out, struct error *error)
{
    const char *value = command_option(call, name);
    if (value == NULL)
        return STATUS_OK;
    uint64_t number = 0;
    if (!read_number(value, &number) || number < minimum || number > maximum)
        return error_set(error, STATUS_REJECTED,
                         "--%s: \"%s\" is no whole number from %llu to %llu", name, value,
                         (unsigned long long)minimum, (unsigned long long)maximum);
    *out = number;
    return STATUS_OK;
}

enum status command_json(const struct command_call *call, const char *name,
                         struct json_limits limits, struct json *out, struct error *error)
{
    const char *value = command_option(call, name);
    if (value == NULL)
        return STATUS_OK;
    struct text text = text_of(value);
    if (value[0] == '@' &&
        input_read_file(call->arena, value + 1, limits.size_max, &text, error) != STATUS_OK)
        return error_context(error, "--%s", name);
    if (json_parse(call->arena, text, limits, out, error) != STATUS_OK)
        return error_context(error, "--%s", name);
    return STATUS_OK;
}

enum status command_settings(const struct command_call *call, struct settings *out,
                             struct error *error)
{
    if (settings_load(call->arena, call->environment, call->flags, call->flag_count, out, error) !=
        STATUS_OK)
        return error->status;
    log_configure(out->log_level, out->log_format);
    return STATUS_OK;
}
