/* list.c - orchestrations as PostgreSQL has them, newest first. */
#include <string.h>

#include "adapters/json/json_parse.h"
#include "adapters/postgres/postgres.h"
#include "core/arena.h"
#include "core/orchestration/step.h"
#include "worker/command.h"
#include "worker/commands/common.h"
#include "worker/printable.h"
#include "worker/terminal.h"

enum { LIMIT_DEFAULT = 50, LIMIT_MAX = 100000, TIME_WIDTH = 24 };

struct line {
    struct text process_id;
    struct text state;
    struct text started;
    struct text updated;
};

/* What people read of a row. A snapshot that is not readable shows no state: the row is
 * listed all the same. */
static struct line read_line(struct arena *arena, const struct orchestration_row *row)
{
    struct error ignored;
    struct json snapshot;
    struct subject subject;
    struct line line = {.process_id = row->subject,
                        .started = command_time(arena, row->started_ms),
                        .updated = command_time(arena, row->updated_ms)};
    if (subject_read(arena, row->subject, &subject, &ignored) == STATUS_OK)
        line.process_id = subject.process_id;
    struct json_limits limits = {JSON_WALK_DEPTH_MAX, SIZE_MAX};
    if (json_parse(arena, row->snapshot, limits, &snapshot, &ignored) == STATUS_OK) {
        const struct json *value = json_get(snapshot, "value");
        if (value != NULL)
            line.state = command_state(arena, *value);
    }
    return line;
}

static enum colour status_colour(int status)
{
    if (status == ORCHESTRATION_COMPLETED)
        return COLOUR_GREEN;
    return status == ORCHESTRATION_FAILED ? COLOUR_RED : COLOUR_YELLOW;
}

static size_t wider(size_t width, struct text text)
{
    size_t own = printable_width(text);
    return own > width ? own : width;
}

static enum status print_table(struct arena *arena, const struct orchestration_row *rows,
                               size_t count, struct error *error)
{
    bool colour = terminal_has_colour(stdout);
    size_t process_width = strlen("PROCESS"), name_width = strlen("NAME"),
           version_width = strlen("VERSION");
    struct line *lines = arena_alloc_array(arena, count, sizeof *lines);
    if (lines == NULL)
        return error_memory(error);
    for (size_t i = 0; i < count; i++) {
        lines[i] = read_line(arena, &rows[i]);
        process_width = wider(process_width, lines[i].process_id);
        name_width = wider(name_width, rows[i].name);
        version_width = wider(version_width, rows[i].version);
    }
    printf("%-*s  %-*s  %-*s  %-9s  %-*s  %-*s  STATE\n", (int)process_width, "PROCESS",
           (int)name_width, "NAME", (int)version_width, "VERSION", "STATUS", TIME_WIDTH, "STARTED",
           TIME_WIDTH, "UPDATED");
    for (size_t i = 0; i < count; i++) {
        printable_print_column(stdout, lines[i].process_id, process_width + 2);
        printable_print_column(stdout, rows[i].name, name_width + 2);
        printable_print_column(stdout, rows[i].version, version_width + 2);
        printf("%s%-9s%s  ", terminal_colour(colour, status_colour(rows[i].status)),
               command_status_name(rows[i].status), terminal_colour(colour, COLOUR_NONE));
        printable_print_column(stdout, lines[i].started, TIME_WIDTH + 2);
        printable_print_column(stdout, lines[i].updated, TIME_WIDTH + 2);
        printable_print(stdout, lines[i].state, PRINTABLE_PLAIN);
        fputc('\n', stdout);
    }
    return STATUS_OK;
}

static enum status print_json_line(struct arena *arena, const struct orchestration_row *row,
                                   struct error *error)
{
    struct arena_mark mark = arena_mark(arena);
    struct line line = read_line(arena, row);
    const struct json_member members[] = {
        JSON_MEMBER("subject", json_string(row->subject)),
        JSON_MEMBER("process_id", json_string(line.process_id)),
        JSON_MEMBER("name", json_string(row->name)),
        JSON_MEMBER("version", json_string(row->version)),
        JSON_MEMBER("status", json_string(text_of(command_status_name(row->status)))),
        JSON_MEMBER("state", json_string(line.state)),
        JSON_MEMBER("revision", json_int(row->revision)),
        JSON_MEMBER("lane", json_int(row->lane)),
        JSON_MEMBER("started", json_string(line.started)),
        JSON_MEMBER("updated", json_string(line.updated)),
        JSON_MEMBER("due", row->due_ms == 0 ? json_null()
                                            : json_string(command_time(arena, row->due_ms)))};
    bool printed =
        command_print_json(arena, json_object(members, sizeof members / sizeof *members));
    arena_rewind(arena, mark);
    return printed ? STATUS_OK : error_memory(error);
}

static enum status read_status(const struct command_call *call, int *status, struct error *error)
{
    static const int statuses[] = {ORCHESTRATION_ACTIVE, ORCHESTRATION_COMPLETED,
                                   ORCHESTRATION_FAILED};
    const char *value = command_option(call, "status");
    *status = -1;
    for (size_t i = 0; value != NULL && i < sizeof statuses / sizeof *statuses; i++) {
        if (strcmp(value, command_status_name(statuses[i])) == 0)
            *status = statuses[i];
    }
    if (value != NULL && *status < 0)
        return error_set(error, STATUS_REJECTED,
                         "--status: \"%s\" is none of active, completed, failed", value);
    return STATUS_OK;
}

/* What one database has, newest first. */
struct part {
    struct orchestration_row *rows;
    size_t count;
    size_t taken;
};

static enum status read_part(const struct database *database,
                             const struct orchestration_filter *filter, struct arena *arena,
                             struct part *part, struct error *error)
{
    struct postgres *postgres = NULL;
    if (command_connect(database, &postgres, error) != STATUS_OK)
        return error->status;
    enum status status =
        postgres_orchestrations_list(postgres, filter, arena, &part->rows, &part->count, error);
    postgres_close(postgres);
    return status == STATUS_OK ? STATUS_OK : error_context(error, "database %s", database->name);
}

/* The newest row of all parts; NULL: there are no more. */
static const struct orchestration_row *take_newest(struct part *parts, size_t part_count)
{
    struct part *newest = NULL;
    for (size_t i = 0; i < part_count; i++) {
        struct part *part = &parts[i];
        if (part->taken < part->count &&
            (newest == NULL ||
             part->rows[part->taken].started_ms > newest->rows[newest->taken].started_ms))
            newest = part;
    }
    return newest == NULL ? NULL : &newest->rows[newest->taken++];
}

/* All databases together. One that is away fails the list: it would be no list of all. */
static enum status read_rows(const struct databases *databases,
                             const struct orchestration_filter *filter, struct arena *arena,
                             struct orchestration_row **out, size_t *count, struct error *error)
{
    struct part parts[DATABASES_MAX] = {{NULL, 0, 0}};
    size_t sum = 0;
    for (size_t i = 0; i < databases->count; i++) {
        if (read_part(&databases->items[i], filter, arena, &parts[i], error) != STATUS_OK)
            return error->status;
        sum += parts[i].count;
    }
    struct orchestration_row *rows = arena_alloc_array(arena, sum, sizeof *rows);
    if (rows == NULL)
        return error_memory(error);
    const struct orchestration_row *row;
    *count = 0;
    while (*count < filter->limit && (row = take_newest(parts, databases->count)) != NULL)
        rows[(*count)++] = *row;
    *out = rows;
    return STATUS_OK;
}

static enum status list(struct command_call *call, const struct settings *settings,
                        const struct orchestration_filter *filter, struct error *error)
{
    struct orchestration_row *rows;
    size_t count = 0;
    enum status status = read_rows(&settings->databases, filter, call->arena, &rows, &count, error);
    if (status != STATUS_OK)
        return status;
    if (!command_switch(call, "json"))
        return print_table(call->arena, rows, count, error);
    for (size_t i = 0; status == STATUS_OK && i < count; i++)
        status = print_json_line(call->arena, &rows[i], error);
    return status;
}

int command_list(struct command_call *call)
{
    struct error error;
    struct settings settings;
    uint64_t limit = LIMIT_DEFAULT;
    struct orchestration_filter filter = {.name = text_of(command_option(call, "name")),
                                          .state = text_of(command_option(call, "state"))};
    if (command_settings(call, &settings, &error) != STATUS_OK ||
        read_status(call, &filter.status, &error) != STATUS_OK ||
        command_number(call, "limit", 1, LIMIT_MAX, &limit, &error) != STATUS_OK)
        return command_fail(&error);
    filter.limit = (size_t)limit;
    return list(call, &settings, &filter, &error) == STATUS_OK ? EXIT_DONE : command_fail(&error);
}
