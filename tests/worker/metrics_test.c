/* The numbers, and their text in Prometheus' exposition format 0.0.4. That other programs
 * read the whole of it is for tests/end_to_end/observability.py, with promtool. */
#include "tests/test.h"

#include <stdio.h>

#include "worker/lane.h"
#include "worker/metrics.h"

static struct metrics *metrics;
static char buffer[256 * 1024];

static int setup(void **state)
{
    (void)state;
    metrics = metrics_create();
    return metrics == NULL;
}

static int teardown(void **state)
{
    (void)state;
    metrics_destroy(metrics);
    return 0;
}

static const struct version version = {.xorca = "1.2\"\\\n3",
                                       .librdkafka = "2.0.2",
                                       .libmicrohttpd = "0.9.75",
                                       .libpq = "15.1",
                                       .yajl = "2.1.0"};

/* The text at moment `now_ms`, NUL-terminated. */
static const char *text_at(int64_t now_ms)
{
    struct writer writer;
    writer_init(&writer, buffer, sizeof buffer - 1);
    metrics_write(metrics, &version, true, now_ms, &writer);
    assert_false(writer.overflowed);
    buffer[writer.size] = '\0';
    return buffer;
}

static void check_has(const char *text, const char *line)
{
    if (strstr(text, line) == NULL)
        fail_msg("no line %s in:\n%s", line, text);
}

static void label_values_are_escaped(void **state)
{
    (void)state;
    /* Backslash, double quote and line feed: \\, \" and \n. */
    check_has(text_at(0), "xorca_build_info{version=\"1.2\\\"\\\\\\n3\",librdkafka=\"2.0.2\","
                          "libpq=\"15.1\"} 1\n");
}

static void buckets_are_cumulative_and_bounds_inclusive(void **state)
{
    (void)state;
    struct histogram *histogram = &metrics_lane(metrics, 0)->transaction_duration;
    static const int64_t observed_us[] = {-5, 0, 500, 501, 30000000, 30000001};
    for (size_t i = 0; i < COUNT_OF(observed_us); i++)
        histogram_observe(histogram, observed_us[i]);
    const char *text = text_at(0);
    check_has(text, "# TYPE xorca_transaction_duration_seconds histogram\n");
    check_has(text, "xorca_transaction_duration_seconds_bucket{le=\"0.000500\"} 3\n");
    check_has(text, "xorca_transaction_duration_seconds_bucket{le=\"0.001000\"} 4\n");
    check_has(text, "xorca_transaction_duration_seconds_bucket{le=\"30.000000\"} 5\n");
    check_has(text, "xorca_transaction_duration_seconds_bucket{le=\"+Inf\"} 6\n");
    check_has(text, "xorca_transaction_duration_seconds_sum 60.001002\n");
    check_has(text, "xorca_transaction_duration_seconds_count 6\n");
}

static void lanes_are_summed_up_and_told_apart(void **state)
{
    (void)state;
    struct lane_metrics *first = metrics_lane(metrics, 0),
                        *last = metrics_lane(metrics, LANES_MAX - 1);
    assert_ptr_equal(metrics_lane(metrics, 0), first);
    counter_add(&first->events[EVENT_CLASS_EVT][OUTCOME_TRANSITIONED], 2);
    counter_add(&last->events[EVENT_CLASS_EVT][OUTCOME_TRANSITIONED], 3);
    counter_add(&last->events[EVENT_CLASS_OTHER][OUTCOME_DEAD_LETTER], 1);
    const char *text = text_at(0);
    check_has(text, "xorca_events_total{class=\"evt\",outcome=\"transitioned\"} 5\n");
    check_has(text, "xorca_events_total{class=\"other\",outcome=\"dead_letter\"} 1\n");
    check_has(text, "xorca_lane_events_total{lane=\"0\"} 2\n");
    check_has(text, "xorca_lane_events_total{lane=\"4095\"} 4\n");
}

static void ages_are_of_the_moment(void **state)
{
    (void)state;
    struct lane_metrics *lane = metrics_lane(metrics, 1);
    const char *text = text_at(10000);
    check_has(text, "xorca_lane_oldest_unpublished_seconds{lane=\"1\"} 0.000000\n");
    check_has(text, "xorca_lane_timer_overdue_seconds{lane=\"1\"} 0.000000\n");
    gauge_set(&lane->unpublished_since, 8500);
    gauge_set(&lane->timer_due, 9999);
    text = text_at(10000);
    check_has(text, "xorca_lane_oldest_unpublished_seconds{lane=\"1\"} 1.500000\n");
    check_has(text, "xorca_lane_timer_overdue_seconds{lane=\"1\"} 0.001000\n");
    gauge_set(&lane->timer_due, 10001);
    check_has(text_at(10000), "xorca_lane_timer_overdue_seconds{lane=\"1\"} 0.000000\n");
}

static void a_lane_that_went_keeps_its_counts_and_loses_its_gauges(void **state)
{
    (void)state;
    struct lane_metrics *lane = metrics_lane(metrics, 2);
    gauge_set(&lane->phase, LANE_LIVE);
    counter_add(&lane->events[EVENT_CLASS_START][OUTCOME_STARTED], 4);
    check_has(text_at(0), "xorca_lane_live{lane=\"2\"} 1\n");
    check_has(text_at(0), "xorca_lanes{phase=\"live\"} 1\n");
    lane_metrics_let_go(lane);
    const char *text = text_at(0);
    assert_null(strstr(text, "lane=\"2\""));
    check_has(text, "xorca_lanes{phase=\"live\"} 0\n");
    check_has(text, "xorca_events_total{class=\"start\",outcome=\"started\"} 4\n");
}

static void types_have_classes(void **state)
{
    static const struct {
        const char *type;
        enum event_class class;
    } rows[] = {
        {"evt.books.fetch.success", EVENT_CLASS_EVT},
        {"sys.x", EVENT_CLASS_SYS},
        {"xorca.book.start", EVENT_CLASS_START},
        {"", EVENT_CLASS_OTHER},
        {"evt", EVENT_CLASS_OTHER},
        {"cmd.x", EVENT_CLASS_OTHER},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        CHECK_ROW(rows[i].type, event_class_of(text_of(rows[i].type)) == rows[i].class);
}

/* Names and label values as they are documented: letters, digits and underscores
 * (Prometheus' data model), each family with HELP and TYPE before its samples, once. */
static void every_family_is_described(void **state)
{
    (void)state;
    metrics_lane(metrics, 0);
    char family[128] = "";
    const char *line = text_at(0);
    for (const char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        char type[16];
        if (strncmp(line, "# HELP ", 7) == 0)
            continue;
        if (sscanf(line, "# TYPE %127s %15s", family, type) == 2)
            continue;
        CHECK_ROW(line, strncmp(line, family, strlen(family)) == 0);
        CHECK_ROW(line, strncmp(line, "xorca_", 6) == 0);
    }
    assert_int_equal(*line, '\0');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(label_values_are_escaped, setup, teardown),
        cmocka_unit_test_setup_teardown(buckets_are_cumulative_and_bounds_inclusive, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(lanes_are_summed_up_and_told_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(ages_are_of_the_moment, setup, teardown),
        cmocka_unit_test_setup_teardown(a_lane_that_went_keeps_its_counts_and_loses_its_gauges,
                                        setup, teardown),
        cmocka_unit_test(types_have_classes),
        cmocka_unit_test_setup_teardown(every_family_is_described, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
