/* Subjects come from anybody: reading one ends, stays within its memory, and what was
 * read can be written again and reads as the same. */
#include <stdint.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/base64.h"
#include "core/orchestration/subject.h"
#include "core/utf8.h"
#include "core/writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

/* True when it was read; then it also survives being written. */
static bool read_and_write(struct arena *arena, struct text text)
{
    struct subject first, second;
    struct error error;
    if (subject_read(arena, text, &first, &error) != STATUS_OK) {
        require(error.status == STATUS_REJECTED);
        return false;
    }
    require(utf8_is_valid(first.process_id) && name_is_valid(first.name) &&
            version_is_valid(first.version));
    struct text written;
    if (subject_write(arena, &first, &written, &error) != STATUS_OK)
        return true; /* escapes can be shorter than what is written for them: too long now */
    require(written.size <= SUBJECT_SIZE_MAX);
    require(subject_read(arena, written, &second, &error) == STATUS_OK);
    require(text_equal(first.process_id, second.process_id) &&
            text_equal(first.name, second.name) && text_equal(first.version, second.version));
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_create((size_t)1024 * 1024);
    struct text text = {(const char *)data, size};
    read_and_write(arena, text);

    /* The same bytes as the JSON within a subject, so that the fuzzer need not learn base64. */
    struct writer writer;
    writer_init_arena(&writer, arena, SUBJECT_SIZE_MAX);
    base64_write(&writer, text);
    if (!writer.overflowed)
        read_and_write(arena, writer_result(&writer));

    version_compare(text, TEXT("1.2.3"));
    subject_lock(subject_id(text));
    arena_destroy(arena);
    return 0;
}
