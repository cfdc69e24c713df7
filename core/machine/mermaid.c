/* mermaid.c - a machine as a Mermaid stateDiagram-v2.
 *
 * States are nodes s<number> with their key as label; compound states are blocks, the
 * regions of a parallel state are separated by "--". Two things cannot be drawn as they
 * are, because Mermaid lays out no edge between a block and what is inside it:
 *   - a transition of a compound state to a state inside, taken whichever of them is
 *     active, leaves a node "any state" instead;
 *   - one to a state around its source goes to a node "again". */
#include <string.h>

#include "core/machine/label.h"
#include "core/machine/tables.h"
#include "core/utf8.h"
#include "core/writer.h"

enum { LABEL_SIZE_MAX = 80 };

struct drawing {
    const struct machine *machine;
    struct writer *writer;
};

static const struct state *state_at(const struct drawing *drawing, uint16_t number)
{
    return &drawing->machine->states[number];
}

static void indent(const struct drawing *drawing, int level)
{
    for (int i = 0; i < level; i++)
        writer_string(drawing->writer, "    ");
}

/* What Mermaid's grammar, its directives or HTML could take for theirs becomes an entity:
 * Mermaid reads #58; as ":" after it parsed the line. */
static bool is_harmless(uint32_t c)
{
    static const char marks[] = " ._,()-=!?+*/'|[]@";
    if (c < 0x80)
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               (c != '\0' && memchr(marks, (int)c, sizeof marks - 1) != NULL);
    return c > 0xA0; /* not the controls */
}

static void write_label(const struct drawing *drawing, struct text text)
{
    bool is_cut = text.size > LABEL_SIZE_MAX;
    if (is_cut) {
        text.size = LABEL_SIZE_MAX;
        text.size = utf8_valid_prefix(text);
    }
    for (size_t at = 0; at < text.size;) {
        size_t start = at;
        /* Mermaid finds its "direction LR" in the middle of any line. */
        struct text rest = {text.data + start, text.size - start};
        bool is_keyword = text_starts_with(rest, "direction ");
        uint32_t c = utf8_next(text, &at);
        if (is_harmless(c) && !is_keyword) {
            writer_bytes(drawing->writer, text.data + start, at - start);
        } else if (c < ' ') {
            writer_char(drawing->writer, ' ');
        } else {
            writer_char(drawing->writer, '#');
            writer_uint64(drawing->writer, c);
            writer_char(drawing->writer, ';');
        }
    }
    if (is_cut)
        writer_string(drawing->writer, "...");
}

/* --- Transitions ---------------------------------------------------------------------------- */

/* What causes the transition and its guard; long ones are cut. */
static void write_cause(const struct drawing *drawing, const struct transition *transition)
{
    char text[4 * LABEL_SIZE_MAX];
    struct writer line;
    writer_init(&line, text, sizeof text);
    label_write_cause(drawing->machine, transition, &line);
    write_label(drawing, writer_result(&line));
    if (transition->guard == NULL)
        return;
    writer_init(&line, text, sizeof text);
    label_write_guard(transition, &line);
    writer_char(drawing->writer, ' ');
    write_label(drawing, writer_result(&line));
}

/* Whether the source is drawn as its "any state" node: it is a block, and the edge stays
 * inside of it. */
static bool leaves_from_any(const struct drawing *drawing, const struct transition *transition,
                            uint16_t target)
{
    uint16_t source = transition->source;
    if (state_is_leaf(state_at(drawing, source)))
        return false;
    return target == source || state_is_descendant(drawing->machine, target, source);
}

/* A block that contains the source, or is it. */
static bool goes_around(const struct drawing *drawing, const struct transition *transition,
                        uint16_t target)
{
    uint16_t source = transition->source;
    return state_is_descendant(drawing->machine, source, target) ||
           (source == target && !state_is_leaf(state_at(drawing, source)));
}

/* The block in whose text the edge stands: the nearest compound state around both ends.
 * A parallel state has no place for edges of its own. */
static uint16_t block_of(const struct drawing *drawing, const struct transition *transition,
                         uint16_t target)
{
    const struct machine *machine = drawing->machine;
    uint16_t source = transition->source;
    uint16_t block = source;
    if (!leaves_from_any(drawing, transition, target))
        block = machine->states[source].parent;
    while (block != STATE_NONE && block != 0 &&
           (machine->states[block].type == STATE_PARALLEL ||
            !(state_is_descendant(machine, target, block) ||
              goes_around(drawing, transition, target))))
        block = machine->states[block].parent;
    return block == STATE_NONE ? 0 : block;
}

static void write_source(const struct drawing *drawing, const struct transition *transition,
                         uint16_t target)
{
    bool is_any = leaves_from_any(drawing, transition, target);
    writer_string(drawing->writer, is_any ? "any" : "s");
    writer_uint64(drawing->writer, transition->source);
}

static void write_edge(const struct drawing *drawing, const struct transition *transition,
                       uint16_t target, int level)
{
    bool is_around = transition->target_count > 0 && goes_around(drawing, transition, target);
    unsigned number = (unsigned)(transition - drawing->machine->transitions);
    if (is_around) {
        indent(drawing, level);
        writer_string(drawing->writer, "state \"again ");
        write_label(drawing, state_at(drawing, target)->key);
        writer_format(drawing->writer, "\" as again%u\n", number);
    }
    indent(drawing, level);
    write_source(drawing, transition, target);
    writer_string(drawing->writer, " --> ");
    if (is_around)
        writer_format(drawing->writer, "again%u", number);
    else if (target == transition->source)
        write_source(drawing, transition, target);
    else
        writer_format(drawing->writer, "s%u", target);
    writer_string(drawing->writer, " : ");
    write_cause(drawing, transition);
    if (transition->target_count == 0)
        writer_string(drawing->writer, " (stays)");
    writer_char(drawing->writer, '\n');
}

/* The ends of a transition: its targets, or itself when it has none. */
static uint16_t end_of(const struct transition *transition, uint16_t index)
{
    return transition->target_count == 0 ? transition->source : transition->targets[index];
}

static uint16_t end_count(const struct transition *transition)
{
    if (transition->target_count == 0)
        return transition->actions.count > 0; /* {} only forbids: it is not drawn */
    return transition->target_count;
}

/* Those edges of the block's descendants (and its own) that stand in its text. */
static void write_edges(const struct drawing *drawing, uint16_t block, int level)
{
    const struct machine *machine = drawing->machine;
    for (uint32_t i = 0; i < machine->transition_count; i++) {
        const struct transition *transition = &machine->transitions[i];
        if (transition->source < block)
            continue;
        if (transition->source > machine->states[block].last_descendant)
            break;
        for (uint16_t end = 0; end < end_count(transition); end++) {
            uint16_t target = end_of(transition, end);
            if (block_of(drawing, transition, target) == block)
                write_edge(drawing, transition, target, level);
        }
    }
}

/* --- States ------------------------------------------------------------------------------------- */

static bool has_any_node(const struct drawing *drawing, uint16_t number)
{
    const struct state *state = state_at(drawing, number);
    for (uint32_t h = 0; h <= state->handler_count; h++) {
        struct transition_list list =
            h < state->handler_count ? state->handlers[h].transitions : state->eventless;
        for (uint32_t i = 0; i < list.count; i++) {
            for (uint16_t end = 0; end < end_count(&list.items[i]); end++) {
                if (leaves_from_any(drawing, &list.items[i], end_of(&list.items[i], end)))
                    return true;
            }
        }
    }
    return false;
}

static void write_any_node(const struct drawing *drawing, uint16_t number, int level)
{
    if (!has_any_node(drawing, number))
        return;
    indent(drawing, level);
    writer_string(drawing->writer, "state \"any state");
    if (state_at(drawing, number)->type == STATE_PARALLEL) {
        writer_string(drawing->writer, " of ");
        write_label(drawing, state_at(drawing, number)->key);
    }
    writer_format(drawing->writer, "\" as any%u\n", number);
}

static void write_state(const struct drawing *drawing, uint16_t number, int level);

static void write_children(const struct drawing *drawing, uint16_t number, int level)
{
    const struct machine *machine = drawing->machine;
    bool is_parallel = machine->states[number].type == STATE_PARALLEL;
    for (uint16_t c = state_first_child(machine, number); c != STATE_NONE;
         c = state_next_sibling(machine, c)) {
        if (is_parallel && c != number + 1) {
            indent(drawing, level);
            writer_string(drawing->writer, "--\n");
        }
        write_state(drawing, c, level);
    }
}

static void write_block(const struct drawing *drawing, uint16_t number, int level)
{
    const struct state *state = state_at(drawing, number);
    if (state->type == STATE_COMPOUND) {
        indent(drawing, level);
        writer_format(drawing->writer, "[*] --> s%u\n", state->initial);
        write_any_node(drawing, number, level);
    }
    write_children(drawing, number, level);
    if (state->type == STATE_COMPOUND)
        write_edges(drawing, number, level);
}

static void write_state(const struct drawing *drawing, uint16_t number, int level)
{
    const struct state *state = state_at(drawing, number);
    indent(drawing, level);
    writer_string(drawing->writer, "state \"");
    if (state->type == STATE_HISTORY)
        writer_string(drawing->writer, state->is_deep ? "H* " : "H ");
    write_label(drawing, state->key);
    writer_format(drawing->writer, "\" as s%u", number);
    if (!state_is_leaf(state)) {
        writer_string(drawing->writer, " {\n");
        write_block(drawing, number, level + 1);
        indent(drawing, level);
        writer_char(drawing->writer, '}');
    }
    writer_char(drawing->writer, '\n');
    if (state->type == STATE_FINAL) {
        indent(drawing, level);
        writer_format(drawing->writer, "s%u --> [*]\n", number);
    }
    if (state->type == STATE_PARALLEL)
        write_any_node(drawing, number, level);
}

/* The root is the whole picture; marking it would say nothing. */
static void write_marks(const struct drawing *drawing, struct text_list active,
                        struct text_list visited)
{
    if (active.count == 0 && visited.count == 0)
        return;
    writer_string(drawing->writer,
                  "    classDef active fill:#d5f5e3,stroke:#1e8449,stroke-width:3px\n"
                  "    classDef visited fill:#eaf2f8,stroke:#2874a6\n");
    for (uint16_t i = 1; i < drawing->machine->state_count; i++) {
        struct text id = state_at(drawing, i)->id;
        if (label_is_listed(active, id))
            writer_format(drawing->writer, "    class s%u active\n", i);
        else if (label_is_listed(visited, id))
            writer_format(drawing->writer, "    class s%u visited\n", i);
    }
}

void machine_write_mermaid(const struct machine *machine, struct text_list active,
                           struct text_list visited, struct writer *writer)
{
    struct drawing drawing = {machine, writer};
    writer_string(writer, "stateDiagram-v2\n");
    if (machine->states[0].type == STATE_COMPOUND) {
        write_block(&drawing, 0, 1);
    } else {
        write_state(&drawing, 0, 1);
        write_edges(&drawing, 0, 1);
    }
    write_marks(&drawing, active, visited);
}
