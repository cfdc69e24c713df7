/* migrations.h - the files of schemas/postgres, embedded at build time
 * (embed_migrations.cmake makes migrations.c of them). */
#ifndef ADAPTERS_POSTGRES_MIGRATIONS_H
#define ADAPTERS_POSTGRES_MIGRATIONS_H

#include <stddef.h>

struct migration {
    const char *name;         /* "0001_storage" */
    const unsigned char *sql; /* ends in a NUL, which is not counted */
    size_t size;
};

/* In order; number n is at n - 1. */
extern const struct migration migrations[];
extern const size_t migration_count;

#endif
