/* scenario.h - what a definition should do, told step by step: what `xorca test` runs.
 *
 *     given an input, when these events come and time passes, then it is in these states,
 *     has sent these events, and these expressions hold
 *
 * The format is in README.md, and for editors in schemas/scenarios.schema.json. */
#ifndef CORE_SCENARIO_SCENARIO_H
#define CORE_SCENARIO_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/json.h"
#include "core/machine/coverage.h"
#include "core/machine/machine.h"
#include "core/problem.h"
#include "core/text.h"

struct arena;
struct cel_program;
struct writer;

/* Scenarios of one file, steps of one scenario, assertions and events expected of one step:
 * more than a person writes, and less than a machine could be made to chew on. */
enum {
    SCENARIO_COUNT_MAX = 1000,
    SCENARIO_STEPS_MAX = 1000,
    SCENARIO_ITEMS_MAX = 1000,
    /* Of a path in a message; the rest is cut. */
    SCENARIO_PATH_SIZE_MAX = 512
};

struct assertion {
    struct text source;
    const struct cel_program *program;
};

/* What a step should have done. What is NULL is not looked at. */
struct expectation {
    const struct json *state;   /* "a.b", or {"a": "b"}: as stateIn has it */
    const struct json *status;  /* "active" or "done" */
    const struct json *emitted; /* all that was sent: types, or parts of events */
    const struct json *context; /* parts of it */
    const struct json *output;  /* the whole of it */
    const struct json *tags;    /* some of them */
    const struct json *ignored; /* true: no transition was taken */
    const struct json *error;   /* what the event's error says, among other things */
    const struct assertion *assertions;
    size_t assertion_count;
};

enum scenario_step_kind { SCENARIO_START = 0, SCENARIO_EVENT, SCENARIO_ADVANCE };

struct scenario_step {
    enum scenario_step_kind kind;
    struct json event;  /* of SCENARIO_EVENT */
    int64_t advance_ms; /* of SCENARIO_ADVANCE */
    const char *path;   /* where it stands in the file: "$.scenarios[0].steps[2]" */
    struct expectation expectation;
};

struct scenario {
    struct text name;
    struct json input;
    int64_t now_ms;                    /* where the clock begins */
    const struct scenario_step *steps; /* the first is the start */
    size_t step_count;
};

struct scenario_file {
    struct text definition; /* the path of the definition, from the file's folder */
    const struct scenario *items;
    size_t count;
};

/* Reads a file of scenarios, whose document must live as long as *out; the rest is in the
 * arena. Notes every problem with its place; STATUS_REJECTED if there is any, STATUS_FATAL
 * when the arena is full. */
enum status scenario_file_read(struct arena *arena, struct json document,
                               struct problem_list *problems, struct scenario_file *out,
                               struct error *error);

/* Runs one scenario as far as the first step that does not do what is expected, which is
 * written to `report` in lines for people: what was expected, and what is. *passed is false
 * then. What was taken and entered is added to `coverage`. STATUS_FATAL: memory is out, or
 * the clock went beyond its end. */
enum status scenario_run(const struct machine *machine, const struct machine_limits *limits,
                         const struct scenario *scenario, struct coverage *coverage,
                         struct writer *report, bool *passed, struct error *error);

#endif
