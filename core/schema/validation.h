/* validation.h - what the parts of the validator share. For this folder alone.
 *
 * An instance is validated quickly first: the first failure ends it, and nothing is
 * written. Only one that is not valid is gone through again, with room for notes, to tell
 * all that is wrong with it. Both are the same functions: note() writes only where
 * validation->notes is not NULL. */
#ifndef CORE_SCHEMA_VALIDATION_H
#define CORE_SCHEMA_VALIDATION_H

#include "core/arena.h"
#include "core/schema/equality.h"
#include "core/schema/node.h"
#include "core/writer.h"

struct notes;

struct validation {
    struct arena *arena; /* scratch, given back */
    struct notes *notes; /* NULL: only the answer is wanted */
    uint64_t work_left;
    uint32_t depth;
    bool is_stopped; /* a limit was reached: everything fails from here */
    bool out_of_memory;
};

/* One schema being applied to one value: the dynamic scope (Core, section 7.1), and the path
 * to both ends. Which of keyword, name and index are meaningful depends on the keyword. */
struct frame {
    const struct frame *outer; /* NULL: the whole schema and instance */
    const struct node *node;
    enum keyword keyword;          /* of outer->node, that led here */
    uint32_t index;                /* of an item of the instance, or of a schema in a list */
    struct text name;              /* of a member of the instance, or of a schema in a map */
    const struct pattern *pattern; /* patternProperties: which of them */
};

/* Which members or items of one instance were evaluated (Core, section 11). */
struct evaluated {
    bool all;
    uint64_t few;    /* the bits where 64 suffice */
    uint64_t *words; /* &few, or memory of the arena */
    uint32_t word_count;
};

static inline void evaluated_add(struct evaluated *evaluated, uint32_t index)
{
    if (evaluated != NULL)
        evaluated->words[index / 64] |= UINT64_C(1) << index % 64;
}

static inline bool evaluated_has(const struct evaluated *evaluated, uint32_t index)
{
    return evaluated->all || (evaluated->words[index / 64] >> index % 64 & 1) != 0;
}

/* False where one failure suffices: the caller need not go on. */
static inline bool goes_on(const struct validation *validation, bool valid)
{
    return valid || (validation->notes != NULL && !validation->is_stopped);
}

/* Everything fails from here. */
static inline void stop(struct validation *validation)
{
    validation->is_stopped = true;
    validation->work_left = 0;
}

/* Takes steps; false, and the validation ends, when they are not left. */
static inline bool take_work(struct validation *validation, uint64_t steps)
{
    if (steps > validation->work_left) {
        stop(validation);
        return false;
    }
    validation->work_left -= steps;
    return true;
}

static inline void stop_without_memory(struct validation *validation)
{
    validation->out_of_memory = true;
    stop(validation);
}

/* The type that "type" would name; of a double, whatever its value. */
static inline unsigned type_bit(struct json value)
{
    static const uint8_t bits[] = {
        [JSON_NULL] = TYPE_NULL,     [JSON_FALSE] = TYPE_BOOLEAN, [JSON_TRUE] = TYPE_BOOLEAN,
        [JSON_INT] = TYPE_INTEGER,   [JSON_UINT] = TYPE_INTEGER,  [JSON_DOUBLE] = TYPE_NUMBER,
        [JSON_STRING] = TYPE_STRING, [JSON_ARRAY] = TYPE_ARRAY,   [JSON_OBJECT] = TYPE_OBJECT,
    };
    return bits[value.type];
}

/* Whether notes are taken; `is_told(v) && note(v, ...)` spares what a message costs. */
static inline bool is_told(const struct validation *validation)
{
    return validation->notes != NULL;
}

/* What the node's `sure` says (node.h). */
static inline bool is_surely_valid(const struct node *node, struct json value)
{
    const struct sure *sure = &node->sure;
    if ((sure->types & type_bit(value)) != 0)
        return true;
    if (value.type == JSON_INT)
        return value.as.integer >= sure->integer_from && value.as.integer <= sure->integer_to;
    if (value.type == JSON_DOUBLE)
        return value.as.number >= sure->double_from && value.as.number <= sure->double_to;
    return value.type == JSON_STRING && value.count >= sure->string_size_from &&
           value.count <= sure->string_size_to;
}

/* Where nobody reads the path that leads through it, a lone "$ref" is what it refers to. */
static inline const struct node *node_behind(const struct validation *validation,
                                             const struct node *node)
{
    return node->alias == NULL || is_told(validation) ? node : node->alias;
}

/* --- validate.c: a node, applied to a value --------------------------------------------- */

/* `evaluated` is of the instance, or NULL where nobody asks for it. */
bool validate_node(struct validation *validation, const struct frame *frame, struct json instance,
                   struct evaluated *evaluated);

/* The same of an instance that is_surely_valid does not know to be valid. */
bool validate_closely(struct validation *validation, const struct frame *frame,
                      struct json instance, struct evaluated *evaluated);

/* The same without notes: whether it is valid, where that need not be. */
bool validate_quietly(struct validation *validation, const struct frame *frame,
                      struct json instance, struct evaluated *evaluated);

/* Whether the pattern matches anywhere in `text`. */
bool pattern_matches(struct validation *validation, const struct pattern *pattern,
                     struct text text);

/* --- validate_array.c, validate_object.c, validate_in_place.c ----------------------------- */

bool validate_array(struct validation *validation, const struct frame *frame, struct json instance,
                    struct evaluated *evaluated);
bool validate_object(struct validation *validation, const struct frame *frame, struct json instance,
                     struct evaluated *evaluated);
bool validate_in_place(struct validation *validation, const struct frame *frame,
                       struct json instance, struct evaluated *evaluated);
bool validate_unevaluated(struct validation *validation, const struct frame *frame,
                          struct json instance, const struct evaluated *evaluated);

/* An empty set for the parts of `instance`; ends with evaluated_end. False: no memory. */
bool evaluated_begin(struct validation *validation, struct evaluated *evaluated,
                     struct json instance, struct arena_mark *mark);
void evaluated_merge(struct evaluated *into, const struct evaluated *from);

/* --- note.c: what is wrong ------------------------------------------------------------------- */

enum { NOTE_PATH_SIZE_MAX = 256, NOTE_MESSAGE_SIZE_MAX = 512 };

/* A failure under construction. */
struct one_note {
    char instance_path[NOTE_PATH_SIZE_MAX];
    char schema_path[NOTE_PATH_SIZE_MAX];
    char message[NOTE_MESSAGE_SIZE_MAX];
    uint32_t depth; /* of the value in the instance */
    enum keyword keyword;
};

struct notes {
    uint32_t count;
    struct one_note items[SCHEMA_FAILURES_MAX];
};

/* Notes that the value of `frame` breaks `keyword`; always false. `format` is ours. */
bool note(struct validation *validation, const struct frame *frame, enum keyword keyword,
          const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The same with a message that has been written; what overflowed is cut. */
bool note_written(struct validation *validation, const struct frame *frame, enum keyword keyword,
                  const struct writer *message);

/* How deep in the instance the value of a frame is. */
uint32_t frame_depth(const struct frame *frame);

/* A value as a message shows it: itself where it is short, otherwise what it is. */
enum { SHOWN_SIZE = TEXT_SHOWN_MAX * 6 + 8 };
struct shown {
    char text[SHOWN_SIZE];
};
struct shown show(struct json value);

#endif
