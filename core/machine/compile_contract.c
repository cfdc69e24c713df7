/* compile_contract.c - the member `schemas` of a definition: JSON Schemas, compiled. */
#include "core/machine/compile.h"
#include "core/machine/contract.h"
#include "core/schema/schema.h"

/* Entries of `events` and of `emitted`, as many as there may be of other names. */
enum { CONTRACTS_MAX = MACHINE_NAMED_MAX };

/* What the contracts share: one that has an "$id" may be referred to by the others. */
struct contract_compiler {
    struct compiler *compiler;
    struct schema_settings settings;
    struct schema_document *documents;
};

/* --- Contracts as documents --------------------------------------------------------------- */

static size_t count_members(struct json schemas, const char *member)
{
    const struct json *value = json_get(schemas, member);
    return value != NULL && value->type == JSON_OBJECT ? value->count : 0;
}

static void add_document(struct contract_compiler *contracts, struct json schema)
{
    struct text id = json_get_string(schema, "$id");
    if (id.size > 0)
        contracts->documents[contracts->settings.document_count++] =
            (struct schema_document){id, schema};
}

static void collect_documents(struct contract_compiler *contracts, struct json schemas)
{
    size_t count = 3 + count_members(schemas, "events") + count_members(schemas, "emitted");
    contracts->documents = compiler_alloc(contracts->compiler, count, sizeof *contracts->documents);
    if (contracts->documents == NULL)
        return;
    contracts->settings.documents = contracts->documents;
    for (uint32_t i = 0; i < schemas.count; i++) {
        const struct json_member *member = &schemas.as.members[i];
        bool is_list = text_is(member->name, "events") || text_is(member->name, "emitted");
        if (!is_list && member->value.type == JSON_OBJECT)
            add_document(contracts, member->value);
        for (uint32_t e = 0;
             is_list && member->value.type == JSON_OBJECT && e < member->value.count; e++)
            add_document(contracts, member->value.as.members[e].value);
    }
}

/* --- One contract ------------------------------------------------------------------------------ */

/* NULL after reporting. */
static const struct schema *compile_contract(struct contract_compiler *contracts,
                                             const struct path *path, struct json value)
{
    struct compiler *compiler = contracts->compiler;
    const struct schema *schema = NULL;
    const char *place = path_text(compiler, path);
    if (compiler->out_of_memory || problems_are_full(compiler))
        return NULL;
    enum status status = schema_compile(compiler->arena, value, &contracts->settings, place,
                                        compiler->problems, &schema);
    if (status == STATUS_FATAL)
        compiler->out_of_memory = true;
    return schema;
}

static const struct schema *compile_member(struct contract_compiler *contracts,
                                           const struct path *parent, struct json schemas,
                                           const char *member)
{
    const struct json *value = json_get(schemas, member);
    struct path path = path_key(parent, text_of(member));
    return value == NULL ? NULL : compile_contract(contracts, &path, *value);
}

/* --- Contracts of event types -------------------------------------------------------------------- */

static bool expect_event_types(struct compiler *compiler, const struct path *path,
                               struct json value)
{
    if (!expect_type(compiler, path, value, JSON_OBJECT))
        return false;
    if (value.count <= CONTRACTS_MAX)
        return true;
    report(compiler, path, "there are %u contracts; at most %d are supported",
           (unsigned)value.count, CONTRACTS_MAX);
    return false;
}

/* Of events that come, any type; of those that are sent, one that may be. */
static void check_event_type(struct compiler *compiler, const struct path *path, struct text type,
                             bool is_emitted)
{
    const char *problem = is_emitted ? emitted_type_problem(type) : NULL;
    if (problem != NULL)
        report_key(compiler, path, "%s", problem);
    else if (type.size == 0)
        report_key(compiler, path, "an event type is not empty");
}

static void compile_contract_list(struct contract_compiler *contracts, const struct path *parent,
                                  struct json schemas, const char *member,
                                  struct contract_list *list)
{
    struct compiler *compiler = contracts->compiler;
    const struct json *value = json_get(schemas, member);
    struct path path = path_key(parent, text_of(member));
    if (value == NULL || !expect_event_types(compiler, &path, *value))
        return;
    list->items = compiler_alloc(compiler, value->count, sizeof *list->items);
    if (list->items == NULL || !number_table_create(compiler->arena, value->count, &list->table)) {
        compiler->out_of_memory = true;
        return;
    }
    bool is_emitted = text_is(text_of(member), "emitted");
    for (uint32_t i = 0; i < value->count && !compiler->out_of_memory; i++) {
        const struct json_member *entry = &value->as.members[i];
        struct path place = path_key(&path, entry->name);
        check_event_type(compiler, &place, entry->name, is_emitted);
        list->items[list->count] =
            (struct contract){entry->name, compile_contract(contracts, &place, entry->value)};
        number_table_insert(&list->table, hash_name(HASH_NAME, entry->name), list->count++);
    }
}

void compile_contracts(struct compiler *compiler)
{
    static const struct key_rule keys[] = {
        {"input", NULL}, {"context", NULL}, {"output", NULL}, {"events", NULL}, {"emitted", NULL}};
    const struct json *schemas = json_get(compiler->definition, "schemas");
    struct path path = path_key(NULL, TEXT("schemas"));
    if (schemas == NULL || !expect_type(compiler, &path, *schemas, JSON_OBJECT))
        return;
    check_keys(compiler, &path, *schemas, keys, sizeof keys / sizeof *keys);
    struct contracts *contracts = compiler_alloc(compiler, 1, sizeof *contracts);
    /* A contract that promises a format means it: where "format" only annotated, as the
     * specification has it by default, a wrong date would pass every edge unseen. */
    struct contract_compiler parts = {.compiler = compiler, .settings = {.asserts_format = true}};
    if (contracts != NULL)
        collect_documents(&parts, *schemas);
    if (compiler->out_of_memory)
        return;
    contracts->input = compile_member(&parts, &path, *schemas, "input");
    contracts->context = compile_member(&parts, &path, *schemas, "context");
    contracts->output = compile_member(&parts, &path, *schemas, "output");
    compile_contract_list(&parts, &path, *schemas, "events", &contracts->events);
    compile_contract_list(&parts, &path, *schemas, "emitted", &contracts->emitted);
    compiler->machine->contracts = contracts;
}
