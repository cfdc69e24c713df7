/* ECMA-262's syntax with the u flag (section 22.2.1, "Patterns"). What only Annex B allows is
 * taken where it can mean but one thing: "{", "}" and "]" that stand for themselves, punctuation
 * behind a backslash, and a class such as \w at one side of a "-". */
#include "core/arena.h"
#include "core/regex/parser.h"
#include "core/regex/unicode.h"
#include "core/utf8.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const struct range digits[] = {{'0', '9'}};
static const struct range word[] = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
static const struct range line_terminators[] = {{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}};
/* WhiteSpace and LineTerminator (sections 12.2 and 12.3). */
static const struct range space[] = {
    {'\t', '\r'},     {' ', ' '},       {0xA0, 0xA0},     {0x1680, 0x1680}, {0x2000, 0x200A},
    {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}, {0xFEFF, 0xFEFF},
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* --- Classes that have a name ----------------------------------------------------------- */

/* Adds item_set, or what is not in it, to class_set. */
static void add_item(struct parser *parser, bool is_negated)
{
    if (is_negated)
        code_points_negate(&parser->item_set);
    code_points_add_all(&parser->class_set, parser->item_set.ranges, parser->item_set.count);
    if (parser->item_set.is_full)
        parser_memory(parser);
}

static bool add_value(struct code_points *set, struct text property, struct text value)
{
    static const struct {
        const char *name;
        enum unicode_property property;
    } properties[] = {
        {"General_Category", UNICODE_CATEGORY},
        {"gc", UNICODE_CATEGORY},
        {"Script", UNICODE_SCRIPT},
        {"sc", UNICODE_SCRIPT},
        {"Script_Extensions", UNICODE_SCRIPT_EXTENSIONS},
        {"scx", UNICODE_SCRIPT_EXTENSIONS},
    };
    for (size_t i = 0; i < COUNT_OF(properties); i++) {
        if (text_is(property, properties[i].name))
            return unicode_add(set, properties[i].property, value);
    }
    return false;
}

/* "{Lu}", "{Script=Greek}", behind \p (22.2.2.9, "CompileToCharSet"). */
static bool read_property(struct parser *parser)
{
    if (!parser_take(parser, "{"))
        return false;
    struct text rest = parser_rest(parser);
    const char *end = rest.size == 0 ? NULL : memchr(rest.data, '}', rest.size);
    if (end == NULL)
        return false;
    struct text name = {rest.data, (size_t)(end - rest.data)};
    parser->at += name.size + 1;
    code_points_clear(&parser->item_set);
    const char *equals = name.size == 0 ? NULL : memchr(name.data, '=', name.size);
    if (equals == NULL)
        return unicode_add(&parser->item_set, UNICODE_CATEGORY, name) ||
               unicode_add(&parser->item_set, UNICODE_BINARY, name);
    struct text property = {name.data, (size_t)(equals - name.data)};
    struct text value = {equals + 1, name.size - property.size - 1};
    return add_value(&parser->item_set, property, value);
}

static void take_property_class(struct parser *parser, size_t start, bool is_negated)
{
    if (read_property(parser))
        add_item(parser, is_negated);
    else
        parser_reject(parser, start, "no such property of Unicode");
}

/* \d \D \s \S \w \W \p{...} \P{...}: adds it to class_set. */
static bool take_class_escape(struct parser *parser)
{
    static const struct {
        const char *escape;
        const struct range *ranges;
        size_t count;
        bool is_negated;
    } escapes[] = {
        {"\\d", digits, COUNT_OF(digits), false}, {"\\D", digits, COUNT_OF(digits), true},
        {"\\s", space, COUNT_OF(space), false},   {"\\S", space, COUNT_OF(space), true},
        {"\\w", word, COUNT_OF(word), false},     {"\\W", word, COUNT_OF(word), true},
    };
    size_t start = parser->at;
    for (size_t i = 0; i < COUNT_OF(escapes); i++) {
        if (parser_take(parser, escapes[i].escape)) {
            code_points_clear(&parser->item_set);
            code_points_add_all(&parser->item_set, escapes[i].ranges, escapes[i].count);
            add_item(parser, escapes[i].is_negated);
            return true;
        }
    }
    if (parser_take(parser, "\\p"))
        take_property_class(parser, start, false);
    else if (parser_take(parser, "\\P"))
        take_property_class(parser, start, true);
    else
        return false;
    return true;
}

/* --- Characters -------------------------------------------------------------------------- */

/* \uD83D\uDE00 is one character: the second half, where it is one. */
static void join_surrogates(struct parser *parser, uint32_t *c)
{
    size_t start = parser->at;
    uint32_t low;
    if (*c < 0xD800 || *c > 0xDBFF)
        return;
    if (parser_take(parser, "\\u") && parser_take_hex(parser, 4, 4, &low) && low >= 0xDC00 &&
        low <= 0xDFFF)
        *c = 0x10000 + ((*c - 0xD800) << 10) + (low - 0xDC00);
    else
        parser->at = start;
}

/* RegExpUnicodeEscapeSequence, behind the u. */
static bool take_unicode_escape(struct parser *parser, uint32_t *c)
{
    enum { ANY_NUMBER_OF_DIGITS = REGEX_PATTERN_SIZE_MAX };
    if (parser_take(parser, "{"))
        return parser_take_hex(parser, 1, ANY_NUMBER_OF_DIGITS, c) && parser_take(parser, "}") &&
               *c <= CODE_POINT_MAX;
    if (!parser_take_hex(parser, 4, 4, c))
        return false;
    join_surrogates(parser, c);
    return true;
}

/* \cA to \cZ, behind the c. */
static bool take_control_letter(struct parser *parser, uint32_t *c)
{
    if (!is_letter(parser_peek(parser)))
        return false;
    *c = parser_next(parser) % 32;
    return true;
}

/* CharacterEscape, behind the backslash. */
static bool take_character_escape(struct parser *parser, uint32_t *c)
{
    static const char letters[] = "fnrtv", controls[] = "\f\n\r\t\v";
    char letter = parser_peek(parser);
    if ((unsigned char)letter >= 0x80 || parser_at_end(parser))
        return false;
    parser->at++;
    const char *control = letter == '\0' ? NULL : strchr(letters, letter);
    if (control != NULL) {
        *c = (uint32_t)controls[control - letters];
        return true;
    }
    switch (letter) {
    case 'c': return take_control_letter(parser, c);
    case 'x': return parser_take_hex(parser, 2, 2, c);
    case 'u': return take_unicode_escape(parser, c);
    case '0': *c = 0; return !is_digit(parser_peek(parser));
    default:
        *c = (uint32_t)letter;
        return letter > ' ' && letter != '\x7F' && letter != '_' && !is_letter(letter) &&
               !is_digit(letter);
    }
}

static uint32_t read_escape(struct parser *parser)
{
    size_t start = parser->at++;
    uint32_t c = 0;
    if (!take_character_escape(parser, &c))
        parser_reject(parser, start, "no such escape");
    return c;
}

/* --- Classes ----------------------------------------------------------------------------- */

/* \b is the backspace here. */
static uint32_t read_class_character(struct parser *parser)
{
    if (parser_take(parser, "\\b"))
        return '\b';
    return parser_peek(parser) == '\\' ? read_escape(parser) : parser_next(parser);
}

/* A "-" that stands between two characters. */
static bool take_range_hyphen(struct parser *parser)
{
    struct text rest = parser_rest(parser);
    if (rest.size < 2 || rest.data[0] != '-' || rest.data[1] == ']')
        return false;
    if (rest.size > 2 && rest.data[1] == '\\' && rest.data[2] != '\0' &&
        strchr("dDsSwW", rest.data[2]) != NULL)
        return false; /* [a-\d] */
    parser->at++;
    return true;
}

static void read_range(struct parser *parser)
{
    size_t start = parser->at;
    uint32_t first = read_class_character(parser), last = first;
    if (!parser_failed(parser) && take_range_hyphen(parser))
        last = read_class_character(parser);
    if (last < first)
        parser_reject(parser, start, "a range that ends before it begins");
    if (!parser_failed(parser))
        code_points_add(&parser->class_set, first, last);
}

/* One item. Behind \d, \s and \w a "-" stands for itself, whatever follows: [\w-.]; behind \p
 * not, which is a p to Annex B. */
static void read_class_item(struct parser *parser)
{
    size_t start = parser->at;
    if (!take_class_escape(parser)) {
        read_range(parser);
        return;
    }
    bool is_property = (parser->pattern.data[start + 1] | 0x20) == 'p';
    if (take_range_hyphen(parser)) {
        code_points_add(&parser->class_set, '-', '-');
        if (is_property)
            parser_reject(parser, start, "a range that begins with a class");
    }
}

static void read_class(struct parser *parser, struct sequence *sequence)
{
    size_t opened = parser->at++;
    bool is_negated = parser_take(parser, "^");
    code_points_clear(&parser->class_set);
    while (!parser_failed(parser) && !parser_take(parser, "]")) {
        if (parser_at_end(parser))
            parser_reject(parser, opened, "a class that does not end: \"]\" is missing");
        else
            read_class_item(parser);
    }
    if (is_negated)
        code_points_negate(&parser->class_set);
    if (!parser_failed(parser))
        parser_append_class(parser, sequence);
}

static void read_dot(struct parser *parser, struct sequence *sequence)
{
    parser->at++;
    code_points_clear(&parser->class_set);
    code_points_add_all(&parser->class_set, line_terminators, COUNT_OF(line_terminators));
    code_points_negate(&parser->class_set);
    parser_append_class(parser, sequence);
}

/* --- Groups ------------------------------------------------------------------------------ */

/* RegExpIdentifierStart and RegExpIdentifierPart. */
static bool is_identifier(struct parser *parser, uint32_t c, bool is_first)
{
    if (c == '$' || c == '_' || (!is_first && (c == 0x200C || c == 0x200D)))
        return true;
    struct code_points *set = &parser->item_set;
    code_points_clear(set);
    unicode_add(set, UNICODE_BINARY, is_first ? TEXT("ID_Start") : TEXT("ID_Continue"));
    code_points_tidy(set);
    if (set->is_full)
        parser_memory(parser);
    size_t i = 0;
    while (i < set->count && set->ranges[i].last < c)
        i++;
    return i < set->count && set->ranges[i].first <= c;
}

/* GroupName, behind its "<", with escapes read: \u0061 is a. TEXT_NONE when it is none. */
static struct text read_name(struct parser *parser)
{
    struct text rest = parser_rest(parser);
    const char *end = rest.size == 0 ? NULL : memchr(rest.data, '>', rest.size);
    if (end == NULL)
        return TEXT_NONE;
    size_t end_at = parser->at + (size_t)(end - rest.data), size = 0;
    char *name = arena_alloc(parser->arena, end_at - parser->at);
    if (name == NULL) {
        parser_memory(parser);
        return TEXT_NONE;
    }
    while (parser->at < end_at) {
        uint32_t c = 0;
        bool is_escape = parser_take(parser, "\\u");
        if (is_escape ? !take_unicode_escape(parser, &c) : (c = parser_next(parser), false))
            return TEXT_NONE;
        if (!is_identifier(parser, c, size == 0))
            return TEXT_NONE;
        size += utf8_encode(c, name + size);
    }
    parser->at++;
    return size > 0 ? (struct text){name, size} : TEXT_NONE;
}

static void read_named_group(struct parser *parser, size_t opened, struct sequence *sequence)
{
    struct text name = read_name(parser);
    if (name.data == NULL)
        parser_reject(parser, opened, "the name of a group is an identifier and \">\"");
    else
        parser_add_name(parser, name, opened);
    parser->group_count++;
    parser_read_group(parser, opened, sequence);
}

/* What it asks for is not searched; what it contains is checked. */
static void read_look_around(struct parser *parser, size_t opened, struct sequence *sequence,
                             const char *what)
{
    struct sequence ignored = {0};
    parser_unsupported(parser, opened, what);
    parser_read_group(parser, opened, &ignored);
    parser_append_empty(parser, sequence);
}

/* (?ims-ims:...) of ECMA-262 2025, behind "(?": each flag once. */
static bool take_modifiers(struct parser *parser)
{
    static const char letters[] = "ims";
    unsigned seen = 0, hyphens = 0;
    for (; !parser_at_end(parser) && parser_peek(parser) != ':'; parser->at++) {
        char letter = parser_peek(parser);
        const char *flag = letter == '\0' ? NULL : strchr(letters, letter);
        unsigned bit = flag == NULL ? 0 : 1u << (flag - letters);
        if (letter == '-' ? hyphens++ > 0 : bit == 0 || (seen & bit) != 0)
            return false;
        seen |= bit;
    }
    return seen != 0 && parser_take(parser, ":");
}

static void read_group(struct parser *parser, struct sequence *sequence)
{
    size_t opened = parser->at;
    if (parser_take(parser, "(?:")) {
        parser_read_group(parser, opened, sequence);
    } else if (parser_take(parser, "(?=") || parser_take(parser, "(?!")) {
        read_look_around(parser, opened, sequence, "look-ahead");
    } else if (parser_take(parser, "(?<=") || parser_take(parser, "(?<!")) {
        read_look_around(parser, opened, sequence, "look-behind");
        sequence->is_assertion = true; /* Annex B repeats look-ahead alone */
    } else if (parser_take(parser, "(?<")) {
        read_named_group(parser, opened, sequence);
    } else if (parser_take(parser, "(?")) {
        if (take_modifiers(parser))
            read_look_around(parser, opened, sequence, "a group with modifiers");
        else
            parser_reject(parser, opened, "no such group");
    } else if (parser_take(parser, "(")) {
        parser->group_count++;
        parser_read_group(parser, opened, sequence);
    }
}

/* --- Back references --------------------------------------------------------------------- */

static void add_reference(struct parser *parser, struct back_reference reference)
{
    struct back_reference *copy = arena_alloc(parser->arena, sizeof *copy);
    if (copy == NULL) {
        parser_memory(parser);
        return;
    }
    *copy = reference;
    copy->next = parser->back_references;
    parser->back_references = copy;
}

/* \1 and \k<name> */
static bool take_back_reference(struct parser *parser, struct sequence *sequence)
{
    struct back_reference reference = {.offset = parser->at};
    struct text rest = parser_rest(parser);
    if (rest.size >= 2 && rest.data[1] >= '1' && rest.data[1] <= '9') {
        parser->at++;
        parser_take_number(parser, &reference.number);
    } else if (parser_take(parser, "\\k")) {
        reference.name = parser_take(parser, "<") ? read_name(parser) : TEXT_NONE;
        if (reference.name.data == NULL)
            parser_reject(parser, reference.offset, "\\k needs the name of a group: \\k<name>");
    } else {
        return false;
    }
    parser_unsupported(parser, reference.offset, "a back reference");
    add_reference(parser, reference);
    parser_append_empty(parser, sequence);
    return true;
}

static bool has_group(const struct parser *parser, const struct back_reference *reference)
{
    if (reference->number > 0)
        return reference->number <= parser->group_count;
    for (size_t i = 0; i < parser->name_count; i++) {
        if (text_equal(parser->names[i].name, reference->name))
            return true;
    }
    return false;
}

void ecma_check_references(struct parser *parser)
{
    for (const struct back_reference *reference = parser->back_references; reference != NULL;
         reference = reference->next) {
        if (!has_group(parser, reference))
            parser_reject(parser, reference->offset,
                          "a back reference to a group that is not there");
    }
}

/* --- Terms ------------------------------------------------------------------------------- */

static void read_backslash(struct parser *parser, struct sequence *sequence)
{
    if (parser_take(parser, "\\b")) {
        parser_append_assertion(parser, sequence, ASSERT_WORD_BOUNDARY);
    } else if (parser_take(parser, "\\B")) {
        parser_append_assertion(parser, sequence, ASSERT_NOT_WORD_BOUNDARY);
    } else if (!take_back_reference(parser, sequence)) {
        code_points_clear(&parser->class_set);
        if (take_class_escape(parser))
            parser_append_class(parser, sequence);
        else
            parser_append_character(parser, sequence, read_escape(parser));
    }
}

void ecma_read_term(struct parser *parser, struct sequence *sequence)
{
    switch (parser_peek(parser)) {
    case '^':
        parser->at++;
        parser_append_assertion(parser, sequence, ASSERT_TEXT_START);
        break;
    case '$':
        parser->at++;
        parser_append_assertion(parser, sequence, ASSERT_TEXT_END);
        break;
    case '.': read_dot(parser, sequence); break;
    case '[': read_class(parser, sequence); break;
    case '(': read_group(parser, sequence); break;
    case '\\': read_backslash(parser, sequence); break;
    default: parser_append_character(parser, sequence, parser_next(parser));
    }
}
