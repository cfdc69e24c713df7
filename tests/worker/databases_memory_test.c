/* The nth allocation fails, for every n: of reading the databases, and of showing them. */
#include "tests/test.h"

#include "tests/failing_malloc.h"
#include "worker/databases.h"
#include "worker/secret.h"

static enum status parse(struct arena *arena, const void *value)
{
    struct databases databases;
    struct error error;
    return databases_parse(arena, text_of(value), &databases, &error);
}

static enum status mask(struct arena *arena, const void *value)
{
    struct text shown;
    return secret_mask_databases(arena, text_of(value), &shown);
}

static const char *const values[] = {
    "postgresql://me:secret@a/x",
    "host=a password=secret",
    "0-1,4=postgresql://me:secret@a/x 2-3,5=postgresql://b/x",
};

static void test_memory(void **state)
{
    (void)state;
    failing_malloc_each(parse, "");
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        failing_malloc_each(parse, values[i]);
        failing_malloc_each(mask, values[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
