/* The definition files of this folder: each broken one has the one problem that
 * invalid/expected.tsv says, each lint warns where lint/expected.tsv says and nowhere in
 * the file that looks alike; nothing is said of the examples. */
#include "tests/test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "adapters/json/json_parse.h"
#include "core/problem.h"
#include "worker/definition.h"
#include "worker/folder.h"

enum { FIELDS_MAX = 6 };

/* One line of a table: its fields, between tabs. */
struct row {
    char line[1024];
    char *fields[FIELDS_MAX];
};

static bool next_row(FILE *table, struct row *row, size_t field_count)
{
    do {
        if (fgets(row->line, sizeof row->line, table) == NULL)
            return false;
    } while (row->line[0] == '#');
    row->line[strcspn(row->line, "\n")] = '\0';
    char *rest = row->line;
    for (size_t i = 0; i < field_count; i++) {
        assert_non_null(rest);
        row->fields[i] = rest;
        rest = strchr(rest, '\t');
        if (rest != NULL)
            *rest++ = '\0';
    }
    assert_null(rest);
    return true;
}

static FILE *open_table(const char *folder)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s/expected.tsv", DEFINITIONS_FOLDER, folder);
    FILE *table = fopen(path, "r");
    assert_non_null(table);
    return table;
}

/* All that is said of a file. */
static void examine(const char *path, struct problem_list *problems)
{
    static const struct lint_settings all = {.is_allowed = {false}};
    struct definition *definition = NULL;
    struct error error;
    enum status status = definition_read(path, JSON_LIMITS_DEFAULT, problems, &definition, &error);
    if (status == STATUS_OK)
        status = definition_check(definition, &all, false, problems, &error);
    assert_true(status == STATUS_OK || status == STATUS_REJECTED);
    definition_destroy(definition);
}

static void examine_file(const char *folder, const char *name, const char *ending,
                         struct problem_list *problems)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s/%s%s.json", DEFINITIONS_FOLDER, folder, name, ending);
    examine(path, problems);
}

static bool is_rule(const struct problem *problem, const char *rule)
{
    return rule == NULL ? problem->rule == NULL && problem->severity == PROBLEM_ERROR
                        : problem->rule != NULL && strcmp(problem->rule, rule) == 0 &&
                              problem->severity == PROBLEM_WARNING;
}

/* `fields`: line, column, path, part of the sentence. */
static bool is_as_expected(const struct problem_list *problems, const char *rule,
                           char *const *fields)
{
    const struct problem *problem = &problems->items[0];
    return problems->count == 1 && !problems->cut && is_rule(problem, rule) &&
           problem->position.line == strtoul(fields[0], NULL, 10) &&
           problem->position.column == strtoul(fields[1], NULL, 10) &&
           strcmp(problem->path, fields[2]) == 0 && strstr(problem->message, fields[3]) != NULL;
}

static void print_found(const char *name, const struct problem_list *problems)
{
    print_error("%s: not what is expected, but:\n", name);
    for (size_t i = 0; i < problems->count; i++) {
        const struct problem *problem = &problems->items[i];
        print_error("  %u:%u %s: %s\n", problem->position.line, problem->position.column,
                    problem->path, problem->message);
    }
}

static size_t count_files(const char *folder)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", DEFINITIONS_FOLDER, folder);
    DIR *directory = opendir(path);
    assert_non_null(directory);
    size_t count = 0;
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;)
        count += text_ends_with(text_of(entry->d_name), ".json");
    closedir(directory);
    return count;
}

static void test_the_fault_of_each_invalid_definition(void **state)
{
    static struct problem_list problems;
    FILE *table = open_table("invalid");
    struct row row;
    size_t rows = 0, wrong = 0;
    for (; next_row(table, &row, 5); rows++) {
        problem_list_init(&problems, *state);
        examine_file("invalid", row.fields[0], "", &problems);
        if (is_as_expected(&problems, NULL, &row.fields[1]))
            continue;
        print_found(row.fields[0], &problems);
        wrong++;
    }
    fclose(table);
    assert_int_equal(wrong, 0);
    assert_int_equal(rows, count_files("invalid"));
    assert_true(rows >= 60);
}

static void test_what_each_lint_warns_of(void **state)
{
    static struct problem_list problems;
    FILE *table = open_table("lint");
    struct row row;
    size_t rows = 0, wrong = 0;
    bool has_row[LINT_RULE_COUNT] = {false};
    for (; next_row(table, &row, 6); rows++) {
        problem_list_init(&problems, *state);
        examine_file("lint", row.fields[0], "", &problems);
        if (!is_as_expected(&problems, row.fields[1], &row.fields[2])) {
            print_found(row.fields[0], &problems);
            wrong++;
        }
        has_row[lint_find(text_of(row.fields[1]))] = true;
        problem_list_init(&problems, *state);
        examine_file("lint", row.fields[0], "-not", &problems);
        if (problems.count > 0) {
            print_found(row.fields[0], &problems);
            wrong++;
        }
    }
    fclose(table);
    assert_int_equal(wrong, 0);
    assert_int_equal(2 * rows, count_files("lint"));
    for (size_t i = 0; i < LINT_RULE_COUNT; i++)
        CHECK_ROW(lint_descriptions[i].name, has_row[i]);
}

static void examine_example(struct arena *arena, const char *folder)
{
    static struct problem_list problems;
    const char **paths;
    size_t count;
    struct error error;
    assert_int_equal(folder_list(arena, folder, &paths, &count, &error), STATUS_OK);
    for (size_t i = 0; i < count; i++) {
        problem_list_init(&problems, arena);
        examine(paths[i], &problems);
        if (problems.count > 0)
            print_found(paths[i], &problems);
        assert_int_equal(problems.count, 0);
    }
}

static void test_nothing_is_said_of_the_examples(void **state)
{
    DIR *examples = opendir(EXAMPLES_FOLDER);
    assert_non_null(examples);
    size_t count = 0;
    for (const struct dirent *entry; (entry = readdir(examples)) != NULL;) {
        char folder[1024];
        snprintf(folder, sizeof folder, "%s/%s", EXAMPLES_FOLDER, entry->d_name);
        if (entry->d_name[0] == '.' || !folder_is_one(folder))
            continue;
        examine_example(*state, folder);
        count++;
    }
    closedir(examples);
    assert_true(count > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_fault_of_each_invalid_definition, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(test_what_each_lint_warns_of, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(test_nothing_is_said_of_the_examples, arena_setup,
                                        arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
