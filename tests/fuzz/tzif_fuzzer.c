/* Files of the time zone database: any bytes give a zone or are refused, and a zone has an
 * offset of less than 26 hours at any time. */
#include <stdlib.h>

#include "adapters/tz/tzif.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_offsets(const struct tzif_zone *zone)
{
    static const int64_t times[] = {INT64_C(-62135596800), -1, 0, 1000000000, INT64_C(4102444800),
                                    INT64_C(253402300799)};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        int32_t offset = tzif_offset(zone, times[i]);
        check(offset > -26 * 3600 && offset < 26 * 3600);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text bytes = {(const char *)data, size};
    uint32_t count;
    if (!tzif_count(bytes, &count))
        return 0;
    check(count <= TZIF_SIZE_MAX);
    struct tzif_zone zone = {.times = calloc((size_t)count + 1, sizeof(int64_t)),
                             .offsets = calloc((size_t)count + 1, sizeof(int32_t))};
    if (zone.times != NULL && zone.offsets != NULL && tzif_read(bytes, &zone))
        check_offsets(&zone);
    free(zone.times);
    free(zone.offsets);
    return 0;
}
