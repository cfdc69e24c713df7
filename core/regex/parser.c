#include "core/regex/parser.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "core/regex/unicode.h"
#include "core/utf8.h"

/* RE2's limit on a repetition, and on those inside of one another multiplied. */
enum { RE2_REPEATS_MAX = 1000 };

/* --- Failing -------------------------------------------------------------------- */

static void note(struct parser *parser, enum regex_verdict verdict, size_t offset,
                 const char *format, va_list args) __attribute__((format(printf, 4, 0)));
static void note(struct parser *parser, enum regex_verdict verdict, size_t offset,
                 const char *format, va_list args)
{
    char *message = parser->problem->message;
    parser->problem->verdict = verdict;
    parser->problem->offset = offset;
    vsnprintf(message, sizeof parser->problem->message, format, args);
    message[utf8_valid_prefix(text_of(message))] = '\0'; /* cut within no character */
}

void parser_reject(struct parser *parser, size_t offset, const char *format, ...)
{
    if (parser_failed(parser))
        return;
    va_list args;
    va_start(args, format);
    note(parser, REGEX_INVALID, offset, format, args);
    va_end(args);
    parser->status = STATUS_REJECTED;
}

void parser_too_large(struct parser *parser, size_t offset, const char *format, ...)
{
    if (parser_failed(parser))
        return;
    va_list args;
    va_start(args, format);
    note(parser, REGEX_TOO_LARGE, offset, format, args);
    va_end(args);
    parser->status = STATUS_REJECTED;
}

static void note_unsupported(struct parser *parser, size_t offset, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void note_unsupported(struct parser *parser, size_t offset, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    note(parser, REGEX_UNSUPPORTED, offset, format, args);
    va_end(args);
}

void parser_unsupported(struct parser *parser, size_t offset, const char *what)
{
    if (!parser->is_unsupported && !parser_failed(parser))
        note_unsupported(parser, offset, "%s cannot be searched for in linear time", what);
    parser->is_unsupported = true;
}

void parser_memory(struct parser *parser)
{
    if (!parser_failed(parser))
        parser->status = STATUS_FATAL;
}

/* --- Reading text ----------------------------------------------------------------- */

bool parser_take(struct parser *parser, const char *string)
{
    bool is_next = text_starts_with(parser_rest(parser), string);
    if (is_next)
        parser->at += strlen(string);
    return is_next;
}

uint32_t parser_next(struct parser *parser)
{
    return utf8_next(parser->pattern, &parser->at);
}

bool parser_take_number(struct parser *parser, uint32_t *number)
{
    enum { ENOUGH = 1000 * 1000 };
    size_t start = parser->at;
    *number = 0;
    for (; parser_peek(parser) >= '0' && parser_peek(parser) <= '9'; parser->at++) {
        *number = *number * 10 + (uint32_t)(parser_peek(parser) - '0');
        if (*number > ENOUGH)
            *number = ENOUGH;
    }
    return parser->at > start;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool parser_take_hex(struct parser *parser, int min, int max, uint32_t *number)
{
    size_t start = parser->at;
    int digits = 0;
    *number = 0;
    for (; digits < max && hex_digit(parser_peek(parser)) >= 0; digits++, parser->at++) {
        *number = *number << 4 | (uint32_t)hex_digit(parser_peek(parser));
        if (*number > CODE_POINT_MAX)
            *number = CODE_POINT_MAX + 1;
    }
    if (digits < min)
        parser->at = start;
    return digits >= min;
}

/* --- Building the tree ------------------------------------------------------------- */

static struct node *node_new(struct parser *parser, enum node_type type)
{
    struct node *node = arena_alloc(parser->arena, sizeof *node);
    if (node == NULL) {
        parser_memory(parser);
        return NULL;
    }
    node->type = type;
    node->repeats = 1;
    return node;
}

/* `node` may be NULL: the failure is noted then. */
static void append(struct sequence *sequence, struct node *node)
{
    if (node == NULL)
        return;
    if (sequence->last == NULL)
        sequence->first = node;
    else
        sequence->last->next = node;
    sequence->last = node;
    sequence->is_assertion = false;
}

void parser_append_assertion(struct parser *parser, struct sequence *sequence, enum assertion what)
{
    struct node *node = node_new(parser, NODE_ASSERTION);
    if (node != NULL)
        node->assertion = what;
    append(sequence, node);
    sequence->is_assertion = true;
}

void parser_append_empty(struct parser *parser, struct sequence *sequence)
{
    append(sequence, node_new(parser, NODE_EMPTY));
}

void parser_append_class(struct parser *parser, struct sequence *sequence)
{
    struct node *node = node_new(parser, NODE_SET);
    if (node == NULL)
        return;
    if (!set_table_intern(&parser->sets, &parser->class_set, &node->set))
        parser_memory(parser);
    if (parser->sets.range_count > REGEX_RANGES_MAX)
        parser_too_large(parser, parser->at, "the character classes have more than %d ranges",
                         REGEX_RANGES_MAX);
    append(sequence, node);
}

void parser_append_character(struct parser *parser, struct sequence *sequence, uint32_t c)
{
    code_points_clear(&parser->class_set);
    code_points_add(&parser->class_set, c, c);
    if (parser->flags & FLAG_FOLD_CASE)
        unicode_fold(&parser->class_set, &parser->spare);
    parser_append_class(parser, sequence);
}

/* Several nodes as one; none is the empty one. Their repeats are the largest of them. */
static struct node *gather(struct parser *parser, enum node_type type,
                           const struct sequence *sequence)
{
    if (parser_failed(parser))
        return NULL;
    if (sequence->first == NULL)
        return node_new(parser, NODE_EMPTY);
    if (sequence->first == sequence->last)
        return sequence->first;
    struct node *node = node_new(parser, type);
    if (node == NULL)
        return NULL;
    node->children = sequence->first;
    for (const struct node *child = node->children; child != NULL; child = child->next) {
        if (child->repeats > node->repeats)
            node->repeats = child->repeats;
    }
    return node;
}

/* --- Names ------------------------------------------------------------------------- */

/* Room for one more, by doubling whenever the count is a power of two. */
static bool names_grow(struct parser *parser)
{
    size_t count = parser->name_count;
    if ((count & (count - 1)) != 0)
        return true;
    struct group_name *names =
        arena_alloc_array(parser->arena, count == 0 ? 1 : count * 2, sizeof *names);
    if (names == NULL) {
        parser_memory(parser);
        return false;
    }
    if (count > 0)
        memcpy(names, parser->names, count * sizeof *names);
    parser->names = names;
    return true;
}

void parser_add_name(struct parser *parser, struct text name, size_t offset)
{
    for (size_t i = 0; i < parser->name_count; i++) {
        if (text_equal(parser->names[i].name, name) && !parser->names[i].is_hidden)
            parser_reject(parser, offset, "a second group with the name %s",
                          text_show(name).quoted);
    }
    if (!parser_failed(parser) && names_grow(parser))
        parser->names[parser->name_count++] = (struct group_name){name, false};
}

static void hide_names(struct parser *parser, size_t from, bool is_hidden)
{
    for (size_t i = from; i < parser->name_count; i++)
        parser->names[i].is_hidden = is_hidden;
}

/* --- Repetitions --------------------------------------------------------------------- */

/* RE2 takes {01} for five characters, ECMA-262 for {1}. */
static bool take_bound(struct parser *parser, uint32_t *bound)
{
    size_t start = parser->at;
    bool has_zero = parser_peek(parser) == '0';
    if (!parser_take_number(parser, bound))
        return false;
    return parser->syntax == REGEX_ECMA262 || !has_zero || parser->at == start + 1;
}

static bool take_bounds(struct parser *parser, uint32_t *min, uint32_t *max)
{
    if (!take_bound(parser, min))
        return false;
    *max = *min;
    if (parser_take(parser, ",") && !take_bound(parser, max))
        *max = REPETITION_UNBOUNDED;
    return parser_take(parser, "}");
}

/* A quantifier. What begins with "{" and is none stands for itself: nothing is taken. */
static bool take_quantifier(struct parser *parser, uint32_t *min, uint32_t *max)
{
    size_t start = parser->at;
    *min = 0;
    *max = REPETITION_UNBOUNDED;
    if (parser_take(parser, "*"))
        return true;
    if (parser_take(parser, "+")) {
        *min = 1;
        return true;
    }
    if (parser_take(parser, "?")) {
        *max = 1;
        return true;
    }
    if (parser_take(parser, "{") && take_bounds(parser, min, max))
        return true;
    parser->at = start;
    return false;
}

static void check_bounds(struct parser *parser, size_t offset, uint32_t min, uint32_t max)
{
    if (max < min)
        parser_reject(parser, offset, "a repetition whose largest number is below its smallest");
    if (parser->syntax == REGEX_RE2 &&
        (min > RE2_REPEATS_MAX || (max > RE2_REPEATS_MAX && max != REPETITION_UNBOUNDED)))
        parser_reject(parser, offset, "a repetition of more than %d times", RE2_REPEATS_MAX);
}

/* The last item becomes a repetition of itself. */
static void repeat_last(struct parser *parser, struct sequence *sequence, size_t offset,
                        uint32_t min, uint32_t max)
{
    struct node *child = node_new(parser, NODE_EMPTY);
    if (child == NULL)
        return;
    struct node *node = sequence->last;
    uint32_t bound = max == REPETITION_UNBOUNDED ? min : max;
    uint64_t repeats = (uint64_t)node->repeats * (bound == 0 ? 1 : bound);
    *child = *node;
    *node = (struct node){.type = NODE_REPETITION, .min = min, .max = max, .children = child};
    node->repeats = repeats > UINT32_MAX ? UINT32_MAX : (uint32_t)repeats;
    if (parser->syntax == REGEX_RE2 && repeats > RE2_REPEATS_MAX)
        parser_reject(parser, offset, "repetitions of more than %d times in all", RE2_REPEATS_MAX);
}

/* False: there is no quantifier here. */
static bool read_quantifier(struct parser *parser, struct sequence *sequence)
{
    size_t offset = parser->at;
    uint32_t min, max;
    if (!take_quantifier(parser, &min, &max))
        return false;
    parser_take(parser, "?"); /* lazy */
    bool is_bare =
        sequence->last == NULL || (sequence->is_assertion && parser->syntax == REGEX_ECMA262);
    if (is_bare)
        parser_reject(parser, offset, "nothing to repeat");
    if (sequence->is_repeated)
        parser_reject(parser, offset, "a quantifier behind a quantifier");
    check_bounds(parser, offset, min, max);
    if (!parser_failed(parser))
        repeat_last(parser, sequence, offset, min, max);
    sequence->is_repeated = true;
    return true;
}

/* --- Sequences, choices, groups ------------------------------------------------------ */

static void read_term(struct parser *parser, struct sequence *sequence)
{
    if (parser->syntax == REGEX_RE2)
        re2_read_term(parser, sequence);
    else
        ecma_read_term(parser, sequence);
    sequence->is_repeated = false;
}

static struct node *read_sequence(struct parser *parser)
{
    struct sequence sequence = {0};
    while (!parser_failed(parser) && !parser_at_end(parser) && parser_peek(parser) != '|' &&
           parser_peek(parser) != ')') {
        if (!read_quantifier(parser, &sequence))
            read_term(parser, &sequence);
    }
    return gather(parser, NODE_SEQUENCE, &sequence);
}

/* The nodes of a choice follow one another by `next`, so a sequence of one item, which may
 * stand alone, is a list of one here, too. */
static struct node *read_choice(struct parser *parser)
{
    struct sequence alternatives = {0};
    size_t first_name = parser->name_count;
    bool is_ecma = parser->syntax == REGEX_ECMA262;
    append(&alternatives, read_sequence(parser));
    while (parser_take(parser, "|") && !parser_failed(parser)) {
        hide_names(parser, first_name, is_ecma);
        append(&alternatives, read_sequence(parser));
    }
    hide_names(parser, first_name, false);
    return gather(parser, NODE_CHOICE, &alternatives);
}

void parser_read_group(struct parser *parser, size_t opened, struct sequence *sequence)
{
    if (parser_failed(parser))
        return;
    if (parser->depth == REGEX_DEPTH_MAX) {
        parser_too_large(parser, opened, "groups are nested more than %d deep", REGEX_DEPTH_MAX);
        return;
    }
    unsigned flags = parser->flags;
    parser->depth++;
    struct node *node = read_choice(parser);
    parser->depth--;
    parser->flags = flags; /* (?i) holds up to the end of the group that it stands in */
    if (!parser_take(parser, ")"))
        parser_reject(parser, opened, "a group that does not end: \")\" is missing");
    append(sequence, node);
}

static bool is_in_limits(struct parser *parser)
{
    size_t valid = utf8_valid_prefix(parser->pattern);
    if (valid != parser->pattern.size)
        parser_reject(parser, valid, "not valid UTF-8");
    if (parser->pattern.size > REGEX_PATTERN_SIZE_MAX)
        parser_too_large(parser, 0, "the pattern has more than %d bytes", REGEX_PATTERN_SIZE_MAX);
    return !parser_failed(parser);
}

const struct node *parser_read(struct parser *parser)
{
    if (!is_in_limits(parser))
        return NULL;
    const struct node *node = read_choice(parser);
    if (!parser_at_end(parser))
        parser_reject(parser, parser->at, "\")\" without a \"(\"");
    if (parser->syntax == REGEX_ECMA262)
        ecma_check_references(parser);
    if (parser->is_unsupported && !parser_failed(parser))
        parser->status = STATUS_REJECTED;
    return parser_failed(parser) ? NULL : node;
}
