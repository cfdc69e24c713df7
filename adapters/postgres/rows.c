#include "adapters/postgres/rows.h"

#include "core/arena.h"

enum status row_check(const struct row *row, struct error *error)
{
    if (row->malformed)
        return error_set(error, STATUS_FATAL,
                         "the database answers with other types: "
                         "was its schema changed by hand?");
    if (row->no_memory)
        return error_set(error, STATUS_FATAL, "out of memory: more rows than the arena holds");
    return STATUS_OK;
}

/* The bytes of the next column; TEXT_NONE for null. */
static struct text column_next(struct row *row)
{
    int column = row->column++;
    if (column >= PQnfields(row->result) || row->number >= PQntuples(row->result)) {
        row->malformed = true;
        return TEXT_NONE;
    }
    if (PQgetisnull(row->result, row->number, column))
        return TEXT_NONE;
    return (struct text){PQgetvalue(row->result, row->number, column),
                         (size_t)PQgetlength(row->result, row->number, column)};
}

/* An integer of `size` bytes, in network order. */
static uint64_t word_next(struct row *row, size_t size)
{
    struct text bytes = column_next(row);
    if (bytes.size != size) {
        row->malformed = true;
        return 0;
    }
    uint64_t word = 0;
    for (size_t i = 0; i < size; i++)
        word = word << 8 | (unsigned char)bytes.data[i];
    return word;
}

bool row_bool(struct row *row)
{
    return word_next(row, 1) != 0;
}

int16_t row_int2(struct row *row)
{
    return (int16_t)(uint16_t)word_next(row, 2);
}

int32_t row_int4(struct row *row)
{
    return (int32_t)(uint32_t)word_next(row, 4);
}

int64_t row_int8(struct row *row)
{
    return (int64_t)word_next(row, 8);
}

struct hash128 row_uuid(struct row *row)
{
    struct hash128 uuid = {{0}};
    struct text bytes = column_next(row);
    if (bytes.size == sizeof uuid.bytes)
        memcpy(uuid.bytes, bytes.data, sizeof uuid.bytes);
    else
        row->malformed = true;
    return uuid;
}

int64_t row_timestamptz(struct row *row)
{
    if (row->column < PQnfields(row->result) &&
        PQgetisnull(row->result, row->number, row->column)) {
        row->column++;
        return 0;
    }
    return postgres_time_to_ms(row_int8(row));
}

static struct text copy(struct row *row, struct text bytes)
{
    if (bytes.data == NULL)
        return TEXT_NONE;
    struct text copied = text_copy(row->arena, bytes);
    row->no_memory = row->no_memory || copied.data == NULL;
    return copied;
}

struct text row_text(struct row *row)
{
    return copy(row, column_next(row));
}

struct text row_jsonb(struct row *row)
{
    struct text bytes = column_next(row);
    if (bytes.data == NULL)
        return TEXT_NONE;
    if (bytes.size == 0 || bytes.data[0] != 1) { /* the version, as jsonb_send writes it */
        row->malformed = true;
        return TEXT_NONE;
    }
    return copy(row, (struct text){bytes.data + 1, bytes.size - 1});
}

static enum status read_all(const PGresult *result, struct arena *arena, struct row_list *list,
                            struct error *error)
{
    int rows = PQntuples(result);
    char *items = arena_alloc_array(arena, (size_t)rows, list->item_size);
    if (items == NULL)
        return error_memory(error);
    for (int i = 0; i < rows; i++) {
        struct row row = row_of(result, i, arena);
        list->read(&row, items + (size_t)i * list->item_size);
        if (row_check(&row, error) != STATUS_OK)
            return error->status;
    }
    list->items = items;
    list->count = (size_t)rows;
    return STATUS_OK;
}

enum status postgres_read(struct postgres *postgres, enum statement statement, struct arena *arena,
                          struct row_list *list, struct error *error)
{
    PGresult *result = NULL;
    enum status status = postgres_run(postgres, statement, &result, error);
    if (status == STATUS_OK) {
        status = read_all(result, arena, list, error);
        if (status != STATUS_OK)
            error_context(error, "%s", statements[statement].name);
    }
    PQclear(result);
    return status;
}
