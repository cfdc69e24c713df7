#include "core/machine/label.h"

#include "core/writer.h"

static bool is_white(char c)
{
    return (unsigned char)c <= ' ';
}

void label_write_flat(struct writer *writer, struct text text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (!is_white(text.data[i]))
            writer_char(writer, text.data[i]);
        else if (i == 0 || !is_white(text.data[i - 1]))
            writer_char(writer, ' ');
    }
}

static const struct delay *delay_of(const struct state *state, struct text event_type)
{
    for (uint32_t i = 0; i < state->delay_count; i++) {
        if (text_equal(state->delays[i].event_type, event_type))
            return &state->delays[i];
    }
    return NULL;
}

static void write_delay(const struct delay *delay, struct writer *writer)
{
    char last = delay->key.data[delay->key.size - 1];
    writer_string(writer, delay->kind == DELAY_AFTER ? "after " : "timeout ");
    label_write_flat(writer, delay->key);
    if (last >= '0' && last <= '9')
        writer_string(writer, " ms");
}

void label_write_cause(const struct machine *machine, const struct transition *transition,
                       struct writer *writer)
{
    const struct state *source = &machine->states[transition->source];
    if (transition->descriptor == DESCRIPTOR_NONE) {
        writer_string(writer, "always");
        return;
    }
    struct text name = machine->descriptors[transition->descriptor].name;
    const struct delay *delay = delay_of(source, name);
    if (delay != NULL)
        write_delay(delay, writer);
    else if (text_equal(name, source->done_type))
        writer_string(writer, "done");
    else
        label_write_flat(writer, name);
}

void label_write_guard(const struct transition *transition, struct writer *writer)
{
    const struct guard *guard = transition->guard;
    if (guard == NULL)
        return;
    writer_char(writer, '[');
    label_write_flat(writer, guard->text);
    writer_char(writer, ']');
}

/* TEXT_NONE when an expression says it. */
static struct text type_of_template(const struct template *event)
{
    if (event->kind == TEMPLATE_CONSTANT)
        return json_get_string(event->as.constant, "type");
    for (uint32_t i = 0; event->kind == TEMPLATE_OBJECT && i < event->count; i++) {
        const struct template_member *member = &event->as.members[i];
        if (text_is(member->name, "type") && member->value.kind == TEMPLATE_CONSTANT &&
            member->value.as.constant.type == JSON_STRING)
            return json_text(member->value.as.constant);
    }
    return TEXT_NONE;
}

/* Names refer to names no deeper than MACHINE_NAMED_DEPTH_MAX. */
size_t label_emitted_types(struct action_list actions, struct text *out, size_t count_max)
{
    size_t count = 0;
    for (uint32_t i = 0; i < actions.count && count < count_max; i++) {
        const struct action *action = &actions.items[i];
        if (action->kind == ACTION_NAMED)
            count += label_emitted_types(action->named, out + count, count_max - count);
        if (action->kind != ACTION_EMIT)
            continue;
        struct text type = type_of_template(&action->value);
        if (type.size > 0)
            out[count++] = type;
    }
    return count;
}

bool label_is_listed(struct text_list list, struct text id)
{
    for (size_t i = 0; i < list.count; i++) {
        if (text_equal(list.items[i], id))
            return true;
    }
    return false;
}
