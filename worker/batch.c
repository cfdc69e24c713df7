#include "worker/batch.h"

#include <stdlib.h>
#include <string.h>

#include "adapters/kafka/cloudevents.h"
#include "core/arena.h"
#include "core/writer.h"
#include "worker/dead_letter.h"
#include "worker/log.h"
#include "worker/settings.h"
#include "worker/time.h"

/* A timer that cannot fire here (its definition is not known to this program) is looked at
 * again after this. */
enum { TIMER_RETRY_MS = 10 * 1000 };

/* Longest text of one snapshot: above what XORCA_STEP_CONTEXT_SIZE_MAX lets grow. */
enum { SNAPSHOT_SIZE_MAX = 64 * 1024 * 1024 };

enum status batch_begin(struct batch *batch, const struct batch_environment *environment,
                        struct arena *arena, struct id_table *index, size_t capacity,
                        int64_t now_ms, struct error *error)
{
    *batch = (struct batch){
        .environment = environment,
        .arena = arena,
        .now_ms = now_ms,
        .work_capacity = capacity,
        .index = index,
        .works = arena_alloc_array(arena, capacity, sizeof(struct batch_work)),
        .subjects = arena_alloc_array(arena, capacity, sizeof(struct batch_subject)),
    };
    id_table_clear(index);
    outbox_writer_init(&batch->outbox, arena);
    writer_init_arena(&batch->journal, arena, BATCH_JOURNAL_SIZE_MAX);
    return batch->works == NULL || batch->subjects == NULL ? error_memory(error) : STATUS_OK;
}

/* --- Whom a record concerns ---------------------------------------------------- */

static struct batch_work *add_work(struct batch *batch, enum batch_work_kind kind)
{
    struct batch_work *work = &batch->works[batch->work_count++];
    work->kind = kind;
    return work;
}

static enum status subject_of(struct batch *batch, struct hash128 id, uint32_t *out,
                              struct error *error)
{
    uint32_t at = id_table_get(batch->index, id);
    if (at == ID_TABLE_NONE) {
        at = (uint32_t)batch->subject_count;
        if (!id_table_put(batch->index, id, at))
            return error_memory(error);
        batch->subjects[batch->subject_count++].stored.id = id;
    }
    *out = at;
    return STATUS_OK;
}

static enum status dead_letter(struct batch *batch, struct batch_work *work, const char *reason,
                               struct error *error)
{
    work->kind = BATCH_DEAD_LETTER;
    work->reason = text_copy(batch->arena, text_of(reason)).data;
    return work->reason == NULL ? error_memory(error) : STATUS_OK;
}

/* Completes the address of a start: its version, and with it its subject. An unknown name
 * or version has none; the step answers such a start all the same. */
static enum status resolve_start(struct batch *batch, struct address *address, struct error *error)
{
    const struct batch_environment *environment = batch->environment;
    if (address->problem.status != STATUS_OK)
        return STATUS_OK;
    const struct definition *definition =
        environment->find_definition(environment->context, address->name, address->version);
    struct text version = definition != NULL ? definition->version : address->version;
    if (version.size == 0)
        return STATUS_OK;
    enum status status = address_resolve(batch->arena, address, version, error);
    if (status != STATUS_REJECTED)
        return status;
    address->problem = *error;
    return STATUS_OK;
}

/* A subject lives on the partition that its key hashes to. A record that stands elsewhere
 * (sent under another key, or by a client with another partitioner) is passed on to where
 * it belongs, once: one lane then does all of a subject's work, and its order holds. */
static bool belongs_elsewhere(const struct batch *batch, struct text subject)
{
    return record_partition(subject, batch->environment->lane_count) != batch->environment->lane;
}

static enum status address_work(struct batch *batch, struct batch_work *work, struct error *error)
{
    struct address *address = &work->address;
    address_read(batch->arena, &work->event, address);
    if (address->kind == ADDRESS_NONE)
        return dead_letter(batch, work, address->problem.message, error);
    if (address->kind == ADDRESS_IGNORE) {
        work->kind = BATCH_NOTHING;
        return STATUS_OK;
    }
    if (address->kind == ADDRESS_START) {
        enum status status = resolve_start(batch, address, error);
        if (status != STATUS_OK)
            return status;
    }
    if (address->subject.size > 0 && belongs_elsewhere(batch, address->subject)) {
        work->kind = BATCH_FORWARD;
        return STATUS_OK;
    }
    return subject_of(batch, subject_id(address->subject), &work->subject, error);
}

enum status batch_add_record(struct batch *batch, const struct record *record, struct error *error)
{
    struct batch_work *work = add_work(batch, BATCH_EVENT);
    work->record = record;
    enum status status = cloudevent_decode(
        batch->arena, record, batch->environment->settings->json_limits, &work->event, error);
    if (status == STATUS_REJECTED)
        return dead_letter(batch, work, error->message, error);
    return status == STATUS_OK ? address_work(batch, work, error) : status;
}

enum status batch_add_dead_letter(struct batch *batch, const struct record *record,
                                  const char *reason, struct error *error)
{
    struct batch_work *work = add_work(batch, BATCH_DEAD_LETTER);
    work->record = record;
    return dead_letter(batch, work, reason, error);
}

enum status batch_add_timer(struct batch *batch, struct hash128 id, struct error *error)
{
    struct batch_work *work = add_work(batch, BATCH_TIMER);
    return subject_of(batch, id, &work->subject, error);
}

/* --- What is stored of them ------------------------------------------------------ */

/* A start that could not be read has no subject: nothing is stored under TEXT_NONE. */
static bool is_assumed_new(const struct batch_work *work)
{
    return work->kind == BATCH_EVENT &&
           (work->address.kind == ADDRESS_START || work->address.subject.size == 0);
}

enum status batch_missing(struct batch *batch, struct snapshot_cache *cache, bool is_careful,
                          struct hash128 **ids, size_t *count, struct error *error)
{
    *count = 0;
    *ids = arena_alloc_array(batch->arena, batch->subject_count, sizeof **ids);
    if (*ids == NULL)
        return error_memory(error);
    for (size_t i = 0; i < batch->work_count; i++) {
        const struct batch_work *work = &batch->works[i];
        if (work->kind != BATCH_EVENT && work->kind != BATCH_TIMER)
            continue;
        struct batch_subject *subject = &batch->subjects[work->subject];
        if (subject->is_loaded)
            continue;
        subject->is_loaded = true;
        const struct stored *cached =
            is_careful ? NULL : snapshot_cache_get(cache, subject->stored.id);
        if (cached != NULL) {
            subject->stored = *cached;
            subject->revision_before = cached->orchestration.revision;
            subject->dedup_before = cached->orchestration.dedup;
        } else if (is_careful || !is_assumed_new(work)) {
            (*ids)[(*count)++] = subject->stored.id;
        }
    }
    return STATUS_OK;
}

static enum status parse_stored(struct batch *batch, struct text text, const char *column,
                                struct json *out, struct error *error)
{
    /* Our own text: held to what we write, not to the limits of incoming documents. */
    struct json_limits limits = {JSON_WALK_DEPTH_MAX, SNAPSHOT_SIZE_MAX};
    enum status status = json_parse(batch->arena, text, limits, out, error);
    if (status == STATUS_OK)
        return status;
    error->status = STATUS_FATAL; /* we wrote it ourselves */
    return error_context(error, "column %s", column);
}

static enum status fill_subject(struct batch *batch, struct batch_subject *subject,
                                const struct orchestration_row *row, struct error *error)
{
    subject->stored = (struct stored){
        .id = row->id,
        .lane = row->lane,
        .status = (enum orchestration_status)row->status,
        .due_ms = row->due_ms,
        .journal_last = row->journal_last,
        .updated_ms = row->updated_ms,
        .orchestration =
            {
                .subject = row->subject,
                .name = row->name,
                .version = row->version,
                .revision = (uint64_t)row->revision,
                .started_ms = row->started_ms,
                .correlation_id = row->correlation_id,
                .dedup = row->dedup,
            },
    };
    subject->revision_before = (uint64_t)row->revision;
    subject->dedup_before = row->dedup;
    struct orchestration *orchestration = &subject->stored.orchestration;
    enum status status = parse_stored(batch, row->input, "input", &orchestration->input, error);
    if (status == STATUS_OK)
        status = parse_stored(batch, row->snapshot, "snapshot", &orchestration->snapshot, error);
    if (status == STATUS_OK && dedup_check(&row->dedup, error) != STATUS_OK)
        status = error->status = STATUS_FATAL;
    if (status != STATUS_OK)
        error_context(error, "orchestration %.*s", TEXT_ARGS(row->subject));
    return status;
}

enum status batch_fill(struct batch *batch, const struct orchestration_row *rows, size_t count,
                       struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        uint32_t at = id_table_get(batch->index, rows[i].id);
        if (at != ID_TABLE_NONE)
            status = fill_subject(batch, &batch->subjects[at], &rows[i], error);
    }
    return status;
}

bool batch_foreign(const struct batch *batch, size_t *work)
{
    for (; *work < batch->work_count; ++*work) {
        const struct batch_work *candidate = &batch->works[*work];
        const struct stored *stored = &batch->subjects[candidate->subject].stored;
        if (candidate->kind == BATCH_EVENT && stored->orchestration.revision > 0 &&
            stored->lane != batch->environment->lane)
            return true;
    }
    return false;
}

/* --- Steps ------------------------------------------------------------------------ */

static enum status send_outputs(struct batch *batch, const struct step_result *result,
                                struct error *error)
{
    for (size_t i = 0; i < result->output_count; i++) {
        struct record record;
        enum status status = cloudevent_encode(batch->arena, &result->outputs[i], CONTENT_BINARY,
                                               event_topic(&result->outputs[i]), &record, error);
        if (status != STATUS_OK) {
            error->status = STATUS_FATAL; /* an event of our own must be one */
            return error->status;
        }
        record.partition = RECORD_PARTITION_BY_KEY;
        outbox_writer_add(&batch->outbox, &record);
    }
    return STATUS_OK;
}

/* One line of the journal: what happened to whom, and where its history goes on. */
static void write_journal(struct batch *batch, const struct batch_subject *subject,
                          const struct batch_work *work, const struct step_result *result)
{
    struct writer *writer = &batch->journal;
    char uuid[UUID_TEXT_SIZE];
    hash_uuid(subject->stored.id, uuid);
    const struct json *value = json_get(result->next.snapshot, "value");
    writer_string(writer, writer->size == 0 ? "[{\"id\":\"" : ",{\"id\":\"");
    writer_string(writer, uuid);
    writer_string(writer, "\",\"revision\":");
    writer_uint64(writer, result->next.revision);
    writer_string(writer, ",\"type\":");
    json_write_string(writer, work->kind == BATCH_TIMER ? TEXT("xstate.after") : work->event.type);
    if (work->kind == BATCH_EVENT) {
        writer_string(writer, ",\"event\":");
        json_write_string(writer, work->event.id);
        writer_string(writer, ",\"source\":");
        json_write_string(writer, work->event.source);
    }
    writer_string(writer, ",\"state\":");
    json_write(writer, value == NULL ? json_null() : *value);
    writer_string(writer, ",\"prev\":[");
    writer_int64(writer, subject->stored.journal_last);
    writer_char(writer, ',');
    writer_int64(writer, subject->stored.updated_ms);
    writer_string(writer, "]}");
}

static void log_effects(const struct orchestration *orchestration, const struct step_result *result)
{
    for (size_t i = 0; i < result->effect_count; i++) {
        if (result->effects[i].kind != EFFECT_LOG || !log_is_on(LOG_INFO))
            continue;
        char buffer[LOG_VALUE_SIZE_MAX];
        struct writer writer;
        writer_init(&writer, buffer, sizeof buffer);
        json_write(&writer, result->effects[i].value);
        log_info("machine log", log_text("subject", orchestration->subject),
                 log_text("value", writer_result(&writer)));
    }
}

static void log_outcome(const struct batch *batch, const struct batch_subject *subject,
                        const struct batch_work *work, const struct step_result *result)
{
    struct text name = work->kind == BATCH_TIMER ? TEXT("xstate.after") : work->event.type;
    struct text id = work->kind == BATCH_TIMER ? TEXT("") : work->event.id;
    struct text who =
        work->kind == BATCH_TIMER ? subject->stored.orchestration.subject : work->address.subject;
    if (result->outcome == STEP_REFUSED)
        log_warn("event refused", log_number("lane", batch->environment->lane),
                 log_text("subject", who), log_text("type", name), log_text("event", id),
                 log_string("reason", result->problem.message));
    else if (result->outcome == STEP_IGNORED || result->outcome == STEP_REPEATED)
        log_info(result->outcome == STEP_REPEATED ? "event repeated" : "event ignored",
                 log_number("lane", batch->environment->lane), log_text("subject", who),
                 log_text("type", name), log_text("event", id),
                 log_string("reason", result->problem.message));
    else if (log_is_on(LOG_DEBUG))
        log_debug("transition", log_number("lane", batch->environment->lane),
                  log_text("subject", result->next.subject), log_text("type", name),
                  log_text("event", id), log_number("revision", (int64_t)result->next.revision));
}

/* The columns of a changed orchestration, as text. */
struct stored_texts {
    struct text snapshot;
    struct text input; /* of a start; TEXT_NONE: it is stored already */
};

/* STATUS_REJECTED: PostgreSQL cannot hold it, and the message says why. */
static enum status write_column(struct batch *batch, struct json value, struct text *out,
                                struct error *error)
{
    struct writer writer;
    writer_init_arena(&writer, batch->arena, SNAPSHOT_SIZE_MAX);
    json_write(&writer, value);
    *out = writer_result(&writer);
    if (writer.overflowed && arena_is_exhausted(batch->arena))
        return error_memory(error);
    if (writer.overflowed)
        return error_set(error, STATUS_REJECTED,
                         "the snapshot would be deeper than %d or larger than %d bytes",
                         JSON_WALK_DEPTH_MAX, SNAPSHOT_SIZE_MAX);
    if (!postgres_json_storable(*out))
        return error_set(error, STATUS_REJECTED,
                         "the snapshot would hold the character U+0000, which PostgreSQL's "
                         "jsonb cannot store");
    return STATUS_OK;
}

static enum status write_texts(struct batch *batch, const struct step_result *result,
                               struct stored_texts *texts, struct error *error)
{
    texts->input = TEXT_NONE;
    enum status status = write_column(batch, result->next.snapshot, &texts->snapshot, error);
    if (status == STATUS_OK && result->outcome == STEP_STARTED)
        status = write_column(batch, result->next.input, &texts->input, error);
    return status;
}

/* A step whose result cannot be stored is not taken: the event becomes a dead letter, and a
 * timer, which can never succeed, is left to rest. */
static enum status refuse_unstorable(struct batch *batch, struct batch_subject *subject,
                                     struct batch_work *work, struct error *error)
{
    if (work->kind == BATCH_EVENT)
        return dead_letter(batch, work, error->message, error);
    subject->retry_ms = INT64_MAX;
    work->outcome = OUTCOME_REFUSED;
    log_error("timer cannot be stored", log_number("lane", batch->environment->lane),
              log_text("subject", subject->stored.orchestration.subject),
              log_string("reason", error->message));
    return STATUS_OK;
}

static void settle(struct batch_subject *subject, const struct step_result *result,
                   const struct stored_texts *texts, int32_t lane, int64_t now_ms,
                   int64_t journal_number)
{
    subject->stored.orchestration = result->next;
    subject->stored.lane = lane;
    subject->stored.status = result->status;
    subject->stored.due_ms = result->due_ms;
    subject->stored.journal_last = journal_number;
    subject->stored.updated_ms = now_ms;
    subject->snapshot_text = texts->snapshot;
    if (result->outcome == STEP_STARTED)
        subject->input_text = texts->input;
    subject->is_changed = true;
}

static enum status apply_change(struct batch *batch, struct batch_subject *subject,
                                struct batch_work *work, const struct step_result *result,
                                int64_t journal_number, struct error *error)
{
    struct stored_texts texts;
    enum status status = write_texts(batch, result, &texts, error);
    if (status == STATUS_REJECTED)
        return refuse_unstorable(batch, subject, work, error);
    if (status != STATUS_OK)
        return status;
    write_journal(batch, subject, work, result);
    settle(subject, result, &texts, batch->environment->lane, batch->now_ms, journal_number);
    return send_outputs(batch, result, error);
}

static enum event_outcome event_outcome_of(enum step_outcome outcome)
{
    switch (outcome) {
    case STEP_STARTED: return OUTCOME_STARTED;
    case STEP_TRANSITIONED: return OUTCOME_TRANSITIONED;
    case STEP_IGNORED: return OUTCOME_IGNORED;
    case STEP_REPEATED: return OUTCOME_REPEATED;
    case STEP_REFUSED: return OUTCOME_REFUSED;
    }
    return OUTCOME_REFUSED;
}

static enum status apply(struct batch *batch, struct batch_subject *subject,
                         struct batch_work *work, const struct step_result *result,
                         int64_t journal_number, struct error *error)
{
    work->outcome = event_outcome_of(result->outcome);
    log_outcome(batch, subject, work, result);
    log_effects(&result->next, result);
    if (result->outcome == STEP_STARTED || result->outcome == STEP_TRANSITIONED)
        return apply_change(batch, subject, work, result, journal_number, error);
    return send_outputs(batch, result, error);
}

static enum status step_one_event(struct batch *batch, struct batch_work *work,
                                  int64_t journal_number, struct error *error)
{
    const struct batch_environment *environment = batch->environment;
    struct batch_subject *subject = &batch->subjects[work->subject];
    const struct address *address = &work->address;
    const struct definition *definition =
        environment->find_definition(environment->context, address->name, address->version);
    struct text known = TEXT_NONE;
    if (definition == NULL)
        known = environment->known_versions(environment->context, address->name, batch->arena);
    struct step_result result;
    enum status status = step_event(definition == NULL ? NULL : definition->machine, known, address,
                                    &subject->stored.orchestration, &work->event, batch->now_ms,
                                    &environment->settings->step, batch->arena, &result, error);
    if (status != STATUS_OK)
        return status;
    return apply(batch, subject, work, &result, journal_number, error);
}

static enum status step_one_timer(struct batch *batch, struct batch_work *work,
                                  int64_t journal_number, struct error *error)
{
    const struct batch_environment *environment = batch->environment;
    struct batch_subject *subject = &batch->subjects[work->subject];
    const struct orchestration *current = &subject->stored.orchestration;
    work->outcome = OUTCOME_IGNORED;
    if (current->revision == 0 || subject->stored.lane != environment->lane)
        return STATUS_OK; /* it was deleted, or another lane has it now */
    const struct definition *definition =
        environment->find_definition(environment->context, current->name, current->version);
    struct step_result result;
    enum status status =
        step_timer(definition == NULL ? NULL : definition->machine, current, batch->now_ms,
                   &environment->settings->step, batch->arena, &result, error);
    if (status != STATUS_OK || result.outcome == STEP_IGNORED)
        return status; /* ignored: an answer came first */
    if (result.outcome == STEP_REFUSED) {
        subject->retry_ms = batch->now_ms + TIMER_RETRY_MS;
        work->outcome = OUTCOME_REFUSED;
        log_warn("timer waits", log_number("lane", environment->lane),
                 log_text("subject", current->subject),
                 log_string("reason", result.problem.message));
        return STATUS_OK;
    }
    work->late_ms = batch->now_ms - subject->stored.due_ms;
    return apply(batch, subject, work, &result, journal_number, error);
}

static enum status send_dead_letter(struct batch *batch, struct batch_work *work,
                                    struct error *error)
{
    struct record record;
    enum status status = dead_letter_make(batch->arena, work->record,
                                          batch->environment->settings->dead_letter_topic,
                                          work->reason, &record, error);
    if (status != STATUS_OK)
        return status;
    outbox_writer_add(&batch->outbox, &record);
    work->outcome = OUTCOME_DEAD_LETTER;
    log_warn("dead letter", log_number("lane", batch->environment->lane),
             log_text("topic", work->record->topic), log_number("offset", work->record->offset),
             log_text("subject", work->event.subject), log_text("event", work->event.id),
             log_string("reason", work->reason));
    return STATUS_OK;
}

static void forward(struct batch *batch, struct batch_work *work)
{
    struct record record = *work->record;
    record.key = work->address.subject;
    record.partition = record_partition(record.key, batch->environment->lane_count);
    outbox_writer_add(&batch->outbox, &record);
    work->outcome = OUTCOME_FORWARDED;
    if (log_is_on(LOG_DEBUG))
        log_debug("event forwarded", log_number("lane", batch->environment->lane),
                  log_text("subject", work->address.subject), log_text("event", work->event.id),
                  log_text("topic", record.topic), log_number("partition", record.partition));
}

enum status batch_step(struct batch *batch, int64_t journal_number, struct error *error)
{
    enum status status = STATUS_OK;
    int64_t begun_us = time_monotonic_us();
    for (size_t i = 0; status == STATUS_OK && i < batch->work_count; i++) {
        struct batch_work *work = &batch->works[i];
        bool is_step = work->kind == BATCH_EVENT || work->kind == BATCH_TIMER;
        if (work->kind == BATCH_EVENT)
            status = step_one_event(batch, work, journal_number, error);
        else if (work->kind == BATCH_TIMER)
            status = step_one_timer(batch, work, journal_number, error);
        if (status == STATUS_OK && work->kind == BATCH_DEAD_LETTER)
            status = send_dead_letter(batch, work, error);
        if (work->kind == BATCH_FORWARD)
            forward(batch, work);
        int64_t now_us = time_monotonic_us(); /* where one step ends the next begins */
        if (is_step)
            histogram_observe(batch->environment->step_duration, now_us - begun_us);
        begun_us = now_us;
    }
    return status;
}

/* --- What to store ------------------------------------------------------------------ */

static int compare_locks(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static void sort_locks(struct batch_rows *rows)
{
    if (rows->lock_count == 0)
        return;
    qsort(rows->locks, rows->lock_count, sizeof *rows->locks, compare_locks);
    size_t kept = 1;
    for (size_t i = 1; i < rows->lock_count; i++) {
        if (rows->locks[i] != rows->locks[kept - 1])
            rows->locks[kept++] = rows->locks[i];
    }
    rows->lock_count = kept;
}

/* The levels that are to be written: those that are not where they were. */
static struct dedup_window changed_levels(const struct batch_subject *subject)
{
    struct dedup_window changed = {0};
    const struct dedup_window *now = &subject->stored.orchestration.dedup;
    for (int level = 0; level < DEDUP_LEVELS; level++) {
        if (now->levels[level].data != subject->dedup_before.levels[level].data)
            changed.levels[level] = now->levels[level];
    }
    return changed;
}

static struct orchestration_row row_of(const struct batch *batch,
                                       const struct batch_subject *subject)
{
    const struct stored *stored = &subject->stored;
    return (struct orchestration_row){
        .id = stored->id,
        .lane = batch->environment->lane,
        .subject = stored->orchestration.subject,
        .name = stored->orchestration.name,
        .version = stored->orchestration.version,
        .correlation_id = stored->orchestration.correlation_id,
        .started_ms = stored->orchestration.started_ms,
        .status = (int16_t)stored->status,
        .revision = (int64_t)stored->orchestration.revision,
        .revision_before = (int64_t)subject->revision_before,
        .due_ms = stored->due_ms,
        .journal_last = stored->journal_last,
        .updated_ms = stored->updated_ms,
        .input = subject->input_text,
        .snapshot = subject->snapshot_text,
        .dedup = changed_levels(subject),
    };
}

enum status batch_rows(struct batch *batch, struct batch_rows *rows, struct error *error)
{
    size_t room = batch->subject_count;
    *rows = (struct batch_rows){
        .inserts = arena_alloc_array(batch->arena, room, sizeof *rows->inserts),
        .updates = arena_alloc_array(batch->arena, room, sizeof *rows->updates),
        .locks = arena_alloc_array(batch->arena, room, sizeof *rows->locks),
    };
    if (rows->inserts == NULL || rows->updates == NULL || rows->locks == NULL)
        return error_memory(error);
    for (size_t i = 0; i < batch->subject_count; i++) {
        const struct batch_subject *subject = &batch->subjects[i];
        if (!subject->is_changed)
            continue;
        rows->locks[rows->lock_count++] = subject_lock(subject->stored.id);
        if (subject->revision_before > 0)
            rows->updates[rows->update_count++] = row_of(batch, subject);
        else
            rows->inserts[rows->insert_count++] = row_of(batch, subject);
    }
    sort_locks(rows);
    return STATUS_OK;
}

enum status batch_journal(struct batch *batch, struct text *out, struct error *error)
{
    *out = TEXT_NONE;
    if (batch->journal.size == 0)
        return STATUS_OK;
    writer_char(&batch->journal, ']');
    if (batch->journal.overflowed)
        return error_memory(error);
    *out = writer_result(&batch->journal);
    return STATUS_OK;
}
