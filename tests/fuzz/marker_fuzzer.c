/* A marker topic is written by lanes, and could be by anybody: reading a value ends, and
 * what was read is written and read as the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/kafka/marker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error error;
    struct marker first, second;
    struct text value = {(const char *)data, size};
    if (marker_read(value, &first, &error) != STATUS_OK) {
        require(error.status == STATUS_REJECTED);
        return 0;
    }
    char buffer[MARKER_VALUE_SIZE];
    require(marker_read(marker_write(buffer, first), &second, &error) == STATUS_OK);
    require(first.sequence == second.sequence && first.epoch == second.epoch &&
            memcmp(&first.incarnation, &second.incarnation, sizeof first.incarnation) == 0);
    return 0;
}
