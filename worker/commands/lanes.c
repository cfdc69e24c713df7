/* lanes.c - every lane, whether its PostgreSQL and its Kafka fit together, and what lets it go on
 * where they do not. */
#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "worker/command.h"
#include "worker/commands/common.h"
#include "worker/commands/lane_look.h"
#include "worker/commands/lane_resume.h"
#include "worker/printable.h"
#include "worker/terminal.h"

/* The state of a lane for a program; people read a sentence. */
static const char *state_name(const struct lane_look *look)
{
    if (look->is_foreign)
        return "other-database";
    if (look->is_behind)
        return "database-behind";
    return look->gap_count > 0 ? "gap" : "ok";
}

/* --- Looking ---------------------------------------------------------------------------- */

static void print_line(const struct lane_look *look, struct arena *arena)
{
    const struct lane_row *row = look->row;
    printf("%4d  %7lld  %10lld  %10lld  ", (int)row->lane, (long long)row->epoch,
           (long long)row->out_next - 1, (long long)lane_look_published(look));
    printable_print_column(stdout, command_time(arena, row->updated_ms), 26);
    printf("%-15s  ", state_name(look));
    printable_print(stdout, row->holder, PRINTABLE_PLAIN);
    fputc('\n', stdout);
}

static struct json gap_json(const struct lane_gap *gap, struct arena *arena)
{
    struct json_member members[] = {JSON_MEMBER("topic", json_string(gap->topic)),
                                    JSON_MEMBER("position", json_int(gap->position)),
                                    JSON_MEMBER("first", json_int(gap->first)),
                                    JSON_MEMBER("end", json_int(gap->end))};
    struct json_member *copy =
        arena_alloc_array(arena, sizeof members / sizeof *members, sizeof *copy);
    if (copy == NULL)
        return json_null();
    memcpy(copy, members, sizeof members);
    return json_object(copy, sizeof members / sizeof *members);
}

static enum status print_json_line(const struct lane_look *look, struct arena *arena,
                                   struct error *error)
{
    const struct lane_row *row = look->row;
    struct json *gaps = arena_alloc_array(arena, look->gap_count, sizeof *gaps);
    if (gaps == NULL)
        return error_memory(error);
    for (size_t i = 0; i < look->gap_count; i++)
        gaps[i] = gap_json(&look->gaps[i], arena);
    const struct json_member members[] = {
        JSON_MEMBER("lane", json_int(row->lane)),
        JSON_MEMBER("epoch", json_int(row->epoch)),
        JSON_MEMBER("stored", json_int(row->out_next - 1)),
        JSON_MEMBER("published", json_int(lane_look_published(look))),
        JSON_MEMBER("updated", json_string(command_time(arena, row->updated_ms))),
        JSON_MEMBER("holder", row->holder.data == NULL ? json_null() : json_string(row->holder)),
        JSON_MEMBER("state", json_string(text_of(state_name(look)))),
        JSON_MEMBER("gaps", json_array(gaps, look->gap_count))};
    return command_print_json(arena, json_object(members, sizeof members / sizeof *members))
               ? STATUS_OK
               : error_memory(error);
}

/* Prints each lane; *stopped counts those that cannot go on. */
static enum status show(const struct command_call *call, const struct lane_looker *looker,
                        const struct lane_row *rows, size_t count, size_t *stopped,
                        struct error *error)
{
    bool as_json = command_switch(call, "json");
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        struct lane_look look;
        status = lane_look(looker, &rows[i], &look, error);
        if (status != STATUS_OK)
            break;
        *stopped += lane_look_is_stopped(&look);
        if (as_json)
            status = print_json_line(&look, looker->arena, error);
        else
            print_line(&look, looker->arena);
    }
    return status;
}

static void print_heading(void)
{
    printf("LANE    EPOCH      STORED   PUBLISHED  %-24s  %-15s  HOLDER\n", "UPDATED", "STATE");
}

/* The lanes of every database that answers; of the others is said which they are. */
static int show_all(const struct command_call *call, struct lane_looker *looker)
{
    const struct databases *databases = &looker->settings->databases;
    size_t stopped = 0, failed = 0;
    if (!command_switch(call, "json"))
        print_heading();
    for (size_t i = 0; i < databases->count; i++) {
        struct error error;
        struct lane_row *rows;
        size_t count = 0;
        enum status status = lane_looker_read(looker, &databases->items[i], &rows, &count, &error);
        if (status == STATUS_OK)
            status = show(call, looker, rows, count, &stopped, &error);
        if (status != STATUS_OK) {
            fflush(stdout); /* what is shown before the error happened before it */
            command_fail_kafka(looker->settings, &error);
            failed++;
        }
    }
    if (stopped > 0)
        return command_fail_as(EXIT_FAILED,
                               "%zu lanes cannot go on; `xorca lanes resume --lane N` explains "
                               "why, and asks",
                               stopped);
    return failed > 0 ? EXIT_FAILED : EXIT_DONE;
}

/* --- Resuming ---------------------------------------------------------------------------- */

/* On a terminal, by "yes" and Enter. */
static bool is_confirmed(const struct command_call *call)
{
    char answer[8];
    if (command_switch(call, "yes"))
        return true;
    if (!terminal_is_one(stdin) || !terminal_is_one(stdout))
        return false;
    printf("Resume this lane? Type yes: ");
    fflush(stdout);
    return fgets(answer, sizeof answer, stdin) != NULL && strcmp(answer, "yes\n") == 0;
}

static int resume(const struct command_call *call, const struct lane_looker *looker,
                  const struct lane_row *row)
{
    struct error error;
    struct lane_look look;
    if (lane_look(looker, row, &look, &error) != STATUS_OK)
        return command_fail_kafka(looker->settings, &error);
    if (!lane_look_is_stopped(&look))
        return command_fail_as(EXIT_BAD_USE, "lane %d is fine: there is nothing to resume",
                               (int)row->lane);
    lane_resume_explain(&look);
    if (!is_confirmed(call))
        return command_fail_as(EXIT_FAILED, "nothing was done; --yes does it");
    if (lane_resume(looker, &look, &error) != STATUS_OK)
        return command_fail_kafka(looker->settings, &error);
    printf("Lane %d goes on.\n", (int)row->lane);
    return EXIT_DONE;
}

/* In the database that the settings give it to. */
static int resume_one(const struct command_call *call, struct lane_looker *looker, int32_t lane)
{
    struct error error;
    struct lane_row *rows;
    size_t count;
    const struct databases *databases = &looker->settings->databases;
    int database = databases_of_lane(databases, lane);
    if (database < 0)
        return command_fail_as(EXIT_BAD_USE, "lane %d has no database in XORCA_DATABASE_URL",
                               (int)lane);
    if (lane_looker_read(looker, &databases->items[database], &rows, &count, &error) != STATUS_OK)
        return command_fail(&error);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].lane == lane)
            return resume(call, looker, &rows[i]);
    }
    return command_fail_as(EXIT_BAD_USE, "database %s has no lane %d",
                           databases->items[database].name, (int)lane);
}

/* --- The command -------------------------------------------------------------------------- */

/* *lane is UINT64_MAX when every lane is to be shown. */
static enum status read_use(const struct command_call *call, uint64_t *lane, struct error *error)
{
    bool resumes = call->argument_count > 0;
    *lane = UINT64_MAX;
    if (resumes && strcmp(call->arguments[0], "resume") != 0)
        return error_set(error, STATUS_REJECTED, "lanes: \"%s\" is not resume", call->arguments[0]);
    if (!resumes && (command_option(call, "lane") != NULL || command_switch(call, "yes")))
        return error_set(error, STATUS_REJECTED, "--lane and --yes are for xorca lanes resume");
    if (command_number(call, "lane", 0, INT32_MAX, lane, error) != STATUS_OK)
        return error->status;
    if (resumes && *lane == UINT64_MAX)
        return error_set(error, STATUS_REJECTED, "which lane? --lane N; `xorca lanes` shows them");
    return STATUS_OK;
}

int command_lanes(struct command_call *call)
{
    struct error error;
    struct settings settings;
    struct lane_looker looker;
    uint64_t lane;
    if (read_use(call, &lane, &error) != STATUS_OK ||
        command_settings(call, &settings, &error) != STATUS_OK ||
        settings_need_kafka(&settings, &error) != STATUS_OK)
        return command_fail(&error);
    command_log_kafka();
    int exit_status;
    if (lane_looker_open(&looker, &settings, call->arena, &error) != STATUS_OK)
        exit_status = command_fail_kafka(&settings, &error);
    else if (lane == UINT64_MAX)
        exit_status = show_all(call, &looker);
    else
        exit_status = resume_one(call, &looker, (int32_t)lane);
    lane_looker_close(&looker);
    return exit_status;
}
