/* secret.h - what must not be shown: passwords in settings and connection strings. */
#ifndef WORKER_SECRET_H
#define WORKER_SECRET_H

#include <stdbool.h>

#include "core/error.h"
#include "core/text.h"

struct arena;

#define SECRET_MASK "********"

/* Whether librdkafka's property holds a secret: "sasl.password", "ssl.key.pem". */
bool secret_is_property(const char *name);

/* `conninfo` with its passwords masked, in the arena: of a URL the one before the "@"
 * and those of its parameters, of key words those of `password` and `sslpassword`.
 * What cannot be read as either is masked as a whole. STATUS_FATAL: the arena is full. */
enum status secret_mask_conninfo(struct arena *arena, struct text conninfo, struct text *out);

/* The same for XORCA_DATABASE_URL, which may be a list of URLs with their lanes. */
enum status secret_mask_databases(struct arena *arena, struct text value, struct text *out);

#endif
