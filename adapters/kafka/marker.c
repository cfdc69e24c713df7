#include "adapters/kafka/marker.h"

#include "adapters/json/json_parse.h"
#include "core/arena.h"
#include "core/writer.h"

/* A marker is small and flat, whoever wrote it; more is not one. */
enum { VALUE_SIZE_MAX = 4096, VALUE_DEPTH_MAX = 8, ARENA_SIZE = 64 * 1024 };

/* --- UUIDs, as RFC 9562 writes them: the 16 bytes as they are ------------------- */

enum { UUID_CHARACTERS = 36 };

static bool has_hyphen_before(size_t byte)
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

static void uuid_write(struct writer *writer, struct hash128 uuid)
{
    for (size_t i = 0; i < sizeof uuid.bytes; i++)
        writer_format(writer, has_hyphen_before(i) ? "-%02x" : "%02x", uuid.bytes[i]);
}

static int hexadecimal(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool uuid_read(struct text text, struct hash128 *out)
{
    if (text.size != UUID_CHARACTERS)
        return false;
    const char *next = text.data;
    for (size_t i = 0; i < sizeof out->bytes; i++) {
        if (has_hyphen_before(i) && *next++ != '-')
            return false;
        int high = hexadecimal(next[0]);
        int low = hexadecimal(next[1]);
        if (high < 0 || low < 0)
            return false;
        out->bytes[i] = (unsigned char)(high << 4 | low);
        next += 2;
    }
    return true;
}

/* --- Markers ------------------------------------------------------------------- */

struct text marker_write(char buffer[MARKER_VALUE_SIZE], struct marker marker)
{
    struct writer writer;
    writer_init(&writer, buffer, MARKER_VALUE_SIZE);
    writer_string(&writer, "{\"seq\":");
    writer_int64(&writer, marker.sequence);
    writer_string(&writer, ",\"epoch\":");
    writer_int64(&writer, marker.epoch);
    writer_string(&writer, ",\"incarnation\":\"");
    uuid_write(&writer, marker.incarnation);
    writer_string(&writer, "\"}");
    return writer_result(&writer);
}

static enum status read_integer(struct json object, const char *name, int64_t *out,
                                struct error *error)
{
    const struct json *value = json_get(object, name);
    if (value == NULL || value->type != JSON_INT)
        return error_set(error, STATUS_REJECTED, "%s is %s", name,
                         value == NULL ? "missing" : "no 64-bit integer");
    *out = value->as.integer;
    return STATUS_OK;
}

static enum status read_members(struct json object, struct marker *out, struct error *error)
{
    if (object.type != JSON_OBJECT)
        return error_set(error, STATUS_REJECTED, "a JSON object is expected, this is %s",
                         json_type_name(object.type));
    enum status status = read_integer(object, "seq", &out->sequence, error);
    if (status == STATUS_OK)
        status = read_integer(object, "epoch", &out->epoch, error);
    if (status == STATUS_OK &&
        !uuid_read(json_get_string(object, "incarnation"), &out->incarnation))
        status = error_set(error, STATUS_REJECTED, "incarnation is no UUID");
    return status;
}

enum status marker_read(struct text value, struct marker *out, struct error *error)
{
    struct arena *arena = arena_create(ARENA_SIZE);
    if (arena == NULL)
        return error_memory(error);
    struct json object;
    struct json_limits limits = {VALUE_DEPTH_MAX, VALUE_SIZE_MAX};
    enum status status = json_parse(arena, value, limits, &object, error);
    if (status == STATUS_OK)
        status = read_members(object, out, error);
    arena_destroy(arena);
    return status;
}
