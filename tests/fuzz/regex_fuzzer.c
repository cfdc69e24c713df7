/* Whatever the pattern and the text: it compiles or says where not, and both ways to search give
 * the same answer. The first byte chooses the syntax; the pattern ends at the first NUL. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/regex/regex_inside.h"
#include "core/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Without an automaton a search takes time by both: enough to find what is wrong. */
enum { STEPS_MAX = 1000 * 1000 };
#define ARENA_SIZE ((size_t)512 * 1024 * 1024)

static void check(bool holds)
{
    if (!holds)
        abort();
}

static bool search(struct arena *arena, const struct regex *regex, struct text text)
{
    bool found = false;
    check(regex_search(regex, text, arena, &found));
    return found;
}

static void check_searches(struct arena *arena, const struct regex *regex, struct text text)
{
    struct regex by_run = *regex;
    by_run.has_automaton = false;
    if (regex_search_steps(&by_run, text.size) <= STEPS_MAX)
        check(search(arena, regex, text) == search(arena, &by_run, text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct arena *arena = arena_create(ARENA_SIZE);
    enum regex_syntax syntax = data[0] & 1 ? REGEX_ECMA262 : REGEX_RE2;
    const char *pattern = (const char *)data + 1;
    const char *end = memchr(pattern, '\0', size - 1);
    size_t pattern_size = end == NULL ? size - 1 : (size_t)(end - pattern);
    struct text text = {pattern + pattern_size, size - 1 - pattern_size};
    const struct regex *regex;
    struct regex_problem problem;
    enum status status =
        regex_compile(arena, (struct text){pattern, pattern_size}, syntax, &regex, &problem);
    check(status == STATUS_OK || status == STATUS_REJECTED);
    check((status == STATUS_OK) == (problem.verdict == REGEX_OK));
    check(problem.offset <= pattern_size && utf8_is_valid(text_of(problem.message)));
    if (status == STATUS_OK)
        check_searches(arena, regex, text);
    arena_destroy(arena);
    return 0;
}
