/* Constant folding: a part of an expression that reads nothing from outside of itself is
 * evaluated once, while it is compiled. What fails there stays as it is, as its error may be
 * absorbed or never be reached; and what would take too much is left to the evaluation. */
#include "core/cel/compiler.h"

/* Leaves the node as it is when it has no value; false when the arena is full. */
static bool evaluate_constant(struct cel_compiler *compiler, const struct cel_node *node,
                              struct cel_value *out, bool *evaluated)
{
    compiler->folding.local_count = compiler->slot_count;
    enum status status = cel_evaluate_constant(&compiler->folding, node, out);
    *evaluated = status == STATUS_OK;
    return status != STATUS_FATAL || cel_source_memory(compiler->source);
}

static void become_constant(struct cel_node *node, struct cel_value value)
{
    *node = (struct cel_node){.kind = NODE_CONSTANT, .as.constant = value};
}

bool cel_fold(struct cel_compiler *compiler, struct cel_node *node)
{
    struct cel_value value;
    bool evaluated;
    if (node->kind == NODE_CONSTANT)
        return true;
    if (!evaluate_constant(compiler, node, &value, &evaluated))
        return false;
    if (evaluated)
        become_constant(node, value);
    return true;
}

/* The first two operands of a chain, as one; *folded is false when they have no value. */
static bool fold_pair(struct cel_compiler *compiler, struct cel_node *node, bool *folded)
{
    struct cel_node pair = *node;
    struct cel_value value;
    void *memory;
    pair.count = 1;
    if (!evaluate_constant(compiler, &pair, &value, folded))
        return false;
    if (!*folded)
        return true;
    if (!cel_compile_array(compiler, 1, sizeof(struct cel_node), &memory))
        return false;
    become_constant(memory, value);
    node->as.binary.first = memory;
    node->as.binary.rest++;
    node->count--;
    return true;
}

bool cel_fold_chain(struct cel_compiler *compiler, struct cel_node *node)
{
    bool folded = true;
    while (folded && node->count > 1 && node->as.binary.first->kind == NODE_CONSTANT &&
           node->as.binary.rest[0].operand.kind == NODE_CONSTANT) {
        if (!fold_pair(compiler, node, &folded))
            return false;
    }
    return true;
}

/* Of any length, and without being evaluated: `x in ["a", "b"]` makes no list each time. */
bool cel_fold_list(struct cel_compiler *compiler, struct cel_node *node)
{
    void *memory;
    for (uint32_t i = 0; i < node->count; i++) {
        if (node->as.children.items[i].kind != NODE_CONSTANT)
            return true;
    }
    if (node->as.children.optional != NULL)
        return true;
    if (!cel_compile_array(compiler, node->count, sizeof(struct cel_value), &memory))
        return false;
    struct cel_value *items = memory;
    for (uint32_t i = 0; i < node->count; i++)
        items[i] = node->as.children.items[i].as.constant;
    become_constant(node, cel_list(items, node->count));
    return true;
}
