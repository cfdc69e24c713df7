/* topics.c - the topics that definitions need: which are there, which are missing, which
 * have a number of partitions with which lanes cannot work. */
#include <stdlib.h>
#include <string.h>

#include "adapters/kafka/kafka.h"
#include "adapters/postgres/postgres.h"
#include "core/arena.h"
#include "core/orchestration/step.h"
#include "core/writer.h"
#include "worker/command.h"
#include "worker/commands/common.h"
#include "worker/definition.h"
#include "worker/folder.h"
#include "worker/printable.h"
#include "worker/subscription.h"
#include "worker/time.h"

/* Between two looks whether what was created is there. */
enum { CREATED_RETRY_MS = 50 };
enum { TOPICS_MAX = 4096, DEFINITIONS_MAX = 1024, PARTITIONS_MAX = 10000, PARTITIONS_DEFAULT = 4 };

struct topic {
    const char *name;
    const char *purpose;
    bool follows_lanes; /* a lane is its partition number: the count must be the lanes' */
    bool compact;
    int32_t partition_count; /* 0: there is no such topic */
};

struct topic_list {
    struct arena *arena;
    const struct settings *settings;
    struct topic *items;
    size_t count;
    int32_t lanes; /* 0: nothing says how many */
};

/* --- What is needed ----------------------------------------------------------------- */

static enum status add_topic(struct topic_list *list, struct text name, const char *purpose,
                             struct error *error)
{
    for (size_t i = 0; i < list->count; i++) {
        if (text_is(name, list->items[i].name))
            return STATUS_OK;
    }
    if (list->count == TOPICS_MAX)
        return error_set(error, STATUS_REJECTED, "the definitions need more than %d topics",
                         TOPICS_MAX);
    const char *copy = text_copy(list->arena, name).data;
    if (copy == NULL)
        return error_memory(error);
    list->items[list->count++] =
        (struct topic){.name = copy,
                       .purpose = purpose,
                       .follows_lanes = subscription_includes(
                           list->settings->subscribe, list->settings->subscribe_count, name)};
    return STATUS_OK;
}

static enum status add_start_topic(struct topic_list *list, struct text name, struct error *error)
{
    struct writer topic;
    writer_init_arena(&topic, list->arena, NAME_SIZE_MAX + 32);
    writer_string(&topic, "xorca.");
    writer_text(&topic, name);
    writer_string(&topic, ".start");
    if (topic.overflowed)
        return error_memory(error);
    return add_topic(list, writer_result(&topic), "start", error);
}

/* A wildcard names no topic, and the engine's own events travel on none. */
static bool is_topic(struct text type)
{
    return (text_starts_with(type, "evt.") || text_starts_with(type, "sys.")) &&
           memchr(type.data, '*', type.size) == NULL;
}

static enum status add_definition(struct topic_list *list, const struct definition *definition,
                                  struct error *error)
{
    if (add_start_topic(list, definition->name, error) != STATUS_OK)
        return error->status;
    struct text_list accepted = machine_accepted_types(definition->machine);
    struct text_list emitted = machine_emitted_types(definition->machine);
    struct text_list sent =
        step_sent_types(list->arena, definition->name, list->settings->step.lifecycle);
    for (size_t i = 0; i < accepted.count; i++) {
        if (is_topic(accepted.items[i]) &&
            add_topic(list, accepted.items[i], "answer", error) != STATUS_OK)
            return error->status;
    }
    for (size_t i = 0; i < emitted.count; i++) {
        if (add_topic(list, emitted.items[i],
                      text_starts_with(emitted.items[i], "cmd.") ? "command" : "notification",
                      error) != STATUS_OK)
            return error->status;
    }
    for (size_t i = 0; i < sent.count; i++) {
        const struct event event = {.type = sent.items[i]};
        bool is_lifecycle = text_starts_with(sent.items[i], "notif.");
        if (add_topic(list, event_topic(&event), is_lifecycle ? "lifecycle" : "error", error) !=
            STATUS_OK)
            return error->status;
    }
    return STATUS_OK;
}

/* The worker's own: the dead letter topic, and the marker topic, whose partitions are
 * the lanes. */
static enum status add_own_topics(struct topic_list *list, struct error *error)
{
    if (add_topic(list, text_of(list->settings->dead_letter_topic), "dead letters", error) !=
            STATUS_OK ||
        add_topic(list, text_of(list->settings->marker_topic), "marker", error) != STATUS_OK)
        return error->status;
    struct topic *marker = &list->items[list->count - 1];
    if (strcmp(marker->name, list->settings->marker_topic) == 0) {
        marker->follows_lanes = true;
        marker->compact = true;
    }
    return STATUS_OK;
}

/* --- Definitions -------------------------------------------------------------------- */

static enum status add_file(struct topic_list *list, const struct command_call *call,
                            const char *path, struct error *error)
{
    struct definition *definition = NULL;
    enum status status =
        command_read_definition(call, path, list->settings->json_limits, &definition, error);
    if (status != STATUS_OK)
        return status == STATUS_REJECTED ? error_context(error, "%s", path) : status;
    status = add_definition(list, definition, error);
    definition_destroy(definition);
    return status;
}

static enum status add_path(struct topic_list *list, const struct command_call *call,
                            const char *path, struct error *error)
{
    if (!folder_is_one(path))
        return add_file(list, call, path, error);
    const char **paths;
    size_t count;
    if (folder_list(list->arena, path, &paths, &count, error) != STATUS_OK)
        return error->status;
    for (size_t i = 0; i < count; i++) {
        if (add_file(list, call, paths[i], error) != STATUS_OK)
            return error->status;
    }
    return STATUS_OK;
}

static enum status add_record(struct topic_list *list, const struct definition_record *record,
                              struct error *error)
{
    struct definition *definition = NULL;
    struct problem_list *problems = arena_alloc(list->arena, sizeof *problems);
    if (problems == NULL)
        return error_memory(error);
    problem_list_init(problems, list->arena);
    enum status status = definition_compile(record->source, list->settings->json_limits, problems,
                                            &definition, error);
    if (status == STATUS_OK)
        status = add_definition(list, definition, error);
    definition_destroy(definition);
    return status == STATUS_OK ? STATUS_OK
                               : error_context(error, "registered definition %.*s %.*s",
                                               TEXT_ARGS(record->name), TEXT_ARGS(record->version));
}

static enum status add_registered(struct topic_list *list, struct error *error)
{
    struct postgres *postgres = NULL;
    struct definition_record *records;
    size_t count = 0;
    if (command_connect_any(list->settings, &postgres, error) != STATUS_OK)
        return error->status;
    enum status status =
        postgres_definitions_read(postgres, TEXT_NONE, list->arena, &records, &count, error);
    for (size_t i = 0; status == STATUS_OK && i < count; i++)
        status = add_record(list, &records[i], error);
    postgres_close(postgres);
    if (status == STATUS_OK && count == 0)
        return error_set(error, STATUS_REJECTED,
                         "no definition is registered in this database; name files or folders: "
                         "xorca topics FOLDER");
    return status;
}

static enum status collect(struct topic_list *list, const struct command_call *call,
                           struct error *error)
{
    list->items = arena_alloc_array(list->arena, TOPICS_MAX, sizeof *list->items);
    if (list->items == NULL)
        return error_memory(error);
    for (size_t i = 0; i < call->argument_count; i++) {
        if (add_path(list, call, call->arguments[i], error) != STATUS_OK)
            return error->status;
    }
    if (call->argument_count == 0 && add_registered(list, error) != STATUS_OK)
        return error->status;
    return add_own_topics(list, error);
}

/* --- What is there ------------------------------------------------------------------ */

static enum status look(struct topic_list *list, struct kafka_admin *admin, struct error *error)
{
    struct kafka_topic *found;
    size_t count;
    if (kafka_topics_read(admin, KAFKA_TIMEOUT_MS, list->arena, &found, &count, error) != STATUS_OK)
        return error->status;
    for (size_t i = 0; i < list->count; i++) {
        list->items[i].partition_count = 0;
        for (size_t j = 0; j < count; j++) {
            if (text_is(found[j].name, list->items[i].name))
                list->items[i].partition_count = found[j].partition_count;
        }
    }
    return STATUS_OK;
}

/* The lanes, when nothing says their number: what most of the topics that follow them
 * have; of several such numbers the largest. */
static int32_t guess_lanes(const struct topic_list *list)
{
    int32_t guess = 0;
    size_t most = 0;
    for (size_t i = 0; i < list->count; i++) {
        int32_t candidate = list->items[i].follows_lanes ? list->items[i].partition_count : 0;
        size_t votes = 0;
        for (size_t j = 0; candidate > 0 && j < list->count; j++)
            votes += list->items[j].follows_lanes && list->items[j].partition_count == candidate;
        if (votes > most || (votes == most && candidate > guess)) {
            most = votes;
            guess = candidate;
        }
    }
    return guess;
}

static enum status create_missing(const struct topic_list *list, struct kafka_admin *admin,
                                  size_t *created, struct error *error)
{
    int32_t partitions = list->lanes > 0 ? list->lanes : PARTITIONS_DEFAULT;
    size_t count = 0;
    struct kafka_new_topic *topics = arena_alloc_array(list->arena, list->count, sizeof *topics);
    if (topics == NULL)
        return error_memory(error);
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].partition_count == 0)
            topics[count++] = (struct kafka_new_topic){.name = list->items[i].name,
                                                       .partition_count = partitions,
                                                       .compact = list->items[i].compact};
    }
    *created = 0;
    if (count == 0)
        return STATUS_OK;
    return kafka_topics_create(admin, topics, count, KAFKA_TIMEOUT_MS, created, error);
}

static const char *topic_state(const struct topic_list *list, const struct topic *topic)
{
    if (topic->partition_count == 0)
        return "missing";
    if (topic->follows_lanes && topic->partition_count != list->lanes)
        return "unequal";
    return "ok";
}

/* --- Printing ----------------------------------------------------------------------- */

static void print_table(const struct topic_list *list)
{
    size_t width = strlen("TOPIC");
    for (size_t i = 0; i < list->count; i++) {
        if (strlen(list->items[i].name) > width)
            width = strlen(list->items[i].name);
    }
    printable_print_column(stdout, TEXT("TOPIC"), width);
    printf("  %-12s  PARTITIONS  STATE\n", "PURPOSE");
    for (size_t i = 0; i < list->count; i++) {
        const struct topic *topic = &list->items[i];
        const char *state = topic_state(list, topic);
        printable_print_column(stdout, text_of(topic->name), width);
        printf("  %-12s  %10d  %s", topic->purpose, (int)topic->partition_count, state);
        if (strcmp(state, "unequal") == 0)
            printf(": the lanes are %d", (int)list->lanes);
        printf("\n");
    }
}

static bool print_lines(const struct topic_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct topic *topic = &list->items[i];
        const struct json_member members[] = {
            JSON_MEMBER("topic", json_string(text_of(topic->name))),
            JSON_MEMBER("purpose", json_string(text_of(topic->purpose))),
            JSON_MEMBER("partitions", json_int(topic->partition_count)),
            JSON_MEMBER("follows_lanes", json_bool(topic->follows_lanes)),
            JSON_MEMBER("state", json_string(text_of(topic_state(list, topic))))};
        if (!command_print_json(list->arena,
                                json_object(members, sizeof members / sizeof *members)))
            return false;
    }
    return true;
}

static int conclude(const struct topic_list *list)
{
    size_t missing = 0, unequal = 0;
    for (size_t i = 0; i < list->count; i++) {
        missing += list->items[i].partition_count == 0;
        unequal += strcmp(topic_state(list, &list->items[i]), "unequal") == 0;
    }
    if (missing > 0)
        return command_fail_as(EXIT_FAILED, "%zu of %zu topics are missing; --create makes them",
                               missing, list->count);
    if (unequal > 0)
        return command_fail_as(EXIT_FAILED,
                               "%zu topics have another number of partitions than the %d of the "
                               "lanes; `kafka-topics --alter --partitions %d` adds them",
                               unequal, (int)list->lanes, (int)list->lanes);
    return EXIT_DONE;
}

/* --- The command -------------------------------------------------------------------- */

/* After a creation: any broker may answer, and one of several may not know of it yet. */
static enum status look_again(struct topic_list *list, struct kafka_admin *admin,
                              struct error *error)
{
    int64_t deadline_ms = time_monotonic_ms() + KAFKA_TIMEOUT_MS;
    for (;;) {
        size_t missing = 0;
        if (look(list, admin, error) != STATUS_OK)
            return error->status;
        for (size_t i = 0; i < list->count; i++)
            missing += list->items[i].partition_count == 0;
        if (missing == 0 || time_monotonic_ms() >= deadline_ms)
            return STATUS_OK;
        time_sleep_ms(CREATED_RETRY_MS);
    }
}

static enum status check(struct topic_list *list, struct kafka_admin *admin, bool create,
                         size_t *created, struct error *error)
{
    if (look(list, admin, error) != STATUS_OK)
        return error->status;
    if (list->lanes == 0)
        list->lanes = guess_lanes(list);
    if (!create)
        return STATUS_OK;
    if (create_missing(list, admin, created, error) != STATUS_OK ||
        look_again(list, admin, error) != STATUS_OK)
        return error->status;
    if (list->lanes == 0)
        list->lanes = guess_lanes(list);
    return STATUS_OK;
}

int command_topics(struct command_call *call)
{
    struct error error;
    struct settings settings;
    uint64_t partitions = 0;
    struct topic_list list = {.arena = call->arena, .settings = &settings};
    if (command_settings(call, &settings, &error) != STATUS_OK ||
        settings_need_kafka(&settings, &error) != STATUS_OK ||
        command_number(call, "partitions", 1, PARTITIONS_MAX, &partitions, &error) != STATUS_OK ||
        collect(&list, call, &error) != STATUS_OK)
        return command_fail(&error);
    list.lanes = (int32_t)partitions;
    struct kafka_admin *admin = NULL;
    command_log_kafka();
    size_t created = 0;
    if (kafka_admin_create(&admin, settings.kafka, &error) != STATUS_OK)
        return command_fail_kafka(&settings, &error);
    enum status status = check(&list, admin, command_switch(call, "create"), &created, &error);
    kafka_admin_destroy(admin);
    if (status != STATUS_OK)
        return command_fail_kafka(&settings, &error);
    if (!command_switch(call, "json"))
        print_table(&list);
    else if (!print_lines(&list))
        return command_fail_as(EXIT_FAILED, "out of memory");
    if (created > 0)
        fprintf(stderr, "created %zu topics\n", created);
    return conclude(&list);
}
