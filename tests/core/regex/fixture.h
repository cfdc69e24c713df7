/* fixture.h - a row for each pattern: texts that it is found in, and texts that it is not. */
#ifndef TESTS_CORE_REGEX_FIXTURE_H
#define TESTS_CORE_REGEX_FIXTURE_H

#include "core/regex/regex_inside.h"
#include "tests/test.h"

enum { ROW_TEXTS_MAX = 8 };

struct match_row {
    const char *pattern;
    const char *found[ROW_TEXTS_MAX];
    const char *not_found[ROW_TEXTS_MAX];
};

struct problem_row {
    const char *pattern;
    size_t offset;
    const char *message; /* a part of it */
};

static inline const struct regex *compiled(struct arena *arena, enum regex_syntax syntax,
                                           const char *pattern)
{
    const struct regex *regex = NULL;
    struct regex_problem problem;
    if (regex_compile(arena, text_of(pattern), syntax, &regex, &problem) != STATUS_OK)
        fail_msg("%s: at %zu: %s", pattern, problem.offset, problem.message);
    return regex;
}

/* By the automaton, where there is one, and by the instructions: the same answer. */
static inline bool is_found(struct arena *arena, const struct regex *regex, struct text text)
{
    struct regex by_run = *regex;
    bool found = false, found_by_run = false;
    by_run.has_automaton = false;
    assert_true(regex_search(regex, text, arena, &found));
    assert_true(regex_search(&by_run, text, arena, &found_by_run));
    assert_int_equal(found, found_by_run);
    return found;
}

static inline void check_matches(struct arena *arena, enum regex_syntax syntax,
                                 const struct match_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct regex *regex = compiled(arena, syntax, rows[i].pattern);
        for (size_t j = 0; j < ROW_TEXTS_MAX && rows[i].found[j] != NULL; j++) {
            if (!is_found(arena, regex, text_of(rows[i].found[j])))
                fail_msg("%s is not found in \"%s\"", rows[i].pattern, rows[i].found[j]);
        }
        for (size_t j = 0; j < ROW_TEXTS_MAX && rows[i].not_found[j] != NULL; j++) {
            if (is_found(arena, regex, text_of(rows[i].not_found[j])))
                fail_msg("%s is found in \"%s\"", rows[i].pattern, rows[i].not_found[j]);
        }
    }
}

static inline void check_problems(struct arena *arena, enum regex_syntax syntax,
                                  enum regex_verdict verdict, const struct problem_row *rows,
                                  size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct regex *regex;
        struct regex_problem problem;
        const char *pattern = rows[i].pattern;
        if (regex_compile(arena, text_of(pattern), syntax, &regex, &problem) != STATUS_REJECTED)
            fail_msg("%s compiles", pattern);
        if (problem.verdict != verdict || problem.offset != rows[i].offset ||
            strstr(problem.message, rows[i].message) == NULL)
            fail_msg("%s: verdict %d at %zu: %s", pattern, problem.verdict, problem.offset,
                     problem.message);
    }
}

#endif
