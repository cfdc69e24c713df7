#include "core/machine/trace.h"

#include "core/arena.h"
#include "core/machine/label.h"
#include "core/machine/macrostep.h"
#include "core/writer.h"

/* --- Writing it down ------------------------------------------------------------------ */

void trace_init(struct trace *trace, struct arena *arena)
{
    *trace = (struct trace){.arena = arena};
}

static void append(struct trace *trace, struct trace_entry entry)
{
    struct trace_entry *items = NULL;
    if (trace->count < TRACE_ENTRIES_MAX)
        items =
            array_grow(trace->arena, trace->items, trace->count, &trace->capacity, sizeof *items);
    if (items == NULL) {
        trace->is_cut = true;
        return;
    }
    trace->items = items;
    items[trace->count++] = entry;
}

void trace_event(struct trace *trace, struct text event_type)
{
    struct text copy = text_copy(trace->arena, event_type);
    if (copy.data == NULL)
        trace->is_cut = true;
    else
        append(trace, (struct trace_entry){TRACE_EVENT, 0, copy});
}

void trace_note(struct trace *trace, enum trace_kind kind, uint32_t number)
{
    append(trace, (struct trace_entry){kind, number, TEXT_NONE});
}

/* --- Telling it -------------------------------------------------------------------------- */

static void write_state(const struct machine *machine, uint32_t number, struct writer *writer)
{
    label_write_flat(writer, state_name(machine, &machine->states[number]));
}

void machine_write_transition(const struct machine *machine, uint32_t number, struct writer *writer)
{
    const struct transition *transition = &machine->transitions[number];
    write_state(machine, transition->source, writer);
    writer_string(writer, ": ");
    label_write_cause(machine, transition, writer);
    if (transition->guard != NULL)
        writer_char(writer, ' ');
    label_write_guard(transition, writer);
    for (uint16_t i = 0; i < transition->target_count; i++) {
        writer_string(writer, i == 0 ? " -> " : ", ");
        write_state(machine, transition->targets[i], writer);
    }
    if (transition->target_count == 0)
        writer_string(writer, " (stays)");
}

/* What precedes the transition or state, and the reason that follows it. */
struct phrase {
    const char *verdict;
    const char *reason;
};

static struct phrase phrase_of(enum trace_kind kind)
{
    switch (kind) {
    case TRACE_EVENT: return (struct phrase){"event      ", ""};
    case TRACE_GUARD_FALSE: return (struct phrase){"not taken  ", ": its guard does not hold"};
    case TRACE_GUARD_FAILED:
        return (struct phrase){"failed     ", ": its guard cannot be evaluated"};
    case TRACE_BEHIND: return (struct phrase){"not taken  ", ": one before it in its state is"};
    case TRACE_OUTER: return (struct phrase){"not taken  ", ": a state further in answers"};
    case TRACE_PREEMPTED:
        return (struct phrase){"not taken  ", ": it would exit what another one exits"};
    case TRACE_TAKEN: return (struct phrase){"taken      ", ""};
    case TRACE_EXITED: return (struct phrase){"exits      ", ""};
    case TRACE_ENTERED: return (struct phrase){"enters     ", ""};
    }
    return (struct phrase){"", ""};
}

static void write_entry(const struct machine *machine, const struct trace_entry *entry,
                        struct writer *writer)
{
    struct phrase phrase = phrase_of(entry->kind);
    writer_string(writer, phrase.verdict);
    if (entry->kind == TRACE_EVENT)
        label_write_flat(writer, entry->event_type);
    else if (entry->kind == TRACE_EXITED || entry->kind == TRACE_ENTERED)
        write_state(machine, entry->number, writer);
    else
        machine_write_transition(machine, entry->number, writer);
    writer_string(writer, phrase.reason);
}

/* Whether nothing that is active listens to the event at `index`. */
static bool is_unheard(const struct trace *trace, size_t index)
{
    return trace->items[index].kind == TRACE_EVENT &&
           (index + 1 == trace->count || trace->items[index + 1].kind == TRACE_EVENT);
}

void trace_write(const struct machine *machine, const struct trace *trace, const char *indent,
                 struct writer *writer)
{
    for (size_t i = 0; i < trace->count; i++) {
        writer_string(writer, indent);
        write_entry(machine, &trace->items[i], writer);
        if (is_unheard(trace, i))
            writer_string(writer, ": no active state listens to it");
        writer_char(writer, '\n');
    }
    if (trace->is_cut) {
        writer_string(writer, indent);
        writer_string(writer, "and more\n");
    }
}
