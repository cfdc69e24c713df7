/* outline.c - a machine as an outline, for terminals. */
#include "core/machine/label.h"
#include "core/machine/tables.h"
#include "core/writer.h"

struct outline {
    const struct machine *machine;
    struct text_list active;
    struct text_list visited;
    bool is_unicode;
    struct writer *writer;
};

enum { MARK_NONE, MARK_VISITED, MARK_ACTIVE };

static const char *mark_of(const struct outline *outline, const struct state *state)
{
    static const char *const marks[2][3] = {{"o", "*", "@"}, {"○", "●", "◉"}};
    int mark = label_is_listed(outline->active, state->id)    ? MARK_ACTIVE
               : label_is_listed(outline->visited, state->id) ? MARK_VISITED
                                                              : MARK_NONE;
    return marks[outline->is_unicode][mark];
}

/* The rails of the levels above: a bar where a sibling follows. */
static void write_rails(const struct outline *outline, uint16_t number, bool is_heading)
{
    static const char *const rails[2][4] = {{"|  ", "   ", "|- ", "`- "},
                                            {"│  ", "   ", "├─ ", "└─ "}};
    const struct machine *machine = outline->machine;
    uint16_t path[MACHINE_STATE_DEPTH_MAX + 1];
    size_t depth = 0;
    for (uint16_t at = number; machine->states[at].parent != STATE_NONE;
         at = machine->states[at].parent)
        path[depth++] = at;
    writer_string(outline->writer, "  ");
    for (size_t i = depth; i-- > 0;) {
        bool is_last = state_next_sibling(machine, path[i]) == STATE_NONE;
        bool is_own = i == 0 && is_heading;
        writer_string(outline->writer, rails[outline->is_unicode][(is_own ? 2 : 0) + is_last]);
    }
}

static void write_heading(const struct outline *outline, const struct state *state)
{
    write_rails(outline, state->number, true);
    writer_string(outline->writer, mark_of(outline, state));
    writer_char(outline->writer, ' ');
    writer_text(outline->writer, state->key);
    if (state->type == STATE_PARALLEL)
        writer_string(outline->writer, " (parallel)");
    if (state->type == STATE_FINAL)
        writer_string(outline->writer, " (final)");
    if (state->type == STATE_HISTORY)
        writer_string(outline->writer, state->is_deep ? " (deep history)" : " (history)");
    writer_char(outline->writer, '\n');
}

static void write_transition(const struct outline *outline, const struct transition *transition)
{
    const struct state *state = &outline->machine->states[transition->source];
    bool has_children = state_first_child(outline->machine, state->number) != STATE_NONE;
    struct writer *writer = outline->writer;
    write_rails(outline, state->number, false);
    writer_string(writer, has_children ? (outline->is_unicode ? "│    " : "|    ") : "     ");
    label_write_cause(outline->machine, transition, writer);
    if (transition->guard != NULL)
        writer_char(writer, ' ');
    label_write_guard(transition, writer);
    for (uint16_t i = 0; i < transition->target_count; i++) {
        writer_string(writer, i > 0 ? ", " : outline->is_unicode ? " → " : " -> ");
        writer_text(writer, outline->machine->states[transition->targets[i]].key);
    }
    writer_char(writer, '\n');
}

void machine_write_outline(const struct machine *machine, struct text_list active,
                           struct text_list visited, bool is_unicode, struct writer *writer)
{
    struct outline outline = {machine, active, visited, is_unicode, writer};
    uint32_t next = 0; /* transitions stand in the order of their source states */
    for (uint16_t number = 0; number < machine->state_count; number++) {
        write_heading(&outline, &machine->states[number]);
        while (next < machine->transition_count && machine->transitions[next].source == number)
            write_transition(&outline, &machine->transitions[next++]);
    }
}
