/* scenario_read.c - a file of scenarios, read and checked. */
#include <string.h>

#include "core/arena.h"
#include "core/cel/cel.h"
#include "core/clock.h"
#include "core/scenario/environment.h"
#include "core/scenario/scenario.h"
#include "core/writer.h"

/* Where the reading is, as "$.scenarios[0].steps[2]", and what it found. */
struct reader {
    struct arena *arena;
    struct problem_list *problems;
    char path[SCENARIO_PATH_SIZE_MAX];
    size_t path_size;
    bool out_of_memory;
};

/* A member that an object may have. */
struct member_rule {
    struct text name;
    bool is_required;
    bool is_type_open; /* any type; otherwise `type` */
    enum json_type type;
};

/* JSON_FALSE stands for both booleans. */
#define REQUIRED(name_, type_)               \
    {                                        \
        TEXT_INIT(name_), true, false, type_ \
    }
#define OPTIONAL(name_, type_)                \
    {                                         \
        TEXT_INIT(name_), false, false, type_ \
    }
#define ANY(name_)                               \
    {                                            \
        TEXT_INIT(name_), false, true, JSON_NULL \
    }

enum { MEMBERS_MAX = 16 };

/* --- Places and problems ---------------------------------------------------------------- */

/* Both return what path_pop takes. A path that is too long keeps its beginning. */
static size_t path_push(struct reader *reader, const char *before, struct text name)
{
    size_t size = reader->path_size;
    struct writer writer;
    writer_init(&writer, reader->path + size, sizeof reader->path - size - 1);
    writer_string(&writer, before);
    writer_text(&writer, name);
    reader->path_size = size + writer.size;
    reader->path[reader->path_size] = '\0';
    return size;
}

static size_t path_push_index(struct reader *reader, uint32_t index)
{
    char text[16];
    struct writer writer;
    writer_init(&writer, text, sizeof text);
    writer_char(&writer, '[');
    writer_uint64(&writer, index);
    writer_char(&writer, ']');
    return path_push(reader, "", writer_result(&writer));
}

static void path_pop(struct reader *reader, size_t size)
{
    reader->path_size = size;
    reader->path[size] = '\0';
}

static const char *kept_path(struct reader *reader)
{
    struct text copy = text_copy(reader->arena, (struct text){reader->path, reader->path_size});
    reader->out_of_memory = reader->out_of_memory || copy.data == NULL;
    return copy.data == NULL ? "$" : copy.data;
}

static void *reader_alloc(struct reader *reader, size_t count, size_t size)
{
    void *memory = arena_alloc_array(reader->arena, count, size);
    reader->out_of_memory = reader->out_of_memory || memory == NULL;
    return memory;
}

/* The problem stands at the key. `format` of the message has its text from outside quoted. */
static void report_unknown(struct reader *reader, struct text name, const struct text *known,
                           size_t count)
{
    char message[512];
    struct writer writer;
    size_t before = path_push(reader, ".", name);
    int nearest = text_nearest(name, known, count);
    writer_init(&writer, message, sizeof message - 1);
    writer_string(&writer, text_show(name).quoted);
    writer_string(&writer, " is not known here");
    if (nearest >= 0) {
        writer_string(&writer, "; did you mean \"");
        writer_text(&writer, known[nearest]);
        writer_string(&writer, "\"?");
    }
    message[writer.size] = '\0';
    problem_note(
        reader->problems,
        (struct problem){.path = reader->path, .message = message, .part = PROBLEM_AT_KEY});
    path_pop(reader, before);
}

static const char *type_phrase(enum json_type type)
{
    switch (type) {
    case JSON_FALSE: return "true or false";
    case JSON_STRING: return "a string";
    case JSON_ARRAY: return "an array";
    case JSON_OBJECT: return "an object";
    case JSON_INT: return "a whole number";
    case JSON_NULL:
    case JSON_TRUE:
    case JSON_UINT:
    case JSON_DOUBLE: break;
    }
    return "something else";
}

static bool expect_type(struct reader *reader, struct json value, enum json_type type)
{
    if (value.type == type || (type == JSON_FALSE && value.type == JSON_TRUE))
        return true;
    problem_add(reader->problems, reader->path, "must be %s, not of type %s", type_phrase(type),
                json_type_name(value.type));
    return false;
}

static bool expect_size(struct reader *reader, struct json array, uint32_t maximum)
{
    if (array.count <= maximum)
        return true;
    problem_add(reader->problems, reader->path, "has %u items, where %u are the most", array.count,
                maximum);
    return false;
}

/* --- Objects ------------------------------------------------------------------------------ */

static void check_member(struct reader *reader, struct json object, const struct member_rule *rule)
{
    const struct json *value = json_get_text(object, rule->name);
    if (value == NULL) {
        if (rule->is_required)
            problem_add(reader->problems, reader->path, "\"%.*s\" is missing",
                        TEXT_ARGS(rule->name));
        return;
    }
    size_t before = path_push(reader, ".", rule->name);
    if (!rule->is_type_open)
        expect_type(reader, *value, rule->type);
    path_pop(reader, before);
}

static void check_known(struct reader *reader, struct json object, const struct member_rule *rules,
                        size_t count)
{
    struct text names[MEMBERS_MAX];
    for (size_t i = 0; i < count; i++)
        names[i] = rules[i].name;
    for (uint32_t m = 0; m < object.count; m++) {
        bool is_known = false;
        for (size_t i = 0; i < count; i++)
            is_known = is_known || text_equal(names[i], object.as.members[m].name);
        if (!is_known)
            report_unknown(reader, object.as.members[m].name, names, count);
    }
}

/* False, after reporting, when it is no such object. */
static bool check_object(struct reader *reader, struct json object, const struct member_rule *rules,
                         size_t count)
{
    size_t problems = reader->problems->count;
    if (!expect_type(reader, object, JSON_OBJECT))
        return false;
    check_known(reader, object, rules, count);
    for (size_t i = 0; i < count; i++)
        check_member(reader, object, &rules[i]);
    return reader->problems->count == problems && !reader->problems->cut;
}

#define CHECK_OBJECT(reader, object, rules) \
    check_object(reader, object, rules, sizeof(rules) / sizeof((rules)[0]))

/* --- Expectations --------------------------------------------------------------------------- */

static const struct text assertion_names[ASSERTION_SLOT_COUNT] = ASSERTION_NAMES;
static const struct cel_environment assertion_environment = {.names = assertion_names,
                                                             .count = ASSERTION_SLOT_COUNT};

static void read_assertion(struct reader *reader, struct json source, struct assertion *out)
{
    struct cel_issue issue;
    if (!expect_type(reader, source, JSON_STRING))
        return;
    out->source = json_text(source);
    enum status status =
        cel_compile(reader->arena, out->source, &assertion_environment, &out->program, &issue);
    if (status == STATUS_FATAL)
        reader->out_of_memory = true;
    if (status == STATUS_REJECTED)
        problem_note(reader->problems,
                     (struct problem){.path = reader->path, .message = issue.message});
}

static void read_assertions(struct reader *reader, struct json list, struct expectation *out)
{
    if (!expect_size(reader, list, SCENARIO_ITEMS_MAX))
        return;
    struct assertion *items = reader_alloc(reader, list.count, sizeof *items);
    if (items == NULL)
        return;
    for (uint32_t i = 0; i < list.count; i++) {
        size_t before = path_push_index(reader, i);
        read_assertion(reader, list.as.items[i], &items[i]);
        path_pop(reader, before);
    }
    out->assertions = items;
    out->assertion_count = list.count;
}

/* A type, or an object with one. */
static void check_emitted(struct reader *reader, struct json list)
{
    static const struct member_rule rules[] = {REQUIRED("type", JSON_STRING)};
    if (!expect_size(reader, list, SCENARIO_ITEMS_MAX))
        return;
    for (uint32_t i = 0; i < list.count; i++) {
        size_t before = path_push_index(reader, i);
        struct json item = list.as.items[i];
        if (item.type == JSON_OBJECT)
            check_member(reader, item, &rules[0]);
        else if (item.type != JSON_STRING)
            problem_add(reader->problems, reader->path,
                        "must be a type, \"cmd.x\", or parts of an event, {\"type\": \"cmd.x\", "
                        "\"data\": {}}, not of type %s",
                        json_type_name(item.type));
        path_pop(reader, before);
    }
}

static void check_status(struct reader *reader, struct json status)
{
    if (text_is(json_text(status), "active") || text_is(json_text(status), "done"))
        return;
    problem_add(reader->problems, reader->path, "must be \"active\" or \"done\", not %s",
                text_show(json_text(status)).quoted);
}

static void check_state(struct reader *reader, struct json state)
{
    if (state.type != JSON_STRING && state.type != JSON_OBJECT)
        problem_add(reader->problems, reader->path,
                    "must be a state, \"a.b\" or {\"a\": \"b\"}, not of type %s",
                    json_type_name(state.type));
}

static const struct member_rule expectation_rules[] = {ANY("state"),
                                                       OPTIONAL("status", JSON_STRING),
                                                       OPTIONAL("emitted", JSON_ARRAY),
                                                       OPTIONAL("context", JSON_OBJECT),
                                                       ANY("output"),
                                                       OPTIONAL("tags", JSON_ARRAY),
                                                       OPTIONAL("ignored", JSON_FALSE),
                                                       OPTIONAL("error", JSON_STRING),
                                                       OPTIONAL("that", JSON_ARRAY)};

/* Each member that needs more than its type. */
static void check_details(struct reader *reader, struct json object, struct expectation *out)
{
    size_t before = path_push(reader, ".state", TEXT_NONE);
    if (out->state != NULL)
        check_state(reader, *out->state);
    path_pop(reader, before);
    path_push(reader, ".status", TEXT_NONE);
    if (out->status != NULL)
        check_status(reader, *out->status);
    path_pop(reader, before);
    path_push(reader, ".emitted", TEXT_NONE);
    if (out->emitted != NULL)
        check_emitted(reader, *out->emitted);
    path_pop(reader, before);
    path_push(reader, ".that", TEXT_NONE);
    const struct json *that = json_get(object, "that");
    if (that != NULL)
        read_assertions(reader, *that, out);
    path_pop(reader, before);
}

static void read_expectation(struct reader *reader, struct json owner, struct expectation *out)
{
    const struct json *object = json_get(owner, "expect");
    if (object == NULL)
        return;
    size_t before = path_push(reader, ".expect", TEXT_NONE);
    if (CHECK_OBJECT(reader, *object, expectation_rules)) {
        out->state = json_get(*object, "state");
        out->status = json_get(*object, "status");
        out->emitted = json_get(*object, "emitted");
        out->context = json_get(*object, "context");
        out->output = json_get(*object, "output");
        out->tags = json_get(*object, "tags");
        out->ignored = json_get(*object, "ignored");
        out->error = json_get(*object, "error");
        check_details(reader, *object, out);
    }
    path_pop(reader, before);
}

/* --- Steps ------------------------------------------------------------------------------------ */

static void read_event(struct reader *reader, struct json event, struct scenario_step *step)
{
    static const struct member_rule type_rule = REQUIRED("type", JSON_STRING);
    size_t before = path_push(reader, ".event", TEXT_NONE);
    step->kind = SCENARIO_EVENT;
    step->event = event;
    if (expect_type(reader, event, JSON_OBJECT))
        check_member(reader, event, &type_rule);
    path_pop(reader, before);
}

/* "5s", or milliseconds. */
static void read_advance(struct reader *reader, struct json span, struct scenario_step *step)
{
    size_t before = path_push(reader, ".advance", TEXT_NONE);
    step->kind = SCENARIO_ADVANCE;
    bool is_right = false;
    if (span.type == JSON_INT) {
        step->advance_ms = span.as.integer;
        is_right = span.as.integer >= 0 && span.as.integer <= CLOCK_DELAY_MS_MAX;
    } else if (span.type == JSON_STRING) {
        is_right = clock_parse_delay(json_text(span), &step->advance_ms);
    }
    if (!is_right)
        problem_add(reader->problems, reader->path,
                    "must be a span of time: \"5s\", \"1h30m\", \"PT5S\", or milliseconds");
    path_pop(reader, before);
}

static void read_step(struct reader *reader, struct json object, struct scenario_step *step)
{
    static const struct member_rule rules[] = {ANY("event"), ANY("advance"),
                                               OPTIONAL("expect", JSON_OBJECT),
                                               OPTIONAL("description", JSON_STRING)};
    step->path = kept_path(reader);
    if (!CHECK_OBJECT(reader, object, rules))
        return;
    const struct json *event = json_get(object, "event");
    const struct json *advance = json_get(object, "advance");
    if ((event == NULL) == (advance == NULL))
        problem_add(reader->problems, reader->path,
                    "must have either an \"event\" or a time to \"advance\" by");
    else if (event != NULL)
        read_event(reader, *event, step);
    else
        read_advance(reader, *advance, step);
    read_expectation(reader, object, &step->expectation);
}

static void read_steps(struct reader *reader, struct json object, struct scenario *out)
{
    const struct json *list = json_get(object, "steps");
    struct json none = json_array(NULL, 0);
    list = list == NULL ? &none : list;
    size_t before = path_push(reader, ".steps", TEXT_NONE);
    bool fits = expect_size(reader, *list, SCENARIO_STEPS_MAX);
    path_pop(reader, before);
    if (!fits)
        return;
    struct scenario_step *steps = reader_alloc(reader, (size_t)list->count + 1, sizeof *steps);
    if (steps == NULL)
        return;
    steps[0].path = kept_path(reader);
    read_expectation(reader, object, &steps[0].expectation);
    path_push(reader, ".steps", TEXT_NONE);
    for (uint32_t i = 0; i < list->count; i++) {
        size_t at = path_push_index(reader, i);
        read_step(reader, list->as.items[i], &steps[i + 1]);
        path_pop(reader, at);
    }
    path_pop(reader, before);
    out->steps = steps;
    out->step_count = (size_t)list->count + 1;
}

/* --- Scenarios -------------------------------------------------------------------------------- */

static void read_now(struct reader *reader, struct json object, struct scenario *out)
{
    const struct json *now = json_get(object, "now");
    struct clock_time time;
    if (now == NULL)
        return;
    size_t before = path_push(reader, ".now", TEXT_NONE);
    if (clock_parse(json_text(*now), &time))
        out->now_ms = time.seconds * 1000 + time.nanoseconds / 1000000;
    else
        problem_add(reader->problems, reader->path, "must be a time: \"2026-01-02T03:04:05Z\"");
    path_pop(reader, before);
}

static void read_scenario(struct reader *reader, struct json object, struct scenario *out)
{
    static const struct member_rule rules[] = {
        REQUIRED("name", JSON_STRING),   OPTIONAL("description", JSON_STRING),
        OPTIONAL("now", JSON_STRING),    OPTIONAL("input", JSON_OBJECT),
        OPTIONAL("expect", JSON_OBJECT), OPTIONAL("steps", JSON_ARRAY)};
    if (!CHECK_OBJECT(reader, object, rules))
        return;
    const struct json *input = json_get(object, "input");
    out->name = json_get_string(object, "name");
    out->input = input == NULL ? json_object(NULL, 0) : *input;
    read_now(reader, object, out);
    read_steps(reader, object, out);
}

static void read_scenarios(struct reader *reader, struct json list, struct scenario_file *out)
{
    size_t before = path_push(reader, ".scenarios", TEXT_NONE);
    struct scenario *items = NULL;
    if (expect_size(reader, list, SCENARIO_COUNT_MAX))
        items = reader_alloc(reader, list.count, sizeof *items);
    for (uint32_t i = 0; items != NULL && i < list.count; i++) {
        size_t at = path_push_index(reader, i);
        read_scenario(reader, list.as.items[i], &items[i]);
        path_pop(reader, at);
    }
    out->items = items;
    out->count = items == NULL ? 0 : list.count;
    path_pop(reader, before);
}

enum status scenario_file_read(struct arena *arena, struct json document,
                               struct problem_list *problems, struct scenario_file *out,
                               struct error *error)
{
    static const struct member_rule rules[] = {
        OPTIONAL("$schema", JSON_STRING), REQUIRED("definition", JSON_STRING),
        OPTIONAL("description", JSON_STRING), REQUIRED("scenarios", JSON_ARRAY)};
    struct reader reader = {.arena = arena, .problems = problems};
    *out = (struct scenario_file){.definition = TEXT_NONE};
    path_push(&reader, "$", TEXT_NONE);
    if (CHECK_OBJECT(&reader, document, rules)) {
        out->definition = json_get_string(document, "definition");
        read_scenarios(&reader, *json_get(document, "scenarios"), out);
    }
    if (reader.out_of_memory)
        return error_memory(error);
    if (problems->count > 0 || problems->cut)
        return error_set(error, STATUS_REJECTED, "the file has %zu problem%s", problems->count,
                         problems->count == 1 ? "" : "s");
    return STATUS_OK;
}
