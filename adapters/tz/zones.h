/* zones.h - the system's time zone database, for expressions.
 *
 * Files below TZ_FOLDER, each read when it is asked for the first time and kept for as long
 * as the process runs: so a zone never changes under it, and the database's size is what
 * bounds the memory. May be used by several threads at once. */
#ifndef ADAPTERS_TZ_ZONES_H
#define ADAPTERS_TZ_ZONES_H

#include "core/cel/cel.h"

#define TZ_FOLDER "/usr/share/zoneinfo"

/* Longer than the longest name of the database, "America/Argentina/ComodRivadavia". */
enum { TZ_NAME_SIZE_MAX = 64 };

extern const struct cel_time_zones tz_zones;

#endif
