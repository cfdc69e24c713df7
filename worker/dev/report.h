/* report.h - what `xorca dev --start N` shows in the end: a table and a picture. */
#ifndef WORKER_DEV_REPORT_H
#define WORKER_DEV_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/machine/machine.h"

struct arena;
struct postgres;

/* Rows of the table; the rest is counted. */
enum { REPORT_ROWS_MAX = 20 };

struct report_counts {
    size_t completed;
    size_t failed;
    size_t active;
};

/* Prints the orchestrations, newest last, to standard output. */
enum status report_table(struct postgres *postgres, struct text name, struct arena *arena,
                         struct report_counts *counts, struct error *error);

/* Prints the machine with the path of one orchestration marked: one that failed if there
 * is one, as that is what a person wants to understand. */
enum status report_picture(struct postgres *postgres, const struct machine *machine,
                           struct arena *arena, struct error *error);

#endif
