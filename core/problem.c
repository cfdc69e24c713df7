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

void problem_add(struct problem_list *list, const char *path, const char *format, ...)
{
    if (list->count == PROBLEM_COUNT_MAX) {
        list->cut = true;
        return;
    }
    char message[PROBLEM_MESSAGE_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);

    struct problem problem = {text_copy(list->arena, text_of(path)).data,
                              text_copy(list->arena, text_of(message)).data};
    if (problem.path == NULL || problem.message == NULL)
        list->cut = true;
    else
        list->items[list->count++] = problem;
}
