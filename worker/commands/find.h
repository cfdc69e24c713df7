/* find.h - an orchestration by what a person has of it. */
#ifndef WORKER_COMMANDS_FIND_H
#define WORKER_COMMANDS_FIND_H

#include "core/error.h"
#include "core/text.h"

struct arena;
struct orchestration_row;
struct postgres;

/* Finds an orchestration by its subject or its process id. STATUS_FATAL: there is none.
 * STATUS_REJECTED: several have this process id; the message names them. */
enum status command_find_orchestration(struct postgres *postgres, struct text wanted,
                                       struct arena *arena, struct orchestration_row *out,
                                       struct error *error);

#endif
