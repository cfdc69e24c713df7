/* lane_resume.h - lets a lane go on that PostgreSQL or Kafka has stopped by going backwards. */
#ifndef WORKER_COMMANDS_LANE_RESUME_H
#define WORKER_COMMANDS_LANE_RESUME_H

#include "worker/commands/lane_look.h"

/* Says what was found, what that means, and what resuming would do. */
void lane_resume_explain(const struct lane_look *look);

/* Does it: takes the lane's lock, fences whoever had it, looks again, gives the lane a new
 * incarnation behind what has left, and writes a marker that says so. Whoever takes the lane next
 * goes on from there. May be repeated after any failure. STATUS_CONFLICT: the lane is owned by a
 * worker that is at work, or is not as `look` has it any more; nothing was changed. */
enum status lane_resume(const struct lane_looker *looker, const struct lane_look *look,
                        struct error *error);

#endif
