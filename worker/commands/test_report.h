/* test_report.h - what a run of scenarios came to: for people, and in the formats that
 * other tools read. */
#ifndef WORKER_COMMANDS_TEST_REPORT_H
#define WORKER_COMMANDS_TEST_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "core/machine/coverage.h"
#include "core/text.h"

struct arena;
struct definition;

struct test_case {
    struct text name;
    bool passed;
    struct text message; /* of one that failed: lines, what was expected and what is */
};

/* A definition that was tested, by one file or several. */
struct tested_definition {
    const char *path;
    struct definition *definition;
    struct coverage coverage;
};

/* One file of scenarios. */
struct test_suite {
    const char *path;
    const struct tested_definition *tested;
    const struct test_case *cases;
    size_t case_count;
};

struct test_run {
    const struct test_suite *suites;
    size_t suite_count;
    const struct tested_definition *definitions;
    size_t definition_count;
};

size_t test_run_failed(const struct test_run *run);
size_t test_run_total(const struct test_run *run);

/* Of all transitions, in hundredths of a per cent, rounded down: 100 % is all of them. */
unsigned coverage_hundredths(struct coverage_count count);

/* Each prints the whole run to standard output. STATUS_FATAL: the arena is full. */
enum status test_report_text(const struct test_run *run, struct arena *arena, struct error *error);
enum status test_report_tap(const struct test_run *run, struct arena *arena, struct error *error);
enum status test_report_junit(const struct test_run *run, struct arena *arena, struct error *error);

#endif
