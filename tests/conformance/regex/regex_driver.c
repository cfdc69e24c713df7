/* regex_driver - reads lines "SYNTAX PATTERN TEXT..." (re2 or ecma; the rest in hexadecimal,
 * "-" for nothing) and answers each with a line: "ok 0110", a digit for each text, or
 * "invalid", "unsupported" or "too-large" with the offset and the message.
 *
 * Each text is searched by the automaton and by the instructions; "differs" if they disagree. */
#include <stdio.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/regex/regex_inside.h"

enum { LINE_SIZE_MAX = 1024 * 1024, ARENA_SIZE = 256 * 1024 * 1024 };

static const char *const verdicts[] = {
    [REGEX_OK] = "ok",
    [REGEX_INVALID] = "invalid",
    [REGEX_UNSUPPORTED] = "unsupported",
    [REGEX_TOO_LARGE] = "too-large",
};

static unsigned hex(char c)
{
    return (unsigned)(c >= 'a' ? c - 'a' + 10 : c - '0');
}

/* In place: a byte for each two digits. */
static struct text read_hex(char *digits)
{
    size_t size = 0;
    for (const char *at = digits; at[0] != '\0' && at[0] != '-' && at[1] != '\0'; at += 2)
        digits[size++] = (char)(hex(at[0]) << 4 | hex(at[1]));
    return (struct text){digits, size};
}

static bool search(struct arena *arena, const struct regex *regex, struct text text)
{
    bool found = false;
    if (!regex_search(regex, text, arena, &found)) {
        fputs("regex_driver: out of memory\n", stderr);
        exit(2);
    }
    return found;
}

static void answer(struct arena *arena, enum regex_syntax syntax, struct text pattern)
{
    const struct regex *regex;
    struct regex_problem problem;
    if (regex_compile(arena, pattern, syntax, &regex, &problem) != STATUS_OK) {
        printf("%s %zu %s\n", verdicts[problem.verdict], problem.offset, problem.message);
        return;
    }
    struct regex slow = *regex;
    slow.has_automaton = false;
    fputs("ok ", stdout);
    for (char *token; (token = strtok(NULL, " \n")) != NULL;) {
        struct text text = read_hex(token);
        bool found = search(arena, regex, text);
        if (found != search(arena, &slow, text))
            fputs("differs ", stdout);
        putchar(found ? '1' : '0');
    }
    putchar('\n');
}

int main(void)
{
    static char line[LINE_SIZE_MAX];
    struct arena *arena = arena_create(ARENA_SIZE);
    while (arena != NULL && fgets(line, sizeof line, stdin) != NULL) {
        char *syntax = strtok(line, " \n"), *pattern = strtok(NULL, " \n");
        if (pattern == NULL)
            continue;
        arena_reset(arena);
        answer(arena, strcmp(syntax, "re2") == 0 ? REGEX_RE2 : REGEX_ECMA262, read_hex(pattern));
    }
    arena_destroy(arena);
    return 0;
}
