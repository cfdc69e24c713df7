/* format.c - names on the net, identifiers and pointers; dates are in format_time.c. */
#include "core/schema/format.h"

#include "core/schema/uri.h"

static const struct {
    const char *name;
    const char *phrase;
} rows[FORMAT_COUNT] = {
    [FORMAT_DATE_TIME] = {"date-time", "a date and time as \"2026-01-02T03:04:05Z\""},
    [FORMAT_DATE] = {"date", "a date as \"2026-01-02\""},
    [FORMAT_TIME] = {"time", "a time as \"03:04:05Z\""},
    [FORMAT_DURATION] = {"duration", "a duration as \"P3DT12H\""},
    [FORMAT_EMAIL] = {"email", "an email address"},
    [FORMAT_HOSTNAME] = {"hostname", "a host name"},
    [FORMAT_IPV4] = {"ipv4", "an IPv4 address as \"192.0.2.1\""},
    [FORMAT_IPV6] = {"ipv6", "an IPv6 address as \"2001:db8::1\""},
    [FORMAT_URI] = {"uri", "a URI as \"https://example.com/a\""},
    [FORMAT_URI_REFERENCE] = {"uri-reference", "a URI or a relative reference"},
    [FORMAT_UUID] = {"uuid", "a UUID as \"123e4567-e89b-12d3-a456-426614174000\""},
    [FORMAT_REGEX] = {"regex", "a regular expression (ECMA-262)"},
    [FORMAT_JSON_POINTER] = {"json-pointer", "a JSON Pointer as \"/a/0\""},
};

enum format format_find(struct text name)
{
    for (int i = 0; i < FORMAT_COUNT; i++) {
        if (text_is(name, rows[i].name))
            return (enum format)i;
    }
    return FORMAT_NONE;
}

const char *format_phrase(enum format format)
{
    return rows[format].phrase;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static struct text from(struct text text, size_t at)
{
    return (struct text){text.data + at, text.size - at};
}

static struct text first(struct text text, size_t size)
{
    return (struct text){text.data, size};
}

/* The bytes before the first `c`; all when there is none. */
static size_t size_before(struct text text, char c)
{
    const char *found = text.size == 0 ? NULL : memchr(text.data, c, text.size);
    return found == NULL ? text.size : (size_t)(found - text.data);
}

/* --- Hosts ------------------------------------------------------------------------------ */

/* RFC 1123, section 2.1: letters, digits and hyphens, no hyphen at an end. */
static bool is_label(struct text label)
{
    enum { LABEL_SIZE_MAX = 63 };
    if (label.size == 0 || label.size > LABEL_SIZE_MAX || label.data[0] == '-' ||
        label.data[label.size - 1] == '-')
        return false;
    for (size_t i = 0; i < label.size; i++) {
        char c = label.data[i];
        if (!is_letter(c) && !is_digit(c) && c != '-')
            return false;
    }
    return true;
}

static bool is_hostname(struct text text)
{
    enum { HOSTNAME_SIZE_MAX = 253 };
    if (text.size > HOSTNAME_SIZE_MAX)
        return false;
    size_t size = size_before(text, '.');
    while (size < text.size) {
        if (!is_label(first(text, size)))
            return false;
        text = from(text, size + 1);
        size = size_before(text, '.');
    }
    return is_label(text);
}

/* RFC 2673, section 3.2: four numbers of 0 to 255. A leading zero is refused: some read it
 * as octal. */
static bool is_ipv4(struct text text)
{
    for (int part = 0; part < 4; part++) {
        unsigned number = 0;
        size_t size = 0;
        while (size < text.size && size < 4 && is_digit(text.data[size]))
            number = number * 10 + (unsigned)(text.data[size++] - '0');
        if (size == 0 || number > 255 || (size > 1 && text.data[0] == '0'))
            return false;
        text = from(text, size);
        if (part < 3) {
            if (text.size == 0 || text.data[0] != '.')
                return false;
            text = from(text, 1);
        }
    }
    return text.size == 0;
}

static size_t hex_digits(struct text text)
{
    size_t size = 0;
    while (size < text.size && is_hex(text.data[size]))
        size++;
    return size;
}

/* RFC 4291, section 2.2: eight groups of up to four hexadecimal digits; "::" stands once
 * for one group of zeros or more; the last two may be an IPv4 address. */
static bool is_ipv6(struct text text)
{
    int groups = 0;
    bool is_shortened = text_starts_with(text, "::");
    if (is_shortened)
        text = from(text, 2);
    while (text.size > 0) {
        size_t size = hex_digits(text);
        if (size < text.size && text.data[size] == '.') {
            groups += 2;
            return is_ipv4(text) && (is_shortened ? groups < 8 : groups == 8);
        }
        if (size == 0 || size > 4 || ++groups > 8)
            return false;
        text = from(text, size);
        if (text.size == 0)
            break;
        if (text_starts_with(text, "::")) {
            if (is_shortened)
                return false;
            is_shortened = true;
            text = from(text, 2);
        } else if (text.size > 1 && text.data[0] == ':') {
            text = from(text, 1);
        } else {
            return false;
        }
    }
    return is_shortened ? groups < 8 : groups == 8;
}

/* --- Email (RFC 5321, section 4.1.2: Mailbox) ---------------------------------------------- */

/* RFC 5322's atext. */
static bool is_atom_character(char c)
{
    return is_letter(c) || is_digit(c) || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/* Atoms with single dots between. */
static bool is_dot_string(struct text text)
{
    bool is_after_dot = true;
    for (size_t i = 0; i < text.size; i++) {
        bool is_dot = text.data[i] == '.';
        if (is_dot ? is_after_dot : !is_atom_character(text.data[i]))
            return false;
        is_after_dot = is_dot;
    }
    return !is_after_dot;
}

/* In quotes, with printable characters of ASCII; a backslash makes the next one plain. */
static size_t quoted_string_size(struct text text)
{
    size_t i = 1;
    while (i < text.size && text.data[i] != '"') {
        if (text.data[i] == '\\')
            i++;
        if (i >= text.size || text.data[i] < ' ' || text.data[i] > '~')
            return 0;
        i++;
    }
    return i < text.size ? i + 1 : 0;
}

static bool is_address_literal(struct text text)
{
    if (!text_ends_with(text, "]"))
        return false;
    struct text inside = {text.data + 1, text.size - 2};
    enum { TAG_SIZE = 5 };
    if (text_starts_with(inside, "IPv6:"))
        return is_ipv6(from(inside, TAG_SIZE));
    return is_ipv4(inside);
}

static bool is_email(struct text text)
{
    enum { LOCAL_PART_SIZE_MAX = 64 };
    bool is_quoted = text_starts_with(text, "\"");
    size_t size = is_quoted ? quoted_string_size(text) : size_before(text, '@');
    if (size == 0 || size > LOCAL_PART_SIZE_MAX || size >= text.size || text.data[size] != '@')
        return false;
    if (!is_quoted && !is_dot_string(first(text, size)))
        return false;
    struct text domain = from(text, size + 1);
    return text_starts_with(domain, "[") ? is_address_literal(domain) : is_hostname(domain);
}

/* --- Identifiers and pointers ---------------------------------------------------------------- */

/* RFC 4122, section 3. */
static bool is_uuid(struct text text)
{
    enum { UUID_SIZE = 36 };
    for (size_t i = 0; i < text.size && i < UUID_SIZE; i++) {
        bool is_hyphen = i == 8 || i == 13 || i == 18 || i == 23;
        if (is_hyphen ? text.data[i] != '-' : !is_hex(text.data[i]))
            return false;
    }
    return text.size == UUID_SIZE;
}

/* RFC 6901, section 3. */
static bool is_json_pointer(struct text text)
{
    if (text.size > 0 && text.data[0] != '/')
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] != '~')
            continue;
        if (i + 1 == text.size || (text.data[i + 1] != '0' && text.data[i + 1] != '1'))
            return false;
    }
    return true;
}

bool format_check(enum format format, struct text text)
{
    switch (format) {
    case FORMAT_DATE_TIME: return format_is_date_time(text);
    case FORMAT_DATE: return format_is_date(text);
    case FORMAT_TIME: return format_is_time(text);
    case FORMAT_DURATION: return format_is_duration(text);
    case FORMAT_EMAIL: return is_email(text);
    case FORMAT_HOSTNAME: return is_hostname(text);
    case FORMAT_IPV4: return is_ipv4(text);
    case FORMAT_IPV6: return is_ipv6(text);
    case FORMAT_URI: return uri_is_valid(text, false);
    case FORMAT_URI_REFERENCE: return uri_is_valid(text, true);
    case FORMAT_UUID: return is_uuid(text);
    case FORMAT_JSON_POINTER: return is_json_pointer(text);
    case FORMAT_REGEX:
    case FORMAT_COUNT: break;
    }
    return true;
}
