/* Parsing when memory is out: an error, wherever it happens. */
#include "tests/test.h"

#include "adapters/json/json_parse.h"
#include "tests/failing_malloc.h"

static enum status parse(struct arena *arena, const void *text)
{
    struct json value;
    struct error error;
    return json_parse(arena, text_of(text), JSON_LIMITS_DEFAULT, &value, &error);
}

static void test_each_allocation_fails(void **state)
{
    /* Every kind of value; names that are escaped; more entries than the stack has at first. */
    static char text[1024] =
        "{\"a\":[1,2.5,true,null,\"\\u00e9\",{}],\"b\\n\":{\"c\":[[]],\"d\":\"\"},"
        "\"long\":[0";
    (void)state;
    for (int i = 0; i < 100; i++)
        strcat(text, ",\"x\"");
    strcat(text, "]}");
    failing_malloc_each(parse, text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_allocation_fails)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
