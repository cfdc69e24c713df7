/* A contract that is broken refuses the step as other faults do: nothing is stored, and one
 * error event, with xOrca's type, says where and what was expected. */
#include "tests/test.h"

#include "adapters/json/json_parse.h"
#include "core/orchestration/step.h"

/* {"processId":"p1","name":"summary","version":"1.0.0"} */
#define P1 "eyJwcm9jZXNzSWQiOiJwMSIsIm5hbWUiOiJzdW1tYXJ5IiwidmVyc2lvbiI6IjEuMC4wIn0="

static const char definition_text[] =
    "{'id':'summary','version':'1.0.0','initial':'a','context':{'pages':0},"
    " 'schemas':{'input':{'required':['book']},"
    "  'events':{'evt.books.read':{'properties':{'pages':{'type':'integer','minimum':1}}}},"
    "  'context':{'properties':{'pages':{'maximum':100}}},"
    "  'emitted':{'cmd.books.print':{'properties':{'pages':{'maximum':10}}}}},"
    " 'states':{'a':{'on':{'evt.books.read':{'target':'b','actions':[{'type':'@xstate.assign',"
    "   'context':{'pages':{'@expr':'event.data.pages'}}}]}},'after':{'5s':{'target':'c'}}},"
    "  'b':{'entry':[{'type':'@xstate.emit','event':{'type':'cmd.books.print',"
    "   'data':{'pages':{'@expr':'context.pages'}}}}]},"
    "  'c':{'entry':[{'type':'@xstate.emit','event':{'type':'cmd.books.print',"
    "   'data':{'pages':11}}}]}}}";

static const int64_t now_ms = INT64_C(1767323045678);
static const struct orchestration nothing;

struct fixture {
    struct arena *arena;
    const struct machine *machine;
    struct step_settings settings;
};

static struct json parse(struct arena *arena, const char *text)
{
    char *json = arena_alloc(arena, strlen(text) + 1);
    assert_non_null(json);
    for (size_t i = 0; text[i] != '\0'; i++)
        json[i] = text[i] == '\'' ? '"' : text[i];
    struct json value;
    struct error error;
    assert_int_equal(json_parse(arena, text_of(json), JSON_LIMITS_DEFAULT, &value, &error),
                     STATUS_OK);
    return value;
}

static struct fixture fixture_of(struct arena *arena)
{
    struct fixture fixture = {.arena = arena,
                              .settings = {.limits = MACHINE_LIMITS_DEFAULT,
                                           .lifecycle = LIFECYCLE_NONE,
                                           .data_size_max = 262144}};
    struct problem_list problems;
    problem_list_init(&problems, arena);
    assert_int_equal(
        machine_compile(arena, parse(arena, definition_text), &problems, &fixture.machine),
        STATUS_OK);
    return fixture;
}

static struct step_result step(const struct fixture *fixture, const struct orchestration *current,
                               const char *type, const char *subject, const char *data)
{
    struct event event = {.id = text_of(type),
                          .source = TEXT("/web"),
                          .type = text_of(type),
                          .subject = text_of(subject),
                          .extensions = json_object(NULL, 0),
                          .data = parse(fixture->arena, data),
                          .has_data = true};
    struct address address;
    struct step_result result;
    struct error error;
    address_read(fixture->arena, &event, &address);
    assert_int_equal(address_resolve(fixture->arena, &address, TEXT("1.0.0"), &error), STATUS_OK);
    assert_int_equal(step_event(fixture->machine, TEXT_NONE, &address, current, &event, now_ms,
                                &fixture->settings, fixture->arena, &result, &error),
                     STATUS_OK);
    return result;
}

static struct step_result start(const struct fixture *fixture, const char *data)
{
    return step(fixture, &nothing, "xorca.summary.start", "init", data);
}

static void assert_refused(const struct step_result *result, const char *type, const char *message)
{
    assert_int_equal(result->outcome, STEP_REFUSED);
    assert_int_equal(result->output_count, 1);
    ASSERT_TEXT(result->outputs[0].type, text_of(type));
    ASSERT_TEXT(json_get_string(result->outputs[0].data, "errorName"), TEXT("StepFailed"));
    ASSERT_TEXT(json_get_string(result->outputs[0].data, "errorMessage"), text_of(message));
}

#define GOOD_START "{'processId':'p1','context':{'book':'b.pdf'}}"

static void test_start(void **state)
{
    struct fixture fixture = fixture_of(*state);
    struct step_result result = start(&fixture, "{'processId':'p1','context':{}}");
    assert_refused(&result, "xorca.summary.start.error",
                   "start: the input breaks its contract: input is missing: \"book\"");
    result = start(&fixture, GOOD_START);
    assert_int_equal(result.outcome, STEP_STARTED);
}

static const struct {
    const char *data;
    const char *message; /* NULL: it is taken */
} answers[] = {
    {"{'pages':10}", NULL},
    {"{'pages':0}", "event \"evt.books.read\" breaks its contract: data/pages must be at least 1, "
                    "is 0"},
    {"{'pages':101}", "the context breaks its contract: context/pages must be at most 100, is 101"},
    {"{'pages':11}", "the emitted event \"cmd.books.print\" breaks its contract: data/pages must "
                     "be at most 10, is 11"},
};

static void test_answer(void **state)
{
    struct fixture fixture = fixture_of(*state);
    struct orchestration current = start(&fixture, GOOD_START).next;
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        struct step_result result = step(&fixture, &current, "evt.books.read", P1, answers[i].data);
        if (answers[i].message == NULL)
            assert_int_equal(result.outcome, STEP_TRANSITIONED);
        else
            assert_refused(&result, "xorca.orchestrator.summary.error", answers[i].message);
    }
}

/* It would fail for ever: the timer is spent, and the failure told. */
static void test_timer(void **state)
{
    struct fixture fixture = fixture_of(*state);
    struct orchestration current = start(&fixture, GOOD_START).next;
    struct step_result result;
    struct error error;
    assert_int_equal(step_timer(fixture.machine, &current, now_ms + 5000, &fixture.settings,
                                fixture.arena, &result, &error),
                     STATUS_OK);
    assert_int_equal(result.outcome, STEP_TRANSITIONED);
    assert_int_equal(result.due_ms, 0);
    assert_int_equal(result.output_count, 1);
    ASSERT_TEXT(
        json_get_string(result.outputs[0].data, "errorMessage"),
        TEXT("the emitted event \"cmd.books.print\" breaks its contract: data/pages must be "
             "at most 10, is 11"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_start, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(test_answer, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(test_timer, arena_setup, arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
