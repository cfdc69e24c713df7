#include "worker/outbox.h"

#include "core/arena.h"

enum { OUTBOX_VERSION = 1, LEB128_SIZE_MAX = 10 };

/* --- Writing ------------------------------------------------------------------ */

static void write_number(struct writer *writer, uint64_t number)
{
    char bytes[LEB128_SIZE_MAX];
    size_t size = 0;
    do {
        unsigned char byte = number & 0x7F;
        number >>= 7;
        bytes[size++] = (char)(number == 0 ? byte : byte | 0x80);
    } while (number != 0);
    writer_bytes(writer, bytes, size);
}

static void write_text(struct writer *writer, struct text text)
{
    write_number(writer, text.data == NULL ? 0 : (uint64_t)text.size + 1);
    writer_text(writer, text);
}

void outbox_writer_init(struct outbox_writer *outbox, struct arena *arena)
{
    *outbox = (struct outbox_writer){.arena = arena};
    writer_init_arena(&outbox->records, arena, OUTBOX_SIZE_MAX);
}

void outbox_writer_add(struct outbox_writer *outbox, const struct record *record)
{
    struct writer *writer = &outbox->records;
    outbox->count++;
    write_text(writer, record->topic);
    write_number(writer, (uint64_t)(record->partition + 1));
    write_text(writer, record->key);
    write_text(writer, record->value);
    write_number(writer, record->header_count);
    for (size_t i = 0; i < record->header_count; i++) {
        write_text(writer, record->headers[i].name);
        write_text(writer, record->headers[i].value);
    }
}

enum status outbox_writer_finish(struct outbox_writer *outbox, struct text *body,
                                 struct error *error)
{
    *body = TEXT_NONE;
    if (outbox->count == 0)
        return STATUS_OK;
    struct writer writer;
    writer_init_arena(&writer, outbox->arena, OUTBOX_SIZE_MAX);
    writer_char(&writer, OUTBOX_VERSION);
    write_number(&writer, outbox->count);
    writer_text(&writer, writer_result(&outbox->records));
    if (outbox->records.overflowed || writer.overflowed)
        return error_memory(error);
    *body = writer_result(&writer);
    return STATUS_OK;
}

/* --- Reading ------------------------------------------------------------------ */

struct reader {
    const unsigned char *at;
    const unsigned char *end;
    bool broken; /* once true it stays so, and every further read gives nothing */
};

static uint64_t read_number(struct reader *reader)
{
    uint64_t number = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (reader->broken || reader->at == reader->end)
            break;
        unsigned char byte = *reader->at++;
        if (shift == 63 && byte > 1)
            break;
        number |= (uint64_t)(byte & 0x7F) << shift;
        if ((byte & 0x80) == 0)
            return number;
    }
    reader->broken = true;
    return 0;
}

static uint64_t read_number_up_to(struct reader *reader, uint64_t max)
{
    uint64_t number = read_number(reader);
    if (number <= max)
        return number;
    reader->broken = true;
    return 0;
}

static struct text read_text(struct reader *reader)
{
    uint64_t size = read_number(reader);
    if (reader->broken || size == 0)
        return TEXT_NONE;
    size--;
    if (size > (uint64_t)(reader->end - reader->at)) {
        reader->broken = true;
        return TEXT_NONE;
    }
    struct text text = {(const char *)reader->at, (size_t)size};
    reader->at += size;
    return text;
}

static bool read_record(struct reader *reader, struct arena *arena, struct record *record)
{
    record->topic = read_text(reader);
    record->partition = (int32_t)read_number_up_to(reader, INT32_MAX) - 1;
    record->key = read_text(reader);
    record->value = read_text(reader);
    record->header_count = (size_t)read_number_up_to(reader, OUTBOX_HEADERS_MAX);
    if (record->header_count == 0)
        return true;
    struct header *headers = arena_alloc_array(arena, record->header_count, sizeof *headers);
    if (headers == NULL)
        return false;
    for (size_t i = 0; i < record->header_count; i++) {
        headers[i].name = read_text(reader);
        headers[i].value = read_text(reader);
    }
    record->headers = headers;
    return true;
}

enum status outbox_read(struct arena *arena, struct text body, struct record **records,
                        size_t *count, struct error *error)
{
    struct reader reader = {(const unsigned char *)body.data,
                            (const unsigned char *)body.data + body.size, false};
    if (body.size == 0 || *reader.at++ != OUTBOX_VERSION)
        return error_set(error, STATUS_FATAL,
                         "outbox row is of a version that this program does not know");
    *count = (size_t)read_number_up_to(&reader, OUTBOX_RECORDS_MAX);
    /* A record takes five bytes at least, so that a false count cannot ask for more
     * memory than its bytes are worth. */
    if (*count > (size_t)(reader.end - reader.at) / 5)
        reader.broken = true;
    *records = reader.broken ? NULL : arena_alloc_array(arena, *count, sizeof **records);
    if (*records == NULL && !reader.broken)
        return error_memory(error);
    for (size_t i = 0; i < *count && !reader.broken; i++) {
        if (!read_record(&reader, arena, &(*records)[i]))
            return error_memory(error);
    }
    if (reader.broken || reader.at != reader.end)
        return error_set(error, STATUS_FATAL, "outbox row is damaged at byte %zu of %zu",
                         (size_t)(reader.at - (const unsigned char *)body.data), body.size);
    return STATUS_OK;
}
