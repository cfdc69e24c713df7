#include "adapters/json/json_locate.h"

#include "core/utf8.h"

/* --- Reading along the text ------------------------------------------------------ */

static char byte_at(struct text text, size_t at)
{
    return at < text.size ? text.data[at] : '\0';
}

static size_t skip_white_space(struct text text, size_t at)
{
    while (at < text.size && memchr(" \t\r\n", text.data[at], 4) != NULL)
        at++;
    return at;
}

/* Behind the closing quote of the string that opens at `at`. */
static size_t skip_string(struct text text, size_t at)
{
    for (at++; at < text.size && text.data[at] != '"'; at++)
        at += text.data[at] == '\\';
    return at < text.size ? at + 1 : text.size;
}

/* Behind the value that begins at `at`. Brackets are counted, so nothing recurses. */
static size_t skip_value(struct text text, size_t at)
{
    size_t depth = 0;
    while (at < text.size) {
        char c = text.data[at];
        if (c == '"')
            at = skip_string(text, at);
        else if (c == '{' || c == '[')
            depth++, at++;
        else if (c == '}' || c == ']')
            depth -= depth > 0, at++;
        else if (memchr(" \t\r\n,:", c, 6) != NULL)
            at++;
        else /* a number, true, false, null */
            while (at < text.size && memchr(" \t\r\n,:]}", text.data[at], 8) == NULL)
                at++;
        if (depth == 0)
            break;
    }
    return at;
}

/* --- The characters of a string ---------------------------------------------------- */

static uint32_t hexadecimal(struct text text, size_t at)
{
    uint32_t value = 0;
    for (size_t i = 0; i < 4; i++) {
        char c = byte_at(text, at + i);
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                                                : 0;
        value = value * 16 + digit;
    }
    return value;
}

/* The character of the escape at *at, which is moved behind it. */
static uint32_t next_escaped(struct text text, size_t *at)
{
    static const char letters[] = "bfnrt", meanings[] = "\b\f\n\r\t";
    char letter = byte_at(text, *at + 1);
    const char *found = letter == '\0' ? NULL : strchr(letters, letter);
    *at += 2;
    if (letter != 'u')
        return (unsigned char)(found == NULL ? letter : meanings[found - letters]);
    uint32_t unit = hexadecimal(text, *at);
    *at += 4;
    if (unit < 0xD800 || unit > 0xDBFF)
        return unit;
    uint32_t low = hexadecimal(text, *at + 2); /* behind "\u": pairs are whole */
    *at += 6;
    return 0x10000 + ((unit - 0xD800) << 10) + ((low - 0xDC00) & 0x3FF);
}

/* The character at *at of a string, which is moved behind it. */
static uint32_t next_character(struct text text, size_t *at)
{
    if (text.data[*at] == '\\')
        return next_escaped(text, at);
    struct text rest = {text.data + *at, text.size - *at};
    if (utf8_sequence(rest) == 0) { /* no text that was parsed */
        ++*at;
        return 0xFFFD;
    }
    return utf8_next(text, at);
}

static bool string_ends(struct text text, size_t at)
{
    return at >= text.size || text.data[at] == '"';
}

/* Whether the string that opens at `at` is the name `key`, a string literal as well or
 * plain text. */
static bool is_key(struct text text, size_t at, struct text key)
{
    at++;
    size_t in_key = byte_at(key, 0) == '"';
    while (!string_ends(text, at) && !string_ends(key, in_key)) {
        if (next_character(text, &at) != next_character(key, &in_key))
            return false;
    }
    return string_ends(text, at) && string_ends(key, in_key);
}

/* --- Along the path ----------------------------------------------------------------- */

/* Takes one step off *path: a name (plain or a literal, data not NULL) or an index. */
static bool next_step(struct text *path, struct text *key, size_t *index)
{
    size_t end = 1;
    *key = TEXT_NONE;
    *index = 0;
    if (byte_at(*path, 0) == '.') {
        while (end < path->size && path->data[end] != '.' && path->data[end] != '[')
            end++;
        *key = (struct text){path->data + 1, end - 1};
    } else if (byte_at(*path, 0) == '[' && byte_at(*path, 1) == '"') {
        end = skip_string(*path, 1);
        *key = (struct text){path->data + 1, end - 1};
        if (byte_at(*path, end++) != ']')
            return false;
    } else if (byte_at(*path, 0) == '[') {
        for (; byte_at(*path, end) >= '0' && byte_at(*path, end) <= '9'; end++)
            *index = *index * 10 + (size_t)(path->data[end] - '0');
        if (end == 1 || byte_at(*path, end++) != ']')
            return false;
    } else {
        return false;
    }
    *path = (struct text){path->data + end, path->size - end};
    return key->data == NULL || key->size > 0;
}

/* Moves *at behind a member or element and the comma that follows; false when none does. */
static bool next_item(struct text text, size_t *at)
{
    *at = skip_white_space(text, skip_value(text, *at));
    if (byte_at(text, *at) != ',')
        return false;
    *at = skip_white_space(text, *at + 1);
    return true;
}

static bool find_member(struct text text, struct text key, struct json_place *place)
{
    if (byte_at(text, place->value) != '{')
        return false;
    size_t at = skip_white_space(text, place->value + 1);
    while (byte_at(text, at) == '"') {
        size_t colon = skip_white_space(text, skip_string(text, at));
        size_t value = skip_white_space(text, colon < text.size ? colon + 1 : colon);
        if (is_key(text, at, key)) {
            *place = (struct json_place){at, value, skip_value(text, value)};
            return value < text.size;
        }
        at = value;
        if (!next_item(text, &at))
            return false;
    }
    return false;
}

static bool find_element(struct text text, size_t index, struct json_place *place)
{
    if (byte_at(text, place->value) != '[')
        return false;
    size_t at = skip_white_space(text, place->value + 1);
    if (at >= text.size || text.data[at] == ']')
        return false;
    for (; index > 0; index--) {
        if (!next_item(text, &at))
            return false;
    }
    *place = (struct json_place){at, at, skip_value(text, at)};
    return at < text.size;
}

bool json_locate(struct text text, struct text path, struct json_place *out)
{
    size_t start = skip_white_space(text, 0);
    *out = (struct json_place){start, start, skip_value(text, start)};
    if (byte_at(path, 0) != '$')
        return false;
    path = (struct text){path.data + 1, path.size - 1};
    while (path.size > 0) {
        struct text key;
        size_t index;
        if (!next_step(&path, &key, &index))
            return false;
        bool is_found =
            key.data != NULL ? find_member(text, key, out) : find_element(text, index, out);
        if (!is_found)
            return false;
    }
    return true;
}

size_t json_locate_inside(struct text text, size_t value, struct text_position inside)
{
    size_t at = value + 1;
    struct text_position position = {1, 1};
    while (!string_ends(text, at) &&
           (position.line < inside.line ||
            (position.line == inside.line && position.column < inside.column))) {
        if (next_character(text, &at) == '\n')
            position = (struct text_position){position.line + 1, 1};
        else
            position.column++;
    }
    return at < text.size ? at : text.size;
}

/* --- Problems ------------------------------------------------------------------------ */

static size_t problem_offset(struct text text, const struct problem *problem)
{
    struct json_place place;
    bool is_found = json_locate(text, text_of(problem->path), &place);
    if (problem->part == PROBLEM_AT_KEY && is_found)
        return place.key;
    if (problem->part == PROBLEM_IN_EXPRESSION && is_found &&
        find_member(text, TEXT("@expr"), &place))
        return json_locate_inside(text, place.value, problem->inside);
    return place.value;
}

void json_locate_problem(struct text text, struct problem *problem)
{
    if (problem->position.line == 0)
        problem->position = text_position_of(text, problem_offset(text, problem));
}

void json_locate_problems(struct text text, struct problem_list *problems)
{
    for (size_t i = 0; i < problems->count; i++)
        json_locate_problem(text, &problems->items[i]);
}
