#include "worker/dead_letter.h"

#include "core/arena.h"
#include "core/writer.h"

enum { OWN_HEADERS_MAX = 5, NUMBER_SIZE_MAX = 20 };

static struct text number_text(struct arena *arena, int64_t number)
{
    struct writer writer;
    writer_init_arena(&writer, arena, NUMBER_SIZE_MAX);
    writer_int64(&writer, number);
    return writer_result(&writer);
}

/* How many of the record's own headers fit. */
static size_t headers_that_fit(const struct record *record)
{
    size_t size = 0, count = 0;
    while (count < record->header_count) {
        size += record->headers[count].name.size + record->headers[count].value.size;
        if (size > DEAD_LETTER_HEADERS_SIZE_MAX)
            break;
        count++;
    }
    return count;
}

enum status dead_letter_make(struct arena *arena, const struct record *record, const char *topic,
                             const char *reason, struct record *out, struct error *error)
{
    size_t kept = headers_that_fit(record);
    struct header *headers = arena_alloc_array(arena, kept + OWN_HEADERS_MAX, sizeof *headers);
    struct text why = text_copy(arena, text_of(reason));
    if (headers == NULL || why.data == NULL)
        return error_memory(error);
    size_t count = 0;
    for (; count < kept; count++)
        headers[count] = record->headers[count];
    headers[count++] = (struct header){TEXT("xorca-dead-letter-reason"), why};
    headers[count++] = (struct header){TEXT("xorca-dead-letter-topic"), record->topic};
    if (record->offset >= 0) {
        headers[count++] = (struct header){TEXT("xorca-dead-letter-partition"),
                                           number_text(arena, record->partition)};
        headers[count++] =
            (struct header){TEXT("xorca-dead-letter-offset"), number_text(arena, record->offset)};
    }
    struct text value = record->value;
    if (value.size > DEAD_LETTER_VALUE_SIZE_MAX) {
        headers[count++] = (struct header){TEXT("xorca-dead-letter-size"),
                                           number_text(arena, (int64_t)value.size)};
        value.size = DEAD_LETTER_VALUE_SIZE_MAX;
    }
    *out = (struct record){
        .topic = text_of(topic),
        .partition = RECORD_PARTITION_BY_KEY,
        .offset = -1,
        .key = record->key,
        .value = value,
        .headers = headers,
        .header_count = count,
    };
    return arena_is_exhausted(arena) ? error_memory(error) : STATUS_OK;
}
