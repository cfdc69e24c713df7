#include "worker/version.h"

#include "adapters/json/json_parse.h"
#include "adapters/kafka/kafka.h"
#include "adapters/postgres/postgres.h"

/* libpq counts 150020 for 15.20; from version 10 on there are two parts. */
static void print_libpq(FILE *out)
{
    int version = postgres_library_version();
    fprintf(out, "libpq %d.%d\n", version / 10000, version % 10000);
}

/* yajl counts 20100 for 2.1.0. */
static void print_yajl(FILE *out)
{
    int version = json_library_version();
    fprintf(out, "yajl %d.%d.%d\n", version / 10000, version / 100 % 100, version % 100);
}

void version_print(FILE *out)
{
    fprintf(out, "xorca %s\n", XORCA_VERSION);
    fprintf(out, "librdkafka %s\n", kafka_library_version());
    print_libpq(out);
    print_yajl(out);
}
