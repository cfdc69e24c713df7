/* dot.c - a machine as a graph for Graphviz' dot.
 *
 * States are nodes s<number>; compound and parallel states are clusters, whose edges end at
 * their border. There they hold on to nodes: those that lead to a cluster to the dot of its
 * initial state, or to the invisible "enter" of a parallel state; those that leave it to an
 * invisible "leave" below all else, so that the picture runs downwards. An edge from a
 * cluster to what is inside of it has no border to start from: it leaves "any state".
 *
 * All transitions between the same two states are one edge with a line each: a person
 * reads where it can go, then why. What a state sends when it is entered, and what it does
 * without leaving, stands inside of it. */
#include <string.h>

#include "core/machine/label.h"
#include "core/machine/tables.h"
#include "core/utf8.h"
#include "core/writer.h"

/* Bytes of a line of a label, and lines of one edge or state, before they are cut. */
enum { LINE_SIZE_MAX = 44, LABEL_LINES_MAX = 6 };

struct drawing {
    const struct machine *machine;
    struct text_list active;
    struct text_list visited;
    struct writer *writer;
};

/* --- Text --------------------------------------------------------------------------------- */

/* One line of a label, as it is before it is cut and escaped. */
struct line {
    char text[1024];
    struct writer writer;
};

static struct writer *line_begin(struct line *line)
{
    writer_init(&line->writer, line->text, sizeof line->text);
    return &line->writer;
}

/* What dot's HTML-like labels take for their own becomes an entity; controls are no XML. */
static void write_escaped(struct writer *writer, struct text text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c == '&')
            writer_string(writer, "&amp;");
        else if (c == '<')
            writer_string(writer, "&lt;");
        else if (c == '>')
            writer_string(writer, "&gt;");
        else if (c == '"')
            writer_string(writer, "&quot;");
        else if (c == '\\') /* "\\N" would be the node's name */
            writer_string(writer, "\\\\");
        else
            writer_char(writer, c < ' ' || c == 0x7f ? ' ' : (char)c);
    }
}

static void write_cut(struct writer *writer, struct text text)
{
    bool is_cut = text.size > LINE_SIZE_MAX;
    if (is_cut) {
        text.size = LINE_SIZE_MAX;
        text.size = utf8_valid_prefix(text);
    }
    write_escaped(writer, text);
    if (is_cut)
        writer_string(writer, "…");
}

static void line_end(struct line *line, struct writer *writer)
{
    write_cut(writer, writer_result(&line->writer));
}

/* --- Where edges begin and end ---------------------------------------------------------------- */

static const struct state *state_at(const struct drawing *drawing, uint16_t number)
{
    return &drawing->machine->states[number];
}

static bool is_inside(const struct drawing *drawing, uint16_t state, uint16_t block)
{
    return state == block || state_is_descendant(drawing->machine, state, block);
}

/* The edge leaves "any state": its source is a block that it does not leave. */
static bool leaves_from_any(const struct drawing *drawing, uint16_t source, uint16_t target)
{
    return !state_is_leaf(state_at(drawing, source)) && is_inside(drawing, target, source);
}

static void write_node(const struct drawing *drawing, const char *kind, uint16_t state)
{
    writer_string(drawing->writer, kind);
    writer_uint64(drawing->writer, state);
}

static void write_head(const struct drawing *drawing, uint16_t target)
{
    const struct state *state = state_at(drawing, target);
    write_node(drawing,
               state_is_leaf(state)            ? "s"
               : state->type == STATE_COMPOUND ? "initial"
                                               : "enter",
               target);
}

static void write_tail(const struct drawing *drawing, uint16_t source, uint16_t target)
{
    bool is_leaf = state_is_leaf(state_at(drawing, source));
    bool is_any = leaves_from_any(drawing, source, target);
    write_node(drawing, is_leaf ? "s" : is_any ? "any" : "leave", source);
}

/* A target without descendants or ancestors among the ends is met at its border. */
static bool ends_at_border(const struct drawing *drawing, uint16_t block, uint16_t other)
{
    return !state_is_leaf(state_at(drawing, block)) && !is_inside(drawing, other, block);
}

/* --- Transitions --------------------------------------------------------------------------------- */

/* The transitions of one state, which stand one after the other in the table. */
struct run {
    const struct transition *items;
    uint32_t count;
};

static struct run run_at(const struct drawing *drawing, uint32_t first)
{
    const struct machine *machine = drawing->machine;
    const struct transition *items = &machine->transitions[first];
    uint32_t count = 0;
    while (first + count < machine->transition_count && items[count].source == items->source)
        count++;
    return (struct run){items, count};
}

/* The run of this state; empty when it has none. The table is in order of sources. */
static struct run run_of(const struct drawing *drawing, uint16_t source)
{
    const struct machine *machine = drawing->machine;
    uint32_t low = 0, high = machine->transition_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (machine->transitions[middle].source < source)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == machine->transition_count || machine->transitions[low].source != source)
        return (struct run){NULL, 0};
    return run_at(drawing, low);
}

static bool leads_to(const struct transition *transition, uint16_t target)
{
    for (uint16_t i = 0; i < transition->target_count; i++) {
        if (transition->targets[i] == target)
            return true;
    }
    return false;
}

static void write_emits(struct writer *writer, struct action_list actions)
{
    struct text types[LABEL_LINES_MAX];
    size_t count = label_emitted_types(actions, types, LABEL_LINES_MAX);
    for (size_t i = 0; i < count; i++) {
        writer_string(writer, i == 0 ? " / " : ", ");
        label_write_flat(writer, types[i]);
    }
}

static const char break_left[] = "<br align=\"left\"/>";

/* What causes it, then its guard and what it sends, each cut where it is long. */
static void write_transition(const struct drawing *drawing, const struct transition *transition)
{
    struct line line;
    label_write_cause(drawing->machine, transition, line_begin(&line));
    line_end(&line, drawing->writer);
    label_write_guard(transition, line_begin(&line));
    if (line.writer.size > 0)
        writer_string(drawing->writer, break_left);
    line_end(&line, drawing->writer);
    write_emits(line_begin(&line), transition->actions);
    line_end(&line, drawing->writer);
}

static void write_edge_label(const struct drawing *drawing, struct run run, uint16_t target)
{
    uint32_t lines = 0;
    writer_string(drawing->writer, "label=<");
    for (uint32_t i = 0; i < run.count; i++) {
        if (!leads_to(&run.items[i], target))
            continue;
        if (lines++ == LABEL_LINES_MAX) {
            writer_string(drawing->writer, "and more<br align=\"left\"/>");
            break;
        }
        write_transition(drawing, &run.items[i]);
        writer_string(drawing->writer, break_left);
    }
    writer_string(drawing->writer, ">");
}

static void write_edge(const struct drawing *drawing, struct run run, uint16_t target)
{
    struct writer *writer = drawing->writer;
    uint16_t source = run.items->source;
    writer_string(writer, "  ");
    write_tail(drawing, source, target);
    writer_string(writer, " -> ");
    write_head(drawing, target);
    writer_string(writer, " [");
    if (ends_at_border(drawing, source, target))
        writer_format(writer, "ltail=cluster%u, ", source);
    if (ends_at_border(drawing, target, source))
        writer_format(writer, "lhead=cluster%u, ", target);
    /* The definition is written in the order of its process: an edge back to an earlier
       state has no say in what stands above what. */
    if (target < source)
        writer_string(writer, "constraint=false, ");
    write_edge_label(drawing, run, target);
    writer_string(writer, "]\n");
}

/* Whether a transition of the run before number `index` has this target already. */
static bool is_drawn(struct run run, uint32_t index, uint16_t end, uint16_t target)
{
    for (uint32_t i = 0; i < index; i++) {
        if (leads_to(&run.items[i], target))
            return true;
    }
    for (uint16_t i = 0; i < end; i++) {
        if (run.items[index].targets[i] == target)
            return true;
    }
    return false;
}

static void write_edges(const struct drawing *drawing)
{
    struct run run;
    for (uint32_t first = 0; first < drawing->machine->transition_count; first += run.count) {
        run = run_at(drawing, first);
        for (uint32_t i = 0; i < run.count; i++) {
            for (uint16_t end = 0; end < run.items[i].target_count; end++) {
                uint16_t target = run.items[i].targets[end];
                if (!is_drawn(run, i, end, target))
                    write_edge(drawing, run, target);
            }
        }
    }
}

/* --- States ------------------------------------------------------------------------------------------ */

static bool is_failure(const struct state *state)
{
    for (uint32_t i = 0; i < state->tag_count; i++) {
        if (text_is(state->tags[i], "failed"))
            return true;
    }
    return false;
}

/* Colours of a state: of one that is active, that was passed, that means failure. */
static void write_colours(const struct drawing *drawing, const struct state *state)
{
    const char *colours = "";
    if (label_is_listed(drawing->active, state->id))
        colours = ", color=\"#1e8449\", fillcolor=\"#d5f5e3\", penwidth=3";
    else if (label_is_listed(drawing->visited, state->id))
        colours = ", color=\"#2874a6\", fillcolor=\"#d6eaf8\", penwidth=2";
    else if (is_failure(state))
        colours = ", color=\"#c0392b\"";
    writer_string(drawing->writer, colours);
}

/* A small line below the state's name; false when there were enough of them. */
static bool begin_note(const struct drawing *drawing, uint32_t *lines)
{
    if (*lines > LABEL_LINES_MAX)
        return false;
    writer_string(drawing->writer, "<br/><font point-size=\"9\">");
    return (*lines)++ < LABEL_LINES_MAX;
}

static void end_note(const struct drawing *drawing, bool is_whole)
{
    writer_string(drawing->writer, is_whole ? "</font>" : "and more</font>");
}

static void write_sent(const struct drawing *drawing, struct action_list entry, uint32_t *lines)
{
    struct text types[LABEL_LINES_MAX + 1];
    size_t count = label_emitted_types(entry, types, LABEL_LINES_MAX + 1);
    for (size_t i = 0; i < count; i++) {
        bool is_whole = begin_note(drawing, lines);
        if (is_whole) {
            writer_string(drawing->writer, "sends ");
            write_cut(drawing->writer, types[i]);
        }
        end_note(drawing, is_whole);
    }
}

/* What it does without leaving; {} forbids an event and does nothing. */
static void write_internal(const struct drawing *drawing, uint16_t number, uint32_t *lines)
{
    struct run run = run_of(drawing, number);
    for (uint32_t i = 0; i < run.count && *lines <= LABEL_LINES_MAX; i++) {
        const struct transition *transition = &run.items[i];
        if (transition->target_count > 0 || transition->actions.count == 0)
            continue;
        bool is_whole = begin_note(drawing, lines);
        if (is_whole)
            write_transition(drawing, transition);
        end_note(drawing, is_whole);
    }
}

static void write_state_label(const struct drawing *drawing, const struct state *state)
{
    uint32_t lines = 0;
    writer_string(drawing->writer, "label=<<b>");
    write_cut(drawing->writer, state->key);
    writer_string(drawing->writer, "</b>");
    write_sent(drawing, state->entry, &lines);
    write_internal(drawing, state->number, &lines);
    writer_string(drawing->writer, ">");
}

static void indent(const struct drawing *drawing, const struct state *state)
{
    for (uint16_t i = 0; i <= state->depth; i++)
        writer_string(drawing->writer, "  ");
}

/* UML's pseudostate: a circle with an H, of deep history H*, and an edge to its default. */
static void write_history(const struct drawing *drawing, const struct state *state)
{
    indent(drawing, state);
    writer_format(drawing->writer,
                  "s%u [shape=circle, fixedsize=true, width=0.35, label=<<b>H%s</b>>]\n",
                  state->number, state->is_deep ? "*" : "");
    for (uint16_t i = 0; i < state->default_target_count; i++) {
        indent(drawing, state);
        writer_format(drawing->writer, "s%u -> ", state->number);
        write_head(drawing, state->default_targets[i]);
        writer_string(drawing->writer, " [style=dashed]\n");
    }
}

static void write_leaf(const struct drawing *drawing, const struct state *state)
{
    indent(drawing, state);
    writer_format(drawing->writer, "s%u [", state->number);
    if (state->type == STATE_FINAL)
        writer_string(drawing->writer, "shape=ellipse, peripheries=2, ");
    if (state->type == STATE_CHOICE)
        writer_string(drawing->writer, "shape=diamond, style=filled, ");
    write_state_label(drawing, state);
    write_colours(drawing, state);
    writer_string(drawing->writer, "]\n");
}

/* Whether edges of the block stay inside of it, or leave it. */
static bool has_edges(const struct drawing *drawing, uint16_t number, bool inside)
{
    struct run run = run_of(drawing, number);
    for (uint32_t i = 0; i < run.count; i++) {
        const struct transition *transition = &run.items[i];
        for (uint16_t end = 0; end < transition->target_count; end++) {
            if (leaves_from_any(drawing, number, transition->targets[end]) == inside)
                return true;
        }
    }
    return false;
}

static void write_invisible(const struct drawing *drawing, const char *kind,
                            const struct state *block)
{
    indent(drawing, block);
    writer_string(drawing->writer, "  ");
    write_node(drawing, kind, block->number);
    writer_string(drawing->writer, " [shape=point, width=0.01, style=invis]\n");
}

static void write_initial(const struct drawing *drawing, const struct state *block)
{
    indent(drawing, block);
    writer_format(drawing->writer,
                  "  initial%u [shape=point, width=0.12, style=filled, fillcolor=\"#34495e\"]\n",
                  block->number);
    indent(drawing, block);
    writer_format(drawing->writer, "  initial%u -> ", block->number);
    write_head(drawing, block->initial);
    if (!state_is_leaf(state_at(drawing, block->initial)))
        writer_format(drawing->writer, " [lhead=cluster%u]", block->initial);
    writer_char(drawing->writer, '\n');
}

/* Below the last leaf of the block, or of each of its regions. */
static void write_leave(const struct drawing *drawing, const struct state *block)
{
    const struct machine *machine = drawing->machine;
    write_invisible(drawing, "leave", block);
    for (uint16_t c = state_first_child(machine, block->number); c != STATE_NONE;
         c = state_next_sibling(machine, c)) {
        if (block->type == STATE_COMPOUND && state_next_sibling(machine, c) != STATE_NONE)
            continue;
        indent(drawing, block);
        writer_format(drawing->writer, "  s%u -> leave%u [style=invis]\n",
                      machine->states[c].last_descendant, block->number);
    }
}

/* The nodes that edges of a block hold on to. */
static void write_holds(const struct drawing *drawing, const struct state *block)
{
    if (block->type == STATE_COMPOUND)
        write_initial(drawing, block);
    else
        write_invisible(drawing, "enter", block);
    if (has_edges(drawing, block->number, false))
        write_leave(drawing, block);
    if (has_edges(drawing, block->number, true)) {
        indent(drawing, block);
        writer_format(drawing->writer,
                      "  any%u [shape=plaintext, style=\"\", label=<<i>any state</i>>]\n",
                      block->number);
    }
}

static void write_state(const struct drawing *drawing, uint16_t number);

static void write_children(const struct drawing *drawing, uint16_t number)
{
    const struct machine *machine = drawing->machine;
    for (uint16_t c = state_first_child(machine, number); c != STATE_NONE;
         c = state_next_sibling(machine, c))
        write_state(drawing, c);
}

/* Invisible edges to the regions, in order: dot then lays them out from left to right as
 * they stand in the definition. */
static void write_enter(const struct drawing *drawing, const struct state *parallel)
{
    const struct machine *machine = drawing->machine;
    for (uint16_t r = state_first_region(machine, parallel->number); r != STATE_NONE;
         r = state_next_region(machine, r)) {
        indent(drawing, parallel);
        writer_format(drawing->writer, "  enter%u -> ", parallel->number);
        write_head(drawing, r);
        writer_string(drawing->writer, " [style=invis]\n");
    }
}

static void write_block(const struct drawing *drawing, const struct state *block)
{
    bool is_region =
        block->parent != STATE_NONE && state_at(drawing, block->parent)->type == STATE_PARALLEL;
    indent(drawing, block);
    writer_format(drawing->writer, "subgraph cluster%u {\n", block->number);
    indent(drawing, block);
    writer_format(drawing->writer, "  graph [style=\"%s\", ",
                  is_region ? "rounded,filled,dashed" : "rounded,filled");
    write_state_label(drawing, block);
    writer_string(drawing->writer, ", color=\"#808b96\", fillcolor=\"#fbfcfc\", penwidth=1");
    write_colours(drawing, block);
    writer_string(drawing->writer, "]\n");
    write_holds(drawing, block);
    if (block->type == STATE_PARALLEL)
        write_enter(drawing, block);
    write_children(drawing, block->number);
    indent(drawing, block);
    writer_string(drawing->writer, "}\n");
}

/* Recursion ends at MACHINE_STATE_DEPTH_MAX. */
static void write_state(const struct drawing *drawing, uint16_t number)
{
    const struct state *state = state_at(drawing, number);
    if (state->type == STATE_HISTORY)
        write_history(drawing, state);
    else if (state_is_leaf(state))
        write_leaf(drawing, state);
    else
        write_block(drawing, state);
}

static void write_title(const struct drawing *drawing)
{
    writer_string(drawing->writer, "  graph [compound=true, labelloc=t, label=<<b>");
    write_escaped(drawing->writer, drawing->machine->id);
    writer_string(drawing->writer, "</b><br/><font point-size=\"9\">version ");
    write_escaped(drawing->writer, drawing->machine->version);
    writer_string(drawing->writer, "</font>>]\n");
}

void machine_write_dot(const struct machine *machine, struct text_list active,
                       struct text_list visited, struct writer *writer)
{
    struct drawing drawing = {machine, active, visited, writer};
    writer_string(writer, "digraph machine {\n");
    write_title(&drawing);
    writer_string(writer,
                  "  graph [fontname=\"Helvetica\", fontsize=13, nodesep=0.4, ranksep=0.5]\n"
                  "  node [fontname=\"Helvetica\", fontsize=12, shape=box, "
                  "style=\"rounded,filled\", fillcolor=white, color=\"#34495e\"]\n"
                  "  edge [fontname=\"Helvetica\", fontsize=10, color=\"#566573\", "
                  "arrowsize=0.7]\n");
    if (machine->states[0].type == STATE_COMPOUND) {
        write_holds(&drawing, &machine->states[0]);
        write_children(&drawing, 0);
    } else {
        write_state(&drawing, 0);
    }
    write_edges(&drawing);
    writer_string(writer, "}\n");
}
