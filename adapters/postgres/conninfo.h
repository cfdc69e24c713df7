/* conninfo.h - inside adapters/postgres: what a conninfo says, and what of it may be told. */
#ifndef ADAPTERS_POSTGRES_CONNINFO_H
#define ADAPTERS_POSTGRES_CONNINFO_H

#include <libpq-fe.h>

#include "core/error.h"

/* STATUS_FATAL for a conninfo that libpq cannot read: waiting will not mend it. The message
 * has nothing of the conninfo but names of options. */
enum status conninfo_check(const char *conninfo, struct error *error);

/* One option of libpq's list (conninfo, environment and service file together, once there is
 * a connection); "" when it has none. */
const char *conninfo_option(const PQconninfoOption *options, const char *name);

#endif
