#include "worker/dev/report.h"

#include <stdio.h>
#include <string.h>

#include "adapters/json/json_parse.h"
#include "adapters/postgres/postgres.h"
#include "core/arena.h"
#include "core/machine/interpreter.h"
#include "core/orchestration/step.h"
#include "core/orchestration/subject.h"
#include "core/writer.h"
#include "worker/history.h"
#include "worker/printable.h"
#include "worker/terminal.h"

enum {
    ROWS_READ_MAX = 100 * 1000,
    STATE_SIZE_MAX = 200,
    PROCESS_WIDTH = 28,
    STATE_WIDTH = 32,
    TYPE_WIDTH = 40,
    PICTURE_SIZE_MAX = 256 * 1024
};

/* --- The table ------------------------------------------------------------------------- */

/* {"checking":{"grounded":"asked"}} for people: checking(grounded.asked). */
static void write_state(struct writer *writer, struct json value, int depth)
{
    if (value.type == JSON_STRING)
        writer_text(writer, json_text(value));
    if (value.type != JSON_OBJECT || depth > MACHINE_STATE_DEPTH_MAX)
        return;
    for (uint32_t i = 0; i < value.count; i++) {
        const struct json_member *member = &value.as.members[i];
        bool is_empty = member->value.type == JSON_OBJECT && member->value.count == 0;
        if (i > 0)
            writer_string(writer, ", ");
        writer_text(writer, member->name);
        if (is_empty)
            continue;
        bool is_nested = member->value.type == JSON_OBJECT && member->value.count > 1;
        writer_string(writer, is_nested ? "(" : ".");
        write_state(writer, member->value, depth + 1);
        if (is_nested)
            writer_char(writer, ')');
    }
}

static const char *status_words(int status)
{
    static const char *const words[] = {"active", "completed", "failed"};
    return status >= 0 && status < 3 ? words[status] : "unknown";
}

static enum status print_row(const struct orchestration_row *row, struct arena *arena,
                             struct error *error)
{
    struct json snapshot;
    struct subject subject = {.process_id = row->subject};
    struct error ignored;
    enum status status = json_parse(arena, row->snapshot, JSON_LIMITS_DEFAULT, &snapshot, error);
    if (status != STATUS_OK)
        return error_context(error, "orchestration %.*s", TEXT_ARGS(row->subject));
    if (subject_read(arena, row->subject, &subject, &ignored) != STATUS_OK)
        subject.process_id = row->subject;
    char state[STATE_SIZE_MAX];
    struct writer writer;
    writer_init(&writer, state, sizeof state);
    const struct json *value = json_get(snapshot, "value");
    if (value != NULL)
        write_state(&writer, *value, 0);
    bool colour = terminal_has_colour(stdout);
    enum colour of = row->status == ORCHESTRATION_COMPLETED ? COLOUR_GREEN
                     : row->status == ORCHESTRATION_FAILED  ? COLOUR_RED
                                                            : COLOUR_YELLOW;
    printf("  ");
    printable_print_column(stdout, subject.process_id, PROCESS_WIDTH);
    printf(" %s%-10s%s ", terminal_colour(colour, of), status_words(row->status),
           terminal_colour(colour, COLOUR_NONE));
    printable_print_column(stdout, writer_result(&writer), STATE_WIDTH);
    printf(" %5lld %8.3f s\n", (long long)row->revision,
           (double)(row->updated_ms - row->started_ms) / 1000);
    return STATUS_OK;
}

enum status report_table(struct postgres *postgres, struct text name, struct arena *arena,
                         struct report_counts *counts, struct error *error)
{
    struct orchestration_filter filter = {.name = name, .status = -1, .limit = ROWS_READ_MAX};
    struct orchestration_row *rows;
    size_t count;
    *counts = (struct report_counts){0};
    enum status status =
        postgres_orchestrations_list(postgres, &filter, arena, &rows, &count, error);
    if (status != STATUS_OK)
        return status;
    printf("\n  %-*s %-10s %-*s %5s %10s\n", PROCESS_WIDTH, "PROCESS", "STATUS", STATE_WIDTH,
           "STATE", "STEPS", "TIME");
    for (size_t i = count; i-- > 0 && status == STATUS_OK;) {
        counts->completed += rows[i].status == ORCHESTRATION_COMPLETED;
        counts->failed += rows[i].status == ORCHESTRATION_FAILED;
        counts->active += rows[i].status == ORCHESTRATION_ACTIVE;
        if (count - i <= REPORT_ROWS_MAX)
            status = print_row(&rows[i], arena, error);
    }
    if (count > REPORT_ROWS_MAX)
        printf("  and %zu more: `xorca list` shows them\n", count - REPORT_ROWS_MAX);
    return status;
}

/* --- The picture ------------------------------------------------------------------------ */

static void print_path(const struct history *history)
{
    for (size_t i = history->count; i-- > 0;) {
        char state[STATE_SIZE_MAX];
        struct writer writer;
        writer_init(&writer, state, sizeof state);
        write_state(&writer, history->steps[i].state, 0);
        printf("    ");
        printable_print_column(stdout, history->steps[i].type, TYPE_WIDTH);
        printf(" %s ", terminal_is_utf8() ? "→" : "->");
        printable_print(stdout, writer_result(&writer), PRINTABLE_PLAIN);
        printf("\n");
    }
}

static enum status print_picture(const struct machine *machine, const struct history *history,
                                 struct arena *arena, struct error *error)
{
    struct text_list active, visited;
    struct writer writer;
    writer_init_arena(&writer, arena, PICTURE_SIZE_MAX);
    if (!history_ids(history, machine, arena, &active, &visited))
        return error_memory(error);
    machine_write_outline(machine, active, visited, terminal_is_utf8(), &writer);
    printf("%.*s\n", TEXT_ARGS(writer_result(&writer)));
    return STATUS_OK;
}

static enum status find_row(struct postgres *postgres, struct text name, struct arena *arena,
                            struct orchestration_row **row, struct error *error)
{
    struct orchestration_filter filter = {.name = name, .status = ORCHESTRATION_FAILED, .limit = 1};
    size_t count = 0;
    enum status status = postgres_orchestrations_list(postgres, &filter, arena, row, &count, error);
    if (status == STATUS_OK && count == 0) {
        filter.status = -1;
        status = postgres_orchestrations_list(postgres, &filter, arena, row, &count, error);
    }
    if (count == 0)
        *row = NULL;
    return status;
}

enum status report_picture(struct postgres *postgres, const struct machine *machine,
                           struct arena *arena, struct error *error)
{
    struct orchestration_row *row;
    struct history *history = arena_alloc(arena, sizeof *history);
    if (history == NULL)
        return error_memory(error);
    enum status status = find_row(postgres, machine_id(machine), arena, &row, error);
    if (status != STATUS_OK || row == NULL)
        return status;
    status = history_read(postgres, row, arena, history, error);
    if (status != STATUS_OK)
        return status;
    struct subject subject;
    if (subject_read(arena, row->subject, &subject, error) == STATUS_OK)
        printf("\n  the path of %.*s:\n\n", TEXT_ARGS(subject.process_id));
    print_path(history);
    printf("\n");
    return print_picture(machine, history, arena, error);
}
