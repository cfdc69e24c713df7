/* The extension library "strings" (cel-go's ext/strings, version 4): positions are counted
 * in code points, and one outside of a string is an error. format() is in format.c. */
#include <inttypes.h>

#include "core/cel/evaluation.h"
#include "core/cel/find.h"
#include "core/cel/text_builder.h"
#include "core/utf8.h"

/* --- Positions ---------------------------------------------------------------------------- */

static bool fail_position(struct cel_evaluation *evaluation, int64_t position)
{
    return cel_fail(evaluation, "index out of range: %" PRId64, position);
}

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* The byte where code point `position` of a text begins; its end is one more position.
 * *found is false beyond that. */
static bool find_position(struct cel_evaluation *evaluation, struct text text, int64_t position,
                          size_t *at, bool *found)
{
    int64_t count = 0;
    *found = false;
    if (position < 0)
        return true;
    if (!cel_charge(evaluation, cel_cost_of_bytes(text.size)))
        return false;
    for (*at = 0; *at < text.size && count < position; count++) {
        ++*at;
        while (*at < text.size && is_continuation(text.data[*at]))
            ++*at;
    }
    *found = count == position;
    return true;
}

static bool require_position(struct cel_evaluation *evaluation, struct text text, int64_t position,
                             size_t *at)
{
    bool found;
    return find_position(evaluation, text, position, at, &found) &&
           (found || fail_position(evaluation, position));
}

static struct text text_from(struct text text, size_t at)
{
    return (struct text){text.data + at, text.size - at};
}

static bool char_at(struct cel_evaluation *evaluation, const struct cel_function *function,
                    const struct cel_value *arguments, struct cel_value *out)
{
    struct text text = arguments[0].as.text;
    size_t at;
    (void)function;
    if (!require_position(evaluation, text, arguments[1].as.integer, &at))
        return false;
    struct text rest = text_from(text, at);
    *out = cel_string((struct text){rest.data, utf8_sequence(rest)});
    return true;
}

static bool substring(struct cel_evaluation *evaluation, const struct cel_function *function,
                      const struct cel_value *arguments, struct cel_value *out)
{
    struct text text = arguments[0].as.text;
    int64_t start = arguments[1].as.integer;
    size_t from, to = text.size;
    if (function->argument_count == 3 && start > arguments[2].as.integer)
        return cel_fail(evaluation,
                        "invalid substring range: it starts at %" PRId64 " and ends at %" PRId64,
                        start, arguments[2].as.integer);
    if (!require_position(evaluation, text, start, &from))
        return false;
    if (function->argument_count == 3 &&
        !require_position(evaluation, text, arguments[2].as.integer, &to))
        return false;
    *out = cel_string((struct text){text.data + from, to - from});
    return true;
}

/* --- Searching ---------------------------------------------------------------------------- */

/* s.indexOf(part), s.indexOf(part, from) */
static bool index_of(struct cel_evaluation *evaluation, const struct cel_function *function,
                     const struct cel_value *arguments, struct cel_value *out)
{
    struct text text = arguments[0].as.text;
    int64_t offset = function->argument_count == 3 ? arguments[2].as.integer : 0;
    size_t from, at;
    if (!require_position(evaluation, text, offset, &from))
        return false;
    struct text rest = text_from(text, from);
    if (!cel_find_substring(evaluation, rest, arguments[1].as.text, &at) ||
        !cel_charge(evaluation, cel_cost_of_bytes(rest.size)))
        return false;
    *out = cel_int(-1);
    if (at != CEL_NOT_FOUND)
        *out = cel_int(offset + (int64_t)utf8_count((struct text){rest.data, at}));
    return true;
}

/* Where `needle` stands last in `text`, beginning at byte `at` or before it. */
static bool find_last(struct cel_evaluation *evaluation, struct text text, struct text needle,
                      size_t at, size_t *out)
{
    *out = CEL_NOT_FOUND;
    if (needle.size > text.size)
        return true;
    if (at > text.size - needle.size)
        at = text.size - needle.size;
    for (size_t end = at + 1; end > 0 && *out == CEL_NOT_FOUND; end--) {
        bool candidate = needle.size == 0 || text.data[end - 1] == needle.data[0];
        uint64_t units =
            (end % CEL_COST_BYTES == 0) + (candidate ? 1 + cel_cost_of_bytes(needle.size) : 0);
        if (!cel_charge(evaluation, units))
            return false;
        if (candidate &&
            (needle.size == 0 || memcmp(text.data + end - 1, needle.data, needle.size) == 0))
            *out = end - 1;
    }
    return true;
}

/* s.lastIndexOf(part), s.lastIndexOf(part, from) */
static bool last_index_of(struct cel_evaluation *evaluation, const struct cel_function *function,
                          const struct cel_value *arguments, struct cel_value *out)
{
    struct text text = arguments[0].as.text;
    size_t from = text.size, at;
    if (function->argument_count == 3 &&
        !require_position(evaluation, text, arguments[2].as.integer, &from))
        return false;
    if (!find_last(evaluation, text, arguments[1].as.text, from, &at) ||
        !cel_charge(evaluation, cel_cost_of_bytes(text.size)))
        return false;
    *out = cel_int(-1);
    if (at != CEL_NOT_FOUND)
        *out = cel_int((int64_t)utf8_count((struct text){text.data, at}));
    return true;
}

/* --- Replacing and splitting -------------------------------------------------------------- */

/* At most how often; a negative number is no limit. */
static uint64_t limit_of(int64_t limit)
{
    return limit < 0 ? UINT64_MAX : (uint64_t)limit;
}

/* Where the next `part` of `rest` stands; an empty one stands before each code point but
 * the first, which the caller has dealt with. *found is false when there is no more. */
static bool next_part(struct cel_evaluation *evaluation, struct text rest, struct text part,
                      size_t *at, bool *found)
{
    if (part.size > 0) {
        bool found_all = cel_find_substring(evaluation, rest, part, at);
        *found = *at != CEL_NOT_FOUND;
        return found_all;
    }
    *at = utf8_sequence(rest);
    *found = rest.size > 0;
    return cel_charge(evaluation, 1);
}

/* s.replace(old, new), s.replace(old, new, limit): an empty `old` stands before each code
 * point and at the end. */
static bool replace(struct cel_evaluation *evaluation, const struct cel_function *function,
                    const struct cel_value *arguments, struct cel_value *out)
{
    struct text rest = arguments[0].as.text;
    struct text old = arguments[1].as.text, new = arguments[2].as.text;
    uint64_t left = limit_of(function->argument_count == 4 ? arguments[3].as.integer : INT64_C(-1));
    struct cel_text_builder builder = cel_text_builder(evaluation);
    if (old.size == 0 && left > 0) {
        cel_text_add(&builder, new);
        left--;
    }
    while (left > 0 && !builder.failed) {
        size_t at;
        bool found;
        if (!next_part(evaluation, rest, old, &at, &found))
            return false;
        if (!found)
            break;
        cel_text_add(&builder, (struct text){rest.data, at});
        cel_text_add(&builder, new);
        rest = text_from(rest, at + old.size);
        left--;
    }
    cel_text_add(&builder, rest);
    return cel_text_finish(&builder, CEL_STRING, out);
}

/* A list of strings that grows: twice the room when it is full. */
struct growing_list {
    struct cel_value *items;
    uint32_t count;
    uint32_t room;
};

static bool append(struct cel_evaluation *evaluation, struct growing_list *list, struct text text)
{
    if (list->count == list->room) {
        uint32_t room = list->room == 0 ? 8 : list->room * 2; /* memory is limited far below */
        struct cel_value *items = cel_allocate(evaluation, room, sizeof *items);
        if (items == NULL)
            return false;
        if (list->count > 0)
            memcpy(items, list->items, list->count * sizeof *items);
        list->items = items;
        list->room = room;
    }
    list->items[list->count++] = cel_string(text);
    return cel_charge(evaluation, 1);
}

/* s.split(separator), s.split(separator, limit): at most so many parts, of which the last is
 * the rest; by an empty separator into code points. */
static bool split(struct cel_evaluation *evaluation, const struct cel_function *function,
                  const struct cel_value *arguments, struct cel_value *out)
{
    struct text rest = arguments[0].as.text, separator = arguments[1].as.text;
    uint64_t left = limit_of(function->argument_count == 3 ? arguments[2].as.integer : INT64_C(-1));
    struct growing_list parts = {0};
    for (bool more = true; more && left > 1;) {
        size_t at;
        if (!next_part(evaluation, rest, separator, &at, &more))
            return false;
        if (separator.size == 0) /* the last code point is the rest */
            more = more && at < rest.size;
        if (!more)
            break;
        if (!append(evaluation, &parts, (struct text){rest.data, at}))
            return false;
        rest = text_from(rest, at + separator.size);
        left--;
    }
    bool has_rest = left > 0 && (separator.size > 0 || rest.size > 0);
    if (has_rest && !append(evaluation, &parts, rest))
        return false;
    *out = cel_list(parts.items, parts.count);
    return true;
}

/* list.join(), list.join(separator) */
static bool join(struct cel_evaluation *evaluation, const struct cel_function *function,
                 const struct cel_value *arguments, struct cel_value *out)
{
    struct text separator = function->argument_count == 2 ? arguments[1].as.text : TEXT("");
    struct cel_text_builder builder = cel_text_builder(evaluation);
    uint32_t count = cel_count(&arguments[0]);
    for (uint32_t i = 0; i < count && !builder.failed; i++) {
        struct cel_value element = cel_element(&arguments[0], i);
        if (element.type != CEL_STRING)
            return cel_fail(evaluation, "no such overload: join() of a list with %s in it",
                            cel_type_name(element.type));
        if (i > 0)
            cel_text_add(&builder, separator);
        cel_text_add(&builder, element.as.text);
        if (!cel_charge(evaluation, 1))
            return false;
    }
    return cel_text_finish(&builder, CEL_STRING, out);
}

/* --- Characters --------------------------------------------------------------------------- */

/* A copy of a string to change in place. */
static char *copy_text(struct cel_evaluation *evaluation, struct text text)
{
    char *data = NULL;
    if (cel_charge(evaluation, cel_cost_of_bytes(text.size)))
        data = cel_allocate(evaluation, text.size, 1);
    if (data != NULL && text.size > 0)
        memcpy(data, text.data, text.size);
    return data;
}

enum { LOWER, UPPER };

/* Letters of ASCII; all others stay. */
static bool change_case(struct cel_evaluation *evaluation, const struct cel_function *function,
                        const struct cel_value *arguments, struct cel_value *out)
{
    struct text text = arguments[0].as.text;
    char first = function->detail == LOWER ? 'A' : 'a', last = (char)(first + 25);
    char *data = copy_text(evaluation, text);
    if (data == NULL)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (data[i] >= first && data[i] <= last)
            data[i] = (char)(data[i] ^ ' ');
    }
    *out = cel_string((struct text){data, text.size});
    return true;
}

/* Code points backwards. */
static bool reverse_string(struct cel_evaluation *evaluation, const struct cel_function *function,
                           const struct cel_value *arguments, struct cel_value *out)
{
    struct text text = arguments[0].as.text;
    char *data = copy_text(evaluation, text);
    (void)function;
    if (data == NULL)
        return false;
    for (size_t at = 0; at < text.size;) {
        size_t size = utf8_sequence(text_from(text, at));
        memcpy(data + text.size - at - size, text.data + at, size);
        at += size;
    }
    *out = cel_string((struct text){data, text.size});
    return true;
}

/* Unicode's property White_Space, as the library's documentation lists it. */
static bool is_white_space(uint32_t c)
{
    return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
           c == 0x205F || c == 0x3000;
}

static bool trim(struct cel_evaluation *evaluation, const struct cel_function *function,
                 const struct cel_value *arguments, struct cel_value *out)
{
    struct text text = arguments[0].as.text;
    size_t start = 0, end = text.size;
    (void)function;
    if (!cel_charge(evaluation, cel_cost_of_bytes(text.size)))
        return false;
    for (size_t at = 0; at < text.size && is_white_space(utf8_next(text, &at));)
        start = at;
    while (end > start) {
        size_t at = end - 1;
        while (is_continuation(text.data[at]))
            at--;
        size_t next = at;
        if (!is_white_space(utf8_next(text, &next)))
            break;
        end = at;
    }
    *out = cel_string((struct text){text.data + start, end - start});
    return true;
}

/* The letter that stands for a character behind a backslash; 0 for one that stays. */
static char quoted_letter(char c)
{
    static const char characters[] = "\a\b\f\n\r\t\v\\\"", letters[] = "abfnrtv\\\"";
    const char *found = c == '\0' ? NULL : strchr(characters, c);
    return found == NULL ? '\0' : letters[found - characters];
}

/* strings.quote(s): a literal that stands for s. */
static bool quote(struct cel_evaluation *evaluation, const struct cel_function *function,
                  const struct cel_value *arguments, struct cel_value *out)
{
    struct text text = arguments[0].as.text;
    struct cel_text_builder builder = cel_text_builder(evaluation);
    size_t start = 0;
    (void)function;
    cel_text_add(&builder, TEXT("\""));
    for (size_t i = 0; i < text.size && !builder.failed; i++) {
        char letter = quoted_letter(text.data[i]);
        if (letter == '\0')
            continue;
        char escape[2] = {'\\', letter};
        cel_text_add(&builder, (struct text){text.data + start, i - start});
        cel_text_add(&builder, (struct text){escape, sizeof escape});
        start = i + 1;
    }
    cel_text_add(&builder, text_from(text, start));
    cel_text_add(&builder, TEXT("\""));
    return cel_text_finish(&builder, CEL_STRING, out);
}

#define STRING CEL_TYPE_BIT(CEL_STRING)
#define INT    CEL_TYPE_BIT(CEL_INT)
#define LIST   CEL_TYPE_BIT(CEL_LIST)

static const struct cel_function functions[] = {
    {.name = "charAt", CEL_RECEIVER, 2, {STRING, INT}, char_at},
    {.name = "indexOf", CEL_RECEIVER, 2, {STRING, STRING}, index_of},
    {.name = "indexOf", CEL_RECEIVER, 3, {STRING, STRING, INT}, index_of},
    {.name = "join", CEL_RECEIVER, 1, {LIST}, join},
    {.name = "join", CEL_RECEIVER, 2, {LIST, STRING}, join},
    {.name = "lastIndexOf", CEL_RECEIVER, 2, {STRING, STRING}, last_index_of},
    {.name = "lastIndexOf", CEL_RECEIVER, 3, {STRING, STRING, INT}, last_index_of},
    {.name = "lowerAscii", CEL_RECEIVER, 1, {STRING}, change_case, LOWER},
    {.name = "replace", CEL_RECEIVER, 3, {STRING, STRING, STRING}, replace},
    {.name = "replace", CEL_RECEIVER, 4, {STRING, STRING, STRING, INT}, replace},
    {.name = "reverse", CEL_RECEIVER, 1, {STRING}, reverse_string},
    {.name = "reverse", CEL_RECEIVER, 1, {LIST}, cel_reverse_list},
    {.name = "split", CEL_RECEIVER, 2, {STRING, STRING}, split},
    {.name = "split", CEL_RECEIVER, 3, {STRING, STRING, INT}, split},
    {.name = "strings.quote", CEL_GLOBAL, 1, {STRING}, quote},
    {.name = "substring", CEL_RECEIVER, 2, {STRING, INT}, substring},
    {.name = "substring", CEL_RECEIVER, 3, {STRING, INT, INT}, substring},
    {.name = "trim", CEL_RECEIVER, 1, {STRING}, trim},
    {.name = "upperAscii", CEL_RECEIVER, 1, {STRING}, change_case, UPPER},
};

const struct cel_library cel_library_strings = {functions, sizeof functions / sizeof functions[0]};
