/* The command line: what it takes, and what it says of what it does not take. */
#include "tests/test.h"

#include "worker/command.h"

static int do_nothing(struct command_call *call)
{
    (void)call;
    return EXIT_DONE;
}

static const struct command example = {.name = "example",
                                       .group = "Tests",
                                       .arguments = "NAME [OTHER]",
                                       .arguments_min = 1,
                                       .arguments_max = 2,
                                       .summary = "does nothing",
                                       .description = "",
                                       .example = "",
                                       .options = {{"input", "JSON", "a value"},
                                                   {"count", "N", "a number"},
                                                   {"json", NULL, "a switch"}},
                                       .run = do_nothing};

enum { WORDS_MAX = 8 };

static enum status parse(struct arena *arena, const char *const words[WORDS_MAX],
                         struct command_call *call, struct error *error)
{
    size_t count = 0;
    while (count < WORDS_MAX && words[count] != NULL)
        count++;
    return command_parse(&example, words, count, arena, call, error);
}

static void good_use(void **state)
{
    struct command_call call;
    struct error error;
    const char *const words[WORDS_MAX] = {"first",  "--input",        "{}", "--count=3",
                                          "--json", "--batch-events", "7",  "second"};
    assert_int_equal(parse(*state, words, &call, &error), STATUS_OK);
    assert_int_equal(call.argument_count, 2);
    assert_string_equal(call.arguments[0], "first");
    assert_string_equal(call.arguments[1], "second");
    assert_string_equal(command_option(&call, "input"), "{}");
    assert_string_equal(command_option(&call, "count"), "3");
    assert_true(command_switch(&call, "json"));
    assert_int_equal(call.flag_count, 1);
    assert_string_equal(call.flags[0].name, "batch-events");
    assert_string_equal(call.flags[0].value, "7");
}

static void what_looks_like_an_option_can_be_an_argument(void **state)
{
    struct command_call call;
    struct error error;
    const char *const words[WORDS_MAX] = {"--", "--json", "-x"};
    assert_int_equal(parse(*state, words, &call, &error), STATUS_OK);
    assert_int_equal(call.argument_count, 2);
    assert_string_equal(call.arguments[0], "--json");
    assert_false(command_switch(&call, "json"));
    const char *const dash[WORDS_MAX] = {"-"};
    assert_int_equal(parse(*state, dash, &call, &error), STATUS_OK);
    assert_string_equal(call.arguments[0], "-");
}

static void help_needs_no_arguments(void **state)
{
    struct command_call call;
    struct error error;
    const char *const words[WORDS_MAX] = {"--help"};
    assert_int_equal(parse(*state, words, &call, &error), STATUS_OK);
    assert_true(call.wants_help);
}

static const struct {
    const char *words[WORDS_MAX];
    const char *message;
} refused[] = {
    {{NULL}, "something is missing: xorca example NAME [OTHER]"},
    {{"a", "b", "c"}, "\"c\" is too much"},
    {{"a", "--input"}, "--input needs a value: --input JSON"},
    {{"a", "--inptu", "x"}, "--inptu: no such option; did you mean --input?"},
    {{"a", "--jsno"}, "did you mean --json?"},
    {{"a", "--batch-event", "1"}, "did you mean --batch-events?"},
    {{"a", "--kafka-bootstrap-server", "x"}, "did you mean --kafka-bootstrap-servers?"},
    {{"a", "--qqqqqqqq"}, "--qqqqqqqq: no such option; `xorca example --help` lists them"},
    {{"a", "--json=1"}, "--json takes no value"},
    {{"a", "--json", "--json"}, "--json is given twice"},
    {{"a", "--count", "1", "--count", "2"}, "--count is given twice"},
    {{"a", "-j"}, "-j: no such option; options begin with two dashes"},
    {{"a", "--=x"}, "--: no such option"},
};

static void bad_use(void **state)
{
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        struct command_call call;
        struct error error;
        CHECK_ROW(refused[i].message,
                  parse(*state, refused[i].words, &call, &error) == STATUS_REJECTED);
        if (strstr(error.message, refused[i].message) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", error.message, refused[i].message);
    }
}

static void numbers(void **state)
{
    static const struct {
        const char *value;
        bool good;
    } cases[] = {{"1", true},    {"10", true},  {"0", false},
                 {"11", false},  {"", false},   {"-1", false},
                 {"1.5", false}, {"+1", false}, {"18446744073709551617", false}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct command_call call;
        struct error error;
        const char *const words[WORDS_MAX] = {"a", "--count", cases[i].value};
        uint64_t number = 99;
        assert_int_equal(parse(*state, words, &call, &error), STATUS_OK);
        enum status status = command_number(&call, "count", 1, 10, &number, &error);
        CHECK_ROW(cases[i].value, (status == STATUS_OK) == cases[i].good);
        CHECK_ROW(cases[i].value, cases[i].good || number == 99);
    }
}

/* What the table promises to the parser and to readers. */
static void the_table_is_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < command_table_count; i++) {
        const struct command *command = &command_table[i];
        CHECK_ROW(command->name, command->run != NULL);
        CHECK_ROW(command->name, command->summary[0] != '\0');
        CHECK_ROW(command->name, strstr(command->example, command->name) != NULL);
        CHECK_ROW(command->name, command->arguments_min <= command->arguments_max);
        for (size_t j = 0; j < COMMAND_OPTIONS_MAX && command->options[j].name != NULL; j++) {
            CHECK_ROW(command->options[j].name, command->options[j].help[0] != '\0');
            /* a setting's flag of that name could never be given */
            CHECK_ROW(command->options[j].name, !settings_is_flag(command->options[j].name));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(good_use, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(what_looks_like_an_option_can_be_an_argument, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(help_needs_no_arguments, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(bad_use, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(numbers, arena_setup, arena_teardown),
        cmocka_unit_test(the_table_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
