#include "adapters/kafka/subscription.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

struct pattern {
    char *name; /* NULL: a regular expression */
    regex_t regex;
};

struct subscription {
    size_t count;
    struct pattern patterns[];
};

static enum status pattern_init(struct pattern *pattern, const char *text, struct error *error)
{
    if (text[0] != '^') {
        pattern->name = strdup(text);
        return pattern->name == NULL ? error_memory(error) : STATUS_OK;
    }
    int code = regcomp(&pattern->regex, text, REG_EXTENDED | REG_NOSUB);
    if (code == 0)
        return STATUS_OK;
    char why[128];
    regerror(code, &pattern->regex, why, sizeof why);
    return error_set(error, STATUS_REJECTED, "subscription \"%s\" is no regular expression: %s",
                     text, why);
}

enum status subscription_create(struct subscription **out, const char *const *subscription,
                                size_t count, struct error *error)
{
    if (count == 0)
        return error_set(error, STATUS_REJECTED, "the subscription names no topic");
    struct subscription *result = calloc(1, sizeof *result + count * sizeof result->patterns[0]);
    if (result == NULL)
        return error_memory(error);
    for (size_t i = 0; i < count; i++) {
        enum status status = pattern_init(&result->patterns[i], subscription[i], error);
        if (status != STATUS_OK) {
            subscription_destroy(result);
            return status;
        }
        result->count++;
    }
    *out = result;
    return STATUS_OK;
}

bool subscription_matches(const struct subscription *subscription, const char *topic)
{
    for (size_t i = 0; i < subscription->count; i++) {
        const struct pattern *pattern = &subscription->patterns[i];
        if (pattern->name != NULL ? strcmp(pattern->name, topic) == 0
                                  : regexec(&pattern->regex, topic, 0, NULL, 0) == 0)
            return true;
    }
    return false;
}

void subscription_destroy(struct subscription *subscription)
{
    if (subscription == NULL)
        return;
    for (size_t i = 0; i < subscription->count; i++) {
        if (subscription->patterns[i].name == NULL)
            regfree(&subscription->patterns[i].regex);
        free(subscription->patterns[i].name);
    }
    free(subscription);
}
