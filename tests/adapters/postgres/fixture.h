/* fixture.h - what tests against a real PostgreSQL share.
 *
 * tests/support/postgres.sh starts a cluster and says where in the environment. What the
 * adapter wrote is read back by plain libpq as text: an independent reader. */
#ifndef TESTS_ADAPTERS_POSTGRES_FIXTURE_H
#define TESTS_ADAPTERS_POSTGRES_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>

#include <libpq-fe.h>

#include "adapters/postgres/postgres.h"
#include "tests/test.h"

/* What the environment says; fails the test when it is not there. */
const char *database_url(void);
const char *admin_url(void);
int postmaster_pid(void);

/* The conninfo of another database (made empty, with `options` behind CREATE DATABASE) of the
 * same server. */
const char *fresh_database(const char *name, const char *options);

/* A connection of the adapter; fails the test when there is none. */
struct postgres *connect_to(const char *url);

/* Runs SQL by plain libpq and gives the first value as text: "" for null and for nothing. */
const char *sql(const char *url, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Fails the test unless `expected` is `status`; shows the error's message. */
void assert_status(enum status expected, enum status status, const struct error *error);
void assert_contains(const char *haystack, const char *needle);
#define assert_ok(call) assert_status(STATUS_OK, (call), &error)

/* Migrates and says nothing. */
void migrate(struct postgres *postgres);

#endif
