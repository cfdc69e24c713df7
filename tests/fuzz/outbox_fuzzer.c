/* Rows of the outbox: what the database holds is bytes, whoever wrote them. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "worker/outbox.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is read is written again, and is then the same bytes: there is one form. */
static void check_round_trip(struct arena *arena, struct text body, const struct record *records,
                             size_t count)
{
    struct outbox_writer outbox;
    struct text again;
    struct error error;
    struct record *read;
    size_t read_count;
    outbox_writer_init(&outbox, arena);
    for (size_t i = 0; i < count; i++)
        outbox_writer_add(&outbox, &records[i]);
    if (outbox_writer_finish(&outbox, &again, &error) != STATUS_OK || count == 0)
        return;
    if (again.size > body.size ||
        outbox_read(arena, again, &read, &read_count, &error) != STATUS_OK || read_count != count)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_create((size_t)64 * 1024 * 1024);
    struct text body = {(const char *)data, size};
    struct record *records;
    size_t count;
    struct error error;
    if (arena != NULL && outbox_read(arena, body, &records, &count, &error) == STATUS_OK)
        check_round_trip(arena, body, records, count);
    arena_destroy(arena);
    return 0;
}
