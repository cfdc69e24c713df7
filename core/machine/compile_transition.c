/* compile_transition.c - transitions: what a state listens to and where it goes. */
#include <stdlib.h>
#include <string.h>

#include "core/machine/compile.h"

/* --- Targets ---------------------------------------------- */

/* "\\" stands before a character that is meant as it is. */
static struct text unescape(struct compiler *compiler, struct text segment)
{
    if (segment.size == 0 || memchr(segment.data, '\\', segment.size) == NULL)
        return segment;
    char *copy = compiler_alloc(compiler, segment.size, 1);
    size_t size = 0;
    for (size_t i = 0; copy != NULL && i < segment.size; i++) {
        if (segment.data[i] == '\\' && i + 1 < segment.size)
            i++;
        copy[size++] = segment.data[i];
    }
    return (struct text){copy, size};
}

struct text take_key(struct compiler *compiler, struct text *rest, bool *more)
{
    size_t size = 0;
    while (size < rest->size && rest->data[size] != '.')
        size += rest->data[size] == '\\' && size + 1 < rest->size ? 2 : 1;
    struct text segment = {rest->data, size};
    *more = size < rest->size;
    size_t taken = *more ? size + 1 : size;
    *rest = (struct text){rest->data + taken, rest->size - taken};
    return unescape(compiler, segment);
}

/* A state anywhere that has this key: what somebody means who forgot the "#". */
static uint16_t state_by_key(const struct compiler *compiler, struct text key)
{
    for (uint16_t i = 1; i < compiler->machine->state_count; i++) {
        if (text_equal(compiler->states[i].key, key))
            return i;
    }
    return STATE_NONE;
}

static void report_unknown_child(struct compiler *compiler, const struct path *path,
                                 struct text target, uint16_t parent, struct text key)
{
    if (problems_are_full(compiler))
        return;
    const struct machine *machine = compiler->machine;
    struct text *names = compiler_alloc(compiler, machine->state_count, sizeof *names);
    if (names == NULL)
        return;
    size_t count = 0;
    for (uint16_t c = state_first_child(machine, parent); c != STATE_NONE;
         c = state_next_sibling(machine, c))
        names[count++] = machine->states[c].key;
    struct quoted suggestion = suggest(compiler, key, names, count);
    uint16_t elsewhere = state_by_key(compiler, key);
    if (suggestion.text[0] == '\0' && elsewhere != STATE_NONE)
        report(compiler, path,
               "unknown target %s: state %s has no child %s; a state elsewhere is meant by its "
               "id, \"#%s\"",
               quote(target).text, quote(machine->states[parent].id).text, quote(key).text,
               plain(machine->states[elsewhere].id).text);
    else
        report(compiler, path, "unknown target %s: state %s has no child %s%s", quote(target).text,
               quote(machine->states[parent].id).text, quote(key).text, suggestion.text);
}

struct quoted suggest_id(struct compiler *compiler, struct text id)
{
    const struct machine *machine = compiler->machine;
    uint16_t count = compiler->problems->count < PROBLEM_COUNT_MAX ? machine->state_count : 0;
    struct text *ids = compiler_alloc(compiler, count, sizeof *ids);
    for (uint16_t i = 0; ids != NULL && i < count; i++)
        ids[i] = machine->states[i].id;
    return suggest(compiler, id, ids, ids == NULL ? 0 : count);
}

static void report_unknown_id(struct compiler *compiler, const struct path *path,
                              struct text target, struct text id)
{
    struct text whole = {target.data + 1, target.size - 1};
    struct quoted suggestion = suggest_id(compiler, id);
    if (machine_find_state(compiler->machine, whole) != STATE_NONE)
        report(compiler, path, "unknown target %s: a \".\" inside an id is written \"\\\\.\"",
               quote(target).text);
    else
        report(compiler, path, "unknown target %s: no state has the id %s%s", quote(target).text,
               quote(id).text, suggestion.text);
}

/* Walks keys down from `state`. */
static uint16_t resolve_keys(struct compiler *compiler, const struct path *path, struct text target,
                             uint16_t state, struct text keys)
{
    bool more = true;
    while (more) {
        struct text key = take_key(compiler, &keys, &more);
        uint16_t child = machine_find_child(compiler->machine, state, key);
        if (child == STATE_NONE) {
            report_unknown_child(compiler, path, target, state, key);
            return STATE_NONE;
        }
        state = child;
    }
    return state;
}

/* STATE_NONE after reporting. `target` is not empty. */
static uint16_t resolve_target(struct compiler *compiler, const struct path *path, uint16_t source,
                               struct text target)
{
    struct text rest = {target.data + 1, target.size - 1};
    if (target.data[0] == '.')
        return resolve_keys(compiler, path, target, source, rest);
    if (target.data[0] == '#') {
        bool more;
        struct text id = take_key(compiler, &rest, &more);
        uint16_t state = machine_find_state(compiler->machine, id);
        if (state == STATE_NONE)
            report_unknown_id(compiler, path, target, id);
        return more && state != STATE_NONE ? resolve_keys(compiler, path, target, state, rest)
                                           : state;
    }
    uint16_t parent = compiler->states[source].parent;
    if (parent == STATE_NONE) {
        report(compiler, path,
               "the root has no siblings: name its child as \".%s\", or a state by its id "
               "as \"#id\"",
               plain(target).text);
        return STATE_NONE;
    }
    return resolve_keys(compiler, path, target, parent, target);
}

static int compare_numbers(const void *a, const void *b)
{
    uint16_t left, right;
    memcpy(&left, a, sizeof left);
    memcpy(&right, b, sizeof right);
    return (left > right) - (left < right);
}

/* Sorted by number, only neighbours need be compared: where any two meet is where two
 * neighbours between them meet. A history state takes all of its parent. */
static void check_regions(struct compiler *compiler, const struct path *path,
                          const uint16_t *targets, uint16_t count)
{
    const struct state *states = compiler->states;
    uint16_t *sorted = compiler_alloc(compiler, count, sizeof *sorted);
    if (sorted == NULL || count < 2)
        return;
    for (uint16_t i = 0; i < count; i++) {
        const struct state *target = &states[targets[i]];
        sorted[i] = target->type == STATE_HISTORY ? target->parent : target->number;
    }
    qsort(sorted, count, sizeof *sorted, compare_numbers);
    for (uint16_t i = 1; i < count; i++) {
        if (!states_are_orthogonal(compiler->machine, sorted[i - 1], sorted[i])) {
            report(compiler, path,
                   "the targets %s and %s cannot be active at once: several targets must lie in "
                   "different regions of a parallel state",
                   quote(states[sorted[i - 1]].id).text, quote(states[sorted[i]].id).text);
            return;
        }
    }
}

/* One target or an array of them, into targets[]; the number that could be resolved. */
static uint16_t resolve_targets(struct compiler *compiler, const struct path *path, uint16_t source,
                                struct json value, uint16_t *targets)
{
    uint16_t count = 0;
    bool is_array = value.type == JSON_ARRAY;
    for (uint32_t i = 0; i < (is_array ? value.count : 1); i++) {
        struct path element = path_index(path, i);
        const struct path *place = is_array ? &element : path;
        struct json item = is_array ? value.as.items[i] : value;
        if (item.type != JSON_STRING) {
            report(compiler, place, "a target is a string (or an array of them), not %s",
                   json_phrase(item));
        } else if (item.count == 0 && is_array) {
            report(compiler, place, "an empty target stands alone or not at all");
        } else if (item.count > 0) {
            uint16_t target = resolve_target(compiler, place, source, json_text(item));
            if (target != STATE_NONE)
                targets[count++] = target;
        }
    }
    return count;
}

struct target_list compile_target_list(struct compiler *compiler, const struct path *path,
                                       uint16_t source, struct json value)
{
    struct target_list list = {0};
    uint32_t room = value.type == JSON_ARRAY ? value.count : 1;
    if (room > compiler->machine->state_count) {
        report(compiler, path, "has more targets than there are states");
        return list;
    }
    uint16_t *targets = compiler_alloc(compiler, room, sizeof *targets);
    if (targets == NULL)
        return list;
    list.count = resolve_targets(compiler, path, source, value, targets);
    list.items = targets;
    check_regions(compiler, path, targets, list.count);
    return list;
}

/* XState would run the root's entry actions without its exit actions. */
static void check_root_target(struct compiler *compiler, const struct path *path,
                              const struct transition *transition)
{
    for (uint16_t i = 0; i < transition->target_count; i++) {
        if (transition->targets[i] == 0 && transition->source != 0 && !transition->reenter)
            report(compiler, path, "going to the root restarts it: say so with \"reenter\": true");
    }
}

static void compile_targets(struct compiler *compiler, const struct path *path, struct json value,
                            struct transition *transition)
{
    struct target_list list = compile_target_list(compiler, path, transition->source, value);
    transition->targets = list.items;
    transition->target_count = list.count;
    check_root_target(compiler, path, transition);
    for (uint16_t i = 0; i < list.count; i++)
        transition->targets_history |= compiler->states[list.items[i]].type == STATE_HISTORY;
    if (list.count > 0 && !transition->targets_history)
        transition->domain = get_transition_domain(compiler->machine, transition->source,
                                                   transition->reenter, list.items, list.count);
}

/* --- One transition -------------------------------------------------------------------- */

static const struct key_rule transition_keys[] = {
    {"target", NULL},
    {"guard", NULL},
    {"actions", NULL},
    {"reenter", NULL},
    {"description", NULL},
    {"meta", NULL},
    {"context", NULL},
    {"input", "a state has no input of its own: assign to the context"},
    {"matches", "an event is told apart by its type and the guard"},
    {"cond", "XState 5 calls it \"guard\""},
    {"internal", "transitions are internal unless \"reenter\" is true"},
};

/* What a branch of a choice state may have: it only assigns. */
static const struct key_rule branch_keys[] = {
    {"when", NULL},
    {"target", NULL},
    {"context", NULL},
    {"reenter", NULL},
    {"description", NULL},
    {"meta", NULL},
    {"guard", "the condition of a branch is \"when\""},
    {"actions", "a branch has no actions: let its target do them, or assign by \"context\""},
    {"input", "a state has no input of its own: assign to the context"},
};

/* `guard`: what the condition is called, "guard" or "when". */
static void compile_members(struct compiler *compiler, const struct path *path, struct json json,
                            const char *guard, const struct action *first,
                            struct transition *transition)
{
    check_notes(compiler, path, json);
    const struct json *reenter = json_get(json, "reenter");
    if (reenter != NULL && reenter->type != JSON_TRUE && reenter->type != JSON_FALSE) {
        struct path place = path_key(path, TEXT("reenter"));
        report(compiler, &place, "must be true or false, not %s", json_phrase(*reenter));
    }
    transition->reenter = reenter != NULL && reenter->type == JSON_TRUE;
    struct path condition = path_key(path, text_of(guard));
    transition->guard = compile_guard(compiler, &condition, json_get(json, guard));

    struct action_builder builder = {0};
    const struct json *context = json_get(json, "context");
    struct path context_place = path_key(path, TEXT("context"));
    struct path actions = path_key(path, TEXT("actions"));
    if (first != NULL)
        append_action(compiler, path, &builder, *first);
    if (context != NULL)
        append_assign(compiler, &context_place, &builder, *context);
    append_actions(compiler, &actions, &builder, json_get(json, "actions"));
    transition->actions = built_actions(&builder);

    const struct json *target = json_get(json, "target");
    struct path place = path_key(path, TEXT("target"));
    if (target != NULL)
        compile_targets(compiler, &place, *target, transition);
}

static void compile_transition(struct compiler *compiler, const struct path *path, struct json json,
                               const struct action *first, struct transition *transition)
{
    transition->path = path_text(compiler, path);
    if (json.type == JSON_OBJECT && is_expression(json)) {
        report(compiler, path,
               "an expression is no transition: use {\"target\": ..., "
               "\"guard\": {\"@expr\": \"...\"}}");
    } else if (json.type == JSON_OBJECT) {
        check_keys(compiler, path, json, transition_keys,
                   sizeof transition_keys / sizeof *transition_keys);
        compile_members(compiler, path, json, "guard", first, transition);
    } else if (json.type == JSON_STRING) {
        compile_members(compiler, path, json_object(NULL, 0), "guard", first, transition);
        compile_targets(compiler, path, json, transition);
    } else {
        report(compiler, path,
               "a transition is an object or a target's name, not %s; {} forbids the event",
               json_phrase(json));
    }
}

/* Takes the next transitions of the table, as many as the value has candidates. */
static struct transition *new_transitions(struct compiler *compiler, struct state_builder *builder,
                                          uint16_t descriptor, uint32_t count)
{
    struct transition *transitions = compiler->transitions + *builder->next;
    for (uint32_t i = 0; i < count; i++) {
        transitions[i].source = builder->number;
        transitions[i].descriptor = descriptor;
    }
    *builder->next += count;
    return transitions;
}

/* One transition or an array of candidates. */
static struct transition_list compile_candidates(struct compiler *compiler, const struct path *path,
                                                 struct state_builder *builder, uint16_t descriptor,
                                                 struct json value, const struct action *first)
{
    bool is_array = value.type == JSON_ARRAY;
    uint32_t count = is_array ? value.count : 1;
    struct transition *transitions = new_transitions(compiler, builder, descriptor, count);
    for (uint32_t i = 0; i < count; i++) {
        struct path element = path_index(path, i);
        compile_transition(compiler, is_array ? &element : path,
                           is_array ? value.as.items[i] : value, first, &transitions[i]);
    }
    return (struct transition_list){transitions, count};
}

/* --- Choice states -------------------------------------------------------------------------- */

/* The last branch is for all that is left, and only that: a choice state cannot stay. */
static void check_branch(struct compiler *compiler, const struct path *path, struct json branch,
                         bool is_last)
{
    bool has_condition = json_get(branch, "when") != NULL;
    if (is_last && has_condition)
        report(compiler, path,
               "the last branch has no \"when\": a choice state must lead somewhere");
    if (!is_last && !has_condition)
        report(compiler, path, "only the last branch has no \"when\": none is tried after it");
    if (json_get(branch, "target") == NULL)
        report(compiler, path, "needs \"target\": where this branch leads");
}

/* XState 6: the branches are the eventless transitions of a state that has nothing else. */
static struct transition_list compile_choice(struct compiler *compiler,
                                             struct state_builder *builder)
{
    const struct draft_state *draft = &compiler->drafts[builder->number];
    const struct json *choice = json_get(draft->definition, "choice");
    struct path place = path_key(draft->path, TEXT("choice"));
    struct transition_list none = {0};
    if (choice == NULL || !expect_type(compiler, &place, *choice, JSON_ARRAY))
        return none; /* reported when the states were declared, if it is missing */
    if (choice->count == 0)
        report(compiler, &place, "has no branch: a choice state must lead somewhere");
    struct transition *transitions =
        new_transitions(compiler, builder, DESCRIPTOR_NONE, choice->count);
    for (uint32_t i = 0; i < choice->count; i++) {
        struct path element = path_index(&place, i);
        struct json branch = choice->as.items[i];
        transitions[i].path = path_text(compiler, &element);
        if (!expect_type(compiler, &element, branch, JSON_OBJECT))
            continue;
        check_keys(compiler, &element, branch, branch_keys,
                   sizeof branch_keys / sizeof *branch_keys);
        check_branch(compiler, &element, branch, i + 1 == choice->count);
        compile_members(compiler, &element, branch, "when", NULL, &transitions[i]);
    }
    return (struct transition_list){transitions, choice->count};
}

/* --- Descriptors --------------------------------------------------------------------------- */

/* False after reporting. */
static bool is_valid_descriptor(struct compiler *compiler, const struct path *path,
                                struct text name)
{
    const char *star = name.size == 0 ? NULL : memchr(name.data, '*', name.size);
    size_t position = star == NULL ? name.size : (size_t)(star - name.data);
    if (name.size == 0)
        report_key(compiler, path,
                   "an event's type is not empty; transitions without an event are "
                   "in \"always\"");
    else if (star != NULL && (position + 1 < name.size ||
                              (position > 0 && name.data[position - 1] != '.') || position == 1))
        report_key(compiler, path,
                   "%s would never match: \"*\" stands alone, or as the last of several parts as "
                   "in \"evt.books.*\"",
                   quote(name).text);
    else
        return true;
    return false;
}

static uint16_t declare_descriptor(struct compiler *compiler, struct text name)
{
    struct machine *machine = compiler->machine;
    bool is_wildcard = text_is(name, "*") || text_ends_with(name, ".*");
    struct text key = name;
    if (is_wildcard)
        key.size = name.size > 1 ? name.size - 2 : 0;
    uint16_t number = machine_find_name(machine, key, is_wildcard);
    if (number != DESCRIPTOR_NONE)
        return number;
    number = machine->descriptor_count++;
    compiler->descriptors[number] = (struct descriptor){
        .name = name,
        .prefix = is_wildcard ? key : TEXT_NONE,
        .is_wildcard = is_wildcard,
        .broader = DESCRIPTOR_NONE,
    };
    if (is_wildcard && key.size > machine->prefix_size_max)
        machine->prefix_size_max = key.size;
    uint64_t hash = hash_name(is_wildcard ? HASH_WILDCARD : HASH_NAME, key);
    number_table_insert(&machine->descriptor_table, hash, number);
    return number;
}

void link_descriptors(struct compiler *compiler)
{
    for (uint16_t i = 0; i < compiler->machine->descriptor_count; i++) {
        struct descriptor *descriptor = &compiler->descriptors[i];
        if (!descriptor->is_wildcard)
            descriptor->broader =
                machine_find_wildcard(compiler->machine, descriptor->name, SIZE_MAX);
        else if (descriptor->prefix.size > 0)
            descriptor->broader = machine_find_wildcard(compiler->machine, descriptor->prefix,
                                                        descriptor->prefix.size - 1);
    }
}

/* --- The transitions of a state ------------------------------------------------------------- */

static uint64_t count_candidates(const struct json *value)
{
    if (value == NULL)
        return 0;
    return value->type == JSON_ARRAY ? value->count : 1;
}

static uint64_t count_members(const struct json *map, uint64_t *names)
{
    uint64_t count = 0;
    for (uint32_t i = 0; map != NULL && map->type == JSON_OBJECT && i < map->count; i++)
        count += count_candidates(&map->as.members[i].value);
    if (map != NULL && map->type == JSON_OBJECT)
        *names += map->count;
    return count;
}

static void count_handlers(struct json state, struct handler_counts *counts)
{
    const struct json *on_done = json_get(state, "onDone");
    const struct json *on_timeout = json_get(state, "onTimeout");
    const struct json *after = json_get(state, "after");
    counts->transitions += count_candidates(json_get(state, "always"));
    counts->transitions += count_candidates(json_get(state, "choice"));
    counts->transitions += count_candidates(on_done) + count_candidates(on_timeout);
    counts->transitions += count_members(json_get(state, "on"), &counts->names);
    counts->transitions += count_members(after, &counts->names);
    /* "xstate.error.actor.<id>" stands for two: the second is counted with its invoke. */
    counts->names += on_done != NULL ? 1 : 0;
    counts->names += on_timeout != NULL ? 1 : 0;
    counts->delays += on_timeout != NULL ? 1 : 0;
    counts->delays += after != NULL && after->type == JSON_OBJECT ? after->count : 0;
    count_invokes(state, counts);
}

bool reserve_transitions(struct compiler *compiler)
{
    struct handler_counts counts = {0};
    for (uint16_t i = 0; i < compiler->machine->state_count; i++)
        count_handlers(compiler->drafts[i].definition, &counts);
    if (counts.transitions > MACHINE_TRANSITIONS_MAX || counts.names > MACHINE_TRANSITIONS_MAX) {
        report(compiler, NULL, "the machine has more than %d transitions", MACHINE_TRANSITIONS_MAX);
        return false;
    }
    compiler->transitions =
        compiler_alloc(compiler, (size_t)counts.transitions, sizeof *compiler->transitions);
    compiler->descriptors =
        compiler_alloc(compiler, (size_t)counts.names, sizeof *compiler->descriptors);
    compiler->machine->transitions = compiler->transitions;
    compiler->machine->transition_count = (uint32_t)counts.transitions;
    compiler->machine->descriptors = compiler->descriptors;
    if (!number_table_create(compiler->arena, (size_t)counts.names,
                             &compiler->machine->descriptor_table) ||
        !number_table_create(compiler->arena, (size_t)counts.invokes, &compiler->invoke_table))
        compiler->out_of_memory = true;
    return !compiler->out_of_memory;
}

struct handler *add_handler(struct compiler *compiler, const struct path *path,
                            struct state_builder *builder, struct text name, struct json value,
                            const struct action *first)
{
    uint16_t descriptor = declare_descriptor(compiler, name);
    struct transition_list candidates =
        compile_candidates(compiler, path, builder, descriptor, value, first);
    if (candidates.count == 0)
        return NULL;
    struct handler *handler = &builder->handlers[builder->handler_count++];
    *handler = (struct handler){descriptor, candidates};
    return handler;
}

uint16_t share_handler(struct compiler *compiler, struct state_builder *builder, struct text name,
                       struct transition_list candidates)
{
    uint16_t descriptor = declare_descriptor(compiler, name);
    builder->handlers[builder->handler_count++] = (struct handler){descriptor, candidates};
    return descriptor;
}

/* What a state says of "xstate.done.state.<id>" must be of a state that there is. */
static void check_done_name(struct compiler *compiler, const struct path *path, struct text name)
{
    static const char prefix[] = "xstate.done.state.";
    if (!text_starts_with(name, prefix) || text_ends_with(name, "*"))
        return;
    struct text id = {name.data + sizeof prefix - 1, name.size - (sizeof prefix - 1)};
    if (machine_find_state(compiler->machine, id) == STATE_NONE)
        report_key(compiler, path, "no state has the id %s%s", quote(id).text,
                   suggest_id(compiler, id).text);
}

static void compile_on(struct compiler *compiler, struct state_builder *builder)
{
    const struct draft_state *draft = &compiler->drafts[builder->number];
    const struct json *on = json_get(draft->definition, "on");
    struct path place = path_key(draft->path, TEXT("on"));
    if (on == NULL || !expect_type(compiler, &place, *on, JSON_OBJECT))
        return;
    for (uint32_t i = 0; i < on->count; i++) {
        const struct json_member *member = &on->as.members[i];
        struct path event = path_key(&place, member->name);
        if (!is_valid_descriptor(compiler, &event, member->name))
            continue;
        check_done_name(compiler, &event, member->name);
        if (!compile_actor_handler(compiler, &event, builder, member->name, member->value))
            add_handler(compiler, &event, builder, member->name, member->value, NULL);
    }
}

static void compile_on_done(struct compiler *compiler, struct state_builder *builder)
{
    const struct draft_state *draft = &compiler->drafts[builder->number];
    const struct json *on_done = json_get(draft->definition, "onDone");
    struct path place = path_key(draft->path, TEXT("onDone"));
    if (on_done != NULL)
        add_handler(compiler, &place, builder, compiler->states[builder->number].done_type,
                    *on_done, NULL);
}

static int compare_handlers(const void *a, const void *b)
{
    const struct handler *left = a, *right = b;
    return (left->descriptor > right->descriptor) - (left->descriptor < right->descriptor);
}

/* One name twice, in `on` and by one of the members that stand for a name: XState keeps
 * one of them or joins them; a reader cannot tell. */
static void check_handlers(struct compiler *compiler, const struct state_builder *builder)
{
    for (uint32_t i = 1; i < builder->handler_count; i++) {
        uint16_t descriptor = builder->handlers[i].descriptor;
        if (descriptor == builder->handlers[i - 1].descriptor)
            report(compiler, compiler->drafts[builder->number].path,
                   "%s is handled twice, by \"on\" and by \"onDone\", \"after\", \"timeout\" or "
                   "\"invoke\"",
                   quote(compiler->descriptors[descriptor].name).text);
    }
}

/* Room for all that this state can have. */
static bool begin_state(struct compiler *compiler, struct state_builder *builder)
{
    struct handler_counts counts = {0};
    count_handlers(compiler->drafts[builder->number].definition, &counts);
    builder->handlers = compiler_alloc(compiler, (size_t)counts.names, sizeof *builder->handlers);
    builder->delays = compiler_alloc(compiler, (size_t)counts.delays, sizeof *builder->delays);
    builder->invokes = compiler_alloc(compiler, (size_t)counts.invokes, sizeof *builder->invokes);
    return !compiler->out_of_memory;
}

void compile_transitions(struct compiler *compiler, uint16_t number, uint32_t *next)
{
    struct state_builder builder = {.number = number, .next = next};
    if (!begin_state(compiler, &builder))
        return;
    struct state *state = &compiler->states[number];
    state->invokes = builder.invokes;
    compile_invokes(compiler, &builder);
    compile_on(compiler, &builder);
    compile_on_done(compiler, &builder);
    compile_delays(compiler, &builder);
    if (builder.handler_count > 0)
        qsort(builder.handlers, builder.handler_count, sizeof *builder.handlers, compare_handlers);
    check_handlers(compiler, &builder);
    state->handlers = builder.handlers;
    state->handler_count = builder.handler_count;
    state->delays = builder.delays;
    state->delay_count = builder.delay_count;

    const struct draft_state *draft = &compiler->drafts[number];
    const struct json *always = json_get(draft->definition, "always");
    struct path place = path_key(draft->path, TEXT("always"));
    if (state->type == STATE_CHOICE)
        state->eventless = compile_choice(compiler, &builder);
    else if (always != NULL)
        state->eventless =
            compile_candidates(compiler, &place, &builder, DESCRIPTOR_NONE, *always, NULL);
}
