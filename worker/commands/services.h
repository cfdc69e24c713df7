/* services.h - the rules of a services file: what is answered to a command.
 *
 * Pure: no Kafka, no clock, no chance. What happens to a command (which answer, after
 * which delay, whether twice) is a function of the seed and the command's id, so that a
 * run repeats and a command that is delivered twice is answered twice alike, by events of
 * the same ids. The format is in README.md and schemas/services.schema.json. */
#ifndef WORKER_COMMANDS_SERVICES_H
#define WORKER_COMMANDS_SERVICES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/json.h"
#include "core/orchestration/event.h"
#include "core/problem.h"

struct arena;
struct services;

enum {
    SERVICES_COUNT_MAX = 1000,
    SERVICE_ANSWERS_MAX = 100,
    SERVICE_WEIGHT_MAX = 1000000,
    SERVICE_DELAY_MS_MAX = 24 * 60 * 60 * 1000
};

/* Compiles a parsed file (which must live as long) into the arena. STATUS_REJECTED:
 * `problems` says what is wrong and where. */
enum status services_compile(struct arena *arena, struct json json, struct problem_list *problems,
                             const struct services **out, struct error *error);

/* What to subscribe to: names of topics, and one regular expression for each command with
 * a wildcard; in the arena. */
enum status services_subscription(const struct services *services, struct arena *arena,
                                  const char *const **out, size_t *count, struct error *error);

uint64_t services_seed(const struct services *services);

struct service_reply {
    struct event event; /* the answer: type, id, source, subject, data, what is continued */
    int64_t delay_ms;   /* how long the service takes */
    bool is_failure;
    bool is_repeated;
    int64_t repeat_after_ms; /* after the answer, the same once more */
};

/* The answer to a command; *found is false when no rule is for it. `now_ms` is when it
 * arrived. STATUS_REJECTED: an expression failed; the message has its place. */
enum status services_answer(const struct services *services, uint64_t seed,
                            const struct event *command, int64_t now_ms, uint64_t cost_max,
                            struct arena *arena, struct service_reply *out, bool *found,
                            struct error *error);

#endif
