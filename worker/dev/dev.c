#define _XOPEN_SOURCE 700 /* nftw */

#include "worker/dev/dev.h"

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapters/postgres/postgres.h"
#include "core/arena.h"
#include "worker/commands/common.h"
#include "worker/definition.h"
#include "worker/dev/broker_process.h"
#include "worker/dev/live_view.h"
#include "worker/dev/report.h"
#include "worker/folder.h"
#include "worker/interrupt.h"
#include "worker/terminal.h"

enum {
    STOP_TIMEOUT_MS = 5000, /* of the worker, which drains; of the rest, far more than needed */
    VIEW_WAIT_MS = 50,
    START_IN_FLIGHT = 100,
    REMOVE_OPEN_FOLDERS = 16
};

/* Everything that runs, so that it can be ended in order. */
struct environment {
    const struct dev_options *options;
    const struct settings *settings;
    struct arena *arena;
    struct definition *definition; /* the first of the folder */
    char folder[PROCESS_PATH_MAX]; /* the data of this run */
    char program[PROCESS_PATH_MAX];
    char services[PROCESS_PATH_MAX]; /* "" when the folder has none */
    char input[PROCESS_PATH_MAX];    /* "@FOLDER/input.json", or "{}" */
    char variables[4][1024];         /* XORCA_… for the commands */
    struct broker_process broker;
    struct private_postgres postgres;
    struct process worker;
    struct process mock;
    struct process start;
    struct live_view *view;
};

/* --- The folder ------------------------------------------------------------------------ */

static bool exists(const char *path)
{
    return access(path, R_OK) == 0;
}

/* Compiles all definitions before anything is started, and keeps the first one. */
static enum status read_folder(struct environment *environment, struct error *error)
{
    const char *folder = environment->options->folder;
    const char **paths;
    size_t count, wrong = 0;
    enum status status = folder_list(environment->arena, folder, &paths, &count, error);
    if (status != STATUS_OK)
        return status;
    if (count == 0)
        return error_set(error, STATUS_REJECTED, "%s has no definition (*.json)", folder);
    for (size_t i = 0; i < count; i++) {
        struct definition *definition = NULL;
        struct problem_list *problems = arena_alloc(environment->arena, sizeof *problems);
        if (problems == NULL)
            return error_memory(error);
        problem_list_init(problems, environment->arena);
        status = definition_read(paths[i], environment->settings->json_limits, problems,
                                 &definition, error);
        command_print_problems(paths[i], problems);
        if (status == STATUS_FATAL)
            return status;
        wrong += status != STATUS_OK;
        if (status == STATUS_OK && environment->definition == NULL)
            environment->definition = definition;
        else
            definition_destroy(definition);
    }
    if (wrong > 0)
        return error_set(error, STATUS_REJECTED, "%zu of the %zu definitions in %s %s wrong", wrong,
                         count, folder, wrong == 1 ? "is" : "are");
    snprintf(environment->services, sizeof environment->services, "%s/services.json", folder);
    if (!exists(environment->services))
        environment->services[0] = '\0';
    snprintf(environment->input, sizeof environment->input, "@%s/input.json", folder);
    if (!exists(environment->input + 1))
        snprintf(environment->input, sizeof environment->input, "{}");
    return STATUS_OK;
}

/* --- Starting --------------------------------------------------------------------------- */

static enum status make_folder(struct environment *environment, struct error *error)
{
    const char *parent = getenv("TMPDIR");
    snprintf(environment->folder, sizeof environment->folder, "%s/xorca-dev-XXXXXX",
             parent == NULL || parent[0] == '\0' ? "/tmp" : parent);
    if (mkdtemp(environment->folder) == NULL) {
        enum status status =
            error_set(error, STATUS_UNAVAILABLE, "%s: %s", environment->folder, strerror(errno));
        environment->folder[0] = '\0';
        return status;
    }
    char cluster[PROCESS_PATH_MAX];
    snprintf(cluster, sizeof cluster, "%.4000s/postgres", environment->folder);
    /* PostgreSQL's user, when we are root, must be able to pass through. */
    if (chmod(environment->folder, 0711) != 0 || mkdir(cluster, 0700) != 0)
        return error_set(error, STATUS_UNAVAILABLE, "%s: %s", cluster, strerror(errno));
    return STATUS_OK;
}

static enum status find_program(struct environment *environment, struct error *error)
{
    ssize_t size =
        readlink("/proc/self/exe", environment->program, sizeof environment->program - 1);
    if (size < 0)
        return error_set(error, STATUS_UNAVAILABLE, "/proc/self/exe: %s", strerror(errno));
    environment->program[size] = '\0';
    return STATUS_OK;
}

static void set_variables(struct environment *environment)
{
    snprintf(environment->variables[0], sizeof environment->variables[0],
             "XORCA_KAFKA_BOOTSTRAP_SERVERS=%s", environment->broker.bootstrap);
    snprintf(environment->variables[1], sizeof environment->variables[1], "XORCA_DATABASE_URL=%s",
             environment->postgres.url);
    /* The mock cluster answers a fetch at once or at the end of its wait, never when a
     * record arrives: a short wait keeps the environment lively. */
    snprintf(environment->variables[2], sizeof environment->variables[2],
             "XORCA_KAFKA_FETCH_WAIT_MAX_MS=5");
    snprintf(environment->variables[3], sizeof environment->variables[3], "XORCA_DEFINITIONS=%s",
             environment->options->folder);
}

/* Starts one of this program's own commands. Its output goes to NAME.log in the folder of
 * the run, or to ours when `name` is NULL. */
static enum status start_command(struct environment *environment, struct process *process,
                                 const char *name, const char *const *arguments,
                                 struct error *error)
{
    char log[PROCESS_PATH_MAX];
    snprintf(log, sizeof log, "%.4000s/%s.log", environment->folder, name == NULL ? "" : name);
    struct process_start start = {
        .name = name == NULL ? arguments[1] : name,
        .arguments = arguments,
        .environment = {environment->variables[0], environment->variables[1],
                        environment->variables[2], environment->variables[3]},
        .log_path = name == NULL ? NULL : log,
        .death_signal = SIGTERM,
    };
    return process_start(process, &start, error);
}

static enum status run_command(struct environment *environment, const char *name,
                               const char *const *arguments, struct error *error)
{
    struct process process;
    enum status status = start_command(environment, &process, name, arguments, error);
    return status == STATUS_OK ? process_wait(&process, error) : status;
}

static enum status prepare(struct environment *environment, struct error *error)
{
    const char *program = environment->program;
    char lanes[16];
    snprintf(lanes, sizeof lanes, "%d", DEV_LANES);
    const char *const migrate[] = {program, "migrate", NULL};
    const char *const topics[] = {
        program, "topics", environment->options->folder, "--create", "--partitions", lanes, NULL};
    enum status status = run_command(environment, "migrate", migrate, error);
    return status == STATUS_OK ? run_command(environment, "topics", topics, error) : status;
}

static enum status start_services(struct environment *environment, struct error *error)
{
    const char *program = environment->program;
    const char *const worker[] = {program, "worker", NULL};
    const char *const mock[] = {program, "mock", environment->services, NULL};
    enum status status = start_command(environment, &environment->worker, "worker", worker, error);
    if (status == STATUS_OK && environment->services[0] != '\0')
        status = start_command(environment, &environment->mock, "mock", mock, error);
    return status;
}

static void print_addresses(const struct environment *environment)
{
    bool colour = terminal_has_colour(stdout);
    const char *bold = terminal_colour(colour, COLOUR_BOLD);
    const char *none = terminal_colour(colour, COLOUR_NONE);
    printf("  broker      %s%s%s   (embedded: %s)\n", bold, environment->broker.bootstrap, none,
           broker_process_limits);
    printf("  PostgreSQL  %s%s%s\n", bold, environment->postgres.url, none);
    printf("  logs        %s\n\n", environment->folder);
    struct text_list emitted = machine_emitted_types(environment->definition->machine);
    if (emitted.count > 0)
        printf("  kcat -b %s -C -t %.*s -o beginning -q -e\n", environment->broker.bootstrap,
               TEXT_ARGS(emitted.items[0]));
    printf("  psql '%s' -c 'select subject, status, state from xorca.orchestrations'\n\n",
           environment->postgres.url);
    fflush(stdout);
}

static enum status start_all(struct environment *environment, struct error *error)
{
    char cluster[PROCESS_PATH_MAX];
    printf("xorca dev %s\n\n", environment->options->folder);
    fflush(stdout);
    enum status status = find_program(environment, error);
    if (status == STATUS_OK) /* first, for it must be forked before there are threads */
        status = broker_process_start(&environment->broker, DEV_LANES, error);
    if (status == STATUS_OK)
        status = make_folder(environment, error);
    if (status != STATUS_OK)
        return status;
    snprintf(cluster, sizeof cluster, "%.4000s/postgres", environment->folder);
    status = private_postgres_start(&environment->postgres, cluster, error);
    if (status != STATUS_OK)
        return status;
    set_variables(environment);
    status = prepare(environment, error);
    if (status == STATUS_OK)
        status = start_services(environment, error);
    if (status == STATUS_OK)
        print_addresses(environment);
    return status;
}

/* --- Running ----------------------------------------------------------------------------- */

static enum status start_orchestrations(struct environment *environment, struct error *error)
{
    char name[256], version[64], count[32], in_flight[16];
    snprintf(name, sizeof name, "%.*s", TEXT_ARGS(environment->definition->name));
    /* Given, it need not be looked up: the worker may not have registered it yet. */
    snprintf(version, sizeof version, "%.*s", TEXT_ARGS(environment->definition->version));
    snprintf(count, sizeof count, "%llu", (unsigned long long)environment->options->start_count);
    snprintf(in_flight, sizeof in_flight, "%d", START_IN_FLIGHT);
    const char *const arguments[] = {environment->program,
                                     "start",
                                     name,
                                     "--version",
                                     version,
                                     "--input",
                                     environment->input,
                                     "--count",
                                     count,
                                     "--in-flight",
                                     in_flight,
                                     "--wait",
                                     NULL};
    return start_command(environment, &environment->start, NULL, arguments, error);
}

/* A part that ended by itself is the end of the environment. */
static enum status check_parts(struct environment *environment, struct error *error)
{
    struct process *const parts[] = {&environment->broker.process, &environment->postgres.server,
                                     &environment->worker};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (process_has_ended(parts[i]))
            return process_error(parts[i], error);
    }
    if (environment->services[0] != '\0' && process_has_ended(&environment->mock))
        return process_error(&environment->mock, error);
    return STATUS_OK;
}

/* Shows what happens until Ctrl-C or, with --start, until all have ended. */
static enum status follow(struct environment *environment, struct error *error)
{
    bool is_counted = environment->options->start_count > 0;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && !interrupt_requested()) {
        status = live_view_turn(environment->view, VIEW_WAIT_MS, error);
        if (is_counted && process_has_ended(&environment->start))
            break;
        if (status == STATUS_OK)
            status = check_parts(environment, error);
    }
    return status;
}

static enum status report(struct environment *environment, bool *all_completed, struct error *error)
{
    struct postgres *postgres = NULL;
    struct report_counts counts = {0};
    enum status status = postgres_connect(&postgres, environment->postgres.url, "xorca dev", error);
    if (status == STATUS_OK)
        status = report_table(postgres, environment->definition->name, environment->arena, &counts,
                              error);
    if (status == STATUS_OK)
        status =
            report_picture(postgres, environment->definition->machine, environment->arena, error);
    postgres_close(postgres);
    if (status != STATUS_OK)
        return status;
    *all_completed = counts.completed == environment->options->start_count;
    printf("%zu completed, %zu failed, %zu not finished\n", counts.completed, counts.failed,
           counts.active);
    return STATUS_OK;
}

static enum status run(struct environment *environment, bool *all_completed, struct error *error)
{
    bool is_counted = environment->options->start_count > 0;
    struct kafka_property properties[] = {
        {"bootstrap.servers", environment->broker.bootstrap},
        {"fetch.wait.max.ms", "5"},
    };
    enum status status = live_view_create(
        &environment->view, (struct kafka_properties){properties, 2}, is_counted, error);
    if (status == STATUS_OK && is_counted)
        status = start_orchestrations(environment, error);
    if (status == STATUS_OK)
        status = follow(environment, error);
    if (status == STATUS_OK && is_counted && !interrupt_requested())
        status = report(environment, all_completed, error);
    return status;
}

/* --- The end ------------------------------------------------------------------------------- */

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *walk)
{
    (void)info;
    (void)type;
    (void)walk;
    return remove(path);
}

static void end_all(struct environment *environment)
{
    live_view_destroy(environment->view);
    process_stop(&environment->start, SIGTERM, STOP_TIMEOUT_MS);
    process_stop(&environment->worker, SIGTERM, STOP_TIMEOUT_MS);
    process_stop(&environment->mock, SIGTERM, STOP_TIMEOUT_MS);
    private_postgres_stop(&environment->postgres);
    broker_process_stop(&environment->broker);
    definition_destroy(environment->definition);
    if (environment->folder[0] == '\0')
        return;
    if (environment->options->keeps_data)
        printf("data and logs are kept in %s\n", environment->folder);
    else if (nftw(environment->folder, remove_one, REMOVE_OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS) != 0)
        fprintf(stderr, "xorca: %s could not be removed: %s\n", environment->folder,
                strerror(errno));
}

enum status dev_run(const struct dev_options *options, const struct settings *settings,
                    struct arena *arena, bool *all_completed, struct error *error)
{
    struct environment *environment = calloc(1, sizeof *environment);
    if (environment == NULL)
        return error_memory(error);
    environment->options = options;
    environment->settings = settings;
    environment->arena = arena;
    environment->broker.pipe = -1;
    *all_completed = false;
    interrupt_install();
    enum status status = read_folder(environment, error);
    if (status == STATUS_OK)
        status = start_all(environment, error);
    if (status == STATUS_OK)
        status = run(environment, all_completed, error);
    end_all(environment);
    free(environment);
    return status;
}
