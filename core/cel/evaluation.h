/* evaluation.h - one evaluation while it runs: what it may spend, and how it fails.
 *
 * Two kinds of failure. An error of the expression ("no such key: x") is a value of the
 * language: `&&`, `||`, all and exists may absorb it. A stop (cost or memory limit, arena
 * full) is not: it ends the evaluation, whatever stands around it. */
#ifndef CORE_CEL_EVALUATION_H
#define CORE_CEL_EVALUATION_H

#include "core/cel/cel.h"
#include "core/cel/number.h"
#include "core/cel/program.h"

struct writer;

struct cel_evaluation {
    const struct cel_value *variables;
    struct cel_value *locals; /* of the comprehensions, by slot */
    struct arena *arena;
    uint64_t cost;
    uint64_t cost_max;
    size_t memory; /* bytes taken from the arena */
    bool stopped;
    bool held; /* an error is noted already, and is the one to report if any is */
    struct error *error;
};

/* Notes an error of the expression. `format` is ours, never text from outside. */
void cel_note(struct cel_evaluation *evaluation, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same as an expression that is false, so that a failing path is one line, and a
 * reader (compilers and analyzers too) sees that it fails. */
#define cel_fail(evaluation, ...) (cel_note((evaluation), __VA_ARGS__), false)

/* "no such overload: " and what was called with what, in the writing of the call. */
void cel_note_overload(struct cel_evaluation *evaluation, const char *name,
                       enum cel_call_style style, const struct cel_value *arguments, size_t count);

void cel_stop_cost(struct cel_evaluation *evaluation);

/* Charges units of work before it is done; false when they are not there. */
static inline bool cel_charge(struct cel_evaluation *evaluation, uint64_t units)
{
    if (units > evaluation->cost_max - evaluation->cost) {
        cel_stop_cost(evaluation);
        return false;
    }
    evaluation->cost += units;
    return true;
}

/* What one unit pays for, where something is touched by the byte or passed by: about
 * what evaluating one node takes, ten nanoseconds and more. */
enum { CEL_COST_BYTES = 64, CEL_COST_ENTRIES = 16 };

static inline uint64_t cel_cost_of_bytes(size_t size)
{
    return size / CEL_COST_BYTES;
}

/* Memory for a value, which the evaluation pays for; NULL after a stop. */
void *cel_allocate(struct cel_evaluation *evaluation, size_t count, size_t size);

/* --- Lists and maps, whichever way they are stored --------------------------- */

/* Elements of a list, entries of a map. */
static inline uint32_t cel_count(const struct cel_value *value)
{
    return value->is_json ? value->as.json.count : value->count;
}

/* The element at an index below cel_count. */
struct cel_value cel_element(const struct cel_value *list, uint32_t index);

/* The entry at an index below cel_count. */
struct cel_entry cel_entry_at(const struct cel_value *map, uint32_t index);

/* The value of a key; numbers find each other across their types. False in *found when
 * there is none. Returns false after a stop. */
bool cel_find(struct cel_evaluation *evaluation, const struct cel_value *map,
              const struct cel_value *key, struct cel_value *out, bool *found);
bool cel_find_text(struct cel_evaluation *evaluation, const struct cel_value *map, struct text key,
                   struct cel_value *out, bool *found);

/* The text of a value that is no list or map: what string() makes of it; of bytes,
 * base64; of a type, its name. */
void cel_write_scalar(struct writer *writer, const struct cel_value *value);

/* --- Operators ------------------------------------------------------------------ */

/* Every binary operator but && and ||. `out` may be one of the operands. */
bool cel_operate(struct cel_evaluation *evaluation, enum cel_operator operation,
                 const struct cel_value *left, const struct cel_value *right,
                 struct cel_value *out);

bool cel_negate(struct cel_evaluation *evaluation, struct cel_value *value);

/* Equality, charged for what it visits. */
bool cel_equals(struct cel_evaluation *evaluation, const struct cel_value *a,
                const struct cel_value *b, bool *equal);

#endif
