/* A services file comes from a person, and the commands that it is for from anybody. The
 * first line of the input is a command's data, the rest the file: compiling it and
 * answering end, and what is answered has an identity. */
#include <stdint.h>
#include <stdlib.h>

#include "adapters/json/json_parse.h"
#include "core/arena.h"
#include "worker/commands/services.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { COST_MAX = 10000 };

static void answer(struct arena *arena, const struct services *services, struct json data)
{
    static const char *const types[] = {"cmd.a", "cmd.a.b", "cmd.b.c"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        const struct event command = {.id = TEXT("1"),
                                      .source = TEXT("/s"),
                                      .type = text_of(types[i]),
                                      .subject = TEXT("subject"),
                                      .data = data,
                                      .has_data = true,
                                      .extensions = json_object(NULL, 0)};
        struct service_reply reply;
        struct error error;
        bool found = false;
        enum status status =
            services_answer(services, 0, &command, 0, COST_MAX, arena, &reply, &found, &error);
        if (status == STATUS_OK && found && (reply.event.id.size == 0 || reply.delay_ms < 0))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_create((size_t)16 * 1024 * 1024);
    struct problem_list *problems = arena_alloc(arena, sizeof *problems);
    const char *text = (const char *)data;
    const char *end = size == 0 ? NULL : memchr(text, '\n', size);
    size_t first = end == NULL ? 0 : (size_t)(end - text);
    struct json json, command;
    struct error error;
    const struct services *services;
    problem_list_init(problems, arena);
    if (json_parse(arena, (struct text){text, first}, JSON_LIMITS_DEFAULT, &command, &error) !=
        STATUS_OK)
        command = json_object(NULL, 0);
    size_t rest = first + (end != NULL);
    if (json_parse(arena, (struct text){text + rest, size - rest}, JSON_LIMITS_DEFAULT, &json,
                   &error) == STATUS_OK &&
        services_compile(arena, json, problems, &services, &error) == STATUS_OK)
        answer(arena, services, command);
    arena_destroy(arena);
    return 0;
}
