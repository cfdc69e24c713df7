/* strict.c - the places of a definition, each with what XState 6 does there. */
#include "core/machine/strict.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/json_path.h"
#include "core/writer.h"

enum { STRICT_PATH_SIZE_MAX = 1024 };

struct strict {
    struct json definition;
    struct problem_list *problems;
    struct writer path; /* of the place that is looked at; one too long stays where it was cut */
    char buffer[STRICT_PATH_SIZE_MAX];
};

/* --- Going down ---------------------------------------------------------------------------- */

/* What to give back to leave(). */
static size_t enter_key(struct strict *strict, struct text key)
{
    size_t before = strict->path.size;
    json_path_write_key(&strict->path, key);
    return before;
}

static size_t enter_index(struct strict *strict, size_t index)
{
    size_t before = strict->path.size;
    json_path_write_index(&strict->path, index);
    return before;
}

static void leave(struct strict *strict, size_t before)
{
    writer_rewind(&strict->path, before);
}

static void note(struct strict *strict, enum problem_part part, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void note(struct strict *strict, enum problem_part part, const char *format, ...)
{
    char message[512], path[STRICT_PATH_SIZE_MAX + 1];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    memcpy(path, strict->path.data, strict->path.size);
    path[strict->path.size] = '\0';
    problem_note(
        strict->problems,
        (struct problem){.path = path, .message = message, .rule = STRICT_RULE, .part = part});
}

typedef void strict_check(struct strict *strict, struct json value);

/* Checks a member, where there is one. */
static void check_member(struct strict *strict, struct json object, const char *name,
                         strict_check *check)
{
    const struct json *value = json_get(object, name);
    if (value == NULL)
        return;
    size_t before = enter_key(strict, text_of(name));
    check(strict, *value);
    leave(strict, before);
}

/* Checks each element of an array, or what stands alone. */
static void check_each(struct strict *strict, struct json value, strict_check *check)
{
    if (value.type != JSON_ARRAY)
        check(strict, value);
    for (uint32_t i = 0; value.type == JSON_ARRAY && i < value.count; i++) {
        size_t before = enter_index(strict, i);
        check(strict, value.as.items[i]);
        leave(strict, before);
    }
}

static void check_each_member(struct strict *strict, struct json object, strict_check *check)
{
    for (uint32_t i = 0; object.type == JSON_OBJECT && i < object.count; i++) {
        size_t before = enter_key(strict, object.as.members[i].name);
        check(strict, object.as.members[i].value);
        leave(strict, before);
    }
}

/* --- Expressions and durations --------------------------------------------------------------- */

static bool is_expression(struct json value)
{
    return json_get(value, "@expr") != NULL;
}

static void refuse_expressions(struct strict *strict, struct json value)
{
    if (is_expression(value))
        note(strict, PROBLEM_AT_VALUE, "XState 6 evaluates no expression here");
    else if (value.type == JSON_ARRAY)
        check_each(strict, value, refuse_expressions);
    else
        check_each_member(strict, value, refuse_expressions);
}

/* "@exprLang" of the machine, or "@lang" of each. */
static void check_languages(struct strict *strict, struct json value)
{
    if (is_expression(value) && json_get(value, "@lang") == NULL)
        note(strict, PROBLEM_AT_VALUE,
             "XState 6 needs to know the language: write \"@exprLang\": \"cel\" into the machine");
    else if (value.type == JSON_ARRAY)
        check_each(strict, value, check_languages);
    else if (value.type == JSON_OBJECT)
        check_each_member(strict, value, check_languages);
}

static size_t skip_digits(struct text text, size_t at)
{
    while (at < text.size && text.data[at] >= '0' && text.data[at] <= '9')
        at++;
    return at;
}

/* What XState 6 reads: "5000", "250ms", "1.5s", "PT1H30M"; of days and weeks, "P1D". */
static bool is_duration(struct text text)
{
    size_t digits = skip_digits(text, 0);
    struct text rest = {text.data + digits, text.size - digits};
    if (text_starts_with(text, "P"))
        return true; /* the compiler has read it */
    if (digits > 0 && (rest.size == 0 || text_is(rest, "ms") || text_is(rest, "s")))
        return true;
    return text_starts_with(rest, ".") && skip_digits(text, digits + 1) == text.size - 1 &&
           text_ends_with(text, "s");
}

static void check_duration(struct strict *strict, struct json value)
{
    if (value.type == JSON_STRING && !is_duration(json_text(value)))
        note(strict, PROBLEM_AT_VALUE,
             "XState 6 does not read this duration: write \"90s\" or \"PT1M30S\"");
}

/* --- Actions and guards ------------------------------------------------------------------------ */

static void check_raise(struct strict *strict, struct json action)
{
    const struct json *delay = json_get(action, "delay");
    if (delay == NULL || json_is_number(*delay))
        return;
    size_t before = enter_key(strict, TEXT("delay"));
    note(strict, PROBLEM_AT_VALUE, "to XState 6 this delay is a number of milliseconds");
    leave(strict, before);
}

static void check_action(struct strict *strict, struct json action)
{
    struct text type = json_get_string(action, "type");
    if (action.type == JSON_STRING)
        note(strict, PROBLEM_AT_VALUE,
             "XState 6 refuses an action that is a string: write {\"type\": \"...\"}");
    else if (text_is(type, "@xstate.raise"))
        check_raise(strict, action);
    else if (text_is(type, "@xstate.log"))
        check_member(strict, action, "args", refuse_expressions);
    else if (text_is(type, "@xstate.cancel"))
        check_member(strict, action, "id", refuse_expressions);
}

static void check_actions(struct strict *strict, struct json actions)
{
    check_each(strict, actions, check_action);
}

/* Of a transition; on entry and on exit one alone is taken. */
static void check_action_array(struct strict *strict, struct json actions)
{
    if (actions.type != JSON_ARRAY)
        note(strict, PROBLEM_AT_VALUE,
             "XState 6 ignores the actions of a transition unless they are an array");
    else
        check_actions(strict, actions);
}

static bool is_named_guard(const struct strict *strict, struct text name)
{
    const struct json *guards = json_get(strict->definition, "guards");
    return guards != NULL && json_get_text(*guards, name) != NULL;
}

static void check_guard(struct strict *strict, struct json guard)
{
    struct text type = json_get_string(guard, "type");
    const struct json *params = json_get(guard, "params");
    bool is_state_in =
        text_is(type, "xstate.stateIn") && params != NULL && json_get(*params, "stateId") != NULL;
    if (guard.type == JSON_STRING)
        note(strict, PROBLEM_AT_VALUE,
             "XState 6 refuses a guard that is a string: write {\"type\": \"...\"}");
    else if (!is_expression(guard) && !is_named_guard(strict, type) && !is_state_in)
        note(strict, PROBLEM_AT_VALUE,
             "XState 6 has no guards made of guards: write one expression, {\"@expr\": \"...\"}");
}

static void check_named_guard(struct strict *strict, struct json guard)
{
    if (json_get(guard, "when") == NULL)
        note(strict, PROBLEM_AT_VALUE,
             "to XState 6 this guard is never true: write {\"when\": ...}");
    else
        check_member(strict, guard, "when", check_guard);
}

static void check_named_delay(struct strict *strict, struct json delay)
{
    check_duration(strict, delay);
    check_member(strict, delay, "duration", check_duration);
}

/* --- Transitions ---------------------------------------------------------------------------------- */

static void check_transition(struct strict *strict, struct json transition)
{
    if (transition.type == JSON_STRING)
        note(strict, PROBLEM_AT_VALUE,
             "XState 6 ignores a target that is no object: write {\"target\": \"...\"}");
    check_member(strict, transition, "guard", check_guard);
    check_member(strict, transition, "actions", check_action_array);
}

static void check_transitions(struct strict *strict, struct json transitions)
{
    check_each(strict, transitions, check_transition);
}

static void check_on(struct strict *strict, struct json on)
{
    check_each_member(strict, on, check_transitions);
}

static void check_after(struct strict *strict, struct json after)
{
    const struct json *delays = json_get(strict->definition, "delays");
    for (uint32_t i = 0; after.type == JSON_OBJECT && i < after.count; i++) {
        struct text key = after.as.members[i].name;
        bool is_named = delays != NULL && json_get_text(*delays, key) != NULL;
        size_t before = enter_key(strict, key);
        if (!is_named && !is_duration(key))
            note(strict, PROBLEM_AT_KEY,
                 "XState 6 does not read this duration: write \"90s\" or \"PT1M30S\"");
        check_transitions(strict, after.as.members[i].value);
        leave(strict, before);
    }
}

static void check_branch(struct strict *strict, struct json branch)
{
    check_member(strict, branch, "when", check_guard);
}

static void check_choice(struct strict *strict, struct json choice)
{
    check_each(strict, choice, check_branch);
}

static void check_invoke(struct strict *strict, struct json invoke)
{
    note(strict, PROBLEM_AT_KEY,
         "XState 6 looks for an actor of this name: emit the command on entry and wait in \"on\"");
    check_member(strict, invoke, "onDone", check_transitions);
    check_member(strict, invoke, "onError", check_transitions);
    check_member(strict, invoke, "onTimeout", check_transitions);
    check_member(strict, invoke, "timeout", check_duration);
}

static void check_invokes(struct strict *strict, struct json invokes)
{
    check_each(strict, invokes, check_invoke);
}

/* --- States ------------------------------------------------------------------------------------------ */

static void refuse_on_done(struct strict *strict, struct json on_done)
{
    (void)on_done;
    note(strict, PROBLEM_AT_KEY,
         "XState 6 ignores a state's \"onDone\": write \"on\": {\"xstate.done.state.<id>\": ...}");
}

static void refuse_emit(struct strict *strict, struct json emit)
{
    (void)emit;
    note(strict, PROBLEM_AT_KEY,
         "XState 6 ignores a state's \"emit\": put @xstate.emit into \"entry\"");
}

static void check_initial(struct strict *strict, struct json initial)
{
    if (initial.type == JSON_OBJECT && json_get(initial, "actions") != NULL)
        note(strict, PROBLEM_AT_VALUE,
             "XState 6 ignores the actions of \"initial\": put them into \"entry\"");
}

static void check_output(struct strict *strict, struct json output)
{
    if (!is_expression(output))
        refuse_expressions(strict, output);
}

/* What a type needs that we take without. */
static void check_type(struct strict *strict, struct json state)
{
    bool is_history = text_is(json_get_string(state, "type"), "history");
    bool is_choice = text_is(json_get_string(state, "type"), "choice");
    if ((is_history || json_get(state, "history") != NULL) && json_get(state, "target") == NULL)
        note(strict, PROBLEM_AT_VALUE, "XState 6 refuses a history state without a \"target\"");
    if (json_get(state, "choice") != NULL && !is_choice)
        note(strict, PROBLEM_AT_VALUE,
             "XState 6 ignores \"choice\" unless the state is of \"type\": \"choice\"");
}

static void check_state(struct strict *strict, struct json state);

static void check_states(struct strict *strict, struct json states)
{
    check_each_member(strict, states, check_state);
}

/* Recursion ends: the compiler took no state deeper than MACHINE_STATE_DEPTH_MAX. */
static void check_state(struct strict *strict, struct json state)
{
    static const struct {
        const char *name;
        strict_check *check;
    } members[] = {
        {"initial", check_initial},    {"entry", check_actions},         {"exit", check_actions},
        {"emit", refuse_emit},         {"invoke", check_invokes},        {"on", check_on},
        {"always", check_transitions}, {"choice", check_choice},         {"after", check_after},
        {"timeout", check_duration},   {"onTimeout", check_transitions}, {"onDone", refuse_on_done},
        {"output", check_output},      {"states", check_states},
    };
    check_type(strict, state);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        check_member(strict, state, members[i].name, members[i].check);
}

static void check_named_actions(struct strict *strict, struct json actions)
{
    check_each_member(strict, actions, check_actions);
}

static void check_named_guards(struct strict *strict, struct json guards)
{
    check_each_member(strict, guards, check_named_guard);
}

static void check_named_delays(struct strict *strict, struct json delays)
{
    check_each_member(strict, delays, check_named_delay);
}

void machine_check_strict(struct json definition, struct problem_list *problems)
{
    struct strict strict = {.definition = definition, .problems = problems};
    writer_init(&strict.path, strict.buffer, sizeof strict.buffer);
    writer_char(&strict.path, '$');
    if (json_get(definition, "@exprLang") == NULL)
        check_languages(&strict, definition);
    check_member(&strict, definition, "actions", check_named_actions);
    check_member(&strict, definition, "guards", check_named_guards);
    check_member(&strict, definition, "delays", check_named_delays);
    check_state(&strict, definition);
}
