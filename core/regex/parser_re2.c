/* RE2's syntax, by doc/syntax.txt of github.com/google/re2; where that is silent, by what RE2
 * does with Perl's extensions on, as RE2::Options has them by default. */
#include "core/regex/parser.h"

#include <limits.h>

#include "core/regex/unicode.h"
#include "core/utf8.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* --- Classes of ASCII ---------------------------------------------------------------- */

enum { CLASS_RANGES_MAX = 5 };

struct ascii_class {
    const char *name;
    size_t count;
    struct range ranges[CLASS_RANGES_MAX];
};

static const struct ascii_class posix_classes[] = {
    {"alnum", 3, {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}}},
    {"alpha", 2, {{'A', 'Z'}, {'a', 'z'}}},
    {"ascii", 1, {{0, 0x7F}}},
    {"blank", 2, {{'\t', '\t'}, {' ', ' '}}},
    {"cntrl", 2, {{0, 0x1F}, {0x7F, 0x7F}}},
    {"digit", 1, {{'0', '9'}}},
    {"graph", 1, {{'!', '~'}}},
    {"lower", 1, {{'a', 'z'}}},
    {"print", 1, {{' ', '~'}}},
    {"punct", 4, {{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}}},
    {"space", 2, {{'\t', '\r'}, {' ', ' '}}},
    {"upper", 1, {{'A', 'Z'}}},
    {"word", 4, {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}},
    {"xdigit", 3, {{'0', '9'}, {'A', 'F'}, {'a', 'f'}}},
};

static const struct ascii_class perl_classes[] = {
    {"d", 1, {{'0', '9'}}},
    {"s", 3, {{'\t', '\n'}, {'\f', '\r'}, {' ', ' '}}}, /* without \v, as in Perl 5.16 */
    {"w", 4, {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}},
};

/* Adds item_set, or what is not in it, to class_set. Case is folded before it is negated. */
static void add_item(struct parser *parser, bool is_negated)
{
    if (parser->flags & FLAG_FOLD_CASE)
        unicode_fold(&parser->item_set, &parser->spare);
    if (is_negated)
        code_points_negate(&parser->item_set);
    code_points_add_all(&parser->class_set, parser->item_set.ranges, parser->item_set.count);
    if (parser->item_set.is_full)
        parser_memory(parser);
}

static void add_ascii_class(struct parser *parser, const struct ascii_class *ascii, bool is_negated)
{
    code_points_clear(&parser->item_set);
    code_points_add_all(&parser->item_set, ascii->ranges, ascii->count);
    add_item(parser, is_negated);
}

/* \d \D \s \S \w \W */
static bool take_perl_class(struct parser *parser)
{
    struct text rest = parser_rest(parser);
    if (rest.size < 2 || rest.data[0] != '\\')
        return false;
    char letter = rest.data[1];
    for (size_t i = 0; i < COUNT_OF(perl_classes); i++) {
        char name = perl_classes[i].name[0];
        if (letter == name || letter == name - 'a' + 'A') {
            parser->at += 2;
            add_ascii_class(parser, &perl_classes[i], letter != name);
            return true;
        }
    }
    return false;
}

/* The bytes up to `end`, which is taken, too; TEXT_NONE when it does not come. */
static struct text take_until(struct parser *parser, const char *end)
{
    size_t start = parser->at;
    for (; !parser_at_end(parser); parser->at++) {
        struct text found = {parser->pattern.data + start, parser->at - start};
        if (parser_take(parser, end))
            return found;
    }
    parser->at = start;
    return TEXT_NONE;
}

/* [:alpha:] and [:^alpha:], inside of a class. Without ":]" it is a "[" like any other. */
static bool take_posix_class(struct parser *parser)
{
    size_t start = parser->at;
    if (!parser_take(parser, "[:"))
        return false;
    bool is_negated = parser_take(parser, "^");
    struct text name = take_until(parser, ":]");
    if (name.data == NULL) {
        parser->at = start;
        return false;
    }
    for (size_t i = 0; i < COUNT_OF(posix_classes); i++) {
        if (text_is(name, posix_classes[i].name)) {
            add_ascii_class(parser, &posix_classes[i], is_negated);
            return true;
        }
    }
    parser_reject(parser, start, "no class [:%s:]", text_show(name).quoted);
    return true;
}

/* --- Classes of Unicode --------------------------------------------------------------- */

/* RE2 has the short names of categories and the long ones of scripts. Its C, other, holds
 * what the Unicode Character Database lists: nothing unassigned. */
static bool add_property(struct code_points *set, struct text name)
{
    if (text_is(name, "Any"))
        return unicode_add(set, UNICODE_BINARY, name);
    if (text_is(name, "C"))
        return unicode_add(set, UNICODE_CATEGORY, TEXT("Cc")) &&
               unicode_add(set, UNICODE_CATEGORY, TEXT("Cf")) &&
               unicode_add(set, UNICODE_CATEGORY, TEXT("Co")) &&
               unicode_add(set, UNICODE_CATEGORY, TEXT("Cs"));
    if (name.size <= 2 && !text_is(name, "Cn") && !text_is(name, "LC"))
        return unicode_add(set, UNICODE_CATEGORY, name) ||
               (unicode_is_script_name(name) && unicode_add(set, UNICODE_SCRIPT, name));
    return unicode_is_script_name(name) && unicode_add(set, UNICODE_SCRIPT, name);
}

static struct text read_property_name(struct parser *parser, size_t start, bool *is_negated)
{
    if (parser_take(parser, "{")) {
        if (parser_take(parser, "^"))
            *is_negated = !*is_negated;
        struct text name = take_until(parser, "}");
        if (name.data == NULL)
            parser_reject(parser, start, "\\p{ without \"}\"");
        return name;
    }
    if (parser_at_end(parser)) {
        parser_reject(parser, start, "\\p needs the name of a class");
        return TEXT_NONE;
    }
    size_t at = parser->at;
    parser_next(parser);
    return (struct text){parser->pattern.data + at, parser->at - at};
}

/* \pN \p{Greek} \p{^Greek} \PN \P{Greek} */
static bool take_unicode_class(struct parser *parser)
{
    size_t start = parser->at;
    bool is_negated = parser_take(parser, "\\P");
    if (!is_negated && !parser_take(parser, "\\p"))
        return false;
    struct text name = read_property_name(parser, start, &is_negated);
    if (parser_failed(parser))
        return true;
    code_points_clear(&parser->item_set);
    if (!add_property(&parser->item_set, name))
        parser_reject(parser, start, "no Unicode class %s", text_show(name).quoted);
    else
        add_item(parser, is_negated);
    return true;
}

/* --- Escapes --------------------------------------------------------------------------- */

static bool is_alphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Up to three octal digits: \1 to \7 only before another digit, as they may be meant for back
 * references. */
static bool take_octal(struct parser *parser, uint32_t *c)
{
    struct text rest = parser_rest(parser);
    if (rest.size == 0 || rest.data[0] < '0' || rest.data[0] > '7')
        return false;
    if (rest.data[0] != '0' && (rest.size < 2 || rest.data[1] < '0' || rest.data[1] > '7'))
        return false;
    *c = 0;
    for (int i = 0; i < 3 && parser_peek(parser) >= '0' && parser_peek(parser) <= '7'; i++)
        *c = *c * 8 + (uint32_t)(parser->pattern.data[parser->at++] - '0');
    return true;
}

/* \x41 or \x{10FFFF}, behind the x. */
static bool take_hexadecimal(struct parser *parser, uint32_t *c)
{
    if (!parser_take(parser, "{"))
        return parser_take_hex(parser, 2, 2, c);
    return parser_take_hex(parser, 1, INT_MAX, c) && parser_take(parser, "}") &&
           *c <= CODE_POINT_MAX;
}

/* One character, at its backslash. */
static uint32_t read_escape(struct parser *parser)
{
    static const char letters[] = "afnrtv", controls[] = "\a\f\n\r\t\v";
    size_t start = parser->at++;
    uint32_t c = 0;
    char letter = parser_peek(parser);
    const char *control = letter == '\0' ? NULL : strchr(letters, letter);
    if (parser_at_end(parser)) {
        parser_reject(parser, start, "a \"\\\" at the end");
    } else if (take_octal(parser, &c)) {
        return c;
    } else if (control != NULL) {
        parser->at++;
        return (uint32_t)controls[control - letters];
    } else if ((unsigned char)letter < 0x80 && !is_alphanumeric(letter)) {
        return parser_next(parser);
    } else if (letter != 'x' || (parser->at++, !take_hexadecimal(parser, &c))) {
        parser_reject(parser, start, "no such escape");
    }
    return c;
}

static uint32_t read_character(struct parser *parser)
{
    return parser_peek(parser) == '\\' ? read_escape(parser) : parser_next(parser);
}

/* --- Classes --------------------------------------------------------------------------- */

static void read_range(struct parser *parser)
{
    size_t start = parser->at;
    uint32_t first = read_character(parser), last = first;
    struct text rest = parser_rest(parser);
    if (!parser_failed(parser) && rest.size >= 2 && rest.data[0] == '-' && rest.data[1] != ']') {
        parser->at++;
        last = read_character(parser);
    }
    if (last < first)
        parser_reject(parser, start, "a range that ends before it begins");
    if (parser_failed(parser))
        return;
    code_points_clear(&parser->item_set);
    code_points_add(&parser->item_set, first, last);
    add_item(parser, false);
}

/* A "]" that comes first is a member. */
static void read_class(struct parser *parser, struct sequence *sequence)
{
    size_t opened = parser->at++;
    bool is_negated = parser_take(parser, "^");
    size_t first = parser->at;
    code_points_clear(&parser->class_set);
    while (!parser_failed(parser) && (parser->at == first || parser_peek(parser) != ']')) {
        if (parser_at_end(parser))
            parser_reject(parser, opened, "a class that does not end: \"]\" is missing");
        else if (!take_posix_class(parser) && !take_perl_class(parser) &&
                 !take_unicode_class(parser))
            read_range(parser);
    }
    parser_take(parser, "]");
    if (is_negated)
        code_points_negate(&parser->class_set);
    if (!parser_failed(parser))
        parser_append_class(parser, sequence);
}

static void read_dot(struct parser *parser, struct sequence *sequence)
{
    parser->at++;
    code_points_clear(&parser->class_set);
    if (!(parser->flags & FLAG_DOT_ALL))
        code_points_add(&parser->class_set, '\n', '\n');
    code_points_negate(&parser->class_set);
    parser_append_class(parser, sequence);
}

/* --- Groups ------------------------------------------------------------------------------ */

/* "A name is a sequence of word characters": of Unicode, as in RE2's parser. */
static bool is_name(struct parser *parser, struct text name)
{
    static const char *const word_categories[] = {"L", "Mn", "Mc", "Nd", "Nl", "Pc"};
    struct code_points *word = &parser->item_set;
    code_points_clear(word);
    for (size_t i = 0; i < COUNT_OF(word_categories); i++)
        unicode_add(word, UNICODE_CATEGORY, text_of(word_categories[i]));
    code_points_tidy(word);
    if (word->is_full)
        parser_memory(parser);
    for (size_t at = 0; at < name.size;) {
        uint32_t c = utf8_next(name, &at);
        size_t i = 0;
        while (i < word->count && word->ranges[i].last < c)
            i++;
        if (i == word->count || word->ranges[i].first > c)
            return false;
    }
    return name.size > 0;
}

static void read_named_group(struct parser *parser, size_t opened, struct sequence *sequence)
{
    struct text name = take_until(parser, ">");
    if (name.data == NULL || !is_name(parser, name))
        parser_reject(parser, opened, "the name of a group is word characters and \">\"");
    else
        parser_add_name(parser, name, opened);
    parser_read_group(parser, opened, sequence);
}

static unsigned flag_of(char letter)
{
    switch (letter) {
    case 'i': return FLAG_FOLD_CASE;
    case 'm': return FLAG_MULTILINE;
    case 's': return FLAG_DOT_ALL;
    default: return 0; /* U: greed, which makes no match */
    }
}

/* (?i) (?i-s) (?-m:...), behind "(?". The flags hold up to the end of the group. */
static void read_flags(struct parser *parser, size_t opened, struct sequence *sequence)
{
    unsigned before = parser->flags;
    bool is_off = false, is_bad = false, is_needing_flag = false;
    while (!parser_at_end(parser) && strchr("imsU-", parser_peek(parser)) != NULL &&
           parser_peek(parser) != '\0') {
        char letter = parser->pattern.data[parser->at++];
        if (letter == '-') {
            is_bad = is_bad || is_off;
            is_off = is_needing_flag = true;
            continue;
        }
        is_needing_flag = false;
        parser->flags = is_off ? parser->flags & ~flag_of(letter) : parser->flags | flag_of(letter);
    }
    if (is_bad || is_needing_flag || (parser_peek(parser) != ':' && parser_peek(parser) != ')')) {
        parser_reject(parser, opened, "RE2 has no such group");
    } else if (parser_take(parser, ":")) {
        parser_read_group(parser, opened, sequence);
        parser->flags = before;
    } else {
        parser->at++;
    }
}

static void read_group(struct parser *parser, struct sequence *sequence)
{
    size_t opened = parser->at;
    if (parser_take(parser, "(?P<"))
        read_named_group(parser, opened, sequence);
    else if (parser_take(parser, "(?=") || parser_take(parser, "(?!"))
        parser_reject(parser, opened, "RE2 has no look-ahead");
    else if (parser_take(parser, "(?<=") || parser_take(parser, "(?<!"))
        parser_reject(parser, opened, "RE2 has no look-behind");
    else if (parser_take(parser, "(?<"))
        read_named_group(parser, opened, sequence);
    else if (parser_take(parser, "(?"))
        read_flags(parser, opened, sequence);
    else if (parser_take(parser, "("))
        parser_read_group(parser, opened, sequence);
}

/* --- Terms ------------------------------------------------------------------------------- */

/* \Q...\E: each character for itself; without \E to the end of the pattern. */
static void read_quoted(struct parser *parser, struct sequence *sequence)
{
    while (!parser_failed(parser) && !parser_at_end(parser) && !parser_take(parser, "\\E"))
        parser_append_character(parser, sequence, parser_next(parser));
}

static void read_backslash(struct parser *parser, struct sequence *sequence)
{
    size_t start = parser->at;
    if (parser_take(parser, "\\Q")) {
        read_quoted(parser, sequence);
    } else if (parser_take(parser, "\\A")) {
        parser_append_assertion(parser, sequence, ASSERT_TEXT_START);
    } else if (parser_take(parser, "\\z")) {
        parser_append_assertion(parser, sequence, ASSERT_TEXT_END);
    } else if (parser_take(parser, "\\b")) {
        parser_append_assertion(parser, sequence, ASSERT_WORD_BOUNDARY);
    } else if (parser_take(parser, "\\B")) {
        parser_append_assertion(parser, sequence, ASSERT_NOT_WORD_BOUNDARY);
    } else if (parser_take(parser, "\\C")) {
        parser_unsupported(parser, start, "\\C, a byte inside of a character,");
        parser_append_empty(parser, sequence);
    } else {
        code_points_clear(&parser->class_set);
        if (take_perl_class(parser) || take_unicode_class(parser))
            parser_append_class(parser, sequence);
        else
            parser_append_character(parser, sequence, read_escape(parser));
    }
}

void re2_read_term(struct parser *parser, struct sequence *sequence)
{
    bool is_multiline = parser->flags & FLAG_MULTILINE;
    switch (parser_peek(parser)) {
    case '^':
        parser->at++;
        parser_append_assertion(parser, sequence,
                                is_multiline ? ASSERT_LINE_START : ASSERT_TEXT_START);
        break;
    case '$':
        parser->at++;
        parser_append_assertion(parser, sequence, is_multiline ? ASSERT_LINE_END : ASSERT_TEXT_END);
        break;
    case '.': read_dot(parser, sequence); break;
    case '[': read_class(parser, sequence); break;
    case '(': read_group(parser, sequence); break;
    case '\\': read_backslash(parser, sequence); break;
    default: parser_append_character(parser, sequence, parser_next(parser));
    }
}
