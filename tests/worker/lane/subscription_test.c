#include "tests/test.h"

#include "worker/settings.h"
#include "worker/subscription.h"

static const char *const by_default[] = {"^(evt\\..*|sys\\..*|xorca\\..*\\.start)$"};

static void test_matches(void **state)
{
    (void)state;
    static const char *const names[] = {"evt.a", "^sys[.]"};
    static const struct {
        const char *topic;
        bool by_default;
        bool by_names;
    } rows[] = {
        {"evt.a", true, true},
        {"evt.a.b", true, false},
        {"sys.cmd.x.error", true, true},
        {"xorca.a.start", true, false},
        {"xorca.a.start.error", false, false},
        {"notif.evt.hello", false, false},
        {"cmd.a", false, false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct text topic = text_of(rows[i].topic);
        CHECK_ROW(rows[i].topic, subscription_includes(by_default, 1, topic) == rows[i].by_default);
        CHECK_ROW(rows[i].topic, subscription_includes(names, 2, topic) == rows[i].by_names);
    }
}

static void test_check(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct kafka_topic topics[4];
        enum status status;
        int32_t lanes;
        const char *message;
    } rows[] = {
        {"all well",
         {{TEXT_INIT("evt.a"), 4},
          {TEXT_INIT("evt.b"), 4},
          {TEXT_INIT("dead"), 1},
          {TEXT_INIT("g.outbox-pos"), 4}},
         STATUS_OK,
         4,
         ""},
        {"nothing to consume yet",
         {{TEXT_INIT("cmd.a"), 9},
          {TEXT_INIT("x"), 1},
          {TEXT_INIT("dead"), 1},
          {TEXT_INIT("g.outbox-pos"), 4}},
         STATUS_OK,
         0,
         ""},
        {"unequal counts",
         {{TEXT_INIT("evt.a"), 4},
          {TEXT_INIT("evt.b"), 3},
          {TEXT_INIT("dead"), 1},
          {TEXT_INIT("g.outbox-pos"), 4}},
         STATUS_REJECTED,
         0,
         "topic evt.a has 4 partitions and topic evt.b has 3"},
        {"no dead letter topic",
         {{TEXT_INIT("evt.a"), 4},
          {TEXT_INIT("evt.b"), 4},
          {TEXT_INIT("x"), 1},
          {TEXT_INIT("g.outbox-pos"), 4}},
         STATUS_REJECTED,
         0,
         "topic dead is missing: `xorca topics --create`"},
        {"no marker topic",
         {{TEXT_INIT("evt.a"), 4},
          {TEXT_INIT("evt.b"), 4},
          {TEXT_INIT("dead"), 1},
          {TEXT_INIT("x"), 4}},
         STATUS_REJECTED,
         0,
         "topic g.outbox-pos is missing"},
        {"marker topic too small",
         {{TEXT_INIT("evt.a"), 4},
          {TEXT_INIT("evt.b"), 4},
          {TEXT_INIT("dead"), 1},
          {TEXT_INIT("g.outbox-pos"), 3}},
         STATUS_REJECTED,
         0,
         "needs one for each"},
    };
    struct settings settings = {.subscribe = by_default,
                                .subscribe_count = 1,
                                .dead_letter_topic = "dead",
                                .marker_topic = "g.outbox-pos",
                                .delivery = DELIVERY_EXACTLY_ONCE};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int32_t lanes = 0;
        struct error error = {0};
        enum status status = subscription_check(&settings, rows[i].topics, 4, &lanes, &error);
        CHECK_ROW(rows[i].name, status == rows[i].status);
        CHECK_ROW(rows[i].name, strstr(error.message, rows[i].message) != NULL);
        if (status == STATUS_OK)
            CHECK_ROW(rows[i].name, lanes == rows[i].lanes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matches),
        cmocka_unit_test(test_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
