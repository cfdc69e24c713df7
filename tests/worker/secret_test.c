/* Passwords in connection strings: libpq's documentation, 34.1.1, has both forms. */
#include "tests/test.h"

#include "worker/secret.h"

static const struct {
    const char *conninfo;
    const char *shown;
} cases[] = {
    {"", ""},
    {"postgresql://localhost/xorca", "postgresql://localhost/xorca"},
    {"postgres://me@localhost/xorca", "postgres://me@localhost/xorca"},
    {"postgres://me:secret@localhost/xorca", "postgres://me:********@localhost/xorca"},
    {"postgres://me:@localhost", "postgres://me:********@localhost"},
    {"postgres://:secret@localhost", "postgres://:********@localhost"},
    {"postgres://me:se@cret@host:5432,other:5433/x",
     "postgres://me:********@host:5432,other:5433/x"},
    {"postgres://me:se/cret@host/x", "postgres://me:********@host/x"},
    {"postgres://me:se?cret@host/x", "postgres://********"},
    {"postgres://host?password=se@cret", "postgres://********"},
    {"postgres://host/x?password=secret&sslmode=require",
     "postgres://host/x?password=********&sslmode=require"},
    {"postgres://host/x?p%61ssword=secret", "postgres://host/x?p%61ssword=********"},
    {"postgres://host/x?sslmode=require&sslpassword=secret",
     "postgres://host/x?sslmode=require&sslpassword=********"},
    {"postgres:///x?host=/tmp&user=me", "postgres:///x?host=/tmp&user=me"},
    {"host=db password=secret user=me", "host=db password=******** user=me"},
    {"host = db password = 'se cret' user=me", "host=db password=******** user=me"},
    {"password='it\\'s' user='a b'", "password=******** user='a b'"},
    {"password=se\\ cret user=me", "password=******** user=me"},
    {"sslpassword=secret", "sslpassword=********"},
    {"passfile=/home/me/.pgpass", "passfile=/home/me/.pgpass"},
    /* neither form: nothing of it is shown */
    {"my secret", "********"},
    {"password='never ends", "********"},
    {"password secret", "********"},
    {"lanes=postgresql://me:secret@host/x", "********"},
};

static const struct {
    const char *value;
    const char *shown;
} lists[] = {
    {"postgres://me:secret@localhost/xorca", "postgres://me:********@localhost/xorca"},
    {"0-7=postgresql://me:secret@a/x  8,9-15=postgresql://b/x?password=secret",
     "0-7=postgresql://me:********@a/x 8,9-15=postgresql://b/x?password=********"},
    {"0=postgresql://a/x\npostgresql://me:secret@b/x",
     "0=postgresql://a/x postgresql://me:********@b/x"},
    /* no list that is taken, and none of it is shown all the same */
    {"0-7postgresql://me:secret@a/x?a=b", "********"},
    {"0-7=secret", "0-7=********"},
};

static void conninfo(void **state)
{
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct text shown;
        assert_int_equal(secret_mask_conninfo(*state, text_of(cases[i].conninfo), &shown),
                         STATUS_OK);
        ASSERT_TEXT(shown, text_of(cases[i].shown));
    }
}

static void several_databases(void **state)
{
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        struct text shown;
        assert_int_equal(secret_mask_databases(*state, text_of(lists[i].value), &shown), STATUS_OK);
        ASSERT_TEXT(shown, text_of(lists[i].shown));
    }
}

static void properties(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool is_secret;
    } names[] = {
        {"sasl.password", true},
        {"ssl.key.password", true},
        {"ssl.keystore.password", true},
        {"ssl.key.pem", true},
        {"sasl.oauthbearer.client.secret", true},
        {"sasl.oauthbearer.config", true},
        {"sasl.username", false},
        {"bootstrap.servers", false},
        {"ssl.key.location", false},
        {"ssl.certificate.pem", false},
    };
    for (size_t i = 0; i < COUNT_OF(names); i++)
        CHECK_ROW(names[i].name, secret_is_property(names[i].name) == names[i].is_secret);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(conninfo, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(several_databases, arena_setup, arena_teardown),
        cmocka_unit_test(properties),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
