/* render.c - the picture of a definition, and of an orchestration's path through it. */
#include <stdio.h>
#include <string.h>

#include "adapters/json/json_parse.h"
#include "adapters/postgres/postgres.h"
#include "core/arena.h"
#include "core/machine/machine.h"
#include "core/writer.h"
#include "worker/command.h"
#include "worker/commands/common.h"
#include "worker/commands/find.h"
#include "worker/definition.h"
#include "worker/graphviz.h"
#include "worker/history.h"

/* The largest picture that is printed. */
#define PICTURE_SIZE_MAX ((size_t)64 * 1024 * 1024)

enum format { FORMAT_MERMAID = 0, FORMAT_DOT, FORMAT_SVG };

/* What is marked; nothing without --subject. */
struct marks {
    struct text_list active;
    struct text_list visited;
};

static enum status read_format(const struct command_call *call, enum format *out,
                               struct error *error)
{
    static const struct text names[] = {TEXT_INIT("mermaid"), TEXT_INIT("dot"), TEXT_INIT("svg")};
    const char *value = command_option(call, "format");
    *out = FORMAT_MERMAID;
    for (size_t i = 0; value != NULL && i < sizeof names / sizeof names[0]; i++) {
        if (text_is(names[i], value)) {
            *out = (enum format)i;
            return STATUS_OK;
        }
    }
    if (value == NULL)
        return STATUS_OK;
    return error_set(error, STATUS_REJECTED, "--format: \"%s\" is none of mermaid, dot, svg",
                     value);
}

/* --- The orchestration -------------------------------------------------------------------- */

static enum status check_row(const struct orchestration_row *row,
                             const struct definition *definition, struct error *error)
{
    if (text_equal(row->name, definition->name) && text_equal(row->version, definition->version))
        return STATUS_OK;
    return error_set(error, STATUS_REJECTED,
                     "the orchestration runs version %.*s of %.*s, and the file holds version %.*s "
                     "of %.*s: its states are not those of the picture",
                     TEXT_ARGS(row->version), TEXT_ARGS(row->name), TEXT_ARGS(definition->version),
                     TEXT_ARGS(definition->name));
}

static enum status read_path(struct postgres *postgres, const struct orchestration_row *row,
                             const struct definition *definition, struct arena *arena,
                             struct marks *marks, struct error *error)
{
    struct history *history = arena_alloc(arena, sizeof *history);
    if (history == NULL)
        return error_memory(error);
    if (check_row(row, definition, error) != STATUS_OK ||
        history_read(postgres, row, arena, history, error) != STATUS_OK)
        return error->status;
    if (!history_ids(history, definition->machine, arena, &marks->active, &marks->visited))
        return error_memory(error);
    return STATUS_OK;
}

static enum status read_marks(const struct command_call *call, const struct settings *settings,
                              const struct definition *definition, struct marks *marks,
                              struct error *error)
{
    const char *subject = command_option(call, "subject");
    struct orchestration_row row;
    struct postgres *postgres = NULL;
    *marks = (struct marks){{NULL, 0}, {NULL, 0}};
    if (subject == NULL)
        return STATUS_OK;
    enum status status =
        command_find_orchestration(settings, text_of(subject), call->arena, &postgres, &row, error);
    if (status == STATUS_OK)
        status = read_path(postgres, &row, definition, call->arena, marks, error);
    postgres_close(postgres);
    return status;
}

/* --- The picture --------------------------------------------------------------------------- */

static enum status print_picture(const struct machine *machine, const struct marks *marks,
                                 enum format format, struct arena *arena, struct error *error)
{
    struct writer writer;
    writer_init_arena(&writer, arena, PICTURE_SIZE_MAX);
    if (format == FORMAT_MERMAID)
        machine_write_mermaid(machine, marks->active, marks->visited, &writer);
    else
        machine_write_dot(machine, marks->active, marks->visited, &writer);
    if (writer.overflowed)
        return error_set(error, STATUS_FATAL, "the picture is larger than %zu bytes",
                         PICTURE_SIZE_MAX);
    if (format == FORMAT_SVG)
        return graphviz_print_svg(writer_result(&writer), error);
    fwrite(writer.data, 1, writer.size, stdout);
    return STATUS_OK;
}

int command_render(struct command_call *call)
{
    struct error error;
    struct settings settings;
    struct definition *definition = NULL;
    struct marks marks;
    enum format format;
    if (command_settings(call, &settings, &error) != STATUS_OK ||
        read_format(call, &format, &error) != STATUS_OK)
        return command_fail(&error);
    enum status status = command_read_definition(call, call->arguments[0], settings.json_limits,
                                                 &definition, &error);
    if (status == STATUS_REJECTED)
        return EXIT_BAD_USE;
    if (status == STATUS_OK)
        status = read_marks(call, &settings, definition, &marks, &error);
    if (status == STATUS_OK)
        status = print_picture(definition->machine, &marks, format, call->arena, &error);
    definition_destroy(definition);
    return status == STATUS_OK ? EXIT_DONE : command_fail(&error);
}
