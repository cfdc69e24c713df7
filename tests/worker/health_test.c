/* When a process is ready, and when the watchdog ends it: on numbers that are set here, one
 * look at a time, so that no test waits. */
#include "tests/test.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "worker/health.h"
#include "worker/lane.h"

static struct metrics *metrics;
static struct watchdog_view view;

enum { LOOKS_MAX = 3, WORKER_LOOKS_MAX = 5 };

static int setup(void **state)
{
    (void)state;
    metrics = metrics_create();
    memset(&view, 0, sizeof view);
    return metrics == NULL;
}

static int teardown(void **state)
{
    (void)state;
    metrics_destroy(metrics);
    return 0;
}

static void readiness(void **state)
{
    static const struct {
        const char *name;
        enum worker_phase phase;
        bool postgres, kafka, assigned;
        int lane_phase; /* of lane 3; -1: no lane */
        const char *why;
    } rows[] = {
        {"at start", WORKER_STARTING, false, false, false, -1, "starting"},
        {"draining", WORKER_DRAINING, true, true, true, LANE_LIVE, "draining"},
        {"no database", WORKER_RUNNING, false, true, true, LANE_LIVE,
         "database b:5432/x cannot be used"},
        {"no broker", WORKER_RUNNING, true, false, true, LANE_LIVE, "Kafka does not answer"},
        {"before the group answers", WORKER_RUNNING, true, true, false, -1,
         "the group has assigned nothing yet"},
        {"a lane is taken over", WORKER_RUNNING, true, true, true, LANE_WAITING,
         "lane 3 is not live yet"},
        {"a live lane", WORKER_RUNNING, true, true, true, LANE_LIVE, NULL},
        {"a lane went to another worker", WORKER_RUNNING, true, true, true, LANE_STOPPED, NULL},
        {"more workers than partitions", WORKER_RUNNING, true, true, true, -1, NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct error error = {0};
        metrics_destroy(metrics);
        metrics = metrics_create();
        gauge_set(&metrics->phase, rows[i].phase);
        gauge_set(metrics_database(metrics, 0, "a:5432/x"), true);
        gauge_set(metrics_database(metrics, 1, "b:5432/x"), rows[i].postgres);
        gauge_set(&metrics->is_kafka_reachable, rows[i].kafka);
        gauge_set(&metrics->is_assigned, rows[i].assigned);
        if (rows[i].lane_phase >= 0)
            gauge_set(&metrics_lane(metrics, 3)->phase, rows[i].lane_phase);
        enum status status = health_ready(metrics, &error);
        CHECK_ROW(rows[i].name, (status == STATUS_OK) == (rows[i].why == NULL));
        CHECK_ROW(rows[i].name, rows[i].why == NULL || strcmp(error.message, rows[i].why) == 0);
    }
}

/* Looks until the watchdog would end the process; 0 if it does not within 10 looks. The
 * first look only takes note. */
static int looks_until_it_bites(bool worker_beats, struct error *error)
{
    for (int look = 1; look <= 10; look++) {
        if (worker_beats)
            counter_add(&metrics->beats, 1);
        if (watchdog_look(&view, metrics, LOOKS_MAX, WORKER_LOOKS_MAX, error) != STATUS_OK)
            return look;
    }
    return 0;
}

static void a_lane_that_is_silent_is_named(void **state)
{
    static const struct {
        const char *name;
        enum lane_phase phase;
        uint64_t publish_beats; /* odd: within a transaction */
        int look;
        const char *why;
    } rows[] = {
        {"waiting without a beat", LANE_WAITING, 0, LOOKS_MAX, "lane 7 is stuck"},
        {"live without a beat", LANE_LIVE, 0, LOOKS_MAX, "lane 7 is stuck"},
        {"draining has a deadline of its own", LANE_DRAINING, 0, 0, NULL},
        {"stopped", LANE_STOPPED, 0, 0, NULL},
        {"draining, its publisher hangs", LANE_DRAINING, 5, LOOKS_MAX + 1,
         "the publisher of lane 7 is stuck"},
        {"draining, its publisher has nothing to do", LANE_DRAINING, 6, 0, NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct error error = {0};
        metrics_destroy(metrics);
        metrics = metrics_create();
        memset(&view, 0, sizeof view);
        struct lane_metrics *lane = metrics_lane(metrics, 7);
        gauge_set(&lane->phase, rows[i].phase);
        counter_add(&lane->publish_beats, rows[i].publish_beats);
        int look = looks_until_it_bites(true, &error);
        if (look != rows[i].look)
            fail_msg("%s: it bites at look %d", rows[i].name, look);
        CHECK_ROW(rows[i].name, rows[i].why == NULL || strcmp(error.message, rows[i].why) == 0);
    }
}

static void a_beat_in_time_is_enough(void **state)
{
    struct error error;
    (void)state;
    struct lane_metrics *lane = metrics_lane(metrics, 0);
    for (int look = 0; look < 10 * LOOKS_MAX; look++) {
        counter_add(&metrics->beats, 1);
        if (look % LOOKS_MAX == LOOKS_MAX - 1)
            counter_add(&lane->beats, 1);
        assert_int_equal(watchdog_look(&view, metrics, LOOKS_MAX, WORKER_LOOKS_MAX, &error),
                         STATUS_OK);
    }
}

static void the_workers_thread_has_longer_and_none_while_it_drains(void **state)
{
    struct error error;
    (void)state;
    assert_int_equal(looks_until_it_bites(false, &error), WORKER_LOOKS_MAX);
    assert_string_equal(error.message, "the worker's own thread is stuck");
    memset(&view, 0, sizeof view);
    gauge_set(&metrics->phase, WORKER_DRAINING);
    assert_int_equal(looks_until_it_bites(false, &error), 0);
}

/* The thread itself, in a process of its own: it aborts when nobody beats. */
static void the_process_ends(void **state)
{
    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct watchdog *watchdog;
        struct error error;
        signal(SIGABRT, SIG_DFL); /* neither cmocka's handler nor a sanitizer's */
        if (watchdog_create(&watchdog, metrics, 1, 0, &error) == STATUS_OK)
            for (;;)
                pause();
        _exit(EXIT_FAILURE);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(readiness, setup, teardown),
        cmocka_unit_test_setup_teardown(a_lane_that_is_silent_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(a_beat_in_time_is_enough, setup, teardown),
        cmocka_unit_test_setup_teardown(the_workers_thread_has_longer_and_none_while_it_drains,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(the_process_ends, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
