#include "core/orchestration/event.h"

#include "core/arena.h"
#include "core/utf8.h"
#include "core/words.h"

/* specversion, id, source, type, subject, time, datacontenttype, dataschema, data. */
enum { ATTRIBUTE_COUNT = 9 };

static bool is_printable_ascii(uint64_t word)
{
    return (word_not_ascii(word) | word_below(word, 0x20) | word_equal(word, 0x7F)) == 0;
}

size_t event_text_valid_prefix(struct text text)
{
    size_t at = 0;
    while (at < text.size) {
        if (text.size - at >= WORD_SIZE && is_printable_ascii(word_load(text.data + at))) {
            at += WORD_SIZE;
            continue;
        }
        size_t next = at;
        uint32_t code_point = utf8_next(text, &next);
        bool is_control = code_point < 0x20 || (code_point >= 0x7F && code_point <= 0x9F);
        bool is_noncharacter =
            (code_point & 0xFFFE) == 0xFFFE || (code_point >= 0xFDD0 && code_point <= 0xFDEF);
        if (is_control || is_noncharacter)
            break;
        at = next;
    }
    return at;
}

struct text event_extension(const struct event *event, const char *name)
{
    return json_get_string(event->extensions, name);
}

static size_t add_present(struct json_member *members, size_t count, struct text name,
                          struct text value)
{
    if (value.data == NULL)
        return count;
    members[count] = (struct json_member){name, json_string(value)};
    return count + 1;
}

bool event_to_json(const struct event *event, bool for_expressions, struct arena *arena,
                   struct json *out)
{
    size_t extensions = event->extensions.type == JSON_OBJECT ? event->extensions.count : 0;
    struct json_member *members =
        arena_alloc_array(arena, ATTRIBUTE_COUNT + extensions, sizeof *members);
    if (members == NULL)
        return false;

    size_t count = 0;
    if (!for_expressions)
        count = add_present(members, count, TEXT("specversion"), TEXT("1.0"));
    count = add_present(members, count, TEXT("id"), event->id);
    count = add_present(members, count, TEXT("source"), event->source);
    count = add_present(members, count, TEXT("type"), event->type);
    count = add_present(members, count, TEXT("subject"), event->subject);
    count = add_present(members, count, TEXT("time"), event->time);
    count = add_present(members, count, TEXT("datacontenttype"), event->datacontenttype);
    count = add_present(members, count, TEXT("dataschema"), event->dataschema);
    if (extensions > 0)
        memcpy(members + count, event->extensions.as.members, extensions * sizeof *members);
    count += extensions;
    if (event->has_data)
        members[count++] = JSON_MEMBER("data", event->data);
    *out = json_object(members, count);
    return true;
}
