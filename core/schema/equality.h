/* equality.h - JSON values as equal as the specification has it (Core, section 4.2.2), in
 * time that does not run away with what an outsider sends. */
#ifndef CORE_SCHEMA_EQUALITY_H
#define CORE_SCHEMA_EQUALITY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/json.h"

struct arena;

/* A walk through values: takes from *work for each value and each byte compared, and fails
 * where nothing is left or the arena is full. */
struct equality {
    struct arena *arena; /* scratch, given back */
    uint64_t *work;
    bool out_of_memory;
    bool out_of_work;
};

/* As json_equal, but for objects whose members stand in another order in n log n. */
bool equality_test(struct equality *equality, struct json a, struct json b);

/* Finds two items that are equal, `first` before `second`; false when all differ. Hashes of
 * 128 bits find them, so that the time is n log n even for items that were chosen to be slow. */
bool equality_find_pair(struct equality *equality, struct json array, uint32_t *first,
                        uint32_t *second);

#endif
