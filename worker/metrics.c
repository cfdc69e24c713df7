#include "worker/metrics.h"

#include <stdlib.h>
#include <string.h>

#include "worker/lane.h"

/* From what a small machine takes for an event to what a context of a megabyte costs. */
static const struct histogram_bounds step_bounds = {
    12,
    {10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 100000, 1000000},
};

/* From a local commit to the timeouts of both servers. */
static const struct histogram_bounds io_bounds = {
    14,
    {500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 10000000,
     30000000},
};

/* A timer is as late as the batch it waits for, unless nobody was there when it was due. */
static const struct histogram_bounds lateness_bounds = {
    12,
    {5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 5000000, 30000000, 300000000,
     3600000000},
};

void histogram_observe(struct histogram *histogram, int64_t us)
{
    const struct histogram_bounds *bounds = histogram->bounds;
    size_t bucket = 0;
    if (us < 0)
        us = 0;
    while (bucket < bounds->count && us > bounds->us[bucket])
        bucket++;
    counter_add(&histogram->buckets[bucket], 1);
    counter_add(&histogram->sum_us, (uint64_t)us);
}

enum event_class event_class_of(struct text type)
{
    if (text_starts_with(type, "evt."))
        return EVENT_CLASS_EVT;
    if (text_starts_with(type, "sys."))
        return EVENT_CLASS_SYS;
    if (text_starts_with(type, "xorca."))
        return EVENT_CLASS_START;
    return EVENT_CLASS_OTHER;
}

/* --- Whose numbers -------------------------------------------------------------- */

struct metrics *metrics_create(void)
{
    return calloc(1, sizeof(struct metrics));
}

void metrics_destroy(struct metrics *metrics)
{
    if (metrics == NULL)
        return;
    for (size_t i = 0; i < LANES_MAX; i++)
        free(atomic_load(&metrics->lanes[i]));
    free(metrics);
}

void lane_metrics_init(struct lane_metrics *lane, int32_t number)
{
    *lane = (struct lane_metrics){
        .number = number,
        .step_duration.bounds = &step_bounds,
        .transaction_duration.bounds = &io_bounds,
        .publish_duration.bounds = &io_bounds,
        .timer_lateness.bounds = &lateness_bounds,
    };
    gauge_set(&lane->timer_due, INT64_MAX);
}

struct lane_metrics *metrics_lane(struct metrics *metrics, int32_t number)
{
    struct lane_metrics *lane = atomic_load(&metrics->lanes[number]);
    if (lane != NULL)
        return lane;
    lane = malloc(sizeof *lane);
    if (lane == NULL)
        return NULL;
    lane_metrics_init(lane, number);
    atomic_store(&metrics->lanes[number], lane); /* released: readers see it initialised */
    return lane;
}

struct gauge *metrics_database(struct metrics *metrics, size_t index, const char *name)
{
    atomic_store(&metrics->databases[index].name, name);
    return &metrics->databases[index].is_reachable;
}

const struct lane_metrics *metrics_find_lane(const struct metrics *metrics, int32_t number)
{
    return atomic_load(&metrics->lanes[number]);
}

void lane_metrics_let_go(struct lane_metrics *lane)
{
    gauge_set(&lane->phase, LANE_STOPPED);
    gauge_set(&lane->timer_due, INT64_MAX);
    gauge_set(&lane->unpublished_batches, 0);
    gauge_set(&lane->unpublished_since, 0);
    gauge_set(&lane->lag_records, 0);
    gauge_set(&lane->fetched_records, 0);
}

/* --- Prometheus' text format ------------------------------------------------------ */

static void write_family(struct writer *writer, const char *name, const char *type,
                         const char *help)
{
    writer_format(writer, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* Seconds without a detour over binary fractions. */
static void write_us(struct writer *writer, uint64_t us)
{
    writer_format(writer, "%llu.%06llu", (unsigned long long)(us / 1000000),
                  (unsigned long long)(us % 1000000));
}

static void write_ms(struct writer *writer, int64_t ms)
{
    write_us(writer, ms <= 0 ? 0 : (uint64_t)ms * 1000);
}

/* Between quotes: backslash, quote and line feed are escaped, all else stands for itself. */
static void write_label(struct writer *writer, const char *name, const char *value)
{
    writer_string(writer, name);
    writer_string(writer, "=\"");
    for (; *value != '\0'; value++) {
        if (*value == '\n') {
            writer_string(writer, "\\n");
            continue;
        }
        if (*value == '\\' || *value == '"')
            writer_char(writer, '\\');
        writer_char(writer, *value);
    }
    writer_char(writer, '"');
}

static void write_sample(struct writer *writer, const char *name, uint64_t value)
{
    writer_string(writer, name);
    writer_char(writer, ' ');
    writer_uint64(writer, value);
    writer_char(writer, '\n');
}

static void write_sample_labelled(struct writer *writer, const char *name, const char *label,
                                  const char *label_value, uint64_t value)
{
    writer_string(writer, name);
    writer_char(writer, '{');
    write_label(writer, label, label_value);
    writer_string(writer, "} ");
    writer_uint64(writer, value);
    writer_char(writer, '\n');
}

/* The sum over all lanes of the counter at `offset` of struct lane_metrics. */
static uint64_t sum_over_lanes(const struct metrics *metrics, size_t offset)
{
    uint64_t sum = 0;
    for (int32_t number = 0; number < LANES_MAX; number++) {
        const struct lane_metrics *lane = metrics_find_lane(metrics, number);
        if (lane != NULL)
            sum +=
                counter_read((const struct counter *)(const void *)((const char *)lane + offset));
    }
    return sum;
}

/* --- Families over all lanes --------------------------------------------------------- */

static const char *const class_names[EVENT_CLASS_COUNT] = {"evt", "sys", "start", "timer", "other"};
static const char *const outcome_names[EVENT_OUTCOME_COUNT] = {
    "skipped",  "started", "transitioned", "ignored",
    "repeated", "refused", "forwarded",    "dead_letter"};
static const char *const orchestration_names[ORCHESTRATION_OUTCOME_COUNT] = {"started", "completed",
                                                                             "failed"};
static const char *const dead_letter_names[DEAD_LETTER_CAUSE_COUNT] = {"unprocessable",
                                                                       "unpublishable"};
static const char *const retry_names[RETRY_CAUSE_COUNT] = {"conflict", "memory", "fenced",
                                                           "postgres", "kafka",  "wrong"};

static void write_events(const struct metrics *metrics, struct writer *writer)
{
    write_family(writer, "xorca_events_total", "counter",
                 "Records and timers processed and committed, by class of type and by outcome.");
    for (size_t type = 0; type < EVENT_CLASS_COUNT; type++) {
        for (size_t outcome = 0; outcome < EVENT_OUTCOME_COUNT; outcome++) {
            size_t offset = offsetof(struct lane_metrics, events) +
                            (type * EVENT_OUTCOME_COUNT + outcome) * sizeof(struct counter);
            writer_string(writer, "xorca_events_total{");
            write_label(writer, "class", class_names[type]);
            writer_char(writer, ',');
            write_label(writer, "outcome", outcome_names[outcome]);
            writer_string(writer, "} ");
            writer_uint64(writer, sum_over_lanes(metrics, offset));
            writer_char(writer, '\n');
        }
    }
}

/* Counters in an array of struct lane_metrics, one for each value of one label. */
static void write_counters(const struct metrics *metrics, struct writer *writer, const char *name,
                           const char *help, const char *label, const char *const *values,
                           size_t count, size_t offset)
{
    write_family(writer, name, "counter", help);
    for (size_t i = 0; i < count; i++)
        write_sample_labelled(writer, name, label, values[i],
                              sum_over_lanes(metrics, offset + i * sizeof(struct counter)));
}

static void write_histogram(const struct metrics *metrics, struct writer *writer, const char *name,
                            const char *help, const struct histogram_bounds *bounds, size_t offset)
{
    uint64_t cumulated = 0;
    write_family(writer, name, "histogram", help);
    for (size_t i = 0; i <= bounds->count; i++) {
        cumulated += sum_over_lanes(metrics, offset + offsetof(struct histogram, buckets) +
                                                 i * sizeof(struct counter));
        writer_format(writer, "%s_bucket{le=\"", name);
        if (i < bounds->count)
            write_us(writer, (uint64_t)bounds->us[i]);
        else
            writer_string(writer, "+Inf");
        writer_string(writer, "\"} ");
        writer_uint64(writer, cumulated);
        writer_char(writer, '\n');
    }
    writer_format(writer, "%s_sum ", name);
    write_us(writer, sum_over_lanes(metrics, offset + offsetof(struct histogram, sum_us)));
    writer_format(writer, "\n%s_count ", name);
    writer_uint64(writer, cumulated);
    writer_char(writer, '\n');
}

static void write_totals(const struct metrics *metrics, struct writer *writer)
{
    write_events(metrics, writer);
    write_counters(metrics, writer, "xorca_orchestrations_total",
                   "Orchestrations that began, and that ended by how they ended.", "outcome",
                   orchestration_names, ORCHESTRATION_OUTCOME_COUNT,
                   offsetof(struct lane_metrics, orchestrations));
    write_counters(metrics, writer, "xorca_dead_letters_total",
                   "Records that were given up and sent to the dead letter topic.", "cause",
                   dead_letter_names, DEAD_LETTER_CAUSE_COUNT,
                   offsetof(struct lane_metrics, dead_letters));
    write_counters(metrics, writer, "xorca_retries_total",
                   "Batches repeated (conflict, memory) and take-overs repeated (the others).",
                   "cause", retry_names, RETRY_CAUSE_COUNT, offsetof(struct lane_metrics, retries));
    write_family(writer, "xorca_records_published_total", "counter",
                 "Records that left the outbox and that the broker has committed.");
    write_sample(writer, "xorca_records_published_total",
                 sum_over_lanes(metrics, offsetof(struct lane_metrics, records_published)));
}

static void write_durations(const struct metrics *metrics, struct writer *writer)
{
    write_histogram(metrics, writer, "xorca_step_duration_seconds",
                    "What one event took to be worked out, without any I/O.", &step_bounds,
                    offsetof(struct lane_metrics, step_duration));
    write_histogram(metrics, writer, "xorca_transaction_duration_seconds",
                    "PostgreSQL's transaction of one batch, as the lane waits for it.", &io_bounds,
                    offsetof(struct lane_metrics, transaction_duration));
    write_histogram(metrics, writer, "xorca_publish_duration_seconds",
                    "Kafka's transaction of the batches that were waiting.", &io_bounds,
                    offsetof(struct lane_metrics, publish_duration));
    write_histogram(metrics, writer, "xorca_timer_lateness_seconds",
                    "How long after it was due a timer fired.", &lateness_bounds,
                    offsetof(struct lane_metrics, timer_lateness));
}

/* --- Families with a sample for each lane --------------------------------------------- */

static enum lane_phase phase_of(const struct lane_metrics *lane)
{
    return (enum lane_phase)gauge_read(&lane->phase);
}

static void write_live(const struct lane_metrics *lane, int64_t now_ms, struct writer *writer)
{
    (void)now_ms;
    writer_uint64(writer, phase_of(lane) == LANE_LIVE);
}

static void write_epoch(const struct lane_metrics *lane, int64_t now_ms, struct writer *writer)
{
    (void)now_ms;
    writer_int64(writer, gauge_read(&lane->epoch));
}

static void write_lag(const struct lane_metrics *lane, int64_t now_ms, struct writer *writer)
{
    (void)now_ms;
    writer_int64(writer, gauge_read(&lane->lag_records));
}

static void write_fetched(const struct lane_metrics *lane, int64_t now_ms, struct writer *writer)
{
    (void)now_ms;
    writer_int64(writer, gauge_read(&lane->fetched_records));
}

static void write_processed(const struct lane_metrics *lane, int64_t now_ms, struct writer *writer)
{
    uint64_t sum = 0;
    (void)now_ms;
    for (size_t type = 0; type < EVENT_CLASS_COUNT; type++) {
        for (size_t outcome = 0; outcome < EVENT_OUTCOME_COUNT; outcome++)
            sum += counter_read(&lane->events[type][outcome]);
    }
    writer_uint64(writer, sum);
}

static void write_unpublished(const struct lane_metrics *lane, int64_t now_ms,
                              struct writer *writer)
{
    (void)now_ms;
    writer_int64(writer, gauge_read(&lane->unpublished_batches));
}

static void write_oldest_unpublished(const struct lane_metrics *lane, int64_t now_ms,
                                     struct writer *writer)
{
    int64_t since_ms = gauge_read(&lane->unpublished_since);
    write_ms(writer, since_ms == 0 ? 0 : now_ms - since_ms);
}

static void write_overdue(const struct lane_metrics *lane, int64_t now_ms, struct writer *writer)
{
    int64_t due_ms = gauge_read(&lane->timer_due);
    write_ms(writer, due_ms == INT64_MAX ? 0 : now_ms - due_ms);
}

static const struct {
    const char *name;
    const char *type;
    const char *help;
    void (*write)(const struct lane_metrics *lane, int64_t now_ms, struct writer *writer);
} lane_families[] = {
    {"xorca_lane_live", "gauge", "1 while the lane is taken over and processes; 0 while it waits.",
     write_live},
    {"xorca_lane_epoch", "gauge", "The lane's epoch: how often any worker has taken it over.",
     write_epoch},
    {"xorca_lane_events_total", "counter", "Records and timers processed and committed.",
     write_processed},
    {"xorca_lane_lag_records", "gauge",
     "Offsets between the end of the lane's partitions and what is processed.", write_lag},
    {"xorca_lane_fetched_records", "gauge", "Records that are in memory and wait for the lane.",
     write_fetched},
    {"xorca_lane_unpublished_batches", "gauge", "Committed batches that have not left the outbox.",
     write_unpublished},
    {"xorca_lane_oldest_unpublished_seconds", "gauge",
     "Age of the oldest committed batch that has not left the outbox.", write_oldest_unpublished},
    {"xorca_lane_timer_overdue_seconds", "gauge",
     "How long the earliest timer is due and has not fired.", write_overdue},
};

static bool is_ours(const struct lane_metrics *lane)
{
    return phase_of(lane) != LANE_STOPPED;
}

/* Lanes that this process has. A counter of a lane that went away goes with it: it is
 * another worker's to go on, under that one's instance. */
static void write_lanes(const struct metrics *metrics, int64_t now_ms, struct writer *writer)
{
    for (size_t i = 0; i < sizeof lane_families / sizeof lane_families[0]; i++) {
        write_family(writer, lane_families[i].name, lane_families[i].type, lane_families[i].help);
        for (int32_t number = 0; number < LANES_MAX; number++) {
            const struct lane_metrics *lane = metrics_find_lane(metrics, number);
            if (lane == NULL || !is_ours(lane))
                continue;
            writer_format(writer, "%s{lane=\"%d\"} ", lane_families[i].name, (int)number);
            lane_families[i].write(lane, now_ms, writer);
            writer_char(writer, '\n');
        }
    }
}

/* --- Families of the process ------------------------------------------------------------ */

static void write_flag(struct writer *writer, const char *name, const char *help, bool value)
{
    write_family(writer, name, "gauge", help);
    write_sample(writer, name, value);
}

static void write_build(struct writer *writer, const struct version *version)
{
    write_family(writer, "xorca_build_info", "gauge",
                 "1, with the versions of the program and of the libraries it runs on.");
    writer_string(writer, "xorca_build_info{");
    write_label(writer, "version", version->xorca);
    writer_char(writer, ',');
    write_label(writer, "librdkafka", version->librdkafka);
    writer_char(writer, ',');
    write_label(writer, "libpq", version->libpq);
    writer_string(writer, "} 1\n");
}

static void write_databases(const struct metrics *metrics, struct writer *writer)
{
    static const char family[] = "xorca_postgres_reachable";
    write_family(writer, family, "gauge", "1 while the database answers the process.");
    for (size_t i = 0; i < DATABASES_MAX; i++) {
        const char *name = atomic_load(&metrics->databases[i].name);
        if (name == NULL)
            break;
        write_sample_labelled(writer, family, "database", name,
                              gauge_read(&metrics->databases[i].is_reachable) != 0);
    }
}

static void write_lane_phases(const struct metrics *metrics, struct writer *writer)
{
    static const char *const names[] = {"waiting", "live", "draining"};
    uint64_t counts[LANE_STOPPED + 1] = {0};
    for (int32_t number = 0; number < LANES_MAX; number++) {
        const struct lane_metrics *lane = metrics_find_lane(metrics, number);
        if (lane != NULL)
            counts[phase_of(lane)]++;
    }
    write_family(writer, "xorca_lanes", "gauge", "Lanes of this process, by phase.");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        write_sample_labelled(writer, "xorca_lanes", "phase", names[i], counts[i]);
}

void metrics_write(const struct metrics *metrics, const struct version *version, bool is_ready,
                   int64_t now_ms, struct writer *writer)
{
    write_build(writer, version);
    write_flag(writer, "xorca_ready", "What /readyz says.", is_ready);
    write_databases(metrics, writer);
    write_flag(writer, "xorca_kafka_reachable", "1 while a broker answers the process.",
               gauge_read(&metrics->is_kafka_reachable) != 0);
    write_lane_phases(metrics, writer);
    write_lanes(metrics, now_ms, writer);
    write_totals(metrics, writer);
    write_durations(metrics, writer);
}
