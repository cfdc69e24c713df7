#include "core/regex/program.h"

#include "core/arena.h"
#include "core/regex/regex.h"

/* --- Writing ------------------------------------------------------------------------------ */

struct output {
    struct program *program;
    size_t count_max;
    bool is_full; /* nothing more is written */
};

/* Jumps to a place that is not known yet: chained by the operand that will hold it. */
enum { CHAIN_END = UINT16_MAX };

static uint16_t here(const struct output *output)
{
    return (uint16_t)output->program->count;
}

static uint16_t put(struct output *output, enum operation operation, size_t first, size_t second)
{
    struct program *program = output->program;
    if (program->count == output->count_max) {
        output->is_full = true;
        return 0;
    }
    program->instructions[program->count] =
        (struct instruction){(uint16_t)operation, (uint16_t)first, (uint16_t)second};
    return (uint16_t)program->count++;
}

/* Gives the chained operands, all `first` or all `second`, the place that comes now. */
static void patch_first(struct output *output, uint16_t chain)
{
    while (chain != CHAIN_END && !output->is_full) {
        uint16_t *operand = &output->program->instructions[chain].first;
        chain = *operand;
        *operand = here(output);
    }
}

static void patch_second(struct output *output, uint16_t chain)
{
    while (chain != CHAIN_END && !output->is_full) {
        uint16_t *operand = &output->program->instructions[chain].second;
        chain = *operand;
        *operand = here(output);
    }
}

static void write_node(struct output *output, const struct node *node);

static void write_choice(struct output *output, const struct node *node)
{
    uint16_t ends = CHAIN_END;
    for (const struct node *child = node->children; child != NULL; child = child->next) {
        if (child->next == NULL) {
            write_node(output, child);
            break;
        }
        uint16_t other = put(output, OP_SPLIT, here(output) + 1u, CHAIN_END);
        write_node(output, child);
        ends = put(output, OP_JUMP, ends, 0);
        patch_second(output, other);
    }
    patch_first(output, ends);
}

/* x* is  L: split M N;  M: x;  jump L;  N: */
static void write_any_number(struct output *output, const struct node *child)
{
    uint16_t loop = put(output, OP_SPLIT, here(output) + 1u, CHAIN_END);
    write_node(output, child);
    put(output, OP_JUMP, loop, 0);
    patch_second(output, loop);
}

/* The last of the required ones repeats itself: x+ is  L: x;  split L N;  N: */
static void write_required(struct output *output, const struct node *node)
{
    uint16_t loop = here(output);
    for (uint32_t i = 0; i < node->min && !output->is_full; i++) {
        loop = here(output);
        write_node(output, node->children);
        if (loop == here(output))
            return; /* nothing, however often */
    }
    if (node->max == REPETITION_UNBOUNDED)
        put(output, OP_SPLIT, loop, here(output) + 1u);
}

/* x{0,3} is (x(x(x)?)?)?: whoever leaves, leaves all. */
static void write_optional(struct output *output, const struct node *child, uint32_t count)
{
    uint16_t leaving = CHAIN_END;
    for (uint32_t i = 0; i < count && !output->is_full; i++) {
        leaving = put(output, OP_SPLIT, here(output) + 1u, leaving);
        uint16_t start = here(output);
        write_node(output, child);
        if (start == here(output))
            break;
    }
    patch_second(output, leaving);
}

static void write_repetition(struct output *output, const struct node *node)
{
    if (node->min == 0 && node->max == REPETITION_UNBOUNDED) {
        write_any_number(output, node->children);
        return;
    }
    if (node->min > 0)
        write_required(output, node);
    if (node->max != REPETITION_UNBOUNDED)
        write_optional(output, node->children, node->max - node->min);
}

/* As deep as the tree, which REGEX_DEPTH_MAX limits. */
static void write_node(struct output *output, const struct node *node)
{
    switch (node->type) {
    case NODE_EMPTY: break;
    case NODE_SET: put(output, OP_SET, node->set, 0); break;
    case NODE_ASSERTION:
        output->program->assertions |= node->assertion;
        put(output, OP_ASSERT, node->assertion, 0);
        break;
    case NODE_SEQUENCE:
        for (const struct node *child = node->children; child != NULL && !output->is_full;
             child = child->next)
            write_node(output, child);
        break;
    case NODE_CHOICE: write_choice(output, node); break;
    case NODE_REPETITION: write_repetition(output, node); break;
    }
}

bool program_write(struct arena *arena, const struct node *node, struct program *program,
                   bool *is_too_large)
{
    *program = (struct program){0};
    program->instructions =
        arena_alloc_array(arena, REGEX_INSTRUCTIONS_MAX, sizeof *program->instructions);
    if (program->instructions == NULL)
        return false;
    struct output output = {program, REGEX_INSTRUCTIONS_MAX, false};
    write_node(&output, node);
    put(&output, OP_MATCH, 0, 0);
    *is_too_large = output.is_full;
    return !output.is_full;
}

/* --- Running ------------------------------------------------------------------------------ */

static bool instruction_set_init(struct instruction_set *set, struct arena *arena, size_t count)
{
    set->items = arena_alloc_array(arena, count, sizeof *set->items);
    set->places = arena_alloc_array(arena, count, sizeof *set->places);
    set->count = 0;
    return set->items != NULL && set->places != NULL;
}

bool run_init(struct run *run, struct arena *arena, const struct program *program,
              const struct alphabet *alphabet)
{
    size_t count = program->count;
    *run = (struct run){.program = program, .alphabet = alphabet};
    /* Each instruction is put on the stack by two others at most. */
    run->stack = arena_alloc_array(arena, count * 2 + 1, sizeof *run->stack);
    return run->stack != NULL && instruction_set_init(&run->waiting, arena, count) &&
           instruction_set_init(&run->reached, arena, count);
}

unsigned assertions_between(enum context before, enum context after)
{
    unsigned holding = 0;
    if (before == CONTEXT_EDGE)
        holding |= ASSERT_TEXT_START | ASSERT_LINE_START;
    if (before == CONTEXT_NEWLINE)
        holding |= ASSERT_LINE_START;
    if (after == CONTEXT_EDGE)
        holding |= ASSERT_TEXT_END | ASSERT_LINE_END;
    if (after == CONTEXT_NEWLINE)
        holding |= ASSERT_LINE_END;
    bool is_boundary = (before == CONTEXT_WORD) != (after == CONTEXT_WORD);
    return holding | (is_boundary ? ASSERT_WORD_BOUNDARY : ASSERT_NOT_WORD_BOUNDARY);
}

void run_begin(struct run *run)
{
    instruction_set_add(&run->waiting, 0);
}

/* Follows what needs no character; true at OP_MATCH. `reached` keeps each instruction from
 * being followed twice, so that (a*)* ends. */
static bool follow(struct run *run, uint16_t start, unsigned assertions)
{
    size_t count = 0;
    run->stack[count++] = start;
    while (count > 0) {
        uint16_t at = run->stack[--count];
        size_t before = run->reached.count;
        instruction_set_add(&run->reached, at);
        if (run->reached.count == before)
            continue;
        const struct instruction *instruction = &run->program->instructions[at];
        switch ((enum operation)instruction->operation) {
        case OP_MATCH: return true;
        case OP_SET: break;
        case OP_JUMP: run->stack[count++] = instruction->first; break;
        case OP_SPLIT:
            run->stack[count++] = instruction->first;
            run->stack[count++] = instruction->second;
            break;
        case OP_ASSERT:
            if (instruction->first & assertions)
                run->stack[count++] = (uint16_t)(at + 1);
            break;
        }
    }
    return false;
}

bool run_reach(struct run *run, unsigned assertions)
{
    run->reached.count = 0;
    bool is_found = false;
    for (size_t i = 0; i < run->waiting.count && !is_found; i++)
        is_found = follow(run, run->waiting.items[i], assertions);
    run->steps += run->reached.count;
    return is_found;
}

void run_advance(struct run *run, uint16_t symbol)
{
    run->waiting.count = 0;
    for (size_t i = 0; i < run->reached.count; i++) {
        uint16_t at = run->reached.items[i];
        const struct instruction *instruction = &run->program->instructions[at];
        if (instruction->operation == OP_SET &&
            alphabet_set_has(run->alphabet, instruction->first, symbol))
            instruction_set_add(&run->waiting, (uint16_t)(at + 1));
    }
    run->steps += run->reached.count;
}
