#include "worker/version.h"

#include "adapters/http/http.h"
#include "adapters/json/json_parse.h"
#include "adapters/kafka/kafka.h"
#include "adapters/postgres/postgres.h"

struct version version_read(void)
{
    struct version version = {.xorca = XORCA_VERSION,
                              .librdkafka = kafka_library_version(),
                              .libmicrohttpd = http_library_version()};
    /* libpq counts 150020 for 15.20; from version 10 on there are two parts. */
    int libpq = postgres_library_version();
    snprintf(version.libpq, sizeof version.libpq, "%d.%d", libpq / 10000, libpq % 10000);
    /* yajl counts 20100 for 2.1.0. */
    int yajl = json_library_version();
    snprintf(version.yajl, sizeof version.yajl, "%d.%d.%d", yajl / 10000, yajl / 100 % 100,
             yajl % 100);
    return version;
}

void version_print(FILE *out)
{
    struct version version = version_read();
    fprintf(out, "xorca %s\nlibrdkafka %s\nlibpq %s\nyajl %s\nlibmicrohttpd %s\n", version.xorca,
            version.librdkafka, version.libpq, version.yajl, version.libmicrohttpd);
}
