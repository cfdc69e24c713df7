/* history.h - the path of an orchestration so far, as the journal has it. */
#ifndef WORKER_HISTORY_H
#define WORKER_HISTORY_H

#include <stdbool.h>

#include "core/error.h"
#include "core/json.h"
#include "core/machine/machine.h"

struct arena;
struct orchestration_row;
struct postgres;

/* Steps that are read of one orchestration; older ones are left out. */
enum { HISTORY_STEPS_MAX = 256 };

struct history_step {
    struct text type;  /* of the event */
    struct json state; /* the state value after it */
};

struct history {
    struct history_step steps[HISTORY_STEPS_MAX]; /* newest first */
    size_t count;
};

/* Follows the journal back from the orchestration's last step. Weeks of it that were
 * dropped end the path there. Into *history, which is zeroed. */
enum status history_read(struct postgres *postgres, const struct orchestration_row *row,
                         struct arena *arena, struct history *history, struct error *error);

/* The ids of the states that are active after the last step, and of all that the path came
 * through. States that `machine` does not have are left out. False: the arena is full. */
bool history_ids(const struct history *history, const struct machine *machine, struct arena *arena,
                 struct text_list *active, struct text_list *visited);

#endif
