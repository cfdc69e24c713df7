/* Steps of an orchestration when memory is out: an error, wherever it happens, and never an
 * event that is refused for good. */
#include "tests/test.h"

#include "core/machine/machine.h"
#include "core/orchestration/step.h"
#include "core/problem.h"
#include "tests/example.h"
#include "tests/failing_malloc.h"

/* {"processId":"p1","name":"book-summary","version":"1.0.0"} */
#define P1 "eyJwcm9jZXNzSWQiOiJwMSIsIm5hbWUiOiJib29rLXN1bW1hcnkiLCJ2ZXJzaW9uIjoiMS4wLjAifQ=="

static const int64_t now_ms = INT64_C(1767323045678); /* 2026-01-02T03:04:05.678Z */
static const int64_t one_minute_ms = 60 * 1000;
static const struct step_settings settings = {
    .lifecycle = LIFECYCLE_ALL,
    .data_size_max = 262144,
    .limits = {.microsteps_max = 1000,
               .raised_events_max = 1000,
               .effects_max = 1000,
               .expression_cost_max = 1000000,
               .context_size_max = 1 << 20,
               .memory_max = 32 << 20},
};

/* One event that comes to an orchestration, or (event.type absent) the time for its timer. */
struct arrival {
    const struct machine *machine;
    struct orchestration current;
    struct event event;
};

static enum status take(struct arena *arena, const struct arrival *arrival,
                        struct step_result *result)
{
    struct error error;
    if (arrival->event.type.data == NULL)
        return step_timer(arrival->machine, &arrival->current, now_ms + one_minute_ms, &settings,
                          arena, result, &error);
    struct address address;
    address_read(arena, &arrival->event, &address);
    if (address.problem.status != STATUS_OK)
        return address.problem.status;
    if (address_resolve(arena, &address, TEXT("1.0.0"), &error) != STATUS_OK)
        return error.status;
    return step_event(arrival->machine, TEXT_NONE, &address, &arrival->current, &arrival->event,
                      now_ms, &settings, arena, result, &error);
}

static enum status attempt(struct arena *arena, const void *arrival)
{
    struct step_result result;
    enum status status = take(arena, arrival, &result);
    if (status == STATUS_OK)
        assert_true(result.outcome == STEP_STARTED || result.outcome == STEP_TRANSITIONED);
    return status;
}

static struct json parse(struct arena *arena, const char *text)
{
    struct json value;
    struct error error;
    assert_int_equal(json_parse(arena, text_of(text), JSON_LIMITS_DEFAULT, &value, &error),
                     STATUS_OK);
    return value;
}

static const struct machine *compile(struct arena *arena)
{
    static struct problem_list problems;
    const struct machine *machine = NULL;
    problem_list_init(&problems, arena);
    assert_int_equal(machine_compile(arena, example_book_summary(arena), &problems, &machine),
                     STATUS_OK);
    return machine;
}

/* A whole orchestration, each step of it with every allocation failing once. */
static void test_each_allocation_fails(void **state)
{
    static const struct {
        const char *type, *subject, *data;
    } rows[] = {
        {"xorca.book-summary.start", "init",
         "{\"processId\":\"p1\",\"context\":{\"bookId\":\"b\"}}"},
        {"evt.books.fetch.success", P1, "{\"text\":\"t\"}"},
        {"evt.books.summarise.success", P1, "{\"summary\":\"s\"}"},
        {"evt.checks.grounded.success", P1, "{\"attempt\":1,\"passed\":false,\"feedback\":\"f\"}"},
        {"evt.books.summarise.success", P1, "{\"summary\":\"s\"}"},
        {NULL, NULL, NULL}, /* no check answers in time */
    };
    struct arena *arena = *state;
    struct arrival arrival = {.machine = compile(arena)};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        arrival.event =
            (struct event){.id = {&"abcdef"[i], 1}, /* each its own: a repeated one is not taken */
                           .source = TEXT("/books"),
                           .type = text_of(rows[i].type),
                           .subject = text_of(rows[i].subject),
                           .has_data = rows[i].data != NULL,
                           .extensions = json_object(NULL, 0)};
        if (rows[i].data != NULL)
            arrival.event.data = parse(arena, rows[i].data);
        failing_malloc_each(attempt, &arrival);
        struct step_result result;
        assert_int_equal(take(arena, &arrival, &result), STATUS_OK);
        arrival.current = result.next;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_each_allocation_fails, arena_setup, arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
