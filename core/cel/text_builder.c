#include "core/cel/text_builder.h"

enum { ROOM_MIN = 64 };

/* Twice the room, so that all the copying is no more than the text at its end. */
static bool make_room(struct cel_text_builder *builder, size_t size)
{
    if (size <= builder->room - builder->size)
        return true;
    /* Both are below CEL_MEMORY_MAX, or parts of a document. */
    size_t room = builder->room * 2 + size;
    if (room < ROOM_MIN)
        room = ROOM_MIN;
    char *data = cel_allocate(builder->evaluation, room, 1);
    if (data == NULL)
        return false;
    if (builder->size > 0)
        memcpy(data, builder->data, builder->size);
    builder->data = data;
    builder->room = room;
    return true;
}

void cel_text_add(struct cel_text_builder *builder, struct text text)
{
    if (builder->failed || text.size == 0)
        return;
    if (!cel_charge(builder->evaluation, cel_cost_of_bytes(text.size)) ||
        !make_room(builder, text.size)) {
        builder->failed = true;
        return;
    }
    memcpy(builder->data + builder->size, text.data, text.size);
    builder->size += text.size;
}

bool cel_text_finish(struct cel_text_builder *builder, enum cel_type type, struct cel_value *out)
{
    if (builder->failed)
        return false;
    struct text text = {builder->data == NULL ? "" : builder->data, builder->size};
    *out = (struct cel_value){.type = type, .as.text = text};
    return true;
}
