/* text.h - bytes with a length: UTF-8 text that may hold NUL and need not end in one.
 *
 * A text owns nothing: the bytes belong to an arena, a literal or a buffer that
 * outlives it. `data` may be NULL only where size is 0; an absent text is TEXT_NONE. */
#ifndef CORE_TEXT_H
#define CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct arena;

struct text {
    const char *data;
    size_t size; /* bytes */
};

#define TEXT_NONE     ((struct text){NULL, 0})
#define TEXT(literal) ((struct text){"" literal, sizeof(literal) - 1})

/* The same for static tables, in which C17 allows no compound literal. */
#define TEXT_INIT(literal)              \
    {                                   \
        "" literal, sizeof(literal) - 1 \
    }

/* For printf: printf("%.*s", TEXT_ARGS(name)). Cuts at a NUL, as printf does. */
#define TEXT_ARGS(text) (int)(text).size, (text).data == NULL ? "" : (text).data

static inline struct text text_of(const char *string)
{
    return (struct text){string, string == NULL ? 0 : strlen(string)};
}

static inline bool text_equal(struct text a, struct text b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static inline bool text_is(struct text text, const char *string)
{
    return text_equal(text, text_of(string));
}

static inline bool text_starts_with(struct text text, const char *prefix)
{
    size_t size = strlen(prefix);
    return text.size >= size && (size == 0 || memcmp(text.data, prefix, size) == 0);
}

static inline bool text_ends_with(struct text text, const char *suffix)
{
    size_t size = strlen(suffix);
    return text.size >= size &&
           (size == 0 || memcmp(text.data + text.size - size, suffix, size) == 0);
}

/* Byte order: less than, equal to, greater than zero as strcmp. */
int text_compare(struct text a, struct text b);

/* A copy in the arena with a NUL behind it (not counted), or TEXT_NONE with data
 * NULL when the arena is full. Copying an empty text gives a non-NULL data. */
struct text text_copy(struct arena *arena, struct text text);

/* A text as a message shows it: in quotes, cut in the middle of nothing and ended by "..."
 * after TEXT_SHOWN_MAX bytes; control characters and bytes that are not UTF-8 stand as
 * escapes (\n, \u001b, \xff), so that what came from outside cannot write to a terminal
 * or forge a line of the log. For a printf: text_show(name).quoted */
enum { TEXT_SHOWN_MAX = 60 };
struct text_shown {
    char quoted[TEXT_SHOWN_MAX * 6 + 8];
};
struct text_shown text_show(struct text text);

/* The candidate nearest to `word` by edit distance, for "did you mean": an index,
 * or -1 when none is near: more than a third of the word (at least one edit is allowed) would
 * have to change, or the word is a single byte. */
int text_nearest(struct text word, const struct text *candidates, size_t count);

#endif
