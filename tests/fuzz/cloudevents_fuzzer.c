/* Records from bytes: lines "name: value" up to an empty line are the headers ("name"
 * alone has a null value), the rest is the record's value (or null, if nothing is there).
 * What is decoded can be encoded, in both modes, and decodes to the same event. */
#include <stdint.h>
#include <stdlib.h>

#include "adapters/kafka/cloudevents.h"
#include "core/arena.h"
#include "core/writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEADERS_MAX = 200 };

static void check(bool holds)
{
    if (!holds)
        abort();
}

static struct text take_line(struct text *rest)
{
    const char *end = rest->size == 0 ? NULL : memchr(rest->data, '\n', rest->size);
    size_t size = end == NULL ? rest->size : (size_t)(end - rest->data);
    struct text line = {rest->data, size};
    size_t taken = end == NULL ? size : size + 1;
    *rest = (struct text){rest->data + taken, rest->size - taken};
    return line;
}

static struct header header_of(struct text line)
{
    const char *colon = memchr(line.data, ':', line.size);
    if (colon == NULL)
        return (struct header){line, TEXT_NONE};
    struct text name = {line.data, (size_t)(colon - line.data)};
    struct text value = {colon + 1, line.size - name.size - 1};
    if (value.size > 0 && value.data[0] == ' ')
        value = (struct text){value.data + 1, value.size - 1};
    return (struct header){name, value};
}

static struct json event_json(struct arena *arena, const struct event *event)
{
    struct json json;
    check(event_to_json(event, false, arena, &json));
    return json;
}

static void check_round_trip(struct arena *arena, struct event event, enum content_mode mode)
{
    struct record record;
    struct event again;
    struct error error;
    /* Data in base64 is written as JSON, escapes may take more room than before. */
    struct json_limits limits = {JSON_DEPTH_MAX, (size_t)64 * JSON_SIZE_MAX};
    check(cloudevent_encode(arena, &event, mode, TEXT("topic"), &record, &error) == STATUS_OK);
    check(cloudevent_decode(arena, &record, limits, &again, &error) == STATUS_OK);
    check(text_equal(event.id, again.id) && text_equal(event.subject, again.subject));
    check(event.has_data == again.has_data && event.extensions.count == again.extensions.count);
    if (mode == CONTENT_STRUCTURED) /* binary mode makes strings of all attributes */
        check(json_equal(event_json(arena, &event), event_json(arena, &again)));
    else
        check(!event.has_data || json_equal(event.data, again.data));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct header headers[HEADERS_MAX];
    struct record record = {.headers = headers};
    struct text rest = {(const char *)data, size};
    while (rest.size > 0 && record.header_count < HEADERS_MAX) {
        struct text line = take_line(&rest);
        if (line.size == 0)
            break;
        headers[record.header_count++] = header_of(line);
    }
    if (rest.size > 0)
        record.value = rest;

    struct arena *arena = arena_create((size_t)256 * 1024 * 1024);
    struct event event;
    struct error error;
    enum status status = cloudevent_decode(arena, &record, JSON_LIMITS_DEFAULT, &event, &error);
    if (status == STATUS_OK) {
        check_round_trip(arena, event, CONTENT_BINARY);
        check_round_trip(arena, event, CONTENT_STRUCTURED);
    } else {
        check(status == STATUS_REJECTED);
    }
    arena_destroy(arena);
    return 0;
}
