#include "core/regex/automaton.h"

#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/utf8.h"

/* A state of the automaton is what a run of the program can tell between two characters: the
 * instructions that wait for the next one, and what the last one was to an assertion. */
struct state {
    struct state *next; /* in the order of their numbers */
    struct state *next_in_bucket;
    uint16_t *waiting; /* sorted */
    size_t waiting_count;
    enum context before;
    uint16_t number;
    uint16_t *row; /* by symbol: the number of the state that follows */
};

enum { BUCKETS = 512 };

struct builder {
    struct arena *scratch;
    struct run *run;
    const struct alphabet *alphabet;
    bool is_anchored;
    struct state *first, *last;
    struct state *buckets[BUCKETS];
    size_t count; /* numbers given, the two of the ends included */
    bool is_full; /* the arena */
};

/* --- States ------------------------------------------------------------------------------- */

static int compare_instructions(const void *a, const void *b)
{
    return (int)*(const uint16_t *)a - (int)*(const uint16_t *)b;
}

static uint32_t hash_state(const struct instruction_set *waiting, enum context before)
{
    uint32_t hash = 2166136261u ^ (uint32_t)before;
    for (size_t i = 0; i < waiting->count; i++)
        hash = (hash ^ waiting->items[i]) * 16777619u;
    return hash ^ hash >> 16;
}

static bool is_state(const struct state *state, const struct instruction_set *waiting,
                     enum context before)
{
    return state->before == before && state->waiting_count == waiting->count &&
           (waiting->count == 0 ||
            memcmp(state->waiting, waiting->items, waiting->count * sizeof *waiting->items) == 0);
}

static struct state *add_state(struct builder *builder, const struct instruction_set *waiting,
                               enum context before)
{
    struct state *state = arena_alloc(builder->scratch, sizeof *state);
    uint16_t *items = arena_alloc_array(builder->scratch, waiting->count, sizeof *items);
    if (state == NULL || items == NULL) {
        builder->is_full = true;
        return NULL;
    }
    if (waiting->count > 0)
        memcpy(items, waiting->items, waiting->count * sizeof *items);
    *state = (struct state){.waiting = items,
                            .waiting_count = waiting->count,
                            .before = before,
                            .number = (uint16_t)builder->count++};
    if (builder->last == NULL)
        builder->first = state;
    else
        builder->last->next = state;
    builder->last = state;
    return state;
}

/* The number of the state in which the run is. */
static uint16_t state_number(struct builder *builder, enum context before)
{
    struct instruction_set *waiting = &builder->run->waiting;
    if (waiting->count == 0 && builder->is_anchored && before != CONTEXT_EDGE)
        return STATE_LOST;
    qsort(waiting->items, waiting->count, sizeof *waiting->items, compare_instructions);
    for (size_t i = 0; i < waiting->count; i++)
        waiting->places[waiting->items[i]] = (uint16_t)i;
    struct state **bucket = &builder->buckets[hash_state(waiting, before) % BUCKETS];
    struct state *state = *bucket;
    while (state != NULL && !is_state(state, waiting, before))
        state = state->next_in_bucket;
    if (state == NULL) {
        state = add_state(builder, waiting, before);
        if (state == NULL)
            return STATE_LOST;
        state->next_in_bucket = *bucket;
        *bucket = state;
    }
    return state->number;
}

/* --- Filling the table ---------------------------------------------------------------------- */

static void enter(struct builder *builder, const struct state *state)
{
    builder->run->waiting.count = 0;
    for (size_t i = 0; i < state->waiting_count; i++)
        instruction_set_add(&builder->run->waiting, state->waiting[i]);
    if (!builder->is_anchored || state->before == CONTEXT_EDGE)
        run_begin(builder->run);
}

/* What follows upon each symbol that is `after` to an assertion. */
static void fill_context(struct builder *builder, struct state *state, enum context after)
{
    const struct alphabet *alphabet = builder->alphabet;
    enter(builder, state);
    bool is_found = run_reach(builder->run, assertions_between(state->before, after));
    for (uint16_t symbol = 0; symbol < alphabet->symbol_count; symbol++) {
        if (alphabet->contexts[symbol] != after)
            continue;
        if (is_found || symbol == alphabet->end) {
            state->row[symbol] = is_found ? STATE_FOUND : STATE_LOST;
            continue;
        }
        run_advance(builder->run, symbol);
        state->row[symbol] = state_number(builder, after);
    }
}

static bool is_in_limits(const struct builder *builder)
{
    return builder->count * builder->alphabet->symbol_count <= AUTOMATON_CELLS_MAX &&
           builder->run->steps <= AUTOMATON_STEPS_MAX;
}

/* The list of states grows behind the one at hand. */
static void fill(struct builder *builder)
{
    for (struct state *state = builder->first;
         state != NULL && !builder->is_full && is_in_limits(builder); state = state->next) {
        state->row = arena_alloc_array(builder->scratch, builder->alphabet->symbol_count,
                                       sizeof *state->row);
        if (state->row == NULL) {
            builder->is_full = true;
            return;
        }
        static const enum context contexts[CONTEXT_COUNT - 1] = {CONTEXT_OTHER, CONTEXT_WORD,
                                                                 CONTEXT_NEWLINE, CONTEXT_EDGE};
        for (size_t i = 0; i < CONTEXT_COUNT - 1; i++)
            fill_context(builder, state, contexts[i]);
    }
}

/* --- The finished automaton ------------------------------------------------------------------ */

static void find_lead(const struct alphabet *alphabet, const uint16_t *row,
                      struct automaton *automaton)
{
    size_t leaving = 0;
    uint16_t lead = 0;
    for (uint16_t symbol = 0; symbol < alphabet->end; symbol++) {
        if (row[symbol] != automaton->resting) {
            lead = symbol;
            leaving++;
        }
    }
    uint32_t code_point;
    if (leaving != 1 || !alphabet_is_single(alphabet, lead, &code_point))
        return;
    char bytes[4];
    utf8_encode(code_point, bytes);
    automaton->has_lead = true;
    automaton->lead = (unsigned char)bytes[0];
}

/* Where the row of the state with this number begins; the limit of cells keeps it small. Rows
 * have two symbols at least, so none begins where one of the two ends would. */
static uint16_t row_place(const struct builder *builder, uint16_t number)
{
    return number <= STATE_FOUND ? number : (uint16_t)(number * builder->alphabet->symbol_count);
}

static bool copy_table(struct arena *arena, const struct builder *builder,
                       struct automaton *automaton)
{
    size_t symbol_count = builder->alphabet->symbol_count;
    uint16_t *next = arena_alloc_array(arena, builder->count * symbol_count, sizeof *next);
    if (next == NULL)
        return false;
    for (const struct state *state = builder->first; state != NULL; state = state->next) {
        uint16_t *row = next + row_place(builder, state->number);
        for (size_t symbol = 0; symbol < symbol_count; symbol++)
            row[symbol] = row_place(builder, state->row[symbol]);
    }
    automaton->next = next;
    automaton->start = row_place(builder, automaton->start);
    automaton->resting = row_place(builder, automaton->resting);
    if (automaton->resting != STATE_LOST)
        find_lead(builder->alphabet, next + automaton->resting, automaton);
    return true;
}

bool automaton_build(struct arena *arena, struct arena *scratch, struct run *run, bool is_anchored,
                     struct automaton *automaton, bool *is_built)
{
    struct builder builder = {.scratch = scratch,
                              .run = run,
                              .alphabet = run->alphabet,
                              .is_anchored = is_anchored,
                              .count = STATE_FOUND + 1};
    *automaton = (struct automaton){0};
    *is_built = false;
    run->waiting.count = 0;
    automaton->resting = state_number(&builder, CONTEXT_OTHER);
    automaton->start =
        run->program->assertions == 0 ? automaton->resting : state_number(&builder, CONTEXT_EDGE);
    fill(&builder);
    if (builder.is_full)
        return false;
    *is_built = is_in_limits(&builder);
    return !*is_built || copy_table(arena, &builder, automaton);
}
