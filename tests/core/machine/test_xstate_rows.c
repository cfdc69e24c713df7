/* What XState 5 does with the machines of xstate_rows.mjs, which also says how to write
 * xstate_rows.inc anew. */
#include "tests/core/machine/trace.h"

/* XState does not tell whether a transition was taken, so each event, and each advance of
 * the clock, ends with the state that it has led to. */
static void take(struct run *run, enum status status, const struct machine_step *step,
                 const struct error *error)
{
    if (status != STATUS_OK)
        fail_msg("%s", error->message);
    for (size_t i = 0; i < step->effect_count; i++)
        trace_effect(run, &step->effects[i]);
    store_and_load(run, &step->snapshot);
}

static void advance(struct run *run, int64_t ms)
{
    int64_t until = run->now_ms + ms;
    while (run->snapshot.timer_count > 0 && run->snapshot.timers[0].due_ms <= until) {
        struct machine_step step;
        struct error error;
        run->now_ms = run->snapshot.timers[0].due_ms;
        enum status status =
            machine_fire_timer(run->machine, &run->snapshot, run->input, run->now_ms, &run->limits,
                               run->arena, &step, &error);
        take(run, status, &step, &error);
    }
    run->now_ms = until;
}

static void send(struct run *run, const char *text, size_t size)
{
    struct machine_step step;
    struct error error;
    enum status status =
        machine_transition(run->machine, &run->snapshot, run->input, event_json(run, text, size),
                           run->now_ms, &run->limits, run->arena, &step, &error);
    take(run, status, &step, &error);
}

static void run_row(struct run *run, const char *definition, const char *events)
{
    struct machine_step step;
    struct error error;
    run->machine = definition_compile(run->arena, definition);
    run->limits = MACHINE_LIMITS_DEFAULT;
    run->input = json_object(NULL, 0);
    writer_init(&run->trace, run->text, sizeof run->text - 1);
    enum status status = machine_start(run->machine, run->input, run->now_ms, &run->limits,
                                       run->arena, &step, &error);
    take(run, status, &step, &error);
    trace_snapshot(run);
    for (const char *at = events; *at != '\0'; at += strspn(at, "; ")) {
        size_t size = strcspn(at, ";");
        if (at[0] == '+')
            advance(run, strtoll(at + 1, NULL, 10));
        else
            send(run, at, size);
        trace_snapshot(run);
        at += size;
    }
    assert_false(run->trace.overflowed);
    run->text[run->trace.size] = '\0';
}

static void test_what_xstate_does(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *definition;
        const char *events;
        const char *expected;
    } rows[] = {
#include "tests/core/machine/xstate_rows.inc"
    };
    static struct run run;
    int failed = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        run = (struct run){.arena = arena_create((size_t)16 * 1024 * 1024)};
        assert_non_null(run.arena);
        run_row(&run, rows[i].definition, rows[i].events);
        if (strcmp(run.text, rows[i].expected) != 0) {
            print_message("%s\n--- XState does\n%s--- but it was\n%s", rows[i].name,
                          rows[i].expected, run.text);
            failed++;
        }
        arena_destroy(run.arena);
    }
    assert_int_equal(failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_what_xstate_does)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
