#include "worker/commands/find.h"

#include <string.h>

#include "adapters/postgres/postgres.h"
#include "core/arena.h"
#include "core/orchestration/subject.h"
#include "core/writer.h"
#include "worker/commands/common.h"

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

/* What was found so far, in all databases together. */
struct finding {
    struct text wanted;
    struct arena *arena;
    struct orchestration_row *rows;
    size_t count;
    struct postgres *postgres; /* to the database of rows[0] */
    struct error away;         /* STATUS_OK: all databases answered */
};

static enum status add_rows(struct finding *finding, const struct orchestration_row *rows,
                            size_t count, struct error *error)
{
    if (count == 0)
        return STATUS_OK;
    struct orchestration_row *all =
        arena_alloc_array(finding->arena, finding->count + count, sizeof *all);
    if (all == NULL)
        return error_memory(error);
    if (finding->count > 0)
        memcpy(all, finding->rows, finding->count * sizeof *all);
    memcpy(all + finding->count, rows, count * sizeof *all);
    finding->rows = all;
    finding->count += count;
    return STATUS_OK;
}

/* *is_subject: it is found, and there is no other. */
static enum status look_in(struct finding *finding, struct postgres *postgres, bool *is_subject,
                           struct error *error)
{
    struct orchestration_row *rows;
    size_t count;
    struct hash128 id = subject_id(finding->wanted);
    if (read_by_ids(postgres, &id, 1, finding->arena, &rows, &count, error) != STATUS_OK)
        return error->status;
    *is_subject = count > 0;
    if (count == 0 && read_by_process_id(postgres, finding->wanted, finding->arena, &rows, &count,
                                         error) != STATUS_OK)
        return error->status;
    return add_rows(finding, rows, count, error);
}

static enum status look_into(struct finding *finding, const struct database *database,
                             bool *is_subject, struct error *error)
{
    struct postgres *postgres = NULL;
    *is_subject = false;
    enum status status = command_connect(database, &postgres, error);
    if (status == STATUS_OK)
        status = look_in(finding, postgres, is_subject, error);
    if (status == STATUS_OK && finding->count > 0 && finding->postgres == NULL)
        finding->postgres = postgres;
    else
        postgres_close(postgres);
    if (status != STATUS_UNAVAILABLE)
        return status;
    finding->away = *error; /* it may be in one that answers */
    return STATUS_OK;
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

static enum status conclude(const struct finding *finding, struct error *error)
{
    if (finding->count == 1)
        return STATUS_OK;
    if (finding->count > 1)
        return several(finding->rows, finding->count, error);
    if (finding->away.status != STATUS_OK) {
        *error = finding->away;
        return error->status;
    }
    return error_set(error, STATUS_FATAL,
                     "no orchestration has the subject or process id \"%.*s\"; `xorca list` "
                     "shows those that are there",
                     TEXT_ARGS(finding->wanted));
}

enum status command_find_orchestration(const struct settings *settings, struct text wanted,
                                       struct arena *arena, struct postgres **postgres,
                                       struct orchestration_row *out, struct error *error)
{
    struct finding finding = {.wanted = wanted, .arena = arena, .away = {.status = STATUS_OK}};
    const struct databases *databases = &settings->databases;
    enum status status = STATUS_OK;
    bool is_subject = false;
    *postgres = NULL;
    for (size_t i = 0; status == STATUS_OK && !is_subject && i < databases->count; i++)
        status = look_into(&finding, &databases->items[i], &is_subject, error);
    if (status == STATUS_OK)
        status = conclude(&finding, error);
    if (status != STATUS_OK) {
        postgres_close(finding.postgres);
        return status;
    }
    *postgres = finding.postgres;
    *out = finding.rows[0];
    return STATUS_OK;
}
