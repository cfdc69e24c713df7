/* version.h - which program this is, and on which libraries it runs. */
#ifndef WORKER_VERSION_H
#define WORKER_VERSION_H

#include <stdio.h>

/* The program's version, and the versions of the libraries that were loaded, which may
 * be newer than those it was built with. */
struct version {
    const char *xorca;
    const char *librdkafka;
    const char *libmicrohttpd;
    char libpq[16];
    char yajl[16];
};

struct version version_read(void);

/* The same, a line each. */
void version_print(FILE *out);

#endif
