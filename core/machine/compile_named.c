/* compile_named.c - the maps that give names to actions, guards and delays, and the
 * delays themselves. */
#include "core/clock.h"
#include "core/machine/compile.h"

static void fill_named_list(struct compiler *compiler, struct named_list *list, struct json map)
{
    struct path place = path_key(NULL, text_of(list->member));
    if (map.count > MACHINE_NAMED_MAX) {
        report(compiler, &place, "has %u entries; at most %d are supported", map.count,
               MACHINE_NAMED_MAX);
        return;
    }
    list->items = compiler_alloc(compiler, map.count, sizeof *list->items);
    if (list->items == NULL)
        return;
    if (!number_table_create(compiler->arena, map.count, &list->table)) {
        compiler->out_of_memory = true;
        return;
    }
    list->count = (uint16_t)map.count;
    for (uint16_t i = 0; i < list->count; i++) {
        list->items[i].name = map.as.members[i].name;
        list->items[i].definition = map.as.members[i].value;
        number_table_insert(&list->table, hash_name(HASH_NAME, list->items[i].name), i);
    }
}

struct named_list *named_list_create(struct compiler *compiler, const char *kind,
                                     const char *member)
{
    struct named_list *list = compiler_alloc(compiler, 1, sizeof *list);
    if (list == NULL)
        return NULL;
    list->kind = kind;
    list->member = member;
    const struct json *map = json_get(compiler->definition, member);
    struct path place = path_key(NULL, text_of(member));
    if (map != NULL && expect_type(compiler, &place, *map, JSON_OBJECT))
        fill_named_list(compiler, list, *map);
    return list;
}

struct named *named_find(const struct named_list *list, struct text name)
{
    struct number_search search = number_table_search(&list->table, hash_name(HASH_NAME, name));
    uint16_t number;
    while ((number = number_search_next(&search)) != UINT16_MAX) {
        if (text_equal(list->items[number].name, name))
            return &list->items[number];
    }
    return NULL;
}

bool named_enter(struct compiler *compiler, const struct path *path, const struct named_list *list,
                 struct named *named)
{
    if (named->progress == NAMED_BUSY) {
        report(compiler, path, "the %s %s refers to itself", list->kind, quote(named->name).text);
        return false;
    }
    if (compiler->named_depth == MACHINE_NAMED_DEPTH_MAX) {
        report(compiler, path, "more than %d names refer to each other in a row",
               MACHINE_NAMED_DEPTH_MAX);
        return false;
    }
    named->progress = NAMED_BUSY;
    named->outer = compiler->named;
    compiler->named = named;
    compiler->named_depth++;
    return true;
}

void named_leave(struct compiler *compiler, struct named *named)
{
    named->progress = NAMED_DONE;
    compiler->named = named->outer;
    compiler->named_depth--;
}

void report_unknown_name(struct compiler *compiler, const struct path *path, enum problem_part part,
                         const struct named_list *list, struct text name)
{
    if (problems_are_full(compiler))
        return;
    struct text *names = compiler_alloc(compiler, list->count, sizeof *names);
    if (names == NULL)
        return;
    for (uint16_t i = 0; i < list->count; i++)
        names[i] = list->items[i].name;
    struct quoted suggestion = suggest(compiler, name, names, list->count);
    bool is_near = suggestion.text[0] != '\0';
    report_part(compiler, path, part, "unknown %s %s%s%s%s%s", list->kind, quote(name).text,
                suggestion.text, is_near ? "" : ": \"", is_near ? "" : list->member,
                is_near ? "" : "\" of the machine has no such entry");
}

/* --- Delays ---------------------------------------------------------------------------- */

static const struct key_rule delay_entry_keys[] = {{"duration", NULL}};

static bool constant_delay(struct compiler *compiler, const struct path *path, struct json value,
                           struct duration *out)
{
    if (value.type == JSON_INT && value.as.integer >= 0 && value.as.integer <= CLOCK_DELAY_MS_MAX) {
        out->ms = value.as.integer;
        return true;
    }
    if (value.type == JSON_STRING && clock_parse_delay(json_text(value), &out->ms))
        return true;
    if (value.type == JSON_STRING)
        report(compiler, path,
               "%s is no duration: write it as \"5s\", \"1h30m\", \"250ms\" or \"PT5S\"",
               quote(json_text(value)).text);
    else
        report(compiler, path,
               "a delay is a whole number of milliseconds from 0 to 100 years, "
               "a duration as \"5s\", or {\"@expr\": \"...\"}");
    return false;
}

static void named_delay(struct compiler *compiler, struct named *named)
{
    struct path member = path_key(NULL, TEXT("delays"));
    struct path entry = path_key(&member, named->name);
    struct path place = entry;
    struct json value = named->definition;
    if (value.type == JSON_OBJECT && !is_expression(value)) { /* XState 6's {"duration": d} */
        check_keys(compiler, &place, value, delay_entry_keys,
                   sizeof delay_entry_keys / sizeof *delay_entry_keys);
        const struct json *duration = json_get(value, "duration");
        if (duration == NULL) {
            report(compiler, &place, "a delay needs \"duration\"");
            return;
        }
        value = *duration;
        place = path_key(&entry, TEXT("duration"));
    }
    if (is_expression(value)) {
        named->delay.expression = compile_expression(compiler, &place, value);
        named->is_valid = named->delay.expression != NULL;
    } else {
        named->is_valid = constant_delay(compiler, &place, value, &named->delay);
    }
}

void compile_named_delays(struct compiler *compiler)
{
    for (uint16_t i = 0; i < compiler->delays->count; i++)
        named_delay(compiler, &compiler->delays->items[i]);
}

/* True for "0", "5000": XState's event types have the number as JavaScript prints it,
 * so other spellings ("05", "1e3") would name another event than they do there. */
static bool is_milliseconds(struct text key, int64_t *ms)
{
    if (key.size == 0 || key.size > 15 || (key.data[0] == '0' && key.size > 1))
        return false;
    *ms = 0;
    for (size_t i = 0; i < key.size; i++) {
        if (key.data[i] < '0' || key.data[i] > '9')
            return false;
        *ms = *ms * 10 + (key.data[i] - '0');
    }
    return *ms <= CLOCK_DELAY_MS_MAX;
}

/* What a key of `after` (PROBLEM_AT_KEY) or a string stands for. */
static bool compile_delay_text(struct compiler *compiler, const struct path *path,
                               enum problem_part part, struct text key, struct duration *out)
{
    const struct named *named = named_find(compiler->delays, key);
    if (is_milliseconds(key, &out->ms))
        return true;
    if (named != NULL) {
        *out = named->delay;
        return named->is_valid; /* reported where it stands */
    }
    if (clock_parse_delay(key, &out->ms))
        return true;
    bool looks_numeric = key.size > 0 && ((key.data[0] >= '0' && key.data[0] <= '9') ||
                                          key.data[0] == '-' || key.data[0] == '.');
    if (looks_numeric || compiler->delays->count == 0)
        report_part(compiler, path, part,
                    "%s is no delay: write whole milliseconds (\"5000\"), a duration (\"5s\", "
                    "\"1h30m\", \"PT5S\"; at most 100 years), or a name from \"delays\"",
                    quote(key).text);
    else
        report_unknown_name(compiler, path, part, compiler->delays, key);
    return false;
}

bool compile_delay_key(struct compiler *compiler, const struct path *path, struct text key,
                       struct duration *out)
{
    return compile_delay_text(compiler, path, PROBLEM_AT_KEY, key, out);
}

bool compile_duration(struct compiler *compiler, const struct path *path, struct json value,
                      struct duration *out)
{
    if (value.type == JSON_STRING)
        return compile_delay_text(compiler, path, PROBLEM_AT_VALUE, json_text(value), out);
    if (!is_expression(value))
        return constant_delay(compiler, path, value, out);
    out->expression = compile_expression(compiler, path, value);
    return out->expression != NULL;
}
