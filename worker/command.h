/* command.h - the command line: a table of commands, one parser, one way to fail.
 *
 * A command is a row (command_table.c): what it takes, what it is for, an example, and
 * the function that does it. Results go to standard output, errors to standard error as
 * `xorca: message`. Exit status 0: done; 1: the work failed; 2: bad use or a bad
 * definition, and nothing was done. */
#ifndef WORKER_COMMAND_H
#define WORKER_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/error.h"
#include "core/json.h"
#include "worker/settings.h"

struct arena;

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_BAD_USE = 2 };

/* The most options of one command, settings' flags on one command line, and memory of
 * one command (lists of orchestrations, definitions). */
enum { COMMAND_OPTIONS_MAX = 12, COMMAND_FLAGS_MAX = 64 };
#define COMMAND_MEMORY_MAX ((size_t)512 * 1024 * 1024)

struct command_option {
    const char *name;     /* "process-id" */
    const char *argument; /* "ID"; NULL: a switch, without a value */
    const char *help;
};

struct command_call;

struct command {
    const char *name;
    const char *group;     /* heading of the list of commands */
    const char *arguments; /* as usage shows them: "DEFINITION" */
    size_t arguments_min;
    size_t arguments_max;
    const char *summary;                                /* one line */
    const char *description;                            /* what --help says more; "" for nothing */
    const char *example;                                /* one or more lines */
    struct command_option options[COMMAND_OPTIONS_MAX]; /* the first without a name ends */
    int (*run)(struct command_call *call);
};

/* One invocation, parsed. */
struct command_call {
    const struct command *command;
    const char *const *arguments;
    size_t argument_count;
    const char *values[COMMAND_OPTIONS_MAX]; /* by option; NULL: absent; "": a switch */
    bool wants_help;
    struct settings_flag flags[COMMAND_FLAGS_MAX];
    size_t flag_count;
    char *const *environment;
    struct arena *arena;
};

/* --- The table ----------------------------------------------------------------- */

extern const struct command command_table[];
extern const size_t command_table_count;

int command_worker(struct command_call *call);
int command_dev(struct command_call *call);
int command_mock(struct command_call *call);
int command_migrate(struct command_call *call);
int command_topics(struct command_call *call);
int command_validate(struct command_call *call);
int command_simulate(struct command_call *call);
int command_render(struct command_call *call);
int command_test(struct command_call *call);
int command_catalog(struct command_call *call);
int command_eval(struct command_call *call);
int command_start(struct command_call *call);
int command_send(struct command_call *call);
int command_watch(struct command_call *call);
int command_list(struct command_call *call);
int command_show(struct command_call *call);
int command_lanes(struct command_call *call);

/* --- For main ------------------------------------------------------------------ */

/* Runs what the command line says; `arguments` are those after the program's name.
 * Returns the exit status. */
int command_line_run(const char *const *arguments, size_t count, char *const *environment);

/* Parses what follows the command's name. STATUS_REJECTED: bad use, with the nearest
 * option where one is near. */
enum status command_parse(const struct command *command, const char *const *arguments, size_t count,
                          struct arena *arena, struct command_call *call, struct error *error);

void command_print_help(const struct command *command, FILE *out);
void command_print_overview(FILE *out);

/* --- For commands ---------------------------------------------------------------- */

/* The value of an option of this command, NULL when it was not given; whether a switch
 * was. */
const char *command_option(const struct command_call *call, const char *name);
bool command_switch(const struct command_call *call, const char *name);

/* A whole number between `minimum` and `maximum`; *out keeps its value when the option
 * was not given. STATUS_REJECTED names the option and the range. */
enum status command_number(const struct command_call *call, const char *name, uint64_t minimum,
                           uint64_t maximum, uint64_t *out, struct error *error);

/* JSON given as an option: itself, or what the file holds after "@" ("@-": standard
 * input). *out keeps its value when the option was not given. */
enum status command_json(const struct command_call *call, const char *name,
                         struct json_limits limits, struct json *out, struct error *error);

/* Loads the settings of this call and configures the log by them. */
enum status command_settings(const struct command_call *call, struct settings *out,
                             struct error *error);

/* Print `xorca: message` to standard error, made printable, and return the exit status:
 * 2 when the error is STATUS_REJECTED, otherwise 1; or the one that is given. */
int command_fail(const struct error *error);
int command_fail_as(int exit_status, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
