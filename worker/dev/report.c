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
#include "worker/printable.h"
#include "worker/terminal.h"

enum {
    ROWS_READ_MAX = 100 * 1000,
    PATH_STEPS_MAX = 256, /* of one orchestration's history; older ones are left out */
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

/* One step of the past, as the journal has it. */
struct past {
    struct text type;
    struct json state;
};

struct history {
    struct past steps[PATH_STEPS_MAX]; /* newest first */
    size_t count;
};

/* The orchestration's steps in one journal row, newest first, and where to go on. */
static void collect_steps(struct json events, const char *id, struct history *history,
                          int64_t *number, int64_t *at_ms)
{
    *number = 0;
    for (uint32_t i = events.count; i-- > 0;) {
        struct json event = events.as.items[i];
        if (!text_is(json_get_string(event, "id"), id) || history->count == PATH_STEPS_MAX)
            continue;
        const struct json *state = json_get(event, "state");
        const struct json *previous = json_get(event, "prev");
        history->steps[history->count++] =
            (struct past){json_get_string(event, "type"), state == NULL ? json_null() : *state};
        if (previous != NULL && previous->type == JSON_ARRAY && previous->count == 2) {
            *number = previous->as.items[0].as.integer;
            *at_ms = previous->as.items[1].as.integer;
        }
    }
}

static enum status read_history(struct postgres *postgres, const struct orchestration_row *row,
                                struct arena *arena, struct history *history, struct error *error)
{
    struct json_limits limits = {JSON_WALK_DEPTH_MAX, 64 * JSON_SIZE_MAX};
    char id[UUID_TEXT_SIZE];
    hash_uuid(row->id, id);
    int64_t number = row->journal_last, at_ms = row->updated_ms;
    while (number > 0 && history->count < PATH_STEPS_MAX) {
        struct text text;
        struct json events;
        enum status status =
            postgres_journal_read(postgres, row->lane, number, at_ms, arena, &text, error);
        if (status != STATUS_OK || text.size == 0)
            return status;
        status = json_parse(arena, text, limits, &events, error);
        if (status != STATUS_OK)
            return status;
        if (events.type != JSON_ARRAY)
            break;
        collect_steps(events, id, history, &number, &at_ms);
    }
    return STATUS_OK;
}

/* The ids of the states that are active in a state value. */
static bool ids_of_value(const struct machine *machine, struct json value, struct arena *arena,
                         struct text_list *out)
{
    struct json_member members[] = {
        JSON_MEMBER("status", json_string(TEXT("active"))),
        JSON_MEMBER("value", value),
        JSON_MEMBER("context", json_object(NULL, 0)),
        JSON_MEMBER("historyValue", json_object(NULL, 0)),
        JSON_MEMBER("children", json_object(NULL, 0)),
    };
    struct snapshot snapshot;
    struct error ignored;
    return snapshot_from_json(machine, json_object(members, 5), arena, &snapshot, &ignored) ==
               STATUS_OK &&
           snapshot_active_ids(machine, &snapshot, arena, out);
}

/* All ids of the path together; repetitions do no harm. */
static bool visited_ids(const struct machine *machine, const struct history *history,
                        struct arena *arena, struct text_list *out)
{
    struct text *items = NULL;
    size_t count = 0;
    for (size_t i = 0; i < history->count; i++) {
        struct text_list ids;
        if (!ids_of_value(machine, history->steps[i].state, arena, &ids))
            continue;
        struct text *joined = arena_alloc_array(arena, count + ids.count, sizeof *joined);
        if (joined == NULL)
            return false;
        if (count > 0)
            memcpy(joined, items, count * sizeof *joined);
        if (ids.count > 0)
            memcpy(joined + count, ids.items, ids.count * sizeof *joined);
        items = joined;
        count += ids.count;
    }
    *out = (struct text_list){items, count};
    return true;
}

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
    struct text_list active = {0}, visited = {0};
    struct writer writer;
    writer_init_arena(&writer, arena, PICTURE_SIZE_MAX);
    if (!visited_ids(machine, history, arena, &visited))
        return error_memory(error);
    if (history->count > 0)
        ids_of_value(machine, history->steps[0].state, arena, &active);
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
    status = read_history(postgres, row, arena, history, error);
    if (status != STATUS_OK)
        return status;
    struct subject subject;
    if (subject_read(arena, row->subject, &subject, error) == STATUS_OK)
        printf("\n  the path of %.*s:\n\n", TEXT_ARGS(subject.process_id));
    print_path(history);
    printf("\n");
    return print_picture(machine, history, arena, error);
}
