#include "adapters/json/json_parse.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_parse.h>
#include <yajl/yajl_version.h>

#include "core/arena.h"
#include "core/double.h"
#include "core/text_position.h"
#include "core/utf8.h"
#include "core/words.h"

/* A value that is built, or under way: an array or object that is open stands on the
 * stack in front of its items, and as.integer says where the one around it stands. */
struct entry {
    struct json_member member; /* the name is set inside of objects */
    size_t name_end;           /* where the name's literal ends in the text */
};

/* The stack begins with this many entries, inside of the parser, and doubles. */
enum { STACK_CAPACITY_FIRST = 64 };

/* yajl takes three kilobytes for a text without strings that have escapes. */
enum { YAJL_MEMORY_SIZE = 4096 };

/* The `open` of a value that nothing is around. */
enum { NOTHING_OPEN = -1 };

struct parser {
    struct arena *arena;
    struct text text; /* a copy in the arena: strings without escapes refer to it */
    struct json_limits limits;
    struct error *error;
    yajl_handle yajl;
    bool is_finishing; /* the text was taken whole; yajl looks at what it left open */

    jmp_buf out_of_memory; /* where an allocation of yajl's ends that the arena refuses */
    size_t yajl_used;      /* of: */
    alignas(max_align_t) char yajl_memory[YAJL_MEMORY_SIZE];

    struct entry *stack;
    struct entry first_stack[STACK_CAPACITY_FIRST];
    size_t count;
    size_t capacity;
    int64_t open; /* index of the innermost array or object that is open */
    uint32_t depth;
    size_t end;   /* of the last value that is whole */
    size_t fault; /* where the error is */
};

/* --- Errors -------------------------------------------------------------------- */

static enum status reject_at(struct parser *parser, size_t offset, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static enum status reject_at(struct parser *parser, size_t offset, const char *format, ...)
{
    parser->fault = offset;
    va_list args;
    va_start(args, format);
    error_set_v(parser->error, STATUS_REJECTED, format, args);
    va_end(args);
    return STATUS_REJECTED;
}

/* --- yajl's memory --------------------------------------------------------------- */

/* yajl uses what its allocator returns without looking (2.1.0: yajl_alloc, yajl_buf.c), so an
 * allocator may not return NULL. Its memory is the parser's own, as far as that goes, and then
 * the arena's; when the arena is full, the parse is left where it stands: nothing of it needs
 * to be freed. In front of each piece stands its size, for realloc. */
enum { YAJL_UNIT = alignof(max_align_t) };

static char *yajl_place(struct parser *parser, size_t size)
{
    if (size > YAJL_MEMORY_SIZE - parser->yajl_used)
        return arena_alloc_unset(parser->arena, size);
    char *place = parser->yajl_memory + parser->yajl_used;
    parser->yajl_used += size;
    return place;
}

static void *yajl_take(void *context, size_t size)
{
    struct parser *parser = context;
    size_t units = size / YAJL_UNIT + (size % YAJL_UNIT != 0) + 1; /* one for the size */
    char *memory = units > SIZE_MAX / YAJL_UNIT ? NULL : yajl_place(parser, units * YAJL_UNIT);
    if (memory == NULL)
        longjmp(parser->out_of_memory, 1);
    memcpy(memory, &size, sizeof size);
    return memory + YAJL_UNIT;
}

static void *yajl_take_more(void *context, void *memory, size_t size)
{
    void *more = yajl_take(context, size);
    size_t before = 0;
    if (memory != NULL)
        memcpy(&before, (char *)memory - YAJL_UNIT, sizeof before);
    if (before > 0)
        memcpy(more, memory, before < size ? before : size);
    return more;
}

/* It goes with the parser or the arena. */
static void yajl_give_back(void *context, void *memory)
{
    (void)context;
    (void)memory;
}

/* Where the token whose callback runs ends. */
static size_t token_end(const struct parser *parser)
{
    return parser->is_finishing ? parser->text.size : yajl_get_bytes_consumed(parser->yajl);
}

/* --- Building ------------------------------------------------------------------ */

static bool grow_stack(struct parser *parser)
{
    bool is_first = parser->stack == parser->first_stack;
    size_t capacity = parser->capacity * 2;
    struct entry *stack = realloc(is_first ? NULL : parser->stack, capacity * sizeof *stack);
    if (stack == NULL)
        return false;
    if (is_first)
        memcpy(stack, parser->first_stack, sizeof parser->first_stack);
    parser->stack = stack;
    parser->capacity = capacity;
    return true;
}

static struct entry *push(struct parser *parser)
{
    if (parser->count == parser->capacity && !grow_stack(parser)) {
        error_memory(parser->error);
        return NULL;
    }
    struct entry *entry = &parser->stack[parser->count++];
    *entry = (struct entry){0};
    return entry;
}

/* Where the next value belongs: behind its name, which was pushed, or on top. */
static struct entry *next_value(struct parser *parser)
{
    if (parser->open != NOTHING_OPEN &&
        parser->stack[parser->open].member.value.type == JSON_OBJECT)
        return &parser->stack[parser->count - 1];
    return push(parser);
}

/* The callbacks return 0 to end the parse; parser->error then says why. */
static int add_value(struct parser *parser, struct json value)
{
    struct entry *entry = next_value(parser);
    if (entry == NULL)
        return 0;
    entry->member.value = value;
    parser->end = token_end(parser);
    return 1;
}

static int on_null(void *context)
{
    return add_value(context, json_null());
}

static int on_boolean(void *context, int value)
{
    return add_value(context, json_bool(value != 0));
}

/* Reads digits as an integer; false beyond 64 bits. */
static bool read_integer(struct text digits, uint64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < digits.size; i++) {
        unsigned digit = (unsigned)(digits.data[i] - '0');
        if (digit > 9 || *out > (UINT64_MAX - digit) / 10)
            return false;
        *out = *out * 10 + digit;
    }
    return true;
}

/* False when the number is beyond a double. */
static bool read_number(struct text text, struct json *out)
{
    bool negative = text.data[0] == '-';
    struct text digits = {text.data + negative, text.size - negative};
    const uint64_t magnitude_max = (uint64_t)INT64_MAX + 1; /* of a negative integer */
    uint64_t magnitude;
    if (read_integer(digits, &magnitude)) {
        if (!negative) {
            *out = json_uint(magnitude);
            return true;
        }
        if (magnitude <= magnitude_max) {
            *out = magnitude == magnitude_max ? json_int(INT64_MIN) : json_int(-(int64_t)magnitude);
            return true;
        }
    }
    double number;
    if (!double_parse(text, &number) || !double_is_finite(number))
        return false;
    *out = json_double(number);
    return true;
}

static int on_number(void *context, const char *data, size_t size)
{
    struct parser *parser = context;
    struct text text = {data, size};
    struct json value;
    if (!read_number(text, &value)) {
        reject_at(parser, token_end(parser) - size, "the number %s is too large for a double",
                  text_show(text).quoted);
        return 0;
    }
    return add_value(parser, value);
}

/* The text of a string as yajl hands it out: where it stands in our text, or, if it had
 * escapes, from yajl's own buffer. False when the arena is full. */
static bool keep_text(struct parser *parser, const unsigned char *data, size_t size,
                      struct text *out)
{
    *out = (struct text){(const char *)data, size};
    uintptr_t place = (uintptr_t)data, begin = (uintptr_t)parser->text.data;
    if (place >= begin && place - begin <= parser->text.size - size)
        return true;
    *out = text_copy(parser->arena, *out);
    if (out->data == NULL)
        error_memory(parser->error);
    return out->data != NULL;
}

static int on_string(void *context, const unsigned char *data, size_t size)
{
    struct parser *parser = context;
    struct text text;
    return keep_text(parser, data, size, &text) && add_value(parser, json_string(text));
}

/* The offset of the string literal that ends at `end`: of its opening quote, which is
 * the last one before the closing quote that no backslash escapes. */
static size_t literal_start(struct text text, size_t end)
{
    size_t at = end - 1;
    for (;;) {
        do
            at--;
        while (at > 0 && text.data[at] != '"');
        size_t backslashes = 0;
        while (backslashes < at && text.data[at - 1 - backslashes] == '\\')
            backslashes++;
        if (backslashes % 2 == 0)
            return at;
    }
}

static int on_key(void *context, const unsigned char *data, size_t size)
{
    struct parser *parser = context;
    struct entry *entry = push(parser);
    if (entry == NULL)
        return 0;
    entry->name_end = token_end(parser);
    return keep_text(parser, data, size, &entry->member.name);
}

static int open_container(struct parser *parser, enum json_type type)
{
    if (parser->depth == parser->limits.depth_max) {
        reject_at(parser, token_end(parser) - 1, "arrays and objects are nested deeper than %lu",
                  (unsigned long)parser->limits.depth_max);
        return 0;
    }
    struct entry *entry = next_value(parser);
    if (entry == NULL)
        return 0;
    entry->member.value = (struct json){.type = type, .as.integer = parser->open};
    parser->open = entry - parser->stack;
    parser->depth++;
    return 1;
}

static int on_array_start(void *context)
{
    return open_container(context, JSON_ARRAY);
}

static int on_object_start(void *context)
{
    return open_container(context, JSON_OBJECT);
}

/* Takes the open container off the stack of open ones, with `value` in its place. */
static void close_container(struct parser *parser, struct json value)
{
    struct json *open = &parser->stack[parser->open].member.value;
    parser->count = (size_t)parser->open + 1;
    parser->open = open->as.integer;
    parser->depth--;
    parser->end = token_end(parser);
    *open = value;
}

static int on_array_end(void *context)
{
    struct parser *parser = context;
    const struct entry *entries = &parser->stack[parser->open + 1];
    size_t count = parser->count - (size_t)parser->open - 1;
    struct json *items = arena_alloc_array(parser->arena, count, sizeof *items);
    if (items == NULL) {
        error_memory(parser->error);
        return 0;
    }
    for (size_t i = 0; i < count; i++)
        items[i] = entries[i].member.value;
    close_container(parser, json_array(items, count));
    return 1;
}

/* By name, then by place in the text. */
static int compare_entries(const void *a, const void *b)
{
    const struct entry *const *left = a, *const *right = b;
    int order = text_compare((*left)->member.name, (*right)->member.name);
    if (order != 0)
        return order;
    return ((*left)->name_end > (*right)->name_end) - ((*left)->name_end < (*right)->name_end);
}

/* One of 64 bits that a name has; most names that differ have different ones. */
static uint64_t bit_of_name(struct text name)
{
    size_t mixed = name.size;
    if (name.size > 0)
        mixed += (unsigned char)name.data[0] * 7U + (unsigned char)name.data[name.size - 1] * 29U;
    return UINT64_C(1) << (mixed & 63);
}

/* The first entry whose name stood before, or NULL. For the few members of most objects,
 * comparing each with those before it is the least work, and mostly their bits are enough. */
static const struct entry *find_duplicate_of_few(const struct entry *entries, size_t count)
{
    uint64_t seen = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t bit = bit_of_name(entries[i].member.name);
        for (size_t j = 0; (seen & bit) != 0 && j < i; j++) {
            if (text_equal(entries[i].member.name, entries[j].member.name))
                return &entries[i];
        }
        seen |= bit;
    }
    return NULL;
}

/* The same by sorting, as an object from outside may have a hundred thousand members, under
 * names of its sender's choice. */
static enum status find_duplicate_of_many(struct parser *parser, const struct entry *entries,
                                          size_t count, const struct entry **out)
{
    *out = NULL;
    struct arena_mark mark = arena_mark(parser->arena);
    const struct entry **sorted =
        arena_alloc_array(parser->arena, count, sizeof(const struct entry *));
    if (sorted == NULL)
        return error_memory(parser->error);
    for (size_t i = 0; i < count; i++)
        sorted[i] = &entries[i];
    qsort(sorted, count, sizeof(const struct entry *), compare_entries);
    for (size_t i = 1; i < count; i++) {
        if (text_equal(sorted[i - 1]->member.name, sorted[i]->member.name) &&
            (*out == NULL || sorted[i]->name_end < (*out)->name_end))
            *out = sorted[i];
    }
    arena_rewind(parser->arena, mark);
    return STATUS_OK;
}

static enum status find_duplicate(struct parser *parser, const struct entry *entries, size_t count,
                                  const struct entry **out)
{
    enum { FEW = 16 };
    if (count > FEW)
        return find_duplicate_of_many(parser, entries, count, out);
    *out = find_duplicate_of_few(entries, count);
    return STATUS_OK;
}

static int on_object_end(void *context)
{
    struct parser *parser = context;
    const struct entry *entries = &parser->stack[parser->open + 1], *duplicate;
    size_t count = parser->count - (size_t)parser->open - 1;
    if (find_duplicate(parser, entries, count, &duplicate) != STATUS_OK)
        return 0;
    if (duplicate != NULL) {
        reject_at(parser, literal_start(parser->text, duplicate->name_end), "duplicate key %s",
                  text_show(duplicate->member.name).quoted);
        return 0;
    }
    struct json_member *members = arena_alloc_array(parser->arena, count, sizeof *members);
    if (members == NULL) {
        error_memory(parser->error);
        return 0;
    }
    for (size_t i = 0; i < count; i++)
        members[i] = entries[i].member;
    close_container(parser, json_object(members, count));
    return 1;
}

/* --- The text as a whole ------------------------------------------------------- */

/* The UTF-16 code unit of the escape \uXXXX at `at`, or -1 when there is none. */
static long escaped_unit(struct text text, size_t at)
{
    if (text.size - at < 6 || text.data[at] != '\\' || text.data[at + 1] != 'u')
        return -1;
    long unit = 0;
    for (size_t i = at + 2; i < at + 6; i++) {
        char c = text.data[i];
        int digit = -1;
        if (c >= '0' && c <= '9')
            digit = c - '0';
        else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
            digit = (c | 0x20) - 'a' + 10;
        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

/* The offset of the first escape of a surrogate that has no partner; text.size when there
 * is none. yajl makes "?" of one, or takes whatever follows as the partner (its
 * yajl_encode.c). What is wrong with escapes otherwise, yajl finds. */
static size_t find_lone_surrogate(struct text text)
{
    size_t at = 0;
    while (at < text.size) {
        const char *backslash = memchr(text.data + at, '\\', text.size - at);
        if (backslash == NULL)
            return text.size;
        at = (size_t)(backslash - text.data);
        long unit = escaped_unit(text, at);
        if (unit < 0xD800 || unit > 0xDFFF) {
            at += 2; /* the backslash and what it escapes */
            continue;
        }
        long partner = unit <= 0xDBFF && text.size - at > 6 ? escaped_unit(text, at + 6) : -1;
        if (partner < 0xDC00 || partner > 0xDFFF)
            return at;
        at += 12;
    }
    return text.size;
}

static bool is_white_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* To yajl, \v and \f are white space; the others it finds where they matter. */
static size_t find_control_character(struct text text)
{
    enum { CONTROL_END = 0x20 };
    for (size_t i = 0; i < text.size; i++) {
        while (text.size - i >= WORD_SIZE && word_below(word_load(text.data + i), CONTROL_END) == 0)
            i += WORD_SIZE;
        if (i < text.size && (unsigned char)text.data[i] < CONTROL_END &&
            !is_white_space(text.data[i]))
            return i;
    }
    return text.size;
}

/* What yajl does not check, or not strictly. */
static enum status check_text(struct parser *parser)
{
    struct text text = parser->text;
    if (text.size > parser->limits.size_max)
        return error_set(parser->error, STATUS_REJECTED,
                         "%zu bytes of JSON are more than the %zu allowed", text.size,
                         parser->limits.size_max);
    if (text.size >= UINT32_MAX) /* struct json counts with 32 bits */
        return error_set(parser->error, STATUS_REJECTED, "%zu bytes of JSON are too many",
                         text.size);
    size_t valid = utf8_valid_prefix(text);
    if (valid < text.size)
        return reject_at(parser, valid, "not valid UTF-8");
    size_t control = find_control_character(text);
    if (control < text.size)
        return reject_at(parser, control, "control character");
    if (text_starts_with(text, "\xEF\xBB\xBF"))
        return reject_at(parser, 0, "a byte order mark, which JSON does not begin with");
    size_t lone = find_lone_surrogate(text);
    if (lone < text.size)
        return reject_at(parser, lone, "half of a surrogate pair, which is no character");
    return STATUS_OK;
}

/* Where the token that ends at `end` begins. */
static size_t token_start(struct text text, size_t end)
{
    if (end == 0 || end > text.size)
        return text.size;
    if (text.data[end - 1] == '"')
        return literal_start(text, end);
    size_t at = end - 1;
    while (at > 0 && strchr(" \t\r\n,:[]{}\"", text.data[at - 1]) == NULL)
        at--;
    return at;
}

/* Where the syntax error is that yajl found: it says where it was, behind the token. */
static size_t syntax_error_offset(const struct parser *parser, const char *message)
{
    struct text text = parser->text;
    size_t offset = parser->is_finishing ? text.size : yajl_get_bytes_consumed(parser->yajl);
    bool needs_comma = !parser->is_finishing && strstr(message, "I expect") != NULL;
    bool is_complete = parser->count == 1 && parser->open == NOTHING_OPEN;
    if (is_complete || needs_comma) { /* what stands behind the last value */
        for (offset = parser->end; offset < text.size && is_white_space(text.data[offset]);)
            offset++;
        return offset;
    }
    /* A token that is sound, where it is not allowed. */
    if (!parser->is_finishing && text_starts_with(text_of(message), "parse error"))
        return token_start(text, offset);
    return offset < text.size ? offset : text.size;
}

/* Takes yajl's own message for a syntax error: "parse error: trailing garbage\n". */
static enum status reject_syntax(struct parser *parser)
{
    unsigned char *message = yajl_get_error(parser->yajl, 0, NULL, 0);
    const char *kind = (const char *)message, *what = strstr(kind, ": ");
    what = what == NULL ? kind : what + 2;
    size_t size = strlen(what);
    while (size > 0 && (what[size - 1] == '\n' || what[size - 1] == '.'))
        size--;
    reject_at(parser, syntax_error_offset(parser, kind), "%.*s", (int)size, what);
    return parser->error->status;
}

static enum status run_yajl(struct parser *parser)
{
    static const yajl_callbacks callbacks = {
        .yajl_null = on_null,
        .yajl_boolean = on_boolean,
        .yajl_number = on_number,
        .yajl_string = on_string,
        .yajl_start_map = on_object_start,
        .yajl_map_key = on_key,
        .yajl_end_map = on_object_end,
        .yajl_start_array = on_array_start,
        .yajl_end_array = on_array_end,
    };
    yajl_alloc_funcs memory = {yajl_take, yajl_take_more, yajl_give_back, parser};
    if (setjmp(parser->out_of_memory) != 0)
        return error_memory(parser->error);
    parser->yajl = yajl_alloc(&callbacks, &memory, parser);
    yajl_config(parser->yajl, yajl_dont_validate_strings, 1); /* check_text did, strictly */
    yajl_status status =
        yajl_parse(parser->yajl, (const unsigned char *)parser->text.data, parser->text.size);
    if (status == yajl_status_ok) {
        parser->is_finishing = true;
        status = yajl_complete_parse(parser->yajl);
    }
    if (status == yajl_status_client_canceled)
        return parser->error->status; /* a callback's */
    return status == yajl_status_ok ? STATUS_OK : reject_syntax(parser);
}

/* Its first stack is not cleared, each entry is when it is pushed; nor is yajl's memory. */
static void parser_init(struct parser *parser, struct arena *arena, struct text text,
                        struct json_limits limits, struct error *error)
{
    parser->arena = arena;
    parser->text = text;
    parser->limits = limits;
    parser->error = error;
    parser->yajl = NULL;
    parser->is_finishing = false;
    parser->yajl_used = 0;
    parser->stack = parser->first_stack;
    parser->count = 0;
    parser->capacity = STACK_CAPACITY_FIRST;
    parser->open = NOTHING_OPEN;
    parser->depth = 0;
    parser->end = 0;
    parser->fault = JSON_NO_FAULT;
}

enum status json_parse_with_fault(struct arena *arena, struct text text, struct json_limits limits,
                                  struct json *out, size_t *fault, struct error *error)
{
    struct parser parser;
    parser_init(&parser, arena, text, limits, error);
    enum status status = check_text(&parser);
    *fault = parser.fault;
    if (status != STATUS_OK)
        return status;
    parser.text = text_copy(arena, text);
    if (parser.text.data == NULL)
        return error_memory(error);
    status = run_yajl(&parser);
    if (status == STATUS_OK)
        *out = parser.stack[0].member.value;
    *fault = parser.fault;
    if (parser.stack != parser.first_stack)
        free(parser.stack);
    return status;
}

enum status json_parse(struct arena *arena, struct text text, struct json_limits limits,
                       struct json *out, struct error *error)
{
    size_t fault;
    enum status status = json_parse_with_fault(arena, text, limits, out, &fault, error);
    if (status != STATUS_REJECTED || fault == JSON_NO_FAULT)
        return status;
    struct text_position position = text_position_of(text, fault);
    return error_context(error, "line %u, column %u", position.line, position.column);
}

int json_library_version(void)
{
    return yajl_version();
}
