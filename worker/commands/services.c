#include "worker/commands/services.h"

#include <string.h>

#include "adapters/tz/zones.h"
#include "core/arena.h"
#include "core/cel/cel.h"
#include "core/clock.h"
#include "core/hash.h"
#include "core/utf8.h"
#include "core/writer.h"
#include "worker/commands/template.h"

enum { PATH_SIZE_MAX = 256, TOPIC_NAME_SIZE_MAX = 249 };

/* The variables of every expression, in the order of their slots. */
enum { SLOT_COMMAND, SLOT_NOW, SLOT_RANDOM, SLOT_COUNT };
static const struct text slot_names[SLOT_COUNT] = {{"command", 7}, {"now", 3}, {"random", 6}};
static const struct cel_environment environment = {
    .names = slot_names, .count = SLOT_COUNT, .time_zones = &tz_zones};

struct answer {
    struct text type;
    const struct template *data;    /* NULL: {} */
    const struct cel_program *when; /* NULL: always */
    uint32_t weight;
};

struct service {
    struct text command;
    struct text prefix; /* of "cmd.books.*": "cmd.books."; TEXT_NONE: the whole is meant */
    struct text source; /* "/services/books.fetch": of its answers */
    int64_t delay_ms_min;
    int64_t delay_ms_max;
    struct answer *answers;
    size_t answer_count;
    double failure_share;
    struct answer failure;
    double repeat_share;
};

struct services {
    uint64_t seed;
    struct service *items;
    size_t count;
};

/* --- Compiling ---------------------------------------------------------------------- */

struct compiler {
    struct arena *arena;
    struct problem_list *problems;
    bool incomplete; /* something could not be made: it is wrong, or memory is out */
};

static void *compiler_alloc(struct compiler *compiler, size_t count, size_t size)
{
    void *memory = arena_alloc_array(compiler->arena, count, size);
    if (memory == NULL)
        compiler->incomplete = true;
    return memory;
}

static void place(char out[PATH_SIZE_MAX], const char *path, const char *name)
{
    struct writer writer;
    writer_init(&writer, out, PATH_SIZE_MAX - 1);
    writer_string(&writer, path);
    writer_char(&writer, '.');
    writer_string(&writer, name);
    out[writer.size] = '\0';
}

static void place_item(char out[PATH_SIZE_MAX], const char *path, size_t index)
{
    struct writer writer;
    writer_init(&writer, out, PATH_SIZE_MAX - 1);
    writer_string(&writer, path);
    writer_char(&writer, '[');
    writer_uint64(&writer, index);
    writer_char(&writer, ']');
    out[writer.size] = '\0';
}

/* Every member of the object is one of `names`, or a problem with the nearest. */
static void check_names(struct compiler *compiler, const char *path, struct json object,
                        const struct text *names, size_t count)
{
    for (uint32_t i = 0; i < object.count; i++) {
        struct text name = object.as.members[i].name;
        bool known = false;
        for (size_t j = 0; j < count; j++)
            known = known || text_equal(name, names[j]);
        if (known)
            continue;
        int nearest = text_nearest(name, names, count);
        if (nearest >= 0)
            problem_add(compiler->problems, path,
                        "\"%.*s\" is not known here; did you mean \"%.*s\"?", TEXT_ARGS(name),
                        TEXT_ARGS(names[nearest]));
        else
            problem_add(compiler->problems, path, "\"%.*s\" is not known here", TEXT_ARGS(name));
    }
}

static bool expect_object(struct compiler *compiler, const char *path, struct json json,
                          const struct text *names, size_t count)
{
    if (json.type != JSON_OBJECT) {
        problem_add(compiler->problems, path, "an object is right here, this is %s",
                    json_type_name(json.type));
        return false;
    }
    check_names(compiler, path, json, names, count);
    return true;
}

/* The items of a member that is a list of at least one and at most `max`. */
static struct json take_list(struct compiler *compiler, const char *path, struct json object,
                             const char *name, size_t max)
{
    char at[PATH_SIZE_MAX];
    const struct json *list = json_get(object, name);
    place(at, path, name);
    if (list != NULL && list->type == JSON_ARRAY && list->count > 0 && list->count <= max)
        return *list;
    problem_add(compiler->problems, at, "a list of 1 to %zu is needed here", max);
    return json_array(NULL, 0);
}

static double number_of(struct json json)
{
    if (json.type == JSON_INT)
        return (double)json.as.integer;
    return json.type == JSON_UINT ? (double)json.as.uinteger : json.as.number;
}

/* A share is a number from 0 to 1. */
static double take_share(struct compiler *compiler, const char *path, struct json object,
                         const char *name)
{
    char at[PATH_SIZE_MAX];
    const struct json *share = json_get(object, name);
    if (share == NULL)
        return 0;
    if (json_is_number(*share) && number_of(*share) >= 0 && number_of(*share) <= 1)
        return number_of(*share);
    place(at, path, name);
    problem_add(compiler->problems, at, "a share is a number from 0 to 1");
    return 0;
}

static bool is_topic(struct text name)
{
    if (name.size == 0 || name.size > TOPIC_NAME_SIZE_MAX)
        return false;
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '.' || c == '_' || c == '-'))
            return false;
    }
    return true;
}

static struct text take_type(struct compiler *compiler, const char *path, struct json object)
{
    char at[PATH_SIZE_MAX];
    struct text type = json_get_string(object, "type");
    place(at, path, "type");
    if (type.data == NULL)
        problem_add(compiler->problems, at,
                    "the answer's event type is needed: \"evt.books.fetch.success\"");
    else if (!is_topic(type))
        problem_add(compiler->problems, at,
                    "an event type is also a topic: letters, digits, \".\", \"_\" and \"-\", at "
                    "most %d",
                    TOPIC_NAME_SIZE_MAX);
    else if (text_starts_with(type, "cmd."))
        problem_add(compiler->problems, at, "a service answers with events, not with commands");
    return type;
}

static const struct template *take_data(struct compiler *compiler, const char *path,
                                        struct json object)
{
    char at[PATH_SIZE_MAX];
    const struct json *data = json_get(object, "data");
    if (data == NULL)
        return NULL;
    place(at, path, "data");
    const struct template *template =
        template_compile(compiler->arena, *data, at, &environment, compiler->problems);
    compiler->incomplete = compiler->incomplete || template == NULL;
    return template;
}

static uint32_t take_weight(struct compiler *compiler, const char *path, struct json object)
{
    char at[PATH_SIZE_MAX];
    const struct json *weight = json_get(object, "weight");
    if (weight == NULL)
        return 1;
    if (weight->type == JSON_INT && weight->as.integer >= 0 &&
        weight->as.integer <= SERVICE_WEIGHT_MAX)
        return (uint32_t)weight->as.integer;
    place(at, path, "weight");
    problem_add(compiler->problems, at, "a weight is a whole number from 0 to %d",
                SERVICE_WEIGHT_MAX);
    return 1;
}

static void compile_answer(struct compiler *compiler, const char *path, struct json json,
                           struct answer *out)
{
    static const struct text names[] = {{"type", 4}, {"data", 4}, {"when", 4}, {"weight", 6}};
    char at[PATH_SIZE_MAX];
    if (!expect_object(compiler, path, json, names, sizeof names / sizeof *names))
        return;
    out->type = take_type(compiler, path, json);
    out->data = take_data(compiler, path, json);
    out->weight = take_weight(compiler, path, json);
    const struct json *when = json_get(json, "when");
    place(at, path, "when");
    if (when == NULL)
        return;
    out->when =
        template_compile_expression(compiler->arena, *when, at, &environment, compiler->problems);
    compiler->incomplete = compiler->incomplete || out->when == NULL;
}

static void compile_answers(struct compiler *compiler, const char *path, struct json json,
                            struct service *out)
{
    char list_path[PATH_SIZE_MAX], at[PATH_SIZE_MAX];
    struct json list = take_list(compiler, path, json, "answers", SERVICE_ANSWERS_MAX);
    place(list_path, path, "answers");
    out->answers = compiler_alloc(compiler, list.count, sizeof *out->answers);
    if (out->answers == NULL)
        return;
    for (uint32_t i = 0; i < list.count; i++) {
        place_item(at, list_path, i);
        compile_answer(compiler, at, list.as.items[i], &out->answers[i]);
    }
    out->answer_count = list.count;
}

static void compile_failures(struct compiler *compiler, const char *path, struct json json,
                             struct service *out)
{
    static const struct text names[] = {{"share", 5}, {"type", 4}, {"data", 4}};
    const struct json *failures = json_get(json, "failures");
    char at[PATH_SIZE_MAX];
    if (failures == NULL)
        return;
    place(at, path, "failures");
    if (!expect_object(compiler, at, *failures, names, sizeof names / sizeof *names))
        return;
    out->failure_share = take_share(compiler, at, *failures, "share");
    out->failure.type = take_type(compiler, at, *failures);
    out->failure.data = take_data(compiler, at, *failures);
}

static bool is_delay(struct json json)
{
    return json.type == JSON_INT && json.as.integer >= 0 && json.as.integer <= SERVICE_DELAY_MS_MAX;
}

/* A number, or [least, most]. */
static void compile_delay(struct compiler *compiler, const char *path, struct json json,
                          struct service *out)
{
    const struct json *delay = json_get(json, "delay_ms");
    char at[PATH_SIZE_MAX];
    if (delay == NULL)
        return;
    if (is_delay(*delay)) {
        out->delay_ms_min = out->delay_ms_max = delay->as.integer;
        return;
    }
    if (delay->type == JSON_ARRAY && delay->count == 2 && is_delay(delay->as.items[0]) &&
        is_delay(delay->as.items[1]) &&
        delay->as.items[0].as.integer <= delay->as.items[1].as.integer) {
        out->delay_ms_min = delay->as.items[0].as.integer;
        out->delay_ms_max = delay->as.items[1].as.integer;
        return;
    }
    place(at, path, "delay_ms");
    problem_add(compiler->problems, at,
                "a delay is a whole number of milliseconds up to %d, or [least, most]",
                SERVICE_DELAY_MS_MAX);
}

static void compile_command(struct compiler *compiler, const char *path, struct json json,
                            struct service *out)
{
    static const char command_prefix[] = "cmd.", source_prefix[] = "/services/";
    char at[PATH_SIZE_MAX];
    struct text command = json_get_string(json, "command");
    place(at, path, "command");
    out->command = command;
    if (text_ends_with(command, ".*"))
        out->prefix = (struct text){command.data, command.size - 1};
    struct text named = out->prefix.data == NULL ? command : out->prefix;
    if (!text_starts_with(command, command_prefix) || !is_topic(named)) {
        problem_add(compiler->problems, at,
                    "a command's type is needed here, \"cmd.books.fetch\", or a beginning, "
                    "\"cmd.books.*\"");
        return;
    }
    struct text name = {command.data + sizeof command_prefix - 1,
                        command.size - (sizeof command_prefix - 1)};
    while (text_ends_with(name, ".") || text_ends_with(name, "*"))
        name.size--;
    struct writer source;
    writer_init_arena(&source, compiler->arena, TOPIC_NAME_SIZE_MAX + sizeof source_prefix);
    writer_string(&source, source_prefix);
    writer_text(&source, name);
    compiler->incomplete = compiler->incomplete || source.overflowed;
    out->source = writer_result(&source);
}

static void compile_service(struct compiler *compiler, const char *path, struct json json,
                            struct service *out)
{
    static const struct text names[] = {{"command", 7},  {"answers", 7}, {"delay_ms", 8},
                                        {"failures", 8}, {"repeats", 7}, {"description", 11}};
    if (!expect_object(compiler, path, json, names, sizeof names / sizeof *names))
        return;
    compile_command(compiler, path, json, out);
    compile_answers(compiler, path, json, out);
    compile_delay(compiler, path, json, out);
    compile_failures(compiler, path, json, out);
    out->repeat_share = take_share(compiler, path, json, "repeats");
}

static void check_twice(struct compiler *compiler, const struct services *services)
{
    char at[PATH_SIZE_MAX];
    for (size_t i = 0; i < services->count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (services->items[i].command.size == 0 ||
                !text_equal(services->items[i].command, services->items[j].command))
                continue;
            place_item(at, "$.services", i);
            problem_add(compiler->problems, at, "\"%.*s\" has a rule already, at $.services[%zu]",
                        TEXT_ARGS(services->items[i].command), j);
        }
    }
}

static void compile_file(struct compiler *compiler, struct json json, struct services *out)
{
    static const struct text names[] = {
        {"$schema", 7}, {"seed", 4}, {"services", 8}, {"description", 11}};
    char at[PATH_SIZE_MAX];
    if (!expect_object(compiler, "$", json, names, sizeof names / sizeof *names))
        return;
    const struct json *seed = json_get(json, "seed");
    if (seed != NULL && seed->type == JSON_INT && seed->as.integer >= 0)
        out->seed = (uint64_t)seed->as.integer;
    else if (seed != NULL)
        problem_add(compiler->problems, "$.seed", "a seed is a whole number from 0");
    struct json list = take_list(compiler, "$", json, "services", SERVICES_COUNT_MAX);
    out->items = compiler_alloc(compiler, list.count, sizeof *out->items);
    for (uint32_t i = 0; out->items != NULL && i < list.count; i++) {
        place_item(at, "$.services", i);
        compile_service(compiler, at, list.as.items[i], &out->items[i]);
        out->count++;
    }
    check_twice(compiler, out);
}

enum status services_compile(struct arena *arena, struct json json, struct problem_list *problems,
                             const struct services **out, struct error *error)
{
    struct compiler compiler = {.arena = arena, .problems = problems};
    struct services *services = compiler_alloc(&compiler, 1, sizeof *services);
    if (services != NULL)
        compile_file(&compiler, json, services);
    if (compiler.incomplete && problems->count == 0)
        return error_memory(error);
    if (problems->count > 0)
        return error_set(error, STATUS_REJECTED, "the services have %zu%s problem%s",
                         problems->count, problems->cut ? " or more" : "",
                         problems->count == 1 ? "" : "s");
    *out = services;
    return STATUS_OK;
}

uint64_t services_seed(const struct services *services)
{
    return services->seed;
}

/* --- Subscribing -------------------------------------------------------------------- */

/* "^cmd\.books\..*" for the beginning "cmd.books.". */
static const char *pattern(struct arena *arena, struct text prefix)
{
    struct writer writer;
    writer_init_arena(&writer, arena, 2 * prefix.size + 8);
    writer_char(&writer, '^');
    for (size_t i = 0; i < prefix.size; i++) {
        if (prefix.data[i] == '.')
            writer_char(&writer, '\\');
        writer_char(&writer, prefix.data[i]);
    }
    writer_bytes(&writer, ".*", 3);
    return writer.overflowed ? NULL : writer.data;
}

enum status services_subscription(const struct services *services, struct arena *arena,
                                  const char *const **out, size_t *count, struct error *error)
{
    const char **topics = arena_alloc_array(arena, services->count, sizeof *topics);
    if (topics == NULL)
        return error_memory(error);
    for (size_t i = 0; i < services->count; i++) {
        const struct service *service = &services->items[i];
        topics[i] = service->prefix.data != NULL ? pattern(arena, service->prefix)
                                                 : text_copy(arena, service->command).data;
        if (topics[i] == NULL)
            return error_memory(error);
    }
    *out = topics;
    *count = services->count;
    return STATUS_OK;
}

/* --- Chance ------------------------------------------------------------------------- */

/* What chance decides about one command: independent draws of 32 bits from hashes of the
 * seed and the command's identity (its source and id). */
enum draw {
    DRAW_FAILURE,
    DRAW_ANSWER,
    DRAW_DELAY,
    DRAW_REPEAT,
    DRAW_REPEAT_DELAY,
    DRAW_RANDOM, /* for expressions */
    DRAW_COUNT
};
enum { DRAWS_PER_HASH = 4 };
struct chance {
    uint32_t draws[DRAW_COUNT];
};

static uint32_t read32(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static double unit(uint32_t draw)
{
    return (double)draw / 4294967296.0; /* [0, 1) */
}

static struct hash128 hash_identity(const char *purpose, uint64_t seed, const struct event *command)
{
    char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (char)(unsigned char)(seed >> (56 - 8 * i));
    const struct text parts[] = {{bytes, sizeof bytes}, command->source, command->id};
    return hash_parts(purpose, parts, sizeof parts / sizeof *parts);
}

static struct chance draw_chance(uint64_t seed, const struct event *command)
{
    struct chance chance;
    const struct hash128 hashes[] = {hash_identity("mock chance 0", seed, command),
                                     hash_identity("mock chance 1", seed, command)};
    for (size_t i = 0; i < DRAW_COUNT; i++)
        chance.draws[i] = read32(hashes[i / DRAWS_PER_HASH].bytes + 4 * (i % DRAWS_PER_HASH));
    return chance;
}

/* --- Answering ---------------------------------------------------------------------- */

/* An exact name before a beginning, a longer beginning before a shorter one. */
static const struct service *find_service(const struct services *services, struct text type)
{
    const struct service *found = NULL;
    for (size_t i = 0; i < services->count; i++) {
        const struct service *service = &services->items[i];
        if (service->prefix.data == NULL) {
            if (text_equal(service->command, type))
                return service;
            continue;
        }
        bool matches = type.size > service->prefix.size &&
                       memcmp(type.data, service->prefix.data, service->prefix.size) == 0;
        if (matches && (found == NULL || service->prefix.size > found->prefix.size))
            found = service;
    }
    return found;
}

struct answering {
    struct cel_value variables[SLOT_COUNT];
    uint64_t cost_max;
    struct arena *arena;
};

static enum status is_possible(const struct answering *answering, const struct answer *answer,
                               bool *out, struct error *error)
{
    struct cel_value value;
    *out = true;
    if (answer->when == NULL)
        return STATUS_OK;
    if (cel_evaluate(answer->when, answering->variables, answering->cost_max, answering->arena,
                     &value, NULL, error) != STATUS_OK)
        return error_context(error, "%.*s: when", TEXT_ARGS(answer->type));
    if (value.type != CEL_BOOL)
        return error_set(error, STATUS_REJECTED, "%.*s: when gives %s, not a bool",
                         TEXT_ARGS(answer->type), cel_type_name(value.type));
    *out = value.as.boolean;
    return STATUS_OK;
}

/* One of the answers that are possible, by weight. */
static enum status choose(const struct answering *answering, const struct service *service,
                          uint32_t draw, const struct answer **out, struct error *error)
{
    bool possible[SERVICE_ANSWERS_MAX];
    uint64_t total = 0;
    for (size_t i = 0; i < service->answer_count; i++) {
        if (is_possible(answering, &service->answers[i], &possible[i], error) != STATUS_OK)
            return error->status;
        total += possible[i] ? service->answers[i].weight : 0;
    }
    if (total == 0)
        return error_set(error, STATUS_REJECTED, "no answer of \"%.*s\" is possible",
                         TEXT_ARGS(service->command));
    uint64_t left = (uint64_t)draw * total >> 32; /* total is below 2^27 */
    for (size_t i = 0; i < service->answer_count; i++) {
        uint64_t weight = possible[i] ? service->answers[i].weight : 0;
        if (left < weight) {
            *out = &service->answers[i];
            return STATUS_OK;
        }
        left -= weight;
    }
    return error_set(error, STATUS_FATAL, "the weights of \"%.*s\" do not add up",
                     TEXT_ARGS(service->command));
}

/* What a service continues (CloudEvents extensions): who began it all, what caused this,
 * and the trace. */
static bool continue_extensions(struct arena *arena, const struct event *command, struct json *out)
{
    static const char *const continued[] = {"correlationid", "traceparent", "tracestate", NULL};
    enum { EXTENSIONS_MAX = 4 };
    struct json_member *members = arena_alloc_array(arena, EXTENSIONS_MAX, sizeof *members);
    size_t count = 0;
    if (members == NULL)
        return false;
    for (size_t i = 0; continued[i] != NULL; i++) {
        struct text value = event_extension(command, continued[i]);
        if (value.data != NULL)
            members[count++] = (struct json_member){text_of(continued[i]), json_string(value)};
    }
    members[count++] = JSON_MEMBER("causationid", json_string(command->id));
    *out = json_object(members, count);
    return true;
}

static struct text time_text(struct arena *arena, int64_t ms)
{
    struct writer writer;
    writer_init_arena(&writer, arena, 32);
    clock_write_ms(&writer, ms);
    return writer.overflowed ? TEXT_NONE : writer_result(&writer);
}

static enum status make_event(const struct answering *answering, const struct service *service,
                              const struct answer *answer, const struct event *command,
                              int64_t sent_ms, struct event *out, struct error *error)
{
    char id[UUID_TEXT_SIZE];
    const struct text parts[] = {command->source, command->id};
    hash_uuid(hash_parts("mock answer", parts, 2), id);
    *out = (struct event){.id = text_copy(answering->arena, text_of(id)),
                          .source = service->source,
                          .type = answer->type,
                          .subject = command->subject,
                          .time = time_text(answering->arena, sent_ms),
                          .datacontenttype = TEXT("application/json"),
                          .data = json_object(NULL, 0),
                          .has_data = true};
    if (out->id.data == NULL || out->time.data == NULL ||
        !continue_extensions(answering->arena, command, &out->extensions))
        return error_memory(error);
    if (answer->data == NULL)
        return STATUS_OK;
    return template_evaluate(answer->data, answering->variables, answering->cost_max,
                             answering->arena, &out->data, error);
}

static int64_t draw_delay(const struct service *service, uint32_t draw)
{
    uint64_t span = (uint64_t)(service->delay_ms_max - service->delay_ms_min) + 1;
    return service->delay_ms_min + (int64_t)((uint64_t)draw * span >> 32);
}

enum status services_answer(const struct services *services, uint64_t seed,
                            const struct event *command, int64_t now_ms, uint64_t cost_max,
                            struct arena *arena, struct service_reply *out, bool *found,
                            struct error *error)
{
    const struct service *service = find_service(services, command->type);
    *found = service != NULL;
    if (service == NULL)
        return STATUS_OK;
    struct json json;
    if (!event_to_json(command, true, arena, &json))
        return error_memory(error);
    struct chance chance = draw_chance(seed, command);
    struct answering answering = {.cost_max = cost_max, .arena = arena};
    answering.variables[SLOT_COMMAND] = cel_from_json(json);
    answering.variables[SLOT_NOW] = cel_timestamp_ms(now_ms);
    answering.variables[SLOT_RANDOM] =
        (struct cel_value){.type = CEL_DOUBLE, .as.number = unit(chance.draws[DRAW_RANDOM])};
    const struct answer *answer = &service->failure;
    out->is_failure = unit(chance.draws[DRAW_FAILURE]) < service->failure_share;
    if (!out->is_failure &&
        choose(&answering, service, chance.draws[DRAW_ANSWER], &answer, error) != STATUS_OK)
        return error->status;
    out->delay_ms = draw_delay(service, chance.draws[DRAW_DELAY]);
    out->is_repeated = unit(chance.draws[DRAW_REPEAT]) < service->repeat_share;
    out->repeat_after_ms = draw_delay(service, chance.draws[DRAW_REPEAT_DELAY]);
    return make_event(&answering, service, answer, command, now_ms + out->delay_ms, &out->event,
                      error);
}
