/* regex_compile: pattern, tree, instructions, alphabet, and where it is small, automaton. */
#include <string.h>

#include "core/arena.h"
#include "core/regex/parser.h"
#include "core/regex/regex_inside.h"

/* What the limits of regex.h leave room for many times over: memory is what the process has. */
#define SCRATCH_SIZE_MAX ((size_t)256 * 1024 * 1024)

struct compilation {
    struct arena *arena;   /* of the result */
    struct arena *scratch; /* of what is made on the way */
    struct parser parser;
    struct regex *regex;
};

static void too_large(struct compilation *compilation, const char *what, int count)
{
    parser_too_large(&compilation->parser, 0, "the expression takes more than %d %s", count, what);
}

/* The sets that assertions are told by; NO_SET for those that do not occur. */
static bool intern_contexts(struct compilation *compilation, uint32_t *word_set,
                            uint32_t *newline_set)
{
    static const struct range word[] = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
    struct parser *parser = &compilation->parser;
    unsigned assertions = compilation->regex->program.assertions;
    struct code_points *set = &parser->class_set;
    *word_set = *newline_set = NO_SET;
    code_points_clear(set);
    code_points_add_all(set, word, sizeof word / sizeof word[0]);
    if (assertions & (ASSERT_WORD_BOUNDARY | ASSERT_NOT_WORD_BOUNDARY) &&
        !set_table_intern(&parser->sets, set, word_set))
        return false;
    code_points_clear(set);
    code_points_add(set, '\n', '\n');
    return !(assertions & (ASSERT_LINE_START | ASSERT_LINE_END)) ||
           set_table_intern(&parser->sets, set, newline_set);
}

static void write_program(struct compilation *compilation, const struct node *tree)
{
    struct program *program = &compilation->regex->program;
    bool is_too_large = false;
    bool is_written = program_write(compilation->scratch, tree, program, &is_too_large);
    if (is_too_large)
        too_large(compilation, "instructions", REGEX_INSTRUCTIONS_MAX);
    else if (!is_written)
        parser_memory(&compilation->parser);
    if (parser_failed(&compilation->parser))
        return;
    struct instruction *copy = arena_alloc_array(compilation->arena, program->count, sizeof *copy);
    if (copy == NULL) {
        parser_memory(&compilation->parser);
        return;
    }
    memcpy(copy, program->instructions, program->count * sizeof *copy);
    program->instructions = copy;
}

static void build_alphabet(struct compilation *compilation)
{
    uint32_t word_set, newline_set;
    if (!intern_contexts(compilation, &word_set, &newline_set)) {
        parser_memory(&compilation->parser);
        return;
    }
    switch (alphabet_build(compilation->arena, compilation->scratch, &compilation->parser.sets,
                           word_set, newline_set, &compilation->regex->alphabet)) {
    case ALPHABET_OK: break;
    case ALPHABET_MEMORY: parser_memory(&compilation->parser); break;
    case ALPHABET_TOO_LARGE:
        too_large(compilation, "memberships of characters in classes", REGEX_MEMBERSHIPS_MAX);
        break;
    }
}

/* Anchored is what cannot begin where the text does not: no character and no match is reached
 * without that assertion, not even if all others held. */
static bool is_anchored(struct run *run)
{
    run->waiting.count = 0;
    run_begin(run);
    if (run_reach(run, ASSERT_ALL & ~(unsigned)ASSERT_TEXT_START))
        return false;
    for (size_t i = 0; i < run->reached.count; i++) {
        if (run->program->instructions[run->reached.items[i]].operation == OP_SET)
            return false;
    }
    return true;
}

static void build_automaton(struct compilation *compilation)
{
    struct regex *regex = compilation->regex;
    struct run run;
    if (!run_init(&run, compilation->scratch, &regex->program, &regex->alphabet)) {
        parser_memory(&compilation->parser);
        return;
    }
    regex->is_anchored = is_anchored(&run);
    if (!automaton_build(compilation->arena, compilation->scratch, &run, regex->is_anchored,
                         &regex->automaton, &regex->has_automaton))
        parser_memory(&compilation->parser);
}

static void compile(struct compilation *compilation)
{
    const struct parser *parser = &compilation->parser;
    const struct node *tree = parser_read(&compilation->parser);
    if (!parser_failed(parser))
        write_program(compilation, tree);
    if (!parser_failed(parser))
        build_alphabet(compilation);
    if (!parser_failed(parser))
        build_automaton(compilation);
}

enum status regex_compile(struct arena *arena, struct text pattern, enum regex_syntax syntax,
                          const struct regex **out, struct regex_problem *problem)
{
    *problem = (struct regex_problem){.verdict = REGEX_OK};
    struct arena *scratch = arena_create(SCRATCH_SIZE_MAX);
    struct regex *regex = arena_alloc(arena, sizeof *regex);
    enum status status = STATUS_FATAL;
    if (scratch != NULL && regex != NULL) {
        struct compilation compilation = {.arena = arena,
                                          .scratch = scratch,
                                          .regex = regex,
                                          .parser = {.arena = scratch,
                                                     .pattern = pattern,
                                                     .syntax = syntax,
                                                     .problem = problem,
                                                     .class_set.arena = scratch,
                                                     .item_set.arena = scratch,
                                                     .spare.arena = scratch,
                                                     .sets.arena = scratch}};
        compile(&compilation);
        status = compilation.parser.status;
    }
    arena_destroy(scratch);
    *out = status == STATUS_OK ? regex : NULL;
    return status;
}
