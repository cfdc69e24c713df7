/* fixture.h - schemas in tests: JSON with ' for ", compiled; format is an assertion. */
#ifndef TESTS_CORE_SCHEMA_FIXTURE_H
#define TESTS_CORE_SCHEMA_FIXTURE_H

#include "tests/test.h"

#include "adapters/json/json_parse.h"
#include "core/schema/schema.h"

static inline struct json parse_json(struct arena *arena, const char *text)
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

static inline enum status compile_json(struct arena *arena, struct json document,
                                       struct problem_list *problems, const struct schema **out)
{
    static const struct schema_settings settings = {.asserts_format = true};
    problem_list_init(problems, arena);
    return schema_compile(arena, document, &settings, "$", problems, out);
}

static inline const struct schema *compile_schema(struct arena *arena, const char *text)
{
    struct problem_list *problems = arena_alloc(arena, sizeof *problems);
    assert_non_null(problems);
    const struct schema *schema = NULL;
    if (compile_json(arena, parse_json(arena, text), problems, &schema) != STATUS_OK)
        fail_msg("%s: %s: %s", text, problems->count == 0 ? "" : problems->items[0].path,
                 problems->count == 0 ? "no problem" : problems->items[0].message);
    return schema;
}

#endif
