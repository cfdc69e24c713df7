/* find.h - an orchestration by what a person has of it. */
#ifndef WORKER_COMMANDS_FIND_H
#define WORKER_COMMANDS_FIND_H

#include "core/error.h"
#include "core/text.h"

struct arena;
struct orchestration_row;
struct postgres;
struct settings;

/* Finds an orchestration by its subject or its process id, in whichever database it lives:
 * *postgres is a connection to that one, and the caller's to close. STATUS_FATAL: there is none.
 * STATUS_REJECTED: several have this process id; the message names them. STATUS_UNAVAILABLE: it
 * is in no database that answers, and one does not. */
enum status command_find_orchestration(const struct settings *settings, struct text wanted,
                                       struct arena *arena, struct postgres **postgres,
                                       struct orchestration_row *out, struct error *error);

#endif
