/* compile_action.c - what a machine does when it enters, leaves and moves. */
#include <string.h>

#include "core/machine/compile.h"

/* --- Lists that grow; what they outgrow stays in the arena ------------------------- */

static bool count_actions(struct compiler *compiler, const struct path *path,
                          struct action_builder *builder, uint32_t expanded)
{
    if (expanded > MACHINE_ACTIONS_MAX - compiler->action_count) {
        report(compiler, path,
               "the machine has more than %d actions, those of named ones "
               "counted wherever they are used",
               MACHINE_ACTIONS_MAX);
        return false;
    }
    compiler->action_count += expanded;
    builder->expanded += expanded;
    return true;
}

static void append_list(struct compiler *compiler, const struct path *path,
                        struct action_builder *builder, struct action_list list, uint32_t expanded)
{
    if (!count_actions(compiler, path, builder, expanded))
        return;
    if (builder->room - builder->count < list.count) {
        uint32_t room = 2 * builder->room + list.count; /* counts are at most 65535 */
        struct action *items = compiler_alloc(compiler, room, sizeof *items);
        if (items == NULL)
            return;
        if (builder->count > 0)
            memcpy(items, builder->items, builder->count * sizeof *items);
        builder->items = items;
        builder->room = room;
    }
    if (list.count > 0)
        memcpy(builder->items + builder->count, list.items, list.count * sizeof *list.items);
    builder->count += list.count;
}

void append_action(struct compiler *compiler, const struct path *path,
                   struct action_builder *builder, struct action action)
{
    append_list(compiler, path, builder, (struct action_list){&action, 1}, 1);
}

struct action_list built_actions(const struct action_builder *builder)
{
    return (struct action_list){builder->items, builder->count};
}

static const struct json *required(struct compiler *compiler, const struct path *path,
                                   struct json object, const char *member, const char *why)
{
    const struct json *value = json_get(object, member);
    if (value == NULL)
        report(compiler, path, "needs \"%s\": %s", member, why);
    return value;
}

/* --- @xstate.assign, @xstate.log -------------------------------------------------- */

static bool compile_assign(struct compiler *compiler, const struct path *path, struct json json,
                           struct action *action)
{
    static const struct key_rule keys[] = {{"type", NULL}, {"context", NULL}};
    check_keys(compiler, path, json, keys, sizeof keys / sizeof *keys);
    const struct json *context =
        required(compiler, path, json, "context", "the keys to assign, with their values");
    struct path place = path_key(path, TEXT("context"));
    return context != NULL && expect_type(compiler, &place, *context, JSON_OBJECT) &&
           compile_template(compiler, &place, *context, &action->value);
}

static bool compile_log(struct compiler *compiler, const struct path *path, struct json json,
                        struct action *action)
{
    static const struct key_rule keys[] = {{"type", NULL}, {"args", NULL}};
    check_keys(compiler, path, json, keys, sizeof keys / sizeof *keys);
    const struct json *args =
        required(compiler, path, json, "args", "an array of what shall be logged");
    struct path place = path_key(path, TEXT("args"));
    return args != NULL && expect_type(compiler, &place, *args, JSON_ARRAY) &&
           compile_template(compiler, &place, *args, &action->value);
}

/* --- Events: @xstate.emit, @xstate.raise ----------------------------------------------- */

/* The event's literal type; data is NULL when it is an expression, or wrong. */
static struct text literal_event_type(struct compiler *compiler, const struct path *path,
                                      struct json event)
{
    const struct json *type = required(compiler, path, event, "type", "the type of the event");
    struct path place = path_key(path, TEXT("type"));
    if (type == NULL || is_expression(*type) || !expect_type(compiler, &place, *type, JSON_STRING))
        return TEXT_NONE;
    return json_text(*type);
}

/* The members beside `type`: data, subject, extension attributes. What an expression
 * makes of them is checked when it did (emitted_event_check). */
static void check_emitted_member(struct compiler *compiler, const struct path *path,
                                 const struct json_member *member)
{
    if (text_is(member->name, "type") || text_is(member->name, "data"))
        return;
    struct path place = path_key(path, member->name);
    bool is_subject = text_is(member->name, "subject");
    const char *problem = is_subject ? NULL : attribute_name_problem(member->name);
    if (problem != NULL)
        report_key(compiler, &place, "cannot be given to an emitted event: %s", problem);
    else if (is_expression(member->value))
        return;
    else if (is_subject && (member->value.type != JSON_STRING || member->value.count == 0))
        report(compiler, &place, "must be a string that is not empty");
    else if (!attribute_value_is_valid(member->value))
        report(compiler, &place,
               "an extension attribute is a string, a boolean or an integer of 32 bits, not %s",
               json_phrase(member->value));
}

static bool compile_emitted_event(struct compiler *compiler, const struct path *path,
                                  struct json event, struct template *out)
{
    if (!expect_type(compiler, path, event, JSON_OBJECT))
        return false;
    struct text type = literal_event_type(compiler, path, event);
    const char *problem = type.data == NULL ? NULL : emitted_type_problem(type);
    if (problem != NULL) {
        struct path place = path_key(path, TEXT("type"));
        report(compiler, &place, "%s cannot be emitted: %s", quote(type).text, problem);
    }
    for (uint32_t i = 0; i < event.count; i++)
        check_emitted_member(compiler, path, &event.as.members[i]);
    return compile_template(compiler, path, event, out);
}

static bool compile_emit(struct compiler *compiler, const struct path *path, struct json json,
                         struct action *action)
{
    static const struct key_rule keys[] = {{"type", NULL}, {"event", NULL}};
    check_keys(compiler, path, json, keys, sizeof keys / sizeof *keys);
    const struct json *event =
        required(compiler, path, json, "event", "the event to send, {\"type\": \"cmd....\"}");
    struct path place = path_key(path, TEXT("event"));
    return event != NULL && compile_emitted_event(compiler, &place, *event, &action->value);
}

static bool compile_timer_id(struct compiler *compiler, const struct path *path, struct json id,
                             bool is_of_raise, struct template *out)
{
    bool is_state_timer = id.type == JSON_STRING && text_starts_with(json_text(id), "xstate.");
    if (!is_expression(id) && !expect_type(compiler, path, id, JSON_STRING))
        return false;
    if (id.type == JSON_STRING && id.count == 0)
        report(compiler, path, "an id is not empty");
    else if (is_of_raise && is_state_timer)
        report(compiler, path, "ids that begin with \"xstate.\" are those of the states' timers");
    return compile_template(compiler, path, id, out);
}

/* `delay` and `id` of a raise that waits. */
static bool compile_raise_later(struct compiler *compiler, const struct path *path,
                                struct json json, struct action *action)
{
    const struct json *delay = json_get(json, "delay");
    const struct json *id = json_get(json, "id");
    struct path delay_place = path_key(path, TEXT("delay"));
    struct path id_place = path_key(path, TEXT("id"));
    if (delay == NULL && id != NULL)
        report(compiler, &id_place, "only a raise with a \"delay\" has an id, to cancel it by");
    if (delay == NULL)
        return id == NULL;
    struct duration *duration = compiler_alloc(compiler, 1, sizeof *duration);
    struct template *template = compiler_alloc(compiler, 1, sizeof *template);
    if (duration == NULL || template == NULL ||
        !compile_duration(compiler, &delay_place, *delay, duration) ||
        (id != NULL && !compile_timer_id(compiler, &id_place, *id, true, template)))
        return false;
    action->delay = duration;
    action->id = id == NULL ? NULL : template;
    return true;
}

static bool compile_raise(struct compiler *compiler, const struct path *path, struct json json,
                          struct action *action)
{
    static const struct key_rule keys[] = {
        {"type", NULL},
        {"event", NULL},
        {"delay", NULL},
        {"id", NULL},
    };
    check_keys(compiler, path, json, keys, sizeof keys / sizeof *keys);
    const struct json *event =
        required(compiler, path, json, "event", "the event to raise, {\"type\": \"...\"}");
    struct path place = path_key(path, TEXT("event"));
    if (event == NULL || !expect_type(compiler, &place, *event, JSON_OBJECT))
        return false;
    struct text type = literal_event_type(compiler, &place, *event);
    if (type.data != NULL && (type.size == 0 || text_is(type, "*"))) {
        struct path type_place = path_key(&place, TEXT("type"));
        report(compiler, &type_place, "an event's type is neither empty nor \"*\"");
    }
    return compile_template(compiler, &place, *event, &action->value) &&
           compile_raise_later(compiler, path, json, action);
}

static bool compile_cancel(struct compiler *compiler, const struct path *path, struct json json,
                           struct action *action)
{
    static const struct key_rule keys[] = {{"type", NULL}, {"id", NULL}};
    check_keys(compiler, path, json, keys, sizeof keys / sizeof *keys);
    const struct json *id =
        required(compiler, path, json, "id", "that of the delayed raise to cancel");
    struct path place = path_key(path, TEXT("id"));
    return id != NULL && compile_timer_id(compiler, &place, *id, false, &action->value);
}

/* --- One action -------------------------------------------------------------------------- */

static const struct {
    const char *type;
    enum action_kind kind;
    bool (*compile)(struct compiler *compiler, const struct path *path, struct json json,
                    struct action *action);
} built_in_actions[] = {
    {"@xstate.assign", ACTION_ASSIGN, compile_assign},
    {"@xstate.emit", ACTION_EMIT, compile_emit},
    {"@xstate.raise", ACTION_RAISE, compile_raise},
    {"@xstate.cancel", ACTION_CANCEL, compile_cancel},
    {"@xstate.log", ACTION_LOG, compile_log},
};

enum { BUILT_IN_COUNT = sizeof built_in_actions / sizeof *built_in_actions };

static void report_unknown_built_in(struct compiler *compiler, const struct path *path,
                                    struct text type)
{
    struct text names[BUILT_IN_COUNT];
    for (size_t i = 0; i < BUILT_IN_COUNT; i++)
        names[i] = text_of(built_in_actions[i].type);
    struct quoted suggestion = suggest(compiler, type, names, BUILT_IN_COUNT);
    report(compiler, path, "unknown built-in action %s%s%s", quote(type).text, suggestion.text,
           suggestion.text[0] == '\0'
               ? ": there are @xstate.assign, @xstate.emit, @xstate.raise, @xstate.cancel and "
                 "@xstate.log"
               : "");
}

/* "xstate.emit" and "emit" are slips of people who mean "@xstate.emit". */
static void report_unknown_action(struct compiler *compiler, const struct path *path,
                                  struct text name)
{
    for (size_t i = 0; i < BUILT_IN_COUNT; i++) {
        const char *type = built_in_actions[i].type;
        if (text_is(name, type + 1) || text_is(name, type + sizeof "@xstate." - 1)) {
            report(compiler, path, "unknown action %s, did you mean \"%s\"?", quote(name).text,
                   type);
            return;
        }
    }
    report_unknown_name(compiler, path, PROBLEM_AT_VALUE, compiler->actions, name);
}

static void append_built_in(struct compiler *compiler, const struct path *path, struct json json,
                            struct text type, struct action_builder *builder)
{
    struct path place = path_key(path, TEXT("type"));
    for (size_t i = 0; i < BUILT_IN_COUNT; i++) {
        if (!text_is(type, built_in_actions[i].type))
            continue;
        struct action action = {.kind = built_in_actions[i].kind};
        if (built_in_actions[i].compile(compiler, path, json, &action)) {
            action.path = path_text(compiler, path);
            append_action(compiler, path, builder, action);
        }
        return;
    }
    report_unknown_built_in(compiler, &place, type);
}

static void resolve_named(struct compiler *compiler, const struct path *path, struct named *named);

/* What has no parameters becomes part of the list; what has is called with them. */
static void append_named(struct compiler *compiler, const struct path *path, struct text name,
                         const struct template *params, struct action_builder *builder)
{
    struct named *named = named_find(compiler->actions, name);
    if (named == NULL) {
        report_unknown_action(compiler, path, name);
        return;
    }
    resolve_named(compiler, path, named);
    if (params == NULL && !named->reads_params) {
        append_list(compiler, path, builder, named->actions, named->action_count);
        return;
    }
    struct action action = {.kind = ACTION_NAMED, .named = named->actions};
    if (params != NULL)
        action.value = *params;
    action.path = path_text(compiler, path);
    append_list(compiler, path, builder, (struct action_list){&action, 1}, named->action_count + 1);
}

static void append_action_object(struct compiler *compiler, const struct path *path,
                                 struct json json, struct action_builder *builder)
{
    static const struct key_rule keys[] = {{"type", NULL}, {"params", NULL}};
    if (is_expression(json)) {
        report(compiler, path,
               "an expression is no action: use "
               "{\"type\": \"@xstate.assign\", \"context\": {...}}");
        return;
    }
    const struct json *type = required(compiler, path, json, "type", "the action's name");
    struct path place = path_key(path, TEXT("type"));
    if (type == NULL || !expect_type(compiler, &place, *type, JSON_STRING))
        return;
    if (text_starts_with(json_text(*type), "@")) {
        append_built_in(compiler, path, json, json_text(*type), builder);
        return;
    }
    if (named_find(compiler->actions, json_text(*type)) != NULL)
        check_keys(compiler, path, json, keys, sizeof keys / sizeof *keys);
    const struct template *params;
    if (compile_params(compiler, path, json, &params))
        append_named(compiler, &place, json_text(*type), params, builder);
}

static void append_item(struct compiler *compiler, const struct path *path, struct json json,
                        struct action_builder *builder)
{
    if (json.type == JSON_STRING)
        append_named(compiler, path, json_text(json), NULL, builder);
    else if (json.type == JSON_OBJECT)
        append_action_object(compiler, path, json, builder);
    else
        report(compiler, path,
               "an action is an object with a \"type\", or the name of one in "
               "\"actions\", not %s",
               json_phrase(json));
}

/* --- Lists ---------------------------------------------------------------------------------- */

void append_actions(struct compiler *compiler, const struct path *path,
                    struct action_builder *builder, const struct json *value)
{
    if (value != NULL && value->type == JSON_ARRAY) {
        for (uint32_t i = 0; i < value->count && !compiler->out_of_memory; i++) {
            struct path place = path_index(path, i);
            append_item(compiler, &place, value->as.items[i], builder);
        }
    } else if (value != NULL) {
        append_item(compiler, path, *value, builder);
    }
}

void append_assign(struct compiler *compiler, const struct path *path,
                   struct action_builder *builder, struct json context)
{
    struct action action = {.kind = ACTION_ASSIGN, .path = path_text(compiler, path)};
    if (expect_type(compiler, path, context, JSON_OBJECT) &&
        compile_template(compiler, path, context, &action.value))
        append_action(compiler, path, builder, action);
}

void append_emit(struct compiler *compiler, const struct path *path, struct action_builder *builder,
                 struct json event)
{
    struct action action = {.kind = ACTION_EMIT, .path = path_text(compiler, path)};
    if (compile_emitted_event(compiler, path, event, &action.value))
        append_action(compiler, path, builder, action);
}

struct action_list compile_actions(struct compiler *compiler, const struct path *path,
                                   const struct json *value)
{
    struct action_builder builder = {0};
    append_actions(compiler, path, &builder, value);
    return built_actions(&builder);
}

/* Names may refer to names: recursion ends as each is entered once. */
static void resolve_named(struct compiler *compiler, const struct path *path, struct named *named)
{
    if (named->progress == NAMED_DONE || !named_enter(compiler, path, compiler->actions, named))
        return;
    struct path member = path_key(NULL, TEXT("actions"));
    struct path place = path_key(&member, named->name);
    struct action_builder builder = {0};
    append_actions(compiler, &place, &builder, &named->definition);
    named->actions = built_actions(&builder);
    named->action_count = builder.expanded;
    named_leave(compiler, named);
}

void compile_named_actions(struct compiler *compiler)
{
    for (uint16_t i = 0; i < compiler->actions->count; i++)
        resolve_named(compiler, NULL, &compiler->actions->items[i]);
}
