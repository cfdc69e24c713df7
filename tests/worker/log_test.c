/* Log lines: one happening is one line, whatever its values hold. */
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "adapters/json/json_parse.h"
#include "core/clock.h"
#include "worker/log.h"

enum { CAPTURED_SIZE = 64 * 1024 };

/* What `write_lines` writes to standard error. */
static struct text capture(void (*write_lines)(const void *context), const void *context)
{
    static char buffer[CAPTURED_SIZE];
    FILE *file = tmpfile();
    assert_non_null(file);
    int saved = dup(STDERR_FILENO);
    assert_int_equal(dup2(fileno(file), STDERR_FILENO), STDERR_FILENO);
    write_lines(context);
    assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
    close(saved);
    rewind(file);
    size_t size = fread(buffer, 1, sizeof buffer, file);
    fclose(file);
    return (struct text){buffer, size};
}

static void write_value(const void *context)
{
    log_info("event happened", log_text("reason", *(const struct text *)context));
}

/* TEXT is a compound literal, which no static table can hold. */
#define BYTES(literal)               \
    {                                \
        literal, sizeof(literal) - 1 \
    }

/* What stands behind "event happened ". */
static const struct {
    const char *name;
    struct text value;
    struct text shown;
} text_cases[] = {
    {"a word", BYTES("evt.books.fetch"), BYTES("reason=evt.books.fetch")},
    {"empty", BYTES(""), BYTES("reason=\"\"")},
    {"spaces", BYTES("a b"), BYTES("reason=\"a b\"")},
    {"equals sign", BYTES("a=b"), BYTES("reason=\"a=b\"")},
    {"quote", BYTES("say \"hi\""), BYTES("reason=\"say \\\"hi\\\"\"")},
    {"backslash", BYTES("a\\b"), BYTES("reason=\"a\\\\b\"")},
    {"newline", BYTES("a\nerror forged"), BYTES("reason=\"a\\nerror forged\"")},
    {"carriage return and tab", BYTES("a\r\tb"), BYTES("reason=\"a\\r\\tb\"")},
    {"NUL", BYTES("a\0b"), BYTES("reason=\"a\\u0000b\"")},
    {"terminal sequence", BYTES("\033[2J"), BYTES("reason=\"\\u001b[2J\"")},
    {"DEL", BYTES("\x7f"), BYTES("reason=\"\\u007f\"")},
    {"C1 control as UTF-8",
     BYTES("\xc2\x9b"
           "2J"),
     BYTES("reason=\"\\u009b2J\"")},
    {"C1 control as a byte",
     BYTES("\x9b"
           "2J"),
     BYTES("reason=\"\\x9b2J\"")},
    {"UTF-8",
     BYTES("Gr\xc3\xbc\xc3\x9f"
           "e"),
     BYTES("reason=\"Gr\xc3\xbc\xc3\x9f"
           "e\"")},
    {"cut UTF-8", BYTES("a\xc3"), BYTES("reason=\"a\\xc3\"")},
    {"overlong UTF-8", BYTES("\xc0\xaf"), BYTES("reason=\"\\xc0\\xaf\"")},
    {"surrogate", BYTES("\xed\xa0\x80"), BYTES("reason=\"\\xed\\xa0\\x80\"")},
    {"line separator",
     BYTES("a\xe2\x80\xa8"
           "b"),
     BYTES("reason=\"a\\u2028b\"")},
    {"text direction",
     BYTES("a\xe2\x80\xae"
           "b"),
     BYTES("reason=\"a\\u202eb\"")},
    {"emoji", BYTES("\xf0\x9f\x90\x8b"), BYTES("reason=\"\xf0\x9f\x90\x8b\"")},
};

static void text_values(void **state)
{
    (void)state;
    log_configure(LOG_INFO, LOG_TEXT);
    for (size_t i = 0; i < COUNT_OF(text_cases); i++) {
        struct text line = capture(write_value, &text_cases[i].value);
        static const char middle[] = "Z info event happened ";
        enum { TIME_SIZE = 23 };
        CHECK_ROW(text_cases[i].name, line.size > TIME_SIZE + sizeof middle &&
                                          line.data[line.size - 1] == '\n' &&
                                          memchr(line.data, '\n', line.size - 1) == NULL);
        struct clock_time time;
        CHECK_ROW(text_cases[i].name, clock_parse((struct text){line.data, TIME_SIZE + 1}, &time));
        CHECK_ROW(text_cases[i].name,
                  memcmp(line.data + TIME_SIZE, middle, sizeof middle - 1) == 0);
        size_t head = TIME_SIZE + sizeof middle - 1;
        ASSERT_TEXT(((struct text){line.data + head, line.size - head - 1}), text_cases[i].shown);
    }
}

/* Any value makes one line of valid JSON, which says the same. */
static void json_values(void **state)
{
    log_configure(LOG_INFO, LOG_JSON);
    for (size_t i = 0; i < COUNT_OF(text_cases); i++) {
        struct text line = capture(write_value, &text_cases[i].value);
        struct json json;
        struct error error;
        CHECK_ROW(text_cases[i].name,
                  memchr(line.data, '\n', line.size) == line.data + line.size - 1);
        CHECK_ROW(text_cases[i].name,
                  json_parse(*state, line, JSON_LIMITS_DEFAULT, &json, &error) == STATUS_OK);
        ASSERT_TEXT(json_get_string(json, "level"), TEXT("info"));
        ASSERT_TEXT(json_get_string(json, "message"), TEXT("event happened"));
        bool is_utf8 =
            text_cases[i].shown.size < 4 || strstr(text_cases[i].shown.data, "\\x") == NULL;
        if (is_utf8)
            ASSERT_TEXT(json_get_string(json, "reason"), text_cases[i].value);
    }
    log_configure(LOG_INFO, LOG_TEXT);
}

static void write_fields(const void *context)
{
    (void)context;
    log_warn("lane live", log_number("lane", 3), log_number("offset", INT64_MIN),
             log_string("member", NULL));
}

static void fields(void **state)
{
    (void)state;
    log_configure(LOG_INFO, LOG_TEXT);
    struct text line = capture(write_fields, NULL);
    assert_true(
        text_ends_with(line, "Z warn lane live lane=3 offset=-9223372036854775808 member=\"\"\n"));
}

static void write_much(const void *context)
{
    static char bytes[3000];
    (void)context;
    memset(bytes, '\n', sizeof bytes);
    struct text value = {bytes, sizeof bytes};
    log_info("much", log_text("a", value), log_text("b", value), log_text("c", value),
             log_text("d", value), log_text("e", value), log_text("f", value), log_text("g", value),
             log_text("h", value), log_text("i", value), log_text("j", value), log_text("k", value),
             log_text("l", value), log_text("m", value), log_text("n", value), log_text("o", value),
             log_text("p", value));
}

static void what_is_long_is_cut_and_stays_one_line(void **state)
{
    log_configure(LOG_INFO, LOG_JSON);
    struct text line = capture(write_much, NULL);
    struct json json;
    struct error error;
    assert_int_equal(json_parse(*state, line, JSON_LIMITS_DEFAULT, &json, &error), STATUS_OK);
    struct text value = json_get_string(json, "a");
    assert_true(text_ends_with(value, "..."));
    assert_true(value.size <= LOG_VALUE_SIZE_MAX + 3);
    log_configure(LOG_INFO, LOG_TEXT);
    line = capture(write_much, NULL);
    assert_ptr_equal(memchr(line.data, '\n', line.size), line.data + line.size - 1);
}

static void write_all_levels(const void *context)
{
    (void)context;
    log_error("e", log_number("n", 1));
    log_warn("w", log_number("n", 1));
    log_info("i", log_number("n", 1));
    log_debug("d", log_number("n", 1));
}

static void levels(void **state)
{
    (void)state;
    static const size_t lines[] = {
        [LOG_ERROR] = 1, [LOG_WARN] = 2, [LOG_INFO] = 3, [LOG_DEBUG] = 4};
    static const enum log_level all[] = {LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG};
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        log_configure(all[i], LOG_TEXT);
        struct text text = capture(write_all_levels, NULL);
        size_t count = 0;
        for (size_t j = 0; j < text.size; j++)
            count += text.data[j] == '\n';
        assert_int_equal(count, lines[all[i]]);
    }
    log_configure(LOG_INFO, LOG_TEXT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_values),
        cmocka_unit_test_setup_teardown(json_values, arena_setup, arena_teardown),
        cmocka_unit_test(fields),
        cmocka_unit_test_setup_teardown(what_is_long_is_cut_and_stays_one_line, arena_setup,
                                        arena_teardown),
        cmocka_unit_test(levels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
