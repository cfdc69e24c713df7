/* What the interpreter writes down while it decides, what is covered by it, what a state
 * accepts, and what stands in a drawing. Which transition goes first is XState 5's rule
 * (tests/core/machine/README.md); the words are those that trace.h and dot.c promise. */
#include "tests/test.h"

#include "core/machine/coverage.h"
#include "core/machine/interpreter.h"
#include "core/machine/simulation.h"
#include "core/writer.h"
#include "tests/core/machine/definition.h"

#define M(states) "{'id':'m','version':'1.0.0','initial':'a','states':{" states "}}"

/* Starts the machine, sends it the events one after the other and gives what was written
 * down of the last one. */
static struct text traced(struct arena *arena, const char *definition, const char *const *events,
                          struct coverage *coverage)
{
    const struct machine *machine = definition_compile(arena, definition);
    struct machine_limits limits = MACHINE_LIMITS_DEFAULT;
    struct trace trace;
    struct simulation *simulation;
    struct error error;
    struct writer writer;
    limits.trace = &trace;
    trace_init(&trace, arena);
    if (coverage != NULL)
        assert_true(coverage_init(coverage, machine, arena));
    assert_int_equal(
        simulation_create(&simulation, machine, &limits, json_object(NULL, 0), 0, &error),
        STATUS_OK);
    assert_int_equal(simulation_start(simulation, &error), STATUS_OK);
    for (size_t i = 0; events[i] != NULL; i++) {
        struct json_member type = JSON_MEMBER("type", json_string(text_of(events[i])));
        if (coverage != NULL)
            coverage_add(coverage, &trace);
        trace_init(&trace, arena);
        assert_int_equal(simulation_event(simulation, json_object(&type, 1), &error), STATUS_OK);
    }
    if (coverage != NULL)
        coverage_add(coverage, &trace);
    writer_init_arena(&writer, arena, 64 * 1024);
    trace_write(machine, &trace, "", &writer);
    simulation_destroy(simulation);
    return writer_result(&writer);
}

static void test_reasons(void **state)
{
    static const struct {
        const char *definition, *event, *trace;
    } rows[] = {
        {M("'a':{'on':{'evt.x':'b'}},'b':{}"), "evt.x",
         "event      evt.x\ntaken      a: evt.x -> b\nexits      a\nenters     b\n"},
        {M("'a':{}"), "evt.x", "event      evt.x: no active state listens to it\n"},
        {M("'a':{'on':{'evt.x':{}}}"), "evt.x", "event      evt.x\ntaken      a: evt.x (stays)\n"},
        {M("'a':{'on':{'evt.x':[{'guard':{'@expr':'false'},'target':'b'},'b','a']}},'b':{}"),
         "evt.x",
         "event      evt.x\nnot taken  a: evt.x [false] -> b: its guard does not hold\n"
         "not taken  a: evt.x -> a: one before it in its state is\n"
         "taken      a: evt.x -> b\nexits      a\nenters     b\n"},
        /* An exact name goes before a wildcard, whatever the order in the document. */
        {M("'a':{'on':{'*':'b','evt.x':{}}},'b':{}"), "evt.x",
         "event      evt.x\nnot taken  a: * -> b: one before it in its state is\n"
         "taken      a: evt.x (stays)\n"},
        /* Innermost first. */
        {M("'a':{'initial':'c','on':{'evt.x':'b'},'states':{'c':{'on':{'evt.x':{}}}}},'b':{}"),
         "evt.x",
         "event      evt.x\nnot taken  a: evt.x -> b: a state further in answers\n"
         "taken      a.c: evt.x (stays)\n"},
        /* What follows in the same macrostep is written down behind it. */
        {M("'a':{'on':{'evt.x':'b'}},'b':{'always':'c'},'c':{}"), "evt.x",
         "event      evt.x\ntaken      a: evt.x -> b\nexits      a\nenters     b\n"
         "taken      b: always -> c\nexits      b\nenters     c\n"},
        {M("'a':{'on':{'evt.x':{'actions':{'type':'@xstate.raise','event':{'type':'go'}}},"
           "'go':'b'}},'b':{}"),
         "evt.x",
         "event      evt.x\ntaken      a: evt.x (stays)\nevent      go\n"
         "taken      a: go -> b\nexits      a\nenters     b\n"},
        {M("'a':{'on':{'evt.x':{'guard':{'@expr':'1 / 0 == 1'},'target':'a'}}}"), "evt.x",
         "event      evt.x\n"
         "failed     a: evt.x [1 / 0 == 1] -> a: its guard cannot be evaluated\n"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *const events[] = {rows[i].event, NULL};
        ASSERT_TEXT(traced(*state, rows[i].definition, events, NULL), text_of(rows[i].trace));
    }
}

static void test_coverage(void **state)
{
    static const char definition[] =
        M("'a':{'on':{'evt.x':'b','evt.y':{}}},'b':{'initial':'d','states':{'d':{},"
          "'h':{'type':'history'}},'on':{'evt.z':'c'}},'c':{}");
    const char *const events[] = {"evt.x", "evt.y", NULL};
    struct coverage coverage;
    struct writer writer;
    traced(*state, definition, events, &coverage);
    assert_int_equal(coverage_transitions(&coverage).covered, 1);
    assert_int_equal(coverage_transitions(&coverage).total, 3);
    /* A history state is never active, and the root always is: neither counts. */
    assert_int_equal(coverage_states(&coverage).covered, 3);
    assert_int_equal(coverage_states(&coverage).total, 4);
    writer_init_arena(&writer, *state, 1024);
    coverage_write_missing(&coverage, "", &writer);
    ASSERT_TEXT(writer_result(&writer), TEXT("not taken    a: evt.y (stays)\n"
                                             "not taken    b: evt.z -> c\n"
                                             "not entered  c\n"));
}

static void test_accepted_types(void **state)
{
    const struct machine *machine = definition_compile(
        *state, M("'a':{'initial':'b','on':{'evt.out':{},'evt.both':{}},'after':{'5s':'c'},"
                  "'states':{'b':{'on':{'evt.in.*':{},'evt.both':{}}}}},'c':{'on':{'evt.c':{}}}"));
    const struct machine_limits limits = MACHINE_LIMITS_DEFAULT;
    struct machine_step step;
    struct text_list types;
    struct error error;
    assert_int_equal(
        machine_start(machine, json_object(NULL, 0), 0, &limits, *state, &step, &error), STATUS_OK);
    assert_true(snapshot_accepted_types(machine, &step.snapshot, *state, &types));
    assert_int_equal(types.count, 3);
    /* Innermost first; the timer is the engine's own. */
    bool has_in = text_is(types.items[0], "evt.in.*") || text_is(types.items[1], "evt.in.*");
    bool has_both = text_is(types.items[0], "evt.both") || text_is(types.items[1], "evt.both");
    assert_true(has_in && has_both);
    ASSERT_TEXT(types.items[2], TEXT("evt.out"));
}

static bool has_part(struct text text, const char *part)
{
    size_t size = strlen(part);
    for (size_t at = 0; at + size <= text.size; at++) {
        if (memcmp(text.data + at, part, size) == 0)
            return true;
    }
    return false;
}

static void test_drawing(void **state)
{
    static const struct {
        const char *definition, *part;
    } rows[] = {
        {M("'a':{'on':{'evt.x':'b'}},'b':{'type':'final'}"), "s2 [shape=ellipse, peripheries=2"},
        {M("'a':{'on':{'evt.x':'b'}},'b':{}"), "s1 -> s2 [label=<evt.x<br align=\"left\"/>>]"},
        /* All that leads from one state to another is one edge. */
        {M("'a':{'on':{'evt.x':'b','evt.y':'b'}},'b':{}"),
         "s1 -> s2 [label=<evt.x<br align=\"left\"/>evt.y<br align=\"left\"/>>]"},
        /* Back to an earlier state: no say in what stands above what. */
        {M("'a':{'on':{'evt.x':'b'}},'b':{'on':{'evt.y':'a'}}"), "s2 -> s1 [constraint=false"},
        {M("'a':{'initial':'b','states':{'b':{}},'on':{'evt.x':'c'}},'c':{}"),
         "leave1 -> s3 [ltail=cluster1, "},
        {M("'a':{'on':{'evt.x':'b'}},'b':{'initial':'c','states':{'c':{}}}"),
         "s1 -> initial2 [lhead=cluster2, "},
        {M("'a':{'initial':'b','states':{'b':{},'c':{}},'on':{'evt.x':'.c'}}"), "any1 -> s3 ["},
        {M("'a':{'initial':'b','states':{'b':{},'h':{'type':'history','history':'deep'}}}"),
         "shape=circle, fixedsize=true, width=0.35, label=<<b>H*</b>>"},
        {M("'a':{'type':'parallel','states':{'r':{'initial':'x','states':{'x':{}}},'s':{}}}"),
         "graph [style=\"rounded,filled,dashed\", label=<<b>r</b>>"},
        {M("'a':{'entry':{'type':'@xstate.emit','event':{'type':'cmd.x'}}}"), "sends cmd.x"},
        {M("'a':{'tags':['failed']}"), "color=\"#c0392b\""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct machine *machine = definition_compile(*state, rows[i].definition);
        struct text_list none = {NULL, 0};
        struct writer writer;
        writer_init_arena(&writer, *state, 64 * 1024);
        machine_write_dot(machine, none, none, &writer);
        if (!has_part(writer_result(&writer), rows[i].part))
            fail_msg("%s not in %.*s", rows[i].part, TEXT_ARGS(writer_result(&writer)));
    }
}

static void test_marks(void **state)
{
    const struct machine *machine =
        definition_compile(*state, M("'a':{'on':{'evt.x':'b'}},'b':{},'c':{}"));
    const struct text active[] = {TEXT_INIT("m.b")}, visited[] = {TEXT_INIT("m.a")};
    struct writer writer;
    writer_init_arena(&writer, *state, 64 * 1024);
    machine_write_dot(machine, (struct text_list){active, 1}, (struct text_list){visited, 1},
                      &writer);
    struct text text = writer_result(&writer);
    assert_true(has_part(text, "s1 [label=<<b>a</b>>, color=\"#2874a6\""));
    assert_true(has_part(text, "s2 [label=<<b>b</b>>, color=\"#1e8449\""));
    assert_true(has_part(text, "s3 [label=<<b>c</b>>]"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reasons, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(test_coverage, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(test_accepted_types, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(test_drawing, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(test_marks, arena_setup, arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
