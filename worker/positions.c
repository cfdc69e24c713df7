#include "worker/positions.h"

#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/writer.h"

void positions_destroy(struct positions *positions)
{
    for (size_t i = 0; i < positions->count; i++)
        free(positions->items[i].topic);
    free(positions->items);
    *positions = (struct positions){0};
}

static bool is_topic(const struct position *position, struct text topic)
{
    return position->topic_size == topic.size &&
           memcmp(position->topic, topic.data, topic.size) == 0;
}

static struct position *add(struct positions *positions, struct text topic)
{
    if (positions->count == positions->capacity) {
        size_t capacity = positions->capacity == 0 ? 16 : positions->capacity * 2;
        struct position *items = realloc(positions->items, capacity * sizeof *items);
        if (items == NULL)
            return NULL;
        positions->items = items;
        positions->capacity = capacity;
    }
    char *copy = malloc(topic.size + 1);
    if (copy == NULL)
        return NULL;
    memcpy(copy, topic.data, topic.size);
    copy[topic.size] = '\0';
    struct position *position = &positions->items[positions->count++];
    *position = (struct position){.topic = copy, .topic_size = topic.size};
    return position;
}

struct position *positions_find(struct positions *positions, struct text topic)
{
    if (positions->last_found < positions->count &&
        is_topic(&positions->items[positions->last_found], topic))
        return &positions->items[positions->last_found];
    for (size_t i = 0; i < positions->count; i++) {
        if (is_topic(&positions->items[i], topic)) {
            positions->last_found = i;
            return &positions->items[i];
        }
    }
    return add(positions, topic);
}

enum status positions_load(struct positions *positions, const struct lane_position *items,
                           size_t count, struct error *error)
{
    positions_destroy(positions);
    for (size_t i = 0; i < count; i++) {
        struct position *position = positions_find(positions, items[i].topic);
        if (position == NULL)
            return error_memory(error);
        position->stored = items[i].next_offset;
        position->next = items[i].next_offset;
    }
    return STATUS_OK;
}

void positions_begin(struct positions *positions)
{
    for (size_t i = 0; i < positions->count; i++)
        positions->items[i].next = positions->items[i].stored;
}

void positions_commit(struct positions *positions)
{
    for (size_t i = 0; i < positions->count; i++)
        positions->items[i].stored = positions->items[i].next;
}

enum status positions_write(const struct positions *positions, struct arena *arena,
                            struct text *out, struct error *error)
{
    enum { POSITIONS_SIZE_MAX = 1024 * 1024 }; /* some thousand topics */
    struct writer writer;
    writer_init_arena(&writer, arena, POSITIONS_SIZE_MAX);
    writer_char(&writer, '{');
    for (size_t i = 0; i < positions->count; i++) {
        const struct position *position = &positions->items[i];
        if (i > 0)
            writer_char(&writer, ',');
        json_write_string(&writer, (struct text){position->topic, position->topic_size});
        writer_char(&writer, ':');
        writer_int64(&writer, position->next);
    }
    writer_char(&writer, '}');
    if (writer.overflowed)
        return error_memory(error);
    *out = writer_result(&writer);
    return STATUS_OK;
}
