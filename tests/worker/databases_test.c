/* XORCA_DATABASE_URL: where each lane lives, and what is refused before anything starts. */
#include "tests/test.h"

#include <stdlib.h>

#include "worker/databases.h"
#include "worker/metrics.h"

/* Names and URLs of libpq's documentation, 34.1.1; PG* variables, which names follow where
 * the conninfo says nothing, are unset. */
static const struct {
    const char *value;
    const char *name;
} single[] = {
    {"", "local:5432/"},
    {"postgresql://", "local:5432/"},
    {"postgresql://localhost/mydb", "localhost:5432/mydb"},
    {"postgresql://user:secret@localhost:5433/mydb?connect_timeout=10", "localhost:5433/mydb"},
    {"postgres://me@h1:1,h2:2/x?target_session_attrs=primary", "h1,h2:1,2/x"},
    {"postgresql:///mydb?host=/tmp&port=5434", "/tmp:5434/mydb"},
    {"postgresql://me:p%40ss@db/x", "db:5432/x"},
    {"host=db port=5435 dbname=x password=secret", "db:5435/x"},
    {"service=orders", "service orders"},
    {"mydb", "mydb"},
    {"host=", "local:5432/"},
    /* libpq tells what is wrong when it connects */
    {"hots=db password=secret", "PostgreSQL"},
    {"postgresql://me:se/cret@db/x", "PostgreSQL"},
    {"postgresql://me:12/cret@db/x", "PostgreSQL"},
    {"postgresql://me:se@cret@db/x", "PostgreSQL"},
    {"postgresql://me:se?cret@db/x", "db:5432/x"},
};

static void one_database_has_all_lanes(void **state)
{
    struct error error;
    for (size_t i = 0; i < COUNT_OF(single); i++) {
        struct databases databases;
        assert_int_equal(databases_parse(*state, text_of(single[i].value), &databases, &error),
                         STATUS_OK);
        assert_int_equal(databases.count, 1);
        assert_string_equal(databases.items[0].url, single[i].value);
        assert_string_equal(databases.items[0].name, single[i].name);
        assert_int_equal(databases_of_lane(&databases, 0), 0);
        assert_int_equal(databases_of_lane(&databases, LANES_MAX - 1), 0);
        assert_int_equal(databases_check_lanes(&databases, LANES_MAX, &error), STATUS_OK);
        assert_int_equal(databases_check_growth(&databases, 4, 7, &error), STATUS_OK);
    }
}

/* A digit of each lane: its database. */
static const struct {
    const char *value;
    const char *of_lane;
} lists[] = {
    {"0-1=postgresql://a/x 2-3=postgresql://b/x", "0011"},
    {"2-3=postgresql://a/x 0-1=postgresql://b/x", "1100"},
    {"0=postgresql://a/x 1=postgres://a/y 2=postgresql://b/x", "012"},
    {"0-1,4-5=postgresql://a/x\n2,3,6-7=postgresql://b/x\n", "00110011"},
    {"  0=postgresql://a/x\t\r\n", "0"},
    {"0-0=postgresql://u:s=e@a/x?options=-c%20a%3Db 1=postgresql://a:1/x", "01"},
};

static void several_have_their_own(void **state)
{
    struct error error;
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        struct databases databases;
        if (databases_parse(*state, text_of(lists[i].value), &databases, &error) != STATUS_OK)
            fail_msg("%s: %s", lists[i].value, error.message);
        int32_t count = (int32_t)strlen(lists[i].of_lane);
        for (int32_t lane = 0; lane < count; lane++)
            CHECK_ROW(lists[i].value,
                      databases_of_lane(&databases, lane) == lists[i].of_lane[lane] - '0');
        assert_int_equal(databases_of_lane(&databases, -1), -1);
        assert_int_equal(databases_of_lane(&databases, count), -1);
        assert_int_equal(databases_check_lanes(&databases, count, &error), STATUS_OK);
        assert_int_equal(databases_check_lanes(&databases, count + 1, &error), STATUS_REJECTED);
    }
}

static void each_database_has_its_url_and_name(void **state)
{
    struct error error;
    struct databases databases;
    const struct text value =
        TEXT("0=postgresql://u:s=e@a/x?options=-c%20a%3Db 1=postgres://b:1/y");
    assert_int_equal(databases_parse(*state, value, &databases, &error), STATUS_OK);
    assert_string_equal(databases.items[0].url, "postgresql://u:s=e@a/x?options=-c%20a%3Db");
    assert_string_equal(databases.items[0].name, "a:5432/x");
    assert_string_equal(databases.items[1].url, "postgres://b:1/y");
    assert_string_equal(databases.items[1].name, "b:1/y");
}

/* Every URL has the password "hush": no message shows it. */
static const struct {
    const char *value;
    const char *message;
} refused[] = {
    {"0-3=postgresql://u:hush@a/x 3-7=postgresql://u:hush@b/x",
     "lane 3 is given to a:5432/x and to b:5432/x"},
    {"0-3,2=postgresql://u:hush@a/x", "lane 2 is given to a:5432/x and to a:5432/x"},
    {"0-3=postgresql://u:hush@a/x 5-7=postgresql://u:hush@b/x", "lane 4 has no database"},
    {"1-3=postgresql://u:hush@a/x", "lane 0 has no database, and lanes up to 3 have one"},
    {"0-3=postgresql://u:hush@a/x 4-7=postgresql://v:hush@a:5432/x?sslmode=require",
     "database a:5432/x is there twice"},
    {"3-0=postgresql://u:hush@a/x", "\"3-0\" names no lanes"},
    {"0-=postgresql://u:hush@a/x", "\"0-\" names no lanes"},
    {"0--1=postgresql://u:hush@a/x", "\"0--1\" names no lanes"},
    {"0-1-2=postgresql://u:hush@a/x", "\"0-1-2\" names no lanes"},
    {"0,=postgresql://u:hush@a/x", "\"\" names no lanes"},
    {"0-4096=postgresql://u:hush@a/x", "\"0-4096\" names no lanes: a number below 4096"},
    {"0-99999999999999999999=postgresql://u:hush@a/x", "names no lanes"},
    {"0-3", "database 1 of the list is not LANES=URL"},
    {"0-3postgresql://u:hush@a/x?a=b", "database 1 of the list is not LANES=URL"},
    {"0-3=", "database 1 of the list is no URL"},
    {"0-3=host=a password=hush", "database 1 of the list is no URL"},
    {"0-3=postgresql://u:hush@a/x postgresql://u:hush@b/x",
     "database 2 of the list is not LANES=URL"},
    {"0-3 =postgresql://u:hush@a/x", "database 1 of the list is not LANES=URL"},
    {"0-3=postgresql://u:hush@a/x?sslmod=require", "database 1 of the list: "},
    {"0-3=postgresql://u:hu/hush@a/x", "database 1 of the list: its host, port or database"},
    {"0-3=postgresql://u:hu@hush@a/x", "as %40, %2F and %3A"},
    {"0-3=postgresql://u:1/hush@a/x", "as %40, %2F and %3A"},
    {"0-3=postgresql:///?service=a@hush", "as %40, %2F and %3A"},
    {"0-3=postgresql://u:hush%zz@a/x", "database 1 of the list: "},
};

static void what_is_wrong_is_named(void **state)
{
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        struct error error = {STATUS_OK, ""};
        struct databases databases;
        CHECK_ROW(refused[i].value, databases_parse(*state, text_of(refused[i].value), &databases,
                                                    &error) == STATUS_REJECTED);
        if (strstr(error.message, refused[i].message) == NULL)
            fail_msg("%s: \"%s\" is not in: %s", refused[i].value, refused[i].message,
                     error.message);
        CHECK_ROW(refused[i].value, strstr(error.message, "hush") == NULL);
    }
}

static void there_is_a_limit(void **state)
{
    char value[8192] = "";
    size_t used = 0;
    struct error error;
    struct databases databases;
    for (int i = 0; i < DATABASES_MAX; i++)
        used += (size_t)snprintf(value + used, sizeof value - used, "%d=postgresql://a/x%d ", i, i);
    assert_int_equal(databases_parse(*state, text_of(value), &databases, &error), STATUS_OK);
    assert_int_equal(databases.count, DATABASES_MAX);
    snprintf(value + used, sizeof value - used, "%d=postgresql://a/x", DATABASES_MAX);
    assert_int_equal(databases_parse(*state, text_of(value), &databases, &error), STATUS_REJECTED);
    assert_non_null(strstr(error.message, "more than 64 databases"));
}

/* Whether any hash below a common multiple of both numbers changes its database: counted. */
static bool some_subject_moves(const struct databases *databases, int before, int after)
{
    for (int hash = 0; hash < before * after; hash++) {
        if (databases_of_lane(databases, hash % before) !=
            databases_of_lane(databases, hash % after))
            return true;
    }
    return false;
}

static void growth_leaves_subjects_in_their_database(void **state)
{
    static const char *const values[] = {
        "0-1,4-5,8-9=postgresql://a/x 2-3,6-7,10-11=postgresql://b/x",
        "0-1=postgresql://a/x 2-11=postgresql://b/x",
        "0,2,4,6,8,10=postgresql://a/x 1,3,5,7,9,11=postgresql://b/x",
        "0-11=postgresql://a/x",
    };
    struct error error;
    size_t allowed = 0;
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        struct databases databases;
        assert_int_equal(databases_parse(*state, text_of(values[i]), &databases, &error),
                         STATUS_OK);
        for (int before = 1; before < 12; before++) {
            for (int after = before + 1; after <= 12; after++) {
                enum status status = databases_check_growth(&databases, before, after, &error);
                allowed += status == STATUS_OK;
                if ((status == STATUS_OK) == some_subject_moves(&databases, before, after))
                    fail_msg("%s: from %d to %d lanes", values[i], before, after);
            }
        }
    }
    assert_true(allowed > 66); /* all of the last, some of the others */
}

static void growth_names_a_subject_that_moves(void **state)
{
    struct error error;
    struct databases databases;
    const struct text value = TEXT("0-1,4=postgresql://a/x 2-3,5=postgresql://u:hush@b/x");
    assert_int_equal(databases_parse(*state, value, &databases, &error), STATUS_OK);
    assert_int_equal(databases_check_growth(&databases, 4, 6, &error), STATUS_REJECTED);
    /* hash 6: lane 2 of 4, lane 0 of 6; the first such pair by lanes is hash 8: 0 of 4, 2 of 6 */
    assert_string_equal(error.message,
                        "the topics have 6 partitions instead of 4: subjects of lane 0 would come "
                        "to lane 2, from database a:5432/x to b:5432/x; with several databases add "
                        "partitions up to a multiple of 4, and give each new lane to the database "
                        "of its number modulo 4");
}

int main(void)
{
    static const char *const variables[] = {"PGHOST",     "PGHOSTADDR", "PGPORT",
                                            "PGDATABASE", "PGUSER",     "PGSERVICE"};
    for (size_t i = 0; i < COUNT_OF(variables); i++)
        unsetenv(variables[i]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_database_has_all_lanes, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(several_have_their_own, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(each_database_has_its_url_and_name, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(what_is_wrong_is_named, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(there_is_a_limit, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(growth_leaves_subjects_in_their_database, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(growth_names_a_subject_that_moves, arena_setup,
                                        arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
