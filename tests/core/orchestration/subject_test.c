/* Subjects as xOrca's clients write them. Expected texts and ids are expected.py's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/arena.h"
#include "core/base64.h"
#include "core/orchestration/subject.h"
#include "core/writer.h"

#define P1 "eyJwcm9jZXNzSWQiOiJwMSIsIm5hbWUiOiJzdW1tYXJ5IiwidmVyc2lvbiI6IjEuMC4wIn0="

/* TEXT for tables. */
#define LITERAL(literal)                \
    {                                   \
        "" literal, sizeof(literal) - 1 \
    }

static struct arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_create((size_t)1024 * 1024);
    return arena == NULL;
}

static int teardown(void **state)
{
    (void)state;
    arena_destroy(arena);
    return 0;
}

static void assert_text(struct text actual, struct text expected)
{
    assert_int_equal(actual.size, expected.size);
    assert_memory_equal(actual.data, expected.data, expected.size);
}

static const struct {
    struct text process_id;
    const char *text;
} written[] = {
    {LITERAL("p1"), P1},
    {LITERAL("a\"b\\c\b\f\n\r\t\x01\x1f\x7f"),
     "eyJwcm9jZXNzSWQiOiJhXCJiXFxjXGJcZlxuXHJcdFx1MDAwMVx1MDAxZn8iLCJuYW1lIjoic3VtbWFyeSIs"
     "InZlcnNpb24iOiIxLjAuMCJ9"},
    {LITERAL("B\xc3\xbc"
             "cher/\xe6\x9c\xac/\xf0\x9f\x98\x80"),
     "eyJwcm9jZXNzSWQiOiJCw7xjaGVyL+acrC/wn5iAIiwibmFtZSI6InN1bW1hcnkiLCJ2ZXJzaW9uIjoiMS4wLjAi"
     "fQ=="},
    {LITERAL("p\0q"),
     "eyJwcm9jZXNzSWQiOiJwXHUwMDAwcSIsIm5hbWUiOiJzdW1tYXJ5IiwidmVyc2lvbiI6IjEuMC4wIn0="},
};

static void subjects_are_written_and_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof written / sizeof *written; i++) {
        struct subject subject = {written[i].process_id, TEXT("summary"), TEXT("1.0.0")}, read;
        struct text text;
        struct error error;
        assert_int_equal(subject_write(arena, &subject, &text, &error), STATUS_OK);
        assert_text(text, text_of(written[i].text));
        assert_int_equal(subject_read(arena, text, &read, &error), STATUS_OK);
        assert_text(read.process_id, subject.process_id);
        assert_text(read.name, subject.name);
        assert_text(read.version, subject.version);
    }
}

/* The longest process id makes just SUBJECT_SIZE_MAX bytes: 768 of JSON, 44 around it. */
static void a_subject_is_not_longer_than_its_limit(void **state)
{
    (void)state;
    char id[769];
    memset(id, 'x', sizeof id);
    static const char around[] = "{\"processId\":\"\",\"name\":\"summary\",\"version\":\"1.0.0\"}";
    size_t longest = 768 - (sizeof around - 1);
    struct subject subject = {{id, longest}, TEXT("summary"), TEXT("1.0.0")}, read;
    struct text text;
    struct error error;
    assert_int_equal(subject_write(arena, &subject, &text, &error), STATUS_OK);
    assert_int_equal(text.size, SUBJECT_SIZE_MAX);
    assert_int_equal(subject_read(arena, text, &read, &error), STATUS_OK);

    subject.process_id.size = longest + 1;
    assert_int_equal(subject_write(arena, &subject, &text, &error), STATUS_REJECTED);
    assert_non_null(strstr(error.message, "longer than 1024 bytes"));
    subject.process_id = (struct text){"\"\"\"\"", 0};
    assert_int_equal(subject_write(arena, &subject, &text, &error), STATUS_REJECTED);
    assert_string_equal(error.message, "subject: \"processId\" is missing or empty");
}

/* What a subject encodes, and what is said of it; NULL: it is read as p1's. */
static const struct {
    struct text json;
    const char *problem;
} encoded[] = {
    {LITERAL("{\"processId\":\"p1\",\"name\":\"summary\",\"version\":\"1.0.0\"}"), NULL},
    {LITERAL("{\"version\":\"1.0.0\",\"name\":\"summary\",\"processId\":\"p1\"}"), NULL},
    {LITERAL(" {\t\"processId\" :\n\"p1\" ,\r\"name\": \"summary\", \"version\": \"1.0.0\" } "),
     NULL},
    {LITERAL("{\"\\u0070rocessId\":\"\\u00701\",\"name\":\"summary\",\"version\":\"1.0.0\"}"),
     NULL},
    {LITERAL("{\"name\":\"summary\",\"version\":\"1.0.0\"}"), "\"processId\" is missing or empty"},
    {LITERAL("{\"processId\":\"\",\"name\":\"summary\",\"version\":\"1.0.0\"}"),
     "\"processId\" is missing or empty"},
    {LITERAL("{\"processId\":\"p1\",\"version\":\"1.0.0\"}"), "\"name\" is missing or empty"},
    {LITERAL("{\"processId\":\"p1\",\"name\":\"summary\"}"), "\"version\" is missing or empty"},
    {LITERAL("{\"processId\":\"p1\",\"name\":\"sum/mary\",\"version\":\"1.0.0\"}"),
     "\"name\" is not"},
    {LITERAL("{\"processId\":\"p1\",\"name\":\"a b\",\"version\":\"1.0.0\"}"), "\"name\" is not"},
    {LITERAL("{\"processId\":\"p1\",\"name\":\"summary\",\"version\":\"1.0\"}"),
     "of the form 1.2.3"},
    {LITERAL("{\"processId\":1,\"name\":\"summary\",\"version\":\"1.0.0\"}"),
     "malformed at byte 13: expected a string"},
    {LITERAL("{\"processId\":\"p1\",\"processId\":\"p2\"}"), "each once"},
    {LITERAL("{\"processId\":\"p1\",\"extra\":\"p2\"}"), "each once"},
    {LITERAL("{\"processId\":\"p1\",\"name\":\"summary\",\"version\":\"1.0.0\",}"),
     "expected a string"},
    {LITERAL("{\"processId\":\"p1\",\"name\":\"summary\",\"version\":\"1.0.0\"}x"), "nothing more"},
    {LITERAL("{\"processId\":\"p1\",\"name\":\"summary\",\"version\":\"1.0.0\"}\0"),
     "nothing more"},
    {LITERAL("{\"processId\":\"p1\""), "expected \",\" or \"}\""},
    {LITERAL("{\"processId\" \"p1\"}"), "expected \":\""},
    {LITERAL("{\"processId\":\"p1"), "the string to end"},
    {LITERAL("{\"processId\":\"p1\\"), "a valid escape sequence"},
    {LITERAL("{\"processId\":\"\\x\"}"), "a valid escape sequence"},
    {LITERAL("{\"processId\":\"\\u00g0\"}"), "a valid escape sequence"},
    {LITERAL("{\"processId\":\"\\u00"), "a valid escape sequence"},
    {LITERAL("{\"processId\":\"\\ud83d\"}"), "a valid escape sequence"},
    {LITERAL("{\"processId\":\"\\ud83d\\u0041\"}"), "a valid escape sequence"},
    {LITERAL("{\"processId\":\"\\ud83d\\ufffd\"}"), "a valid escape sequence"},
    {LITERAL("{\"processId\":\"\\ude00\"}"), "a valid escape sequence"},
    {LITERAL("{\"processId\":\"a\nb\"}"), "control characters to be escaped"},
    {LITERAL("{\"processId\":\"\\n\nb\"}"), "control characters to be escaped"},
    {LITERAL("{\"processId\":\"\xff\"}"), "not valid UTF-8"},
    {LITERAL("[\"p1\"]"), "expected \"{\""},
    {LITERAL("{}"), "expected a string"},
    {LITERAL("null"), "expected \"{\""},
};

static struct text encode(struct text json)
{
    struct writer writer;
    writer_init_arena(&writer, arena, 4096);
    base64_write(&writer, json);
    assert_false(writer.overflowed);
    return writer_result(&writer);
}

static void received_subjects_are_read_or_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof encoded / sizeof *encoded; i++) {
        struct subject subject;
        struct error error = {.status = STATUS_OK};
        enum status status = subject_read(arena, encode(encoded[i].json), &subject, &error);
        if (encoded[i].problem == NULL) {
            assert_int_equal(status, STATUS_OK);
            assert_text(subject.process_id, TEXT("p1"));
            assert_text(subject.name, TEXT("summary"));
            assert_text(subject.version, TEXT("1.0.0"));
            continue;
        }
        assert_int_equal(status, STATUS_REJECTED);
        if (strstr(error.message, encoded[i].problem) == NULL)
            fail_msg("%s: \"%s\"", encoded[i].json.data, error.message);
    }
}

static void texts_that_are_no_base64_are_refused(void **state)
{
    (void)state;
    char longest[SUBJECT_SIZE_MAX + 4];
    memset(longest, 'A', sizeof longest);
    const struct {
        struct text text;
        const char *problem;
    } cases[] = {
        {TEXT_NONE, "subject is missing or empty"},
        {TEXT(""), "subject is missing or empty"},
        {TEXT("init"), "not valid UTF-8"},
        {TEXT("order/42"), "not valid UTF-8"},
        {TEXT("p1"), "subject is not base64 of"},
        {TEXT("eyJwcm9jZXNzSWQiOiJwMSJ9 "), "subject is not base64 of"},
        {{longest, sizeof longest}, "subject has 1028 bytes; at most 1024 are taken"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct subject subject;
        struct error error;
        assert_int_equal(subject_read(arena, cases[i].text, &subject, &error), STATUS_REJECTED);
        if (strstr(error.message, cases[i].problem) == NULL)
            fail_msg("case %zu: \"%s\"", i, error.message);
    }
}

static void a_full_arena_is_no_fault_of_the_subject(void **state)
{
    (void)state;
    struct arena *full = arena_create(64);
    struct subject subject = {TEXT("p1"), TEXT("summary"), TEXT("1.0.0")};
    struct text text;
    struct error error;
    assert_int_equal(subject_read(full, text_of(P1), &subject, &error), STATUS_FATAL);
    assert_int_equal(subject_write(full, &subject, &text, &error), STATUS_FATAL);
    arena_destroy(full);
}

static const struct {
    const char *subject;
    const char *id;
    int64_t lock;
} identities[] = {
    {P1, "9e0c4bfa-d675-84f7-ae68-063b8744f7f3", -7058182975284476681},
    {"eyJwcm9jZXNzSWQiOiJwMiIsIm5hbWUiOiJzdW1tYXJ5IiwidmVyc2lvbiI6IjEuMC4wIn0=",
     "93e781e5-c11b-8ec5-8abc-ef06e5c60ebe", -7789114206726680891},
    {"init", "0aee16a0-4684-8f5a-a3a8-710a748d1ef9", 787591862470086490},
};

static void identities_never_change(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof identities / sizeof *identities; i++) {
        struct hash128 id = subject_id(text_of(identities[i].subject));
        char uuid[UUID_TEXT_SIZE];
        hash_uuid(id, uuid); /* the id is that of a UUID already: its bits stay */
        assert_string_equal(uuid, identities[i].id);
        assert_true(subject_lock(id) == identities[i].lock);
    }
}

static void names_are_what_topics_can_hold(void **state)
{
    (void)state;
    char longest[NAME_SIZE_MAX + 1];
    memset(longest, 'n', sizeof longest);
    const struct {
        struct text name;
        bool is_valid;
    } cases[] = {
        {TEXT("summary"), true},
        {TEXT("book-summary"), true},
        {TEXT("a.b_2.c"), true},
        {TEXT("7"), true},
        {TEXT("bookSummary"), true},
        {{longest, NAME_SIZE_MAX}, true},
        {{longest, NAME_SIZE_MAX + 1}, false},
        {TEXT_NONE, false},
        {TEXT("sum mary"), false},
        {TEXT("sum/mary"), false},
        {TEXT("b\xc3\xbc"
              "cher"),
         false},
        {TEXT("a\0b"), false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(name_is_valid(cases[i].name), cases[i].is_valid);
}

static void versions_are_three_numbers(void **state)
{
    (void)state;
    static const char *const valid[] = {"0.0.0", "1.2.3", "10.20.30", "1.0.99999999999999999999"};
    static const char *const wrong[] = {"",       "1",     "1.2",    "1.2.3.4",  "1.2.",
                                        ".1.2",   "1..2",  "v1.2.3", "1.2.3-rc", "1.2.3 ",
                                        "-1.2.3", "1.2.x", "1,2,3"};
    for (size_t i = 0; i < sizeof valid / sizeof *valid; i++)
        assert_true(version_is_valid(text_of(valid[i])));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(version_is_valid(text_of(wrong[i])));
    assert_false(version_is_valid(TEXT_NONE));
}

static void versions_are_ordered_as_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        int order;
    } cases[] = {
        {"1.0.0", "1.0.0", 0},
        {"1.0.0", "1.0.1", -1},
        {"1.9.0", "1.10.0", -1},
        {"2.0.0", "10.0.0", -1},
        {"1.2.3", "1.2.03", 0},
        {"1.0.0", "0.99.99", 1},
        {"0.0.18446744073709551615", "0.0.18446744073709551616", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int order = version_compare(text_of(cases[i].a), text_of(cases[i].b));
        int reverse = version_compare(text_of(cases[i].b), text_of(cases[i].a));
        assert_int_equal((order > 0) - (order < 0), cases[i].order);
        assert_int_equal((reverse > 0) - (reverse < 0), -cases[i].order);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(subjects_are_written_and_read),
        cmocka_unit_test(a_subject_is_not_longer_than_its_limit),
        cmocka_unit_test(received_subjects_are_read_or_refused),
        cmocka_unit_test(texts_that_are_no_base64_are_refused),
        cmocka_unit_test(a_full_arena_is_no_fault_of_the_subject),
        cmocka_unit_test(identities_never_change),
        cmocka_unit_test(names_are_what_topics_can_hold),
        cmocka_unit_test(versions_are_three_numbers),
        cmocka_unit_test(versions_are_ordered_as_numbers),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
