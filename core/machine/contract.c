#include "core/machine/contract.h"

#include "core/arena.h"
#include "core/machine/lookup.h"
#include "core/schema/schema.h"
#include "core/writer.h"

/* More failures than these are only counted: the message is a sentence. */
enum { FAILURES_TOLD_MAX = 4 };

static const struct schema *find_contract(const struct contract_list *list, struct text type)
{
    struct number_search search = number_table_search(&list->table, hash_name(HASH_NAME, type));
    uint16_t number;
    while ((number = number_search_next(&search)) != UINT16_MAX) {
        if (text_equal(list->items[number].type, type))
            return list->items[number].schema;
    }
    return NULL;
}

/* "data/items/0/price must be at least 0, is -5; data is missing: \"id\"" */
static void write_failures(struct writer *writer, const char *root,
                           const struct schema_failures *failures)
{
    for (size_t i = 0; i < failures->count && i < FAILURES_TOLD_MAX; i++) {
        const struct schema_failure *failure = &failures->items[i];
        writer_string(writer, i == 0 ? "" : "; ");
        writer_string(writer, root);
        writer_string(writer, failure->instance_path);
        writer_char(writer, ' ');
        writer_string(writer, failure->message);
    }
    if (failures->count > FAILURES_TOLD_MAX)
        writer_format(writer, "; and %zu more", failures->count - FAILURES_TOLD_MAX);
}

/* `what` is for the message, as far as `type` is not TEXT_NONE with that behind it; `root` is
 * what the places in the value begin with. */
static enum status check(const struct schema *schema, struct json value, const char *what,
                         struct text type, const char *root, struct arena *arena,
                         struct error *error)
{
    struct schema_failures failures;
    enum status status =
        schema == NULL ? STATUS_OK : schema_validate(schema, value, arena, &failures);
    if (status == STATUS_OK)
        return STATUS_OK;
    if (status == STATUS_FATAL)
        return error_memory(error);
    char buffer[ERROR_MESSAGE_SIZE];
    struct writer writer;
    writer_init(&writer, buffer, sizeof buffer);
    write_failures(&writer, root, &failures);
    return error_set(error, STATUS_REJECTED, "%s%s%s breaks its contract: %.*s%s", what,
                     type.data == NULL ? "" : " ", type.data == NULL ? "" : text_show(type).quoted,
                     TEXT_ARGS(writer_result(&writer)), writer.overflowed ? "..." : "");
}

enum status contract_check_input(const struct machine *machine, struct json input,
                                 struct arena *arena, struct error *error)
{
    if (machine->contracts == NULL)
        return STATUS_OK;
    return check(machine->contracts->input, input, "the input", TEXT_NONE, "input", arena, error);
}

static enum status check_data(const struct contract_list *list, struct json event, const char *what,
                              struct arena *arena, struct error *error)
{
    struct text type = json_get_string(event, "type");
    const struct schema *schema = find_contract(list, type);
    const struct json *data = schema == NULL ? NULL : json_get(event, "data");
    return check(schema, data == NULL ? json_null() : *data, what, type, "data", arena, error);
}

enum status contract_check_event(const struct machine *machine, struct json event,
                                 struct arena *arena, struct error *error)
{
    if (machine->contracts == NULL)
        return STATUS_OK;
    return check_data(&machine->contracts->events, event, "event", arena, error);
}

/* A context is a value that is never edited: the same members are the same context, and
 * were checked when they were made. */
static enum status check_context(const struct contracts *contracts, const struct snapshot *before,
                                 struct json context, struct arena *arena, struct error *error)
{
    if (before != NULL && before->context.as.members == context.as.members &&
        before->context.count == context.count)
        return STATUS_OK;
    return check(contracts->context, context, "the context", TEXT_NONE, "context", arena, error);
}

static enum status check_emits(const struct contracts *contracts, const struct machine_step *step,
                               struct arena *arena, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < step->effect_count; i++) {
        if (step->effects[i].kind == EFFECT_EMIT)
            status = check_data(&contracts->emitted, step->effects[i].value, "the emitted event",
                                arena, error);
    }
    return status;
}

static enum status check_output(const struct contracts *contracts, const struct snapshot *snapshot,
                                struct arena *arena, struct error *error)
{
    if (snapshot->status != MACHINE_DONE)
        return STATUS_OK;
    struct json output = snapshot->has_output ? snapshot->output : json_null();
    return check(contracts->output, output, "the output", TEXT_NONE, "output", arena, error);
}

enum status contract_check_step(const struct machine *machine, const struct snapshot *before,
                                const struct machine_step *step, struct arena *arena,
                                struct error *error)
{
    const struct contracts *contracts = machine->contracts;
    if (contracts == NULL)
        return STATUS_OK;
    enum status status = check_context(contracts, before, step->snapshot.context, arena, error);
    if (status == STATUS_OK)
        status = check_emits(contracts, step, arena, error);
    return status == STATUS_OK ? check_output(contracts, &step->snapshot, arena, error) : status;
}
