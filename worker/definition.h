/* definition.h - one definition: read from a file or the database, compiled. */
#ifndef WORKER_DEFINITION_H
#define WORKER_DEFINITION_H

#include "adapters/json/json_parse.h"
#include "core/error.h"
#include "core/machine/lint.h"
#include "core/machine/machine.h"
#include "core/problem.h"
#include "core/text.h"

struct arena;

struct definition {
    struct text name; /* the machine's id */
    struct text version;
    struct text source; /* the JSON text as it was given */
    struct json json;   /* the same, parsed */
    const struct machine *machine;
    struct arena *arena; /* holds all of it, this struct included */
};

/* Bytes that one compiled definition may take. */
enum { DEFINITION_ARENA_SIZE_MAX = 64 * 1024 * 1024 };

/* Compiles a definition's text. `problems` receives everything that is wrong, with its
 * position, in order; a text that is no JSON is one problem, at "$". The caller owns *out. STATUS_REJECTED: there are
 * problems, and *error says how many. */
enum status definition_compile(struct text text, struct json_limits limits,
                               struct problem_list *problems, struct definition **out,
                               struct error *error);

/* The same from a file. STATUS_REJECTED also when it cannot be read or is larger than
 * limits.size_max: one problem at "$" then says so. */
enum status definition_read(const char *path, struct json_limits limits,
                            struct problem_list *problems, struct definition **out,
                            struct error *error);

/* Notes what a definition says that its author probably did not mean (core/machine/lint.h)
 * and, where wanted, what is not in XState 6's strict form (core/machine/strict.h), all in
 * order of position. STATUS_FATAL: memory is out. */
enum status definition_check(const struct definition *definition,
                             const struct lint_settings *settings, bool is_strict,
                             struct problem_list *problems, struct error *error);

void definition_destroy(struct definition *definition); /* accepts NULL */

#endif
