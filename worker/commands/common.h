/* common.h - what several commands do alike. */
#ifndef WORKER_COMMANDS_COMMON_H
#define WORKER_COMMANDS_COMMON_H

#include "adapters/kafka/record.h"
#include "core/error.h"
#include "core/orchestration/event.h"
#include "core/problem.h"
#include "core/text.h"
#include "worker/command.h"

struct definition;
struct definition_record;
struct postgres;

/* Prints `FILE:LINE:COLUMN: error: message [$.path]`, a line per problem, to standard
 * error. */
void command_print_problems(const char *file, struct problem_list *problems);

/* Reads and compiles a definition file. STATUS_REJECTED: its problems were printed, and
 * nothing needs to be said of it again. The caller destroys *out. */
enum status command_read_definition(const struct command_call *call, const char *path,
                                    struct json_limits limits, struct definition **out,
                                    struct error *error);

/* Connects to one of the settings' databases, and refuses one whose schema is not this
 * program's. The message names it. The caller closes *out. */
struct database;
enum status command_connect(const struct database *database, struct postgres **out,
                            struct error *error);

/* The same with the first that answers, for what all of them know alike: definitions. */
enum status command_connect_any(const struct settings *settings, struct postgres **out,
                                struct error *error);

/* All registered definitions of `name` (there is at least one), in order of version.
 * STATUS_REJECTED names the nearest that exists when there is none. */
enum status command_find_definitions(struct postgres *postgres, struct text name,
                                     struct arena *arena, struct definition_record **out,
                                     size_t *count, struct error *error);

/* A fresh identifier: a random UUID (RFC 9562, version 8: 122 random bits). STATUS_FATAL: the system gives
 * no randomness. */
enum status command_fresh_id(struct arena *arena, struct text *out, struct error *error);

/* "2026-01-02T03:04:05.678Z", in the arena; TEXT_NONE when it is full. */
struct text command_time(struct arena *arena, int64_t time_ms);

/* Writes `value` as one line of compact JSON to standard output. False when it is too
 * large or too deep to be written. */
bool command_print_json(struct arena *arena, struct json value);

/* Prints text line by line, each after `indent` and made printable. */
void command_print_lines(FILE *file, struct text text, const char *indent);

/* A state value for people: the paths of its leaves, "checking.grounded.waiting
 * checking.compliant". Leaves of JSON deeper than a definition can be are left out. */
struct text command_state(struct arena *arena, struct json value);

/* "active", "completed", "failed" for enum orchestration_status as a row has it. */
const char *command_status_name(int status);

/* Sends librdkafka's own warnings and errors to the log. Before any handle is made. */
void command_log_kafka(void);

/* As command_fail; brokers that cannot be reached are named by their address. */
int command_fail_kafka(const struct settings *settings, struct error *error);

/* How long a command waits for brokers that do not answer. */
enum { KAFKA_TIMEOUT_MS = 15000 };

/* Sends an event to its topic, under its subject as the key, encoded in binary mode. The
 * arena holds what is encoded; the producer has a copy afterwards. */
struct kafka_producer;
enum status command_send_event(struct kafka_producer *producer, const struct event *event,
                               struct text topic, struct arena *arena, struct error *error);

/* A header of the record by its name, TEXT_NONE when it has none. */
struct text command_header(const struct record *record, const char *name);

#endif
