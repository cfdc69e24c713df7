/* compile_invoke.c - what a state sends and waits for: its `emit`, commands with their
 * answers (`invoke`), and timers (`after`, `timeout`). All of it becomes what could have
 * been written by hand: emits on entry, handlers, timers. */
#include "core/machine/compile.h"
#include "core/writer.h"

/* --- What is sent on entry ------------------------------------------------------------------- */

static uint32_t list_count(const struct json *value)
{
    if (value == NULL)
        return 0;
    return value->type == JSON_ARRAY ? value->count : 1;
}

/* The element of an array, or what stands alone. */
static struct json list_item(const struct json *value, uint32_t index)
{
    return value->type == JSON_ARRAY ? value->as.items[index] : *value;
}

static struct path list_place(const struct json *value, const struct path *path, uint32_t index)
{
    return value->type == JSON_ARRAY ? path_index(path, index) : *path;
}

/* {"type": command, "data": input} */
static void append_command(struct compiler *compiler, struct action_builder *entry,
                           const struct path *path, struct json json, struct text command)
{
    const struct json *input = json_get(json, "input");
    struct path place = path_key(path, TEXT("input"));
    struct template_member *event = compiler_alloc(compiler, 2, sizeof *event);
    if (event == NULL)
        return;
    event[0].name = TEXT("type");
    event[0].value.as.constant = json_string(command);
    event[1].name = TEXT("data");
    if (input != NULL && !compile_template(compiler, &place, *input, &event[1].value))
        return;
    struct action action = {.kind = ACTION_EMIT, .path = path_text(compiler, path)};
    action.value = (struct template){
        .kind = TEMPLATE_OBJECT, .count = input == NULL ? 1 : 2, .as.members = event};
    append_action(compiler, path, entry, action);
}

static const char *command_problem(struct text type)
{
    if (!text_starts_with(type, "cmd."))
        return "what is invoked is a service, by the command that it takes, \"cmd....\"";
    return emitted_type_problem(type);
}

void append_emitted(struct compiler *compiler, struct action_builder *entry, uint16_t number)
{
    const struct draft_state *draft = &compiler->drafts[number];
    const struct json *emit = json_get(draft->definition, "emit");
    const struct json *invoke = json_get(draft->definition, "invoke");
    struct path emit_path = path_key(draft->path, TEXT("emit"));
    struct path invoke_path = path_key(draft->path, TEXT("invoke"));
    for (uint32_t i = 0; i < list_count(emit); i++) {
        struct path place = list_place(emit, &emit_path, i);
        append_emit(compiler, &place, entry, list_item(emit, i));
    }
    for (uint32_t i = 0; i < list_count(invoke); i++) {
        struct path place = list_place(invoke, &invoke_path, i);
        struct json json = list_item(invoke, i);
        struct text command = json_get_string(json, "src");
        if (command_problem(command) == NULL) /* reported by compile_invokes otherwise */
            append_command(compiler, entry, &place, json, command);
    }
}

/* --- Timers ------------------------------------------------------------------------------------ */

/* How a value of `timeout` was written. */
static struct text duration_text(struct compiler *compiler, struct json value,
                                 const struct duration *duration)
{
    if (value.type == JSON_STRING)
        return json_text(value);
    if (duration->expression != NULL)
        return duration->expression->source;
    char digits[24];
    struct writer writer;
    writer_init(&writer, digits, sizeof digits);
    writer_int64(&writer, duration->ms);
    struct text text = text_copy(compiler->arena, writer_result(&writer));
    if (text.data == NULL)
        compiler->out_of_memory = true;
    return text;
}

static struct json event_of_type(struct compiler *compiler, struct text type)
{
    struct json_member *member = compiler_alloc(compiler, 1, sizeof *member);
    if (member == NULL)
        return json_null();
    *member = JSON_MEMBER("type", json_string(type));
    return json_object(member, 1);
}

static void name_delay(struct compiler *compiler, struct delay *delay, const struct text *parts,
                       size_t count)
{
    delay->event_type = join_texts(compiler, parts, count);
    delay->event = event_of_type(compiler, delay->event_type);
}

static void compile_after(struct compiler *compiler, struct state_builder *builder)
{
    const struct state *state = &compiler->states[builder->number];
    const struct draft_state *draft = &compiler->drafts[builder->number];
    const struct json *after = json_get(draft->definition, "after");
    struct path place = path_key(draft->path, TEXT("after"));
    if (after == NULL || !expect_type(compiler, &place, *after, JSON_OBJECT))
        return;
    for (uint32_t i = 0; i < after->count; i++) {
        const struct json_member *member = &after->as.members[i];
        struct path event = path_key(&place, member->name);
        struct delay *delay = &builder->delays[builder->delay_count++];
        struct text parts[] = {TEXT("xstate.after."), member->name, TEXT("."), state->id};
        compile_delay_key(compiler, &event, member->name, &delay->duration);
        delay->kind = DELAY_AFTER;
        delay->key = member->name;
        name_delay(compiler, delay, parts, sizeof parts / sizeof *parts);
        add_handler(compiler, &event, builder, delay->event_type, member->value, NULL);
    }
}

/* `timeout` and `onTimeout` of a state or of an invoke: both or neither. False when there
 * is none. */
static bool has_timeout(struct compiler *compiler, const struct path *path, struct json json)
{
    const struct json *timeout = json_get(json, "timeout");
    const struct json *on_timeout = json_get(json, "onTimeout");
    struct path place = path_key(path, timeout != NULL ? TEXT("timeout") : TEXT("onTimeout"));
    if ((timeout == NULL) != (on_timeout == NULL))
        report(compiler, &place, "\"timeout\" and \"onTimeout\" stand together");
    return timeout != NULL && on_timeout != NULL;
}

/* `invoke` is NULL for the timeout of the state itself. */
static void compile_timeout(struct compiler *compiler, const struct path *path, struct json json,
                            const struct invoke *invoke, struct state_builder *builder)
{
    struct delay *delay = &builder->delays[builder->delay_count++];
    struct json timeout = *json_get(json, "timeout");
    struct path place = path_key(path, TEXT("timeout"));
    struct path on_timeout = path_key(path, TEXT("onTimeout"));
    compile_duration(compiler, &place, timeout, &delay->duration);
    delay->kind = invoke == NULL ? DELAY_TIMEOUT : DELAY_INVOKE_TIMEOUT;
    delay->invoke = invoke;
    delay->key = duration_text(compiler, timeout, &delay->duration);
    struct text parts[] = {invoke == NULL ? TEXT("xstate.timeout.") : TEXT("xstate.timeout.actor."),
                           invoke == NULL ? compiler->states[builder->number].id : invoke->id};
    name_delay(compiler, delay, parts, sizeof parts / sizeof *parts);
    add_handler(compiler, &on_timeout, builder, delay->event_type, *json_get(json, "onTimeout"),
                NULL);
}

void compile_delays(struct compiler *compiler, struct state_builder *builder)
{
    const struct draft_state *draft = &compiler->drafts[builder->number];
    const struct state *state = &compiler->states[builder->number];
    compile_after(compiler, builder);
    if (!has_timeout(compiler, draft->path, draft->definition))
        return;
    if (text_starts_with(state->id, "actor."))
        report(compiler, draft->path,
               "a state whose id begins with \"actor.\" has no timeout: its event would be that "
               "of an invoke");
    compile_timeout(compiler, draft->path, draft->definition, NULL, builder);
}

/* --- invoke: a command and its answers ------------------------------------------------------------ */

static const struct key_rule invoke_keys[] = {
    {"id", NULL},
    {"src", NULL},
    {"input", NULL},
    {"onDone", NULL},
    {"onError", NULL},
    {"timeout", NULL},
    {"onTimeout", NULL},
    {"meta", NULL},
    {"description", NULL},
    {"onSnapshot", "a command has one answer and no snapshots: wait for its event in \"on\""},
    {"systemId", "a command has no \"systemId\""},
    {"registryKey", "a command has no \"registryKey\""},
};

/* The types of its answers, by the grammar of events: a service that receives cmd.<t>
 * answers evt.<t>.success or evt.<t>.error, and sys.cmd.<t>.error when it crashes. */
static void name_answers(struct compiler *compiler, struct invoke *invoke)
{
    struct text command = invoke->command;
    struct text kind = {command.data + 4, command.size - 4}; /* without "cmd." */
    struct text success[] = {TEXT("evt."), kind, TEXT(".success")};
    struct text error[] = {TEXT("evt."), kind, TEXT(".error")};
    struct text system_error[] = {TEXT("sys."), command, TEXT(".error")};
    invoke->success = join_texts(compiler, success, 3);
    invoke->error = join_texts(compiler, error, 3);
    invoke->system_error = join_texts(compiler, system_error, 3);
}

/* As XState's: its index and the state's id. */
static struct text default_invoke_id(struct compiler *compiler, uint32_t index, struct text id)
{
    char digits[16];
    struct writer writer;
    writer_init(&writer, digits, sizeof digits);
    writer_uint64(&writer, index);
    struct text parts[] = {writer_result(&writer), TEXT("."), id};
    return join_texts(compiler, parts, 3);
}

static struct text invoke_id(struct compiler *compiler, const struct path *path, struct json json,
                             uint32_t index, struct text state_id)
{
    const struct json *id = json_get(json, "id");
    struct path place = path_key(path, TEXT("id"));
    if (id == NULL)
        return default_invoke_id(compiler, index, state_id);
    if (!expect_type(compiler, &place, *id, JSON_STRING))
        return TEXT_NONE;
    if (id->count == 0 || id->count > MACHINE_ID_SIZE_MAX)
        report(compiler, &place, "an id has 1 to %d bytes", MACHINE_ID_SIZE_MAX);
    return json_text(*id);
}

static bool may_be_active_together(const struct machine *machine, uint16_t a, uint16_t b)
{
    return a == b || state_is_descendant(machine, a, b) || state_is_descendant(machine, b, a) ||
           states_are_orthogonal(machine, a < b ? a : b, a < b ? b : a);
}

/* Timers are cancelled by id: two that may run at once have two. */
static void check_invoke_id(struct compiler *compiler, const struct path *path, uint16_t number,
                            struct text id)
{
    uint64_t hash = hash_name(HASH_NAME, id);
    struct number_search search = number_table_search(&compiler->invoke_table, hash);
    uint16_t other;
    while ((other = number_search_next(&search)) != UINT16_MAX) {
        if (state_invokes(&compiler->states[other], id) &&
            may_be_active_together(compiler->machine, number, other)) {
            report(compiler, path,
                   "the id %s is that of an invoke of state %s, too, which may be "
                   "active at the same time",
                   quote(id).text, quote(compiler->states[other].id).text);
            break;
        }
    }
    number_table_insert(&compiler->invoke_table, hash, number);
}

bool state_invokes(const struct state *state, struct text id)
{
    for (uint32_t i = 0; i < state->invoke_count; i++) {
        if (text_equal(state->invokes[i].id, id))
            return true;
    }
    return false;
}

static void check_other_commands(struct compiler *compiler, const struct path *path,
                                 const struct state *state, struct text command)
{
    struct path place = path_key(path, TEXT("src"));
    for (uint32_t i = 0; i < state->invoke_count; i++) {
        if (text_equal(state->invokes[i].command, command))
            report(compiler, &place,
                   "the state invokes %s already: their answers could not be told apart",
                   quote(command).text);
    }
}

/* False after reporting. */
static bool is_command(struct compiler *compiler, const struct path *path, struct json json)
{
    const struct json *source = json_get(json, "src");
    struct path place = path_key(path, TEXT("src"));
    if (source == NULL) {
        report(compiler, path, "needs \"src\": the command to send, \"cmd....\"");
        return false;
    }
    if (is_expression(*source)) {
        report(compiler, &place,
               "the command is written out, \"cmd....\": its answers are awaited "
               "by name");
        return false;
    }
    if (!expect_type(compiler, &place, *source, JSON_STRING))
        return false;
    const char *problem = command_problem(json_text(*source));
    if (problem != NULL)
        report(compiler, &place, "%s cannot be invoked: %s", quote(json_text(*source)).text,
               problem);
    return problem == NULL;
}

/* Cancels the timer of the invoke: first of all, as the state may stay active when it is
 * answered. False when it has none. */
static bool cancel_action(const struct state_builder *builder, const struct invoke *invoke,
                          struct action *out)
{
    for (uint32_t i = 0; i < builder->delay_count; i++) {
        const struct delay *delay = &builder->delays[i];
        if (delay->kind != DELAY_INVOKE_TIMEOUT || delay->invoke != invoke)
            continue;
        *out = (struct action){.kind = ACTION_CANCEL, .path = invoke->path};
        out->value.as.constant = json_string(delay->event_type);
        return true;
    }
    return false;
}

static void compile_answer(struct compiler *compiler, const struct path *path, struct json value,
                           enum answer_kind answer, const struct invoke *invoke,
                           struct state_builder *builder)
{
    struct action cancel;
    const struct action *first = cancel_action(builder, invoke, &cancel) ? &cancel : NULL;
    struct text type = answer == ANSWER_DONE ? invoke->success : invoke->error;
    struct handler *handler = add_handler(compiler, path, builder, type, value, first);
    if (handler == NULL)
        return;
    compiler->descriptors[handler->descriptor].answer = answer;
    if (answer != ANSWER_ERROR)
        return;
    uint16_t other = share_handler(compiler, builder, invoke->system_error, handler->transitions);
    compiler->descriptors[other].answer = answer;
}

bool compile_actor_handler(struct compiler *compiler, const struct path *path,
                           struct state_builder *builder, struct text name, struct json value)
{
    static const char done[] = "xstate.done.actor.", error[] = "xstate.error.actor.";
    bool is_done = text_starts_with(name, done), is_error = text_starts_with(name, error);
    if ((!is_done && !is_error) || text_ends_with(name, "*"))
        return false;
    size_t prefix = is_done ? sizeof done - 1 : sizeof error - 1;
    struct text id = {name.data + prefix, name.size - prefix};
    const struct state *state = &compiler->states[builder->number];
    for (uint32_t i = 0; i < state->invoke_count; i++) {
        if (text_equal(state->invokes[i].id, id)) {
            compile_answer(compiler, path, value, is_done ? ANSWER_DONE : ANSWER_ERROR,
                           &state->invokes[i], builder);
            return true;
        }
    }
    report(compiler, path, "no invoke of this state has the id %s", quote(id).text);
    return true;
}

static void compile_answers(struct compiler *compiler, const struct path *path, struct json json,
                            const struct invoke *invoke, struct state_builder *builder)
{
    const struct json *on_done = json_get(json, "onDone");
    const struct json *on_error = json_get(json, "onError");
    struct path done_place = path_key(path, TEXT("onDone"));
    struct path error_place = path_key(path, TEXT("onError"));
    if (has_timeout(compiler, path, json))
        compile_timeout(compiler, path, json, invoke, builder);
    if (on_done != NULL)
        compile_answer(compiler, &done_place, *on_done, ANSWER_DONE, invoke, builder);
    if (on_error != NULL)
        compile_answer(compiler, &error_place, *on_error, ANSWER_ERROR, invoke, builder);
}

static void compile_invoke(struct compiler *compiler, const struct path *path, struct json json,
                           struct state_builder *builder)
{
    struct state *state = &compiler->states[builder->number];
    if (!expect_type(compiler, path, json, JSON_OBJECT))
        return;
    check_keys(compiler, path, json, invoke_keys, sizeof invoke_keys / sizeof *invoke_keys);
    check_notes(compiler, path, json);
    if (!is_command(compiler, path, json))
        return;
    struct invoke *invoke = &builder->invokes[state->invoke_count];
    invoke->command = json_get_string(json, "src");
    invoke->path = path_text(compiler, path);
    invoke->id = invoke_id(compiler, path, json, state->invoke_count, state->id);
    name_answers(compiler, invoke);
    check_other_commands(compiler, path, state, invoke->command);
    check_invoke_id(compiler, path, builder->number, invoke->id);
    state->invoke_count++;
    compile_answers(compiler, path, json, invoke, builder);
}

void compile_invokes(struct compiler *compiler, struct state_builder *builder)
{
    const struct draft_state *draft = &compiler->drafts[builder->number];
    const struct json *invoke = json_get(draft->definition, "invoke");
    struct path path = path_key(draft->path, TEXT("invoke"));
    for (uint32_t i = 0; i < list_count(invoke) && !compiler->out_of_memory; i++) {
        struct path place = list_place(invoke, &path, i);
        compile_invoke(compiler, &place, list_item(invoke, i), builder);
    }
}

void count_invokes(struct json definition, struct handler_counts *counts)
{
    const struct json *invoke = json_get(definition, "invoke");
    uint32_t count = list_count(invoke);
    for (uint32_t i = 0; i < count; i++) {
        struct json json = list_item(invoke, i);
        counts->transitions += list_count(json_get(json, "onDone"));
        counts->transitions += list_count(json_get(json, "onError"));
        counts->transitions += list_count(json_get(json, "onTimeout"));
    }
    counts->names += 4 * (uint64_t)count; /* success, two errors, the timer */
    counts->delays += count;
    counts->invokes += count;
}
