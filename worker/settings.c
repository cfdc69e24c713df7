#include "worker/settings.h"

#include <regex.h>
#include <stddef.h>
#include <string.h>

#include "adapters/http/http.h"
#include "core/arena.h"
#include "core/writer.h"
#include "worker/printable.h"
#include "worker/secret.h"

static const char environment_prefix[] = "XORCA_";
static const char kafka_prefix[] = "XORCA_KAFKA_";
static const char kafka_flag_prefix[] = "kafka-";

/* Names that tests give to their scripts (tests/support): no settings, and nobody's typing
 * mistake. */
static const char test_prefix[] = "XORCA_TEST_";
static const char marker_suffix[] = ".outbox-pos";

/* Longest name of a Kafka topic (org.apache.kafka.common.internals.Topic). */
enum { TOPIC_NAME_SIZE_MAX = 249 };

/* librdkafka knows some 200 properties; nobody sets more than a few. */
enum { KAFKA_PROPERTY_COUNT_MAX = 256, KAFKA_PROPERTY_NAME_SIZE_MAX = 128 };

enum { SUBSCRIBE_COUNT_MAX = 1000 };

enum origin { ORIGIN_DEFAULT, ORIGIN_ENVIRONMENT, ORIGIN_FLAG };

/* What one name was given as; the flag wins. */
struct given {
    enum origin origin;
    const char *value;
};

struct setting;

/* Reads `value` into `settings`. Fills the error without the setting's name. */
typedef enum status settings_parser(const struct setting *setting, const char *value,
                                    struct arena *arena, struct settings *settings,
                                    struct error *error);

struct setting {
    const char *name;
    const char *default_value; /* as one would write it; NULL: none */
    const char *meaning;
    settings_parser *parse;
    size_t offset; /* of the field, for the parsers that fill any field of a type */
    uint64_t minimum;
    uint64_t maximum;
    bool is_secret; /* may hold a password: a conninfo */
};

static settings_parser parse_string, parse_databases, parse_uint32, parse_uint64, parse_size,
    parse_group, parse_topic, parse_address, parse_subscribe, parse_delivery, parse_lifecycle,
    parse_log_level, parse_log_format;

#define FIELD(field) offsetof(struct settings, field)

/* clang-format off */
static const struct setting table[] = {
    {"XORCA_DEFINITIONS", NULL, "folder of definition files that are registered at start",
     parse_string, FIELD(definitions), 0, 0, false},
    {"XORCA_DATABASE_URL", "",
     "PostgreSQL: a URL or key words, empty: libpq's own PG* variables; or several URLs, each "
     "with the lanes that it serves: 0-7=URL 8-15=URL",
     parse_databases, 0, 0, 0, true},
    {"XORCA_GROUP", "xorca", "consumer group; prefix of transactional ids and of the marker topic",
     parse_group, 0, 0, 0, false},
    {"XORCA_SUBSCRIBE", "^(evt\\..*|sys\\..*|xorca\\..*\\.start)$",
     "topics consumed: one regular expression that begins with ^, or names with commas between",
     parse_subscribe, 0, 0, 0, false},
    {"XORCA_DEAD_LETTER_TOPIC", "xorca.dead", "topic for what cannot be decoded",
     parse_topic, FIELD(dead_letter_topic), 0, 0, false},
    {"XORCA_DELIVERY", "exactly-once", "how outputs are published: exactly-once, at-least-once",
     parse_delivery, 0, 0, 0, false},
    {"XORCA_LIFECYCLE", "outcomes", "lifecycle events sent: none, outcomes, all",
     parse_lifecycle, 0, 0, 0, false},
    {"XORCA_BATCH_EVENTS", "200", "most events of one batch",
     parse_uint32, FIELD(batch_events), 1, 10000, false},
    {"XORCA_BATCH_WAIT_MS", "50",
     "a busy lane begins batches no closer than this; a few events at a time wait for nothing",
     parse_uint32, FIELD(batch_wait_ms), 0, 10000, false},
    {"XORCA_BATCH_MEMORY_KIB", "65536", "memory of a lane's turn",
     parse_uint32, FIELD(batch_memory_kib), 4096, 4194304, false},
    {"XORCA_CACHE_KIB", "2048", "snapshots that a lane keeps in memory",
     parse_uint32, FIELD(cache_kib), 0, 4194303, false},
    {"XORCA_DRAIN_TIMEOUT_MS", "20000", "how long a stopping worker finishes its work",
     parse_uint32, FIELD(drain_timeout_ms), 0, 3600000, false},
    {"XORCA_RETRY_BACKOFF_MS_MAX", "10000", "longest wait between attempts, to which waits double",
     parse_uint32, FIELD(retry_backoff_ms_max), 100, 600000, false},
    {"XORCA_PUBLISH_TIMEOUT_MS", "15000", "how long one Kafka transaction may take",
     parse_uint32, FIELD(publish_timeout_ms), 1000, 600000, false},
    {"XORCA_DATABASE_TIMEOUT_MS", "30000",
     "how long one statement may take; a server silent for a third longer is given up",
     parse_uint32, FIELD(database_timeout_ms), 1000, 600000, false},
    {"XORCA_LANE_EVICT_MS", "30000", "idle time after which a lane's holder is ended at take-over",
     parse_uint32, FIELD(lane_idle_ms_max), 1000, 3600000, false},
    {"XORCA_HTTP_PORT", "0", "port of /livez, /readyz and /metrics; 0: none",
     parse_uint32, FIELD(http_port), 0, 65535, false},
    {"XORCA_HTTP_ADDRESS", "127.0.0.1", "where it listens; 0.0.0.0 or :: is every address",
     parse_address, FIELD(http_address), 0, 0, false},
    {"XORCA_WATCHDOG_TIMEOUT_MS", "120000",
     "a lane that is stuck for longer ends the process; 0: none does",
     parse_uint32, FIELD(watchdog_timeout_ms), 0, 3600000, false},
    {"XORCA_JSON_DEPTH_MAX", "128", "deepest nesting of a document from outside",
     parse_uint32, FIELD(json_limits.depth_max), 1, JSON_DEPTH_MAX, false},
    {"XORCA_JSON_SIZE_MAX", "1048576", "bytes of a document from outside",
     parse_size, FIELD(json_limits.size_max), 1024, 67108864, false},
    {"XORCA_STEP_MICROSTEPS_MAX", "1000", "microsteps of one event",
     parse_uint32, FIELD(step.limits.microsteps_max), 1, 1000000, false},
    {"XORCA_STEP_RAISED_EVENTS_MAX", "1000", "events raised within one event",
     parse_uint32, FIELD(step.limits.raised_events_max), 1, 1000000, false},
    {"XORCA_STEP_EFFECTS_MAX", "1000", "events emitted and lines logged by one event",
     parse_uint32, FIELD(step.limits.effects_max), 1, 1000000, false},
    {"XORCA_STEP_EXPRESSION_COST_MAX", "1000000", "cost of one expression, in CEL's units",
     parse_uint64, FIELD(step.limits.expression_cost_max), 1, 1000000000, false},
    {"XORCA_STEP_CONTEXT_SIZE_MAX", "1048576", "bytes of a context as JSON",
     parse_size, FIELD(step.limits.context_size_max), 1024, 67108864, false},
    {"XORCA_STEP_MEMORY_MAX", "33554432", "bytes of memory that one event takes to be worked out",
     parse_size, FIELD(step.limits.memory_max), 1048576, 2147483648, false},
    {"XORCA_STEP_DATA_SIZE_MAX", "917504",
     "bytes of the data of one event that is sent; with its headers it must fit the topic",
     parse_size, FIELD(step.data_size_max), 1024, 67108864, false},
    {"XORCA_LOG_LEVEL", "info", "error, warn, info, debug",
     parse_log_level, 0, 0, 0, false},
    {"XORCA_LOG_FORMAT", "text", "text, json",
     parse_log_format, 0, 0, 0, false},
};
/* clang-format on */

enum { SETTING_COUNT = sizeof table / sizeof table[0] };

/* One reading of the environment and the flags. */
struct reading {
    struct arena *arena;
    struct given given[SETTING_COUNT];
    struct kafka_property *kafka; /* KAFKA_PROPERTY_COUNT_MAX of them */
    enum origin *kafka_origins;
    size_t kafka_count;
};

/* --- Parsers ----------------------------------------------------------------- */

static void *field_of(struct settings *settings, const struct setting *setting)
{
    return (char *)settings + setting->offset;
}

static enum status parse_string(const struct setting *setting, const char *value,
                                struct arena *arena, struct settings *settings, struct error *error)
{
    (void)arena;
    (void)error;
    memcpy(field_of(settings, setting), &value, sizeof value);
    return STATUS_OK;
}

static enum status parse_databases(const struct setting *setting, const char *value,
                                   struct arena *arena, struct settings *settings,
                                   struct error *error)
{
    (void)setting;
    return databases_parse(arena, text_of(value), &settings->databases, error);
}

/* Decimal digits only: no sign, no space, no unit. */
static bool read_digits(const char *value, uint64_t *out)
{
    uint64_t number = 0;
    if (value[0] == '\0')
        return false;
    for (; *value != '\0'; value++) {
        if (*value < '0' || *value > '9')
            return false;
        uint64_t digit = (uint64_t)(*value - '0');
        if (number > (UINT64_MAX - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *out = number;
    return true;
}

static enum status parse_number(const struct setting *setting, const char *value, uint64_t *out,
                                struct error *error)
{
    if (read_digits(value, out) && *out >= setting->minimum && *out <= setting->maximum)
        return STATUS_OK;
    return error_set(error, STATUS_REJECTED, "\"%s\" is no whole number from %llu to %llu", value,
                     (unsigned long long)setting->minimum, (unsigned long long)setting->maximum);
}

static enum status parse_uint32(const struct setting *setting, const char *value,
                                struct arena *arena, struct settings *settings, struct error *error)
{
    (void)arena;
    uint64_t number = 0;
    enum status status = parse_number(setting, value, &number, error);
    uint32_t field = (uint32_t)number; /* the table's maxima fit */
    if (status == STATUS_OK)
        memcpy(field_of(settings, setting), &field, sizeof field);
    return status;
}

static enum status parse_uint64(const struct setting *setting, const char *value,
                                struct arena *arena, struct settings *settings, struct error *error)
{
    (void)arena;
    uint64_t field = 0;
    enum status status = parse_number(setting, value, &field, error);
    if (status == STATUS_OK)
        memcpy(field_of(settings, setting), &field, sizeof field);
    return status;
}

static enum status parse_size(const struct setting *setting, const char *value, struct arena *arena,
                              struct settings *settings, struct error *error)
{
    (void)arena;
    uint64_t number = 0;
    enum status status = parse_number(setting, value, &number, error);
    size_t field = (size_t)number;
    if (status == STATUS_OK)
        memcpy(field_of(settings, setting), &field, sizeof field);
    return status;
}

/* The index of `value` among `names` (NULL ends them). */
static enum status choose(const char *value, const char *const *names, size_t *index,
                          struct error *error)
{
    struct text candidates[8];
    size_t count = 0;
    struct writer list;
    char buffer[128];
    writer_init(&list, buffer, sizeof buffer - 1);
    for (; names[count] != NULL; count++) {
        if (strcmp(value, names[count]) == 0) {
            *index = count;
            return STATUS_OK;
        }
        candidates[count] = text_of(names[count]);
        writer_string(&list, count == 0 ? "" : ", ");
        writer_string(&list, names[count]);
    }
    buffer[list.size] = '\0';
    int nearest = text_nearest(text_of(value), candidates, count);
    if (nearest >= 0)
        return error_set(error, STATUS_REJECTED, "\"%s\" is none of %s; did you mean \"%s\"?",
                         value, buffer, names[nearest]);
    return error_set(error, STATUS_REJECTED, "\"%s\" is none of %s", value, buffer);
}

static enum status parse_delivery(const struct setting *setting, const char *value,
                                  struct arena *arena, struct settings *settings,
                                  struct error *error)
{
    (void)setting;
    (void)arena;
    static const char *const names[] = {"exactly-once", "at-least-once", NULL};
    static const enum delivery values[] = {DELIVERY_EXACTLY_ONCE, DELIVERY_AT_LEAST_ONCE};
    size_t index = 0;
    enum status status = choose(value, names, &index, error);
    if (status == STATUS_OK)
        settings->delivery = values[index];
    return status;
}

static enum status parse_lifecycle(const struct setting *setting, const char *value,
                                   struct arena *arena, struct settings *settings,
                                   struct error *error)
{
    (void)setting;
    (void)arena;
    static const char *const names[] = {"none", "outcomes", "all", NULL};
    static const enum lifecycle values[] = {LIFECYCLE_NONE, LIFECYCLE_OUTCOMES, LIFECYCLE_ALL};
    size_t index = 0;
    enum status status = choose(value, names, &index, error);
    if (status == STATUS_OK)
        settings->step.lifecycle = values[index];
    return status;
}

static enum status parse_log_level(const struct setting *setting, const char *value,
                                   struct arena *arena, struct settings *settings,
                                   struct error *error)
{
    (void)setting;
    (void)arena;
    static const char *const names[] = {"error", "warn", "info", "debug", NULL};
    static const enum log_level values[] = {LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG};
    size_t index = 0;
    enum status status = choose(value, names, &index, error);
    if (status == STATUS_OK)
        settings->log_level = values[index];
    return status;
}

static enum status parse_log_format(const struct setting *setting, const char *value,
                                    struct arena *arena, struct settings *settings,
                                    struct error *error)
{
    (void)setting;
    (void)arena;
    static const char *const names[] = {"text", "json", NULL};
    static const enum log_format values[] = {LOG_TEXT, LOG_JSON};
    size_t index = 0;
    enum status status = choose(value, names, &index, error);
    if (status == STATUS_OK)
        settings->log_format = values[index];
    return status;
}

/* Kafka's rule for names of topics. */
static enum status check_topic(struct text name, size_t size_max, struct error *error)
{
    if (name.size == 0)
        return error_set(error, STATUS_REJECTED, "a name of a topic must not be empty");
    if (name.size > size_max)
        return error_set(error, STATUS_REJECTED, "%zu characters are more than %zu", name.size,
                         size_max);
    if (text_is(name, ".") || text_is(name, ".."))
        return error_set(error, STATUS_REJECTED, "\"%.*s\" cannot be a topic", TEXT_ARGS(name));
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            c == '.' || c == '_' || c == '-')
            continue;
        return error_set(error, STATUS_REJECTED,
                         "\"%.*s\" has a character that topics cannot have; "
                         "letters, digits, \".\", \"_\" and \"-\" are right",
                         TEXT_ARGS(name));
    }
    return STATUS_OK;
}

static enum status parse_topic(const struct setting *setting, const char *value,
                               struct arena *arena, struct settings *settings, struct error *error)
{
    (void)arena;
    enum status status = check_topic(text_of(value), TOPIC_NAME_SIZE_MAX, error);
    if (status == STATUS_OK)
        memcpy(field_of(settings, setting), &value, sizeof value);
    return status;
}

static enum status parse_address(const struct setting *setting, const char *value,
                                 struct arena *arena, struct settings *settings,
                                 struct error *error)
{
    (void)arena;
    if (!http_address_is_valid(value))
        return error_set(error, STATUS_REJECTED,
                         "\"%s\" is no IPv4 or IPv6 address, as in 127.0.0.1 or ::", value);
    memcpy(field_of(settings, setting), &value, sizeof value);
    return STATUS_OK;
}

static enum status parse_group(const struct setting *setting, const char *value,
                               struct arena *arena, struct settings *settings, struct error *error)
{
    (void)setting;
    size_t room = TOPIC_NAME_SIZE_MAX - (sizeof marker_suffix - 1);
    if (check_topic(text_of(value), room, error) != STATUS_OK)
        return error->status;
    struct writer marker;
    writer_init_arena(&marker, arena, TOPIC_NAME_SIZE_MAX + 1);
    writer_string(&marker, value);
    writer_bytes(&marker, marker_suffix, sizeof marker_suffix); /* with its NUL */
    if (marker.overflowed)
        return error_memory(error);
    settings->group = value;
    settings->marker_topic = marker.data;
    return STATUS_OK;
}

/* librdkafka compiles patterns as POSIX extended ones: what fails here fails there. */
static enum status check_pattern(const char *pattern, struct error *error)
{
    regex_t compiled;
    int code = regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB);
    if (code == 0) {
        regfree(&compiled);
        return STATUS_OK;
    }
    char reason[128];
    regerror(code, NULL, reason, sizeof reason);
    return error_set(error, STATUS_REJECTED, "\"%s\" is no regular expression: %s", pattern,
                     reason);
}

static struct text trim(struct text text)
{
    while (text.size > 0 && text.data[0] == ' ') {
        text.data++;
        text.size--;
    }
    while (text.size > 0 && text.data[text.size - 1] == ' ')
        text.size--;
    return text;
}

static enum status add_subscription(struct arena *arena, struct text name, const char **names,
                                    size_t *count, struct error *error)
{
    if (*count == SUBSCRIBE_COUNT_MAX)
        return error_set(error, STATUS_REJECTED, "more than %d topics", SUBSCRIBE_COUNT_MAX);
    if (check_topic(name, TOPIC_NAME_SIZE_MAX, error) != STATUS_OK)
        return error->status;
    struct text copy = text_copy(arena, name);
    if (copy.data == NULL)
        return error_memory(error);
    names[(*count)++] = copy.data;
    return STATUS_OK;
}

static enum status parse_subscribe(const struct setting *setting, const char *value,
                                   struct arena *arena, struct settings *settings,
                                   struct error *error)
{
    (void)setting;
    bool is_pattern = value[0] == '^';
    const char **names =
        arena_alloc_array(arena, is_pattern ? 1 : SUBSCRIBE_COUNT_MAX, sizeof *names);
    if (names == NULL)
        return error_memory(error);
    settings->subscribe = names;
    settings->subscribe_count = 0;
    if (is_pattern) {
        names[settings->subscribe_count++] = value;
        return check_pattern(value, error);
    }
    struct text rest = text_of(value);
    for (;;) {
        const char *comma = rest.size == 0 ? NULL : memchr(rest.data, ',', rest.size);
        size_t size = comma == NULL ? rest.size : (size_t)(comma - rest.data);
        struct text name = trim((struct text){rest.data, size});
        if (add_subscription(arena, name, names, &settings->subscribe_count, error) != STATUS_OK)
            return error->status;
        if (comma == NULL)
            return STATUS_OK;
        rest = (struct text){comma + 1, rest.size - size - 1};
    }
}

/* --- Names ------------------------------------------------------------------- */

/* "XORCA_BATCH_EVENTS" for the flag "batch-events". */
static bool flag_to_name(const char *flag, char *out, size_t out_size)
{
    size_t size = strlen(flag), at = sizeof environment_prefix - 1;
    if (at + size + 1 > out_size)
        return false;
    memcpy(out, environment_prefix, at);
    for (size_t i = 0; i <= size; i++) {
        char c = flag[i];
        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        else if (c == '-')
            c = '_';
        else if (c != '\0' && (c < '0' || c > '9'))
            return false;
        out[at + i] = c;
    }
    return true;
}

/* librdkafka's property for what follows the prefix: "BOOTSTRAP_SERVERS" and
 * "bootstrap-servers" are bootstrap.servers. */
static bool kafka_property_name(const char *given, char *out, size_t out_size)
{
    size_t size = strlen(given);
    if (size == 0 || size + 1 > out_size)
        return false;
    for (size_t i = 0; i <= size; i++) {
        char c = given[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        else if (c == '_' || c == '-')
            c = '.';
        out[i] = c;
    }
    return true;
}

static int find_setting(const char *name)
{
    for (int i = 0; i < SETTING_COUNT; i++) {
        if (strcmp(table[i].name, name) == 0)
            return i;
    }
    return -1;
}

bool settings_is_flag(const char *name)
{
    char upper[KAFKA_PROPERTY_NAME_SIZE_MAX];
    if (strncmp(name, kafka_flag_prefix, sizeof kafka_flag_prefix - 1) == 0)
        return kafka_property_name(name + sizeof kafka_flag_prefix - 1, upper, sizeof upper) &&
               kafka_property_exists(upper);
    return flag_to_name(name, upper, sizeof upper) && find_setting(upper) >= 0;
}

const char *settings_name(size_t index)
{
    return index < SETTING_COUNT ? table[index].name : NULL;
}

static enum status unknown_name(const char *name, struct error *error)
{
    struct text candidates[SETTING_COUNT + 1];
    for (size_t i = 0; i < SETTING_COUNT; i++)
        candidates[i] = text_of(table[i].name);
    candidates[SETTING_COUNT] = TEXT("XORCA_KAFKA_BOOTSTRAP_SERVERS");
    int nearest = text_nearest(text_of(name), candidates, SETTING_COUNT + 1);
    if (nearest >= 0)
        return error_set(error, STATUS_REJECTED, "%s: no such setting; did you mean %s?", name,
                         candidates[nearest].data);
    return error_set(error, STATUS_REJECTED,
                     "%s: no such setting; `xorca worker --print-settings` lists them", name);
}

/* --- Reading ----------------------------------------------------------------- */

static enum status take_kafka(struct reading *reading, const char *given_name, const char *suffix,
                              const char *value, enum origin origin, struct error *error)
{
    char name[KAFKA_PROPERTY_NAME_SIZE_MAX];
    if (!kafka_property_name(suffix, name, sizeof name))
        return error_set(error, STATUS_REJECTED, "%s: names no property of Kafka", given_name);
    if (kafka_property_check(name, value, error) != STATUS_OK)
        return error_context(error, "%s", given_name);
    size_t at = 0;
    while (at < reading->kafka_count && strcmp(reading->kafka[at].name, name) != 0)
        at++;
    if (at == KAFKA_PROPERTY_COUNT_MAX)
        return error_set(error, STATUS_REJECTED, "%s: more than %d properties of Kafka", given_name,
                         KAFKA_PROPERTY_COUNT_MAX);
    if (at == reading->kafka_count) {
        const char *copy = text_copy(reading->arena, text_of(name)).data;
        if (copy == NULL)
            return error_memory(error);
        reading->kafka[at].name = copy;
        reading->kafka_count++;
    }
    reading->kafka[at].value = value;
    reading->kafka_origins[at] = origin;
    return STATUS_OK;
}

/* One "NAME=value" of the environment; what is not ours is passed over. */
static enum status take_variable(struct reading *reading, const char *variable, struct error *error)
{
    const char *equals = strchr(variable, '=');
    if (equals == NULL ||
        strncmp(variable, environment_prefix, sizeof environment_prefix - 1) != 0 ||
        strncmp(variable, test_prefix, sizeof test_prefix - 1) == 0)
        return STATUS_OK;
    struct text name =
        text_copy(reading->arena, (struct text){variable, (size_t)(equals - variable)});
    const char *value = text_copy(reading->arena, text_of(equals + 1)).data;
    if (name.data == NULL || value == NULL)
        return error_memory(error);
    if (text_starts_with(name, kafka_prefix))
        return take_kafka(reading, name.data, name.data + sizeof kafka_prefix - 1, value,
                          ORIGIN_ENVIRONMENT, error);
    int index = find_setting(name.data);
    if (index < 0)
        return unknown_name(name.data, error);
    reading->given[index] = (struct given){ORIGIN_ENVIRONMENT, value};
    return STATUS_OK;
}

static enum status take_flag(struct reading *reading, const struct settings_flag *flag,
                             struct error *error)
{
    char name[KAFKA_PROPERTY_NAME_SIZE_MAX];
    if (strncmp(flag->name, kafka_flag_prefix, sizeof kafka_flag_prefix - 1) == 0)
        return take_kafka(reading, flag->name, flag->name + sizeof kafka_flag_prefix - 1,
                          flag->value, ORIGIN_FLAG, error);
    int index = flag_to_name(flag->name, name, sizeof name) ? find_setting(name) : -1;
    if (index < 0)
        return error_set(error, STATUS_REJECTED, "--%s: no such setting", flag->name);
    reading->given[index] = (struct given){ORIGIN_FLAG, flag->value};
    return STATUS_OK;
}

static enum status read_all(struct reading *reading, struct arena *arena, char *const *environment,
                            const struct settings_flag *flags, size_t flag_count,
                            struct error *error)
{
    *reading = (struct reading){.arena = arena};
    reading->kafka = arena_alloc_array(arena, KAFKA_PROPERTY_COUNT_MAX, sizeof *reading->kafka);
    reading->kafka_origins =
        arena_alloc_array(arena, KAFKA_PROPERTY_COUNT_MAX, sizeof *reading->kafka_origins);
    if (reading->kafka == NULL || reading->kafka_origins == NULL)
        return error_memory(error);
    for (size_t i = 0; i < SETTING_COUNT; i++)
        reading->given[i].value = table[i].default_value;
    for (size_t i = 0; environment[i] != NULL; i++) {
        if (take_variable(reading, environment[i], error) != STATUS_OK)
            return error->status;
    }
    for (size_t i = 0; i < flag_count; i++) {
        if (take_flag(reading, &flags[i], error) != STATUS_OK)
            return error->status;
    }
    return STATUS_OK;
}

/* Where a person must look: the variable's name, or the flag as it was written. */
static enum status setting_error(const struct setting *setting, enum origin origin,
                                 struct error *error)
{
    if (origin != ORIGIN_FLAG)
        return error_context(error, "%s", setting->name);
    char flag[KAFKA_PROPERTY_NAME_SIZE_MAX];
    size_t skip = sizeof environment_prefix - 1, size = strlen(setting->name) - skip;
    for (size_t i = 0; i <= size; i++) {
        char c = setting->name[skip + i];
        flag[i] = c == '_' ? '-' : c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    return error_context(error, "--%s", flag);
}

static enum status parse_all(const struct reading *reading, struct settings *out,
                             struct error *error)
{
    *out = (struct settings){.kafka = {reading->kafka, reading->kafka_count}};
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct given *given = &reading->given[i];
        if (given->value == NULL)
            continue;
        if (table[i].parse(&table[i], given->value, reading->arena, out, error) != STATUS_OK)
            return setting_error(&table[i], given->origin, error);
    }
    if (out->definitions != NULL && out->definitions[0] == '\0')
        out->definitions = NULL; /* a variable that a Deployment leaves empty */
    /* An event that takes all that it may must not fill the memory of its batch. */
    if (out->step.limits.memory_max / 1024 >= out->batch_memory_kib)
        return error_set(error, STATUS_REJECTED,
                         "XORCA_STEP_MEMORY_MAX is %zu bytes and must be less than "
                         "XORCA_BATCH_MEMORY_KIB, which is %u KiB",
                         out->step.limits.memory_max, (unsigned)out->batch_memory_kib);
    /* One Kafka transaction is what a thread waits for longest, and rightly. */
    if (out->watchdog_timeout_ms > 0 && out->watchdog_timeout_ms / 2 < out->publish_timeout_ms)
        return error_set(error, STATUS_REJECTED,
                         "XORCA_WATCHDOG_TIMEOUT_MS is %u and must be at least twice "
                         "XORCA_PUBLISH_TIMEOUT_MS, which is %u; 0 takes the watchdog off",
                         (unsigned)out->watchdog_timeout_ms, (unsigned)out->publish_timeout_ms);
    if (out->watchdog_timeout_ms > 0 && out->watchdog_timeout_ms / 2 < out->database_timeout_ms)
        return error_set(error, STATUS_REJECTED,
                         "XORCA_WATCHDOG_TIMEOUT_MS is %u and must be at least twice "
                         "XORCA_DATABASE_TIMEOUT_MS, which is %u; 0 takes the watchdog off",
                         (unsigned)out->watchdog_timeout_ms, (unsigned)out->database_timeout_ms);
    return STATUS_OK;
}

enum status settings_load(struct arena *arena, char *const *environment,
                          const struct settings_flag *flags, size_t flag_count,
                          struct settings *out, struct error *error)
{
    struct reading reading;
    if (read_all(&reading, arena, environment, flags, flag_count, error) != STATUS_OK)
        return error->status;
    return parse_all(&reading, out, error);
}

enum status settings_need_kafka(const struct settings *settings, struct error *error)
{
    for (size_t i = 0; i < settings->kafka.count; i++) {
        const struct kafka_property *property = &settings->kafka.items[i];
        if ((strcmp(property->name, "bootstrap.servers") == 0 ||
             strcmp(property->name, "metadata.broker.list") == 0) &&
            property->value[0] != '\0')
            return STATUS_OK;
    }
    return error_set(error, STATUS_REJECTED,
                     "XORCA_KAFKA_BOOTSTRAP_SERVERS is not set; it says where Kafka is, "
                     "as in localhost:9092");
}

/* --- Printing ---------------------------------------------------------------- */

static const char *origin_name(enum origin origin)
{
    switch (origin) {
    case ORIGIN_DEFAULT: return "default";
    case ORIGIN_ENVIRONMENT: return "environment";
    case ORIGIN_FLAG: return "flag";
    }
    return "";
}

enum { NAME_COLUMN = 34, VALUE_COLUMN = 42 };

static void print_row(FILE *out, const char *name, struct text value, const char *origin)
{
    printable_print_column(out, text_of(name), NAME_COLUMN);
    fputc(' ', out);
    printable_print_column(out, value, VALUE_COLUMN);
    fprintf(out, " %s\n", origin);
}

static enum status print_settings(const struct reading *reading, FILE *out, struct error *error)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct given *given = &reading->given[i];
        struct text shown = given->value == NULL ? TEXT("-") : text_of(given->value);
        if (table[i].is_secret && secret_mask_databases(reading->arena, shown, &shown) != STATUS_OK)
            return error_memory(error);
        print_row(out, table[i].name, shown.size == 0 ? TEXT("\"\"") : shown,
                  origin_name(given->origin));
    }
    return STATUS_OK;
}

/* "XORCA_KAFKA_BOOTSTRAP_SERVERS" for bootstrap.servers. */
static void print_kafka(const struct reading *reading, FILE *out)
{
    for (size_t i = 0; i < reading->kafka_count; i++) {
        char name[sizeof kafka_prefix + KAFKA_PROPERTY_NAME_SIZE_MAX];
        size_t at = sizeof kafka_prefix - 1;
        memcpy(name, kafka_prefix, at);
        for (const char *c = reading->kafka[i].name; *c != '\0'; c++)
            name[at++] = *c == '.' ? '_' : *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
        name[at] = '\0';
        struct text value = secret_is_property(reading->kafka[i].name)
                                ? text_of(SECRET_MASK)
                                : text_of(reading->kafka[i].value);
        print_row(out, name, value, origin_name(reading->kafka_origins[i]));
    }
}

/* The variables that libpq reads by itself: what else decides where the database is. */
static void print_libpq(char *const *environment, FILE *out)
{
    static const char *const names[] = {"PGHOST",    "PGHOSTADDR", "PGPORT",     "PGDATABASE",
                                        "PGUSER",    "PGPASSWORD", "PGPASSFILE", "PGSERVICE",
                                        "PGSSLMODE", "PGOPTIONS",  NULL};
    for (size_t n = 0; names[n] != NULL; n++) {
        size_t size = strlen(names[n]);
        for (size_t i = 0; environment[i] != NULL; i++) {
            if (strncmp(environment[i], names[n], size) != 0 || environment[i][size] != '=')
                continue;
            bool secret = strcmp(names[n], "PGPASSWORD") == 0;
            print_row(out, names[n],
                      secret ? text_of(SECRET_MASK) : text_of(environment[i] + size + 1),
                      "environment, by libpq");
            break;
        }
    }
}

enum status settings_print(struct arena *arena, char *const *environment,
                           const struct settings_flag *flags, size_t flag_count, FILE *out,
                           struct error *error)
{
    struct reading reading;
    struct settings settings;
    if (read_all(&reading, arena, environment, flags, flag_count, error) != STATUS_OK ||
        parse_all(&reading, &settings, error) != STATUS_OK)
        return error->status;
    print_row(out, "SETTING", TEXT("VALUE"), "FROM");
    if (print_settings(&reading, out, error) != STATUS_OK)
        return error->status;
    print_kafka(&reading, out);
    print_libpq(environment, out);
    return STATUS_OK;
}

void settings_describe(FILE *out)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const char *value = table[i].default_value;
        fprintf(out, "%-32s %s\n%32s default: %s\n", table[i].name, table[i].meaning, "",
                value == NULL      ? "none"
                : value[0] == '\0' ? "\"\""
                                   : value);
    }
    fprintf(out, "%-32s %s\n", "XORCA_KAFKA_<PROPERTY>",
            "librdkafka's property: XORCA_KAFKA_BOOTSTRAP_SERVERS is bootstrap.servers");
}
