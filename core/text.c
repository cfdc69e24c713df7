#include "core/text.h"

#include "core/arena.h"
#include "core/utf8.h"
#include "core/writer.h"

int text_compare(struct text a, struct text b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    int order = common == 0 ? 0 : memcmp(a.data, b.data, common);
    if (order != 0)
        return order;
    return (a.size > b.size) - (a.size < b.size);
}

struct text text_copy(struct arena *arena, struct text text)
{
    char *copy = arena_alloc_unset(arena, text.size + 1);
    if (copy == NULL)
        return TEXT_NONE;
    if (text.size > 0)
        memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    return (struct text){copy, text.size};
}

static void show_escape(struct writer *writer, const char *prefix, uint32_t number, int digits)
{
    writer_string(writer, prefix);
    for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4)
        writer_char(writer, "0123456789abcdef"[number >> shift & 0x0F]);
}

static void show_character(struct writer *writer, struct text character)
{
    size_t at = 0;
    uint32_t code_point = utf8_next(character, &at);
    if (code_point == '\n' || code_point == '\r' || code_point == '\t') {
        writer_string(writer, code_point == '\n' ? "\\n" : code_point == '\r' ? "\\r" : "\\t");
    } else if (code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0)) {
        show_escape(writer, "\\u", code_point, 4);
    } else {
        if (code_point == '"' || code_point == '\\')
            writer_char(writer, '\\');
        writer_text(writer, character);
    }
}

struct text_shown text_show(struct text text)
{
    struct text_shown shown;
    struct writer writer;
    writer_init(&writer, shown.quoted, sizeof shown.quoted);
    writer_char(&writer, '"');
    size_t at = 0;
    while (at < text.size) {
        struct text rest = {text.data + at, text.size - at};
        size_t size = utf8_sequence(rest);
        if (at + (size == 0 ? 1 : size) > TEXT_SHOWN_MAX)
            break;
        if (size == 0)
            show_escape(&writer, "\\x", (unsigned char)rest.data[0], 2);
        else
            show_character(&writer, (struct text){rest.data, size});
        at += size == 0 ? 1 : size;
    }
    writer_string(&writer, at < text.size ? "\"..." : "\"");
    writer_char(&writer, '\0');
    return shown;
}

/* Longer words are not compared: a name this long is no slip of the finger. */
enum { NEAREST_SIZE_MAX = 64 };

/* Edit distance in which swapping two neighbours counts as one edit (optimal string
 * alignment): what fingers do wrong is swap, miss, double and mistake a key. */
static size_t edit_distance(struct text a, struct text b)
{
    size_t rows[3][NEAREST_SIZE_MAX + 1];
    size_t *before = rows[0], *previous = rows[1], *current = rows[2];
    for (size_t j = 0; j <= b.size; j++)
        previous[j] = j;
    for (size_t i = 1; i <= a.size; i++) {
        current[0] = i;
        for (size_t j = 1; j <= b.size; j++) {
            size_t best = previous[j - 1] + (a.data[i - 1] != b.data[j - 1]);
            if (previous[j] + 1 < best)
                best = previous[j] + 1;
            if (current[j - 1] + 1 < best)
                best = current[j - 1] + 1;
            if (i > 1 && j > 1 && a.data[i - 1] == b.data[j - 2] &&
                a.data[i - 2] == b.data[j - 1] && before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            current[j] = best;
        }
        size_t *rotate = before;
        before = previous;
        previous = current;
        current = rotate;
    }
    return previous[b.size];
}

int text_nearest(struct text word, const struct text *candidates, size_t count)
{
    if (word.size < 2 || word.size > NEAREST_SIZE_MAX)
        return -1;
    int nearest = -1;
    size_t least = (word.size < 6 ? 1 : word.size / 3) + 1; /* one more than what is allowed */
    for (size_t i = 0; i < count; i++) {
        if (candidates[i].size > NEAREST_SIZE_MAX)
            continue;
        size_t distance = edit_distance(word, candidates[i]);
        if (distance < least) {
            least = distance;
            nearest = (int)i;
        }
    }
    return nearest;
}
