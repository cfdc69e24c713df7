/* Whatever json_parse takes, json_write gives back: the same value, and the same text
 * when it is read and written once more. */
#include <stdint.h>
#include <stdlib.h>

#include "adapters/json/json_parse.h"
#include "core/arena.h"
#include "core/writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static struct text write_text(struct arena *arena, struct json value, bool pretty)
{
    struct writer writer;
    writer_init_arena(&writer, arena, SIZE_MAX);
    (pretty ? json_write_pretty : json_write)(&writer, value);
    check(!writer.overflowed);
    return writer_result(&writer);
}

static void check_round_trip(struct arena *arena, struct json value)
{
    struct json_limits limits = {JSON_DEPTH_MAX, SIZE_MAX};
    struct error error;
    struct json again, copy;
    struct text text = write_text(arena, value, false);
    check(json_parse(arena, text, limits, &again, &error) == STATUS_OK);
    check(json_equal(value, again));
    check(text_equal(text, write_text(arena, again, false)));
    check(json_parse(arena, write_text(arena, value, true), limits, &again, &error) == STATUS_OK);
    check(json_equal(value, again));
    check(json_copy(arena, value, &copy) && json_equal(value, copy));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_create((size_t)256 * 1024 * 1024);
    struct json value;
    struct error error;
    enum status status = json_parse(arena, (struct text){(const char *)data, size},
                                    JSON_LIMITS_DEFAULT, &value, &error);
    if (status == STATUS_OK)
        check_round_trip(arena, value);
    else
        check(status == STATUS_REJECTED);
    arena_destroy(arena);
    return 0;
}
