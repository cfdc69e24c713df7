/* settings.h - what the environment and the flags say, checked once at start.
 *
 * Environment first, flags over it (`--batch-events 100` is XORCA_BATCH_EVENTS). One
 * table (settings.c) has each name, default, meaning and parser; `--print-settings`, the
 * README's table and the errors are made of it. An unknown XORCA_ name or a bad value
 * stops the start with the name, and the nearest one that exists. */
#ifndef WORKER_SETTINGS_H
#define WORKER_SETTINGS_H

#include <stdint.h>
#include <stdio.h>

#include "adapters/json/json_parse.h"
#include "adapters/kafka/kafka.h"
#include "core/orchestration/step.h"
#include "worker/databases.h"
#include "worker/log.h"

struct arena;

struct settings {
    const char *definitions;      /* XORCA_DEFINITIONS: folder; NULL: none */
    struct databases databases;   /* XORCA_DATABASE_URL: one for all lanes, or several */
    const char *group;            /* XORCA_GROUP */
    const char *const *subscribe; /* XORCA_SUBSCRIBE: comma-separated names, or one ^regex */
    size_t subscribe_count;
    const char *dead_letter_topic;  /* XORCA_DEAD_LETTER_TOPIC */
    const char *marker_topic;       /* "<group>.outbox-pos": derived, not a setting */
    enum delivery delivery;         /* XORCA_DELIVERY */
    uint32_t batch_events;          /* XORCA_BATCH_EVENTS */
    uint32_t batch_wait_ms;         /* XORCA_BATCH_WAIT_MS: from one batch of a busy lane to
                                       the next, at least */
    uint32_t drain_timeout_ms;      /* XORCA_DRAIN_TIMEOUT_MS */
    uint32_t retry_backoff_ms_max;  /* XORCA_RETRY_BACKOFF_MS_MAX: 10000; waits double up to it */
    uint32_t cache_kib;             /* XORCA_CACHE_KIB: snapshots a lane keeps, 2048 */
    uint32_t batch_memory_kib;      /* XORCA_BATCH_MEMORY_KIB: arena of a lane's turn, 65536 */
    uint32_t publish_timeout_ms;    /* XORCA_PUBLISH_TIMEOUT_MS: one Kafka transaction, 15000 */
    uint32_t database_timeout_ms;   /* XORCA_DATABASE_TIMEOUT_MS: one statement, 30000; a server
                                       that is silent for a third longer is given up */
    uint32_t lane_idle_ms_max;      /* XORCA_LANE_EVICT_MS: a holder idle for longer is ended
                                      at take-over, 30000 */
    const char *http_address;       /* XORCA_HTTP_ADDRESS: of probes and metrics */
    uint32_t http_port;             /* XORCA_HTTP_PORT; 0: none */
    uint32_t watchdog_timeout_ms;   /* XORCA_WATCHDOG_TIMEOUT_MS: a thread that is silent for
                                       longer ends the process, 120000; 0: none does */
    struct json_limits json_limits; /* XORCA_JSON_DEPTH_MAX, XORCA_JSON_SIZE_MAX */
    struct step_settings step;      /* XORCA_STEP_MICROSTEPS_MAX, _RAISED_EVENTS_MAX,
                                       _EFFECTS_MAX, _EXPRESSION_COST_MAX, _CONTEXT_SIZE_MAX,
                                       _MEMORY_MAX, _DATA_SIZE_MAX, and XORCA_LIFECYCLE */
    struct kafka_properties kafka;  /* XORCA_KAFKA_<PROPERTY> */
    enum log_level log_level;       /* XORCA_LOG_LEVEL: error, warn, info, debug */
    enum log_format log_format;     /* XORCA_LOG_FORMAT: text, json */
};

/* A flag as the command line found it: "batch-events" and its value. */
struct settings_flag {
    const char *name;
    const char *value;
};

/* Reads `environment` (as environ) and flags into the arena. STATUS_REJECTED names the
 * first thing that is wrong, where it came from, and what would be right. */
enum status settings_load(struct arena *arena, char *const *environment,
                          const struct settings_flag *flags, size_t flag_count,
                          struct settings *out, struct error *error);

/* STATUS_REJECTED, saying what to set, when nothing says where Kafka is. */
enum status settings_need_kafka(const struct settings *settings, struct error *error);

/* Whether `name` ("batch-events") is a setting's flag; for the command line's parser. */
bool settings_is_flag(const char *name);

/* The name of setting number `index` ("XORCA_GROUP"); NULL past the last. */
const char *settings_name(size_t index);

/* Name, meaning and default of every setting, for --help. */
void settings_describe(FILE *out);

/* A table: every setting, its value, where it came from (default, environment, flag);
 * passwords and secrets as "********", in conninfo and URLs too. */
enum status settings_print(struct arena *arena, char *const *environment,
                           const struct settings_flag *flags, size_t flag_count, FILE *out,
                           struct error *error);

#endif
