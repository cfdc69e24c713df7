#include "worker/commands/test_report.h"

#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "core/utf8.h"
#include "core/writer.h"
#include "worker/commands/common.h"
#include "worker/definition.h"
#include "worker/printable.h"
#include "worker/terminal.h"

/* The longest list of what is not covered, and the longest XML text. */
#define REPORT_SIZE_MAX ((size_t)64 * 1024 * 1024)

size_t test_run_total(const struct test_run *run)
{
    size_t total = 0;
    for (size_t i = 0; i < run->suite_count; i++)
        total += run->suites[i].case_count;
    return total;
}

static size_t failed_of(const struct test_suite *suite)
{
    size_t failed = 0;
    for (size_t i = 0; i < suite->case_count; i++)
        failed += !suite->cases[i].passed;
    return failed;
}

size_t test_run_failed(const struct test_run *run)
{
    size_t failed = 0;
    for (size_t i = 0; i < run->suite_count; i++)
        failed += failed_of(&run->suites[i]);
    return failed;
}

unsigned coverage_hundredths(struct coverage_count count)
{
    if (count.total == 0)
        return 10000;
    return (unsigned)((uint64_t)count.covered * 10000 / count.total);
}

/* "18 of 20 transitions (90 %), 8 of 8 states". */
static void print_counts(const struct coverage *coverage)
{
    struct coverage_count transitions = coverage_transitions(coverage);
    struct coverage_count states = coverage_states(coverage);
    printf("%u of %u transitions (%u %%), %u of %u states", transitions.covered, transitions.total,
           coverage_hundredths(transitions) / 100, states.covered, states.total);
}

static enum status print_missing(const struct coverage *coverage, const char *indent,
                                 struct arena *arena, struct error *error)
{
    struct writer writer;
    writer_init_arena(&writer, arena, REPORT_SIZE_MAX);
    coverage_write_missing(coverage, "", &writer);
    if (writer.overflowed)
        return error_set(error, STATUS_FATAL, "more is not covered than can be printed");
    command_print_lines(stdout, writer_result(&writer), indent);
    return STATUS_OK;
}

/* --- For people ------------------------------------------------------------------------- */

static void print_suite(const struct test_suite *suite, bool colour)
{
    printable_print(stdout, text_of(suite->path), PRINTABLE_PLAIN);
    printf("\n");
    for (size_t i = 0; i < suite->case_count; i++) {
        const struct test_case *test = &suite->cases[i];
        printf("  %s%s%s ", terminal_colour(colour, test->passed ? COLOUR_GREEN : COLOUR_RED),
               test->passed ? "ok  " : "FAIL", terminal_colour(colour, COLOUR_NONE));
        printable_print(stdout, test->name, PRINTABLE_PLAIN);
        printf("\n");
        command_print_lines(stdout, test->message, "       ");
    }
}

enum status test_report_text(const struct test_run *run, struct arena *arena, struct error *error)
{
    bool colour = terminal_has_colour(stdout);
    for (size_t i = 0; i < run->suite_count; i++)
        print_suite(&run->suites[i], colour);
    printf("\ncoverage\n");
    for (size_t i = 0; i < run->definition_count; i++) {
        const struct tested_definition *tested = &run->definitions[i];
        printf("  ");
        printable_print(stdout, text_of(tested->path), PRINTABLE_PLAIN);
        printf(": ");
        print_counts(&tested->coverage);
        printf("\n");
        if (print_missing(&tested->coverage, "    ", arena, error) != STATUS_OK)
            return error->status;
    }
    size_t failed = test_run_failed(run);
    printf("\n%zu passed, %zu failed\n", test_run_total(run) - failed, failed);
    return STATUS_OK;
}

/* --- TAP, version 14 (testanything.org) ------------------------------------------------------ */

/* "#" begins a directive and "\" an escape (TAP 14, "Escaping"). */
static void print_tap_text(struct text text)
{
    for (size_t at = 0; at < text.size;) {
        char form[PRINTABLE_SIZE_MAX];
        bool is_mark = text.data[at] == '#' || text.data[at] == '\\';
        size_t size = printable_next(text, &at, PRINTABLE_PLAIN, form);
        if (is_mark)
            putchar('\\');
        fwrite(form, 1, size, stdout);
    }
}

static void print_tap_case(const struct test_suite *suite, const struct test_case *test,
                           size_t number)
{
    printf("%s %zu - ", test->passed ? "ok" : "not ok", number);
    print_tap_text(text_of(suite->path));
    printf(": ");
    print_tap_text(test->name);
    printf("\n");
    if (test->passed)
        return;
    printf("  ---\n  message: |\n");
    command_print_lines(stdout, test->message, "    ");
    printf("  ...\n");
}

enum status test_report_tap(const struct test_run *run, struct arena *arena, struct error *error)
{
    size_t number = 0;
    printf("TAP version 14\n1..%zu\n", test_run_total(run));
    for (size_t i = 0; i < run->suite_count; i++) {
        for (size_t j = 0; j < run->suites[i].case_count; j++)
            print_tap_case(&run->suites[i], &run->suites[i].cases[j], ++number);
    }
    for (size_t i = 0; i < run->definition_count; i++) {
        printf("# coverage of ");
        printable_print(stdout, text_of(run->definitions[i].path), PRINTABLE_PLAIN);
        printf(": ");
        print_counts(&run->definitions[i].coverage);
        printf("\n");
        if (print_missing(&run->definitions[i].coverage, "#   ", arena, error) != STATUS_OK)
            return error->status;
    }
    return STATUS_OK;
}

/* --- JUnit's XML ----------------------------------------------------------------------------- */

/* What XML 1.0 does not have ("Characters"), and bytes that are no UTF-8. */
static bool is_no_xml(struct text rest, size_t size)
{
    bool is_control = (unsigned char)rest.data[0] < ' ' && rest.data[0] != '\n';
    bool is_noncharacter = size == 3 && (memcmp(rest.data, "\xEF\xBF\xBE", 3) == 0 ||
                                         memcmp(rest.data, "\xEF\xBF\xBF", 3) == 0);
    return size == 0 || is_control || is_noncharacter;
}

static void write_xml(struct writer *writer, struct text text)
{
    size_t size;
    for (struct text rest = text; rest.size > 0;
         rest = (struct text){rest.data + size, rest.size - size}) {
        size = utf8_sequence(rest);
        if (is_no_xml(rest, size)) {
            writer_string(writer, "\xEF\xBF\xBD"); /* U+FFFD */
            size = size == 0 ? 1 : size;
        } else if (rest.data[0] == '<') {
            writer_string(writer, "&lt;");
        } else if (rest.data[0] == '>') {
            writer_string(writer, "&gt;");
        } else if (rest.data[0] == '&') {
            writer_string(writer, "&amp;");
        } else if (rest.data[0] == '"') {
            writer_string(writer, "&quot;");
        } else {
            writer_bytes(writer, rest.data, size);
        }
    }
}

static void write_attribute(struct writer *writer, const char *name, struct text value)
{
    writer_char(writer, ' ');
    writer_string(writer, name);
    writer_string(writer, "=\"");
    write_xml(writer, value);
    writer_char(writer, '"');
}

static void write_junit_counts(struct writer *writer, size_t tests, size_t failures)
{
    writer_format(writer, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"0\"", tests,
                  failures);
}

static void write_junit_coverage(struct writer *writer, const struct coverage *coverage)
{
    struct coverage_count transitions = coverage_transitions(coverage);
    struct coverage_count states = coverage_states(coverage);
    writer_format(writer,
                  "    <properties>\n"
                  "      <property name=\"transitions\" value=\"%u\"/>\n"
                  "      <property name=\"transitions.covered\" value=\"%u\"/>\n"
                  "      <property name=\"states\" value=\"%u\"/>\n"
                  "      <property name=\"states.covered\" value=\"%u\"/>\n"
                  "    </properties>\n",
                  transitions.total, transitions.covered, states.total, states.covered);
}

static void write_junit_case(struct writer *writer, const struct test_suite *suite,
                             const struct test_case *test)
{
    writer_string(writer, "    <testcase");
    write_attribute(writer, "classname", suite->tested->definition->name);
    write_attribute(writer, "name", test->name);
    if (test->passed) {
        writer_string(writer, "/>\n");
        return;
    }
    writer_string(writer, ">\n      <failure message=\"not as expected\">");
    write_xml(writer, test->message);
    writer_string(writer, "</failure>\n    </testcase>\n");
}

static void write_junit_suite(struct writer *writer, const struct test_suite *suite)
{
    writer_string(writer, "  <testsuite");
    write_attribute(writer, "name", text_of(suite->path));
    write_junit_counts(writer, suite->case_count, failed_of(suite));
    writer_string(writer, ">\n");
    write_junit_coverage(writer, &suite->tested->coverage);
    for (size_t i = 0; i < suite->case_count; i++)
        write_junit_case(writer, suite, &suite->cases[i]);
    writer_string(writer, "  </testsuite>\n");
}

enum status test_report_junit(const struct test_run *run, struct arena *arena, struct error *error)
{
    struct writer writer;
    writer_init_arena(&writer, arena, REPORT_SIZE_MAX);
    writer_string(&writer,
                  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"xorca\"");
    write_junit_counts(&writer, test_run_total(run), test_run_failed(run));
    writer_string(&writer, ">\n");
    for (size_t i = 0; i < run->suite_count; i++)
        write_junit_suite(&writer, &run->suites[i]);
    writer_string(&writer, "</testsuites>\n");
    if (writer.overflowed)
        return error_set(error, STATUS_FATAL, "a report of more than %zu bytes", REPORT_SIZE_MAX);
    fwrite(writer.data, 1, writer.size, stdout);
    return STATUS_OK;
}
