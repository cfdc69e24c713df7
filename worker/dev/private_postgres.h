/* private_postgres.h - a PostgreSQL cluster for one run, in a folder of its own.
 *
 * The programs are those that are installed; the cluster listens on 127.0.0.1 at a free
 * port, with a password of its own making, so that others on this machine stay out. As
 * root it runs as the user postgres, for PostgreSQL refuses root. */
#ifndef WORKER_DEV_PRIVATE_POSTGRES_H
#define WORKER_DEV_PRIVATE_POSTGRES_H

#include "core/error.h"
#include "worker/dev/process.h"

struct private_postgres {
    char data[PROCESS_PATH_MAX]; /* the cluster's data folder */
    char url[512];               /* for libpq and for people, password included */
    struct process server;
};

/* Makes the cluster below `folder` and starts it; returns when it answers. The message of
 * a failure ends with PostgreSQL's own words: a full disk, a missing right. */
enum status private_postgres_start(struct private_postgres *postgres, const char *folder,
                                   struct error *error);

/* A fast shutdown; then the cluster is only its folder. */
void private_postgres_stop(struct private_postgres *postgres);

#endif
