/* example.h - the definition of the quick start, deploy/examples/book-summary, as JSON: for
 * tests that want one as users write them. XORCA_EXAMPLES names the folder. */
#ifndef TESTS_EXAMPLE_H
#define TESTS_EXAMPLE_H

#include <stdio.h>

#include "adapters/json/json_parse.h"
#include "tests/test.h"

static inline struct json example_book_summary(struct arena *arena)
{
    enum { TEXT_SIZE_MAX = 64 * 1024 };
    FILE *file = fopen(XORCA_EXAMPLES "/book-summary/book-summary.json", "r");
    char *text = arena_alloc(arena, TEXT_SIZE_MAX);
    assert_non_null(file);
    assert_non_null(text);
    size_t size = fread(text, 1, TEXT_SIZE_MAX, file);
    fclose(file);
    struct json value;
    struct error error;
    if (json_parse(arena, (struct text){text, size}, JSON_LIMITS_DEFAULT, &value, &error) !=
        STATUS_OK)
        fail_msg("%s", error.message);
    return value;
}

#endif
