/* show.c - one orchestration as PostgreSQL has it, found by its subject or process id. */

#include "adapters/json/json_parse.h"
#include "adapters/postgres/postgres.h"
#include "core/arena.h"
#include "core/machine/interpreter.h"
#include "core/orchestration/step.h"
#include "core/writer.h"
#include "worker/command.h"
#include "worker/commands/common.h"
#include "worker/commands/find.h"
#include "worker/definition.h"
#include "worker/printable.h"

/* The longest document or picture that is printed. */
#define PRINT_SIZE_MAX ((size_t)64 * 1024 * 1024)

/* What was stored passed its limits when it came; it is read whatever they are today. */
static const struct json_limits stored_limits = {JSON_WALK_DEPTH_MAX, SIZE_MAX};

/* --- Printing ----------------------------------------------------------------------- */

struct details {
    const struct orchestration_row *row;
    struct text process_id;
    struct json input;
    struct json snapshot;
};

static enum status read_details(struct arena *arena, const struct orchestration_row *row,
                                struct details *out, struct error *error)
{
    struct subject subject;
    struct error ignored;
    *out = (struct details){.row = row, .process_id = row->subject};
    if (subject_read(arena, row->subject, &subject, &ignored) == STATUS_OK)
        out->process_id = subject.process_id;
    if (json_parse(arena, row->input, stored_limits, &out->input, error) != STATUS_OK)
        return error_context(error, "stored input");
    if (json_parse(arena, row->snapshot, stored_limits, &out->snapshot, error) != STATUS_OK)
        return error_context(error, "stored snapshot");
    return STATUS_OK;
}

static void print_text(const char *label, struct text text)
{
    printf("%-14s ", label);
    printable_print(stdout, text, PRINTABLE_PLAIN);
    fputc('\n', stdout);
}

/* JSON is escaped where it must be; what is legal in it and obeyed by a terminal is
 * escaped here, line by line. */
static enum status print_pretty(struct arena *arena, const char *label, struct json value,
                                struct error *error)
{
    struct writer writer;
    writer_init_arena(&writer, arena, PRINT_SIZE_MAX);
    json_write_pretty(&writer, value);
    if (writer.overflowed)
        return error_set(error, STATUS_FATAL, "%s is too large to be printed", label);
    printf("%s\n", label);
    command_print_lines(stdout, writer_result(&writer), "  ");
    return STATUS_OK;
}

static void print_timers(struct arena *arena, struct json snapshot)
{
    const struct json *own = json_get(snapshot, "xorca");
    const struct json *timers = own == NULL ? NULL : json_get(*own, "timers");
    for (uint32_t i = 0; timers != NULL && timers->type == JSON_ARRAY && i < timers->count; i++) {
        const struct json *due = json_get(timers->as.items[i], "due");
        printf("%-14s ", i == 0 ? "timers" : "");
        if (due != NULL && due->type == JSON_INT)
            printable_print(stdout, command_time(arena, due->as.integer), PRINTABLE_PLAIN);
        fputc(' ', stdout);
        printable_print(stdout, json_get_string(timers->as.items[i], "id"), PRINTABLE_PLAIN);
        fputc('\n', stdout);
    }
}

static enum status print_for_people(struct arena *arena, const struct details *details,
                                    struct error *error)
{
    const struct orchestration_row *row = details->row;
    const struct json *value = json_get(details->snapshot, "value");
    const struct json *context = json_get(details->snapshot, "context");
    const struct json *output = json_get(details->snapshot, "output");
    print_text("process id", details->process_id);
    print_text("name", row->name);
    print_text("version", row->version);
    print_text("subject", row->subject);
    print_text("status", text_of(command_status_name(row->status)));
    if (value != NULL)
        print_text("state", command_state(arena, *value));
    printf("%-14s %lld\n", "revision", (long long)row->revision);
    printf("%-14s %d\n", "lane", (int)row->lane);
    print_text("started", command_time(arena, row->started_ms));
    print_text("updated", command_time(arena, row->updated_ms));
    print_text("correlation id", row->correlation_id);
    print_timers(arena, details->snapshot);
    if (print_pretty(arena, "input", details->input, error) != STATUS_OK ||
        (context != NULL && print_pretty(arena, "context", *context, error) != STATUS_OK) ||
        (output != NULL && print_pretty(arena, "output", *output, error) != STATUS_OK))
        return error->status;
    return STATUS_OK;
}

static enum status print_for_programs(struct arena *arena, const struct details *details,
                                      struct error *error)
{
    const struct orchestration_row *row = details->row;
    const struct json_member members[] = {
        JSON_MEMBER("subject", json_string(row->subject)),
        JSON_MEMBER("process_id", json_string(details->process_id)),
        JSON_MEMBER("name", json_string(row->name)),
        JSON_MEMBER("version", json_string(row->version)),
        JSON_MEMBER("status", json_string(text_of(command_status_name(row->status)))),
        JSON_MEMBER("revision", json_int(row->revision)),
        JSON_MEMBER("lane", json_int(row->lane)),
        JSON_MEMBER("started", json_string(command_time(arena, row->started_ms))),
        JSON_MEMBER("updated", json_string(command_time(arena, row->updated_ms))),
        JSON_MEMBER("correlation_id", json_string(row->correlation_id)),
        JSON_MEMBER("input", details->input),
        JSON_MEMBER("snapshot", details->snapshot)};
    if (!command_print_json(arena, json_object(members, sizeof members / sizeof *members)))
        return error_set(error, STATUS_FATAL, "the orchestration is too large to be printed");
    return STATUS_OK;
}

/* --- The picture -------------------------------------------------------------------- */

static enum status print_picture(struct arena *arena, const struct definition *definition,
                                 struct json stored, struct error *error)
{
    struct snapshot snapshot;
    struct text_list active, visited = {NULL, 0};
    struct writer writer;
    if (snapshot_from_json(definition->machine, stored, arena, &snapshot, error) != STATUS_OK)
        return error_context(error, "stored snapshot");
    if (!snapshot_active_ids(definition->machine, &snapshot, arena, &active))
        return error_memory(error);
    writer_init_arena(&writer, arena, PRINT_SIZE_MAX);
    machine_write_mermaid(definition->machine, active, visited, &writer);
    if (writer.overflowed)
        return error_set(error, STATUS_FATAL, "the picture is too large to be printed");
    fwrite(writer.data, 1, writer.size, stdout);
    return STATUS_OK;
}

static enum status find_source(struct postgres *postgres, const struct orchestration_row *row,
                               struct arena *arena, struct text *out, struct error *error)
{
    struct definition_record *records;
    size_t count;
    if (command_find_definitions(postgres, row->name, arena, &records, &count, error) != STATUS_OK)
        return error->status;
    for (size_t i = 0; i < count; i++) {
        if (text_equal(records[i].version, row->version)) {
            *out = records[i].source;
            return STATUS_OK;
        }
    }
    return error_set(error, STATUS_FATAL, "version %.*s of %.*s is not registered",
                     TEXT_ARGS(row->version), TEXT_ARGS(row->name));
}

static enum status draw(struct postgres *postgres, const struct details *details,
                        struct arena *arena, struct error *error)
{
    struct text source;
    struct definition *definition = NULL;
    struct problem_list *problems = arena_alloc(arena, sizeof *problems);
    if (problems == NULL)
        return error_memory(error);
    problem_list_init(problems, arena);
    if (find_source(postgres, details->row, arena, &source, error) != STATUS_OK ||
        definition_compile(source, stored_limits, problems, &definition, error) != STATUS_OK)
        return error->status;
    enum status status = print_picture(arena, definition, details->snapshot, error);
    definition_destroy(definition);
    return status;
}

/* --- The command -------------------------------------------------------------------- */

static enum status show(struct command_call *call, struct postgres *postgres,
                        const struct orchestration_row *row, struct error *error)
{
    struct details details;
    if (read_details(call->arena, row, &details, error) != STATUS_OK)
        return error->status;
    if (command_switch(call, "diagram"))
        return draw(postgres, &details, call->arena, error);
    if (command_switch(call, "json"))
        return print_for_programs(call->arena, &details, error);
    return print_for_people(call->arena, &details, error);
}

int command_show(struct command_call *call)
{
    struct error error;
    struct settings settings;
    struct orchestration_row row;
    struct postgres *postgres = NULL;
    if (command_settings(call, &settings, &error) != STATUS_OK)
        return command_fail(&error);
    if (command_switch(call, "diagram") && command_switch(call, "json"))
        return command_fail_as(EXIT_BAD_USE, "--diagram and --json: one of them");
    enum status status = command_find_orchestration(&settings, text_of(call->arguments[0]),
                                                    call->arena, &postgres, &row, &error);
    if (status == STATUS_OK)
        status = show(call, postgres, &row, &error);
    postgres_close(postgres);
    return status == STATUS_OK ? EXIT_DONE : command_fail(&error);
}
