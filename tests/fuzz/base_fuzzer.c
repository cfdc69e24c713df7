/* The small readers of the core, on the same bytes: what one takes, it writes back. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/base64.h"
#include "core/clock.h"
#include "core/double.h"
#include "core/utf8.h"
#include "core/writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static bool same_double(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

/* The C library is the independent reader; `string` is `text` with a NUL. */
static void check_double(struct text text, const char *string)
{
    double value, again;
    char out[DOUBLE_TEXT_SIZE];
    if (!double_parse(text, &value))
        return;
    check(same_double(value, strtod(string, NULL)));
    size_t size = double_format(value, out);
    check(size < sizeof out && out[size] == '\0');
    if (!double_is_finite(value))
        return;
    check(double_parse((struct text){out, size}, &again) && same_double(again, value));
}

static void check_base64(struct arena *arena, struct text text)
{
    struct text bytes;
    struct writer writer;
    bool is_valid = base64_is_valid(text);
    check(base64_read(arena, text, &bytes) == is_valid);
    if (!is_valid)
        return;
    writer_init_arena(&writer, arena, SIZE_MAX);
    base64_write(&writer, bytes);
    check(text_equal(writer_result(&writer), text));
}

static void check_clock(struct text text)
{
    struct clock_time time, again;
    int64_t ms;
    char buffer[64];
    struct writer writer;
    if (clock_parse(text, &time)) {
        writer_init(&writer, buffer, sizeof buffer);
        clock_write(&writer, time);
        check(clock_parse(writer_result(&writer), &again));
        check(again.seconds == time.seconds && again.nanoseconds == time.nanoseconds);
    }
    if (clock_parse_delay(text, &ms))
        check(ms >= 0 && ms <= CLOCK_DELAY_MS_MAX);
}

static void check_text(struct text text)
{
    struct text shown = text_of(text_show(text).quoted);
    check(shown.size <= TEXT_SHOWN_MAX * 6 + 5 && utf8_is_valid(shown));
    for (size_t i = 0; i < shown.size; i++)
        check((unsigned char)shown.data[i] >= 0x20);
    struct text valid = {text.data, utf8_valid_prefix(text)};
    size_t count = 0;
    for (size_t at = 0; at < valid.size; count++) {
        char bytes[4];
        size_t start = at;
        uint32_t code_point = utf8_next(valid, &at);
        check(utf8_encode(code_point, bytes) == at - start);
        check(memcmp(bytes, valid.data + start, at - start) == 0);
    }
    check(utf8_count(valid) == count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text text = {(const char *)data, size};
    struct arena *arena = arena_create((size_t)64 * 1024 * 1024);
    struct text string = text_copy(arena, text);
    check(string.data != NULL);
    check_double(text, string.data);
    check_base64(arena, text);
    check_clock(text);
    check_text(text);
    arena_destroy(arena);
    return 0;
}
