/* json_driver FILE... - parses each file under the default limits and prints a line for it:
 * "accepted " and the value as compact JSON, or "refused " and why. */
#include <stdio.h>
#include <stdlib.h>

#include "adapters/json/json_parse.h"
#include "core/arena.h"
#include "core/writer.h"

enum { FILE_SIZE_MAX = 4 * JSON_SIZE_MAX, ARENA_SIZE = 64 * 1024 * 1024 };

static struct text read_file(struct arena *arena, const char *path)
{
    char *bytes = arena_alloc(arena, FILE_SIZE_MAX);
    FILE *file = fopen(path, "rb");
    if (bytes == NULL || file == NULL) {
        perror(path);
        exit(2);
    }
    struct text text = {bytes, fread(bytes, 1, FILE_SIZE_MAX, file)};
    fclose(file);
    return text;
}

static void print_result(struct arena *arena, struct text text)
{
    struct json value;
    struct error error;
    if (json_parse(arena, text, JSON_LIMITS_DEFAULT, &value, &error) != STATUS_OK) {
        printf("refused %s\n", error.message);
        return;
    }
    struct writer writer;
    writer_init_arena(&writer, arena, SIZE_MAX);
    json_write(&writer, value);
    writer_char(&writer, '\n');
    fputs("accepted ", stdout);
    fwrite(writer.data, 1, writer.size, stdout);
}

int main(int argc, char **argv)
{
    struct arena *arena = arena_create(ARENA_SIZE);
    if (arena == NULL)
        return 2;
    for (int i = 1; i < argc; i++) {
        print_result(arena, read_file(arena, argv[i]));
        arena_reset(arena);
    }
    arena_destroy(arena);
    return 0;
}
