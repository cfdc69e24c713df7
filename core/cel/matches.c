/* matches(): regular expressions in RE2's syntax (langdef.md, "Regular Expressions"), by
 * core/regex. A pattern that is written in the expression is compiled with it. */
#include "core/arena.h"
#include "core/cel/evaluation.h"
#include "core/cel/shown.h"
#include "core/regex/regex.h"

/* What compiling a pattern takes: so many units at least, and so many for each step that one
 * character of a text may take, as a few bytes may stand for thousands of instructions. */
enum { COST_PATTERN = 10000, COST_PATTERN_STEP = 8 };

/* Steps of the automaton that take about as long as one node. */
enum { STEPS_OF_UNIT = 8 };

#define WRONG_PATTERN "matches(\"%.*s%s\"): %s"

static bool prepare_pattern(struct cel_preparation *preparation)
{
    struct regex_problem problem;
    const struct regex *regex;
    const struct cel_value *pattern = preparation->arguments[1];
    if (pattern == NULL || pattern->type != CEL_STRING)
        return true;
    enum status status =
        regex_compile(preparation->arena, pattern->as.text, REGEX_RE2, &regex, &problem);
    if (status != STATUS_OK) {
        error_set(&preparation->error, status, WRONG_PATTERN, CEL_SHOWN(pattern->as.text),
                  status == STATUS_REJECTED ? problem.message : "out of memory");
        return false;
    }
    preparation->prepared = regex;
    return true;
}

/* A pattern that only the evaluation knows. */
static bool compile_pattern(struct cel_evaluation *evaluation, struct text pattern,
                            const struct regex **out)
{
    struct regex_problem problem;
    if (!cel_charge(evaluation, COST_PATTERN + pattern.size))
        return false;
    enum status status = regex_compile(evaluation->arena, pattern, REGEX_RE2, out, &problem);
    if (status == STATUS_FATAL)
        return cel_stop_memory(evaluation);
    if (status != STATUS_OK)
        return cel_fail(evaluation, WRONG_PATTERN, CEL_SHOWN(pattern), problem.message);
    return cel_charge(evaluation, COST_PATTERN_STEP * regex_search_steps(*out, 1));
}

static bool search(struct cel_evaluation *evaluation, const struct regex *regex, struct text text,
                   struct cel_value *out)
{
    bool found;
    if (!cel_charge(evaluation, 1 + regex_search_steps(regex, text.size) / STEPS_OF_UNIT))
        return false;
    if (!regex_search(regex, text, evaluation->arena, &found))
        return cel_stop_memory(evaluation);
    *out = cel_bool(found);
    return true;
}

/* Whatever the search takes from the arena is given back: only a bool stays. */
static bool matches(struct cel_evaluation *evaluation, const struct cel_function *function,
                    const struct cel_value *arguments, struct cel_value *out)
{
    const struct regex *regex = evaluation->prepared;
    struct arena_mark mark = arena_mark(evaluation->arena);
    (void)function;
    bool done = (regex != NULL || compile_pattern(evaluation, arguments[1].as.text, &regex)) &&
                search(evaluation, regex, arguments[0].as.text, out);
    arena_rewind(evaluation->arena, mark);
    return done;
}

#define STRING CEL_TYPE_BIT(CEL_STRING)

static const struct cel_function functions[] = {
    {.name = "matches", CEL_RECEIVER, 2, {STRING, STRING}, matches, 0, prepare_pattern},
    {.name = "matches", CEL_GLOBAL, 2, {STRING, STRING}, matches, 0, prepare_pattern},
};

const struct cel_library cel_library_matches = {functions, sizeof functions / sizeof functions[0]};
