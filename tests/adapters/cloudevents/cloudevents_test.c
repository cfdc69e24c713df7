#include "tests/test.h"

#include <stdio.h>

#include "adapters/kafka/cloudevents.h"
#include "core/writer.h"

/* A record as text: header lines "name: value" ("name" alone: a null value), and what
 * follows an empty line is the value; without one, the value is null. */
enum { HEADERS_MAX = 200 };
struct recorded {
    struct record record;
    struct header headers[HEADERS_MAX];
};

static void record_of(struct text text, struct recorded *out)
{
    memset(out, 0, sizeof *out);
    out->record.headers = out->headers;
    while (text.size > 0) {
        const char *end = memchr(text.data, '\n', text.size);
        size_t size = end == NULL ? text.size : (size_t)(end - text.data);
        struct text line = {text.data, size};
        size_t taken = end == NULL ? size : size + 1;
        text = (struct text){text.data + taken, text.size - taken};
        if (line.size == 0) {
            out->record.value = text;
            return;
        }
        const char *colon = memchr(line.data, ':', line.size);
        size_t name_size = colon == NULL ? line.size : (size_t)(colon - line.data);
        assert_true(out->record.header_count < HEADERS_MAX);
        struct header *header = &out->headers[out->record.header_count++];
        header->name = (struct text){line.data, name_size};
        if (colon != NULL)
            header->value = (struct text){colon + 2, line.size - name_size - 2};
    }
}

/* A record as text again. */
static struct text text_of_record(struct arena *arena, const struct record *record)
{
    struct writer writer;
    writer_init_arena(&writer, arena, SIZE_MAX);
    for (size_t i = 0; i < record->header_count; i++) {
        writer_text(&writer, record->headers[i].name);
        writer_string(&writer, ": ");
        writer_text(&writer, record->headers[i].value);
        writer_char(&writer, '\n');
    }
    if (record->value.data != NULL) {
        writer_char(&writer, '\n');
        writer_text(&writer, record->value);
    }
    assert_false(writer.overflowed);
    return writer_result(&writer);
}

static struct text event_text(struct arena *arena, const struct event *event)
{
    struct json json;
    struct writer writer;
    assert_true(event_to_json(event, false, arena, &json));
    writer_init_arena(&writer, arena, SIZE_MAX);
    json_write(&writer, json);
    return writer_result(&writer);
}

static enum status decode(struct arena *arena, struct text text, struct event *event,
                          struct error *error)
{
    struct recorded *recorded = arena_alloc(arena, sizeof *recorded);
    record_of(text, recorded);
    return cloudevent_decode(arena, &recorded->record, JSON_LIMITS_DEFAULT, event, error);
}

#define BINARY     "ce_specversion: 1.0\nce_id: 1\nce_source: /s\nce_type: evt.a\n"
#define STRUCTURED "content-type: application/cloudevents+json; charset=UTF-8\n\n"
#define MEMBERS    "\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"evt.a\""

/* The records, and the events that they are in the JSON event format. */
static void test_decoded(void **state)
{
    static const struct {
        const char *name;
        struct text record, event;
    } cases[] = {
        {"no data", TEXT_INIT(BINARY), TEXT_INIT("{" MEMBERS "}")},
        {"all attributes",
         TEXT_INIT(BINARY "ce_subject: s1\nce_time: 2018-04-05T03:56:24.5+02:00\n"
                          "ce_dataschema: http://x/y\nce_ext1: v\nce_2: \ncontent-type: "
                          "application/json\n\n{\"a\":[1,2.0,null]}"),
         TEXT_INIT("{" MEMBERS ",\"subject\":\"s1\",\"time\":\"2018-04-05T03:56:24.5+02:00\","
                   "\"datacontenttype\":\"application/json\",\"dataschema\":\"http://x/y\","
                   "\"ext1\":\"v\",\"2\":\"\",\"data\":{\"a\":[1,2.0,null]}}")},
        {"the order of headers does not matter",
         TEXT_INIT("ce_ext1: v\nce_type: evt.a\nce_source: /s\nother: x\nce_id: 1\n"
                   "ce_specversion: 1.0\n"),
         TEXT_INIT("{" MEMBERS ",\"ext1\":\"v\"}")},
        {"JSON without a content-type", TEXT_INIT(BINARY "\n\"x\""),
         TEXT_INIT("{" MEMBERS ",\"data\":\"x\"}")},
        {"null is data", TEXT_INIT(BINARY "\nnull"), TEXT_INIT("{" MEMBERS ",\"data\":null}")},
        {"a media type with parameters and in any case",
         TEXT_INIT(BINARY "Content-Type: Application/JSON ; charset=utf-8\n\n1"),
         TEXT_INIT("{" MEMBERS ",\"datacontenttype\":\"Application/JSON ; charset=utf-8\","
                   "\"data\":1}")},
        {"+json", TEXT_INIT(BINARY "content-type: application/vnd.x.v1+json\n\n1"),
         TEXT_INIT("{" MEMBERS ",\"datacontenttype\":\"application/vnd.x.v1+json\",\"data\":1}")},
        {"text/json", TEXT_INIT(BINARY "content-type: text/json\n\n1"),
         TEXT_INIT("{" MEMBERS ",\"datacontenttype\":\"text/json\",\"data\":1}")},
        {"another type without data", TEXT_INIT(BINARY "content-type: application/xml\n"),
         TEXT_INIT("{" MEMBERS ",\"datacontenttype\":\"application/xml\"}")},
        {"characters", TEXT_INIT(BINARY "ce_subject: \xC3\xA9 %41 \xF0\x9F\x98\x80\n"),
         TEXT_INIT("{" MEMBERS ",\"subject\":\"\xC3\xA9 %41 \xF0\x9F\x98\x80\"}")},

        {"structured", TEXT_INIT(STRUCTURED "{" MEMBERS "}"), TEXT_INIT("{" MEMBERS "}")},
        {"structured, in any order and case",
         TEXT_INIT("CONTENT-TYPE: Application/CloudEvents+JSON\n\n{\"data\": {\"a\": 1}, \"type\": "
                   "\"evt.a\", \"source\": \"/s\", \"id\": \"1\", \"specversion\": \"1.0\"}"),
         TEXT_INIT("{" MEMBERS ",\"data\":{\"a\":1}}")},
        {"structured: types of extensions",
         TEXT_INIT(STRUCTURED "{" MEMBERS ",\"s\":\"x\",\"e\":\"\",\"t\":true,\"f\":false,"
                              "\"min\":-2147483648,\"max\":2147483647}"),
         TEXT_INIT("{" MEMBERS ",\"s\":\"x\",\"e\":\"\",\"t\":true,\"f\":false,"
                   "\"min\":-2147483648,\"max\":2147483647}")},
        {"structured: null is absent, but data",
         TEXT_INIT(STRUCTURED "{" MEMBERS ",\"subject\":null,\"time\":null,\"ext\":null,"
                              "\"Odd\":null,\"data\":null}"),
         TEXT_INIT("{" MEMBERS ",\"data\":null}")},
        {"structured: a string is not parsed",
         TEXT_INIT(STRUCTURED "{" MEMBERS ",\"data\":\"{}\"}"),
         TEXT_INIT("{" MEMBERS ",\"data\":\"{}\"}")},
        {"structured: JSON as bytes",
         TEXT_INIT(STRUCTURED "{" MEMBERS ",\"datacontenttype\":\"application/json\","
                              "\"data_base64\":\"eyJhIjpbMV19\"}"),
         TEXT_INIT("{" MEMBERS ",\"datacontenttype\":\"application/json\",\"data\":{\"a\":[1]}}")},
        {"structured: ce_ headers repeat what the value says (binding 3.3.3)",
         TEXT_INIT("ce_id: other\nce_Odd: x\n" STRUCTURED "{" MEMBERS "}"),
         TEXT_INIT("{" MEMBERS "}")},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct event event;
        struct error error;
        if (decode(*state, cases[i].record, &event, &error) != STATUS_OK)
            fail_msg("%s: %s", cases[i].name, error.message);
        ASSERT_TEXT(event_text(*state, &event), cases[i].event);
    }
}

static void test_refused(void **state)
{
    static const struct {
        struct text record;
        const char *message;
    } cases[] = {
        {TEXT_INIT(""), "no CloudEvent: neither a header ce_specversion (binary mode) nor a "
                        "content-type of application/cloudevents+json (structured mode)"},
        {TEXT_INIT("content-type: application/json\n\n{" MEMBERS "}"),
         "no CloudEvent: neither a header ce_specversion (binary mode) nor a "
         "content-type of application/cloudevents+json (structured mode)"},
        {TEXT_INIT("CE_SPECVERSION: 1.0\n"),
         "no CloudEvent: neither a header ce_specversion (binary mode) nor a "
         "content-type of application/cloudevents+json (structured mode)"},
        {TEXT_INIT("ce_id: 1\nce_source: /s\nce_type: evt.a\n"), "ce_specversion is missing"},
        {TEXT_INIT("ce_specversion: 0.3\nce_Odd: x\n"),
         "ce_specversion is not \"1.0\", the only one known"},
        {TEXT_INIT("ce_specversion: 1.0\nce_source: /s\nce_type: t\n"), "ce_id is missing"},
        {TEXT_INIT("ce_specversion: 1.0\nce_id: 1\nce_type: t\n"), "ce_source is missing"},
        {TEXT_INIT("ce_specversion: 1.0\nce_id: 1\nce_source: /s\n"), "ce_type is missing"},
        {TEXT_INIT("ce_specversion: 1.0\nce_id: \nce_source: /s\nce_type: t\n"), "ce_id is empty"},
        {TEXT_INIT("ce_specversion: 1.0\nce_id: 1\nce_source\nce_type: t\n"), "ce_source is empty"},
        {TEXT_INIT(BINARY "ce_subject: \n"), "ce_subject is empty"},
        {TEXT_INIT(BINARY "ce_id: 1\n"), "ce_id stands twice"},
        {TEXT_INIT(BINARY "ce_ext: a\nce_ext: b\n"), "ce_ext stands twice"},
        {TEXT_INIT(BINARY "content-type: a/json\nContent-Type: a/json\n"),
         "content-type stands twice"},
        {TEXT_INIT(BINARY "ce_datacontenttype: application/json\n"),
         "ce_datacontenttype: this attribute is the header content-type"},
        {TEXT_INIT(BINARY "ce_Type: x\n"),
         "\"ce_Type\" is no name of an attribute, which has lower-case letters and digits only "
         "and is not \"data\""},
        {TEXT_INIT(BINARY "ce_: x\n"), "\"ce_\" is no name of an attribute, which has lower-case "
                                       "letters and digits only and is not \"data\""},
        {TEXT_INIT(BINARY "ce_my-ext: x\n"),
         "\"ce_my-ext\" is no name of an attribute, which has lower-case letters and digits only "
         "and is not \"data\""},
        {TEXT_INIT(BINARY "ce_data: x\n"),
         "\"ce_data\" is no name of an attribute, which has lower-case letters and digits only "
         "and is not \"data\""},
        {TEXT_INIT(BINARY "ce_\xFF: x\n"),
         "\"ce_\\xff\" is no name of an attribute, which has lower-case letters and digits only "
         "and is not \"data\""},
        {TEXT_INIT(BINARY "ce_subject: a\xFF\n"), "ce_subject is not valid UTF-8"},
        {TEXT_INIT(BINARY "ce_ext: \xED\xA0\x80\n"), "ce_ext is not valid UTF-8"},
        {TEXT_INIT(BINARY "content-type: application/json\xFF\n\n1"),
         "content-type is not valid UTF-8"},
        {TEXT_INIT(BINARY "ce_subject: a\0b\n"),
         "ce_subject has the character U+0000, which CloudEvents does not allow"},
        {TEXT_INIT(BINARY "ce_ext: \xC2\x85\n"),
         "ce_ext has the character U+0085, which CloudEvents does not allow"},
        {TEXT_INIT(BINARY "ce_ext: \xEF\xBF\xBE\n"),
         "ce_ext has the character U+FFFE, which CloudEvents does not allow"},
        {TEXT_INIT(BINARY "ce_ext: \xF4\x8F\xBF\xBF\n"),
         "ce_ext has the character U+10FFFF, which CloudEvents does not allow"},
        {TEXT_INIT(BINARY "ce_ext: \xEF\xB7\x90\n"),
         "ce_ext has the character U+FDD0, which CloudEvents does not allow"},
        {TEXT_INIT(BINARY "ce_time: yesterday\n"),
         "ce_time is no time as 2026-01-02T03:04:05Z (RFC 3339): \"yesterday\""},
        {TEXT_INIT(BINARY "ce_time: 2026-02-30T00:00:00Z\n"),
         "ce_time is no time as 2026-01-02T03:04:05Z (RFC 3339): \"2026-02-30T00:00:00Z\""},
        {TEXT_INIT(BINARY "content-type: application/xml\n\n<a/>"),
         "data is \"application/xml\"; only JSON is understood"},
        {TEXT_INIT(BINARY "content-type: json\n\n1"), "data is \"json\"; only JSON is understood"},
        {TEXT_INIT(BINARY "content-type: application/xjson\n\n1"),
         "data is \"application/xjson\"; only JSON is understood"},
        {TEXT_INIT(BINARY "\n"), "value: line 1, column 1: premature EOF"},
        {TEXT_INIT(BINARY "\n{\"a\":1,\"a\":2}"), "value: line 1, column 8: duplicate key \"a\""},

        {TEXT_INIT("content-type: application/cloudevents+avro\n\nx"),
         "content-type \"application/cloudevents+avro\": the only event format that is understood "
         "is application/cloudevents+json"},
        {TEXT_INIT("content-type: application/cloudevents\n\n{}"),
         "content-type \"application/cloudevents\": the only event format that is understood "
         "is application/cloudevents+json"},
        {TEXT_INIT("content-type: application/cloudevents-batch+json\n\n[]"),
         "content-type \"application/cloudevents-batch+json\": there are no batches in Kafka "
         "(binding 1.3)"},
        {TEXT_INIT("content-type: application/cloudevents+json\n"),
         "the value is null; in structured mode the event stands in it"},
        {TEXT_INIT(STRUCTURED ""), "value: line 1, column 1: premature EOF"},
        {TEXT_INIT(STRUCTURED "[]"), "value: not a JSON object but a JSON array"},
        {TEXT_INIT(STRUCTURED "{}"), "value: specversion is missing"},
        {TEXT_INIT(STRUCTURED "{\"specversion\":1.0}"),
         "value: specversion is not \"1.0\", the only one known"},
        {TEXT_INIT(STRUCTURED
                   "{\"specversion\":\"1.0\",\"id\":null,\"source\":\"s\",\"type\":\"t\"}"),
         "value: id is missing"},
        {TEXT_INIT(STRUCTURED "{\"specversion\":\"1.0\",\"id\":7,\"source\":\"s\",\"type\":\"t\"}"),
         "value: id is no string but a JSON number"},
        {TEXT_INIT(STRUCTURED "{" MEMBERS ",\"subject\":\"\"}"), "value: subject is empty"},
        {TEXT_INIT(STRUCTURED "{" MEMBERS ",\"id\":\"2\"}"),
         "value: line 1, column 60: duplicate key \"id\""},
        {TEXT_INIT(STRUCTURED "{" MEMBERS ",\"myExt\":1}"),
         "value: \"myExt\" is no name of an attribute, which has lower-case letters and digits "
         "only and is not \"data\""},
        {TEXT_INIT(STRUCTURED "{" MEMBERS ",\"\":1}"),
         "value: \"\" is no name of an attribute, which has lower-case letters and digits "
         "only and is not \"data\""},
        {TEXT_INIT(STRUCTURED "{" MEMBERS ",\"ext\":2147483648}"),
         "value: ext is no integer of 32 bits, the only numbers that attributes may be"},
        {TEXT_INIT(STRUCTURED "{" MEMBERS ",\"ext\":-2147483649}"),
         "value: ext is no integer of 32 bits, the only numbers that attributes may be"},
        {TEXT_INIT(STRUCTURED "{" MEMBERS ",\"ext\":1.0}"),
         "value: ext is no integer of 32 bits, the only numbers that attributes may be"},
        {TEXT_INIT(STRUCTURED "{" MEMBERS ",\"ext\":[1]}"),
         "value: ext is a JSON array; attributes are strings, integers or booleans"},
        {TEXT_INIT(STRUCTURED "{" MEMBERS ",\"ext\":\"a\\u0007\"}"),
         "value: ext has the character U+0007, which CloudEvents does not allow"},
        {TEXT_INIT(STRUCTURED "{" MEMBERS ",\"data\":1,\"data_base64\":\"MQ==\"}"),
         "value: both data and data_base64"},
        {TEXT_INIT(STRUCTURED "{" MEMBERS ",\"data_base64\":\"MQ==\"}"),
         "value: data_base64 without a datacontenttype; only JSON is understood"},
        {TEXT_INIT(STRUCTURED "{" MEMBERS
                              ",\"datacontenttype\":\"a/xml\",\"data_base64\":\"MQ==\"}"),
         "value: data is \"a/xml\"; only JSON is understood"},
        {TEXT_INIT(STRUCTURED "{" MEMBERS
                              ",\"datacontenttype\":\"a/json\",\"data_base64\":\"MQ\"}"),
         "value: data_base64 is no string of base64 (RFC 4648)"},
        {TEXT_INIT(STRUCTURED "{" MEMBERS ",\"datacontenttype\":\"a/json\",\"data_base64\":1}"),
         "value: data_base64 is no string of base64 (RFC 4648)"},
        {TEXT_INIT(STRUCTURED "{" MEMBERS
                              ",\"datacontenttype\":\"a/json\",\"data_base64\":\"ew==\"}"),
         "value: data_base64: line 1, column 2: premature EOF"},
        {TEXT_INIT(STRUCTURED "{" MEMBERS ",\"datacontenttype\":\"text/plain\",\"data\":\"x\"}"),
         "value: data is \"text/plain\"; only JSON is understood"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct event event;
        struct error error;
        CHECK_ROW(cases[i].message,
                  decode(*state, cases[i].record, &event, &error) == STATUS_REJECTED);
        assert_string_equal(error.message, cases[i].message);
    }
}

static void test_limits(void **state)
{
    struct recorded recorded;
    struct event event;
    struct error error;
    struct json_limits limits = {2, 8};
    record_of(TEXT(BINARY "\n[1,2,  3]"), &recorded);
    assert_int_equal(cloudevent_decode(*state, &recorded.record, limits, &event, &error),
                     STATUS_REJECTED);
    assert_string_equal(error.message, "value: 9 bytes of JSON are more than the 8 allowed");

    limits.size_max = 200; /* data of depth 2 is data of depth 2 in both modes */
    record_of(TEXT(BINARY "\n[[1]]"), &recorded);
    assert_int_equal(cloudevent_decode(*state, &recorded.record, limits, &event, &error),
                     STATUS_OK);
    record_of(TEXT(STRUCTURED "{" MEMBERS ",\"data\":[[1]]}"), &recorded);
    assert_int_equal(cloudevent_decode(*state, &recorded.record, limits, &event, &error),
                     STATUS_OK);
    record_of(TEXT(STRUCTURED "{" MEMBERS ",\"data\":[[[1]]]}"), &recorded);
    assert_int_equal(cloudevent_decode(*state, &recorded.record, limits, &event, &error),
                     STATUS_REJECTED);
}

/* As many extensions as are taken, and one more, in both modes. */
static void test_many_extensions(void **state)
{
    for (int extra = 0; extra <= 1; extra++) {
        struct writer binary, structured;
        struct event event;
        struct error error;
        writer_init_arena(&binary, *state, 100 * 1000);
        writer_init_arena(&structured, *state, 100 * 1000);
        writer_string(&binary, BINARY);
        writer_string(&structured, STRUCTURED "{" MEMBERS);
        for (int i = 0; i < CLOUDEVENT_EXTENSIONS_MAX + extra; i++) {
            writer_format(&binary, "ce_ext%d: x\n", i);
            writer_format(&structured, ",\"ext%d\":true", i);
        }
        writer_char(&structured, '}');
        enum status expected = extra == 0 ? STATUS_OK : STATUS_REJECTED;
        assert_int_equal(decode(*state, writer_result(&binary), &event, &error), expected);
        if (extra > 0)
            assert_string_equal(error.message, "more than 128 extension attributes");
        assert_int_equal(decode(*state, writer_result(&structured), &event, &error), expected);
        if (extra > 0)
            assert_string_equal(error.message, "value: more than 128 extension attributes");
    }
}

/* The event is whole when the record is gone, and a full arena is not the record's fault. */
static void test_memory(void **state)
{
    char text[] = BINARY "ce_subject: s\nce_ext: v\n\n{\"a\":\"b\"}";
    struct event event;
    struct error error;
    assert_int_equal(decode(*state, text_of(text), &event, &error), STATUS_OK);
    memset(text, '#', sizeof text - 1);
    ASSERT_TEXT(event_text(*state, &event),
                TEXT("{" MEMBERS ",\"subject\":\"s\",\"ext\":\"v\",\"data\":{\"a\":\"b\"}}"));

    static const struct text records[] = {
        TEXT_INIT(BINARY "ce_ext: v\n\n{\"a\":\"b\"}"),
        TEXT_INIT(STRUCTURED "{" MEMBERS ",\"datacontenttype\":\"a/json\",\"ext\":\"v\","
                             "\"data_base64\":\"eyJhIjpbMV19\"}"),
    };
    for (size_t i = 0; i < COUNT_OF(records); i++) {
        struct recorded recorded;
        record_of(records[i], &recorded);
        enum status status = STATUS_FATAL;
        for (size_t size = 8; status != STATUS_OK && size < 8192; size += 8) {
            struct arena *arena = arena_create(size);
            status =
                cloudevent_decode(arena, &recorded.record, JSON_LIMITS_DEFAULT, &event, &error);
            assert_true(status == STATUS_OK || status == STATUS_FATAL);
            arena_destroy(arena);
        }
        assert_int_equal(status, STATUS_OK);
    }
}

/* --- Encoding ------------------------------------------------------------------ */

static struct event sample(void)
{
    static const struct json_member data[] = {{TEXT_INIT("a"), {.type = JSON_NULL}}};
    static const struct json_member extensions[] = {
        {TEXT_INIT("ext"), {.type = JSON_STRING, .count = 3, .as.string = "\xC3\xA9\""}},
        {TEXT_INIT("flag"), {.type = JSON_TRUE}},
        {TEXT_INIT("number"), {.type = JSON_INT, .as.integer = -5}}};
    return (struct event){.id = TEXT("1"),
                          .source = TEXT("/s"),
                          .type = TEXT("evt.a"),
                          .subject = TEXT("s1"),
                          .time = TEXT("2026-01-02T03:04:05Z"),
                          .datacontenttype = TEXT("application/json"),
                          .dataschema = TEXT("http://x/y"),
                          .data = json_object(data, 1),
                          .has_data = true,
                          .extensions = json_object(extensions, 3)};
}

static struct text encoded(struct arena *arena, struct event event, enum content_mode mode)
{
    struct record record;
    struct error error;
    if (cloudevent_encode(arena, &event, mode, TEXT("topic"), &record, &error) != STATUS_OK)
        fail_msg("%s", error.message);
    ASSERT_TEXT(record.topic, TEXT("topic"));
    ASSERT_TEXT(record.key, event.subject);
    assert_int_equal(record.key.data == NULL, event.subject.data == NULL);
    assert_int_equal(record.partition, RECORD_PARTITION_BY_KEY);
    return text_of_record(arena, &record);
}

static void test_encoded_in_binary_mode(void **state)
{
    struct event event = sample();
    ASSERT_TEXT(encoded(*state, event, CONTENT_BINARY),
                TEXT(BINARY "ce_subject: s1\nce_time: 2026-01-02T03:04:05Z\n"
                            "content-type: application/json\nce_dataschema: http://x/y\n"
                            "ce_ext: \xC3\xA9\"\nce_flag: true\nce_number: -5\n\n{\"a\":null}"));

    event = (struct event){.id = TEXT("1"), .source = TEXT("/s"), .type = TEXT("evt.a")};
    ASSERT_TEXT(encoded(*state, event, CONTENT_BINARY), TEXT(BINARY));
    event.has_data = true; /* what structured mode implies is said here */
    ASSERT_TEXT(encoded(*state, event, CONTENT_BINARY),
                TEXT(BINARY "content-type: application/json\n\nnull"));
}

static void test_encoded_in_structured_mode(void **state)
{
    struct event event = sample();
    ASSERT_TEXT(encoded(*state, event, CONTENT_STRUCTURED),
                TEXT(STRUCTURED "{" MEMBERS ",\"subject\":\"s1\",\"time\":\"2026-01-02T03:04:05Z\","
                                "\"datacontenttype\":\"application/json\","
                                "\"dataschema\":\"http://x/y\",\"ext\":\"\xC3\xA9\\\"\","
                                "\"flag\":true,\"number\":-5,\"data\":{\"a\":null}}"));
    event = (struct event){.id = TEXT("1"), .source = TEXT("/s"), .type = TEXT("evt.a")};
    ASSERT_TEXT(encoded(*state, event, CONTENT_STRUCTURED), TEXT(STRUCTURED "{" MEMBERS "}"));
}

static void test_comes_back(void **state)
{
    struct event event = sample(), again;
    struct error error;
    assert_int_equal(decode(*state, encoded(*state, event, CONTENT_STRUCTURED), &again, &error),
                     STATUS_OK);
    ASSERT_TEXT(event_text(*state, &again), event_text(*state, &event));
    assert_int_equal(decode(*state, encoded(*state, event, CONTENT_BINARY), &again, &error),
                     STATUS_OK);
    ASSERT_TEXT(event_extension(&again, "flag"), TEXT("true")); /* binary mode has strings only */
    again.extensions = event.extensions;
    ASSERT_TEXT(event_text(*state, &again), event_text(*state, &event));
}

/* What expressions may have put into an event, and CloudEvents does not allow. */
static void test_not_encoded(void **state)
{
    struct event no_id = sample(), empty_type = sample(), bad_time = sample(), bad_name = sample(),
                 twice = sample(), object = sample(), big = sample(), control = sample(),
                 xml = sample(), deep = sample();
    const struct json_member name[] = {JSON_MEMBER("myExt", json_bool(true))},
                             again[] = {JSON_MEMBER("id", json_string(TEXT("2")))},
                             nested[] = {JSON_MEMBER("ext", json_object(NULL, 0))},
                             number[] = {JSON_MEMBER("ext", json_int(INT64_MAX))};
    no_id.id = TEXT_NONE;
    empty_type.type = TEXT("");
    bad_time.time = TEXT("now");
    bad_name.extensions = json_object(name, 1);
    twice.extensions = json_object(again, 1);
    object.extensions = json_object(nested, 1);
    big.extensions = json_object(number, 1);
    control.subject = TEXT("a\nb");
    xml.datacontenttype = TEXT("text/xml");
    for (int i = 0; i <= JSON_WALK_DEPTH_MAX; i++) {
        struct json *item = arena_alloc(*state, sizeof *item);
        *item = deep.data;
        deep.data = json_array(item, 1);
    }
    const struct {
        const struct event *event;
        const char *message;
    } cases[] = {
        {&no_id, "id is missing"},
        {&empty_type, "type is empty"},
        {&bad_time, "time is no time as 2026-01-02T03:04:05Z (RFC 3339): \"now\""},
        {&bad_name, "\"myExt\" is no name of an attribute, which has lower-case letters and "
                    "digits only and is not \"data\""},
        {&twice, "id stands twice"},
        {&object, "ext is a JSON object; attributes are strings, integers or booleans"},
        {&big, "ext is no integer of 32 bits, the only numbers that attributes may be"},
        {&control, "subject has the character U+000A, which CloudEvents does not allow"},
        {&xml, "data is \"text/xml\"; only JSON is understood"},
        {&deep, "data is nested deeper than 1024 or larger than 256 MiB in memory"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        for (int mode = CONTENT_BINARY; mode <= CONTENT_STRUCTURED; mode++) {
            struct record record;
            struct error error;
            CHECK_ROW(cases[i].message,
                      cloudevent_encode(*state, cases[i].event, (enum content_mode)mode,
                                        TEXT("topic"), &record, &error) == STATUS_REJECTED);
            assert_string_equal(error.message, cases[i].message);
        }
    }
}

static void test_encoding_without_memory(void **state)
{
    (void)state;
    for (int mode = CONTENT_BINARY; mode <= CONTENT_STRUCTURED; mode++) {
        enum status status = STATUS_FATAL;
        for (size_t size = 8; status != STATUS_OK && size < 16384; size += 8) {
            struct arena *arena = arena_create(size);
            struct event event = sample();
            struct record record;
            struct error error;
            status = cloudevent_encode(arena, &event, (enum content_mode)mode, TEXT("topic"),
                                       &record, &error);
            assert_true(status == STATUS_OK || status == STATUS_FATAL);
            arena_destroy(arena);
        }
        assert_int_equal(status, STATUS_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decoded),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_many_extensions),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_encoded_in_binary_mode),
        cmocka_unit_test(test_encoded_in_structured_mode),
        cmocka_unit_test(test_comes_back),
        cmocka_unit_test(test_not_encoded),
        cmocka_unit_test(test_encoding_without_memory),
    };
    return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
