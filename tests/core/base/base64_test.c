#include "tests/test.h"

#include "core/base64.h"
#include "core/writer.h"

/* RFC 4648, section 10, and bytes that use all of the alphabet's ends. */
static const struct {
    struct text bytes, encoded;
} vectors[] = {
    {TEXT_INIT(""), TEXT_INIT("")},
    {TEXT_INIT("f"), TEXT_INIT("Zg==")},
    {TEXT_INIT("fo"), TEXT_INIT("Zm8=")},
    {TEXT_INIT("foo"), TEXT_INIT("Zm9v")},
    {TEXT_INIT("foob"), TEXT_INIT("Zm9vYg==")},
    {TEXT_INIT("fooba"), TEXT_INIT("Zm9vYmE=")},
    {TEXT_INIT("foobar"), TEXT_INIT("Zm9vYmFy")},
    {TEXT_INIT("\xFF\xFF\xFF"), TEXT_INIT("////")},
    {TEXT_INIT("\xFB\xEF\xBE"), TEXT_INIT("++++")},
    {TEXT_INIT("\0\0\0"), TEXT_INIT("AAAA")},
    {TEXT_INIT("\0"), TEXT_INIT("AA==")},
};

static void test_vectors(void **state)
{
    for (size_t i = 0; i < COUNT_OF(vectors); i++) {
        char buffer[32];
        struct writer writer;
        writer_init(&writer, buffer, sizeof buffer);
        base64_write(&writer, vectors[i].bytes);
        ASSERT_TEXT(writer_result(&writer), vectors[i].encoded);

        struct text decoded;
        assert_true(base64_is_valid(vectors[i].encoded));
        assert_true(base64_read(*state, vectors[i].encoded, &decoded));
        ASSERT_TEXT(decoded, vectors[i].bytes);
    }
}

static void test_refused(void **state)
{
    static const char *const cases[] = {
        "Z",
        "Zg",
        "Zg=",
        "Zm9vYg",
        "Zm9vYg=", /* padding is missing */
        "Zh==",
        "Zn==",
        "Zm9=",
        "Zm/=", /* stray bits         */
        "====",
        "=",
        "Z===",
        "Zg==Zg==", /* padding elsewhere  */
        "Zg=a",
        "Z=g=",
        "Zm9vZg==Zm9v",
        "Zm9v\n",
        "Zm9 ",
        " Zm9v",
        "Zm\n9v", /* white space        */
        "Zm-_",
        "Zm9v\303\251aa",
        "Zm9!", /* other alphabets    */
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct text out;
        CHECK_ROW(cases[i], !base64_is_valid(text_of(cases[i])));
        CHECK_ROW(cases[i], !base64_read(*state, text_of(cases[i]), &out));
    }
    struct text out;
    assert_false(base64_read(*state, TEXT("Zm9\0"), &out));
}

static void test_all_bytes_come_back(void **state)
{
    char bytes[256 * 2];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 7 + i / 256);
    for (size_t size = 0; size <= sizeof bytes; size++) {
        struct writer writer;
        struct text out;
        writer_init_arena(&writer, *state, 1024);
        base64_write(&writer, (struct text){bytes, size});
        assert_int_equal(writer.size, (size + 2) / 3 * 4);
        assert_true(base64_read(*state, writer_result(&writer), &out));
        ASSERT_TEXT(out, ((struct text){bytes, size}));
    }
}

static void test_full_arena_is_no_success(void **state)
{
    (void)state;
    struct arena *arena = arena_create(8);
    struct text out;
    assert_false(base64_read(arena, TEXT("Zm9v"), &out));
    arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_vectors, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(test_refused, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(test_all_bytes_come_back, arena_setup, arena_teardown),
        cmocka_unit_test(test_full_arena_is_no_success),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
