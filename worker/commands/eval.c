/* eval.c - one CEL expression, or a batch of them, with values that keep their types. */
#include "adapters/json/json_parse.h"
#include "adapters/tz/zones.h"
#include "core/arena.h"
#include "core/cel/cel.h"
#include "core/cel/typed_json.h"
#include "core/writer.h"
#include "worker/command.h"
#include "worker/commands/common.h"
#include "worker/input.h"

/* Memory of one expression and its value. */
#define EVAL_MEMORY_MAX ((size_t)256 * 1024 * 1024)

/* The variables that the bindings give. */
struct bindings {
    struct text *names;
    struct cel_value *values;
    size_t count;
};

/* `{"json":…}` is plain JSON; anything else a typed value. */
static enum status read_binding(struct arena *arena, struct json_member member,
                                struct cel_value *out, struct error *error)
{
    const struct json *plain = json_get(member.value, "json");
    if (plain != NULL && member.value.count == 1) {
        *out = cel_from_json(*plain);
        return STATUS_OK;
    }
    if (cel_from_typed_json(arena, member.value, out, error) != STATUS_OK)
        return error_context(error, "bindings: %.*s", TEXT_ARGS(member.name));
    return STATUS_OK;
}

static enum status read_bindings(struct arena *arena, struct json json, struct bindings *out,
                                 struct error *error)
{
    if (json.type != JSON_OBJECT)
        return error_set(error, STATUS_REJECTED,
                         "bindings: an object from names to values is right, as in "
                         "{\"x\":{\"type\":\"int\",\"value\":\"1\"},\"y\":{\"json\":[1,2]}}");
    out->names = arena_alloc_array(arena, json.count, sizeof *out->names);
    out->values = arena_alloc_array(arena, json.count, sizeof *out->values);
    if (out->names == NULL || out->values == NULL)
        return error_memory(error);
    for (uint32_t i = 0; i < json.count; i++) {
        out->names[i] = json.as.members[i].name;
        if (read_binding(arena, json.as.members[i], &out->values[i], error) != STATUS_OK)
            return error->status;
    }
    out->count = json.count;
    return STATUS_OK;
}

/* STATUS_REJECTED: the expression is wrong or went wrong, and *error says how. */
static enum status evaluate(struct arena *arena, struct text expression,
                            const struct bindings *bindings, uint64_t cost_max, struct json *out,
                            struct error *error)
{
    struct cel_environment environment = {
        .names = bindings->names, .count = bindings->count, .time_zones = &tz_zones};
    const struct cel_program *program;
    struct cel_issue issue;
    struct cel_value value;
    enum status status = cel_compile_lenient(arena, expression, &environment, &program, &issue);
    if (status != STATUS_OK)
        return error_set(error, status, "line %u, column %u: %s", issue.line, issue.column,
                         issue.message);
    status = cel_evaluate(program, bindings->values, cost_max, arena, &value, NULL, error);
    if (status != STATUS_OK)
        return status;
    return cel_to_typed_json(arena, value, out, error);
}

static struct json error_answer(struct json_member *member, const struct error *error)
{
    *member = JSON_MEMBER("error", json_string(text_of(error->message)));
    return json_object(member, 1);
}

static enum status print_answer(struct arena *arena, struct json answer, struct error *error)
{
    if (command_print_json(arena, answer))
        return STATUS_OK;
    return error_set(error, STATUS_FATAL, "the value is too large to be printed");
}

/* --- A batch ------------------------------------------------------------------------ */

static enum status evaluate_line(struct arena *arena, struct text line, struct json_limits limits,
                                 uint64_t cost_max, struct json *out, struct error *error)
{
    struct json request;
    struct bindings bindings = {0};
    if (json_parse(arena, line, limits, &request, error) != STATUS_OK)
        return error->status;
    const struct json *expression = json_get(request, "expr");
    const struct json *bound = json_get(request, "bindings");
    if (expression == NULL || expression->type != JSON_STRING)
        return error_set(error, STATUS_REJECTED, "a line is {\"expr\":\"1 + 1\",\"bindings\":{…}}");
    if (bound != NULL && read_bindings(arena, *bound, &bindings, error) != STATUS_OK)
        return error->status;
    return evaluate(arena, json_text(*expression), &bindings, cost_max, out, error);
}

/* Every line is answered by a line, whatever it is: that keeps the two in step. */
static enum status answer_lines(struct arena *arena, const struct command_call *call,
                                const struct settings *settings, struct error *error)
{
    struct line_reader reader;
    struct text line;
    if (line_reader_init(&reader, stdin, call->arena, settings->json_limits.size_max, error) !=
        STATUS_OK)
        return error->status;
    for (;;) {
        struct json answer;
        struct json_member member;
        struct error problem;
        if (line_reader_next(&reader, &line, error) != STATUS_OK)
            return error_context(error, "standard input");
        if (line.data == NULL)
            return STATUS_OK;
        arena_reset(arena);
        if (evaluate_line(arena, line, settings->json_limits,
                          settings->step.limits.expression_cost_max, &answer,
                          &problem) != STATUS_OK)
            answer = error_answer(&member, &problem);
        if (print_answer(arena, answer, &problem) != STATUS_OK &&
            print_answer(arena, error_answer(&member, &problem), error) != STATUS_OK)
            return error->status;
        fflush(stdout);
    }
}

/* --- The command -------------------------------------------------------------------- */

static int eval_batch(struct command_call *call, const struct settings *settings)
{
    struct error error;
    struct arena *arena = arena_create(EVAL_MEMORY_MAX);
    if (arena == NULL)
        return command_fail_as(EXIT_FAILED, "out of memory");
    enum status status = answer_lines(arena, call, settings, &error);
    arena_destroy(arena);
    return status == STATUS_OK ? EXIT_DONE : command_fail(&error);
}

static int eval_one(struct command_call *call, const struct settings *settings)
{
    struct error error;
    struct json answer, json = json_object(NULL, 0);
    struct json_member member;
    struct bindings bindings;
    if (command_json(call, "bindings", settings->json_limits, &json, &error) != STATUS_OK ||
        read_bindings(call->arena, json, &bindings, &error) != STATUS_OK)
        return command_fail(&error);
    int exit_status = EXIT_DONE;
    if (evaluate(call->arena, text_of(call->arguments[0]), &bindings,
                 settings->step.limits.expression_cost_max, &answer, &error) != STATUS_OK) {
        answer = error_answer(&member, &error);
        exit_status = EXIT_FAILED;
    }
    if (print_answer(call->arena, answer, &error) != STATUS_OK)
        return command_fail(&error);
    return exit_status;
}

int command_eval(struct command_call *call)
{
    struct error error;
    struct settings settings;
    if (command_settings(call, &settings, &error) != STATUS_OK)
        return command_fail(&error);
    bool is_batch = command_switch(call, "batch");
    if (is_batch && (call->argument_count > 0 || command_option(call, "bindings") != NULL))
        return command_fail_as(EXIT_BAD_USE, "--batch takes expressions and bindings from "
                                             "standard input, not from the command line");
    if (is_batch)
        return eval_batch(call, &settings);
    if (call->argument_count == 0)
        return command_fail_as(EXIT_BAD_USE, "something is missing: xorca eval EXPRESSION");
    return eval_one(call, &settings);
}
