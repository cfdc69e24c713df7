/* Whom an event concerns: the rules of xOrca, matched whole and anchored. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/json/json_parse.h"
#include "core/arena.h"
#include "core/orchestration/step.h"

#define P1 "eyJwcm9jZXNzSWQiOiJwMSIsIm5hbWUiOiJzdW1tYXJ5IiwidmVyc2lvbiI6IjEuMC4wIn0="

static struct arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_create((size_t)16 * 1024 * 1024);
    return arena == NULL;
}

static int teardown(void **state)
{
    (void)state;
    arena_destroy(arena);
    return 0;
}

static struct json parse(const char *text)
{
    struct json value;
    struct error error;
    if (json_parse(arena, text_of(text), JSON_LIMITS_DEFAULT, &value, &error) != STATUS_OK)
        fail_msg("%s: %s", text, error.message);
    return value;
}

static struct event make_event(const char *type, const char *subject, const char *data)
{
    struct event event = {.id = TEXT("e1"),
                          .source = TEXT("/web"),
                          .type = text_of(type),
                          .subject = text_of(subject),
                          .extensions = json_object(NULL, 0)};
    if (data != NULL) {
        event.data = parse(data);
        event.has_data = true;
    }
    return event;
}

static struct address read_address(const struct event *event)
{
    struct address address;
    address_read(arena, event, &address);
    return address;
}

#define GOOD "{\"processId\":\"p1\",\"context\":{}}"

static const struct {
    const char *type;
    enum address_kind kind;
    const char *name;    /* NULL: none */
    const char *problem; /* of ADDRESS_NONE */
} types[] = {
    {"evt.books.fetch.success", ADDRESS_EVENT, "summary", NULL},
    {"sys.cmd.books.fetch.error", ADDRESS_EVENT, "summary", NULL},
    {"evt.x", ADDRESS_EVENT, "summary", NULL},
    {"sys.xorcas", ADDRESS_EVENT, "summary", NULL},
    {"xorca.summary.start", ADDRESS_START, "summary", NULL},
    {"xorca.book-summary.start", ADDRESS_START, "book-summary", NULL},
    {"xorca.a.b_2.start", ADDRESS_START, "a.b_2", NULL},
    {"xorca.bookSummary.start", ADDRESS_START, "bookSummary", NULL},
    {"xorca.start.start", ADDRESS_START, "start", NULL},
    {"xorca.error.start", ADDRESS_START, "error", NULL},
    {"xorca.summary.start.error", ADDRESS_IGNORE, NULL, NULL},
    {"xorca.orchestrator.summary.error", ADDRESS_IGNORE, NULL, NULL},
    {"sys.xorca.summary.start.error", ADDRESS_IGNORE, NULL, NULL},
    {"sys.xorca.anything", ADDRESS_IGNORE, NULL, NULL},
    {"notif.evt.hello", ADDRESS_NONE, NULL,
     "type \"notif.evt.hello\" is none of evt.*, sys.*, xorca.<name>.start"},
    {"foo", ADDRESS_NONE, NULL, "type \"foo\" is none of evt.*, sys.*, xorca.<name>.start"},
    {"evt.", ADDRESS_NONE, NULL, "type \"evt.\" is none of"},
    {"evt", ADDRESS_NONE, NULL, "is none of"},
    {"sys.", ADDRESS_NONE, NULL, "is none of"},
    {"events.x", ADDRESS_NONE, NULL, "is none of"},
    {"cmd.books.fetch", ADDRESS_NONE, NULL, "is none of"},
    {"xorca.start", ADDRESS_NONE, NULL, "is none of"},
    {"xorca..start", ADDRESS_NONE, NULL, "is none of"},
    {"xorca.summary.start.now", ADDRESS_NONE, NULL, "is none of"},
    {"my.xorca.summary.start", ADDRESS_NONE, NULL, "is none of"},
    {"xorca.Sum/mary.start", ADDRESS_NONE, NULL, "the name of a definition is of 1 to 200"},
    {"xorca.sum mary.start", ADDRESS_NONE, NULL, "the name of a definition is of 1 to 200"},
    {"xorca.error", ADDRESS_NONE, NULL, "is none of"},
};

static void types_are_matched_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct event event = make_event(types[i].type, P1, GOOD);
        struct address address = read_address(&event);
        if (address.kind != types[i].kind)
            fail_msg("%s: kind %d", types[i].type, (int)address.kind);
        assert_true(text_equal(address.name, text_of(types[i].name)));
        bool is_wrong = types[i].problem != NULL;
        assert_int_equal(address.problem.status, is_wrong ? STATUS_REJECTED : STATUS_OK);
        if (is_wrong && strstr(address.problem.message, types[i].problem) == NULL)
            fail_msg("%s: %s", types[i].type, address.problem.message);
    }
}

static void an_answer_is_addressed_by_its_subject(void **state)
{
    (void)state;
    struct event event = make_event("evt.x", P1, NULL);
    struct address address = read_address(&event);
    assert_true(text_is(address.process_id, "p1"));
    assert_true(text_is(address.name, "summary"));
    assert_true(text_is(address.version, "1.0.0"));
    assert_true(text_is(address.subject, P1));
}

static void an_answer_without_a_subject_is_nobodys(void **state)
{
    (void)state;
    struct event event = make_event("evt.x", NULL, NULL);
    struct address address = read_address(&event);
    assert_int_equal(address.kind, ADDRESS_NONE);
    assert_string_equal(address.problem.message, "subject is missing or empty");
    event.subject = TEXT("orders/42");
    address = read_address(&event);
    assert_int_equal(address.kind, ADDRESS_NONE);
    assert_string_equal(address.problem.message,
                        "subject is not base64 of {\"processId\",\"name\",\"version\"}");
}

static const struct {
    const char *data;    /* NULL: none */
    const char *problem; /* NULL: none */
    const char *process_id;
    const char *version; /* NULL: open */
} starts[] = {
    {GOOD, NULL, "p1", NULL},
    {"{\"processId\":\"p1\",\"context\":{\"a\":1},\"version\":\"1.2.3\"}", NULL, "p1", "1.2.3"},
    {"{\"processId\":\"p1\",\"context\":{},\"more\":[]}", NULL, "p1", NULL},
    /* made of source /web and id e1: expected.py */
    {"{\"processId\":\"\",\"context\":{}}", NULL, "4357a591-ccd2-851d-84fd-c9af767714e6", NULL},
    {NULL, "data: expected an object with processId and context, found nothing", NULL, NULL},
    {"[]", "data: expected an object with processId and context, found array", NULL, NULL},
    {"{\"context\":{}}",
     "data.processId: expected a string (an empty one lets xorca make an id), found nothing", NULL,
     NULL},
    {"{\"processId\":7,\"context\":{}}",
     "data.processId: expected a string (an empty one lets xorca make an id), found number", NULL,
     NULL},
    {"{\"processId\":\"p1\"}", "data.context: expected an object, found nothing", NULL, NULL},
    {"{\"processId\":\"p1\",\"context\":null}", "data.context: expected an object, found null",
     NULL, NULL},
    {"{\"processId\":\"p1\",\"context\":{},\"version\":null}",
     "data.version: expected a string of the form 1.2.3, or none for the latest, found null", NULL,
     NULL},
    {"{\"processId\":\"p1\",\"context\":{},\"version\":\"1.0\"}",
     "data.version \"1.0\" is not of the form 1.2.3", NULL, NULL},
};

static void the_data_of_a_start_is_read_or_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        struct event event = make_event("xorca.summary.start", "init", starts[i].data);
        struct address address = read_address(&event);
        assert_int_equal(address.kind, ADDRESS_START);
        assert_null(address.subject.data);
        assert_true(text_equal(address.process_id, text_of(starts[i].process_id)));
        assert_true(text_equal(address.version, text_of(starts[i].version)));
        assert_int_equal(address.problem.status,
                         starts[i].problem == NULL ? STATUS_OK : STATUS_REJECTED);
        if (starts[i].problem != NULL &&
            strncmp(address.problem.message, starts[i].problem, strlen(starts[i].problem)) != 0)
            fail_msg("%s", address.problem.message);
    }
}

static void a_start_gets_its_subject_with_its_version(void **state)
{
    (void)state;
    struct event event = make_event("xorca.summary.start", "init", GOOD);
    struct address address = read_address(&event);
    struct error error;
    assert_int_equal(address_resolve(arena, &address, TEXT_NONE, &error), STATUS_OK);
    assert_null(address.subject.data); /* no version was found */
    assert_int_equal(address_resolve(arena, &address, TEXT("1.0.0"), &error), STATUS_OK);
    assert_true(text_is(address.subject, P1));
    assert_true(text_is(address.version, "1.0.0"));
    assert_int_equal(address.problem.status, STATUS_OK);
}

static void a_process_id_that_is_too_long_is_a_problem_of_the_start(void **state)
{
    (void)state;
    char data[1200] = "{\"context\":{},\"processId\":\"";
    size_t at = strlen(data);
    memset(data + at, 'x', 1000);
    memcpy(data + at + 1000, "\"}", 3);
    struct event event = make_event("xorca.summary.start", "init", data);
    struct address address = read_address(&event);
    struct error error;
    assert_int_equal(address_resolve(arena, &address, TEXT("1.0.0"), &error), STATUS_OK);
    assert_null(address.subject.data);
    assert_int_equal(address.problem.status, STATUS_REJECTED);
    assert_non_null(strstr(address.problem.message, "longer than 1024 bytes"));
}

static void attributes_that_cannot_be_handed_on_are_refused(void **state)
{
    (void)state;
    char longest[EVENT_ATTRIBUTE_SIZE_MAX + 1];
    memset(longest, 'x', sizeof longest);
    struct event event = make_event("evt.x", P1, NULL);
    event.id = (struct text){longest, EVENT_ATTRIBUTE_SIZE_MAX};
    assert_int_equal(read_address(&event).kind, ADDRESS_EVENT);

    event.id.size++;
    struct address address = read_address(&event);
    assert_int_equal(address.kind, ADDRESS_NONE);
    assert_string_equal(address.problem.message, "id has 4097 bytes; at most 4096 are taken");

    event.id = TEXT("e1");
    event.extensions =
        json_object(&(struct json_member){TEXT("correlationid"),
                                          json_string((struct text){longest, sizeof longest})},
                    1);
    address = read_address(&event);
    assert_int_equal(address.kind, ADDRESS_NONE);
    assert_string_equal(address.problem.message,
                        "correlationid has 4097 bytes; at most 4096 are taken");
}

static void a_long_type_is_quoted_in_part(void **state)
{
    (void)state;
    char type[1001];
    memset(type, 'x', sizeof type);
    type[99] = (char)0xC3; /* a character of two bytes over the place of the cut */
    type[100] = (char)0xBC;
    type[1000] = '\0';
    struct event event = make_event(type, P1, NULL);
    struct address address = read_address(&event);
    assert_int_equal(address.kind, ADDRESS_NONE);
    assert_non_null(strstr(address.problem.message, "xxx\" is none of"));
    assert_true(strlen(address.problem.message) < 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_are_matched_whole),
        cmocka_unit_test(an_answer_is_addressed_by_its_subject),
        cmocka_unit_test(an_answer_without_a_subject_is_nobodys),
        cmocka_unit_test(the_data_of_a_start_is_read_or_refused),
        cmocka_unit_test(a_start_gets_its_subject_with_its_version),
        cmocka_unit_test(a_process_id_that_is_too_long_is_a_problem_of_the_start),
        cmocka_unit_test(attributes_that_cannot_be_handed_on_are_refused),
        cmocka_unit_test(a_long_type_is_quoted_in_part),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
