/* Connecting, migrating, and what all workers of a database agree on. */
#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "adapters/postgres/connection.h"
#include "tests/adapters/postgres/fixture.h"

/* --- Connecting ----------------------------------------------------------------- */

/* The test database's URL with one part of it replaced. */
static const char *url_with(const char *old, const char *new)
{
    static char url[512];
    const char *base = database_url();
    const char *at = strstr(base, old);
    assert_non_null(at);
    snprintf(url, sizeof url, "%.*s%s%s", (int)(at - base), base, new, at + strlen(old));
    return url;
}

/* The port on which the server listens, with its colon. */
static const char *port_of_server(void)
{
    static char port[16];
    const char *at = strrchr(database_url(), ':');
    assert_non_null(at);
    snprintf(port, sizeof port, "%.*s", (int)strcspn(at, "/"), at);
    return port;
}

static const char *url_with_database(const char *name)
{
    static char url[512];
    const char *base = database_url();
    snprintf(url, sizeof url, "%.*s/%s", (int)(strrchr(base, '/') - base), base, name);
    return url;
}

static const char *without_password(void)
{
    static char url[512];
    snprintf(url, sizeof url, "postgresql://xorca%s", strchr(database_url(), '@'));
    return url;
}

static void a_failure_to_connect_says_what_would_help(void **state)
{
    (void)state;
    const struct {
        const char *what;
        const char *conninfo;
        enum status status;
        const char *sentence;
    } cases[] = {
        {"wrong password", strdup(url_with("xorca:", "xorca:wrong")), STATUS_FATAL, "28P01"},
        {"unknown role", strdup(url_with("//xorca:", "//nobody:")), STATUS_FATAL, "28P01"},
        {"unknown database", strdup(url_with_database("nothing")), STATUS_FATAL, "3D000"},
        {"no password", strdup(without_password()), STATUS_FATAL, "no password supplied"},
        {"more hosts than addresses", "host=a,b,c hostaddr=127.0.0.1,127.0.0.1", STATUS_UNAVAILABLE,
         "could not match 3 host names to 2 hostaddr values"},
        {"nobody listens", "host=127.0.0.1 port=1", STATUS_UNAVAILABLE, "Connection refused"},
        {"no such socket", "host=/nonexistent", STATUS_UNAVAILABLE, "No such file"},
        {"unknown key word", "hots=127.0.0.1", STATUS_FATAL, "hots"},
        {"not closed", "host='127.0.0.1", STATUS_FATAL, "unterminated"},
        {"bad URL", "postgresql://x:secret@[::1", STATUS_FATAL, "IPv6"},
        {"bad escape", "postgresql://x:secret%zz@127.0.0.1/x", STATUS_FATAL, "percent-encoded"},
        {"secret with a space", "host=127.0.0.1 password=a secret", STATUS_FATAL, "missing"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error error;
        struct postgres *postgres = NULL;
        enum status status = postgres_connect(&postgres, cases[i].conninfo, "test", &error);
        print_message("%s: %s\n", cases[i].what, error.message);
        assert_null(postgres);
        assert_status(cases[i].status, status, &error);
        assert_contains(error.message, cases[i].sentence);
        assert_null(strchr(error.message, '\n'));
        assert_null(strstr(error.message, "LOCATION"));
        assert_null(strstr(error.message, "secret"));
        assert_null(strstr(error.message, "Is the server running"));
    }
    for (size_t i = 0; i < 4; i++)
        free((void *)(uintptr_t)cases[i].conninfo);
}

static void the_error_names_no_password(void **state)
{
    (void)state;
    struct error error;
    struct postgres *postgres = NULL;
    const char *url = url_with("xorca:", "xorca:secret");
    assert_status(STATUS_FATAL, postgres_connect(&postgres, url, "test", &error), &error);
    assert_null(strstr(error.message, "secret"));
    postgres = connect_to(database_url());
    assert_null(strstr(postgres_description(postgres), "secret"));
    assert_contains(postgres_description(postgres), "PostgreSQL 1");
    assert_contains(postgres_description(postgres), "at 127.0.0.1:");
    assert_contains(postgres_description(postgres), ", database xorca");
    postgres_close(postgres);
}

/* The kernel accepts, and nobody behind it answers. */
static void a_host_that_never_answers_is_given_up(void **state)
{
    (void)state;
    struct error error;
    struct postgres *postgres = NULL;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    char conninfo[512];
    snprintf(conninfo, sizeof conninfo, "host=127.0.0.1 port=%d connect_timeout=2",
             ntohs(address.sin_port));
    assert_status(STATUS_UNAVAILABLE, postgres_connect(&postgres, conninfo, "test", &error),
                  &error);
    assert_contains(error.message, "connect: no answer in time from 127.0.0.1:");
    /* It does not hide the next: a primary that hangs, and its standby. */
    char hosts[64], old[64];
    snprintf(hosts, sizeof hosts, "@127.0.0.1:%d,127.0.0.1%s", ntohs(address.sin_port),
             port_of_server());
    snprintf(old, sizeof old, "@127.0.0.1%s", port_of_server());
    snprintf(conninfo, sizeof conninfo, "%s?connect_timeout=2", url_with(old, hosts));
    postgres_close(connect_to(conninfo));
    close(listener);
}

static void the_second_host_is_tried(void **state)
{
    (void)state;
    char hosts[64];
    snprintf(hosts, sizeof hosts, "@127.0.0.1:1,127.0.0.1%s", port_of_server());
    char old[64];
    snprintf(old, sizeof old, "@127.0.0.1%s", port_of_server());
    postgres_close(connect_to(url_with(old, hosts)));
}

static void another_encoding_is_refused(void **state)
{
    (void)state;
    struct error error;
    struct postgres *postgres = NULL;
    const char *url = fresh_database("latin", "ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' "
                                              "TEMPLATE template0");
    assert_status(STATUS_FATAL, postgres_connect(&postgres, url, "test", &error), &error);
    assert_contains(error.message, "LATIN1");
    assert_contains(error.message, "UTF8");
}

/* What the conninfo says by itself must not undo what the protocol needs. */
static void the_session_is_durable_and_bounded(void **state)
{
    (void)state;
    const struct {
        const char *name;
        const char *value;
    } cases[] = {
        {"synchronous_commit", "on"},
        {"statement_timeout", "30s"},
        {"lock_timeout", "10s"},
        {"idle_in_transaction_session_timeout", "10s"},
        {"idle_session_timeout", "0"},
        {"tcp_keepalives_idle", "5"},
        {"tcp_keepalives_interval", "2"},
        {"tcp_keepalives_count", "3"},
        {"tcp_user_timeout", "11000"},
        {"client_connection_check_interval", "5s"},
        {"search_path", "pg_catalog, pg_temp"},
        {"client_encoding", "UTF8"},
        {"application_name", "test"},
    };
    char url[512];
    snprintf(url, sizeof url, "%s?options=-c%%20synchronous_commit%%3Doff&client_encoding=LATIN1",
             database_url());
    struct postgres *postgres = connect_to(url);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *const name = cases[i].name;
        PGresult *result = PQexecParams(postgres->connection, "SELECT current_setting($1)", 1, NULL,
                                        &name, NULL, NULL, 0);
        assert_string_equal(PQgetvalue(result, 0, 0), cases[i].value);
        PQclear(result);
    }
    postgres_close(postgres);
}

/* --- Migrating ------------------------------------------------------------------- */

struct reports {
    int begun;
    int done;
    char last[64];
};

static void count_report(void *context, uint32_t version, const char *name, bool done)
{
    struct reports *reports = context;
    assert_int_equal(version, reports->begun + (done ? 0 : 1));
    reports->begun += !done;
    reports->done += done;
    snprintf(reports->last, sizeof reports->last, "%s", name);
}

static void migrating_twice_changes_nothing_more(void **state)
{
    (void)state;
    struct error error;
    uint32_t version = 99;
    struct reports first = {0}, second = {0};
    const char *url = fresh_database("twice", "");
    struct postgres *postgres = connect_to(url);
    assert_ok(postgres_schema_version(postgres, &version, &error));
    assert_int_equal(version, 0);
    assert_status(STATUS_FATAL, postgres_schema_check(postgres, &error), &error);
    assert_contains(error.message, "xorca migrate");

    assert_ok(postgres_migrate(postgres, count_report, &first, &error));
    assert_int_equal(first.done, postgres_schema_version_wanted());
    assert_string_equal(sql(url, "SELECT string_agg(name, ' ' ORDER BY version) FROM "
                                 "xorca.migration WHERE version = 1"),
                        "0001_storage");
    assert_ok(postgres_schema_check(postgres, &error));
    assert_string_equal(postgres_notice(postgres), "");

    assert_ok(postgres_migrate(postgres, count_report, &second, &error));
    assert_int_equal(second.begun, 0);
    assert_ok(postgres_schema_version(postgres, &version, &error));
    assert_int_equal(version, postgres_schema_version_wanted());
    postgres_close(postgres);
}

struct migrator {
    pthread_t thread;
    struct postgres *postgres;
    struct reports reports;
    struct error error;
    enum status status;
};

static void *migrate_in_thread(void *argument)
{
    struct migrator *migrator = argument;
    migrator->status =
        postgres_migrate(migrator->postgres, count_report, &migrator->reports, &migrator->error);
    return NULL;
}

/* Two deployments at once: one does the work, the other waits and finds it done. */
static void two_migrate_at_once(void **state)
{
    (void)state;
    const char *url = fresh_database("shared", "");
    struct migrator migrators[2] = {{.postgres = connect_to(url)}, {.postgres = connect_to(url)}};
    for (int i = 0; i < 2; i++)
        assert_int_equal(
            pthread_create(&migrators[i].thread, NULL, migrate_in_thread, &migrators[i]), 0);
    for (int i = 0; i < 2; i++) {
        pthread_join(migrators[i].thread, NULL);
        assert_status(STATUS_OK, migrators[i].status, &migrators[i].error);
        postgres_close(migrators[i].postgres);
    }
    assert_int_equal(migrators[0].reports.done + migrators[1].reports.done,
                     postgres_schema_version_wanted());
}

/* As two releases side by side need it: the workers before a migration go on after it, and
 * `xorca migrate` of a release that was taken back has nothing to do. */
static void a_database_one_migration_ahead_is_accepted(void **state)
{
    (void)state;
    struct error error;
    struct reports reports = {0};
    const char *url = fresh_database("ahead", "");
    struct postgres *postgres = connect_to(url);
    migrate(postgres);
    sql(url, "INSERT INTO xorca.migration SELECT max(version) + 1, 'from_tomorrow', "
             "gen_random_uuid() FROM xorca.migration");
    assert_status(STATUS_OK, postgres_schema_check(postgres, &error), &error);
    assert_status(STATUS_OK, postgres_migrate(postgres, count_report, &reports, &error), &error);
    assert_int_equal(reports.begun, 0);
    postgres_close(postgres);
}

static void a_newer_database_is_refused(void **state)
{
    (void)state;
    struct error error;
    struct reports reports = {0};
    const char *url = fresh_database("newer", "");
    struct postgres *postgres = connect_to(url);
    migrate(postgres);
    sql(url, "INSERT INTO xorca.migration SELECT max(version) + ahead, 'from_tomorrow', "
             "gen_random_uuid() FROM xorca.migration, (VALUES (1), (2)) AS v (ahead) "
             "GROUP BY ahead");
    assert_status(STATUS_FATAL, postgres_schema_check(postgres, &error), &error);
    assert_contains(error.message, "use the newer xorca");
    assert_status(STATUS_FATAL, postgres_migrate(postgres, count_report, &reports, &error), &error);
    assert_contains(error.message, "use the newer xorca");
    assert_int_equal(reports.begun, 0);
    postgres_close(postgres);
}

static void an_altered_migration_is_refused(void **state)
{
    (void)state;
    struct error error;
    const char *url = fresh_database("altered", "");
    struct postgres *postgres = connect_to(url);
    migrate(postgres);
    sql(url, "UPDATE xorca.migration SET checksum = gen_random_uuid() WHERE version = 1");
    assert_status(STATUS_FATAL, postgres_schema_check(postgres, &error), &error);
    assert_contains(error.message, "0001_storage");
    postgres_close(postgres);
}

/* A migration that fails leaves nothing behind: here the schema belongs to somebody else. */
static void a_failed_migration_changes_nothing(void **state)
{
    (void)state;
    struct error error;
    struct reports reports = {0};
    uint32_t version = 99;
    const char *url = fresh_database("fails", "");
    sql(url, "CREATE SCHEMA xorca; CREATE TABLE xorca.outbox (x int)");
    struct postgres *postgres = connect_to(url);
    assert_status(STATUS_FATAL, postgres_migrate(postgres, count_report, &reports, &error), &error);
    assert_contains(error.message, "0001_storage");
    assert_contains(error.message, "outbox");
    assert_int_equal(reports.done, 0);
    assert_string_equal(sql(url, "SELECT count(*) FROM pg_class WHERE relnamespace = "
                                 "'xorca'::regnamespace AND relkind = 'r'"),
                        "1");
    assert_ok(postgres_schema_version(postgres, &version, &error));
    assert_int_equal(version, 0);
    postgres_close(postgres);
}

/* --- Fleet and journal -------------------------------------------------------------- */

/* Lanes that are to live in a database; of a fleet of 16, or more. */
static const int32_t served[] = {0, 1, 2, 3, 16};

static void a_database_belongs_to_one_group_with_one_number_of_lanes(void **state)
{
    (void)state;
    struct error error;
    struct postgres *postgres = connect_to(fresh_database("fleet", ""));
    migrate(postgres);
    struct text group = TEXT("o'group\"; DROP SCHEMA xorca; --"), other = TEXT("other");
    assert_ok(postgres_fleet_join(postgres, group, 16, served, 4, &error));
    assert_ok(postgres_fleet_join(postgres, group, 16, served, 4, &error));
    assert_status(STATUS_FATAL, postgres_fleet_join(postgres, other, 16, served, 4, &error),
                  &error);
    assert_contains(error.message, "XORCA_GROUP");
    assert_ok(postgres_fleet_join(postgres, group, 17, served, 5, &error)); /* partitions added */
    assert_status(STATUS_FATAL, postgres_fleet_join(postgres, other, 18, served, 5, &error),
                  &error);
    assert_status(STATUS_FATAL, postgres_fleet_join(postgres, group, 16, served, 4, &error),
                  &error);
    assert_contains(error.message, "17 lanes");
    postgres_close(postgres);
}

static const char lanes_by_sql[] =
    "SELECT coalesce(string_agg(lane || ':' || epoch, ' ' ORDER BY lane), '') FROM xorca.lane";

/* The row of a lane says where it lives: who founds the fleet makes it, or adds lanes, and a
 * take-over never does. */
static void lanes_live_where_their_rows_were_made(void **state)
{
    (void)state;
    struct error error;
    struct fleet_record record;
    struct lane_record lane;
    struct arena *arena = arena_create(1024 * 1024);
    char url[256];
    snprintf(url, sizeof url, "%s", fresh_database("homes", ""));
    struct postgres *postgres = connect_to(url);
    migrate(postgres);
    assert_ok(postgres_fleet_read(postgres, TEXT("g"), arena, &record, &error));
    assert_int_equal(record.lane_count, 0);
    assert_int_equal(record.count, 0);

    assert_ok(postgres_fleet_join(postgres, TEXT("g"), 16, served, 4, &error));
    assert_string_equal(sql(url, lanes_by_sql), "0:0 1:0 2:0 3:0");
    assert_status(STATUS_FATAL, postgres_lane_take(postgres, 4, arena, &lane, &error), &error);
    assert_contains(error.message, "lane 4 does not live in this database");
    assert_ok(postgres_lane_take(postgres, 2, arena, &lane, &error));
    assert_int_equal(lane.epoch, 1);
    assert_int_equal(lane.out_next, 1);

    /* Nobody makes a row that is missing: neither by joining again, nor with other lanes. */
    const int32_t others[] = {0, 1, 2, 3, 4};
    sql(url, "DELETE FROM xorca.lane WHERE lane = 3");
    assert_ok(postgres_fleet_join(postgres, TEXT("g"), 16, others, 5, &error));
    assert_string_equal(sql(url, lanes_by_sql), "0:0 1:0 2:1");
    assert_ok(postgres_fleet_join(postgres, TEXT("g"), 32, served, 5, &error));
    assert_string_equal(sql(url, lanes_by_sql), "0:0 1:0 2:1 3:0 16:0");

    assert_ok(postgres_fleet_read(postgres, TEXT("g"), arena, &record, &error));
    assert_int_equal(record.lane_count, 32);
    assert_int_equal(record.count, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(record.lanes[i].lane, served[i]);
        assert_int_equal(record.lanes[i].epoch, served[i] == 2);
    }
    char incarnation[2 * sizeof(struct hash128) + 1];
    for (size_t i = 0; i < sizeof(struct hash128); i++)
        snprintf(incarnation + 2 * i, 3, "%02x", record.lanes[4].incarnation.bytes[i]);
    assert_string_equal(
        sql(url, "SELECT replace(incarnation::text, '-', '') FROM xorca.lane WHERE lane = 16"),
        incarnation);
    assert_status(STATUS_FATAL,
                  postgres_fleet_read(postgres, TEXT("other"), arena, &record, &error), &error);
    arena_destroy(arena);
    postgres_close(postgres);
}

/* A fleet of the releases before made a lane's row when the lane was first taken. */
static void a_fleet_from_before_has_all_lanes_here(void **state)
{
    (void)state;
    char url[256];
    snprintf(url, sizeof url, "%s", fresh_database("before", ""));
    struct postgres *postgres = connect_to(url);
    migrate(postgres);
    sql(url, "INSERT INTO xorca.fleet (consumer_group, lanes) VALUES ('g', 4)");
    sql(url, "INSERT INTO xorca.lane (lane, epoch) VALUES (0, 7), (2, 5)");
    sql(url, "DELETE FROM xorca.migration WHERE version = 3");
    migrate(postgres);
    assert_string_equal(sql(url, lanes_by_sql), "0:7 1:0 2:5 3:0");
    postgres_close(postgres);
}

static void the_journal_has_partitions_ahead(void **state)
{
    (void)state;
    struct error error;
    const char *url = fresh_database("journal", "");
    struct postgres *postgres = connect_to(url);
    migrate(postgres);
    static const char count[] = "SELECT count(*) FROM pg_inherits WHERE inhparent = "
                                "'xorca.journal'::regclass";
    assert_string_equal(sql(url, count), "6"); /* this week, four more, the default one */
    assert_ok(postgres_journal_extend(postgres, &error));
    assert_string_equal(sql(url, count), "6");
    /* ISO 8601: the week's year and number, as another implementation (glibc) names it. */
    char name[64];
    FILE *date = popen("date -u +journal_%Gw%V", "r");
    assert_non_null(date);
    assert_non_null(fgets(name, sizeof name, date));
    pclose(date);
    name[strcspn(name, "\n")] = '\0';
    assert_string_equal(sql(url, "SELECT to_regclass('xorca.%s') IS NOT NULL", name), "t");

    /* Rows of a week that has no partition wait in the default one until it has. */
    sql(url, "DROP TABLE xorca.%s", name);
    sql(url, "INSERT INTO xorca.journal (lane, no, at, events) VALUES (0, 1, now(), '[]'), "
             "(0, 2, now() + interval '1 year', '[]')");
    assert_string_equal(sql(url, "SELECT count(*) FROM xorca.journal_default"), "2");
    assert_ok(postgres_journal_extend(postgres, &error));
    assert_string_equal(sql(url, "SELECT count(*) FROM xorca.journal_default"), "1");
    assert_string_equal(sql(url, "SELECT no FROM xorca.%s", name), "1");
    assert_string_equal(sql(url,
                            "SELECT DISTINCT attcompression FROM pg_attribute WHERE attrelid = "
                            "'xorca.%s'::regclass AND attname = 'events'",
                            name),
                        "l");
    postgres_close(postgres);
}

/* The owner's rights make the partitions, whoever calls. */
static void a_worker_needs_no_ddl_rights(void **state)
{
    (void)state;
    struct error error;
    const char *url = fresh_database("rights", "");
    struct postgres *postgres = connect_to(url);
    migrate(postgres);
    postgres_close(postgres);
    sql(admin_url(), "CREATE ROLE worker LOGIN PASSWORD 'w'");
    sql(url, "GRANT USAGE ON SCHEMA xorca TO worker");
    sql(url, "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA xorca TO worker");
    sql(url, "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA xorca TO worker");
    char last[64];
    snprintf(last, sizeof last, "%s",
             sql(url, "SELECT max(relname) FROM pg_class WHERE relname "
                      "LIKE 'journal_2%%' AND relkind = 'r'"));
    sql(url, "DROP TABLE xorca.%s", last);
    char worker_url[512];
    snprintf(worker_url, sizeof worker_url, "postgresql://worker:w%s", strchr(url, '@'));
    postgres = connect_to(worker_url);
    assert_ok(postgres_schema_check(postgres, &error));
    assert_ok(postgres_fleet_join(postgres, TEXT("g"), 4, served, 4, &error));
    assert_ok(postgres_journal_extend(postgres, &error));
    assert_string_equal(sql(url, "SELECT to_regclass('xorca.%s') IS NOT NULL", last), "t");
    postgres_close(postgres);
}

/* --- Definitions ------------------------------------------------------------------------ */

static void definitions_are_immutable(void **state)
{
    (void)state;
    struct error error;
    bool added;
    const char *url = fresh_database("definitions", "");
    struct postgres *postgres = connect_to(url);
    migrate(postgres);
    struct text name = TEXT("x'; DROP TABLE xorca.definition; --"), version = TEXT("1.0.0");
    struct text source = TEXT("{\"b\": 1, \"aa\": 12345678901234567890}");
    assert_ok(postgres_definition_register(postgres, name, version, source, &added, &error));
    assert_true(added);
    assert_ok(postgres_definition_register(postgres, name, version, source, &added, &error));
    assert_false(added);
    struct text same = TEXT("{\"aa\":12345678901234567890,\"b\":1}");
    assert_ok(postgres_definition_register(postgres, name, version, same, &added, &error));
    assert_false(added);
    const struct {
        struct text version;
        struct text source;
        const char *sentence;
    } refused[] = {
        {version, TEXT("{\"b\": 2, \"aa\": 12345678901234567890}"), "other content"},
        {TEXT("1.0"), source, "1.2.3"},
        {TEXT("latest"), source, "1.2.3"},
        {TEXT("2.0.0"), TEXT("{\"b\": \"\\u0000\"}"), "U+0000"},
        {TEXT("2.0.0"), TEXT("{"), "22P02"},
    };
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        assert_status(STATUS_REJECTED,
                      postgres_definition_register(postgres, name, refused[i].version,
                                                   refused[i].source, &added, &error),
                      &error);
        assert_contains(error.message, refused[i].sentence);
        assert_false(added);
    }
    PGconn *connection = PQconnectdb(url);
    const char *const changes[] = {"UPDATE xorca.definition SET source = '{}'",
                                   "DELETE FROM xorca.definition", "TRUNCATE xorca.definition"};
    for (size_t i = 0; i < 3; i++) {
        PGresult *result = PQexec(connection, changes[i]);
        assert_string_equal(PQresultErrorField(result, PG_DIAG_SQLSTATE), "23001");
        PQclear(result);
    }
    PQfinish(connection);
    assert_string_equal(sql(url, "SELECT count(*) FROM xorca.definition"), "1");
    postgres_close(postgres);
}

static void definitions_come_in_order_and_as_registered(void **state)
{
    (void)state;
    struct error error;
    bool added;
    struct arena *arena = arena_create(1024 * 1024);
    struct postgres *postgres = connect_to(fresh_database("ordered", ""));
    migrate(postgres);
    const char *const registered[][2] = {
        {"b", "10.0.0"}, {"b", "9.0.0"}, {"B", "1.0.0"},
        {"a", "1.10.0"}, {"a", "1.9.0"}, {"b", "9.0.99999999999999999999"},
    };
    const char *const expected[][2] = {
        {"B", "1.0.0"},
        {"a", "1.9.0"},
        {"a", "1.10.0"},
        {"b", "9.0.0"},
        {"b", "9.0.99999999999999999999"},
        {"b", "10.0.0"},
    };
    struct text source = TEXT("{ \"zebra\": 1,\n \"ant\": 1.0 }"); /* order and layout stay */
    for (size_t i = 0; i < 6; i++)
        assert_ok(postgres_definition_register(postgres, text_of(registered[i][0]),
                                               text_of(registered[i][1]), source, &added, &error));
    struct definition_record *records;
    size_t count;
    assert_ok(postgres_definitions_read(postgres, TEXT_NONE, arena, &records, &count, &error));
    assert_int_equal(count, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_true(text_is(records[i].name, expected[i][0]));
        assert_true(text_is(records[i].version, expected[i][1]));
        assert_true(text_equal(records[i].source, source));
    }
    assert_ok(postgres_definitions_read(postgres, TEXT("a"), arena, &records, &count, &error));
    assert_int_equal(count, 2);
    assert_ok(
        postgres_definitions_read(postgres, TEXT("' OR true --"), arena, &records, &count, &error));
    assert_int_equal(count, 0);
    arena_destroy(arena);
    postgres_close(postgres);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_to_connect_says_what_would_help),
        cmocka_unit_test(the_error_names_no_password),
        cmocka_unit_test(a_host_that_never_answers_is_given_up),
        cmocka_unit_test(the_second_host_is_tried),
        cmocka_unit_test(another_encoding_is_refused),
        cmocka_unit_test(the_session_is_durable_and_bounded),
        cmocka_unit_test(migrating_twice_changes_nothing_more),
        cmocka_unit_test(two_migrate_at_once),
        cmocka_unit_test(a_database_one_migration_ahead_is_accepted),
        cmocka_unit_test(a_newer_database_is_refused),
        cmocka_unit_test(an_altered_migration_is_refused),
        cmocka_unit_test(a_failed_migration_changes_nothing),
        cmocka_unit_test(a_database_belongs_to_one_group_with_one_number_of_lanes),
        cmocka_unit_test(lanes_live_where_their_rows_were_made),
        cmocka_unit_test(a_fleet_from_before_has_all_lanes_here),
        cmocka_unit_test(the_journal_has_partitions_ahead),
        cmocka_unit_test(a_worker_needs_no_ddl_rights),
        cmocka_unit_test(definitions_are_immutable),
        cmocka_unit_test(definitions_come_in_order_and_as_registered),
    };
    return cmocka_run_group_tests_name("schema", tests, NULL, NULL);
}
