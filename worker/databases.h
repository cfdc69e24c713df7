/* databases.h - where the lanes live: XORCA_DATABASE_URL, read.
 *
 *     postgresql://xorca@a/x                                      all lanes in one database
 *     0-7=postgresql://xorca@a/x 8-15=postgresql://xorca@b/x      several, each with its lanes
 *
 * One conninfo, as libpq takes it, or several URLs with spaces or newlines between, each behind
 * the lanes that it serves: numbers and ranges with commas between, "0-7,16". Every lane from 0
 * to the last that is named has exactly one database. A lane's database decides everything for
 * the subjects of the lane, so lanes do not move between databases (fleet.h has the checks).
 *
 * Names ("db-a:5432/x") are for people: they hold no secret. */
#ifndef WORKER_DATABASES_H
#define WORKER_DATABASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/text.h"

struct arena;

/* A connection, and a line of metrics, for each; far above what one Kafka feeds. */
enum { DATABASES_MAX = 64 };

struct database {
    const char *url; /* conninfo; "": libpq's PG* variables */
    const char *name;
};

struct databases {
    const struct database *items;
    size_t count;
    const uint8_t *of_lane; /* index of each lane's database; NULL: one has all lanes */
    int32_t lane_count;     /* of of_lane; LANES_MAX where one has all */
};

/* Reads the setting into the arena. STATUS_REJECTED says what is wrong: a range that is none, a
 * lane with two databases or with none, a URL that is none, a database that is there twice.
 * No message shows a URL. */
enum status databases_parse(struct arena *arena, struct text value, struct databases *out,
                            struct error *error);

/* Whether the setting's value names lanes: what begins with a digit does. */
bool databases_is_list(struct text value);

/* The index of the lane's database; -1: it has none. */
int databases_of_lane(const struct databases *databases, int32_t lane);

/* STATUS_REJECTED names the first of `lane_count` lanes that has no database. */
enum status databases_check_lanes(const struct databases *databases, int32_t lane_count,
                                  struct error *error);

/* Of lanes that all have a database (databases_check_lanes). A subject is on the lane that its
 * key's hash gives modulo the number of lanes. STATUS_REJECTED when with `after` lanes instead of `before` the subjects of some lane would come to one in
 * another database: the message names both lanes. What it takes is a multiple of the lanes,
 * each new one in the database of its number modulo `before`. */
enum status databases_check_growth(const struct databases *databases, int32_t before, int32_t after,
                                   struct error *error);

#endif
