/* RFC 3986: the examples of section 5.4 and of section 1.1.2, and the grammar. */
#include "tests/test.h"

#include "core/schema/uri.h"

static const struct {
    const char *reference;
    const char *target;
} rows[] = {
    /* Section 5.4.1, normal examples, relative to http://a/b/c/d;p?q */
    {"g:h", "g:h"},
    {"g", "http://a/b/c/g"},
    {"./g", "http://a/b/c/g"},
    {"g/", "http://a/b/c/g/"},
    {"/g", "http://a/g"},
    {"//g", "http://g"},
    {"?y", "http://a/b/c/d;p?y"},
    {"g?y", "http://a/b/c/g?y"},
    {"#s", "http://a/b/c/d;p?q#s"},
    {"g#s", "http://a/b/c/g#s"},
    {"g?y#s", "http://a/b/c/g?y#s"},
    {";x", "http://a/b/c/;x"},
    {"g;x", "http://a/b/c/g;x"},
    {"g;x?y#s", "http://a/b/c/g;x?y#s"},
    {"", "http://a/b/c/d;p?q"},
    {".", "http://a/b/c/"},
    {"./", "http://a/b/c/"},
    {"..", "http://a/b/"},
    {"../", "http://a/b/"},
    {"../g", "http://a/b/g"},
    {"../..", "http://a/"},
    {"../../", "http://a/"},
    {"../../g", "http://a/g"},
    /* Section 5.4.2, abnormal examples */
    {"../../../g", "http://a/g"},
    {"../../../../g", "http://a/g"},
    {"/./g", "http://a/g"},
    {"/../g", "http://a/g"},
    {"g.", "http://a/b/c/g."},
    {".g", "http://a/b/c/.g"},
    {"g..", "http://a/b/c/g.."},
    {"..g", "http://a/b/c/..g"},
    {"./../g", "http://a/b/g"},
    {"./g/.", "http://a/b/c/g/"},
    {"g/./h", "http://a/b/c/g/h"},
    {"g/../h", "http://a/b/c/h"},
    {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
    {"g;x=1/../y", "http://a/b/c/y"},
    {"g?y/./x", "http://a/b/c/g?y/./x"},
    {"g?y/../x", "http://a/b/c/g?y/../x"},
    {"g#s/./x", "http://a/b/c/g#s/./x"},
    {"g#s/../x", "http://a/b/c/g#s/../x"},
    {"http:g", "http:g"},
};

static void test_resolve(void **state)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct text target;
        assert_true(
            uri_resolve(*state, TEXT("http://a/b/c/d;p?q"), text_of(rows[i].reference), &target));
        ASSERT_TEXT(target, text_of(rows[i].target));
    }
}

/* Bases that are no hierarchy, or none at all. */
static void test_resolve_other_bases(void **state)
{
    struct text target;
    assert_true(uri_resolve(*state, TEXT("urn:uuid:1"), TEXT("#a"), &target));
    ASSERT_TEXT(target, TEXT("urn:uuid:1#a"));
    assert_true(uri_resolve(*state, TEXT_NONE, TEXT("item.json#a"), &target));
    ASSERT_TEXT(target, TEXT("item.json#a"));
    assert_true(uri_resolve(*state, TEXT_NONE, TEXT(""), &target));
    ASSERT_TEXT(target, TEXT(""));
    assert_true(uri_resolve(*state, TEXT("http://a"), TEXT("g"), &target));
    ASSERT_TEXT(target, TEXT("http://a/g"));
}

static void test_decode(void **state)
{
    struct text decoded;
    assert_true(uri_decode(*state, TEXT("%25a%2Fb%zz%2"), &decoded));
    ASSERT_TEXT(decoded, TEXT("%a/b%zz%2"));
}

static const struct {
    const char *text;
    bool is_uri, is_reference;
} syntax[] = {
    {"ftp://ftp.is.co.za/rfc/rfc1808.txt", true, true}, /* section 1.1.2 */
    {"ldap://[2001:db8::7]/c=GB?objectClass?one", true, true},
    {"mailto:John.Doe@example.com", true, true},
    {"news:comp.infosystems.www.servers.unix", true, true},
    {"tel:+1-816-555-1212", true, true},
    {"telnet://192.0.2.16:80/", true, true},
    {"urn:oasis:names:specification:docbook:dtd:xml:4.1.2", true, true},
    {"http://[v1.fe:80]/", true, true}, /* IPvFuture */
    {"http://user:pass@host:", true, true},
    {"http://host:8o/", false, false},
    {"http://[::1", false, false},
    {"http://[::1]x/", false, false},
    {"http://a b/", false, false},
    {"http://a/%4", false, false},
    {"http://a/%zz", false, false},
    {"http://a/{b}", false, false},
    {"1a:b", false, false},
    {"a/b:c", false, true},
    {"./a:b", false, true},
    {"//host/path", false, true},
    {"?q", false, true},
    {"", false, true},
};

static void test_syntax(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(syntax); i++) {
        struct text text = text_of(syntax[i].text);
        CHECK_ROW(syntax[i].text, uri_is_valid(text, false) == syntax[i].is_uri);
        CHECK_ROW(syntax[i].text, uri_is_valid(text, true) == syntax[i].is_reference);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_resolve, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(test_resolve_other_bases, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(test_decode, arena_setup, arena_teardown),
        cmocka_unit_test(test_syntax),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
