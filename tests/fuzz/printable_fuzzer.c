/* Anything made printable holds no control character and is well-formed UTF-8; and a
 * conninfo of any shape is masked within its memory. */
#include <stdint.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/utf8.h"
#include "core/writer.h"
#include "worker/printable.h"
#include "worker/secret.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct arena *arena, struct text text, enum printable_style style)
{
    struct writer writer;
    writer_init_arena(&writer, arena, text.size * PRINTABLE_SIZE_MAX + 1);
    printable_write(&writer, text, style);
    struct text shown = writer_result(&writer);
    if (writer.overflowed || !utf8_is_valid(shown))
        abort();
    for (size_t i = 0; i < shown.size; i++) {
        unsigned char byte = (unsigned char)shown.data[i];
        if (byte < 0x20 || byte == 0x7F)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_create((size_t)16 * 1024 * 1024);
    struct text shown, text = {(const char *)data, size};
    check(arena, text, PRINTABLE_PLAIN);
    check(arena, text, PRINTABLE_QUOTED);
    check(arena, text, PRINTABLE_JSON);
    secret_mask_conninfo(arena, text, &shown);
    arena_destroy(arena);
    return 0;
}
