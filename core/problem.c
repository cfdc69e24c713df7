#include "core/problem.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/arena.h"
#include "core/text.h"

enum { PROBLEM_MESSAGE_SIZE = 1024 };

void problem_list_init(struct problem_list *list, struct arena *arena)
{
    list->arena = arena;
    list->count = 0;
    list->cut = false;
}

void problem_note(struct problem_list *list, struct problem problem)
{
    if (list->count == PROBLEM_COUNT_MAX) {
        list->cut = true;
        return;
    }
    problem.path = text_copy(list->arena, text_of(problem.path)).data;
    problem.message = text_copy(list->arena, text_of(problem.message)).data;
    if (problem.path == NULL || problem.message == NULL)
        list->cut = true;
    else
        list->items[list->count++] = problem;
}

void problem_add(struct problem_list *list, const char *path, const char *format, ...)
{
    char message[PROBLEM_MESSAGE_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    problem_note(list, (struct problem){.path = path, .message = message});
}

static bool stands_before(struct text_position a, struct text_position b)
{
    return a.line < b.line || (a.line == b.line && a.column < b.column);
}

/* By insertion: there are at most PROBLEM_COUNT_MAX, mostly in order already. */
void problem_list_sort(struct problem_list *list)
{
    for (size_t i = 1; i < list->count; i++) {
        struct problem problem = list->items[i];
        size_t at = i;
        for (; at > 0 && stands_before(problem.position, list->items[at - 1].position); at--)
            list->items[at] = list->items[at - 1];
        list->items[at] = problem;
    }
}

size_t problem_count(const struct problem_list *list, enum problem_severity severity)
{
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++)
        count += list->items[i].severity == severity;
    return count;
}
