#include "worker/commands/explain.h"

#include "core/arena.h"
#include "core/writer.h"
#include "worker/commands/common.h"
#include "worker/printable.h"

/* All that is printed of one event. */
#define TEXT_SIZE_MAX ((size_t)64 * 1024 * 1024)

enum status explanation_init(struct explanation *explanation, const struct machine *machine,
                             struct error *error)
{
    *explanation = (struct explanation){.machine = machine, .context = json_object(NULL, 0)};
    explanation->trace_arena = arena_create(SIMULATION_MEMORY_MAX);
    explanation->context_arena = arena_create(SIMULATION_MEMORY_MAX);
    explanation->text = arena_create(SIMULATION_MEMORY_MAX);
    if (explanation->trace_arena == NULL || explanation->context_arena == NULL ||
        explanation->text == NULL)
        return error_memory(error);
    trace_init(&explanation->trace, explanation->trace_arena);
    return STATUS_OK;
}

void explanation_destroy(struct explanation *explanation)
{
    arena_destroy(explanation->trace_arena);
    arena_destroy(explanation->context_arena);
    arena_destroy(explanation->text);
}

void explanation_begin(struct explanation *explanation)
{
    arena_reset(explanation->trace_arena);
    arena_reset(explanation->text);
    trace_init(&explanation->trace, explanation->trace_arena);
}

static void write_json_line(struct writer *writer, const char *what, struct text name,
                            const char *between, struct json value)
{
    writer_string(writer, what);
    writer_text(writer, name);
    writer_string(writer, between);
    json_write(writer, value);
    writer_char(writer, '\n');
}

static void write_effect(struct writer *writer, const struct effect *effect)
{
    const struct json *data = json_get(effect->value, "data");
    switch (effect->kind) {
    case EFFECT_EMIT:
        write_json_line(writer, "  emits      ", json_get_string(effect->value, "type"), " ",
                        data == NULL ? json_null() : *data);
        return;
    case EFFECT_LOG: write_json_line(writer, "  logs", TEXT_NONE, "       ", effect->value); return;
    case EFFECT_SCHEDULE:
        writer_string(writer, "  starts     timer ");
        writer_text(writer,
                    effect->id.data != NULL ? effect->id : json_get_string(effect->value, "type"));
        writer_string(writer, ", due in ");
        writer_int64(writer, effect->delay_ms);
        writer_string(writer, " ms\n");
        return;
    case EFFECT_CANCEL:
        writer_string(writer, "  cancels    timer ");
        writer_text(writer, effect->id);
        writer_char(writer, '\n');
        return;
    }
}

/* The members that are not as they were last shown. */
static void write_changes(struct writer *writer, struct json before, struct json after)
{
    for (uint32_t i = 0; i < after.count; i++) {
        const struct json_member *member = &after.as.members[i];
        const struct json *old = json_get_text(before, member->name);
        if (old == NULL || !json_equal(*old, member->value))
            write_json_line(writer, "  sets       ", member->name, " = ", member->value);
    }
}

static enum status write_state(struct explanation *explanation, const struct snapshot *snapshot,
                               struct writer *writer, struct error *error)
{
    struct json value, context;
    if (!snapshot_value(explanation->machine, snapshot, explanation->text, &value))
        return error_memory(error);
    write_changes(writer, explanation->context, snapshot->context);
    arena_reset(explanation->context_arena);
    if (!json_copy(explanation->context_arena, snapshot->context, &context))
        return error_memory(error);
    explanation->context = context;
    writer_string(writer, "  state      ");
    writer_text(writer, command_state(explanation->text, value));
    if (snapshot->status != MACHINE_ACTIVE) {
        writer_string(writer, ", ");
        writer_string(writer, machine_status_name(snapshot->status));
    }
    writer_char(writer, '\n');
    if (snapshot->has_output)
        write_json_line(writer, "  output", TEXT_NONE, "     ", snapshot->output);
    return STATUS_OK;
}

enum status explanation_print(struct explanation *explanation, const struct simulation *simulation,
                              bool has_state, struct error *error)
{
    const struct simulation_report *report = simulation_report(simulation);
    struct writer writer;
    writer_init_arena(&writer, explanation->text, TEXT_SIZE_MAX);
    trace_write(explanation->machine, &explanation->trace, "  ", &writer);
    for (size_t i = 0; i < report->effect_count; i++)
        write_effect(&writer, &report->effects[i]);
    if (report->problem.status != STATUS_OK) {
        writer_string(&writer, "  error      ");
        writer_string(&writer, report->problem.message);
        writer_string(&writer, ": nothing changed\n");
    }
    if (has_state &&
        write_state(explanation, simulation_snapshot(simulation), &writer, error) != STATUS_OK)
        return error->status;
    if (writer.overflowed)
        return error_set(error, STATUS_FATAL, "an explanation of more than %zu bytes",
                         TEXT_SIZE_MAX);
    command_print_lines(stdout, writer_result(&writer), "");
    fputc('\n', stdout);
    fflush(stdout);
    return STATUS_OK;
}
