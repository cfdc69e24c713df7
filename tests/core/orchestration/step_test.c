/* What events do to orchestrations: one definition, small steps, and each event that is
 * sent compared whole. Ids and subjects are expected.py's; types, sources and data of
 * error events are xOrca's; attributes are CloudEvents 1.0.2's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "adapters/json/json_parse.h"
#include "core/arena.h"
#include "core/orchestration/step.h"
#include "core/utf8.h"
#include "core/writer.h"

/* {"processId":"p1","name":"summary","version":"1.0.0"} */
#define P1 "eyJwcm9jZXNzSWQiOiJwMSIsIm5hbWUiOiJzdW1tYXJ5IiwidmVyc2lvbiI6IjEuMC4wIn0="

static const char definition_text[] =
    "{'id':'summary','version':'1.0.0','initial':'fetching','context':{'shelf':'A'},"
    "'output':{'text':'It was a dark night.'},"
    "'states':{"
    "'fetching':{"
    "  'entry':[{'type':'@xstate.emit','event':{'type':'cmd.books.fetch',"
    "            'data':{'book':'b.pdf'},'to':'books','urgent':true}},"
    "           {'type':'@xstate.log','args':['wanted']},"
    "           {'type':'@xstate.emit','event':{'type':'notif.books.wanted','subject':'b.pdf'}}],"
    "  'on':{'evt.books.fetch.success':{'target':'done'},"
    "        'evt.books.fetch.error':{'target':'failed'},"
    "        'sys.cmd.books.fetch.error':{'target':'failed'},"
    "        'evt.books.later':{'target':'waiting'},"
    "        'evt.books.trap':{'target':'trapped'},"
    "        'evt.books.again':{'target':'fetching','reenter':true},"
    "        'evt.books.endless':{'target':'endless'},"
    "        'evt.books.pages':[{'guard':{'@expr':'event.data.pages > 3'},'target':'done'}],"
    "        'evt.books.echo':{'actions':[{'type':'@xstate.emit','event':"
    "            {'type':'notif.books.echo','data':{'@expr':'event.data'}}}]},"
    "        'evt.books.send':{'actions':[{'type':'@xstate.emit','event':"
    "            {'type':'cmd.books.sent','subject':{'@expr':'event.data.subject'},"
    "             'to':{'@expr':'event.data.to'}}}]}}},"
    "'waiting':{'after':{'5s':{'target':'fetching'}}},"
    "'trapped':{'after':{'5s':{'target':'endless'},'9s':{'target':'fetching'}}},"
    "'endless':{'always':{'target':'endless2'}},"
    "'endless2':{'always':{'target':'endless'}},"
    "'done':{'type':'final'},"
    "'failed':{'type':'final','tags':['failed']}}}";

static const int64_t now_ms = INT64_C(1767323045678); /* 2026-01-02T03:04:05.678Z */

static struct arena *arena;
static const struct machine *definition;
static struct step_settings settings;

/* Single quotes stand for double ones. */
static struct json parse(const char *text)
{
    size_t size = strlen(text);
    char *copy = arena_alloc(arena, size + 1);
    assert_non_null(copy);
    memcpy(copy, text_of(text).data, size);
    for (char *quote = copy; (quote = memchr(quote, '\'', size - (size_t)(quote - copy))) != NULL;)
        *quote = '"';
    struct json value;
    struct error error;
    if (json_parse(arena, (struct text){copy, size}, JSON_LIMITS_DEFAULT, &value, &error) !=
        STATUS_OK)
        fail_msg("%s: %s", text, error.message);
    return value;
}

static int setup(void **state)
{
    (void)state;
    arena = arena_create((size_t)64 << 20);
    struct problem_list problems;
    problem_list_init(&problems, arena);
    if (machine_compile(arena, parse(definition_text), &problems, &definition) != STATUS_OK) {
        for (size_t i = 0; i < problems.count; i++)
            print_error("%s: %s\n", problems.items[i].path, problems.items[i].message);
        return 1;
    }
    settings = (struct step_settings){
        .limits = MACHINE_LIMITS_DEFAULT, .lifecycle = LIFECYCLE_ALL, .data_size_max = 262144};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_destroy(arena);
    return 0;
}

/* --- Doing ------------------------------------------------------------------ */

static struct event event_of(const char *id, const char *source, const char *type,
                             const char *subject, const char *data)
{
    struct event event = {.id = text_of(id),
                          .source = text_of(source),
                          .type = text_of(type),
                          .subject = text_of(subject),
                          .extensions = json_object(NULL, 0)};
    if (data != NULL) {
        event.data = parse(data);
        event.has_data = true;
    }
    return event;
}

static struct event start_event(void)
{
    return event_of("e1", "/web", "xorca.summary.start", "init",
                    "{'processId':'p1','context':{'from':'web'}}");
}

static struct event answer(const char *type, const char *data)
{
    return event_of("e2", "/books", type, P1, data);
}

static const struct orchestration nothing;

/* One event, with the version that the caller would find for a start: 1.0.0. */
static struct step_result step_with(const struct machine *machine, const char *known_versions,
                                    const struct orchestration *current, const struct event *event)
{
    struct address address;
    struct step_result result;
    struct error error;
    address_read(arena, event, &address);
    assert_int_equal(address_resolve(arena, &address, TEXT("1.0.0"), &error), STATUS_OK);
    if (step_event(machine, text_of(known_versions), &address, current, event, now_ms, &settings,
                   arena, &result, &error) != STATUS_OK)
        fail_msg("%s", error.message);
    return result;
}

static struct step_result step(const struct orchestration *current, const struct event *event)
{
    return step_with(definition, NULL, current, event);
}

static struct orchestration started(void)
{
    struct event event = start_event();
    struct step_result result = step(&nothing, &event);
    assert_int_equal(result.outcome, STEP_STARTED);
    return result.next;
}

/* Started, and then given one event that it takes. */
static struct orchestration after(const char *type)
{
    struct orchestration current = started();
    struct event event = answer(type, NULL);
    event.id = TEXT("e1-1");
    struct step_result result = step(&current, &event);
    assert_int_equal(result.outcome, STEP_TRANSITIONED);
    return result.next;
}

static struct step_result step_at(const struct orchestration *current, int64_t at_ms)
{
    struct step_result result;
    struct error error;
    if (step_timer(definition, current, at_ms, &settings, arena, &result, &error) != STATUS_OK)
        fail_msg("%s", error.message);
    return result;
}

/* --- Comparing -------------------------------------------------------------- */

static void assert_json(struct json actual, const char *expected)
{
    if (json_equal(actual, parse(expected)))
        return;
    char buffer[4096];
    struct writer writer;
    writer_init(&writer, buffer, sizeof buffer);
    json_write(&writer, actual);
    fail_msg("expected %s\n     found %.*s", expected, TEXT_ARGS(writer_result(&writer)));
}

static void assert_event(const struct event *event, const char *expected)
{
    struct json value;
    assert_true(event_to_json(event, false, arena, &value));
    assert_json(value, expected);
}

static void assert_text(struct text actual, const char *expected)
{
    if (!text_is(actual, expected))
        fail_msg("expected \"%s\", found \"%.*s\"", expected, TEXT_ARGS(actual));
}

/* The refusal's one event: its type, source, subject, name and message. */
static void assert_refused(const struct step_result *result, const char *type, const char *source,
                           const char *subject, const char *name, const char *message)
{
    assert_int_equal(result->outcome, STEP_REFUSED);
    assert_int_equal(result->output_count, 1);
    assert_int_equal(result->effect_count, 0);
    assert_int_equal(result->problem.status, STATUS_REJECTED);
    const struct event *error = &result->outputs[0];
    assert_text(error->type, type);
    assert_text(error->source, source);
    assert_text(error->subject, subject);
    assert_text(error->datacontenttype, "application/json");
    assert_text(json_get_string(error->data, "errorName"), name);
    assert_text(json_get_string(error->data, "errorMessage"), message);
    assert_string_equal(result->problem.message, message);
}

/* --- Starts ------------------------------------------------------------------ */

static void a_start_begins_an_orchestration(void **state)
{
    (void)state;
    struct event event = start_event();
    struct step_result result = step(&nothing, &event);
    assert_int_equal(result.outcome, STEP_STARTED);
    assert_int_equal(result.status, ORCHESTRATION_ACTIVE);
    assert_int_equal(result.due_ms, 0);
    assert_int_equal(result.problem.status, STATUS_OK);
    assert_text(result.next.subject, P1);
    assert_text(result.next.name, "summary");
    assert_text(result.next.version, "1.0.0");
    assert_text(result.next.correlation_id, P1);
    assert_true(result.next.revision == 1);
    assert_true(result.next.started_ms == now_ms);
    assert_json(result.next.input, "{'from':'web'}");
    assert_json(result.next.snapshot,
                "{'status':'active','value':'fetching','context':{'shelf':'A'},"
                "'historyValue':{},'children':{}}");
    assert_int_equal(result.effect_count, 3);
    assert_int_equal(result.effects[1].kind, EFFECT_LOG);
}

static const char started_text[] =
    "{'specversion':'1.0','id':'1e0ab5b0-2f41-8231-bd79-9c632189cde8',"
    "'source':'/orchestrations/summary/1.0.0','type':'notif.xorca.summary.started',"
    "'subject':'" P1 "','time':'2026-01-02T03:04:05.678Z',"
    "'datacontenttype':'application/json','correlationid':'" P1 "','causationid':'e1',"
    "'sequence':'00000000000000000001','data':{'name':'summary','version':'1.0.0',"
    "'processId':'p1','revision':1,'status':'active','state':'fetching',"
    "'event':'xorca.summary.start'}}";

static const char command_text[] =
    "{'specversion':'1.0','id':'f8acd1f2-9e53-8cf1-b532-020344826396',"
    "'source':'/orchestrations/summary/1.0.0','type':'cmd.books.fetch','subject':'" P1 "',"
    "'time':'2026-01-02T03:04:05.678Z','datacontenttype':'application/json',"
    "'correlationid':'" P1 "','causationid':'e1','to':'books','urgent':true,"
    "'data':{'book':'b.pdf'}}";

static const char notice_text[] =
    "{'specversion':'1.0','id':'4bde441b-144f-8a38-bc06-a9263e0b6177',"
    "'source':'/orchestrations/summary/1.0.0','type':'notif.books.wanted','subject':'b.pdf',"
    "'time':'2026-01-02T03:04:05.678Z','correlationid':'" P1 "','causationid':'e1'}";

static void a_start_sends_what_the_first_state_emits(void **state)
{
    (void)state;
    struct event event = start_event();
    struct step_result result = step(&nothing, &event);
    assert_int_equal(result.output_count, 3);
    assert_event(&result.outputs[0], started_text);
    assert_event(&result.outputs[1], command_text);
    assert_event(&result.outputs[2], notice_text);
}

static void emits_are_the_same_at_every_lifecycle_level(void **state)
{
    (void)state;
    settings.lifecycle = LIFECYCLE_NONE;
    struct event event = start_event();
    struct step_result result = step(&nothing, &event);
    assert_int_equal(result.output_count, 2);
    assert_event(&result.outputs[0], command_text);
    assert_event(&result.outputs[1], notice_text);
}

static void the_trace_and_the_correlation_go_on(void **state)
{
    (void)state;
    struct event event = start_event();
    event.extensions = parse("{'correlationid':'order-7','traceparent':'00-a-b-01',"
                             "'tracestate':'k=v','to':'x','hops':1}");
    settings.lifecycle = LIFECYCLE_NONE;
    struct step_result result = step(&nothing, &event);
    assert_text(result.next.correlation_id, "order-7");
    assert_json(result.outputs[1].extensions,
                "{'correlationid':'order-7','causationid':'e1','traceparent':'00-a-b-01',"
                "'tracestate':'k=v'}");

    /* Later events need not repeat it. */
    struct event again = answer("evt.books.again", NULL);
    again.extensions = parse("{'traceparent':''}");
    result = step(&result.next, &again);
    assert_json(result.outputs[1].extensions, "{'correlationid':'order-7','causationid':'e2'}");
}

static void a_start_repeated_is_refused_and_recognisable(void **state)
{
    (void)state;
    struct event event = start_event();
    struct orchestration current = started();
    for (int revision = 1; revision <= 2; revision++) { /* whatever happened meanwhile */
        struct step_result result = step(&current, &event);
        assert_refused(&result, "xorca.summary.start.error", "xorca.orchestrator.summary", P1,
                       "AlreadyStarted",
                       "\"p1\" of summary 1.0.0 was started before; a start begins one "
                       "orchestration");
        assert_text(result.outputs[0].id, "3ed1f77c-9194-8005-b5e0-c82325a960f3");
        current = after("evt.books.again");
    }
}

static void a_start_of_what_is_not_registered_is_refused(void **state)
{
    (void)state;
    struct event event = start_event();
    struct step_result result = step_with(NULL, "1.1.0, 2.0.0", &nothing, &event);
    assert_refused(&result, "xorca.summary.start.error", "xorca.orchestrator.summary", P1,
                   "UnknownDefinition",
                   "definition \"summary\" has no version 1.0.0; known are 1.1.0, 2.0.0");

    /* Of an unknown name no version can be found, and so no subject. */
    struct address address;
    struct error error;
    address_read(arena, &event, &address);
    assert_int_equal(step_event(NULL, TEXT_NONE, &address, &nothing, &event, now_ms, &settings,
                                arena, &result, &error),
                     STATUS_OK);
    assert_refused(&result, "xorca.summary.start.error", "xorca.orchestrator.summary",
                   "unknown-subject", "UnknownDefinition", "no definition is named \"summary\"");
    assert_text(result.outputs[0].id, "5de0d722-28ee-8683-832b-fc7b4ebe0cc0");
}

static void a_start_that_cannot_be_read_is_answered(void **state)
{
    (void)state;
    struct event event =
        event_of("e1", "/web", "xorca.summary.start", "init", "{'processId':'p1'}");
    struct step_result result = step(&nothing, &event);
    assert_int_equal(result.outcome, STEP_REFUSED);
    assert_int_equal(result.output_count, 1);
    assert_event(&result.outputs[0],
                 "{'specversion':'1.0','id':'fd53b21f-aeb7-8fb5-ac07-8c41242b8c58',"
                 "'source':'xorca.summary.start','type':'sys.xorca.summary.start.error',"
                 "'subject':'init','time':'2026-01-02T03:04:05.678Z',"
                 "'datacontenttype':'application/json','causationid':'e1',"
                 "'data':{'errorName':'InvalidStart',"
                 "'errorMessage':'data.context: expected an object, found nothing',"
                 "'errorStack':null,'eventData':{'specversion':'1.0','id':'e1','source':'/web',"
                 "'type':'xorca.summary.start','subject':'init','data':{'processId':'p1'}}}}");
    event.subject = TEXT_NONE;
    result = step(&nothing, &event);
    assert_text(result.outputs[0].subject, "unknown-subject");
    assert_text(result.outputs[0].id, "b39c5c77-bc34-8845-a88e-1478fcf51392");
}

static void a_start_that_the_machine_cannot_take_leaves_nothing(void **state)
{
    (void)state;
    settings.limits.effects_max = 1; /* the first state has three */
    struct event event = start_event();
    size_t used = arena_used(arena);
    struct step_result result = step(&nothing, &event);
    assert_int_equal(result.outcome, STEP_REFUSED);
    assert_true(result.next.revision == 0);
    assert_text(result.outputs[0].type, "xorca.summary.start.error");
    assert_text(result.outputs[0].id, "efd5e393-8d23-83dc-a424-e9f6167106c8");
    assert_text(json_get_string(result.outputs[0].data, "errorName"), "StepFailed");
    assert_true(arena_used(arena) - used < 8192);

    settings.limits = MACHINE_LIMITS_DEFAULT;
    settings.data_size_max = 1; /* the machine can, but not send what it emits */
    result = step(&nothing, &event);
    assert_int_equal(result.outcome, STEP_REFUSED);
    assert_int_equal(result.output_count, 1);
    assert_int_equal(result.effect_count, 0);
    assert_true(result.next.revision == 0);
}

/* --- Answers ------------------------------------------------------------------ */

static void an_answer_moves_it_on(void **state)
{
    (void)state;
    struct orchestration current = started();
    struct event event = answer("evt.books.again", NULL);
    struct step_result result = step(&current, &event);
    assert_int_equal(result.outcome, STEP_TRANSITIONED);
    assert_true(result.next.revision == 2);
    assert_true(current.revision == 1);
    assert_int_equal(result.output_count, 3);
    assert_text(result.outputs[0].id, "b27bf390-0850-83fb-8eb0-2e7cb27f4eb4");
    assert_text(result.outputs[1].id, "76fa02cd-0db8-8d3a-8697-88a48ed40c40");
    assert_text(event_extension(&result.outputs[0], "causationid"), "e2");
    assert_event(&result.outputs[2],
                 "{'specversion':'1.0','id':'6a6edd09-5d6c-81cb-9bb8-6b80bdd1003c',"
                 "'source':'/orchestrations/summary/1.0.0',"
                 "'type':'notif.xorca.summary.transitioned','subject':'" P1 "',"
                 "'time':'2026-01-02T03:04:05.678Z','datacontenttype':'application/json',"
                 "'correlationid':'" P1 "','causationid':'e2',"
                 "'sequence':'00000000000000000002','data':{'name':'summary',"
                 "'version':'1.0.0','processId':'p1','revision':2,'status':'active',"
                 "'state':'fetching','event':'evt.books.again'}}");
    settings.lifecycle = LIFECYCLE_OUTCOMES;
    result = step(&current, &event);
    assert_int_equal(result.output_count, 2);
}

static const struct {
    const char *event;
    enum orchestration_status status;
    const char *type;
    const char *id;
    const char *name;
} ends[] = {
    {"evt.books.fetch.success", ORCHESTRATION_COMPLETED, "notif.xorca.summary.completed",
     "eda67e98-198b-8935-a9ab-21487125294c", "completed"},
    {"evt.books.fetch.error", ORCHESTRATION_FAILED, "notif.xorca.summary.failed",
     "c9519b14-ad36-8bf2-a854-b6e1331782e8", "failed"},
    {"sys.cmd.books.fetch.error", ORCHESTRATION_FAILED, "notif.xorca.summary.failed",
     "c9519b14-ad36-8bf2-a854-b6e1331782e8", "failed"},
};

static void it_ends_completed_or_failed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct orchestration current = started();
        struct event event = answer(ends[i].event, NULL);
        struct step_result result = step(&current, &event);
        assert_int_equal(result.outcome, STEP_TRANSITIONED);
        assert_int_equal(result.status, ends[i].status);
        assert_int_equal(result.output_count, 1); /* no `transitioned` beside it */
        assert_text(result.outputs[0].type, ends[i].type);
        assert_text(result.outputs[0].id, ends[i].id);
        assert_text(json_get_string(result.outputs[0].data, "status"), ends[i].name);
        assert_json(*json_get(result.outputs[0].data, "output"), "{'text':'It was a dark night.'}");

        event = answer("evt.books.again", NULL);
        event.id = TEXT("e3");
        result = step(&result.next, &event);
        assert_int_equal(result.outcome, STEP_IGNORED);
        assert_string_equal(result.problem.message,
                            "\"evt.books.again\" comes too late: the orchestration is over (done)");
    }
}

/* The pair of source and id is what makes an event (CloudEvents 1.0.2, "id"). */
static void an_event_sent_twice_is_taken_once(void **state)
{
    (void)state;
    struct orchestration current = started();
    struct event event = answer("evt.books.echo", "{'n':1}");
    struct step_result result = step(&current, &event);
    assert_int_equal(result.outcome, STEP_TRANSITIONED);
    current = result.next;

    event.data = parse("{'n':2}"); /* whatever else it says now */
    result = step(&current, &event);
    assert_int_equal(result.outcome, STEP_REPEATED);
    assert_int_equal(result.output_count, 0);
    assert_string_equal(result.problem.message, "event \"e2\" of /books was taken before");

    struct event other = event;
    other.source = TEXT("/other-books");
    assert_int_equal(step(&current, &other).outcome, STEP_TRANSITIONED);

    /* Also when it is over by then. */
    event = answer("evt.books.fetch.success", NULL);
    event.id = TEXT("e3");
    current = step(&current, &event).next;
    assert_int_equal(step(&current, &event).outcome, STEP_REPEATED);
}

/* What changed nothing is not taken: it may come again when it is wanted. */
static void an_event_that_was_ignored_may_come_again(void **state)
{
    (void)state;
    struct orchestration current = after("evt.books.later");
    struct event event = answer("evt.books.echo", "{'n':1}");
    assert_int_equal(step(&current, &event).outcome, STEP_IGNORED);
    current = step_at(&current, now_ms + 5000).next;
    assert_int_equal(step(&current, &event).outcome, STEP_TRANSITIONED);
}

static void what_no_state_waits_for_is_ignored(void **state)
{
    (void)state;
    struct orchestration current = started();
    struct event event = answer("evt.books.unwanted", NULL);
    struct step_result result = step(&current, &event);
    assert_int_equal(result.outcome, STEP_IGNORED);
    assert_int_equal(result.output_count, 0);
    assert_int_equal(result.problem.status, STATUS_REJECTED);
    assert_string_equal(result.problem.message,
                        "no transition for \"evt.books.unwanted\" in state \"fetching\"");
}

static void an_answer_before_its_start_is_refused(void **state)
{
    (void)state;
    struct event event = answer("evt.books.again", NULL);
    struct step_result result = step(&nothing, &event);
    assert_refused(&result, "xorca.orchestrator.summary.error", "xorca.orchestrator.summary", P1,
                   "NotStarted",
                   "the orchestration of this subject (summary 1.0.0) was not initiated");
    assert_text(result.outputs[0].id, "5e0cd3df-64a0-85af-bf50-4cfc7096e749");
    assert_text(event_extension(&result.outputs[0], "correlationid"), P1);
}

static void an_answer_for_what_is_not_registered_is_refused(void **state)
{
    (void)state;
    struct event event = answer("evt.books.again", NULL);
    struct orchestration current = started();
    struct step_result result = step_with(NULL, "2.0.0", &current, &event);
    assert_refused(&result, "xorca.orchestrator.summary.error", "xorca.orchestrator.summary", P1,
                   "UnknownDefinition",
                   "definition \"summary\" has no version 1.0.0; known are 2.0.0");
    result = step_with(NULL, NULL, &nothing, &event);
    assert_refused(&result, "xorca.orchestrator.summary.error", "xorca.orchestrator.summary", P1,
                   "UnknownDefinition", "no definition is named \"summary\"");
}

static void an_answer_for_another_version_is_refused(void **state)
{
    (void)state;
    struct orchestration current = started();
    struct event event = answer("evt.books.again", NULL);
    event.extensions = parse("{'statemachineversion':'1.0.1'}");
    struct step_result result = step(&current, &event);
    assert_refused(&result, "xorca.orchestrator.summary.error", "xorca.orchestrator.summary", P1,
                   "OtherVersion",
                   "statemachineversion is 1.0.1, but the orchestration runs 1.0.0");
    event.extensions = parse("{'statemachineversion':'1.0.0'}");
    assert_int_equal(step(&current, &event).outcome, STEP_TRANSITIONED);
}

static void a_step_that_fails_is_refused(void **state)
{
    (void)state;
    struct orchestration current = started();
    struct event event = answer("evt.books.endless", NULL);
    struct step_result result = step(&current, &event);
    assert_int_equal(result.outcome, STEP_REFUSED);
    assert_int_equal(result.output_count, 1);
    assert_true(result.next.revision == 0);
    assert_text(result.outputs[0].type, "xorca.orchestrator.summary.error");
    assert_text(json_get_string(result.outputs[0].data, "errorName"), "StepFailed");
    assert_non_null(strstr(result.problem.message, "1000 microsteps"));
}

static void a_snapshot_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    struct orchestration current = started();
    current.snapshot = parse("{'status':'active','value':'gone','context':{},'historyValue':{}}");
    struct event event = answer("evt.books.again", NULL);
    struct step_result result = step(&current, &event);
    assert_int_equal(result.outcome, STEP_REFUSED);
    assert_text(json_get_string(result.outputs[0].data, "errorName"), "UnreadableSnapshot");
    assert_non_null(strstr(result.problem.message, "gone"));
}

/* --- Expressions --------------------------------------------------------------- */

static void a_guard_sees_the_event_and_its_failure_is_refused(void **state)
{
    (void)state;
    struct orchestration current = started();
    struct event event = answer("evt.books.pages", "{'pages':4}");
    assert_int_equal(step(&current, &event).status, ORCHESTRATION_COMPLETED);
    event = answer("evt.books.pages", "{'pages':3}");
    assert_int_equal(step(&current, &event).outcome, STEP_IGNORED);
    event = answer("evt.books.pages", "{'leaves':2}");
    struct step_result result = step(&current, &event);
    assert_int_equal(result.outcome, STEP_REFUSED);
    assert_non_null(strstr(result.problem.message, "pages"));
    assert_json(*json_get(result.outputs[0].data, "eventData"),
                "{'specversion':'1.0','id':'e2','source':'/books','type':'evt.books.pages',"
                "'subject':'" P1 "','data':{'leaves':2}}");
}

/* --- Limits ---------------------------------------------------------------------- */

/* {"text":"aaa…"} of `size` bytes as JSON. */
static struct json text_of_size(size_t size)
{
    size_t around = strlen("{\"text\":\"\"}");
    char *bytes = arena_alloc(arena, size);
    struct json_member *member = arena_alloc(arena, sizeof *member);
    assert_non_null(bytes);
    assert_non_null(member);
    memset(bytes, 'a', size - around);
    *member = JSON_MEMBER("text", json_string((struct text){bytes, size - around}));
    return json_object(member, 1);
}

static void data_of_an_emit_has_a_limit(void **state)
{
    (void)state;
    struct orchestration current = started();
    struct event event = answer("evt.books.echo", "null");
    settings.data_size_max = 1000;
    event.data = text_of_size(1000);
    assert_int_equal(step(&current, &event).outcome, STEP_TRANSITIONED);
    event.data = text_of_size(1001);
    struct step_result result = step(&current, &event);
    assert_refused(&result, "xorca.orchestrator.summary.error", "xorca.orchestrator.summary", P1,
                   "StepFailed",
                   "emit of notif.books.echo: data takes more than 1000 bytes or nests deeper "
                   "than 128");
}

static void attributes_of_an_emit_have_limits(void **state)
{
    (void)state;
    struct orchestration current = started();
    char data[8192] = "{'to':'x','subject':'";
    size_t at = strlen(data);
    memset(data + at, 's', SUBJECT_SIZE_MAX + 1);
    memcpy(data + at + SUBJECT_SIZE_MAX + 1, "'}", 3);
    struct event event = answer("evt.books.send", data);
    struct step_result result = step(&current, &event);
    assert_int_equal(result.outcome, STEP_REFUSED);
    assert_string_equal(
        result.problem.message,
        "emit of cmd.books.sent: attribute subject has 1025 bytes; at most 1024 can be sent");

    memcpy(data, text_of("{'subject':'x','to':'").data, at);
    memset(data + at, 't', EVENT_ATTRIBUTE_SIZE_MAX + 1);
    memcpy(data + at + EVENT_ATTRIBUTE_SIZE_MAX + 1, "'}", 3);
    event = answer("evt.books.send", data);
    result = step(&current, &event);
    assert_int_equal(result.outcome, STEP_REFUSED);
    assert_string_equal(result.problem.message, "emit of cmd.books.sent: attribute to has 4097 "
                                                "bytes; at most 4096 can be sent");
}

static void text_of_an_attribute_is_cloudevents_own(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "{'subject':'a\\u0000','to':'x'}", "{'subject':'x','to':'a\\nb'}",
        "{'subject':'x','to':'\\u0085'}", "{'subject':'x','to':'\\uFFFE'}"};
    struct orchestration current = started();
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct event event = answer("evt.books.send", wrong[i]);
        struct step_result result = step(&current, &event);
        assert_int_equal(result.outcome, STEP_REFUSED);
        assert_non_null(strstr(result.problem.message, "that CloudEvents does not allow"));
    }
    struct event event = answer("evt.books.send", "{'subject':'\\u00FC','to':'\\u00A0'}");
    assert_int_equal(step(&current, &event).outcome, STEP_TRANSITIONED);
}

/* Four of ours (two here) and those that a definition gives: 64 together. */
static void an_emit_has_a_limit_of_attributes(void **state)
{
    (void)state;
    for (int given = 62; given <= 63; given++) {
        char text[4096];
        struct writer writer;
        writer_init(&writer, text, sizeof text);
        writer_string(&writer, "{'id':'summary','version':'1.0.0','initial':'a','states':{'a':{"
                               "'entry':[{'type':'@xstate.emit','event':{'type':'cmd.x'");
        for (int i = 0; i < given; i++)
            writer_format(&writer, ",'a%d':true", i);
        writer_string(&writer, "}}]}}}");
        writer_char(&writer, '\0');
        assert_false(writer.overflowed);
        struct problem_list problems;
        problem_list_init(&problems, arena);
        const struct machine *machine;
        assert_int_equal(machine_compile(arena, parse(text), &problems, &machine), STATUS_OK);

        struct event event = start_event();
        struct step_result result = step_with(machine, NULL, &nothing, &event);
        assert_int_equal(result.outcome, given == 62 ? STEP_STARTED : STEP_REFUSED);
        if (given == 63)
            assert_string_equal(result.problem.message,
                                "start: emit of cmd.x: more than 64 extension attributes");
    }
}

static void an_error_event_quotes_no_more_than_may_be_sent(void **state)
{
    (void)state;
    struct event event = answer("evt.books.again", "null");
    settings.data_size_max = 16384;
    event.data = text_of_size(4096);
    struct step_result result = step(&nothing, &event);
    const struct json *cause = json_get(result.outputs[0].data, "eventData");
    assert_non_null(json_get(*cause, "data"));

    event.data = text_of_size(16384);
    result = step(&nothing, &event);
    cause = json_get(result.outputs[0].data, "eventData");
    assert_json(*cause, "{'specversion':'1.0','id':'e2','source':'/books',"
                        "'type':'evt.books.again','subject':'" P1 "','dataOmitted':true}");

    event.extensions = text_of_size(16384);
    result = step(&nothing, &event);
    cause = json_get(result.outputs[0].data, "eventData");
    assert_int_equal(cause->type, JSON_NULL);
}

/* Whether a reader with this limit takes the value's text. */
static bool is_taken(struct json value, uint32_t depth_max)
{
    struct json_limits limits = {.depth_max = depth_max, .size_max = JSON_SIZE_MAX};
    struct writer writer;
    struct error error;
    writer_init_arena(&writer, arena, JSON_SIZE_MAX);
    json_write(&writer, value);
    return json_parse(arena, writer_result(&writer), limits, &value, &error) == STATUS_OK;
}

static void an_error_event_is_no_deeper_than_its_readers_take(void **state)
{
    (void)state;
    struct event event = answer("evt.books.again", "null");
    struct json nested[JSON_DEPTH_MAX];
    nested[0] = json_array(NULL, 0);
    for (size_t i = 1; i < JSON_DEPTH_MAX; i++)
        nested[i] = json_array(&nested[i - 1], 1);
    event.data = nested[JSON_DEPTH_MAX - 3]; /* the error's data, eventData and this: 128 */
    struct step_result result = step(&nothing, &event);
    assert_true(is_taken(result.outputs[0].data, JSON_DEPTH_MAX));
    assert_false(is_taken(result.outputs[0].data, JSON_DEPTH_MAX - 1));
    event.data = nested[JSON_DEPTH_MAX - 2];
    result = step(&nothing, &event);
    assert_true(is_taken(result.outputs[0].data, 2));
    assert_non_null(json_get(*json_get(result.outputs[0].data, "eventData"), "dataOmitted"));
}

static void too_large_an_output_completes_all_the_same(void **state)
{
    (void)state;
    settings.data_size_max = 16;
    struct orchestration current = started();
    struct event event = answer("evt.books.fetch.success", NULL);
    struct step_result result = step(&current, &event);
    assert_int_equal(result.status, ORCHESTRATION_COMPLETED);
    assert_null(json_get(result.outputs[0].data, "output"));
    assert_json(*json_get(result.outputs[0].data, "outputOmitted"), "true");
}

/* Messages are cut at a length; what they quote may be cut within a character. */
static void a_message_is_always_valid_text(void **state)
{
    (void)state;
    char versions[1201];
    for (size_t i = 0; i + 2 < sizeof versions; i += 2) {
        versions[i] = (char)0xC3;
        versions[i + 1] = (char)0xBC;
    }
    for (size_t shift = 0; shift < 2; shift++) {
        struct event event = answer("evt.books.again", NULL);
        versions[1200] = '\0';
        struct step_result result = step_with(NULL, versions + shift, &nothing, &event);
        struct text message = json_get_string(result.outputs[0].data, "errorMessage");
        assert_true(utf8_is_valid(message));
        assert_true(text_ends_with(message, "..."));
    }
}

/* Whatever the arena can hold: the step is done, or says that it is full. */
static void a_full_arena_is_fatal_and_nothing_else(void **state)
{
    (void)state;
    struct orchestration current = started();
    struct event event = answer("evt.books.again", NULL);
    struct address address;
    struct step_result result;
    struct error error;
    address_read(arena, &event, &address);
    size_t full = 0, size = 0;
    enum status status;
    do {
        struct arena *small = arena_create(size);
        status = step_event(definition, TEXT_NONE, &address, &current, &event, now_ms, &settings,
                            small, &result, &error);
        if (status == STATUS_OK && result.outcome == STEP_REFUSED)
            status = STATUS_FATAL; /* the machine's own limit on memory speaks first */
        full += status == STATUS_FATAL;
        assert_true(status == STATUS_FATAL || status == STATUS_OK);
        arena_destroy(small);
        size += 64;
    } while (status != STATUS_OK);
    assert_true(full > 10);
}

/* --- Timers ----------------------------------------------------------------------- */

static void a_timer_fires_when_it_is_due(void **state)
{
    (void)state;
    struct orchestration current = started();
    struct event event = answer("evt.books.later", NULL);
    struct step_result result = step(&current, &event);
    assert_true(result.due_ms == now_ms + 5000);
    current = result.next;

    result = step_at(&current, now_ms + 4999);
    assert_int_equal(result.outcome, STEP_IGNORED);
    assert_string_equal(result.problem.message, "no timer is due");

    result = step_at(&current, now_ms + 5000);
    assert_int_equal(result.outcome, STEP_TRANSITIONED);
    assert_true(result.next.revision == 3);
    assert_true(result.due_ms == 0);
    assert_int_equal(result.output_count, 3);
    assert_text(result.outputs[0].type, "cmd.books.fetch");
    assert_text(result.outputs[0].time, "2026-01-02T03:04:10.678Z");
    assert_json(result.outputs[0].extensions,
                "{'correlationid':'" P1 "',"
                "'causationid':'77c00bb0-5b36-8c88-bfbc-4741e18f8621',"
                "'to':'books','urgent':true}");
    assert_text(json_get_string(result.outputs[2].data, "event"),
                "xstate.after.5s.summary.waiting");
}

static void a_timer_that_fails_is_spent(void **state)
{
    (void)state;
    struct orchestration current = after("evt.books.trap");
    struct step_result result = step_at(&current, now_ms + 5000);
    assert_int_equal(result.outcome, STEP_TRANSITIONED);
    assert_true(result.next.revision == 3);
    assert_true(result.due_ms == now_ms + 9000); /* the other one waits on */
    assert_int_equal(result.status, ORCHESTRATION_ACTIVE);
    assert_text(json_get_string(result.next.snapshot, "value"), "trapped");
    assert_int_equal(result.problem.status, STATUS_REJECTED);
    assert_int_equal(result.output_count, 2);
    assert_text(result.outputs[0].type, "xorca.orchestrator.summary.error");
    assert_text(result.outputs[0].id, "8fd52342-dbae-817d-a398-1e382fe14357");
    assert_text(result.outputs[0].subject, P1);
    assert_json(*json_get(result.outputs[0].data, "eventData"),
                "{'specversion':'1.0','id':'839f2214-bb80-8e73-aa5c-c3afa2901b57','source':'/"
                "orchestrations/summary/1.0.0',"
                "'type':'xstate.after.5s.summary.trapped','subject':'" P1 "'}");
    assert_text(result.outputs[1].type, "notif.xorca.summary.transitioned");

    struct orchestration next = result.next;
    result = step_at(&next, now_ms + 5000);
    assert_int_equal(result.outcome, STEP_IGNORED);
    result = step_at(&next, now_ms + 9000);
    assert_text(json_get_string(result.next.snapshot, "value"), "fetching");
}

static void a_timer_that_cannot_be_read_is_refused(void **state)
{
    (void)state;
    struct orchestration current = after("evt.books.later");
    struct step_result result;
    struct error error;
    assert_int_equal(step_timer(NULL, &current, now_ms + 5000, &settings, arena, &result, &error),
                     STATUS_OK);
    assert_refused(&result, "xorca.orchestrator.summary.error", "xorca.orchestrator.summary", P1,
                   "UnknownDefinition", "definition \"summary\" 1.0.0 is not known to this worker");
    current.snapshot = parse("{'status':'active','value':'gone','context':{},'historyValue':{}}");
    result = step_at(&current, now_ms + 5000);
    assert_int_equal(result.outcome, STEP_REFUSED);
    assert_text(json_get_string(result.outputs[0].data, "errorName"), "UnreadableSnapshot");
    assert_int_equal(step_at(&nothing, now_ms).outcome, STEP_IGNORED);
}

/* --- Types and topics ---------------------------------------------------------------- */

static void all_types_that_may_be_sent_are_known(void **state)
{
    (void)state;
    static const char *const expected[] = {
        "sys.xorca.summary.start.error",    "xorca.summary.start.error",
        "xorca.orchestrator.summary.error", "notif.xorca.summary.started",
        "notif.xorca.summary.transitioned", "notif.xorca.summary.completed",
        "notif.xorca.summary.failed"};
    struct text_list types = step_sent_types(arena, TEXT("summary"), LIFECYCLE_ALL);
    assert_int_equal(types.count, 7);
    for (size_t i = 0; i < types.count; i++)
        assert_text(types.items[i], expected[i]);
    types = step_sent_types(arena, TEXT("summary"), LIFECYCLE_OUTCOMES);
    assert_int_equal(types.count, 6);
    assert_text(types.items[4], "notif.xorca.summary.completed");
    assert_int_equal(step_sent_types(arena, TEXT("summary"), LIFECYCLE_NONE).count, 3);
}

static void the_topic_is_the_type_but_for_lifecycle_events(void **state)
{
    (void)state;
    static const char *const topics[][2] = {
        {"cmd.books.fetch", "cmd.books.fetch"},
        {"notif.books.wanted", "notif.books.wanted"},
        {"xorca.summary.start.error", "xorca.summary.start.error"},
        {"notif.xorca.summary.started", "notif.xorca.summary"},
        {"notif.xorca.a.b.failed", "notif.xorca.a.b"},
    };
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++) {
        struct event event = {.type = text_of(topics[i][0])};
        assert_text(event_topic(&event), topics[i][1]);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_start_begins_an_orchestration),
        TEST(a_start_sends_what_the_first_state_emits),
        TEST(emits_are_the_same_at_every_lifecycle_level),
        TEST(the_trace_and_the_correlation_go_on),
        TEST(a_start_repeated_is_refused_and_recognisable),
        TEST(a_start_of_what_is_not_registered_is_refused),
        TEST(a_start_that_cannot_be_read_is_answered),
        TEST(a_start_that_the_machine_cannot_take_leaves_nothing),
        TEST(an_answer_moves_it_on),
        TEST(it_ends_completed_or_failed),
        TEST(an_event_sent_twice_is_taken_once),
        TEST(an_event_that_was_ignored_may_come_again),
        TEST(what_no_state_waits_for_is_ignored),
        TEST(an_answer_before_its_start_is_refused),
        TEST(an_answer_for_what_is_not_registered_is_refused),
        TEST(an_answer_for_another_version_is_refused),
        TEST(a_step_that_fails_is_refused),
        TEST(a_snapshot_that_does_not_fit_is_refused),
        TEST(a_guard_sees_the_event_and_its_failure_is_refused),
        TEST(data_of_an_emit_has_a_limit),
        TEST(attributes_of_an_emit_have_limits),
        TEST(text_of_an_attribute_is_cloudevents_own),
        TEST(an_emit_has_a_limit_of_attributes),
        TEST(an_error_event_quotes_no_more_than_may_be_sent),
        TEST(an_error_event_is_no_deeper_than_its_readers_take),
        TEST(too_large_an_output_completes_all_the_same),
        TEST(a_message_is_always_valid_text),
        TEST(a_full_arena_is_fatal_and_nothing_else),
        TEST(a_timer_fires_when_it_is_due),
        TEST(a_timer_that_fails_is_spent),
        TEST(a_timer_that_cannot_be_read_is_refused),
        TEST(all_types_that_may_be_sent_are_known),
        TEST(the_topic_is_the_type_but_for_lifecycle_events),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
