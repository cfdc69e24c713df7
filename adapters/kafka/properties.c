#include "adapters/kafka/properties.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

enum {
    ROLES_CONSUMING = ROLE_CONSUMER | ROLE_POSITION | ROLE_READER | ROLE_GROUP_READER,
    ROLES_PRODUCING = ROLE_ADMIN | ROLE_PRODUCER | ROLE_TRANSACTIONAL,
    ROLES_SENDING = ROLE_PRODUCER | ROLE_TRANSACTIONAL,
    ROLES_ALL = ROLES_CONSUMING | ROLES_PRODUCING
};

struct rule {
    const char *name;
    const char *value; /* NULL: the caller's, or none: only not the user's to set */
    int roles;
};

/* Ours, unless the user says otherwise. */
static const struct rule defaults[] = {
    {"client.id", "xorca", ROLES_ALL},
    /* Nagle against a peer with delayed acknowledgement costs 44 ms an exchange. */
    {"socket.nagle.disable", "true", ROLES_ALL},
    /* Found again soon after it came back: the default waits up to 10 s between tries. */
    {"reconnect.backoff.max.ms", "1000", ROLES_ALL},
    /* How late a new topic that matches the subscription is seen (default: 5 minutes). */
    {"topic.metadata.refresh.interval.ms", "10000", ROLES_ALL & ~ROLE_GROUP_READER},
    {"topic.metadata.refresh.interval.ms", "2000", ROLE_GROUP_READER},
    /* A broker answers a Fetch as soon as there is a record, so this is not the latency of
     * records. It is how long a partition that was just assigned may wait behind a Fetch
     * of others that is on its way: a tenth of a second at hand-over, for ten idle requests
     * a second. librdkafka's mock cluster does not wake on produce: 5 there. */
    {"fetch.wait.max.ms", "100", ROLES_CONSUMING},
    /* At least 2 s of a busy lane's records, since a full queue is looked at again only
     * about once a second (protocol.md, section 4); not 64 MiB for each of 16 lanes. */
    {"queued.max.messages.kbytes", "16384", ROLE_CONSUMER},
    /* After a crash the others take over this much later. The fences make it harmless
     * when a member that was only slow is taken for dead. */
    {"session.timeout.ms", "10000", ROLE_CONSUMER | ROLE_GROUP_READER},
    /* A member hears of a rebalance by the answer to its next heartbeat: with the default of
     * 3 s the lanes of a dead worker would stand still that much longer than the session. */
    {"heartbeat.interval.ms", "500", ROLE_CONSUMER | ROLE_GROUP_READER},
    {"auto.commit.interval.ms", "1000", ROLE_GROUP_READER},
    /* A batch is handed over whole, and the commit flushes it at once, whatever this says.
     * Lingering keeps the records of a partition together until then: one Produce request
     * each, not one for the first record and more for the rest. For the same reason
     * batch.size stays at librdkafka's 1 MB: it lets a second request of a partition wait
     * for the first one's answer, and 2.0.2 polls without a pause meanwhile. */
    {"linger.ms", "20", ROLE_TRANSACTIONAL},
    {"linger.ms", "5", ROLE_PRODUCER},
    /* An abandoned transaction holds back read_committed readers for this long, unless
     * its lane is taken over first. */
    {"transaction.timeout.ms", "15000", ROLE_TRANSACTIONAL},
    /* Transactions that follow each other closely meet CONCURRENT_TRANSACTIONS and wait
     * this long (default 100 ms). */
    {"retry.backoff.ms", "10", ROLES_SENDING},
};

/* What the protocol depends on. Not the user's to set, in any role. */
static const struct rule fixed[] = {
    {"group.id", NULL, 0},
    {"transactional.id", NULL, 0},
    {"enable.auto.commit", "false", ROLES_CONSUMING & ~ROLE_GROUP_READER},
    {"enable.auto.commit", "true", ROLE_GROUP_READER},
    {"auto.commit.enable", NULL, 0},
    {"enable.auto.offset.store", "false", ROLES_CONSUMING},
    {"offset.store.method", NULL, 0},
    {"isolation.level", "read_committed", ROLES_CONSUMING},
    {"auto.offset.reset", "error", ROLES_CONSUMING},
    {"partition.assignment.strategy", "range", ROLE_CONSUMER | ROLE_GROUP_READER},
    {"enable.partition.eof", "false", ROLES_CONSUMING & ~ROLE_POSITION},
    {"enable.partition.eof", "true", ROLE_POSITION},
    {"acks", "all", ROLES_SENDING},
    {"request.required.acks", NULL, 0},
    {"enable.idempotence", "true", ROLES_SENDING},
    /* Java's: the same subject on the same partition number, whoever sends. */
    {"partitioner", "murmur2_random", ROLES_SENDING},
    {"log.queue", NULL, 0},
    {"test.mock.num.brokers", NULL, 0},
};

/* The user's to set, and not meant for every client of its kind. */
static const struct rule reserved[] = {
    /* The name of one member of one group: readers are members of none, or of another. */
    {"group.instance.id", NULL, ROLE_CONSUMER},
};

enum { NAME_SIZE_MAX = 128, PROPERTIES_MAX = 512 };

/* --- What librdkafka knows ----------------------------------------------------- */

/* The table that librdkafka prints of its properties: "name | C/P | range | ...". */
struct property_table {
    char *text;
    size_t size;
};

struct property_row {
    struct text name;
    char scope; /* 'C', 'P' or '*' */
};

static bool property_table_read(struct property_table *table)
{
    *table = (struct property_table){NULL, 0};
    FILE *stream = open_memstream(&table->text, &table->size);
    if (stream == NULL)
        return false;
    rd_kafka_conf_properties_show(stream);
    return fclose(stream) == 0;
}

static bool is_property_name(struct text name)
{
    for (size_t i = 0; i < name.size; i++)
        if (strchr("abcdefghijklmnopqrstuvwxyz0123456789._", name.data[i]) == NULL)
            return false;
    return name.size > 0;
}

/* The next property at or after *position, which moves behind it. */
static bool property_table_next(const struct property_table *table, size_t *position,
                                struct property_row *row)
{
    while (*position < table->size) {
        const char *line = table->text + *position;
        const char *end = memchr(line, '\n', table->size - *position);
        size_t size = end == NULL ? table->size - *position : (size_t)(end - line);
        *position += size + 1;

        const char *bar = memchr(line, '|', size);
        if (bar == NULL || size - (size_t)(bar - line) < 4 || bar == line)
            continue;
        struct text name = {line, (size_t)(bar - line)};
        while (name.size > 0 && name.data[name.size - 1] == ' ')
            name.size--;
        char scope = bar[3];
        if (!is_property_name(name) || (scope != 'C' && scope != 'P' && scope != '*'))
            continue;
        *row = (struct property_row){name, scope};
        return true;
    }
    return false;
}

/* Whether a client of this role has the property; true for what the table hides. */
static bool property_applies(const struct property_table *table, const char *name,
                             enum kafka_role role)
{
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
        if (strcmp(reserved[i].name, name) == 0)
            return (reserved[i].roles & (int)role) != 0;
    char other = ((int)role & ROLES_CONSUMING) != 0 ? 'P' : 'C';
    struct property_row row;
    for (size_t position = 0; property_table_next(table, &position, &row);)
        if (text_is(row.name, name))
            return row.scope != other;
    return true;
}

static enum status unknown_property(const char *name, struct error *error)
{
    struct property_table table;
    struct text names[PROPERTIES_MAX];
    size_t count = 0;
    if (property_table_read(&table)) {
        struct property_row row;
        for (size_t position = 0;
             count < PROPERTIES_MAX && property_table_next(&table, &position, &row);)
            names[count++] = row.name;
    }
    int nearest = text_nearest(text_of(name), names, count);
    if (nearest >= 0)
        error_set(error, STATUS_REJECTED, "librdkafka %s has no property %.*s; did you mean %.*s?",
                  rd_kafka_version_str(), NAME_SIZE_MAX, name, TEXT_ARGS(names[nearest]));
    else
        error_set(error, STATUS_REJECTED, "librdkafka %s has no property %.*s",
                  rd_kafka_version_str(), NAME_SIZE_MAX, name);
    free(table.text);
    return error->status;
}

bool kafka_property_exists(const char *name)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char why[8];
    bool exists = rd_kafka_conf_set(conf, name, NULL, why, sizeof why) != RD_KAFKA_CONF_UNKNOWN;
    rd_kafka_conf_destroy(conf);
    return exists;
}

const char *kafka_library_version(void)
{
    return rd_kafka_version_str();
}

/* --- Checking ------------------------------------------------------------------ */

static bool is_fixed(const char *name)
{
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        if (strcmp(fixed[i].name, name) == 0)
            return true;
    return false;
}

static enum status property_set(rd_kafka_conf_t *conf, const char *name, const char *value,
                                struct error *error)
{
    char why[256];
    switch (rd_kafka_conf_set(conf, name, value, why, sizeof why)) {
    case RD_KAFKA_CONF_OK: return STATUS_OK;
    case RD_KAFKA_CONF_UNKNOWN: return unknown_property(name, error);
    case RD_KAFKA_CONF_INVALID: break;
    }
    return error_set(error, STATUS_REJECTED, "property %.*s: %s", NAME_SIZE_MAX, name, why);
}

enum status kafka_property_check(const char *name, const char *value, struct error *error)
{
    if (is_fixed(name))
        return error_set(error, STATUS_REJECTED,
                         "property %s is not a setting: delivery exactly once depends on it", name);
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    enum status status = property_set(conf, name, value, error);
    rd_kafka_conf_destroy(conf);
    return status;
}

/* --- Logging ------------------------------------------------------------------- */

/* The one thing that all handles share; written once, before there are any. */
static struct {
    void (*log)(void *context, int level, const char *facility, const char *message);
    void *context;
} log_hook;

void kafka_log_to(void (*log)(void *context, int level, const char *facility, const char *message),
                  void *context)
{
    log_hook.log = log;
    log_hook.context = context;
}

static void log_forward(const rd_kafka_t *client, int level, const char *facility,
                        const char *message)
{
    (void)client;
    log_hook.log(log_hook.context, level, facility, message);
}

/* --- A configuration ----------------------------------------------------------- */

static enum status apply_rules(rd_kafka_conf_t *conf, enum kafka_role role,
                               const struct rule *rules, size_t count, struct error *error)
{
    for (size_t i = 0; i < count; i++) {
        if (rules[i].value == NULL || (rules[i].roles & (int)role) == 0)
            continue;
        enum status status = property_set(conf, rules[i].name, rules[i].value, error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static enum status apply_properties(rd_kafka_conf_t *conf, enum kafka_role role,
                                    struct kafka_properties properties, struct error *error)
{
    struct property_table table;
    if (!property_table_read(&table)) {
        free(table.text);
        return error_memory(error);
    }
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < properties.count; i++) {
        const struct kafka_property *property = &properties.items[i];
        status = kafka_property_check(property->name, property->value, error);
        if (status == STATUS_OK && property_applies(&table, property->name, role))
            status = property_set(conf, property->name, property->value, error);
    }
    free(table.text);
    return status;
}

enum status kafka_conf_create(rd_kafka_conf_t **out, enum kafka_role role,
                              struct kafka_properties properties, const struct kafka_property *own,
                              struct error *error)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    enum status status =
        apply_rules(conf, role, defaults, sizeof defaults / sizeof defaults[0], error);
    if (status == STATUS_OK)
        status = apply_properties(conf, role, properties, error);
    if (status == STATUS_OK)
        status = apply_rules(conf, role, fixed, sizeof fixed / sizeof fixed[0], error);
    for (; status == STATUS_OK && own != NULL && own->name != NULL; own++)
        status = property_set(conf, own->name, own->value, error);
    if (status != STATUS_OK) {
        rd_kafka_conf_destroy(conf);
        return status;
    }
    if (log_hook.log != NULL)
        rd_kafka_conf_set_log_cb(conf, log_forward);
    *out = conf;
    return STATUS_OK;
}

enum status kafka_client_create(rd_kafka_t **out, enum kafka_role role, rd_kafka_conf_t *conf,
                                struct error *error)
{
    char why[512];
    rd_kafka_type_t type =
        ((int)role & ROLES_CONSUMING) != 0 ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER;
    *out = rd_kafka_new(type, conf, why, sizeof why);
    if (*out != NULL)
        return STATUS_OK;
    /* Properties that are fine alone and not together, a certificate that cannot be read. */
    rd_kafka_conf_destroy(conf);
    return error_set(error, STATUS_REJECTED, "Kafka client: %s", why);
}
