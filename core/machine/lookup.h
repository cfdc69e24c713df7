/* lookup.h - hash tables of numbers: which descriptor, child or state has this name.
 *
 * A table knows numbers only; whoever looks compares the names. Built while a machine
 * is compiled, read-only afterwards. */
#ifndef CORE_MACHINE_LOOKUP_H
#define CORE_MACHINE_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/machine/tables.h"
#include "core/text.h"

struct arena;

/* Where hashes begin: names that are spelled alike but mean different things (an event
 * type and a wildcard's prefix, children of two parents) begin differently. */
#define HASH_NAME     UINT64_C(0xcbf29ce484222325)
#define HASH_WILDCARD UINT64_C(0x84222325cbf29ce4)

/* FNV-1a. The names of a definition are its author's, nobody's attack: what comes from
 * outside is only looked up. */
static inline uint64_t hash_byte(uint64_t hash, unsigned char byte)
{
    return (hash ^ byte) * UINT64_C(0x100000001b3);
}

uint64_t hash_name(uint64_t begin, struct text name);
uint64_t hash_child(uint16_t parent, struct text key);

/* Room for `count` numbers, at most UINT16_MAX; false when the arena is full. */
bool number_table_create(struct arena *arena, size_t count, struct number_table *table);

/* At most as many as the table was made for. Does not look for equals. */
void number_table_insert(struct number_table *table, uint64_t hash, uint16_t number);

/* The numbers that may have this hash, one after the other; UINT16_MAX ends it. A table
 * that was never created has none. */
struct number_search {
    const struct number_table *table;
    uint32_t slot;
};
struct number_search number_table_search(const struct number_table *table, uint64_t hash);
uint16_t number_search_next(struct number_search *search);

/* The wildcard with the longest prefix of at most `prefix_size_max` bytes that matches
 * the type, or DESCRIPTOR_NONE. */
uint16_t machine_find_wildcard(const struct machine *machine, struct text event_type,
                               size_t prefix_size_max);

/* The descriptor that is spelled like this, or DESCRIPTOR_NONE. `name` is without ".*"
 * for a wildcard. */
uint16_t machine_find_name(const struct machine *machine, struct text name, bool is_wildcard);

#endif
