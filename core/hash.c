#include "core/hash.h"

#include <string.h>

static uint64_t rotate_left(uint64_t word, int bits)
{
    return word << bits | word >> (64 - bits);
}

/* Written so that compilers see one load. */
static uint64_t load_little_endian(const unsigned char *bytes)
{
    return (uint64_t)bytes[0] | (uint64_t)bytes[1] << 8 | (uint64_t)bytes[2] << 16 |
           (uint64_t)bytes[3] << 24 | (uint64_t)bytes[4] << 32 | (uint64_t)bytes[5] << 40 |
           (uint64_t)bytes[6] << 48 | (uint64_t)bytes[7] << 56;
}

static void store_little_endian(unsigned char *bytes, uint64_t word)
{
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(word >> (8 * i));
}

/* The state of one hash, so that parts can be fed without being joined first. */
struct siphash {
    uint64_t v0, v1, v2, v3;
    unsigned char pending[8];
    size_t size; /* bytes fed so far */
};

static void siphash_rounds(struct siphash *state, int rounds)
{
    for (int i = 0; i < rounds; i++) {
        state->v0 += state->v1;
        state->v1 = rotate_left(state->v1, 13) ^ state->v0;
        state->v0 = rotate_left(state->v0, 32);
        state->v2 += state->v3;
        state->v3 = rotate_left(state->v3, 16) ^ state->v2;
        state->v0 += state->v3;
        state->v3 = rotate_left(state->v3, 21) ^ state->v0;
        state->v2 += state->v1;
        state->v1 = rotate_left(state->v1, 17) ^ state->v2;
        state->v2 = rotate_left(state->v2, 32);
    }
}

static void siphash_begin(struct siphash *state, const unsigned char key[16])
{
    uint64_t k0 = load_little_endian(key), k1 = load_little_endian(key + 8);
    *state = (struct siphash){
        .v0 = UINT64_C(0x736f6d6570736575) ^ k0,
        .v1 = UINT64_C(0x646f72616e646f6d) ^ k1 ^ 0xee, /* 0xee: the 128-bit variant */
        .v2 = UINT64_C(0x6c7967656e657261) ^ k0,
        .v3 = UINT64_C(0x7465646279746573) ^ k1,
    };
}

static void siphash_word(struct siphash *state, uint64_t word)
{
    state->v3 ^= word;
    siphash_rounds(state, 2);
    state->v0 ^= word;
}

static void siphash_feed_byte(struct siphash *state, unsigned char byte)
{
    state->pending[state->size++ % 8] = byte;
    if (state->size % 8 == 0)
        siphash_word(state, load_little_endian(state->pending));
}

static void siphash_feed(struct siphash *state, const void *data, size_t size)
{
    const unsigned char *bytes = data;
    size_t at = 0;
    while (at < size && state->size % 8 != 0)
        siphash_feed_byte(state, bytes[at++]);
    for (; size - at >= 8; at += 8) {
        siphash_word(state, load_little_endian(bytes + at));
        state->size += 8;
    }
    while (at < size)
        siphash_feed_byte(state, bytes[at++]);
}

static struct hash128 siphash_end(struct siphash *state)
{
    uint64_t last = (uint64_t)state->size << 56;
    for (size_t i = 0; i < state->size % 8; i++)
        last |= (uint64_t)state->pending[i] << (8 * i);
    siphash_word(state, last);

    struct hash128 hash;
    state->v2 ^= 0xee;
    siphash_rounds(state, 4);
    store_little_endian(hash.bytes, state->v0 ^ state->v1 ^ state->v2 ^ state->v3);
    state->v1 ^= 0xdd;
    siphash_rounds(state, 4);
    store_little_endian(hash.bytes + 8, state->v0 ^ state->v1 ^ state->v2 ^ state->v3);
    return hash;
}

struct hash128 siphash128(const unsigned char key[16], const void *data, size_t size)
{
    struct siphash state;
    siphash_begin(&state, key);
    siphash_feed(&state, data, size);
    return siphash_end(&state);
}

static void feed_part(struct siphash *state, struct text part)
{
    unsigned char size[8];
    store_little_endian(size, part.size);
    siphash_feed(state, size, sizeof size);
    siphash_feed(state, part.data, part.size);
}

struct hash128 hash_parts(const char *purpose, const struct text *parts, size_t count)
{
    /* Not a secret: it only keeps these identities apart from anybody else's. */
    static const unsigned char key[16] = {'x', 'o', 'r', 'c', 'a', ' ', 'i', 'd',
                                          'e', 'n', 't', 'i', 't', 'y', ' ', '1'};
    struct siphash state;
    siphash_begin(&state, key);
    feed_part(&state, text_of(purpose));
    for (size_t i = 0; i < count; i++)
        feed_part(&state, parts[i]);
    return siphash_end(&state);
}

struct hash128 hash_uuid_bytes(struct hash128 hash)
{
    hash.bytes[6] = (unsigned char)((hash.bytes[6] & 0x0F) | 0x80); /* version 8 */
    hash.bytes[8] = (unsigned char)((hash.bytes[8] & 0x3F) | 0x80); /* RFC 9562 variant */
    return hash;
}

void hash_uuid(struct hash128 hash, char out[UUID_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    hash = hash_uuid_bytes(hash);
    size_t at = 0;
    for (size_t i = 0; i < sizeof hash.bytes; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            out[at++] = '-';
        out[at++] = digits[hash.bytes[i] >> 4];
        out[at++] = digits[hash.bytes[i] & 0x0F];
    }
    out[at] = '\0';
}
