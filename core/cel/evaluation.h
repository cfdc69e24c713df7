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

/* A local is a variable of a comprehension, or a value that was bound. The latter is
 * evaluated where it is read first, so that an error in it can be absorbed there. */
struct cel_local {
    struct cel_value value;
    const struct cel_node *pending; /* what to evaluate for it; NULL when there is a value */
};

struct cel_evaluation {
    const struct cel_value *variables;
    struct cel_local *locals; /* by slot */
    const struct cel_time_zones *time_zones;
    const void *prepared; /* of the call whose function runs (functions.h, cel_preparation) */
    struct arena *arena;
    uint64_t cost;
    uint64_t cost_max;
    size_t memory; /* bytes taken from the arena */
    size_t memory_max;
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

/* The arena is full in the middle of something that takes from it directly: a stop. */
bool cel_stop_memory(struct cel_evaluation *evaluation);

/* --- Nodes --------------------------------------------------------------------- */

bool cel_evaluate_node(struct cel_evaluation *evaluation, const struct cel_node *node,
                       struct cel_value *out);

/* What evaluating a constant part of an expression may take while it is compiled. */
struct cel_constant_budget {
    struct arena *arena;
    const struct cel_time_zones *time_zones;
    uint32_t local_count;
    uint64_t cost;
    size_t memory;
};

/* Evaluates a node that reads no variable, and takes what it took from the budget.
 * STATUS_REJECTED when it fails or would take more, STATUS_FATAL when the arena is full. */
enum status cel_evaluate_constant(struct cel_constant_budget *budget, const struct cel_node *node,
                                  struct cel_value *out);

/* Runs a comprehension over *value, which becomes its result. */
bool cel_comprehend(struct cel_evaluation *evaluation,
                    const struct cel_comprehension *comprehension, struct cel_value *value);

/* Folding `&&`, `||`, all and exists: an error is kept and the rest looked at, as it may
 * make the error irrelevant (langdef.md, "Logical Operators"). */
struct cel_absorbing {
    bool held_before;
    bool failed;
};

/* Notes that an operand failed; false when the evaluation is stopped. */
static inline bool cel_absorb(struct cel_evaluation *evaluation, struct cel_absorbing *absorbing)
{
    absorbing->failed = true;
    evaluation->held = true; /* the first error is the one to report */
    return !evaluation->stopped;
}

/* The operand that decides was found: what failed before it never happened. */
static inline bool cel_decided(struct cel_evaluation *evaluation,
                               const struct cel_absorbing *absorbing, bool value,
                               struct cel_value *out)
{
    evaluation->held = absorbing->held_before;
    *out = cel_bool(value);
    return true;
}

/* No operand decides: the error if there is one, else the value that is left. */
static inline bool cel_undecided(struct cel_evaluation *evaluation,
                                 const struct cel_absorbing *absorbing, bool value,
                                 struct cel_value *out)
{
    evaluation->held = absorbing->held_before;
    *out = cel_bool(value);
    return !absorbing->failed;
}

/* --- Lists and maps, whichever way they are stored --------------------------- */

/* A list of items that the evaluation allocated. */
static inline struct cel_value cel_list(const struct cel_value *items, uint32_t count)
{
    return (struct cel_value){.type = CEL_LIST, .count = count, .as.items = items};
}

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

/* How a key is named in a message. */
enum { CEL_KEY_SHOWN_SIZE = 80 };
const char *cel_show_key(const struct cel_value *key, char shown[CEL_KEY_SHOWN_SIZE]);

/* Whether `key` may stand in a map and does not stand in `map` yet; if not, an error. */
bool cel_check_key(struct cel_evaluation *evaluation, const struct cel_value *map,
                   const struct cel_value *key);

/* The element at an index of any kind of number; *found is false beyond the ends, and
 * an index that is no whole number is an error. `out` may be the list. */
bool cel_find_element(struct cel_evaluation *evaluation, const struct cel_value *list,
                      const struct cel_value *index, struct cel_value *out, bool *found);

/* --- Optionals --------------------------------------------------------------------- */

static inline struct cel_value cel_none(void)
{
    return (struct cel_value){.type = CEL_OPTIONAL};
}

/* optional.of(value); `out` may be the value. */
bool cel_optional_of(struct cel_evaluation *evaluation, const struct cel_value *value,
                     struct cel_value *out);

/* --- Text --------------------------------------------------------------------------- */

/* The text of a value that is no list or map: what string() makes of it; of bytes,
 * base64; of a type, its name. */
void cel_write_scalar(struct writer *writer, const struct cel_value *value);

/* --- Operators ------------------------------------------------------------------ */

/* Every binary operator but && and ||. `out` may be one of the operands. */
bool cel_operate(struct cel_evaluation *evaluation, enum cel_operator operation,
                 const struct cel_value *left, const struct cel_value *right,
                 struct cel_value *out);

bool cel_negate(struct cel_evaluation *evaluation, struct cel_value *value);

/* `<` and `>` between values that have an order; false in *ordered for those that have
 * none, and for NaN. Returns false after a stop. */
bool cel_order_values(struct cel_evaluation *evaluation, const struct cel_value *a,
                      const struct cel_value *b, enum cel_order *order, bool *ordered);

/* Sorts `count` values by the keys at the same places, equal ones staying in their order.
 * Keys are all of one type that has an order, or it is an error. */
bool cel_sort(struct cel_evaluation *evaluation, struct cel_value *values,
              const struct cel_value *keys, uint32_t count);

/* Equality, charged for what it visits. */
bool cel_equals(struct cel_evaluation *evaluation, const struct cel_value *a,
                const struct cel_value *b, bool *equal);

#endif
