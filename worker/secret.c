#include "worker/secret.h"

#include <string.h>

#include "core/arena.h"
#include "core/writer.h"
#include "worker/databases.h"

/* A conninfo is short; what is longer is not shown. */
enum { CONNINFO_SIZE_MAX = 64 * 1024 };

bool secret_is_property(const char *name)
{
    static const char *const whole[] = {"ssl.key.pem", "ssl_key", "sasl.oauthbearer.config", NULL};
    for (size_t i = 0; whole[i] != NULL; i++) {
        if (strcmp(name, whole[i]) == 0)
            return true;
    }
    return strstr(name, "password") != NULL || strstr(name, "secret") != NULL;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Whether a key, percent-encoded as URLs may have it, is one for a password. */
static bool is_password_key(struct text key)
{
    char decoded[32];
    size_t size = 0;
    for (size_t i = 0; i < key.size; i++) {
        if (size == sizeof decoded)
            return false; /* longer than any key that libpq knows */
        char c = key.data[i];
        if (c == '%' && i + 2 < key.size && hex_value(key.data[i + 1]) >= 0 &&
            hex_value(key.data[i + 2]) >= 0) {
            c = (char)(hex_value(key.data[i + 1]) * 16 + hex_value(key.data[i + 2]));
            i += 2;
        }
        decoded[size++] = c;
    }
    struct text name = {decoded, size};
    return text_is(name, "password") || text_is(name, "sslpassword");
}

static const char spaces[] = " \t\r\n\f\v";

/* strchr finds the NUL at the end of a set; a text may hold one. */
static bool is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

static size_t find(struct text text, size_t from, const char *stops)
{
    while (from < text.size && !is_one_of(text.data[from], stops))
        from++;
    return from;
}

static struct text part(struct text text, size_t from, size_t to)
{
    return (struct text){text.data + from, to - from};
}

static size_t copy_user(struct writer *out, struct text url, size_t at)
{
    /* The last "@", and past a "/" too: a password that should have been encoded and was
     * not is no URL that libpq reads, but it is a password. */
    size_t user_end = find(url, at, "?");
    while (user_end > at && url.data[user_end - 1] != '@')
        user_end--;
    if (user_end == at)
        return at;
    size_t colon = at;
    while (colon < user_end && url.data[colon] != ':')
        colon++;
    writer_text(out, part(url, at, colon < user_end ? colon : user_end));
    if (colon < user_end)
        writer_string(out, ":" SECRET_MASK "@");
    return user_end;
}

static void copy_parameters(struct writer *out, struct text url, size_t at)
{
    while (at < url.size) {
        size_t end = find(url, at + 1, "&");
        size_t equals = find(url, at, "=");
        if (equals < end && is_password_key(part(url, at + 1, equals))) {
            writer_text(out, part(url, at, equals + 1));
            writer_string(out, SECRET_MASK);
        } else {
            writer_text(out, part(url, at, end));
        }
        at = end;
    }
}

/* "me:se?cret@host": libpq takes all before the "@" for user and password, people what follows
 * the "?" for parameters. */
static bool is_ambiguous(struct text url, size_t at)
{
    size_t end = find(url, at, "@/");
    return end < url.size && url.data[end] == '@' && find(url, at, "?") < end;
}

static void mask_url(struct writer *out, struct text url, size_t scheme_size)
{
    writer_text(out, part(url, 0, scheme_size));
    if (is_ambiguous(url, scheme_size)) {
        writer_string(out, SECRET_MASK);
        return;
    }
    size_t at = copy_user(out, url, scheme_size);
    size_t parameters = find(url, at, "?");
    writer_text(out, part(url, at, parameters));
    copy_parameters(out, url, parameters);
}

/* Past a value of `key = value`: bare up to a space, or in single quotes; a backslash
 * takes the next character as it is (libpq, 34.1.1.1). 0: the quotes do not end. */
static size_t skip_value(struct text text, size_t at)
{
    bool quoted = at < text.size && text.data[at] == '\'';
    if (quoted)
        at++;
    for (; at < text.size; at++) {
        char c = text.data[at];
        if (c == '\\' && at + 1 < text.size)
            at++;
        else if (quoted && c == '\'')
            return at + 1;
        else if (!quoted && is_one_of(c, spaces))
            return at;
    }
    return quoted ? 0 : at;
}

static size_t skip_spaces(struct text text, size_t at)
{
    while (at < text.size && is_one_of(text.data[at], spaces))
        at++;
    return at;
}

/* No key word is or has one: what was meant is not known, nor where its password is. */
static bool is_url_inside(struct text pair)
{
    for (size_t at = find(pair, 0, ":"); at + 2 < pair.size; at = find(pair, at + 1, ":")) {
        if (pair.data[at + 1] == '/' && pair.data[at + 2] == '/')
            return true;
    }
    return false;
}

/* False when it is no sequence of `key = value`. */
static bool mask_keywords(struct writer *out, struct text text)
{
    for (size_t at = skip_spaces(text, 0); at < text.size; at = skip_spaces(text, at)) {
        size_t key_end = find(text, at, "= \t\r\n\f\v");
        size_t equals = skip_spaces(text, key_end);
        if (equals == text.size || text.data[equals] != '=')
            return false;
        size_t value = skip_spaces(text, equals + 1);
        size_t end = skip_value(text, value);
        if (end == 0)
            return false;
        struct text key = part(text, at, key_end);
        if (is_url_inside(part(text, at, end)))
            return false;
        if (out->size > 0)
            writer_char(out, ' ');
        writer_text(out, key);
        writer_char(out, '=');
        if (is_password_key(key))
            writer_string(out, SECRET_MASK);
        else
            writer_text(out, part(text, value, end));
        at = end;
    }
    return true;
}

enum status secret_mask_conninfo(struct arena *arena, struct text conninfo, struct text *out)
{
    static const char *const schemes[] = {"postgresql://", "postgres://", NULL};
    struct writer writer;
    writer_init_arena(&writer, arena, CONNINFO_SIZE_MAX);
    bool understood = false;
    for (size_t i = 0; schemes[i] != NULL && !understood; i++) {
        if (text_starts_with(conninfo, schemes[i])) {
            mask_url(&writer, conninfo, strlen(schemes[i]));
            understood = true;
        }
    }
    if (!understood && !mask_keywords(&writer, conninfo)) {
        *out = text_of(SECRET_MASK);
        return STATUS_OK;
    }
    if (writer.overflowed)
        return STATUS_FATAL;
    *out = writer_result(&writer);
    return STATUS_OK;
}

/* One "0-7=postgresql://…" of the list. */
static enum status mask_entry(struct arena *arena, struct writer *out, struct text entry)
{
    struct text shown;
    size_t url = 0; /* behind the lanes and their "=" */
    while (url < entry.size && is_one_of(entry.data[url], "0123456789,-"))
        url++;
    url = url < entry.size && entry.data[url] == '=' ? url + 1 : 0;
    if (secret_mask_conninfo(arena, part(entry, url, entry.size), &shown) != STATUS_OK)
        return STATUS_FATAL;
    if (out->size > 0)
        writer_char(out, ' ');
    writer_text(out, part(entry, 0, url));
    writer_text(out, shown);
    return STATUS_OK;
}

enum status secret_mask_databases(struct arena *arena, struct text value, struct text *out)
{
    struct writer writer;
    if (!databases_is_list(value))
        return secret_mask_conninfo(arena, value, out);
    writer_init_arena(&writer, arena, DATABASES_MAX * (size_t)CONNINFO_SIZE_MAX);
    for (size_t at = skip_spaces(value, 0); at < value.size; at = skip_spaces(value, at)) {
        size_t end = find(value, at, spaces);
        if (mask_entry(arena, &writer, part(value, at, end)) != STATUS_OK)
            return STATUS_FATAL;
        at = end;
    }
    if (writer.overflowed)
        return STATUS_FATAL;
    *out = writer_result(&writer);
    return STATUS_OK;
}
