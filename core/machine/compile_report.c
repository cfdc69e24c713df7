/* compile_report.c - saying what is wrong with a definition, where, and what would be
 * right. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "core/json_path.h"
#include "core/machine/compile.h"
#include "core/utf8.h"
#include "core/writer.h"

enum { MESSAGE_SIZE = 1024, QUOTED_BYTES_MAX = 64 };

void *compiler_alloc(struct compiler *compiler, size_t count, size_t size)
{
    void *memory = arena_alloc_array(compiler->arena, count, size);
    if (memory == NULL)
        compiler->out_of_memory = true;
    return memory;
}

struct text join_texts(struct compiler *compiler, const struct text *parts, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += parts[i].size;
    char *joined = compiler_alloc(compiler, size, 1);
    if (joined == NULL)
        return TEXT_NONE;
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].size > 0)
            memcpy(joined + at, parts[i].data, parts[i].size);
        at += parts[i].size;
    }
    return (struct text){joined, size};
}

/* The chain leads from the place to the root, the text the other way: the deepest
 * document makes this the deepest recursion, JSON_DEPTH_MAX. */
static void write_path(struct writer *writer, const struct path *path)
{
    if (path == NULL) {
        writer_char(writer, '$');
        return;
    }
    write_path(writer, path->parent);
    if (path->key.data == NULL)
        json_path_write_index(writer, path->index);
    else
        json_path_write_key(writer, path->key);
}

const char *path_text(struct compiler *compiler, const struct path *path)
{
    static const char cut[] = "...";
    char buffer[MACHINE_PATH_SIZE_MAX];
    struct writer writer;
    writer_init(&writer, buffer, sizeof buffer - (sizeof cut - 1));
    write_path(&writer, path);
    size_t size = writer.size;
    if (writer.overflowed) {
        memcpy(buffer + size, cut, sizeof cut - 1);
        size += sizeof cut - 1;
    }
    struct text copy = text_copy(compiler->arena, (struct text){buffer, size});
    if (copy.data == NULL)
        compiler->out_of_memory = true;
    return copy.data == NULL ? "$" : copy.data;
}

bool problems_are_full(struct compiler *compiler)
{
    bool is_full = compiler->problems->count == PROBLEM_COUNT_MAX;
    compiler->problems->cut |= is_full;
    return is_full;
}

static void report_v(struct compiler *compiler, const struct path *path, enum problem_part part,
                     const char *format, va_list args) __attribute__((format(printf, 4, 0)));
static void report_v(struct compiler *compiler, const struct path *path, enum problem_part part,
                     const char *format, va_list args)
{
    if (problems_are_full(compiler))
        return;
    char message[MESSAGE_SIZE];
    vsnprintf(message, sizeof message, format, args);
    problem_note(
        compiler->problems,
        (struct problem){.path = path_text(compiler, path), .message = message, .part = part});
}

void report(struct compiler *compiler, const struct path *path, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report_v(compiler, path, PROBLEM_AT_VALUE, format, args);
    va_end(args);
}

void report_key(struct compiler *compiler, const struct path *path, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report_v(compiler, path, PROBLEM_AT_KEY, format, args);
    va_end(args);
}

void report_part(struct compiler *compiler, const struct path *path, enum problem_part part,
                 const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report_v(compiler, path, part, format, args);
    va_end(args);
}

void report_expression(struct compiler *compiler, const struct path *path,
                       const struct cel_issue *issue)
{
    if (problems_are_full(compiler))
        return;
    problem_note(compiler->problems, (struct problem){.path = path_text(compiler, path),
                                                      .message = issue->message,
                                                      .part = PROBLEM_IN_EXPRESSION,
                                                      .inside = {issue->line, issue->column}});
}

struct quoted quote(struct text text)
{
    struct quoted quoted;
    bool is_cut = text.size > QUOTED_BYTES_MAX;
    if (is_cut) {
        text.size = QUOTED_BYTES_MAX;
        text.size = utf8_valid_prefix(text);
    }
    struct writer writer;
    writer_init(&writer, quoted.text, sizeof quoted.text - 1);
    json_write_string(&writer, text);
    if (is_cut)
        writer_string(&writer, "...");
    quoted.text[writer.size] = '\0';
    return quoted;
}

struct quoted plain(struct text text)
{
    struct quoted quoted = quote(text);
    size_t size = strlen(quoted.text);
    char *end = strrchr(quoted.text, '"'); /* "..." follows it when the text was cut */
    if (size < 2 || end == quoted.text)
        return quoted;
    memmove(end, end + 1, strlen(end));
    memmove(quoted.text, quoted.text + 1, size - 1);
    return quoted;
}

struct quoted suggest(const struct compiler *compiler, struct text word,
                      const struct text *candidates, size_t count)
{
    struct quoted suggestion = {""};
    /* Looking for the nearest of many names is the only slow thing here. */
    bool is_worth_it = compiler->problems->count < PROBLEM_COUNT_MAX;
    int nearest = is_worth_it ? text_nearest(word, candidates, count) : -1;
    if (nearest >= 0) {
        struct quoted name = quote(candidates[nearest]);
        snprintf(suggestion.text, sizeof suggestion.text, ", did you mean %.400s?", name.text);
    }
    return suggestion;
}

static const struct key_rule *find_rule(const struct key_rule *rules, size_t count,
                                        struct text name)
{
    for (size_t i = 0; i < count; i++) {
        if (text_is(name, rules[i].name))
            return &rules[i];
    }
    return NULL;
}

enum { RULES_MAX = 64 };

static void report_unknown_key(struct compiler *compiler, const struct path *path, struct text key,
                               const struct key_rule *rules, size_t count)
{
    struct text known[RULES_MAX];
    size_t known_count = 0;
    for (size_t i = 0; i < count && known_count < RULES_MAX; i++) {
        if (rules[i].why_not == NULL)
            known[known_count++] = text_of(rules[i].name);
    }
    struct quoted suggestion = suggest(compiler, key, known, known_count);
    report_key(compiler, path, "unknown key %s%s", quote(key).text, suggestion.text);
}

void check_keys(struct compiler *compiler, const struct path *path, struct json object,
                const struct key_rule *rules, size_t count)
{
    for (uint32_t i = 0; i < object.count; i++) {
        struct text key = object.as.members[i].name;
        struct path place = path_key(path, key);
        const struct key_rule *rule = find_rule(rules, count, key);
        if (rule == NULL)
            report_unknown_key(compiler, &place, key, rules, count);
        else if (rule->why_not != NULL)
            report_key(compiler, &place, "%s", rule->why_not);
    }
}

static const char *type_phrase(enum json_type type)
{
    switch (type) {
    case JSON_NULL: return "null";
    case JSON_FALSE:
    case JSON_TRUE: return "a boolean";
    case JSON_INT:
    case JSON_UINT:
    case JSON_DOUBLE: return "a number";
    case JSON_STRING: return "a string";
    case JSON_ARRAY: return "an array";
    case JSON_OBJECT: return "an object";
    }
    return "something else";
}

const char *json_phrase(struct json value)
{
    return type_phrase(value.type);
}

bool expect_type(struct compiler *compiler, const struct path *path, struct json value,
                 enum json_type type)
{
    if (value.type == type)
        return true;
    report(compiler, path, "must be %s, not %s", type_phrase(type), type_phrase(value.type));
    return false;
}

void check_notes(struct compiler *compiler, const struct path *path, struct json object)
{
    const struct json *description = json_get(object, "description");
    if (description != NULL) {
        struct path place = path_key(path, TEXT("description"));
        expect_type(compiler, &place, *description, JSON_STRING);
    }
    const struct json *meta = json_get(object, "meta");
    if (meta != NULL) {
        struct path place = path_key(path, TEXT("meta"));
        expect_type(compiler, &place, *meta, JSON_OBJECT);
    }
}
