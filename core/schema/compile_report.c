/* compile_report.c - memory, and saying what is wrong with a schema. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "core/json_path.h"
#include "core/schema/compile.h"
#include "core/writer.h"

/* A path in a message; the rest is cut. */
enum { PATH_SIZE_MAX = 512, MESSAGE_SIZE = 1024, LIST_CAPACITY_FIRST = 16 };

void *schema_alloc(struct compiler *compiler, size_t count, size_t size)
{
    void *memory = arena_alloc_array(compiler->arena, count, size);
    if (memory == NULL)
        compiler->out_of_memory = true;
    return memory;
}

bool list_add(struct compiler *compiler, struct list *list, void *item)
{
    if (list->count == list->capacity) {
        uint32_t capacity = list->capacity == 0 ? LIST_CAPACITY_FIRST : list->capacity * 2;
        void **items = schema_alloc(compiler, capacity, sizeof *items);
        if (items == NULL)
            return false;
        if (list->count > 0)
            memcpy(items, list->items, list->count * sizeof *items);
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = item;
    return true;
}

/* The chain leads from the place to the root, the text the other way: as deep as the
 * document. */
static void write_place(struct writer *writer, const struct place *place)
{
    if (place == NULL)
        return;
    write_place(writer, place->parent);
    if (place->key.data == NULL)
        json_path_write_index(writer, place->index);
    else
        json_path_write_key(writer, place->key);
}

const char *place_text(struct compiler *compiler, const struct subschema *subschema,
                       const struct place *place)
{
    static const char cut[] = "...";
    char buffer[PATH_SIZE_MAX];
    struct writer writer;
    writer_init(&writer, buffer, sizeof buffer - sizeof cut);
    writer_string(&writer, subschema->path);
    write_place(&writer, place);
    memcpy(buffer + writer.size, cut, sizeof cut);
    size_t size = writer.size + (writer.overflowed ? sizeof cut - 1 : 0);
    struct text copy = text_copy(compiler->arena, (struct text){buffer, size});
    if (copy.data == NULL)
        compiler->out_of_memory = true;
    return copy.data == NULL ? "$" : copy.data;
}

void schema_report(struct compiler *compiler, const struct subschema *subschema,
                   const struct place *place, const char *format, ...)
{
    if (compiler->problems->count == PROBLEM_COUNT_MAX) {
        compiler->problems->cut = true;
        return;
    }
    char message[MESSAGE_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    problem_add(compiler->problems, place_text(compiler, subschema, place), "%s", message);
}
