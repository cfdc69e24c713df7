/* Constant folding: a part of an expression that reads nothing from outside of itself is
 * evaluated once, while it is compiled. What fails there stays as it is, as its error may be
 * absorbed or never be reached; and what would take too much is left to the evaluation. */
#include "core/cel/compiler.h"
#include "core/cel/evaluation.h"

static bool evaluate_constant(struct cel_compiler *compiler, const struct cel_node *node,
                              struct cel_value *out)
{
    struct cel_constant_budget budget = {.arena = compiler->source->arena,
                                         .time_zones = compiler->environment->time_zones,
                                         .local_count = compiler->slot_count,
                                         .cost = compiler->folding.cost,
                                         .memory = compiler->folding.memory};
    uint64_t cost;
    size_t memory;
    bool evaluated = cel_evaluate_constant(&budget, node, out, &cost, &memory);
    compiler->folding.cost -= cost;
    compiler->folding.memory -= memory;
    return evaluated;
}

static void become_constant(struct cel_node *node, struct cel_value value)
{
    *node = (struct cel_node){.kind = NODE_CONSTANT, .as.constant = value};
}

void cel_fold(struct cel_compiler *compiler, struct cel_node *node)
{
    struct cel_value value;
    if (node->kind != NODE_CONSTANT && evaluate_constant(compiler, node, &value))
        become_constant(node, value);
}

void cel_fold_chain(struct cel_compiler *compiler, struct cel_node *node)
{
    while (node->count > 1 && node->as.binary.first->kind == NODE_CONSTANT &&
           node->as.binary.rest[0].operand.kind == NODE_CONSTANT) {
        struct cel_node pair = *node;
        struct cel_value value;
        void *memory;
        pair.count = 1;
        if (!evaluate_constant(compiler, &pair, &value) ||
            !cel_compile_array(compiler, 1, sizeof(struct cel_node), &memory))
            return;
        become_constant(memory, value);
        node->as.binary.first = memory;
        node->as.binary.rest++;
        node->count--;
    }
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
