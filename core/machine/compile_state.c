/* compile_state.c - states: how they are nested, named and numbered (the first pass),
 * and what they do besides transitions (the second). */
#include <string.h>

#include "core/machine/compile.h"
#include "core/machine/state_set.h"

static const struct key_rule state_keys[] = {
    {"id", NULL},
    {"type", NULL},
    {"initial", NULL},
    {"states", NULL},
    {"on", NULL},
    {"always", NULL},
    {"after", NULL},
    {"onDone", NULL},
    {"entry", NULL},
    {"exit", NULL},
    {"output", NULL},
    {"tags", NULL},
    {"meta", NULL},
    {"description", NULL},
    {"history", NULL},
    {"target", NULL},
    {"choice", NULL},
    {"invoke", NULL},
    {"timeout", NULL},
    {"onTimeout", NULL},
    {"emit", NULL},
    {"onError", "errors are answers of commands: use \"onError\" of the invoke"},
    {"route", "\"route\" is not supported"},
    {"input", "a state has no input of its own: assign to the context"},
    {"key", "a state's key is its name in \"states\""},
};

static const struct key_rule root_keys[] = {
    {"$schema", NULL},
    {"@exprLang", NULL},
    {"version", NULL},
    {"context", NULL},
    {"actions", NULL},
    {"guards", NULL},
    {"delays", NULL},
    {"schemas", NULL},
    {"actors", "what is invoked is a command (\"src\": \"cmd....\"), so there are no \"actors\""},
    {"actorSources",
     "what is invoked is a command (\"src\": \"cmd....\"), so there are no \"actorSources\""},
};

enum {
    STATE_KEYS = sizeof state_keys / sizeof *state_keys,
    ROOT_KEYS = sizeof root_keys / sizeof *root_keys
};

static void check_state_keys(struct compiler *compiler, const struct path *path,
                             struct json definition, bool is_root)
{
    struct key_rule rules[STATE_KEYS + ROOT_KEYS];
    memcpy(rules, state_keys, sizeof state_keys);
    memcpy(rules + STATE_KEYS, root_keys, sizeof root_keys);
    if (!is_root) {
        rules[STATE_KEYS] = (struct key_rule){"context", "only the machine has a \"context\""};
        check_keys(compiler, path, definition, rules, STATE_KEYS + 1);
    } else {
        check_keys(compiler, path, definition, rules, STATE_KEYS + ROOT_KEYS);
    }
    check_notes(compiler, path, definition);
}

/* --- First pass: numbers, names and nesting ------------------------------------------------- */

static const struct json *child_states(struct json definition)
{
    const struct json *states = json_get(definition, "states");
    return states != NULL && states->type == JSON_OBJECT ? states : NULL;
}

/* States at this depth or deeper; those below MACHINE_STATE_DEPTH_MAX are not counted. */
static uint64_t count_states(struct json definition, uint32_t depth)
{
    uint64_t count = 1;
    const struct json *states = child_states(definition);
    for (uint32_t i = 0; states != NULL && depth < MACHINE_STATE_DEPTH_MAX && i < states->count;
         i++)
        count += count_states(states->as.members[i].value, depth + 1);
    return count;
}

static enum state_type explicit_type(struct compiler *compiler, const struct path *path,
                                     struct text name, enum state_type otherwise)
{
    static const struct text names[] = {
        [STATE_ATOMIC] = {"atomic", 6},     [STATE_COMPOUND] = {"compound", 8},
        [STATE_PARALLEL] = {"parallel", 8}, [STATE_FINAL] = {"final", 5},
        [STATE_HISTORY] = {"history", 7},   [STATE_CHOICE] = {"choice", 6},
    };
    enum { COUNT = sizeof names / sizeof *names };
    for (int i = 0; i < COUNT; i++) {
        if (text_equal(name, names[i]))
            return (enum state_type)i;
    }
    report(compiler, path, "unknown type %s%s", quote(name).text,
           suggest(compiler, name, names, COUNT).text);
    return otherwise;
}

static enum state_type state_type_of(struct compiler *compiler, const struct path *path,
                                     struct json definition)
{
    const struct json *states = child_states(definition);
    enum state_type implied = states != NULL && states->count > 0       ? STATE_COMPOUND
                              : json_get(definition, "history") != NULL ? STATE_HISTORY
                              : json_get(definition, "choice") != NULL  ? STATE_CHOICE
                                                                        : STATE_ATOMIC;
    const struct json *type = json_get(definition, "type");
    struct path place = path_key(path, TEXT("type"));
    if (type == NULL || !expect_type(compiler, &place, *type, JSON_STRING))
        return implied;
    return explicit_type(compiler, &place, json_text(*type), implied);
}

/* The member that says that a state is a leaf of this type. */
static struct text type_member(struct json definition, enum state_type type)
{
    if (json_get(definition, "type") != NULL)
        return TEXT("type");
    return type == STATE_HISTORY ? TEXT("history") : TEXT("choice");
}

/* Which members go with which type: those of a state that is stayed in. */
static void check_nesting(struct compiler *compiler, const struct path *path,
                          struct json definition, enum state_type type)
{
    const struct json *states = child_states(definition);
    bool has_states = states != NULL && states->count > 0;
    bool is_leaf = type != STATE_COMPOUND && type != STATE_PARALLEL;
    struct path states_place = path_key(path, TEXT("states"));
    struct path initial_place = path_key(path, TEXT("initial"));
    struct path done_place = path_key(path, TEXT("onDone"));
    if (is_leaf && has_states)
        report_key(compiler, &states_place, "a state of type \"%s\" has no states inside",
                   type == STATE_FINAL ? "final" : "atomic");
    if (!is_leaf && !has_states)
        report(compiler, path, "a state of type \"%s\" needs \"states\"",
               type == STATE_PARALLEL ? "parallel" : "compound");
    if (type != STATE_COMPOUND && json_get(definition, "initial") != NULL)
        report_key(compiler, &initial_place, "%s",
                   type == STATE_PARALLEL
                       ? "a parallel state enters all its states; it has no initial"
                       : "a state without states inside has no initial one");
    if (is_leaf && json_get(definition, "onDone") != NULL)
        report_key(compiler, &done_place, "a state without states inside is never done");
}

/* Reports each of these members, which this type of state does not have. */
static void refuse_members(struct compiler *compiler, const struct path *path,
                           struct json definition, const char *const *members, const char *why)
{
    for (size_t i = 0; members[i] != NULL; i++) {
        if (json_get(definition, members[i]) == NULL)
            continue;
        struct path place = path_key(path, text_of(members[i]));
        report_key(compiler, &place, "%s", why);
    }
}

static void check_history(struct compiler *compiler, const struct path *path,
                          struct json definition)
{
    const struct json *history = json_get(definition, "history");
    struct path place = path_key(path, TEXT("history"));
    if (history == NULL || history->type == JSON_TRUE)
        return; /* shallow */
    struct text kind = history->type == JSON_STRING ? json_text(*history) : TEXT_NONE;
    if (!text_is(kind, "shallow") && !text_is(kind, "deep"))
        report(compiler, &place, "is \"shallow\" or \"deep\"");
}

/* What a state of this type has, and what it does not. */
static void check_type(struct compiler *compiler, const struct path *path, struct json definition,
                       enum state_type type)
{
    static const char *const of_final[] = {"on",      "always",    "after", "invoke",
                                           "timeout", "onTimeout", NULL};
    static const char *const of_pseudo[] = {"states", "initial", "on",        "always", "after",
                                            "onDone", "entry",   "exit",      "emit",   "output",
                                            "invoke", "timeout", "onTimeout", NULL};
    static const char *const of_history[] = {"history", "target", NULL};
    static const char *const of_choice[] = {"choice", NULL};
    static const char *const tags[] = {"tags", NULL};
    if (type == STATE_HISTORY || type == STATE_CHOICE)
        refuse_members(compiler, path, definition, of_pseudo,
                       type == STATE_CHOICE ? "a choice state only chooses: it has an \"id\", a "
                                              "\"choice\" and \"tags\""
                                            : "a history state is never active: it has an \"id\", "
                                              "a \"history\" and a default \"target\"");
    else
        check_nesting(compiler, path, definition, type);
    if (type == STATE_HISTORY)
        check_history(compiler, path, definition);
    else
        refuse_members(compiler, path, definition, of_history, "only a history state has this");
    if (type == STATE_HISTORY)
        refuse_members(compiler, path, definition, tags, "a history state is never active");
    if (type != STATE_CHOICE)
        refuse_members(compiler, path, definition, of_choice,
                       "only a state of type \"choice\" has this");
    else if (json_get(definition, "choice") == NULL)
        report(compiler, path, "a choice state needs \"choice\": its branches");
    if (type == STATE_FINAL)
        refuse_members(compiler, path, definition, of_final,
                       "a final state is the end: it has no transitions");
}

static struct text state_id(struct compiler *compiler, const struct path *path,
                            struct json definition, struct text default_id)
{
    const struct json *id = json_get(definition, "id");
    struct path place = path_key(path, TEXT("id"));
    struct text found = default_id;
    if (id != NULL && expect_type(compiler, &place, *id, JSON_STRING)) {
        found = json_text(*id);
        if (found.size == 0)
            report(compiler, &place, "an id is not empty");
    }
    if (found.size > MACHINE_ID_SIZE_MAX)
        report(compiler, path, "the state's id has %zu bytes; at most %d are supported", found.size,
               MACHINE_ID_SIZE_MAX);
    return found;
}

static struct text default_state_id(struct compiler *compiler, uint16_t parent, struct text key)
{
    if (parent == STATE_NONE)
        return compiler->machine->id;
    struct text above = compiler->drafts[parent].default_id;
    struct text parts[] = {above, TEXT("."), key};
    /* Once it is too long for itself it need not grow further. */
    if (above.size > MACHINE_ID_SIZE_MAX)
        return above;
    return join_texts(compiler, parts, sizeof parts / sizeof *parts);
}

static const struct path *keep_path(struct compiler *compiler, struct path path)
{
    struct path *kept = compiler_alloc(compiler, 1, sizeof *kept);
    if (kept != NULL)
        *kept = path;
    return kept;
}

static void describe_state(struct compiler *compiler, struct state *state,
                           struct draft_state *draft)
{
    struct json definition = draft->definition;
    bool is_root = state->parent == STATE_NONE;
    check_state_keys(compiler, draft->path, definition, is_root);
    state->type = state_type_of(compiler, draft->path, definition);
    check_type(compiler, draft->path, definition, state->type);
    if (is_root && state->type != STATE_ATOMIC && state_is_leaf(state)) {
        struct path place = path_key(draft->path, type_member(definition, state->type));
        report(compiler, &place, "the machine itself is no %s state",
               state->type == STATE_FINAL     ? "final"
               : state->type == STATE_HISTORY ? "history"
                                              : "choice");
    }
    state->id = is_root ? compiler->machine->id
                        : state_id(compiler, draft->path, definition, draft->default_id);
    struct text parts[] = {TEXT("xstate.done.state."), state->id};
    state->done_type = join_texts(compiler, parts, sizeof parts / sizeof *parts);
}

static void declare_children(struct compiler *compiler, uint16_t number);

/* Takes the next number for the state and those below it. */
static void declare_state(struct compiler *compiler, uint16_t parent, struct text key,
                          struct json definition, const struct path *path)
{
    uint16_t number = compiler->machine->state_count++;
    struct state *state = &compiler->states[number];
    struct draft_state *draft = &compiler->drafts[number];
    *state = (struct state){
        .number = number,
        .parent = parent,
        .last_descendant = number,
        .depth = parent == STATE_NONE ? 0 : (uint16_t)(compiler->states[parent].depth + 1),
        .key = key,
        .initial = STATE_NONE,
    };
    *draft = (struct draft_state){definition, path, default_state_id(compiler, parent, key)};
    if (parent != STATE_NONE && path == NULL)
        return; /* out of memory */
    if (!expect_type(compiler, path, definition, JSON_OBJECT))
        return;
    describe_state(compiler, state, draft);
    declare_children(compiler, number);
    state->last_descendant = (uint16_t)(compiler->machine->state_count - 1);
}

static void declare_children(struct compiler *compiler, uint16_t number)
{
    const struct draft_state *draft = &compiler->drafts[number];
    const struct json *states = json_get(draft->definition, "states");
    const struct path *place = keep_path(compiler, path_key(draft->path, TEXT("states")));
    if (states == NULL || place == NULL || !expect_type(compiler, place, *states, JSON_OBJECT))
        return;
    if (compiler->states[number].depth == MACHINE_STATE_DEPTH_MAX && states->count > 0) {
        report(compiler, place, "states are nested deeper than %d", MACHINE_STATE_DEPTH_MAX);
        return;
    }
    for (uint32_t i = 0; i < states->count && !compiler->out_of_memory; i++) {
        struct text key = states->as.members[i].name;
        const struct path *path = keep_path(compiler, path_key(place, key));
        if (path != NULL && key.size == 0)
            report_key(compiler, path, "a state's key is not empty");
        declare_state(compiler, number, key, states->as.members[i].value, path);
    }
}

/* The tables by which states are found; ids must be different. */
static void index_states(struct compiler *compiler)
{
    struct machine *machine = compiler->machine;
    if (!number_table_create(compiler->arena, machine->state_count, &machine->child_table) ||
        !number_table_create(compiler->arena, machine->state_count, &machine->id_table)) {
        compiler->out_of_memory = true;
        return;
    }
    for (uint16_t i = 0; i < machine->state_count; i++) {
        const struct state *state = &machine->states[i];
        if (i > 0)
            number_table_insert(&machine->child_table, hash_child(state->parent, state->key), i);
        uint16_t same = machine_find_state(machine, state->id);
        if (same == STATE_NONE)
            number_table_insert(&machine->id_table, hash_name(HASH_NAME, state->id), i);
        else
            report(compiler, compiler->drafts[i].path, "the id %s is that of %s already",
                   quote(state->id).text, path_text(compiler, compiler->drafts[same].path));
    }
}

bool declare_states(struct compiler *compiler)
{
    uint64_t count = count_states(compiler->definition, 0);
    if (count > MACHINE_STATES_MAX) {
        struct path place = path_key(NULL, TEXT("states"));
        report(compiler, &place, "the machine has %llu states; at most %d are supported",
               (unsigned long long)count, MACHINE_STATES_MAX);
        return false;
    }
    compiler->states = compiler_alloc(compiler, (size_t)count, sizeof *compiler->states);
    compiler->drafts = compiler_alloc(compiler, (size_t)count, sizeof *compiler->drafts);
    compiler->machine->states = compiler->states;
    if (compiler->out_of_memory)
        return false;
    declare_state(compiler, STATE_NONE, compiler->machine->id, compiler->definition, NULL);
    if (!compiler->out_of_memory)
        index_states(compiler);
    compiler->machine->word_count = state_set_word_count(compiler->machine->state_count);
    return !compiler->out_of_memory;
}

/* --- Second pass ------------------------------------------------------------------------------- */

static uint16_t initial_child(struct compiler *compiler, const struct path *path, uint16_t number,
                              struct text key)
{
    const struct machine *machine = compiler->machine;
    uint16_t child = machine_find_child(machine, number, key);
    if (child != STATE_NONE && machine->states[child].type == STATE_HISTORY &&
        json_get(compiler->drafts[child].definition, "target") == NULL)
        report(compiler, path,
               "the initial state is a history state: it needs a \"target\" for the first time");
    if (child != STATE_NONE || problems_are_full(compiler))
        return child;
    struct text *keys = compiler_alloc(compiler, machine->state_count, sizeof *keys);
    size_t count = 0;
    for (uint16_t c = state_first_child(machine, number); keys != NULL && c != STATE_NONE;
         c = state_next_sibling(machine, c))
        keys[count++] = machine->states[c].key;
    report(compiler, path, "unknown initial state %s: it must be a child of this state%s",
           quote(key).text, suggest(compiler, key, keys, count).text);
    return STATE_NONE;
}

/* {"target": key, "actions": [...]} */
static void compile_initial_object(struct compiler *compiler, const struct path *path,
                                   struct json json, struct state *state)
{
    static const struct key_rule keys[] = {
        {"target", NULL}, {"actions", NULL}, {"description", NULL}, {"meta", NULL}};
    check_keys(compiler, path, json, keys, sizeof keys / sizeof *keys);
    check_notes(compiler, path, json);
    const struct json *target = json_get(json, "target");
    struct path place = path_key(path, TEXT("target"));
    if (target == NULL)
        report(compiler, path, "needs \"target\": a child of this state");
    else if (expect_type(compiler, &place, *target, JSON_STRING))
        state->initial = initial_child(compiler, &place, state->number, json_text(*target));
    struct path actions = path_key(path, TEXT("actions"));
    state->initial_actions = compile_actions(compiler, &actions, json_get(json, "actions"));
}

static void compile_initial(struct compiler *compiler, struct state *state)
{
    const struct draft_state *draft = &compiler->drafts[state->number];
    const struct json *initial = json_get(draft->definition, "initial");
    struct path place = path_key(draft->path, TEXT("initial"));
    if (state->type != STATE_COMPOUND || state->last_descendant == state->number)
        return; /* reported when the states were declared, if it is wrong */
    if (initial == NULL)
        report(compiler, draft->path, "needs \"initial\": %s, for example",
               quote(compiler->states[state->number + 1].key).text);
    else if (initial->type == JSON_OBJECT)
        compile_initial_object(compiler, &place, *initial, state);
    else if (expect_type(compiler, &place, *initial, JSON_STRING))
        state->initial = initial_child(compiler, &place, state->number, json_text(*initial));
}

static void compile_output(struct compiler *compiler, struct state *state)
{
    const struct draft_state *draft = &compiler->drafts[state->number];
    const struct json *output = json_get(draft->definition, "output");
    struct path place = path_key(draft->path, TEXT("output"));
    if (output == NULL)
        return;
    if (state->type != STATE_FINAL && state->parent != STATE_NONE) {
        report_key(compiler, &place, "only final states and the machine itself have an output");
        return;
    }
    struct template *template = compiler_alloc(compiler, 1, sizeof *template);
    if (template != NULL && compile_template(compiler, &place, *output, template))
        state->output = template;
}

/* One string, or an array of them. */
static void compile_tags(struct compiler *compiler, struct state *state)
{
    const struct draft_state *draft = &compiler->drafts[state->number];
    const struct json *tags = json_get(draft->definition, "tags");
    struct path place = path_key(draft->path, TEXT("tags"));
    if (tags == NULL)
        return;
    bool is_array = tags->type == JSON_ARRAY;
    uint32_t count = is_array ? tags->count : 1;
    struct text *texts = compiler_alloc(compiler, count, sizeof *texts);
    if (texts == NULL)
        return;
    for (uint32_t i = 0; i < count; i++) {
        struct path element = path_index(&place, i);
        struct json tag = is_array ? tags->as.items[i] : *tags;
        if (expect_type(compiler, is_array ? &element : &place, tag, JSON_STRING))
            texts[state->tag_count++] = json_text(tag);
    }
    state->tags = texts;
}

/* --- History --------------------------------------------------------------------------------- */

static void list_histories(struct compiler *compiler, struct state *state)
{
    const struct machine *machine = compiler->machine;
    uint16_t count = 0;
    for (uint16_t c = state_first_child(machine, state->number); c != STATE_NONE;
         c = state_next_sibling(machine, c))
        count = (uint16_t)(count + (machine->states[c].type == STATE_HISTORY));
    uint16_t *histories = compiler_alloc(compiler, count, sizeof *histories);
    if (histories == NULL)
        return;
    state->histories = histories;
    state->history_count = count;
    for (uint16_t c = state_first_child(machine, state->number); c != STATE_NONE;
         c = state_next_sibling(machine, c)) {
        if (machine->states[c].type == STATE_HISTORY)
            *histories++ = c;
    }
    if (state->type == STATE_PARALLEL && count > 0 &&
        state_first_region(machine, state->number) == STATE_NONE)
        report(compiler, compiler->drafts[state->number].path,
               "a parallel state needs states that can be active");
}

static void check_default_targets(struct compiler *compiler, const struct path *path,
                                  const struct state *history)
{
    for (uint16_t i = 0; i < history->default_target_count; i++) {
        uint16_t target = history->default_targets[i];
        if (!state_is_descendant(compiler->machine, target, history->parent))
            report(compiler, path, "the default of a history state lies in its parent");
        else if (compiler->states[target].type == STATE_HISTORY)
            report(compiler, path, "the default of a history state is no history state");
    }
}

/* Without a target: the parent's initial state, or all of a parallel parent. */
static void imply_default(struct compiler *compiler, struct state *history)
{
    const struct state *parent = &compiler->states[history->parent];
    uint16_t *target = compiler_alloc(compiler, 1, sizeof *target);
    if (target == NULL)
        return;
    *target = parent->type == STATE_COMPOUND ? parent->initial : parent->number;
    if (*target == STATE_NONE)
        return; /* reported: the parent has no initial state */
    history->default_targets = target;
    history->default_target_count = 1;
    history->is_initial_default = parent->type == STATE_COMPOUND;
    if (compiler->states[*target].type == STATE_HISTORY && *target != history->number)
        report(compiler, compiler->drafts[history->number].path,
               "needs \"target\": the parent's initial state is a history state, too");
}

static void compile_history(struct compiler *compiler, struct state *history)
{
    const struct draft_state *draft = &compiler->drafts[history->number];
    const struct json *target = json_get(draft->definition, "target");
    struct path place = path_key(draft->path, TEXT("target"));
    history->is_deep = text_is(json_get_string(draft->definition, "history"), "deep");
    if (history->parent == STATE_NONE)
        return; /* reported */
    if (target == NULL) {
        imply_default(compiler, history);
        return;
    }
    struct target_list list = compile_target_list(compiler, &place, history->number, *target);
    history->default_targets = list.items;
    history->default_target_count = list.count;
    check_default_targets(compiler, &place, history);
    if (list.count == 0 && target->type == JSON_STRING && target->count == 0)
        report(compiler, &place, "is empty");
    if (target->type == JSON_ARRAY && target->count == 0)
        report(compiler, &place, "is empty");
}

/* --- The whole of a state --------------------------------------------------------------------- */

void compile_state(struct compiler *compiler, uint16_t number)
{
    struct state *state = &compiler->states[number];
    const struct draft_state *draft = &compiler->drafts[number];
    struct path entry = path_key(draft->path, TEXT("entry"));
    struct path exit = path_key(draft->path, TEXT("exit"));
    struct action_builder builder = {0};
    compile_initial(compiler, state);
    list_histories(compiler, state);
    if (state->type == STATE_HISTORY)
        compile_history(compiler, state);
    append_actions(compiler, &entry, &builder, json_get(draft->definition, "entry"));
    append_emitted(compiler, &builder, number);
    state->entry = built_actions(&builder);
    state->exit = compile_actions(compiler, &exit, json_get(draft->definition, "exit"));
    compile_output(compiler, state);
    compile_tags(compiler, state);
}
