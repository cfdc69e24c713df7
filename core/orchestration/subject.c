#include "core/orchestration/subject.h"

#include "core/arena.h"
#include "core/base64.h"
#include "core/json.h"
#include "core/utf8.h"
#include "core/writer.h"

/* What base64 makes of this many bytes is just as long as a subject may be. */
enum { SUBJECT_JSON_SIZE_MAX = SUBJECT_SIZE_MAX / 4 * 3 };

/* --- Names and versions ---------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool name_is_valid(struct text name)
{
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '.' ||
              c == '_' || c == '-'))
            return false;
    }
    return name.size > 0 && name.size <= NAME_SIZE_MAX;
}

/* Takes the digits at *at and moves behind them; TEXT_NONE when there are none. */
static struct text take_digits(struct text text, size_t *at)
{
    size_t begin = *at;
    while (*at < text.size && is_digit(text.data[*at]))
        (*at)++;
    return *at == begin ? TEXT_NONE : (struct text){text.data + begin, *at - begin};
}

/* Splits "1.2.3" into its three numbers. */
static bool version_split(struct text version, struct text numbers[3])
{
    size_t at = 0;
    for (int i = 0; i < 3; i++) {
        if (i > 0 && (at == version.size || version.data[at++] != '.'))
            return false;
        numbers[i] = take_digits(version, &at);
        if (numbers[i].size == 0)
            return false;
    }
    return at == version.size;
}

bool version_is_valid(struct text version)
{
    struct text numbers[3];
    return version_split(version, numbers);
}

/* Decimal numbers of any length: without zeros in front, the longer one is greater. */
static int digits_compare(struct text a, struct text b)
{
    while (a.size > 1 && a.data[0] == '0')
        a = (struct text){a.data + 1, a.size - 1};
    while (b.size > 1 && b.data[0] == '0')
        b = (struct text){b.data + 1, b.size - 1};
    if (a.size != b.size)
        return a.size < b.size ? -1 : 1;
    return text_compare(a, b);
}

int version_compare(struct text a, struct text b)
{
    struct text left[3], right[3];
    if (!version_split(a, left) || !version_split(b, right))
        return text_compare(a, b);
    for (int i = 0; i < 3; i++) {
        int order = digits_compare(left[i], right[i]);
        if (order != 0)
            return order;
    }
    return 0;
}

/* --- Writing --------------------------------------------------------------- */

/* What holds of every subject, written or read: its name becomes part of the names of
 * topics, and its version is one that can be registered. */
static enum status check_parts(const struct subject *subject, struct error *error)
{
    if (subject->process_id.size == 0)
        return error_set(error, STATUS_REJECTED, "subject: \"processId\" is missing or empty");
    if (subject->name.size == 0)
        return error_set(error, STATUS_REJECTED, "subject: \"name\" is missing or empty");
    if (!name_is_valid(subject->name))
        return error_set(
            error, STATUS_REJECTED,
            "subject: \"name\" is not of 1 to %d letters, digits, \".\", \"_\" and \"-\"",
            NAME_SIZE_MAX);
    if (subject->version.size == 0)
        return error_set(error, STATUS_REJECTED, "subject: \"version\" is missing or empty");
    if (!version_is_valid(subject->version))
        return error_set(error, STATUS_REJECTED, "subject: \"version\" is not of the form 1.2.3");
    return STATUS_OK;
}

enum status subject_write(struct arena *arena, const struct subject *subject, struct text *out,
                          struct error *error)
{
    if (check_parts(subject, error) != STATUS_OK)
        return error->status;

    char buffer[SUBJECT_JSON_SIZE_MAX];
    struct writer json;
    writer_init(&json, buffer, sizeof buffer);
    writer_string(&json, "{\"processId\":");
    json_write_string(&json, subject->process_id);
    writer_string(&json, ",\"name\":");
    json_write_string(&json, subject->name);
    writer_string(&json, ",\"version\":");
    json_write_string(&json, subject->version);
    writer_char(&json, '}');
    if (json.overflowed)
        return error_set(error, STATUS_REJECTED,
                         "the subject would be longer than %d bytes: processId has %zu bytes, "
                         "version %zu",
                         SUBJECT_SIZE_MAX, subject->process_id.size, subject->version.size);

    size_t size = (json.size + 2) / 3 * 4;
    char *encoded = arena_alloc(arena, size);
    if (encoded == NULL)
        return error_memory(error);
    struct writer base64;
    writer_init(&base64, encoded, size);
    base64_write(&base64, writer_result(&json));
    *out = writer_result(&base64);
    return STATUS_OK;
}

/* --- Reading --------------------------------------------------------------- */

/* Reads the JSON of a subject: one flat object of strings. */
struct scanner {
    struct text json; /* well-formed UTF-8 */
    size_t at;
    struct arena *arena;
    struct error *error;
};

static enum status malformed(struct scanner *scanner, const char *expected)
{
    return error_set(scanner->error, STATUS_REJECTED,
                     "subject: the JSON in it is malformed at byte %zu: expected %s", scanner->at,
                     expected);
}

/* RFC 8259, section 2. */
static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_space(struct scanner *scanner)
{
    while (scanner->at < scanner->json.size && is_space(scanner->json.data[scanner->at]))
        scanner->at++;
}

/* Takes `c` if it stands next, behind white space. */
static bool take(struct scanner *scanner, char c)
{
    skip_space(scanner);
    if (scanner->at == scanner->json.size || scanner->json.data[scanner->at] != c)
        return false;
    scanner->at++;
    return true;
}

/* Four hexadecimal digits, or -1. */
static int32_t take_hex4(struct scanner *scanner)
{
    if (scanner->json.size - scanner->at < 4)
        return -1;
    int32_t value = 0;
    for (int i = 0; i < 4; i++) {
        char c = scanner->json.data[scanner->at++];
        int digit = is_digit(c)            ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

/* The code point of \uXXXX, of two of them where they are a surrogate pair; -1 when it is
 * malformed or half of a pair, which no UTF-8 can hold. */
static int32_t take_code_point(struct scanner *scanner)
{
    int32_t unit = take_hex4(scanner);
    if (unit < 0xD800 || unit > 0xDFFF)
        return unit;
    bool low_follows = scanner->json.size - scanner->at >= 2 &&
                       memcmp(scanner->json.data + scanner->at, "\\u", 2) == 0;
    if (unit > 0xDBFF || !low_follows)
        return -1;
    scanner->at += 2;
    int32_t low = take_hex4(scanner);
    if (low < 0xDC00 || low > 0xDFFF)
        return -1;
    return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
}

/* Decodes the escape behind a backslash into `out`: 1 to 4 bytes, 0 when it is none. */
static size_t take_escape(struct scanner *scanner, char out[4])
{
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    if (scanner->at == scanner->json.size)
        return 0;
    char c = scanner->json.data[scanner->at++];
    if (c == 'u') {
        int32_t code_point = take_code_point(scanner);
        return code_point < 0 ? 0 : utf8_encode((uint32_t)code_point, out);
    }
    const char *letter = memchr(letters, c, sizeof letters - 1);
    if (letter == NULL)
        return 0;
    out[0] = meant[letter - letters];
    return 1;
}

/* The rest of a string with escapes, from the first of them on; `plain` bytes stand
 * before it. Unescaped text never grows: six bytes of \uXXXX become three at most. */
static enum status take_escaped(struct scanner *scanner, size_t plain, struct text *out)
{
    char *bytes = arena_alloc(scanner->arena, plain + scanner->json.size - scanner->at);
    if (bytes == NULL)
        return error_memory(scanner->error);
    size_t size = plain;
    memcpy(bytes, scanner->json.data + scanner->at - plain, plain);
    while (scanner->at < scanner->json.size) {
        char c = scanner->json.data[scanner->at++];
        if (c == '"') {
            *out = (struct text){bytes, size};
            return STATUS_OK;
        }
        if ((unsigned char)c < 0x20)
            return malformed(scanner, "control characters to be escaped");
        if (c != '\\') {
            bytes[size++] = c;
            continue;
        }
        size_t decoded = take_escape(scanner, bytes + size);
        if (decoded == 0)
            return malformed(scanner, "a valid escape sequence");
        size += decoded;
    }
    return malformed(scanner, "the string to end");
}

/* Most strings have no escapes: those are referred to where they stand. */
static enum status take_string(struct scanner *scanner, struct text *out)
{
    if (!take(scanner, '"'))
        return malformed(scanner, "a string");
    size_t begin = scanner->at;
    while (scanner->at < scanner->json.size) {
        char c = scanner->json.data[scanner->at];
        if (c == '\\' || (unsigned char)c < 0x20)
            return take_escaped(scanner, scanner->at - begin, out);
        scanner->at++;
        if (c == '"') {
            *out = (struct text){scanner->json.data + begin, scanner->at - 1 - begin};
            return STATUS_OK;
        }
    }
    return malformed(scanner, "the string to end");
}

static struct text *part_named(struct subject *subject, struct text name)
{
    if (text_is(name, "processId"))
        return &subject->process_id;
    if (text_is(name, "name"))
        return &subject->name;
    return text_is(name, "version") ? &subject->version : NULL;
}

static enum status take_member(struct scanner *scanner, struct subject *subject)
{
    struct text name = TEXT_NONE;
    if (take_string(scanner, &name) != STATUS_OK)
        return scanner->error->status;
    struct text *part = part_named(subject, name);
    if (part == NULL || part->data != NULL)
        return malformed(scanner, "\"processId\", \"name\" and \"version\", each once");
    if (!take(scanner, ':'))
        return malformed(scanner, "\":\"");
    return take_string(scanner, part);
}

static enum status take_object(struct scanner *scanner, struct subject *subject)
{
    if (!take(scanner, '{'))
        return malformed(scanner, "\"{\"");
    do {
        if (take_member(scanner, subject) != STATUS_OK)
            return scanner->error->status;
    } while (take(scanner, ','));
    if (!take(scanner, '}'))
        return malformed(scanner, "\",\" or \"}\"");
    skip_space(scanner);
    if (scanner->at != scanner->json.size)
        return malformed(scanner, "nothing more");
    return STATUS_OK;
}

enum status subject_read(struct arena *arena, struct text text, struct subject *out,
                         struct error *error)
{
    if (text.size == 0)
        return error_set(error, STATUS_REJECTED, "subject is missing or empty");
    if (text.size > SUBJECT_SIZE_MAX)
        return error_set(error, STATUS_REJECTED, "subject has %zu bytes; at most %d are taken",
                         text.size, SUBJECT_SIZE_MAX);
    struct scanner scanner = {.arena = arena, .error = error};
    if (!base64_read(arena, text, &scanner.json)) {
        if (arena_is_exhausted(arena))
            return error_memory(error);
        return error_set(error, STATUS_REJECTED,
                         "subject is not base64 of {\"processId\",\"name\",\"version\"}");
    }
    if (!utf8_is_valid(scanner.json))
        return error_set(error, STATUS_REJECTED, "subject: what it encodes is not valid UTF-8");

    struct subject subject = {TEXT_NONE, TEXT_NONE, TEXT_NONE};
    if (take_object(&scanner, &subject) != STATUS_OK || check_parts(&subject, error) != STATUS_OK)
        return error->status;
    *out = subject;
    return STATUS_OK;
}

/* --- Identity -------------------------------------------------------------- */

struct hash128 subject_id(struct text subject)
{
    return hash_uuid_bytes(hash_parts("subject", &subject, 1));
}

int64_t subject_lock(struct hash128 id)
{
    uint64_t number = 0;
    for (size_t i = 0; i < 8; i++)
        number = number << 8 | id.bytes[i];
    return (int64_t)number;
}
