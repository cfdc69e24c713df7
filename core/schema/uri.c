#include "core/schema/uri.h"

#include "core/arena.h"
#include "core/schema/format.h"
#include "core/writer.h"

/* --- Parts (section 3, Appendix B) ---------------------------------------------------- */

static void skip(struct text *rest, size_t size)
{
    rest->data += size;
    rest->size -= size;
}

/* The bytes of `rest` before the first that is in `ends`, which are taken from it. */
static struct text take_until(struct text *rest, const char *ends)
{
    size_t size = 0;
    while (size < rest->size &&
           (rest->data[size] == '\0' || strchr(ends, rest->data[size]) == NULL))
        size++;
    struct text taken = {rest->data, size};
    if (size > 0)
        skip(rest, size);
    return taken;
}

struct uri uri_split(struct text text)
{
    struct uri uri = {.scheme = TEXT_NONE, .authority = TEXT_NONE, .query = TEXT_NONE};
    struct text rest = text.data == NULL ? TEXT("") : text;
    struct text before = rest;
    struct text scheme = take_until(&rest, ":/?#");
    if (scheme.size > 0 && text_starts_with(rest, ":")) {
        uri.scheme = scheme;
        skip(&rest, 1);
    } else {
        rest = before;
    }
    if (text_starts_with(rest, "//")) {
        skip(&rest, 2);
        uri.authority = take_until(&rest, "/?#");
    }
    uri.path = take_until(&rest, "?#");
    if (text_starts_with(rest, "?")) {
        skip(&rest, 1);
        uri.query = take_until(&rest, "#");
    }
    if (text_starts_with(rest, "#")) {
        skip(&rest, 1);
        uri.fragment = rest;
    }
    return uri;
}

struct text uri_without_fragment(struct text text)
{
    return take_until(&text, "#");
}

/* --- Grammar (Appendix A) --------------------------------------------------------------- */

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

#define UNRESERVED_MARKS "-._~"
#define SUB_DELIMS       "!$&'()*+,;="

/* Unreserved characters, sub-delims, percent-encoded bytes, and those of `more`. */
static bool is_made_of(struct text text, const char *more)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (c == '%') {
            if (text.size - i < 3 || !is_hex(text.data[i + 1]) || !is_hex(text.data[i + 2]))
                return false;
            i += 2;
        } else if (!is_alpha(c) && !is_digit(c) && !is_one_of(c, UNRESERVED_MARKS SUB_DELIMS) &&
                   !is_one_of(c, more)) {
            return false;
        }
    }
    return true;
}

static bool scheme_is_valid(struct text scheme)
{
    for (size_t i = 0; i < scheme.size; i++) {
        char c = scheme.data[i];
        if (!is_alpha(c) && (i == 0 || (!is_digit(c) && !is_one_of(c, "+-."))))
            return false;
    }
    return scheme.size > 0;
}

/* What is between the brackets of a host: an IPv6 address, or "v1.x". */
static bool ip_literal_is_valid(struct text literal)
{
    if (literal.size > 0 && is_one_of(literal.data[0], "vV")) {
        skip(&literal, 1);
        struct text version = take_until(&literal, ".");
        for (size_t i = 0; i < version.size; i++) {
            if (!is_hex(version.data[i]))
                return false;
        }
        return version.size > 0 && literal.size > 1 && is_made_of(literal, ":") &&
               memchr(literal.data, '%', literal.size) == NULL;
    }
    return format_check(FORMAT_IPV6, literal);
}

static bool port_is_valid(struct text port)
{
    for (size_t i = 0; i < port.size; i++) {
        if (!is_digit(port.data[i]))
            return false;
    }
    return true;
}

static bool authority_is_valid(struct text authority)
{
    struct text rest = authority;
    struct text user = take_until(&rest, "@");
    if (rest.size > 0) {
        if (!is_made_of(user, ":"))
            return false;
        skip(&rest, 1);
    } else {
        rest = authority;
    }
    struct text host;
    if (text_starts_with(rest, "[")) {
        skip(&rest, 1);
        host = take_until(&rest, "]");
        if (rest.size == 0 || !ip_literal_is_valid(host))
            return false;
        skip(&rest, 1);
    } else {
        host = take_until(&rest, ":");
        if (!is_made_of(host, ""))
            return false;
    }
    if (rest.size == 0)
        return true;
    if (rest.data[0] != ':')
        return false;
    skip(&rest, 1);
    return port_is_valid(rest);
}

/* A path begins with "/" behind an authority, and not with "//" without one; that of a
 * relative reference has no colon in its first segment, which would be a scheme. */
static bool path_is_valid(const struct uri *uri)
{
    if (!is_made_of(uri->path, ":@/"))
        return false;
    if (uri->authority.data != NULL)
        return uri->path.size == 0 || uri->path.data[0] == '/';
    if (uri->scheme.data != NULL)
        return !text_starts_with(uri->path, "//");
    struct text rest = uri->path;
    struct text first = take_until(&rest, "/");
    return !text_starts_with(uri->path, "//") &&
           (first.size == 0 || memchr(first.data, ':', first.size) == NULL);
}

bool uri_is_valid(struct text text, bool is_reference)
{
    struct uri uri = uri_split(text);
    if (uri.scheme.data == NULL ? !is_reference : !scheme_is_valid(uri.scheme))
        return false;
    if (uri.authority.data != NULL && !authority_is_valid(uri.authority))
        return false;
    return path_is_valid(&uri) && is_made_of(uri.query, ":@/?") && is_made_of(uri.fragment, ":@/?");
}

/* --- Resolving (section 5.2) --------------------------------------------------------------- */

/* Takes the last segment and its "/" off what is written. */
static void remove_last_segment(struct writer *writer, size_t path_start)
{
    while (writer->size > path_start && writer->data[writer->size - 1] != '/')
        writer->size--;
    if (writer->size > path_start)
        writer->size--;
}

/* Section 5.2.4: the path without its dot segments. */
static void write_without_dots(struct writer *writer, struct text path)
{
    size_t path_start = writer->size;
    while (path.size > 0) {
        if (text_starts_with(path, "../")) {
            skip(&path, 3);
        } else if (text_starts_with(path, "./")) {
            skip(&path, 2);
        } else if (text_starts_with(path, "/./")) {
            skip(&path, 2);
        } else if (text_is(path, "/.")) {
            path = TEXT("/");
        } else if (text_starts_with(path, "/../")) {
            skip(&path, 3);
            remove_last_segment(writer, path_start);
        } else if (text_is(path, "/..")) {
            path = TEXT("/");
            remove_last_segment(writer, path_start);
        } else if (text_is(path, ".") || text_is(path, "..")) {
            return;
        } else {
            writer_char(writer, path.data[0]);
            skip(&path, 1);
            writer_text(writer, take_until(&path, "/"));
        }
    }
}

/* Section 5.2.3: `path` beside the last segment of the base's. */
static bool merge_paths(struct arena *arena, const struct uri *base, struct text path,
                        struct text *out)
{
    struct writer writer;
    writer_init_arena(&writer, arena, SIZE_MAX);
    size_t kept = base->path.size;
    while (kept > 0 && base->path.data[kept - 1] != '/')
        kept--;
    if (base->authority.data != NULL && base->path.size == 0)
        writer_char(&writer, '/');
    writer_text(&writer, (struct text){base->path.data, kept});
    writer_text(&writer, path);
    *out = writer_result(&writer);
    return !writer.overflowed;
}

/* Section 5.3. */
static bool recompose(struct arena *arena, const struct uri *uri, struct text *out)
{
    struct writer writer;
    writer_init_arena(&writer, arena, SIZE_MAX);
    if (uri->scheme.data != NULL) {
        writer_text(&writer, uri->scheme);
        writer_char(&writer, ':');
    }
    if (uri->authority.data != NULL) {
        writer_string(&writer, "//");
        writer_text(&writer, uri->authority);
    }
    write_without_dots(&writer, uri->path);
    if (uri->query.data != NULL) {
        writer_char(&writer, '?');
        writer_text(&writer, uri->query);
    }
    if (uri->fragment.data != NULL) {
        writer_char(&writer, '#');
        writer_text(&writer, uri->fragment);
    }
    *out = writer.size == 0 ? TEXT("") : writer_result(&writer);
    return !writer.overflowed;
}

/* Section 5.2.2, "Transform References". */
bool uri_resolve(struct arena *arena, struct text base_text, struct text reference,
                 struct text *out)
{
    struct uri base = uri_split(base_text), target = uri_split(reference);
    if (target.scheme.data != NULL)
        return recompose(arena, &target, out);
    target.scheme = base.scheme;
    if (target.authority.data != NULL)
        return recompose(arena, &target, out);
    target.authority = base.authority;
    if (target.path.size == 0) {
        target.path = base.path;
        if (target.query.data == NULL)
            target.query = base.query;
    } else if (target.path.data[0] != '/' &&
               !merge_paths(arena, &base, target.path, &target.path)) {
        return false;
    }
    return recompose(arena, &target, out);
}

static int hex_value(char c)
{
    return is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
}

bool uri_decode(struct arena *arena, struct text text, struct text *out)
{
    char *bytes = arena_alloc(arena, text.size);
    if (bytes == NULL)
        return false;
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (c == '%' && text.size - i >= 3 && is_hex(text.data[i + 1]) &&
            is_hex(text.data[i + 2])) {
            c = (char)(hex_value(text.data[i + 1]) << 4 | hex_value(text.data[i + 2]));
            i += 2;
        }
        bytes[size++] = c;
    }
    *out = (struct text){bytes, size};
    return true;
}
