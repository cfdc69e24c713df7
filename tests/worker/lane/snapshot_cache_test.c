#include "tests/test.h"

#include "worker/snapshot_cache.h"

static struct hash128 id_of(unsigned char number)
{
    return (struct hash128){{number, 1}};
}

static struct stored stored_of(unsigned char number, const struct json_member *member)
{
    return (struct stored){
        .id = id_of(number),
        .due_ms = number,
        .orchestration = {.subject = TEXT_INIT("subject"),
                          .name = TEXT_INIT("name"),
                          .version = TEXT_INIT("1.0.0"),
                          .correlation_id = TEXT_INIT("root"),
                          .revision = number,
                          .input = json_object(NULL, 0),
                          .snapshot = json_object(member, 1)},
    };
}

static void test_holds_a_copy(void **state)
{
    (void)state;
    struct snapshot_cache *cache = snapshot_cache_create(1024 * 1024);
    struct json_member member = JSON_MEMBER("value", json_string(TEXT("fetching")));
    struct stored stored = stored_of(1, &member);
    snapshot_cache_put(cache, &stored);
    member.value = json_null(); /* the copy does not see it */
    const struct stored *found = snapshot_cache_get(cache, id_of(1));
    assert_non_null(found);
    ASSERT_TEXT(json_get_string(found->orchestration.snapshot, "value"), TEXT("fetching"));
    ASSERT_TEXT(found->orchestration.subject, TEXT("subject"));
    ASSERT_TEXT(found->orchestration.correlation_id, TEXT("root"));
    assert_int_equal(found->due_ms, 1);
    assert_null(snapshot_cache_get(cache, id_of(2)));
    snapshot_cache_remove(cache, id_of(1));
    assert_null(snapshot_cache_get(cache, id_of(1)));
    snapshot_cache_destroy(cache);
}

/* A step's result shares parts (the input) with the entry that it replaces. */
static void test_replaces_what_it_was_made_of(void **state)
{
    (void)state;
    struct snapshot_cache *cache = snapshot_cache_create(1024 * 1024);
    struct json_member member = JSON_MEMBER("value", json_string(TEXT("a")));
    struct stored stored = stored_of(1, &member);
    snapshot_cache_put(cache, &stored);
    for (int i = 0; i < 3; i++) {
        struct stored next = *snapshot_cache_get(cache, id_of(1));
        next.orchestration.revision++;
        snapshot_cache_put(cache, &next);
    }
    const struct stored *found = snapshot_cache_get(cache, id_of(1));
    assert_int_equal(found->orchestration.revision, 4);
    ASSERT_TEXT(json_get_string(found->orchestration.snapshot, "value"), TEXT("a"));
    snapshot_cache_destroy(cache);
}

/* What was used longest ago goes first, and only when the cache is trimmed. */
static void test_drops_the_oldest(void **state)
{
    (void)state;
    struct snapshot_cache *cache = snapshot_cache_create(4 * 1024);
    struct json_member member = JSON_MEMBER("value", json_string(TEXT("a")));
    for (unsigned char i = 1; i < 100; i++) {
        struct stored stored = stored_of(i, &member);
        snapshot_cache_put(cache, &stored);
    }
    assert_non_null(snapshot_cache_get(cache, id_of(1))); /* used: the newest now */
    snapshot_cache_trim(cache);
    assert_non_null(snapshot_cache_get(cache, id_of(1)));
    assert_non_null(snapshot_cache_get(cache, id_of(99)));
    assert_null(snapshot_cache_get(cache, id_of(2)));
    snapshot_cache_clear(cache);
    assert_null(snapshot_cache_get(cache, id_of(99)));
    snapshot_cache_destroy(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_holds_a_copy),
        cmocka_unit_test(test_replaces_what_it_was_made_of),
        cmocka_unit_test(test_drops_the_oldest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
