#include "adapters/kafka/queue.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/kafka/records.h"
#include "adapters/kafka/topics.h"

/* How far a partition was handed out. Kept for the acknowledgement (step 14), which is
 * made by another thread: hence the lock. */
struct handed {
    char topic[TOPIC_NAME_SIZE];
    int32_t partition;
    int64_t next;
};

struct kafka_queue {
    rd_kafka_queue_t *handle;
    struct records records; /* the lane's thread alone */
    pthread_mutex_t lock;   /* guards what follows */
    struct handed *handed;
    size_t handed_count;
    size_t handed_capacity;
};

struct kafka_queue *kafka_queue_create(struct kafka_consumer *consumer)
{
    struct kafka_queue *queue = calloc(1, sizeof *queue);
    if (queue == NULL)
        return NULL;
    if (pthread_mutex_init(&queue->lock, NULL) != 0) {
        free(queue);
        return NULL;
    }
    queue->handle = rd_kafka_queue_new(kafka_consumer_client(consumer));
    return queue;
}

void kafka_queue_destroy(struct kafka_queue *queue)
{
    if (queue == NULL)
        return;
    records_destroy(&queue->records);
    rd_kafka_queue_destroy(queue->handle);
    pthread_mutex_destroy(&queue->lock);
    free(queue->handed);
    free(queue);
}

rd_kafka_queue_t *kafka_queue_handle(struct kafka_queue *queue)
{
    return queue->handle;
}

/* Under the lock. A lane has as many partitions as there are topics: few. */
static struct handed *handed_find(struct kafka_queue *queue, struct text topic, int32_t partition)
{
    for (size_t i = 0; i < queue->handed_count; i++)
        if (queue->handed[i].partition == partition && text_is(topic, queue->handed[i].topic))
            return &queue->handed[i];
    return NULL;
}

static struct handed *handed_add(struct kafka_queue *queue, const struct record *record)
{
    if (queue->handed_count == queue->handed_capacity) {
        size_t capacity = queue->handed_capacity == 0 ? 8 : queue->handed_capacity * 2;
        struct handed *array = realloc(queue->handed, capacity * sizeof *array);
        if (array == NULL)
            return NULL;
        queue->handed = array;
        queue->handed_capacity = capacity;
    }
    struct handed *handed = &queue->handed[queue->handed_count++];
    *handed = (struct handed){.partition = record->partition};
    memcpy(handed->topic, record->topic.data, record->topic.size); /* Kafka bounds it */
    return handed;
}

/* Records come in runs of one partition: only where a run ends is there something to do.
 * Where memory is out the acknowledgement is less exact, and nothing else. */
static void note_handed(struct kafka_queue *queue, const struct record *records, size_t count)
{
    pthread_mutex_lock(&queue->lock);
    for (size_t i = 0; i < count; i++) {
        const struct record *record = &records[i];
        if (i + 1 < count && records[i + 1].partition == record->partition &&
            records[i + 1].topic.data == record->topic.data)
            continue;
        if (record->topic.size >= TOPIC_NAME_SIZE)
            continue;
        struct handed *handed = handed_find(queue, record->topic, record->partition);
        if (handed == NULL)
            handed = handed_add(queue, record);
        if (handed != NULL)
            handed->next = record->offset + 1;
    }
    pthread_mutex_unlock(&queue->lock);
}

int64_t kafka_queue_handed(struct kafka_queue *queue, struct text topic, int32_t partition)
{
    pthread_mutex_lock(&queue->lock);
    const struct handed *handed = handed_find(queue, topic, partition);
    int64_t next = handed == NULL ? -1 : handed->next;
    pthread_mutex_unlock(&queue->lock);
    return next;
}

enum status kafka_queue_fetch(struct kafka_queue *queue, int timeout_ms, struct record *records,
                              size_t max, size_t *count, struct error *error)
{
    enum status status =
        records_fetch(&queue->records, queue->handle, timeout_ms, records, max, count, error);
    if (status == STATUS_OK && *count > 0)
        note_handed(queue, records, *count);
    return status;
}

void kafka_queue_release(struct kafka_queue *queue)
{
    records_release(&queue->records);
}

bool kafka_queue_has_hole(const struct kafka_queue *queue)
{
    return queue->records.has_hole;
}

void kafka_queue_wake(struct kafka_queue *queue)
{
    rd_kafka_queue_yield(queue->handle);
}

size_t kafka_queue_length(const struct kafka_queue *queue)
{
    return rd_kafka_queue_length(queue->handle);
}
