/* lint_contract.c - what a contract says in words that JSON Schema does not have. */
#include "core/machine/contract.h"
#include "core/machine/lint_pass.h"
#include "core/schema/schema.h"

static void lint_schema(struct lint_pass *pass, const struct schema *schema)
{
    size_t count = 0;
    const struct schema_misspelt *misspelt =
        schema == NULL ? NULL : schema_misspelt_keywords(schema, &count);
    for (size_t i = 0; i < count; i++)
        lint_note(pass, LINT_MISSPELT_KEYWORD, 0, PROBLEM_AT_KEY, misspelt[i].path,
                  "no keyword of JSON Schema, did you mean \"%s\"?", misspelt[i].nearest);
}

static void lint_list(struct lint_pass *pass, const struct contract_list *list)
{
    for (uint16_t i = 0; i < list->count; i++)
        lint_schema(pass, list->items[i].schema);
}

void lint_contracts(struct lint_pass *pass)
{
    const struct contracts *contracts = pass->machine->contracts;
    if (contracts == NULL)
        return;
    lint_schema(pass, contracts->input);
    lint_schema(pass, contracts->context);
    lint_schema(pass, contracts->output);
    lint_list(pass, &contracts->events);
    lint_list(pass, &contracts->emitted);
}
