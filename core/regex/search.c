#include <string.h>

#include "core/arena.h"
#include "core/regex/regex_inside.h"

/* --- By the automaton ------------------------------------------------------------------------ */

/* Moves to where something can begin; to the end where nothing can. */
static size_t skip_to_lead(const struct automaton *automaton, struct text text, size_t at)
{
    const char *lead = memchr(text.data + at, automaton->lead, text.size - at);
    return lead == NULL ? text.size : (size_t)(lead - text.data);
}

static bool search_automaton(const struct regex *regex, struct text text)
{
    const struct automaton *automaton = &regex->automaton;
    const struct alphabet *alphabet = &regex->alphabet;
    const uint16_t *next = automaton->next;
    size_t state = automaton->start, at = 0;
    size_t skipping = automaton->has_lead ? automaton->resting : STATE_LOST;
    while (at < text.size && state > STATE_FOUND) {
        if (state == skipping) {
            at = skip_to_lead(automaton, text, at);
            if (at == text.size)
                break;
        }
        state = next[state + alphabet_read(alphabet, text, &at)];
    }
    if (state > STATE_FOUND)
        state = next[state + alphabet->end];
    return state == STATE_FOUND;
}

/* --- By the instructions --------------------------------------------------------------------- */

static bool search_run(const struct regex *regex, struct text text, struct run *run)
{
    const struct alphabet *alphabet = &regex->alphabet;
    enum context before = CONTEXT_EDGE;
    for (size_t at = 0;;) {
        uint16_t symbol = at < text.size ? alphabet_read(alphabet, text, &at) : alphabet->end;
        enum context after = (enum context)alphabet->contexts[symbol];
        if (!regex->is_anchored || before == CONTEXT_EDGE)
            run_begin(run);
        if (run->waiting.count == 0)
            return false;
        if (run_reach(run, assertions_between(before, after)))
            return true;
        if (symbol == alphabet->end)
            return false;
        run_advance(run, symbol);
        before = after;
    }
}

bool regex_search(const struct regex *regex, struct text text, struct arena *scratch, bool *found)
{
    if (regex->has_automaton) {
        *found = search_automaton(regex, text);
        return true;
    }
    struct arena_mark mark = arena_mark(scratch);
    struct run run;
    bool is_ready = run_init(&run, scratch, &regex->program, &regex->alphabet);
    if (is_ready)
        *found = search_run(regex, text, &run);
    arena_rewind(scratch, mark);
    return is_ready;
}

uint64_t regex_search_steps(const struct regex *regex, size_t text_size)
{
    uint64_t positions = (uint64_t)text_size + 1;
    uint64_t each = regex->has_automaton ? 1 : regex->program.count;
    return positions > UINT64_MAX / each ? UINT64_MAX : positions * each;
}
