/* compile.c - from a definition to the tables: the order of the work, and what the
 * machine says of itself. */
#include "core/machine/compile.h"
#include "core/arena.h"

/* --- What the machine says of itself ---------------------------------------------------------- */

/* It becomes part of event types and topics: xorca.<id>.start, notif.xorca.<id>. */
static bool is_topic_name(struct text name)
{
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        bool is_valid = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
        if (!is_valid)
            return false;
    }
    return name.size > 0 && name.size <= MACHINE_NAME_SIZE_MAX;
}

/* digits.digits.digits, as xOrca's clients write it; compared as numbers later, so each
 * is short enough to be one. */
static bool is_version(struct text version)
{
    enum { DIGITS_MAX = 9 };
    int parts = 1, digits = 0;
    for (size_t i = 0; i < version.size; i++) {
        char c = version.data[i];
        if (c == '.' && digits > 0) {
            parts++;
            digits = 0;
        } else if (c >= '0' && c <= '9' && digits < DIGITS_MAX) {
            digits++;
        } else {
            return false;
        }
    }
    return parts == 3 && digits > 0;
}

/* TEXT_NONE after reporting. */
static struct text required_text(struct compiler *compiler, const char *member, const char *what)
{
    const struct json *value = json_get(compiler->definition, member);
    struct path place = path_key(NULL, text_of(member));
    if (value == NULL) {
        report(compiler, NULL, "needs \"%s\": %s", member, what);
        return TEXT_NONE;
    }
    return expect_type(compiler, &place, *value, JSON_STRING) ? json_text(*value) : TEXT_NONE;
}

static void compile_identity(struct compiler *compiler)
{
    struct machine *machine = compiler->machine;
    machine->id = required_text(compiler, "id", "the orchestration's name");
    if (machine->id.data != NULL && !is_topic_name(machine->id)) {
        struct path place = path_key(NULL, TEXT("id"));
        report(compiler, &place,
               "the name %s becomes part of topics: 1 to %d letters, digits, \".\", \"_\", \"-\"",
               quote(machine->id).text, MACHINE_NAME_SIZE_MAX);
    }
    machine->version = required_text(compiler, "version", "a semantic version as \"1.0.0\"");
    if (machine->version.data != NULL && !is_version(machine->version)) {
        struct path place = path_key(NULL, TEXT("version"));
        report(compiler, &place, "%s is no version: write three numbers as \"1.0.0\"",
               quote(machine->version).text);
    }
    const struct json *language = json_get(compiler->definition, "@exprLang");
    if (language != NULL && !text_is(json_get_string(compiler->definition, "@exprLang"), "cel")) {
        struct path place = path_key(NULL, TEXT("@exprLang"));
        report(compiler, &place, "the language of expressions is \"cel\"");
    }
    const struct json *meta = json_get(compiler->definition, "meta");
    if (meta != NULL && json_get(*meta, "start") != NULL) {
        struct path member = path_key(NULL, TEXT("meta"));
        struct path place = path_key(&member, TEXT("start"));
        report(compiler, &place, "starting by other events (\"meta.start\") is not supported");
    }
}

static void compile_context(struct compiler *compiler)
{
    const struct json *context = json_get(compiler->definition, "context");
    struct path place = path_key(NULL, TEXT("context"));
    if (context == NULL || !expect_type(compiler, &place, *context, JSON_OBJECT))
        return;
    struct template *template = compiler_alloc(compiler, 1, sizeof *template);
    if (template == NULL || !compile_template(compiler, &place, *context, template))
        return;
    static const char why[] = "the initial context is made of \"input\" and \"now\"";
    refuse_slot(compiler, &place, template, SLOT_CONTEXT, why);
    refuse_slot(compiler, &place, template, SLOT_EVENT, why);
    compiler->machine->context = template;
}

/* --- Lists of event types --------------------------------------------------------------------- */

/* Texts in order, each once. */
struct text_collector {
    struct text *items;
    size_t count;
    struct number_table table;
};

static void collect(struct text_collector *collector, struct text text)
{
    uint64_t hash = hash_name(HASH_NAME, text);
    struct number_search search = number_table_search(&collector->table, hash);
    uint16_t number;
    while ((number = number_search_next(&search)) != UINT16_MAX) {
        if (text_equal(collector->items[number], text))
            return;
    }
    number_table_insert(&collector->table, hash, (uint16_t)collector->count);
    collector->items[collector->count++] = text;
}

/* The type of an event template, or TEXT_NONE when an expression makes it. */
static struct text template_event_type(const struct template *event)
{
    if (event->kind == TEMPLATE_CONSTANT)
        return json_get_string(event->as.constant, "type");
    for (uint32_t i = 0; event->kind == TEMPLATE_OBJECT && i < event->count; i++) {
        const struct template_member *member = &event->as.members[i];
        if (text_is(member->name, "type") && member->value.kind == TEMPLATE_CONSTANT)
            return json_text(member->value.as.constant);
    }
    return TEXT_NONE;
}

/* Recursion ends at MACHINE_NAMED_DEPTH_MAX. */
static void collect_emitted(struct text_collector *collector, struct action_list actions)
{
    for (uint32_t i = 0; i < actions.count; i++) {
        const struct action *action = &actions.items[i];
        if (action->kind == ACTION_NAMED)
            collect_emitted(collector, action->named);
        struct text type =
            action->kind == ACTION_EMIT ? template_event_type(&action->value) : TEXT_NONE;
        if (type.data != NULL)
            collect(collector, type);
    }
}

static void collect_emitted_of_state(struct text_collector *collector, const struct state *state)
{
    collect_emitted(collector, state->entry);
    collect_emitted(collector, state->initial_actions);
    for (uint32_t h = 0; h < state->handler_count; h++) {
        struct transition_list transitions = state->handlers[h].transitions;
        for (uint32_t t = 0; t < transitions.count; t++)
            collect_emitted(collector, transitions.items[t].actions);
    }
    for (uint32_t t = 0; t < state->eventless.count; t++)
        collect_emitted(collector, state->eventless.items[t].actions);
    collect_emitted(collector, state->exit);
}

static void list_emitted_types(struct compiler *compiler)
{
    struct machine *machine = compiler->machine;
    struct text_collector collector = {0};
    collector.items = compiler_alloc(compiler, compiler->action_count, sizeof *collector.items);
    if (!number_table_create(compiler->arena, compiler->action_count, &collector.table))
        compiler->out_of_memory = true;
    if (compiler->out_of_memory)
        return;
    for (uint16_t i = 0; i < machine->state_count; i++)
        collect_emitted_of_state(&collector, &machine->states[i]);
    machine->emitted_types = (struct text_list){collector.items, collector.count};
}

static bool does_something(struct transition_list transitions)
{
    for (uint32_t i = 0; i < transitions.count; i++) {
        if (transitions.items[i].target_count > 0 || transitions.items[i].actions.count > 0)
            return true;
    }
    return false;
}

/* The engine's own events are awaited from nobody outside; and {} only keeps an event
 * from being handled. */
static void list_accepted_types(struct compiler *compiler)
{
    struct machine *machine = compiler->machine;
    bool *is_awaited = compiler_alloc(compiler, machine->descriptor_count, sizeof *is_awaited);
    struct text *types = compiler_alloc(compiler, machine->descriptor_count, sizeof *types);
    if (is_awaited == NULL || types == NULL)
        return;
    for (uint16_t s = 0; s < machine->state_count; s++) {
        for (uint32_t h = 0; h < machine->states[s].handler_count; h++) {
            const struct handler *handler = &machine->states[s].handlers[h];
            is_awaited[handler->descriptor] |= does_something(handler->transitions);
        }
    }
    size_t count = 0;
    for (uint16_t i = 0; i < machine->descriptor_count; i++) {
        struct text name = machine->descriptors[i].name;
        if (is_awaited[i] && !text_starts_with(name, "xstate."))
            types[count++] = name;
    }
    machine->accepted_types = (struct text_list){types, count};
}

/* --- The whole ----------------------------------------------------------------------------------- */

static void compile_names(struct compiler *compiler)
{
    compiler->actions = named_list_create(compiler, "action", "actions");
    compiler->guards = named_list_create(compiler, "guard", "guards");
    compiler->delays = named_list_create(compiler, "delay", "delays");
    if (compiler->out_of_memory)
        return;
    compile_named_guards(compiler);
    compile_named_delays(compiler);
    compile_named_actions(compiler);
}

static void compile_states(struct compiler *compiler)
{
    uint32_t next = 0;
    uint16_t count = compiler->machine->state_count;
    for (uint16_t i = 0; i < count && !compiler->out_of_memory && !compiler->problems->cut; i++) {
        compile_state(compiler, i);
        compile_transitions(compiler, i, &next);
    }
    compiler->machine->transition_count = next;
    link_descriptors(compiler);
}

static void compile_definition(struct compiler *compiler)
{
    compile_identity(compiler);
    compile_contracts(compiler);
    if (!declare_states(compiler)) /* first, as guards name states */
        return;
    compile_names(compiler);
    if (compiler->out_of_memory || !reserve_transitions(compiler))
        return;
    compile_context(compiler);
    compile_states(compiler);
    if (compiler->out_of_memory)
        return;
    list_emitted_types(compiler);
    list_accepted_types(compiler);
}

enum status machine_compile(struct arena *arena, struct json definition,
                            struct problem_list *problems, const struct machine **out)
{
    return machine_compile_zoned(arena, definition, NULL, problems, out);
}

enum status machine_compile_zoned(struct arena *arena, struct json definition,
                                  const struct cel_time_zones *time_zones,
                                  struct problem_list *problems, const struct machine **out)
{
    struct machine *machine = arena_alloc(arena, sizeof *machine);
    if (machine == NULL)
        return STATUS_FATAL;
    struct compiler compiler = {.arena = arena,
                                .problems = problems,
                                .definition = definition,
                                .time_zones = time_zones,
                                .machine = machine};
    size_t problems_before = problems->count;
    if (expect_type(&compiler, NULL, definition, JSON_OBJECT))
        compile_definition(&compiler);
    if (compiler.out_of_memory)
        return STATUS_FATAL;
    if (problems->count > problems_before || problems->cut)
        return STATUS_REJECTED;
    *out = machine;
    return STATUS_OK;
}

struct text machine_id(const struct machine *machine)
{
    return machine->id;
}

struct text machine_version(const struct machine *machine)
{
    return machine->version;
}

struct text_list machine_emitted_types(const struct machine *machine)
{
    return machine->emitted_types;
}

struct text_list machine_accepted_types(const struct machine *machine)
{
    return machine->accepted_types;
}
