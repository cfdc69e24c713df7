#include "tests/test.h"

#include <stdio.h>

#include "core/hash.h"

static const char *const siphash_vectors[64] = {
#include "tests/core/base/siphash_vectors.inc"
};

static void to_hex(struct hash128 hash, char out[33])
{
    for (size_t i = 0; i < sizeof hash.bytes; i++)
        snprintf(out + 2 * i, 3, "%02x", (unsigned)hash.bytes[i]);
}

static void test_reference_vectors(void **state)
{
    (void)state;
    unsigned char key[16], message[64];
    char hex[33];
    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (unsigned char)i;
    for (size_t i = 0; i < sizeof message; i++)
        message[i] = (unsigned char)i;
    for (size_t size = 0; size < COUNT_OF(siphash_vectors); size++) {
        to_hex(siphash128(key, message, size), hex);
        assert_string_equal(hex, siphash_vectors[size]);
    }
}

/* The parts are hashed as one message: each behind its length, eight bytes little-endian. */
static void test_parts_are_length_prefixed(void **state)
{
    (void)state;
    static const unsigned char key[16] = "xorca identity 1";
    static const char message[] = "\x05\0\0\0\0\0\0\0"
                                  "event"
                                  "\x02\0\0\0\0\0\0\0"
                                  "ab"
                                  "\0\0\0\0\0\0\0\0"
                                  "\x01\0\0\0\0\0\0\0"
                                  "c";
    const struct text parts[] = {TEXT("ab"), TEXT_NONE, TEXT("c")};
    const struct text others[] = {TEXT("a"), TEXT_NONE, TEXT("bc")};
    struct hash128 expected = siphash128(key, message, sizeof message - 1);
    struct hash128 hash = hash_parts("event", parts, 3);
    assert_memory_equal(hash.bytes, expected.bytes, 16);
    hash = hash_parts("event", others, 3);
    assert_memory_not_equal(hash.bytes, expected.bytes, 16);
    hash = hash_parts("subject", parts, 3);
    assert_memory_not_equal(hash.bytes, expected.bytes, 16);
}

/* RFC 9562, section 5.8: version 8 in the high half of byte 6, variant 10 in byte 8. */
static void test_uuid_is_version_8(void **state)
{
    (void)state;
    struct hash128 hash;
    char text[UUID_TEXT_SIZE];
    memset(hash.bytes, 0xFF, sizeof hash.bytes);
    hash_uuid(hash, text);
    assert_string_equal(text, "ffffffff-ffff-8fff-bfff-ffffffffffff");
    memset(hash.bytes, 0, sizeof hash.bytes);
    hash_uuid(hash, text);
    assert_string_equal(text, "00000000-0000-8000-8000-000000000000");
    for (size_t i = 0; i < sizeof hash.bytes; i++)
        hash.bytes[i] = (unsigned char)(0x10 * i + i);
    hash_uuid(hash, text);
    assert_string_equal(text, "00112233-4455-8677-8899-aabbccddeeff");
    assert_int_equal(hash_uuid_bytes(hash).bytes[6], 0x86);
    assert_int_equal(hash_uuid_bytes(hash).bytes[15], 0xFF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference_vectors),
        cmocka_unit_test(test_parts_are_length_prefixed),
        cmocka_unit_test(test_uuid_is_version_8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
