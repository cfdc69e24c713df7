/* hash.h - 128-bit keyed hashes for identities that must never change.
 *
 * SipHash-2-4 with 128 bits of output, under a key frozen for ever: event ids,
 * primary keys and lock numbers are made of it, and they outlive every version. */
#ifndef CORE_HASH_H
#define CORE_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "core/text.h"

struct hash128 {
    unsigned char bytes[16];
};

/* SipHash-2-4-128 under any key (the reference's test vectors check this one). */
struct hash128 siphash128(const unsigned char key[16], const void *data, size_t size);

/* Under xorca's own key. Parts are length-prefixed, so ("ab","c") is not ("a","bc").
 * `purpose` separates the uses: "event", "subject". At most 8 parts. */
struct hash128 hash_parts(const char *purpose, const struct text *parts, size_t count);

/* As an RFC 9562 UUID version 8 (122 bits of the hash): 36 characters and a NUL. */
enum { UUID_TEXT_SIZE = 37 };
void hash_uuid(struct hash128 hash, char out[UUID_TEXT_SIZE]);

/* The bytes of that UUID, as PostgreSQL stores it. */
struct hash128 hash_uuid_bytes(struct hash128 hash);

#endif
