/* fleet.h - the databases, as a worker's own thread uses them: a connection to each, and what
 * all workers must agree on before a lane begins.
 *
 * A lane's row says in which database the lane lives. It is made when the fleet is founded, or
 * gets more lanes, and at no other time. So a lane that XORCA_DATABASE_URL gives to another
 * database is told from a new one, and is refused by name: there it would begin anew, and do
 * again what was done. For the same reason a database that knows no fleet is founded only
 * together with all others.
 *
 * A database that is away stops its lanes and nothing else. */
#ifndef WORKER_FLEET_H
#define WORKER_FLEET_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"

struct arena;
struct catalog;
struct fleet;
struct metrics;
struct postgres;
struct settings;

/* `settings`, `metrics` and `catalog` outlive it. */
enum status fleet_create(struct fleet **out, const struct settings *settings,
                         struct metrics *metrics, struct catalog *catalog, struct error *error);
void fleet_destroy(struct fleet *fleet); /* accepts NULL */

/* Connects to every database that is not connected, and makes it ready at its first time:
 * the schema is checked, the journal has its weeks, the definitions of XORCA_DEFINITIONS are
 * registered, what is registered is in the catalog. STATUS_UNAVAILABLE: some are away, and the
 * message has the first, and each is named in the log once; those that answer are ready all
 * the same. Any other status is for a person to mend. */
enum status fleet_prepare(struct fleet *fleet, struct error *error);
/* Whether any is ready. */
bool fleet_is_usable(const struct fleet *fleet);

/* Founds the fleet, or raises its lanes, in each database that is ready, and checks that each
 * lane lives where the settings say. */
enum status fleet_join(struct fleet *fleet, int32_t lane_count, struct arena *arena,
                       struct error *error);

/* The connection to the database of this lane; NULL while that is away. */
struct postgres *fleet_postgres(struct fleet *fleet, int32_t lane);

/* What the databases have to be asked now and then: definitions that others registered, and,
 * if `extends_journal`, weeks of the journal. Says in the log which is away, once. False when
 * one is. */
bool fleet_refresh(struct fleet *fleet, bool extends_journal);

#endif
