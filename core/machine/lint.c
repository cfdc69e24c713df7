/* lint.c - the lints by name, what is allowed where, and how it is said. */
#include "core/machine/lint.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/arena.h"
#include "core/json_path.h"
#include "core/machine/lint_pass.h"
#include "core/writer.h"

const struct lint_description lint_descriptions[LINT_RULE_COUNT] = {
    [LINT_UNREACHABLE_STATE] = {"unreachable-state", "a state that no transition leads to",
                                "lead a transition to it, or take it out"},
    [LINT_DEAD_END] = {"dead-end", "a state that is not final and can never be left",
                       "make it \"type\": \"final\", or give it a transition to another state"},
    [LINT_WAIT_WITHOUT_DEADLINE] = {"wait-without-deadline",
                                    "a state that waits for an event, however long that takes",
                                    "give it \"after\", or one of the states around it"},
    [LINT_ENDLESS_ALWAYS] = {"endless-always", "eventless transitions that never come to rest",
                             "give one of them a \"guard\" that stops being true"},
    [LINT_GUARD_NEVER_TRUE] = {"guard-never-true", "a guard that is false whatever happens",
                               "correct the expression, or take the transition out"},
    [LINT_UNREACHABLE_TRANSITION] = {"unreachable-transition",
                                     "a transition behind one that is always taken",
                                     "put the one without a guard last"},
    [LINT_UNKNOWN_CONTEXT_KEY] =
        {"unknown-context-key", "an assignment to a key that \"schemas.context\" does not know",
         "correct the key, or add it to the \"properties\" of \"schemas.context\""},
    [LINT_UNHANDLED_ANSWER] =
        {"unhandled-answer", "a command some of whose answers are handled nowhere",
         "add them to \"on\" of the state that waits, or of a state around it; "
         "{} says that one is ignored on purpose"},
    [LINT_MISSPELT_KEYWORD] = {"misspelt-keyword",
                               "a name in a contract that is nearly a keyword of JSON Schema",
                               "as it stands it is an annotation, and checks nothing"},
    [LINT_UNKNOWN_LINT] = {"unknown-lint", "a name in \"meta.allow\" that no lint has",
                           "`xorca validate --help` lists them"},
};

enum lint_rule lint_find(struct text name)
{
    int rule = 0;
    while (rule < LINT_RULE_COUNT && !text_is(name, lint_descriptions[rule].name))
        rule++;
    return (enum lint_rule)rule;
}

void *lint_alloc(struct lint_pass *pass, size_t count, size_t size)
{
    void *memory = arena_alloc_array(pass->arena, count, size);
    pass->out_of_memory |= memory == NULL;
    return memory;
}

/* --- Places and names -------------------------------------------------------------------- */

/* Recursion ends at MACHINE_STATE_DEPTH_MAX. */
static void write_state_path(struct writer *writer, const struct machine *machine, uint16_t state)
{
    if (machine->states[state].parent == STATE_NONE) {
        writer_char(writer, '$');
        return;
    }
    write_state_path(writer, machine, machine->states[state].parent);
    writer_string(writer, ".states");
    json_path_write_key(writer, machine->states[state].key);
}

/* What a writer holds as a string; a path that is too long ends where it was cut, which
 * leads to the place around. */
static const char *finish_path(struct lint_pass *pass, const struct writer *writer)
{
    struct text copy = text_copy(pass->arena, writer_result(writer));
    pass->out_of_memory |= copy.data == NULL;
    return copy.data == NULL ? "$" : copy.data;
}

const char *lint_state_path(struct lint_pass *pass, uint16_t state)
{
    char buffer[LINT_PATH_SIZE_MAX];
    struct writer writer;
    writer_init(&writer, buffer, sizeof buffer);
    write_state_path(&writer, pass->machine, state);
    return finish_path(pass, &writer);
}

const char *lint_path_below(struct lint_pass *pass, const char *path, const char *step,
                            struct text key)
{
    char buffer[LINT_PATH_SIZE_MAX];
    struct writer writer;
    writer_init(&writer, buffer, sizeof buffer);
    writer_string(&writer, path);
    writer_string(&writer, step);
    if (key.data != NULL)
        json_path_write_key(&writer, key);
    return finish_path(pass, &writer);
}

static void write_state_name(struct writer *writer, const struct machine *machine, uint16_t state)
{
    uint16_t parent = machine->states[state].parent;
    if (parent != STATE_NONE && parent != 0) {
        write_state_name(writer, machine, parent);
        writer_char(writer, '.');
    }
    writer_text(writer, machine->states[state].key);
}

struct lint_name lint_state_name(const struct machine *machine, uint16_t state)
{
    char buffer[TEXT_SHOWN_MAX * 2]; /* text_show() cuts the rest */
    struct lint_name name;
    struct writer writer;
    writer_init(&writer, buffer, sizeof buffer);
    write_state_name(&writer, machine, state);
    snprintf(name.text, sizeof name.text, "%s", text_show(writer_result(&writer)).quoted);
    return name;
}

/* --- What is allowed ----------------------------------------------------------------------- */

static void allow(struct lint_pass *pass, uint16_t state, struct json name, const char *path)
{
    enum lint_rule rule = name.type == JSON_STRING ? lint_find(json_text(name)) : LINT_RULE_COUNT;
    if (rule < LINT_RULE_COUNT)
        pass->allowed[state] |= UINT32_C(1) << rule;
    else
        lint_note(pass, LINT_UNKNOWN_LINT, state, PROBLEM_AT_VALUE, path, "no lint has the name %s",
                  name.type == JSON_STRING ? text_show(json_text(name)).quoted
                                           : json_type_name(name.type));
}

/* A state allows what its "meta": {"allow": [...]} says, and what its ancestors allow. */
static void read_allowed(struct lint_pass *pass, uint16_t state)
{
    uint16_t parent = pass->machine->states[state].parent;
    pass->allowed[state] = parent == STATE_NONE ? 0 : pass->allowed[parent];
    const struct json *meta = json_get(pass->definitions[state], "meta");
    const struct json *names = meta == NULL ? NULL : json_get(*meta, "allow");
    if (names == NULL)
        return;
    const char *path =
        lint_path_below(pass, lint_state_path(pass, state), ".meta.allow", TEXT_NONE);
    if (names->type != JSON_ARRAY)
        allow(pass, state, *names, path);
    for (uint32_t i = 0; names->type == JSON_ARRAY && i < names->count; i++) {
        char step[16];
        snprintf(step, sizeof step, "[%u]", i);
        allow(pass, state, names->as.items[i], lint_path_below(pass, path, step, TEXT_NONE));
    }
}

static void read_definitions(struct lint_pass *pass, struct json definition)
{
    struct json *definitions =
        lint_alloc(pass, pass->machine->state_count, sizeof *pass->definitions);
    pass->allowed = lint_alloc(pass, pass->machine->state_count, sizeof *pass->allowed);
    pass->definitions = definitions;
    for (uint16_t i = 0; i < pass->machine->state_count && !pass->out_of_memory; i++) {
        const struct state *state = &pass->machine->states[i];
        if (state->parent == STATE_NONE)
            definitions[i] = definition;
        else
            definitions[i] = *json_get_text(*json_get(definitions[state->parent], "states"),
                                            state->key); /* it compiled: they are there */
        read_allowed(pass, i);
    }
}

/* --- Saying it ------------------------------------------------------------------------------ */

static bool was_said(const struct lint_pass *pass, const char *rule, const char *path)
{
    for (size_t i = 0; i < pass->problems->count; i++) {
        const struct problem *problem = &pass->problems->items[i];
        if (problem->rule == rule && strcmp(problem->path, path) == 0)
            return true;
    }
    return false;
}

void lint_note(struct lint_pass *pass, enum lint_rule rule, uint16_t state, enum problem_part part,
               const char *path, const char *format, ...)
{
    const struct lint_description *lint = &lint_descriptions[rule];
    if (pass->settings->is_allowed[rule] || (pass->allowed[state] >> rule & 1) != 0 ||
        was_said(pass, lint->name, path))
        return;
    char message[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    size_t before = pass->problems->count;
    problem_note(pass->problems, (struct problem){.path = path,
                                                  .message = message,
                                                  .remedy = lint->remedy,
                                                  .rule = lint->name,
                                                  .severity = PROBLEM_WARNING,
                                                  .part = part});
    pass->out_of_memory |= pass->problems->count == before && before < PROBLEM_COUNT_MAX;
}

enum status machine_lint(const struct machine *machine, struct json definition,
                         const struct lint_settings *settings, struct arena *arena,
                         struct problem_list *problems)
{
    struct arena_mark mark = arena_mark(arena);
    struct lint_pass pass = {
        .machine = machine, .settings = settings, .arena = arena, .problems = problems};
    read_definitions(&pass, definition);
    if (!pass.out_of_memory)
        lint_explore(&pass);
    void (*const rules[])(struct lint_pass *) = {lint_states, lint_transitions, lint_context,
                                                 lint_answers, lint_contracts};
    for (size_t i = 0; i < sizeof rules / sizeof *rules && !pass.out_of_memory; i++)
        rules[i](&pass);
    arena_rewind(arena, mark);
    return pass.out_of_memory ? STATUS_FATAL : STATUS_OK;
}
