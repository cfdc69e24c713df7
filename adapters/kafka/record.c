#include "adapters/kafka/record.h"

/* MurmurHash2 as org.apache.kafka.common.utils.Utils.murmur2 has it: Kafka's seed, four
 * bytes at a time, little-endian. */
static uint32_t murmur2(struct text data)
{
    const uint32_t seed = UINT32_C(0x9747b28c), factor = UINT32_C(0x5bd1e995);
    const unsigned char *bytes = (const unsigned char *)data.data;
    size_t left = data.size;
    uint32_t hash = seed ^ (uint32_t)data.size;
    for (; left >= 4; left -= 4, bytes += 4) {
        uint32_t word = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
                        (uint32_t)bytes[3] << 24;
        word *= factor;
        word ^= word >> 24;
        word *= factor;
        hash = hash * factor ^ word;
    }
    if (left > 0) {
        for (size_t i = 0; i < left; i++)
            hash ^= (uint32_t)bytes[i] << (8 * i);
        hash *= factor;
    }
    hash ^= hash >> 13;
    hash *= factor;
    hash ^= hash >> 15;
    return hash;
}

int32_t record_partition(struct text key, int32_t partition_count)
{
    /* Utils.toPositive clears the sign: it does not negate. */
    int32_t positive = (int32_t)(murmur2(key) & 0x7fffffff);
    return positive % partition_count;
}
