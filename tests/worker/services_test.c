/* The rules of a services file: what is refused, and what is answered. Shares and weights
 * are counted over many commands, whose ids, and so the counts, are always the same. */
#include "tests/test.h"

#include <stdio.h>

#include "adapters/json/json_parse.h"
#include "core/cel/cel.h"
#include "worker/commands/services.h"

static enum status compile(struct arena *arena, const char *text, struct problem_list *problems,
                           const struct services **services)
{
    struct json json;
    struct error error = {.message = ""};
    assert_int_equal(json_parse(arena, text_of(text), JSON_LIMITS_DEFAULT, &json, &error),
                     STATUS_OK);
    problem_list_init(problems, arena);
    return services_compile(arena, json, problems, services, &error);
}

static const struct services *compile_good(struct arena *arena, const char *text)
{
    static struct problem_list problems;
    const struct services *services = NULL;
    if (compile(arena, text, &problems, &services) != STATUS_OK)
        fail_msg("%s: %s", problems.items[0].path, problems.items[0].message);
    return services;
}

#define WITH_ANSWER(rest) \
    "{\"services\":[{\"command\":\"cmd.a.b\",\"answers\":[{\"type\":\"evt.a.b\"" rest "}]}]}"
#define WITH_SERVICE(rest) \
    "{\"services\":[{\"command\":\"cmd.a.b\",\"answers\":[{\"type\":\"evt.a.b\"}]" rest "}]}"

static const struct {
    const char *text;
    const char *path;
    const char *message;
} refused[] = {
    {"[]", "$", "an object is right here, this is array"},
    {"{}", "$.services", "a list of 1 to 1000 is needed here"},
    {"{\"services\":[]}", "$.services", "a list of 1 to 1000"},
    {"{\"services\":[1]}", "$.services[0]", "an object is right here, this is number"},
    {"{\"service\":[]}", "$", "\"service\" is not known here; did you mean \"services\"?"},
    {WITH_SERVICE(",\"delayms\":1"), "$.services[0]", "did you mean \"delay_ms\"?"},
    {WITH_SERVICE(",\"zzz\":1"), "$.services[0]", "\"zzz\" is not known here"},
    {WITH_SERVICE(",\"delay_ms\":-1"), "$.services[0].delay_ms", "milliseconds"},
    {WITH_SERVICE(",\"delay_ms\":1.5"), "$.services[0].delay_ms", "milliseconds"},
    {WITH_SERVICE(",\"delay_ms\":[5,1]"), "$.services[0].delay_ms", "[least, most]"},
    {WITH_SERVICE(",\"delay_ms\":[1,2,3]"), "$.services[0].delay_ms", "[least, most]"},
    {WITH_SERVICE(",\"delay_ms\":86400001"), "$.services[0].delay_ms", "up to 86400000"},
    {WITH_SERVICE(",\"repeats\":1.1"), "$.services[0].repeats", "from 0 to 1"},
    {WITH_SERVICE(",\"repeats\":\"often\""), "$.services[0].repeats", "from 0 to 1"},
    {WITH_SERVICE(",\"failures\":0.5"), "$.services[0].failures", "an object is right here"},
    {WITH_SERVICE(",\"failures\":{\"share\":2,\"type\":\"evt.x\"}"), "$.services[0].failures.share",
     "from 0 to 1"},
    {WITH_SERVICE(",\"failures\":{\"share\":1}"), "$.services[0].failures.type", "is needed"},
    {WITH_ANSWER(",\"weight\":-1"), "$.services[0].answers[0].weight", "from 0 to 1000000"},
    {WITH_ANSWER(",\"wieght\":1"), "$.services[0].answers[0]", "did you mean \"weight\"?"},
    {WITH_ANSWER(",\"when\":true"), "$.services[0].answers[0].when", "an expression is"},
    {WITH_ANSWER(",\"data\":{\"a\":[1,{\"@expr\":\"1 +\"}]}"), "$.services[0].answers[0].data.a[1]",
     "expected a value"},
    {WITH_ANSWER(",\"data\":{\"@expr\":\"nobody\"}"), "$.services[0].answers[0].data",
     "unknown variable \"nobody\""},
    {WITH_ANSWER(",\"data\":{\"@expr\":\"1\",\"b\":1}"), "$.services[0].answers[0].data",
     "nothing beside"},
    {"{\"services\":[{\"command\":\"cmd.a\",\"answers\":[{}]}]}", "$.services[0].answers[0].type",
     "is needed"},
    {"{\"services\":[{\"command\":\"cmd.a\",\"answers\":[{\"type\":\"cmd.b\"}]}]}",
     "$.services[0].answers[0].type", "not with commands"},
    {"{\"services\":[{\"command\":\"cmd.a\",\"answers\":[{\"type\":\"evt b\"}]}]}",
     "$.services[0].answers[0].type", "also a topic"},
    {"{\"services\":[{\"command\":\"evt.a\",\"answers\":[{\"type\":\"evt.b\"}]}]}",
     "$.services[0].command", "a command's type is needed here"},
    {"{\"services\":[{\"command\":\"cmd.a*\",\"answers\":[{\"type\":\"evt.b\"}]}]}",
     "$.services[0].command", "a command's type is needed here"},
    {"{\"services\":[{\"command\":\"cmd.a\",\"answers\":[{\"type\":\"evt.b\"}]},"
     "{\"command\":\"cmd.a\",\"answers\":[{\"type\":\"evt.b\"}]}]}",
     "$.services[1]", "\"cmd.a\" has a rule already, at $.services[0]"},
    {"{\"seed\":-1,\"services\":[{\"command\":\"cmd.a\",\"answers\":[{\"type\":\"evt.b\"}]}]}",
     "$.seed", "from 0"},
};

static void problems_with_their_places(void **state)
{
    static struct problem_list problems;
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        const struct services *services = NULL;
        CHECK_ROW(refused[i].text,
                  compile(*state, refused[i].text, &problems, &services) == STATUS_REJECTED);
        CHECK_ROW(refused[i].text, problems.count == 1 || i == 4 /* and "services" is missing */);
        if (strcmp(problems.items[0].path, refused[i].path) != 0 ||
            strstr(problems.items[0].message, refused[i].message) == NULL)
            fail_msg("%s\n%s: %s", refused[i].text, problems.items[0].path,
                     problems.items[0].message);
    }
}

/* --- Answering ---------------------------------------------------------------------- */

static struct event make_command(const char *type, const char *id, struct json data)
{
    return (struct event){.id = text_of(id),
                          .source = TEXT("/orchestrations/demo/1.0.0"),
                          .type = text_of(type),
                          .subject = TEXT("the subject"),
                          .data = data,
                          .has_data = true,
                          .extensions = json_object(NULL, 0)};
}

static struct service_reply answer(struct arena *arena, const struct services *services,
                                   uint64_t seed, const struct event *command)
{
    struct service_reply reply = {0};
    struct error error = {.message = ""};
    bool found = false;
    if (services_answer(services, seed, command, 1000, CEL_COST_MAX, arena, &reply, &found,
                        &error) != STATUS_OK)
        fail_msg("%s", error.message);
    assert_true(found);
    return reply;
}

static void an_answer_continues_its_command(void **state)
{
    const struct services *services = compile_good(
        *state, "{\"services\":[{\"command\":\"cmd.books.fetch\",\"delay_ms\":250,\"answers\":["
                "{\"type\":\"evt.books.fetch.success\",\"data\":{\"fixed\":[1,2],\"book\":"
                "{\"@expr\":\"command.data.bookId + '!'\"},\"who\":{\"@expr\":\"command.subject\"},"
                "\"at\":{\"@expr\":\"now\"}}}]}]}");
    const struct json_member data[] = {JSON_MEMBER("bookId", json_string(TEXT("alice")))};
    const struct json_member extensions[] = {
        JSON_MEMBER("correlationid", json_string(TEXT("root"))),
        JSON_MEMBER("traceparent", json_string(TEXT("00-1-2-01"))),
        JSON_MEMBER("executionunits", json_string(TEXT("3")))};
    struct event command = make_command("cmd.books.fetch", "c1", json_object(data, 1));
    command.extensions = json_object(extensions, 3);
    struct service_reply reply = answer(*state, services, 0, &command);
    ASSERT_TEXT(reply.event.type, TEXT("evt.books.fetch.success"));
    ASSERT_TEXT(reply.event.subject, TEXT("the subject"));
    ASSERT_TEXT(reply.event.source, TEXT("/services/books.fetch"));
    ASSERT_TEXT(reply.event.time, TEXT("1970-01-01T00:00:01.250Z"));
    ASSERT_TEXT(event_extension(&reply.event, "causationid"), TEXT("c1"));
    ASSERT_TEXT(event_extension(&reply.event, "correlationid"), TEXT("root"));
    ASSERT_TEXT(event_extension(&reply.event, "traceparent"), TEXT("00-1-2-01"));
    assert_null(event_extension(&reply.event, "executionunits").data);
    ASSERT_TEXT(json_get_string(reply.event.data, "book"), TEXT("alice!"));
    ASSERT_TEXT(json_get_string(reply.event.data, "who"), TEXT("the subject"));
    ASSERT_TEXT(json_get_string(reply.event.data, "at"), TEXT("1970-01-01T00:00:01Z"));
    assert_int_equal(json_get(reply.event.data, "fixed")->count, 2);
    assert_int_equal(reply.delay_ms, 250);
    assert_false(reply.is_failure);
    assert_false(reply.is_repeated);
}

static void the_same_command_is_answered_alike(void **state)
{
    const struct services *services = compile_good(
        *state, "{\"services\":[{\"command\":\"cmd.a\",\"delay_ms\":[0,1000000],\"repeats\":0.5,"
                "\"answers\":[{\"type\":\"evt.a\",\"data\":{\"@expr\":\"random\"}},"
                "{\"type\":\"evt.b\",\"data\":{\"@expr\":\"random\"}}]}]}");
    struct event command = make_command("cmd.a", "c1", json_object(NULL, 0));
    struct event other = make_command("cmd.a", "c2", json_object(NULL, 0));
    struct service_reply first = answer(*state, services, 5, &command);
    struct service_reply again = answer(*state, services, 5, &command);
    struct service_reply another = answer(*state, services, 5, &other);
    struct service_reply reseeded = answer(*state, services, 6, &command);
    ASSERT_TEXT(again.event.id, first.event.id);
    ASSERT_TEXT(again.event.type, first.event.type);
    assert_int_equal(again.delay_ms, first.delay_ms);
    assert_int_equal(again.is_repeated, first.is_repeated);
    assert_true(json_equal(again.event.data, first.event.data));
    assert_false(text_equal(another.event.id, first.event.id));
    assert_int_not_equal(another.delay_ms, first.delay_ms);
    /* The seed is chance's alone: the answer to one command has one identity. */
    ASSERT_TEXT(reseeded.event.id, first.event.id);
    assert_int_not_equal(reseeded.delay_ms, first.delay_ms);
}

struct counts {
    int failures;
    int repeats;
    int second; /* of the type evt.second */
    int64_t delay_ms_min;
    int64_t delay_ms_max;
};

enum { COMMANDS = 10000 };

static struct counts count_answers(struct arena *arena, const struct services *services)
{
    struct counts counts = {.delay_ms_min = INT64_MAX};
    for (int i = 0; i < COMMANDS; i++) {
        char id[16];
        snprintf(id, sizeof id, "c%d", i);
        struct event command = make_command("cmd.a", id, json_object(NULL, 0));
        struct arena_mark mark = arena_mark(arena);
        struct service_reply reply = answer(arena, services, 1, &command);
        counts.failures += reply.is_failure;
        counts.repeats += reply.is_repeated;
        counts.second += text_is(reply.event.type, "evt.second");
        if (reply.delay_ms < counts.delay_ms_min)
            counts.delay_ms_min = reply.delay_ms;
        if (reply.delay_ms > counts.delay_ms_max)
            counts.delay_ms_max = reply.delay_ms;
        arena_rewind(arena, mark);
    }
    return counts;
}

/* Five standard deviations of a binomial distribution over 10,000: at most 250. */
static void assert_share(int count, double share)
{
    int expected = (int)(share * COMMANDS);
    assert_in_range(count, expected > 250 ? expected - 250 : 0, expected + 250);
}

static void shares_weights_and_delays(void **state)
{
    const struct services *services = compile_good(
        *state, "{\"services\":[{\"command\":\"cmd.a\",\"delay_ms\":[10,20],\"repeats\":0.1,"
                "\"failures\":{\"share\":0.2,\"type\":\"evt.error\"},"
                "\"answers\":[{\"type\":\"evt.first\",\"weight\":3},{\"type\":\"evt.second\"},"
                "{\"type\":\"evt.never\",\"weight\":0}]}]}");
    struct counts counts = count_answers(*state, services);
    assert_share(counts.failures, 0.2);
    assert_share(counts.repeats, 0.1);
    assert_share(counts.second, 0.8 * 0.25);
    assert_int_equal(counts.delay_ms_min, 10);
    assert_int_equal(counts.delay_ms_max, 20);
}

static void all_and_none(void **state)
{
    const struct services *all = compile_good(
        *state, "{\"services\":[{\"command\":\"cmd.a\",\"repeats\":1,\"failures\":{\"share\":1,"
                "\"type\":\"evt.second\"},\"answers\":[{\"type\":\"evt.first\"}]}]}");
    const struct services *none = compile_good(
        *state, "{\"services\":[{\"command\":\"cmd.a\",\"repeats\":0,\"failures\":{\"share\":0,"
                "\"type\":\"evt.second\"},\"answers\":[{\"type\":\"evt.first\"}]}]}");
    struct counts counts = count_answers(*state, all);
    assert_int_equal(counts.failures, COMMANDS);
    assert_int_equal(counts.repeats, COMMANDS);
    assert_int_equal(counts.second, COMMANDS);
    counts = count_answers(*state, none);
    assert_int_equal(counts.failures + counts.repeats + counts.second, 0);
}

static void the_nearest_rule_and_what_is_possible(void **state)
{
    const struct services *services = compile_good(
        *state, "{\"services\":[{\"command\":\"cmd.*\",\"answers\":[{\"type\":\"evt.any\"}]},"
                "{\"command\":\"cmd.a.*\",\"answers\":[{\"type\":\"evt.wide\"}]},"
                "{\"command\":\"cmd.a.b\",\"answers\":["
                "{\"type\":\"evt.no\",\"when\":{\"@expr\":\"command.data.n > 1\"}},"
                "{\"type\":\"evt.yes\",\"when\":{\"@expr\":\"command.data.n <= 1\"}}]}]}");
    static const struct {
        const char *command;
        int64_t n;
        const char *answer;
    } cases[] = {
        {"cmd.a.b", 1, "evt.yes"},    {"cmd.a.b", 2, "evt.no"}, {"cmd.a.c", 0, "evt.wide"},
        {"cmd.a.b.c", 0, "evt.wide"}, {"cmd.b", 0, "evt.any"},  {"cmd.ab", 0, "evt.any"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct json_member data[] = {JSON_MEMBER("n", json_int(cases[i].n))};
        struct event command = make_command(cases[i].command, "c1", json_object(data, 1));
        ASSERT_TEXT(answer(*state, services, 0, &command).event.type, text_of(cases[i].answer));
    }
}

static void failing_expressions_are_named(void **state)
{
    const struct services *services = compile_good(
        *state, "{\"services\":[{\"command\":\"cmd.a\",\"answers\":[{\"type\":\"evt.a\",\"data\":"
                "{\"x\":{\"@expr\":\"command.data.missing\"}}}]},"
                "{\"command\":\"cmd.b\",\"answers\":[{\"type\":\"evt.b\",\"when\":"
                "{\"@expr\":\"1\"}}]},"
                "{\"command\":\"cmd.c\",\"answers\":[{\"type\":\"evt.c\",\"when\":"
                "{\"@expr\":\"false\"}}]}]}");
    static const struct {
        const char *command;
        const char *message;
    } cases[] = {
        {"cmd.a", "$.services[0].answers[0].data.x: "},
        {"cmd.b", "evt.b: when gives int, not a bool"},
        {"cmd.c", "no answer of \"cmd.c\" is possible"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct event command = make_command(cases[i].command, "c1", json_object(NULL, 0));
        struct service_reply reply;
        struct error error = {.message = ""};
        bool found;
        CHECK_ROW(cases[i].command, services_answer(services, 0, &command, 0, CEL_COST_MAX, *state,
                                                    &reply, &found, &error) == STATUS_REJECTED);
        if (strstr(error.message, cases[i].message) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", error.message, cases[i].message);
    }
}

static void subscriptions(void **state)
{
    struct error error;
    const char *const *topics;
    size_t count;
    const struct services *services = compile_good(
        *state, "{\"services\":[{\"command\":\"cmd.a.b\",\"answers\":[{\"type\":\"evt.a\"}]},"
                "{\"command\":\"cmd.a.*\",\"answers\":[{\"type\":\"evt.a\"}]}]}");
    assert_int_equal(services_subscription(services, *state, &topics, &count, &error), STATUS_OK);
    assert_int_equal(count, 2);
    assert_string_equal(topics[0], "cmd.a.b");
    assert_string_equal(topics[1], "^cmd\\.a\\..*");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(problems_with_their_places, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(an_answer_continues_its_command, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(the_same_command_is_answered_alike, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(shares_weights_and_delays, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(all_and_none, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(the_nearest_rule_and_what_is_possible, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(failing_expressions_are_named, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(subscriptions, arena_setup, arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
