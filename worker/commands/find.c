#include "worker/commands/find.h"

#include "adapters/postgres/postgres.h"
#include "core/arena.h"
#include "core/orchestration/subject.h"
#include "core/writer.h"

static enum status read_by_ids(struct postgres *postgres, const struct hash128 *ids, size_t count,
                               struct arena *arena, struct orchestration_row **rows,
                               size_t *row_count, struct error *error)
{
    *row_count = 0;
    if (count == 0)
        return STATUS_OK;
    return postgres_orchestrations_read(postgres, ids, count, arena, rows, row_count, error);
}

/* A process id says neither name nor version: the subjects that it has under each of the
 * registered definitions are looked up together, by primary key. */
static enum status read_by_process_id(struct postgres *postgres, struct text process_id,
                                      struct arena *arena, struct orchestration_row **rows,
                                      size_t *row_count, struct error *error)
{
    struct definition_record *records;
    size_t count;
    if (postgres_definitions_read(postgres, TEXT_NONE, arena, &records, &count, error) != STATUS_OK)
        return error->status;
    struct hash128 *ids = arena_alloc_array(arena, count, sizeof *ids);
    if (ids == NULL)
        return error_memory(error);
    for (size_t i = 0; i < count; i++) {
        struct subject subject = {process_id, records[i].name, records[i].version};
        struct text text;
        if (subject_write(arena, &subject, &text, error) != STATUS_OK)
            return error->status;
        ids[i] = subject_id(text);
    }
    return read_by_ids(postgres, ids, count, arena, rows, row_count, error);
}

static enum status several(const struct orchestration_row *rows, size_t count, struct error *error)
{
    char list[512];
    struct writer writer;
    writer_init(&writer, list, sizeof list - 1);
    for (size_t i = 0; i < count; i++) {
        writer_string(&writer, i == 0 ? "" : ", ");
        writer_text(&writer, rows[i].subject);
    }
    list[writer.size] = '\0';
    return error_set(error, STATUS_REJECTED,
                     "%zu orchestrations have this process id; name one by its subject: %s", count,
                     list);
}

enum status command_find_orchestration(struct postgres *postgres, struct text wanted,
                                       struct arena *arena, struct orchestration_row *out,
                                       struct error *error)
{
    struct orchestration_row *rows;
    size_t count;
    struct hash128 id = subject_id(wanted);
    if (read_by_ids(postgres, &id, 1, arena, &rows, &count, error) != STATUS_OK)
        return error->status;
    if (count == 0 &&
        read_by_process_id(postgres, wanted, arena, &rows, &count, error) != STATUS_OK)
        return error->status;
    if (count == 0)
        return error_set(error, STATUS_FATAL,
                         "no orchestration has the subject or process id \"%.*s\"; `xorca list` "
                         "shows those that are there",
                         TEXT_ARGS(wanted));
    if (count > 1)
        return several(rows, count, error);
    *out = rows[0];
    return STATUS_OK;
}
