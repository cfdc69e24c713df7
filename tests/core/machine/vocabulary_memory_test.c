/* The compiler and the interpreter with every allocation failing once: a status, never a
 * crash or a leak, whatever part of the vocabulary asks for the memory. */
#include "tests/core/machine/definition.h"

#include "core/machine/interpreter.h"
#include "tests/failing_malloc.h"

/* All that a definition can say. */
static const char everything[] =
    "{'@exprLang':'cel','id':'m','version':'1.0.0','initial':'o',"
    "'context':{'n':{'@expr':'input.n'}},"
    "'actions':{'say':[{'type':'@xstate.log','args':[{'@expr':'params.n'}]}]},"
    "'guards':{'above':{'@expr':'context.n > params.n'}},'delays':{'short':{'duration':'10ms'}},"
    "'output':{'n':{'@expr':'context.n'}},'states':{"
    "'o':{'emit':{'type':'notif.o','data':{'@expr':'context.n'}},"
    "'entry':[{'type':'say','params':{'n':{'@expr':'context.n'}}},"
    "{'type':'@xstate.raise','event':{'type':'late'},'delay':'short','id':{'@expr':'\\'i\\''}},"
    "{'type':'@xstate.cancel','id':'j'}],"
    "'invoke':{'src':'cmd.b','id':'i','input':{'n':{'@expr':'context.n'}},'onDone':'p',"
    "'onError':'o','timeout':20,'onTimeout':'p'},'on':{'late':{'context':{'n':2}}}},"
    "'p':{'type':'parallel','timeout':'1s','onTimeout':'f','on':{'out':'c'},'states':{"
    "'r':{'initial':'a','states':{'a':{'on':{'r':'b'}},'b':{'tags':['t']}}},"
    "'s':{'initial':'g','states':{'g':{'type':'history','target':'u'},'u':{},'v':{}}},"
    "'d':{'history':'deep'}}},"
    "'c':{'type':'choice','choice':[{'when':{'and':[{'type':'above','params':{'n':1}},"
    "{'not':{'stateIn':'#m.p.r.b'}}]},'target':'p.d','context':{'n':0}},{'target':'f'}]},"
    "'f':{'type':'final','output':1}}}";

static enum status compile(struct arena *arena, const void *definition)
{
    const struct machine *machine;
    static struct problem_list problems;
    problem_list_init(&problems, arena);
    return machine_compile(arena, *(const struct json *)definition, &problems, &machine);
}

static void test_compile(void **state)
{
    (void)state;
    struct arena *arena = arena_create((size_t)16 * 1024 * 1024);
    struct json definition = definition_json(arena, everything);
    failing_malloc_each(compile, &definition);
    arena_destroy(arena);
}

/* A step from a snapshot that was stored: read, stepped, stored again. */
struct attempt {
    const struct machine *machine;
    struct json snapshot; /* JSON_NULL: the start */
    struct json event;    /* JSON_NULL: the first timer */
};

static enum status step(const struct attempt *attempt, struct arena *arena, struct json *out)
{
    struct machine_limits limits = MACHINE_LIMITS_DEFAULT;
    struct machine_step taken;
    struct snapshot snapshot;
    struct error error;
    struct json_member n = JSON_MEMBER("n", json_int(5));
    struct json input = json_object(&n, 1);
    enum status status = STATUS_OK;
    if (attempt->snapshot.type != JSON_NULL)
        status = snapshot_from_json(attempt->machine, attempt->snapshot, arena, &snapshot, &error);
    if (status != STATUS_OK)
        return status;
    if (attempt->snapshot.type == JSON_NULL)
        status = machine_start(attempt->machine, input, 0, &limits, arena, &taken, &error);
    else if (attempt->event.type == JSON_NULL)
        status = machine_fire_timer(attempt->machine, &snapshot, input, 50, &limits, arena, &taken,
                                    &error);
    else
        status = machine_transition(attempt->machine, &snapshot, input, attempt->event, 50, &limits,
                                    arena, &taken, &error);
    if (status == STATUS_OK)
        status = snapshot_to_json(attempt->machine, &taken.snapshot, arena, out, &error);
    return status;
}

static enum status step_once(struct arena *arena, const void *attempt)
{
    struct json snapshot;
    return step(attempt, arena, &snapshot);
}

static void test_steps(void **state)
{
    (void)state;
    struct arena *arena = arena_create((size_t)16 * 1024 * 1024);
    struct attempt attempt = {.machine = definition_compile(arena, everything)};
    static const char *const events[] = {
        NULL,    /* the start */
        "timer", /* the delayed raise */
        "{'type':'evt.b.error','data':1}",
        "{'type':'evt.b.success','data':{'x':1}}",
        "{'type':'r'}",
        "{'type':'out'}",
        "{'type':'r'}",
        "timer", /* the timeout: done */
    };
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        bool is_event = events[i] != NULL && events[i][0] == '{';
        attempt.event = is_event ? definition_json(arena, events[i]) : json_null();
        failing_malloc_each(step_once, &attempt);
        assert_int_equal(step(&attempt, arena, &attempt.snapshot), STATUS_OK);
    }
    assert_string_equal(json_get_string(attempt.snapshot, "status").data, "done");
    arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compile),
        cmocka_unit_test(test_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
