/* note.c - what is wrong, for people: where in the instance, by which keyword, and what was
 * expected. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/schema/validation.h"
#include "core/utf8.h"

/* --- Values in messages --------------------------------------------------------------------- */

struct shown show(struct json value)
{
    struct shown shown;
    struct writer writer;
    writer_init(&writer, shown.text, sizeof shown.text - 1);
    if (value.type == JSON_STRING)
        writer_string(&writer, text_show(json_text(value)).quoted);
    else if (value.type == JSON_ARRAY && value.count > 0)
        writer_format(&writer, "an array of %u", (unsigned)value.count);
    else if (value.type == JSON_OBJECT && value.count > 0)
        writer_string(&writer, "an object");
    else
        json_write(&writer, value);
    shown.text[writer.size] = '\0';
    return shown;
}

/* --- Paths: JSON Pointers, from the outermost frame inwards ----------------------------------- */

static bool is_member(enum keyword keyword)
{
    return keyword == KEYWORD_PROPERTIES || keyword == KEYWORD_PATTERN_PROPERTIES ||
           keyword == KEYWORD_ADDITIONAL_PROPERTIES || keyword == KEYWORD_UNEVALUATED_PROPERTIES;
}

static bool is_item(enum keyword keyword)
{
    return keyword == KEYWORD_PREFIX_ITEMS || keyword == KEYWORD_ITEMS ||
           keyword == KEYWORD_CONTAINS || keyword == KEYWORD_UNEVALUATED_ITEMS;
}

uint32_t frame_depth(const struct frame *frame)
{
    uint32_t depth = 0;
    for (; frame != NULL; frame = frame->outer)
        depth += is_member(frame->keyword) || is_item(frame->keyword);
    return depth;
}

/* RFC 6901, section 3. */
static void write_token(struct writer *writer, struct text token)
{
    writer_char(writer, '/');
    for (size_t i = 0; i < token.size; i++) {
        char c = token.data[i];
        if (c == '~' || c == '/')
            writer_string(writer, c == '~' ? "~0" : "~1");
        else
            writer_char(writer, c);
    }
}

static void write_index(struct writer *writer, uint32_t index)
{
    writer_char(writer, '/');
    writer_uint64(writer, index);
}

/* At most SCHEMA_DEPTH_MAX frames lie inside one another. */
static void write_instance_path(struct writer *writer, const struct frame *frame)
{
    if (frame == NULL)
        return;
    write_instance_path(writer, frame->outer);
    if (is_member(frame->keyword))
        write_token(writer, frame->name);
    if (is_item(frame->keyword))
        write_index(writer, frame->index);
}

/* The name in a keyword's map of schemas. */
static struct text schema_name(const struct frame *frame)
{
    if (frame->keyword == KEYWORD_PATTERN_PROPERTIES)
        return frame->outer->node->objects->patterns[frame->index].pattern.source;
    return frame->name;
}

static void write_schema_path(struct writer *writer, const struct frame *frame)
{
    if (frame == NULL || frame->outer == NULL)
        return;
    write_schema_path(writer, frame->outer);
    write_token(writer, text_of(keyword_row(frame->keyword)->name));
    switch (keyword_row(frame->keyword)->shape) {
    case SHAPE_SCHEMA_LIST: write_index(writer, frame->index); break;
    case SHAPE_SCHEMA_MAP: write_token(writer, schema_name(frame)); break;
    case SHAPE_VALUE:
    case SHAPE_SCHEMA: break;
    }
}

/* --- Notes --------------------------------------------------------------------------------------- */

/* What was cut at the end of a buffer ends in "...", and not within a character. */
static void end_text(char *buffer, size_t size, const struct writer *writer)
{
    static const char cut[] = "...";
    size_t end = writer->size;
    if (writer->overflowed) {
        end = size - sizeof cut;
        end = utf8_valid_prefix((struct text){buffer, end < writer->size ? end : writer->size});
        memcpy(buffer + end, cut, sizeof cut - 1);
        end += sizeof cut - 1;
    }
    buffer[end] = '\0';
}

/* The names of members come from outside: what would write to a terminal is shown. */
static void end_path(char path[NOTE_PATH_SIZE_MAX], const struct writer *writer)
{
    end_text(path, NOTE_PATH_SIZE_MAX, writer);
    for (char *c = path; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7F)
            *c = '?';
    }
}

/* What is wrong with a name is told of the object that has it. */
static const struct frame *name_frame(const struct frame *frame)
{
    while (frame != NULL && frame->keyword != KEYWORD_PROPERTY_NAMES)
        frame = frame->outer;
    return frame;
}

bool note_written(struct validation *validation, const struct frame *frame, enum keyword keyword,
                  const struct writer *message)
{
    struct notes *notes = validation->notes;
    if (notes == NULL || notes->count == SCHEMA_FAILURES_MAX)
        return false;
    struct one_note *item = &notes->items[notes->count++];
    struct writer writer;
    item->keyword = keyword;
    item->depth = frame_depth(frame);
    writer_init(&writer, item->instance_path, NOTE_PATH_SIZE_MAX - 1);
    write_instance_path(&writer, frame);
    end_path(item->instance_path, &writer);
    writer_init(&writer, item->schema_path, NOTE_PATH_SIZE_MAX - 1);
    write_schema_path(&writer, frame);
    if (keyword != KEYWORD_NONE)
        write_token(&writer, text_of(keyword_row(keyword)->name));
    end_path(item->schema_path, &writer);
    writer_init(&writer, item->message, NOTE_MESSAGE_SIZE_MAX - 1);
    const struct frame *name = name_frame(frame);
    if (name != NULL)
        writer_format(&writer, "the name %s ", text_show(name->name).quoted);
    writer_text(&writer, writer_result(message));
    writer.overflowed |= message->overflowed;
    end_text(item->message, NOTE_MESSAGE_SIZE_MAX, &writer);
    return false;
}

bool note(struct validation *validation, const struct frame *frame, enum keyword keyword,
          const char *format, ...)
{
    if (validation->notes == NULL)
        return false;
    char buffer[NOTE_MESSAGE_SIZE_MAX];
    va_list args;
    va_start(args, format);
    int size = vsnprintf(buffer, sizeof buffer, format, args);
    va_end(args);
    struct writer message;
    writer_init(&message, buffer, sizeof buffer);
    message.overflowed = size < 0 || (size_t)size >= sizeof buffer;
    message.size = message.overflowed ? sizeof buffer - 1 : (size_t)size;
    return note_written(validation, frame, keyword, &message);
}
