/* definition.h - definitions in tests: JSON with ' for ", compiled. */
#ifndef TESTS_CORE_MACHINE_DEFINITION_H
#define TESTS_CORE_MACHINE_DEFINITION_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "adapters/json/json_parse.h"
#include "core/arena.h"
#include "core/machine/machine.h"
#include "core/problem.h"

/* Readable in C: {'id': 'm'}. */
static inline struct json definition_json(struct arena *arena, const char *text)
{
    char *json = arena_alloc(arena, strlen(text) + 1);
    assert_non_null(json);
    for (size_t i = 0; text[i] != '\0'; i++)
        json[i] = text[i] == '\'' ? '"' : text[i];
    struct json value;
    struct error error;
    if (json_parse(arena, text_of(json), JSON_LIMITS_DEFAULT, &value, &error) != STATUS_OK)
        fail_msg("%s in %s", error.message, text);
    return value;
}

static inline const struct machine *definition_compile(struct arena *arena, const char *text)
{
    struct problem_list *problems = arena_alloc(arena, sizeof *problems);
    assert_non_null(problems);
    problem_list_init(problems, arena);
    const struct machine *machine = NULL;
    enum status status = machine_compile(arena, definition_json(arena, text), problems, &machine);
    for (size_t i = 0; i < problems->count; i++)
        print_message("%s: %s\n", problems->items[i].path, problems->items[i].message);
    assert_int_equal(status, STATUS_OK);
    return machine;
}

#endif
