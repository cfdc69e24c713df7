/* Whatever snapshot is taken for one of this machine is well-formed: it is written as text
 * that is taken again as the same, and the machine runs on from it. */
#include <stdint.h>
#include <stdlib.h>

#include "adapters/json/json_parse.h"
#include "core/arena.h"
#include "core/machine/interpreter.h"
#include "core/writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char definition_text[] =
    "{\"id\":\"m\",\"version\":\"1.0.0\",\"initial\":\"a\",\"states\":{"
    "\"a\":{\"after\":{\"10\":\"p\"},\"on\":{\"e\":\"p\",\"h\":\"p.deep\"}},"
    "\"shallow\":{\"history\":true},"
    "\"p\":{\"type\":\"parallel\",\"on\":{\"h\":{\"target\":\"shallow\",\"reenter\":true}},"
    "\"onDone\":\"a\",\"after\":{\"20\":\"f\"},\"states\":{"
    "\"r\":{\"initial\":\"x\",\"states\":{\"x\":{\"on\":{\"e\":\"y\"},\"after\":{\"5\":\"y\"}},"
    "\"y\":{\"type\":\"final\"}}},\"s\":{\"initial\":\"u\",\"states\":{\"u\":{\"on\":{\"e\":\"v\"}}"
    ","
    "\"v\":{\"type\":\"final\"},\"inner\":{\"history\":\"shallow\"}}},"
    "\"deep\":{\"history\":\"deep\"},\"t\":{\"type\":\"final\"}}},\"f\":{\"type\":\"final\"}}}";

static void check(bool holds)
{
    if (!holds)
        abort();
}

static const struct machine *machine_of_this_fuzzer(void)
{
    static const struct machine *machine;
    static struct problem_list problems;
    if (machine != NULL)
        return machine;
    struct arena *arena = arena_create((size_t)1024 * 1024);
    struct json definition;
    struct error error;
    problem_list_init(&problems, arena);
    check(json_parse(arena, text_of(definition_text), JSON_LIMITS_DEFAULT, &definition, &error) ==
          STATUS_OK);
    check(machine_compile(arena, definition, &problems, &machine) == STATUS_OK);
    return machine;
}

static struct text write_snapshot(struct arena *arena, const struct snapshot *snapshot)
{
    struct json json;
    struct error error;
    struct writer writer;
    check(snapshot_to_json(machine_of_this_fuzzer(), snapshot, arena, &json, &error) == STATUS_OK);
    writer_init_arena(&writer, arena, SIZE_MAX);
    json_write(&writer, json);
    check(!writer.overflowed);
    return writer_result(&writer);
}

/* What a step has made is a snapshot of this machine, too. */
static void check_step(struct arena *arena, enum status status, const struct machine_step *step)
{
    struct json value;
    struct snapshot again;
    struct error error;
    check(status == STATUS_OK);
    check(json_parse(arena, write_snapshot(arena, &step->snapshot),
                     (struct json_limits){JSON_DEPTH_MAX, SIZE_MAX}, &value, &error) == STATUS_OK);
    check(snapshot_from_json(machine_of_this_fuzzer(), value, arena, &again, &error) == STATUS_OK);
}

static void check_runs(struct arena *arena, const struct snapshot *snapshot)
{
    const struct machine_limits limits = MACHINE_LIMITS_DEFAULT;
    static const struct text types[] = {{"e", 1}, {"h", 1}};
    struct json input = json_object(NULL, 0);
    struct machine_step step;
    struct error error;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct json_member type = JSON_MEMBER("type", json_string(types[i]));
        check_step(arena,
                   machine_transition(machine_of_this_fuzzer(), snapshot, input,
                                      json_object(&type, 1), 0, &limits, arena, &step, &error),
                   &step);
    }
    if (snapshot->timer_count > 0)
        check_step(arena,
                   machine_fire_timer(machine_of_this_fuzzer(), snapshot, input,
                                      snapshot->timers[0].due_ms, &limits, arena, &step, &error),
                   &step);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_create((size_t)64 * 1024 * 1024);
    struct json value;
    struct snapshot snapshot, again;
    struct error error;
    if (json_parse(arena, (struct text){(const char *)data, size}, JSON_LIMITS_DEFAULT, &value,
                   &error) == STATUS_OK &&
        snapshot_from_json(machine_of_this_fuzzer(), value, arena, &snapshot, &error) ==
            STATUS_OK) {
        struct text text = write_snapshot(arena, &snapshot);
        check(json_parse(arena, text, (struct json_limits){JSON_DEPTH_MAX, SIZE_MAX}, &value,
                         &error) == STATUS_OK);
        check(snapshot_from_json(machine_of_this_fuzzer(), value, arena, &again, &error) ==
              STATUS_OK);
        check(text_equal(text, write_snapshot(arena, &again)));
        check_runs(arena, &snapshot);
    }
    arena_destroy(arena);
    return 0;
}
