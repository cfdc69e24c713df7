/* The settings: what is read, where from, and what is refused and how. */
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "worker/settings.h"

enum { VARIABLES_MAX = 16 };

/* Variables as environ has them: not const. */
static char *const *make_environment(struct arena *arena, const char *const *variables)
{
    char **environment = arena_alloc_array(arena, VARIABLES_MAX + 1, sizeof *environment);
    assert_non_null(environment);
    for (size_t i = 0; variables[i] != NULL; i++) {
        size_t size = strlen(variables[i]) + 1;
        assert_true(i < VARIABLES_MAX);
        environment[i] = arena_alloc(arena, size);
        assert_non_null(environment[i]);
        memcpy(environment[i], variables[i], size);
    }
    return environment;
}

static enum status load(struct arena *arena, const char *const *variables,
                        const struct settings_flag *flags, size_t flag_count,
                        struct settings *settings, struct error *error)
{
    *error = (struct error){.status = STATUS_OK};
    return settings_load(arena, make_environment(arena, variables), flags, flag_count, settings,
                         error);
}

/* design.md, section 7, and the defaults that core names. */
static void defaults(void **state)
{
    struct settings settings;
    struct error error;
    const char *const environment[] = {"HOME=/root", "PATH=/bin", "XORCA=1", "XORCA_TEST_X=1",
                                       NULL};
    assert_int_equal(load(*state, environment, NULL, 0, &settings, &error), STATUS_OK);
    const struct machine_limits limits = MACHINE_LIMITS_DEFAULT;
    const struct json_limits json_limits = JSON_LIMITS_DEFAULT;
    assert_null(settings.definitions);
    assert_int_equal(settings.databases.count, 1);
    assert_string_equal(settings.databases.items[0].url, "");
    assert_string_equal(settings.group, "xorca");
    assert_string_equal(settings.marker_topic, "xorca.outbox-pos");
    assert_int_equal(settings.subscribe_count, 1);
    assert_string_equal(settings.subscribe[0], "^(evt\\..*|sys\\..*|xorca\\..*\\.start)$");
    assert_string_equal(settings.dead_letter_topic, "xorca.dead");
    assert_int_equal(settings.delivery, DELIVERY_EXACTLY_ONCE);
    assert_int_equal(settings.step.lifecycle, LIFECYCLE_OUTCOMES);
    assert_int_equal(settings.batch_events, 200);
    assert_int_equal(settings.batch_wait_ms, 50);
    assert_int_equal(settings.drain_timeout_ms, 20000);
    assert_int_equal(settings.retry_backoff_ms_max, 10000);
    assert_int_equal(settings.cache_kib, 2048);
    assert_int_equal(settings.batch_memory_kib, 65536);
    assert_int_equal(settings.publish_timeout_ms, 15000);
    assert_int_equal(settings.database_timeout_ms, 30000);
    assert_int_equal(settings.lane_idle_ms_max, 30000);
    assert_int_equal(settings.json_limits.depth_max, json_limits.depth_max);
    assert_int_equal(settings.json_limits.size_max, json_limits.size_max);
    assert_int_equal(settings.step.limits.microsteps_max, limits.microsteps_max);
    assert_int_equal(settings.step.limits.raised_events_max, limits.raised_events_max);
    assert_int_equal(settings.step.limits.effects_max, limits.effects_max);
    assert_int_equal(settings.step.limits.expression_cost_max, limits.expression_cost_max);
    assert_int_equal(settings.step.limits.context_size_max, limits.context_size_max);
    assert_int_equal(settings.step.limits.memory_max, limits.memory_max);
    /* With its headers below what a broker takes by default, message.max.bytes=1048588. */
    assert_int_equal(settings.step.data_size_max, 917504);
    assert_int_equal(settings.log_level, LOG_INFO);
    assert_int_equal(settings.log_format, LOG_TEXT);
    assert_int_equal(settings.kafka.count, 0);
}

static void environment_and_flags(void **state)
{
    struct settings settings;
    struct error error;
    const char *const environment[] = {"XORCA_GROUP=orders",
                                       "XORCA_BATCH_EVENTS=10",
                                       "XORCA_SUBSCRIBE=evt.a, evt.b ,xorca.a.start",
                                       "XORCA_DELIVERY=at-least-once",
                                       "XORCA_LIFECYCLE=all",
                                       "XORCA_LOG_LEVEL=debug",
                                       "XORCA_LOG_FORMAT=json",
                                       "XORCA_DEFINITIONS=",
                                       "XORCA_KAFKA_BOOTSTRAP_SERVERS=broker:9092",
                                       "XORCA_KAFKA_SASL_PASSWORD=a=b",
                                       "XORCA_STEP_EXPRESSION_COST_MAX=5000000",
                                       NULL};
    const struct settings_flag flags[] = {{"batch-events", "300"},
                                          {"kafka-bootstrap-servers", "other:9092"},
                                          {"kafka-client-id", "me"}};
    assert_int_equal(load(*state, environment, flags, COUNT_OF(flags), &settings, &error),
                     STATUS_OK);
    assert_string_equal(settings.group, "orders");
    assert_string_equal(settings.marker_topic, "orders.outbox-pos");
    assert_int_equal(settings.batch_events, 300); /* the flag wins */
    assert_int_equal(settings.subscribe_count, 3);
    assert_string_equal(settings.subscribe[0], "evt.a");
    assert_string_equal(settings.subscribe[1], "evt.b");
    assert_string_equal(settings.subscribe[2], "xorca.a.start");
    assert_int_equal(settings.delivery, DELIVERY_AT_LEAST_ONCE);
    assert_int_equal(settings.step.lifecycle, LIFECYCLE_ALL);
    assert_int_equal(settings.log_level, LOG_DEBUG);
    assert_int_equal(settings.log_format, LOG_JSON);
    assert_null(settings.definitions);
    assert_int_equal(settings.step.limits.expression_cost_max, 5000000);
    assert_int_equal(settings.kafka.count, 3);
    assert_string_equal(settings.kafka.items[0].name, "bootstrap.servers");
    assert_string_equal(settings.kafka.items[0].value, "other:9092");
    assert_string_equal(settings.kafka.items[1].name, "sasl.password");
    assert_string_equal(settings.kafka.items[1].value, "a=b");
    assert_string_equal(settings.kafka.items[2].name, "client.id");
}

/* Each names what is wrong, where it came from, and what would be right. */
static const struct {
    const char *variable;
    const char *message; /* a part of it */
} refused[] = {
    {"XORCA_BATCH_EVENT=1", "XORCA_BATCH_EVENT: no such setting; did you mean XORCA_BATCH_EVENTS?"},
    {"XORCA_ZZZZZZZZZZZZ=1", "XORCA_ZZZZZZZZZZZZ: no such setting; `xorca worker"},
    {"XORCA_KAKFA_BOOTSTRAP_SERVERS=x", "did you mean XORCA_KAFKA_BOOTSTRAP_SERVERS?"},
    {"XORCA_KAFKA_BOOTSTRAP_SERVRS=x", "did you mean bootstrap.servers?"},
    {"XORCA_KAFKA_=x", "XORCA_KAFKA_: names no property"},
    {"XORCA_KAFKA_SOCKET_TIMEOUT_MS=soon", "XORCA_KAFKA_SOCKET_TIMEOUT_MS: "},
    {"XORCA_BATCH_EVENTS=", "XORCA_BATCH_EVENTS: \"\" is no whole number from 1 to 10000"},
    {"XORCA_BATCH_EVENTS=0", "from 1 to 10000"},
    {"XORCA_BATCH_EVENTS=10001", "from 1 to 10000"},
    {"XORCA_BATCH_EVENTS=-1", "from 1 to 10000"},
    {"XORCA_BATCH_EVENTS= 1", "from 1 to 10000"},
    {"XORCA_BATCH_EVENTS=1e3", "from 1 to 10000"},
    {"XORCA_BATCH_EVENTS=18446744073709551617", "from 1 to 10000"},
    {"XORCA_JSON_DEPTH_MAX=129", "from 1 to 128"},
    {"XORCA_DELIVERY=exactly_once", "did you mean \"exactly-once\"?"},
    {"XORCA_DELIVERY=never-ever", "\"never-ever\" is none of exactly-once, at-least-once"},
    {"XORCA_LIFECYCLE=outcome", "did you mean \"outcomes\"?"},
    {"XORCA_LOG_LEVEL=INFO", "XORCA_LOG_LEVEL: \"INFO\" is none of error, warn, info, debug"},
    {"XORCA_LOG_FORMAT=xml", "XORCA_LOG_FORMAT: \"xml\" is none of text, json"},
    {"XORCA_GROUP=", "XORCA_GROUP: a name of a topic must not be empty"},
    {"XORCA_GROUP=a b", "XORCA_GROUP: \"a b\" has a character"},
    {"XORCA_DEAD_LETTER_TOPIC=..", "XORCA_DEAD_LETTER_TOPIC: \"..\" cannot be a topic"},
    {"XORCA_SUBSCRIBE=^(evt", "XORCA_SUBSCRIBE: \"^(evt\" is no regular expression"},
    {"XORCA_SUBSCRIBE=evt.a,,evt.b", "XORCA_SUBSCRIBE: a name of a topic must not be empty"},
    {"XORCA_SUBSCRIBE=evt.*", "XORCA_SUBSCRIBE: \"evt.*\" has a character"},
    {"XORCA_STEP_MEMORY_MAX=134217728", "must be less than XORCA_BATCH_MEMORY_KIB"},
    {"XORCA_WATCHDOG_TIMEOUT_MS=29999", "must be at least twice XORCA_PUBLISH_TIMEOUT_MS"},
    {"XORCA_WATCHDOG_TIMEOUT_MS=59999", "must be at least twice XORCA_DATABASE_TIMEOUT_MS"},
    {"XORCA_HTTP_PORT=65536", "from 0 to 65535"},
    {"XORCA_HTTP_ADDRESS=localhost", "XORCA_HTTP_ADDRESS: \"localhost\" is no IPv4 or IPv6"},
};

static void refusals(void **state)
{
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        struct settings settings;
        struct error error;
        const char *const environment[] = {refused[i].variable, NULL};
        CHECK_ROW(refused[i].variable,
                  load(*state, environment, NULL, 0, &settings, &error) == STATUS_REJECTED);
        if (strstr(error.message, refused[i].message) == NULL)
            fail_msg("%s: \"%s\" does not say \"%s\"", refused[i].variable, error.message,
                     refused[i].message);
    }
}

static void a_bad_flag_is_named_as_a_flag(void **state)
{
    struct settings settings;
    struct error error;
    const char *const environment[] = {"XORCA_BATCH_EVENTS=7", NULL};
    const struct settings_flag flags[] = {{"batch-events", "many"}};
    assert_int_equal(load(*state, environment, flags, 1, &settings, &error), STATUS_REJECTED);
    assert_non_null(strstr(error.message, "--batch-events: \"many\""));
}

static void names_of_flags(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool is_flag;
    } cases[] = {
        {"batch-events", true},
        {"step-memory-max", true},
        {"kafka-bootstrap-servers", true},
        {"kafka-sasl-password", true},
        {"Batch-events", false},
        {"batch_events", false},
        {"", false},
        {"kafka-", false},
        {"kafka-nonsense", false},
        {"bootstrap-servers", false},
        {"json", false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        CHECK_ROW(cases[i].name, settings_is_flag(cases[i].name) == cases[i].is_flag);
}

static void kafka_must_be_somewhere(void **state)
{
    struct settings settings;
    struct error error;
    const char *const none[] = {NULL};
    const char *const some[] = {"XORCA_KAFKA_BOOTSTRAP_SERVERS=localhost:9092", NULL};
    assert_int_equal(load(*state, none, NULL, 0, &settings, &error), STATUS_OK);
    assert_int_equal(settings_need_kafka(&settings, &error), STATUS_REJECTED);
    assert_non_null(strstr(error.message, "XORCA_KAFKA_BOOTSTRAP_SERVERS"));
    assert_int_equal(load(*state, some, NULL, 0, &settings, &error), STATUS_OK);
    assert_int_equal(settings_need_kafka(&settings, &error), STATUS_OK);
}

static void printing_masks_secrets(void **state)
{
    char *text = NULL;
    size_t size = 0;
    struct error error;
    FILE *out = open_memstream(&text, &size);
    const char *const environment[] = {
        "XORCA_KAFKA_SASL_PASSWORD=hush1",
        "XORCA_DATABASE_URL=postgresql://me:hush2@db/x?sslpassword=hush3",
        "PGPASSWORD=hush4",
        "PGHOST=db.example",
        "XORCA_GROUP=orders",
        NULL};
    const struct settings_flag flags[] = {{"batch-events", "9"}};
    assert_non_null(out);
    assert_int_equal(
        settings_print(*state, make_environment(*state, environment), flags, 1, out, &error),
        STATUS_OK);
    fclose(out);
    assert_null(strstr(text, "hush"));
    assert_non_null(strstr(text, "postgresql://me:********@db/x?sslpassword=********"));
    assert_non_null(strstr(text, "XORCA_KAFKA_SASL_PASSWORD"));
    assert_non_null(strstr(text, "db.example"));
    for (size_t i = 0; settings_name(i) != NULL; i++)
        CHECK_ROW(settings_name(i), strstr(text, settings_name(i)) != NULL);
    assert_non_null(strstr(text, "environment"));
    assert_non_null(strstr(text, "default"));
    assert_non_null(strstr(text, "flag"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(defaults, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(environment_and_flags, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(refusals, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(a_bad_flag_is_named_as_a_flag, arena_setup, arena_teardown),
        cmocka_unit_test(names_of_flags),
        cmocka_unit_test_setup_teardown(kafka_must_be_somewhere, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(printing_masks_secrets, arena_setup, arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
