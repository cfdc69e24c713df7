/* Snapshots as JSON. What is read here was written by XState 5.33.3 in Node
 * (actor.getPersistedSnapshot()), and is written again byte for byte. */
#include "tests/core/machine/definition.h"

#include <string.h>

#include "core/machine/interpreter.h"
#include "core/writer.h"

#define M(body) "{'@exprLang':'cel','id':'m','version':'1.0.0'," body "}"

/* a, p (parallel: r (x (u, v)), s), w (waits), f (final) */
#define MACHINE                                                                              \
    M("'initial':'a','tags':['root'],'states':{'a':{'tags':['quiet']},"                      \
      "'p':{'type':'parallel','tags':['busy','root'],'states':{"                             \
      "'r':{'initial':'x','states':{'x':{'initial':'u','states':{'u':{'tags':['busy','u']}," \
      "'v':{}}}}},'s':{}}},'w':{'after':{'10':'a','20s':'a'}},'f':{'type':'final'}}")

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

static const char *json_in_quotes(struct json value)
{
    struct writer writer;
    writer_init_arena(&writer, arena, JSON_SIZE_MAX);
    json_write(&writer, value);
    writer_char(&writer, '\0');
    assert_false(writer.overflowed);
    for (size_t i = 0; i < writer.size; i++) {
        if (writer.data[i] == '"')
            writer.data[i] = '\'';
    }
    return writer.data;
}

/* Reads the snapshot of a machine and writes it again. */
static const char *rewritten(const char *definition, const char *snapshot_text)
{
    const struct machine *machine = definition_compile(arena, definition);
    struct snapshot snapshot;
    struct error error;
    struct json json;
    if (snapshot_from_json(machine, definition_json(arena, snapshot_text), arena, &snapshot,
                           &error) != STATUS_OK)
        fail_msg("%s: %s", snapshot_text, error.message);
    assert_int_equal(snapshot_to_json(machine, &snapshot, arena, &json, &error), STATUS_OK);
    return json_in_quotes(json);
}

#define HISTORIES                                                          \
    M("'initial':'a','states':{'a':{},'p':{'type':'parallel','states':{"   \
      "'r':{'initial':'x','states':{'x':{},'y':{}}},"                      \
      "'s':{'initial':'h','states':{'h':{'type':'history','target':'s1'}," \
      "'s1':{'initial':'u','states':{'u':{},'v':{}}}}}}},"                 \
      "'h':{'type':'history'},'d':{'history':'deep','target':'p'}}")

static void test_what_xstate_wrote(void **state)
{
    (void)state;
    static const struct {
        const char *definition;
        const char *snapshot;
    } rows[] = {
        {MACHINE,
         "{'status':'active','value':'a','historyValue':{},'context':{'n':1},'children':{}}"},
        {MACHINE, "{'status':'active','value':{'p':{'r':{'x':'u'},'s':{}}},'historyValue':{},"
                  "'context':{'n':1},'children':{}}"},
        {MACHINE, "{'status':'done','output':{'k':[1]},'value':'f','historyValue':{},"
                  "'context':{'n':1},'children':{}}"},
        {M("'description':'no states'"),
         "{'status':'active','value':{},'historyValue':{},'context':{},'children':{}}"},
        {M("'type':'parallel','states':{'r':{},'s':{'initial':'x','states':{'x':{}}}}"),
         "{'status':'active','value':{'r':{},'s':'x'},'historyValue':{},'context':{},'children':{}"
         "}"},
        {HISTORIES, "{'status':'active','value':{'p':{'r':'x','s':{'s1':'u'}}},"
                    "'historyValue':{'m.p.s.h':[{'id':'m.p.s.s1'}],'m.h':[{'id':'m.a'}],"
                    "'m.d':[{'id':'m.p.r.y'},{'id':'m.p.s.s1.v'}]},"
                    "'context':{},'children':{}}"},
        /* As XState persists a machine whose action threw. */
        {MACHINE, "{'status':'error','error':{'message':'no'},'value':'a','historyValue':{},"
                  "'context':{},'children':{}}"},
        {MACHINE, "{'status':'stopped','value':'a','historyValue':{},'context':{},'children':{}}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(rewritten(rows[i].definition, rows[i].snapshot), rows[i].snapshot);
}

#define ACTIVE(value) "{'status':'active','value':" value ",'context':{}"

static void test_reading_is_lenient_where_nothing_is_lost(void **state)
{
    (void)state;
    static const char plain[] =
        "{'status':'active','value':'a','historyValue':{},'context':{},'children':{}}";
    assert_string_equal(rewritten(MACHINE, ACTIVE("'a'") ",'tags':['x'],'other':{'y':1}}"), plain);
    assert_string_equal(rewritten(MACHINE, ACTIVE("'a'") ",'xorca':{'timerSequence':7}}"), plain);
    assert_string_equal(rewritten(MACHINE, ACTIVE("{'a':{}}") "}"), plain);
    /* As in XState: states that there are no more, and history states that there are no more. */
    assert_string_equal(rewritten(MACHINE, ACTIVE("'a'") ",'historyValue':{'m.h':[]}}"), plain);
    assert_string_equal(
        rewritten(HISTORIES, ACTIVE("'a'") ",'historyValue':{'m.h':[{'id':'m.gone'}]}}"), plain);
}

#define TIMER(id, due, sequence) "{'id':'" id "','due':" due ",'sequence':" sequence "}"
#define TIMERS(timers, sequence) \
    ACTIVE("'w'") ",'xorca':{'timers':[" timers "],'timerSequence':" sequence "}}"

static void test_timers(void **state)
{
    (void)state;
    static const char ordered[] =
        "{'status':'active','value':'w','historyValue':{},'context':{},'children':{},"
        "'xorca':{'timers':[{'id':'xstate.after.20s.m.w','due':-5,'sequence':4},"
        "{'id':'xstate.after.10.m.w','due':9007199254740993,'sequence':3}],'timerSequence':5}}";
    assert_string_equal(rewritten(MACHINE, ordered), ordered);
    assert_string_equal(
        rewritten(MACHINE, TIMERS(TIMER("xstate.after.10.m.w", "9007199254740993",
                                        "3") "," TIMER("xstate.after.20s.m.w", "-5", "4"),
                                  "5")),
        ordered);
}

static void test_what_is_wrong_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *snapshot;
        const char *message;
    } rows[] = {
        {"[]", "$: a snapshot is an object, this is of type array"},
        {"{'value':'a','context':{}}",
         "$.status: not \"active\", \"done\", \"error\" or \"stopped\""},
        {"{'status':'running','value':'a','context':{}}",
         "$.status: not \"active\", \"done\", \"error\" or \"stopped\""},
        {"{'status':'active','value':'a'}", "$.context: not an object"},
        {"{'status':'active','context':{}}", "$.value: is missing"},
        {ACTIVE("'a'") ",'historyValue':[]}", "$.historyValue: not an object"},
        {ACTIVE("'a'") ",'children':{'fetcher':{}}}",
         "$.children: running actors cannot be taken over"},
        {ACTIVE("'z'") "}", "$.value: no such state: \"z\""},
        {ACTIVE("'p'") "}", "$.value[\"p\"]: region \"r\" is missing"},
        {ACTIVE("{'p':'r'}") "}",
         "$.value[\"p\"]: all regions are active: an object with a value for each"},
        {ACTIVE("{'p':{'r':{'x':'u'}}}") "}", "$.value[\"p\"]: region \"s\" is missing"},
        {ACTIVE("{'p':{'r':{'x':'u'},'s':{},'t':{}}}") "}", "$.value[\"p\"]: no such state: \"t\""},
        {ACTIVE("{'p':{'r':'x','s':{}}}") "}",
         "$.value[\"p\"][\"r\"][\"x\"]: exactly one child is active: its name, or an object with "
         "its value"},
        {ACTIVE("{'p':{'r':{'x':{'u':{},'v':{}}},'s':{}}}") "}",
         "$.value[\"p\"][\"r\"][\"x\"]: exactly one child is active: its name, or an object with "
         "its value"},
        {ACTIVE("{'p':{'r':{'x':'u'},'s':'deeper'}}") "}",
         "$.value[\"p\"][\"s\"]: the state has no states of its own"},
        {ACTIVE("{'a':'deeper'}") "}", "$.value[\"a\"]: the state has no states of its own"},
        {ACTIVE("['a']") "}",
         "$.value: exactly one child is active: its name, or an object with its value"},
        {ACTIVE("'w'") ",'xorca':1}", "$.xorca: not an object"},
        {ACTIVE("'w'") ",'xorca':{'timers':[]}}", "$.xorca.timerSequence: not a number from 0 on"},
        {ACTIVE("'w'") ",'xorca':{'timers':{},'timerSequence':0}}", "$.xorca.timers: not an array"},
        {TIMERS("1", "1"), "$.xorca.timers[0]: id: no timer of an active state"},
        {TIMERS(TIMER("xstate.after.10.m.a", "1", "0"), "1"),
         "$.xorca.timers[0]: id: no timer of an active state"},
        {TIMERS(TIMER("xstate.after.10.m.w", "1.5", "0"), "1"),
         "$.xorca.timers[0]: due: not a time in milliseconds since 1970"},
        {TIMERS(TIMER("xstate.after.10.m.w", "1", "-1"), "1"),
         "$.xorca.timers[0]: sequence: not a number from 0 on"},
        {TIMERS(TIMER("xstate.after.10.m.w", "1", "1"), "1"),
         "$.xorca.timers[0]: sequence: not below $.xorca.timerSequence"},
        {TIMERS(TIMER("xstate.after.10.m.w", "1", "0") "," TIMER("xstate.after.10.m.w", "2", "1"),
                "9"),
         "$.xorca.timers[1]: id: the timer stands twice"},
        {TIMERS(TIMER("xstate.after.10.m.w", "1", "0") "," TIMER("xstate.after.20s.m.w", "2", "0"),
                "9"),
         "$.xorca.timers[1]: sequence: stands twice"},
    };
    const struct machine *machine = definition_compile(arena, MACHINE);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct snapshot snapshot;
        struct error error;
        assert_int_equal(snapshot_from_json(machine, definition_json(arena, rows[i].snapshot),
                                            arena, &snapshot, &error),
                         STATUS_REJECTED);
        assert_string_equal(error.message, rows[i].message);
    }
}

static void test_tags_and_active_ids(void **state)
{
    (void)state;
    const struct machine *machine = definition_compile(arena, MACHINE);
    struct snapshot snapshot;
    struct error error;
    struct json tags;
    struct text_list ids;
    struct json json = definition_json(arena, ACTIVE("{'p':{'s':{},'r':{'x':'u'}}}") "}");
    assert_int_equal(snapshot_from_json(machine, json, arena, &snapshot, &error), STATUS_OK);
    assert_true(snapshot_tags(machine, &snapshot, arena, &tags));
    assert_string_equal(json_in_quotes(tags), "['root','busy','u']");

    static const char *const expected[] = {"m", "m.p", "m.p.r", "m.p.r.x", "m.p.r.x.u", "m.p.s"};
    assert_true(snapshot_active_ids(machine, &snapshot, arena, &ids));
    assert_int_equal(ids.count, sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < ids.count; i++)
        assert_true(text_is(ids.items[i], expected[i]));
}

/* A set of more than one word: states beyond the 64th are read, written and run. */
static void test_many_states(void **state)
{
    (void)state;
    enum { COUNT = 300 };
    static char definition[64 * 1024];
    size_t size = (size_t)snprintf(definition, sizeof definition,
                                   "{'@exprLang':'cel','id':'m','version':'1.0.0',"
                                   "'type':'parallel','states':{");
    for (int i = 0; i < COUNT; i++)
        size += (size_t)snprintf(definition + size, sizeof definition - size,
                                 "%s's%d':{'initial':'a','states':{'a':{'on':{'e%d':'b'}},'b':{}}}",
                                 i == 0 ? "" : ",", i, i);
    snprintf(definition + size, sizeof definition - size, "}}");
    const struct machine *machine = definition_compile(arena, definition);
    const struct machine_limits limits = MACHINE_LIMITS_DEFAULT;
    struct machine_step step;
    struct error error;
    struct json none = json_object(NULL, 0), json, value;
    assert_int_equal(machine_start(machine, none, 0, &limits, arena, &step, &error), STATUS_OK);
    for (int i = 0; i < COUNT; i += 7) {
        char name[16];
        snprintf(name, sizeof name, "e%d", i);
        struct json_member type = JSON_MEMBER("type", json_string(text_of(name)));
        struct snapshot before = step.snapshot;
        assert_int_equal(machine_transition(machine, &before, none, json_object(&type, 1), 0,
                                            &limits, arena, &step, &error),
                         STATUS_OK);
    }
    assert_int_equal(snapshot_to_json(machine, &step.snapshot, arena, &json, &error), STATUS_OK);
    struct snapshot read;
    assert_int_equal(snapshot_from_json(machine, json, arena, &read, &error), STATUS_OK);
    assert_true(snapshot_value(machine, &read, arena, &value));
    assert_int_equal(value.count, COUNT);
    for (uint32_t i = 0; i < COUNT; i++)
        assert_true(text_is(json_text(value.as.members[i].value), i % 7 == 0 ? "b" : "a"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_xstate_wrote, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reading_is_lenient_where_nothing_is_lost, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_timers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_wrong_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tags_and_active_ids, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_states, setup, teardown),
    };
    return cmocka_run_group_tests_name("snapshot", tests, NULL, NULL);
}
