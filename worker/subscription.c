#include "worker/subscription.h"

#include <regex.h>
#include <stdio.h>

#include "worker/settings.h"

static bool pattern_matches(const char *pattern, const char *topic)
{
    regex_t regex;
    if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    bool matches = regexec(&regex, topic, 0, NULL, 0) == 0;
    regfree(&regex);
    return matches;
}

bool subscription_includes(const char *const *subscription, size_t count, struct text topic)
{
    enum { TOPIC_SIZE_MAX = 249 }; /* Kafka's limit on topic names */
    char name[TOPIC_SIZE_MAX + 1];
    if (topic.size > TOPIC_SIZE_MAX)
        return false;
    snprintf(name, sizeof name, "%.*s", TEXT_ARGS(topic));
    for (size_t i = 0; i < count; i++) {
        if (subscription[i][0] == '^' ? pattern_matches(subscription[i], name)
                                      : text_is(topic, subscription[i]))
            return true;
    }
    return false;
}

static const struct kafka_topic *find_topic(const struct kafka_topic *topics, size_t count,
                                            const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (text_is(topics[i].name, name))
            return &topics[i];
    }
    return NULL;
}

/* The consumed topics have one partition count: that of the first. */
static enum status check_counts(const struct settings *settings, const struct kafka_topic *topics,
                                size_t count, int32_t *lane_count, struct error *error)
{
    const struct kafka_topic *first = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct kafka_topic *topic = &topics[i];
        if (!subscription_includes(settings->subscribe, settings->subscribe_count, topic->name))
            continue;
        if (first == NULL)
            first = topic;
        if (topic->partition_count != first->partition_count)
            return error_set(error, STATUS_REJECTED,
                             "topic %.*s has %d partitions and topic %.*s has %d: lanes need "
                             "equal counts; `xorca topics` shows all of them",
                             TEXT_ARGS(first->name), (int)first->partition_count,
                             TEXT_ARGS(topic->name), (int)topic->partition_count);
    }
    *lane_count = first == NULL ? 0 : first->partition_count;
    return STATUS_OK;
}

enum status subscription_check(const struct settings *settings, const struct kafka_topic *topics,
                               size_t count, int32_t *lane_count, struct error *error)
{
    enum status status = check_counts(settings, topics, count, lane_count, error);
    if (status != STATUS_OK)
        return status;
    if (find_topic(topics, count, settings->dead_letter_topic) == NULL)
        return error_set(error, STATUS_REJECTED,
                         "topic %s is missing: `xorca topics --create` makes it",
                         settings->dead_letter_topic);
    if (settings->delivery != DELIVERY_EXACTLY_ONCE)
        return STATUS_OK;
    const struct kafka_topic *marker = find_topic(topics, count, settings->marker_topic);
    if (marker == NULL)
        return error_set(error, STATUS_REJECTED,
                         "topic %s is missing: `xorca topics --create` makes it",
                         settings->marker_topic);
    if (marker->partition_count < *lane_count)
        return error_set(error, STATUS_REJECTED,
                         "topic %s has %d partitions and there are %d lanes: it needs one for "
                         "each",
                         settings->marker_topic, (int)marker->partition_count, (int)*lane_count);
    return STATUS_OK;
}
