/* compile_transition.c - transitions: what a state listens to and where it goes. */
#include <stdlib.h>
#include <string.h>

#include "core/machine/compile.h"

/* --- Targets ---------------------------------------------- */

/* Takes the text up to the next unescaped "." off *rest; *more tells whether a "."
 * followed. */
static struct text next_segment(struct text *rest, bool *more)
{
    size_t size = 0;
    while (size < rest->size && rest->data[size] != '.')
        size += rest->data[size] == '\\' && size + 1 < rest->size ? 2 : 1;
    struct text segment = {rest->data, size};
    *more = size < rest->size;
    size_t taken = *more ? size + 1 : size;
    *rest = (struct text){rest->data + taken, rest->size - taken};
    return segment;
}

/* "\" stands before a character that is meant as it is. */
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

static struct quoted suggest_id(struct compiler *compiler, struct text id)
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
        struct text key = unescape(compiler, next_segment(&keys, &more));
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
        struct text id = unescape(compiler, next_segment(&rest, &more));
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

/* Both can be active at once: neither contains the other, and where their ancestors
 * meet is a parallel state. */
static bool are_orthogonal(const struct machine *machine, uint16_t a, uint16_t b)
{
    if (a == b || state_is_descendant(machine, b, a))
        return false;
    uint16_t meeting = machine->states[a].parent;
    while (!state_is_descendant(machine, b, meeting))
        meeting = machine->states[meeting].parent;
    return machine->states[meeting].type == STATE_PARALLEL;
}

/* Sorted by number, only neighbours need be compared: where any two meet is where two
 * neighbours between them meet. */
static void check_regions(struct compiler *compiler, const struct path *path,
                          const uint16_t *targets, uint16_t count)
{
    uint16_t *sorted = compiler_alloc(compiler, count, sizeof *sorted);
    if (sorted == NULL || count < 2)
        return;
    memcpy(sorted, targets, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_numbers);
    const struct state *states = compiler->states;
    for (uint16_t i = 1; i < count; i++) {
        if (!are_orthogonal(compiler->machine, sorted[i - 1], sorted[i])) {
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
    uint32_t room = value.type == JSON_ARRAY ? value.count : 1;
    if (room > compiler->machine->state_count) {
        report(compiler, path, "has more targets than there are states");
        return;
    }
    uint16_t *targets = compiler_alloc(compiler, room, sizeof *targets);
    if (targets == NULL)
        return;
    transition->target_count = resolve_targets(compiler, path, transition->source, value, targets);
    transition->targets = targets;
    check_regions(compiler, path, targets, transition->target_count);
    check_root_target(compiler, path, transition);
}

/* --- One transition -------------------------------------------------------------------- */

static const struct key_rule transition_keys[] = {
    {"target", NULL},
    {"guard", NULL},
    {"actions", NULL},
    {"reenter", NULL},
    {"description", NULL},
    {"meta", NULL},
    {"context", "a transition's \"context\" is not supported: use the action @xstate.assign"},
    {"input", "a transition's \"input\" is not supported"},
    {"cond", "XState 5 calls it \"guard\""},
    {"internal", "transitions are internal unless \"reenter\" is true"},
};

static void compile_transition_object(struct compiler *compiler, const struct path *path,
                                      struct json json, struct transition *transition)
{
    check_keys(compiler, path, json, transition_keys,
               sizeof transition_keys / sizeof *transition_keys);
    check_notes(compiler, path, json);
    const struct json *reenter = json_get(json, "reenter");
    if (reenter != NULL && reenter->type != JSON_TRUE && reenter->type != JSON_FALSE) {
        struct path place = path_key(path, TEXT("reenter"));
        report(compiler, &place, "must be true or false, not %s", json_phrase(*reenter));
    }
    transition->reenter = reenter != NULL && reenter->type == JSON_TRUE;
    struct path guard = path_key(path, TEXT("guard"));
    transition->guard = compile_guard(compiler, &guard, json_get(json, "guard"));
    struct path actions = path_key(path, TEXT("actions"));
    transition->actions = compile_actions(compiler, &actions, json_get(json, "actions"));
    const struct json *target = json_get(json, "target");
    struct path place = path_key(path, TEXT("target"));
    if (target != NULL)
        compile_targets(compiler, &place, *target, transition);
}

static void compile_transition(struct compiler *compiler, const struct path *path, struct json json,
                               struct transition *transition)
{
    transition->path = path_text(compiler, path);
    if (json.type == JSON_STRING)
        compile_targets(compiler, path, json, transition);
    else if (json.type != JSON_OBJECT)
        report(compiler, path,
               "a transition is an object or a target's name, not %s; {} forbids the event",
               json_phrase(json));
    else if (is_expression(json))
        report(compiler, path,
               "an expression is no transition: use {\"target\": ..., "
               "\"guard\": {\"@expr\": \"...\"}}");
    else
        compile_transition_object(compiler, path, json, transition);
}

/* One transition or an array of candidates. */
static struct transition_list compile_candidates(struct compiler *compiler, const struct path *path,
                                                 uint16_t source, uint16_t descriptor,
                                                 struct json value, uint32_t *next)
{
    bool is_array = value.type == JSON_ARRAY;
    struct transition *first = compiler->transitions + *next;
    uint32_t count = is_array ? value.count : 1;
    for (uint32_t i = 0; i < count; i++) {
        struct path element = path_index(path, i);
        first[i].source = source;
        first[i].descriptor = descriptor;
        compile_transition(compiler, is_array ? &element : path,
                           is_array ? value.as.items[i] : value, &first[i]);
    }
    *next += count;
    return (struct transition_list){first, count};
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

bool reserve_transitions(struct compiler *compiler)
{
    uint64_t transitions = 0, names = 0;
    for (uint16_t i = 0; i < compiler->machine->state_count; i++) {
        struct json state = compiler->drafts[i].definition;
        const struct json *on_done = json_get(state, "onDone");
        transitions += count_candidates(json_get(state, "always")) + count_candidates(on_done);
        transitions += count_members(json_get(state, "on"), &names);
        transitions += count_members(json_get(state, "after"), &names);
        names += on_done != NULL;
    }
    if (transitions > MACHINE_TRANSITIONS_MAX || names > MACHINE_TRANSITIONS_MAX) {
        report(compiler, NULL, "the machine has more than %d transitions", MACHINE_TRANSITIONS_MAX);
        return false;
    }
    compiler->transitions =
        compiler_alloc(compiler, (size_t)transitions, sizeof *compiler->transitions);
    compiler->descriptors = compiler_alloc(compiler, (size_t)names, sizeof *compiler->descriptors);
    compiler->machine->transitions = compiler->transitions;
    compiler->machine->transition_count = (uint32_t)transitions;
    compiler->machine->descriptors = compiler->descriptors;
    if (!number_table_create(compiler->arena, (size_t)names, &compiler->machine->descriptor_table))
        compiler->out_of_memory = true;
    return !compiler->out_of_memory;
}

/* The handlers of one state while they are collected. */
struct handler_builder {
    struct handler *items;
    uint32_t count;
};

static void add_handler(struct compiler *compiler, const struct path *path,
                        struct handler_builder *builder, uint16_t source, struct text name,
                        struct json value, uint32_t *next)
{
    uint16_t descriptor = declare_descriptor(compiler, name);
    struct transition_list candidates =
        compile_candidates(compiler, path, source, descriptor, value, next);
    if (candidates.count > 0)
        builder->items[builder->count++] = (struct handler){descriptor, candidates};
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

static void compile_on(struct compiler *compiler, uint16_t source, struct handler_builder *builder,
                       uint32_t *next)
{
    const struct draft_state *draft = &compiler->drafts[source];
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
        add_handler(compiler, &event, builder, source, member->name, member->value, next);
    }
}

static void compile_on_done(struct compiler *compiler, uint16_t source,
                            struct handler_builder *builder, uint32_t *next)
{
    const struct draft_state *draft = &compiler->drafts[source];
    const struct json *on_done = json_get(draft->definition, "onDone");
    struct path place = path_key(draft->path, TEXT("onDone"));
    if (on_done != NULL)
        add_handler(compiler, &place, builder, source, compiler->states[source].done_type, *on_done,
                    next);
}

static struct text delay_event_type(struct compiler *compiler, struct text key, struct text id)
{
    struct text prefix = TEXT("xstate.after.");
    struct text parts[] = {prefix, key, TEXT("."), id};
    return join_texts(compiler, parts, sizeof parts / sizeof *parts);
}

static void compile_after(struct compiler *compiler, uint16_t source,
                          struct handler_builder *builder, uint32_t *next)
{
    const struct draft_state *draft = &compiler->drafts[source];
    const struct json *after = json_get(draft->definition, "after");
    struct path place = path_key(draft->path, TEXT("after"));
    if (after == NULL || !expect_type(compiler, &place, *after, JSON_OBJECT))
        return;
    struct delay *delays = compiler_alloc(compiler, after->count, sizeof *delays);
    if (delays == NULL)
        return;
    struct state *state = &compiler->states[source];
    for (uint32_t i = 0; i < after->count; i++) {
        const struct json_member *member = &after->as.members[i];
        struct path event = path_key(&place, member->name);
        struct delay *delay = &delays[i];
        compile_delay_key(compiler, &event, member->name, delay);
        delay->key = member->name;
        delay->event_type = delay_event_type(compiler, member->name, state->id);
        add_handler(compiler, &event, builder, source, delay->event_type, member->value, next);
    }
    state->delays = delays;
    state->delay_count = after->count;
}

static int compare_handlers(const void *a, const void *b)
{
    const struct handler *left = a, *right = b;
    return (left->descriptor > right->descriptor) - (left->descriptor < right->descriptor);
}

/* One name twice, in `on` and as `onDone` or `after`: XState keeps one of them or joins
 * them; a reader cannot tell. */
static void check_handlers(struct compiler *compiler, uint16_t number,
                           const struct handler_builder *builder)
{
    for (uint32_t i = 1; i < builder->count; i++) {
        uint16_t descriptor = builder->items[i].descriptor;
        if (descriptor == builder->items[i - 1].descriptor)
            report(compiler, compiler->drafts[number].path,
                   "%s is handled twice, by \"on\" and by \"onDone\" or \"after\"",
                   quote(compiler->descriptors[descriptor].name).text);
    }
}

static uint32_t count_names(struct json state)
{
    uint64_t names = json_get(state, "onDone") != NULL;
    count_members(json_get(state, "on"), &names);
    count_members(json_get(state, "after"), &names);
    return (uint32_t)names;
}

void compile_transitions(struct compiler *compiler, uint16_t number, uint32_t *next)
{
    const struct draft_state *draft = &compiler->drafts[number];
    struct handler_builder builder = {0};
    builder.items = compiler_alloc(compiler, count_names(draft->definition), sizeof *builder.items);
    if (builder.items == NULL)
        return;
    compile_on(compiler, number, &builder, next);
    compile_on_done(compiler, number, &builder, next);
    compile_after(compiler, number, &builder, next);
    if (builder.count > 0)
        qsort(builder.items, builder.count, sizeof *builder.items, compare_handlers);
    check_handlers(compiler, number, &builder);

    struct state *state = &compiler->states[number];
    state->handlers = builder.items;
    state->handler_count = builder.count;
    const struct json *always = json_get(draft->definition, "always");
    struct path place = path_key(draft->path, TEXT("always"));
    if (always != NULL)
        state->eventless =
            compile_candidates(compiler, &place, number, DESCRIPTOR_NONE, *always, next);
}
