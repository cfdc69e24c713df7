/* Whatever json_parse takes: the path of every value in it leads to a place whose text is
 * that value again, and its name's place to that name. A path made of anything, in a text
 * that is anything, leads nowhere outside of the text. */
#include <stdint.h>
#include <stdlib.h>

#include "adapters/json/json_locate.h"
#include "adapters/json/json_parse.h"
#include "core/arena.h"
#include "core/writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Values of one document that are looked for, and the longest path: finding each anew
 * takes time by the square. */
enum { VALUES_MAX = 200, PATH_SIZE_MAX = 4096 };

struct walk {
    struct arena *arena;
    struct text text;
    char path[PATH_SIZE_MAX];
    size_t values;
};

static void check(bool holds)
{
    if (!holds)
        abort();
}

static struct json parse(struct walk *walk, struct text text)
{
    struct json value = json_null();
    struct error error;
    check(json_parse(walk->arena, text, JSON_LIMITS_DEFAULT, &value, &error) == STATUS_OK);
    return value;
}

/* The name's literal, which ends before the colon. */
static void check_key(struct walk *walk, struct json_place place, struct text name)
{
    size_t end = place.value - 1;
    while (walk->text.data[end] != ':')
        end--;
    struct json key = parse(walk, (struct text){walk->text.data + place.key, end - place.key});
    check(key.type == JSON_STRING && text_equal(json_text(key), name));
}

static void walk_value(struct walk *walk, size_t path_size, struct json value, struct text name)
{
    struct json_place place;
    if (walk->values++ == VALUES_MAX)
        return;
    check(json_locate(walk->text, (struct text){walk->path, path_size}, &place));
    struct text found = {walk->text.data + place.value, place.end - place.value};
    check(json_equal(parse(walk, found), value));
    if (name.data != NULL)
        check_key(walk, place, name);

    bool is_object = value.type == JSON_OBJECT;
    for (uint32_t i = 0; (is_object || value.type == JSON_ARRAY) && i < value.count; i++) {
        struct writer writer;
        writer_init(&writer, walk->path + path_size, sizeof walk->path - path_size);
        writer_char(&writer, '[');
        if (is_object)
            json_write_string(&writer, value.as.members[i].name);
        else
            writer_uint64(&writer, i);
        writer_char(&writer, ']');
        if (!writer.overflowed)
            walk_value(walk, path_size + writer.size,
                       is_object ? value.as.members[i].value : value.as.items[i],
                       is_object ? value.as.members[i].name : TEXT_NONE);
    }
}

/* The text's second half as a path into its first. */
static void check_anything(struct text text)
{
    struct text document = {text.data, text.size / 2};
    struct text path = {text.data + text.size / 2, text.size - text.size / 2};
    struct json_place place;
    json_locate(document, path, &place);
    check(place.key <= place.value && place.value <= place.end && place.end <= document.size);
    if (document.size > 0) {
        struct text_position inside = {(uint32_t)text.size % 3, (uint32_t)text.size % 7};
        check(json_locate_inside(document, 0, inside) <= document.size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct walk walk = {.arena = arena_create((size_t)256 * 1024 * 1024),
                        .text = {(const char *)data, size},
                        .path = "$"};
    struct json value;
    struct error error;
    check_anything(walk.text);
    if (json_parse(walk.arena, walk.text, JSON_LIMITS_DEFAULT, &value, &error) == STATUS_OK)
        walk_value(&walk, 1, value, TEXT_NONE);
    arena_destroy(walk.arena);
    return 0;
}
