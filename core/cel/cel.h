/* cel.h - the Common Expression Language: compile once, evaluate often.
 *
 * The language is cel-spec's doc/langdef.md, with dynamic types. A program is
 * read-only after it was compiled and may be evaluated by many threads at once.
 * Evaluation is pure: no clock, no randomness, no side effects, and it ends: every
 * program has a cost limit and every value lives in an arena with a limit. */
#ifndef CORE_CEL_CEL_H
#define CORE_CEL_CEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/cel/value.h"
#include "core/error.h"
#include "core/text.h"

struct arena;
struct cel_program;

/* The port to a database of time zones ("Europe/Berlin"); UTC and offsets need none. */
struct cel_time_zones {
    void *self;
    /* How many seconds a zone is east of UTC at a time (seconds since 1970); false when
     * there is no such zone. The same question always has the same answer. May be called
     * by several threads at once. */
    bool (*offset)(void *self, struct text name, int64_t time, int32_t *offset);
};

/* The variables that a program may name; a variable's position here is its slot. A
 * name may have dots ("a.b"): it then stands for those selections (langdef.md, "Name
 * Resolution"; the longest name wins). */
struct cel_environment {
    const struct text *names;
    size_t count;
    /* The namespace in which names are looked up first, as "a.b", or empty. */
    struct text container;
    /* NULL: there are no zones but UTC and offsets. Outlives the programs. */
    const struct cel_time_zones *time_zones;
};

/* Where and why an expression does not compile. Lines and columns count from 1,
 * columns in code points. The message names what was found and what would be right. */
struct cel_issue {
    uint32_t line;
    uint32_t column;
    char message[256];
};

/* Limits of compilation: an expression of this many bytes, nested this deep. */
enum { CEL_EXPRESSION_SIZE_MAX = 64 * 1024, CEL_DEPTH_MAX = 250 };

/* Compiles into the arena. `expression` is copied. STATUS_REJECTED fills *issue;
 * STATUS_FATAL when the arena is full (the issue then says so). */
enum status cel_compile(struct arena *arena, struct text expression,
                        const struct cel_environment *environment, const struct cel_program **out,
                        struct cel_issue *issue);

/* The same for a language without declarations: an unknown variable or function compiles,
 * and is an error of the evaluation that reaches it (langdef.md, "Evaluation"), so that
 * `x || true` is true whatever x is. */
enum status cel_compile_lenient(struct arena *arena, struct text expression,
                                const struct cel_environment *environment,
                                const struct cel_program **out, struct cel_issue *issue);

/* One unit is one node evaluated, one element visited, or one byte-block touched by
 * a string operation (see cel/README.md), so cost follows work. */
enum { CEL_COST_MAX = 1000 * 1000 };

/* What one evaluation may take from its arena, in bytes. Counted by itself, so that the
 * same expression over the same data always ends the same way, however full the arena
 * of a batch is already. Eight documents of JSON_SIZE_MAX, copied, have room in it. */
enum { CEL_MEMORY_MAX = 8 * 1024 * 1024 };

/* Evaluates. `variables` has a value for each name of the environment, in its order.
 * The result lives in the arena, or points into the variables or the program.
 * STATUS_REJECTED with the message for whatever the expression did wrong: "no such key:
 * pages", "division by zero", "cost limit of 1000000 exceeded", "memory limit of
 * 8388608 bytes exceeded". STATUS_FATAL when the arena is full before that limit: give
 * it room for CEL_MEMORY_MAX. *cost, where not NULL, receives the units spent. */
enum status cel_evaluate(const struct cel_program *program, const struct cel_value *variables,
                         uint64_t cost_max, struct arena *arena, struct cel_value *out,
                         uint64_t *cost, struct error *error);

/* True when the program reads the variable at this slot. */
bool cel_program_uses(const struct cel_program *program, size_t slot);

#endif
