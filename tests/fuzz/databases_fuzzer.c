/* XORCA_DATABASE_URL, whatever it is: reading it ends; of a list that is taken every lane has one
 * of its databases, and each has a lane; what is shown of it is such a list again, with no password
 * that libpq finds in it; and no name has one. */
#include <libpq-fe.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "worker/databases.h"
#include "worker/secret.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void check_lanes(const struct databases *databases)
{
    struct error error;
    size_t lanes[DATABASES_MAX] = {0};
    require(databases->count <= DATABASES_MAX);
    for (int32_t lane = 0; lane < databases->lane_count; lane++) {
        int index = databases_of_lane(databases, lane);
        require(index >= 0 && (size_t)index < databases->count);
        lanes[index]++;
    }
    for (size_t i = 0; i < databases->count; i++)
        require(lanes[i] > 0);
    require(databases_of_lane(databases, databases->lane_count) == -1);
    require(databases_check_lanes(databases, databases->lane_count, &error) == STATUS_OK);
    require(databases_check_lanes(databases, databases->lane_count + 1, &error) != STATUS_OK);
    if (databases->lane_count > 4)
        databases_check_growth(databases, 4, databases->lane_count, &error);
}

static void check_option(const PQconninfoOption *option)
{
    if (strcmp(option->keyword, "password") == 0 || strcmp(option->keyword, "sslpassword") == 0)
        require(option->val == NULL || strcmp(option->val, SECRET_MASK) == 0);
}

/* What libpq finds in a conninfo that was shown. */
static void check_shown(const char *conninfo)
{
    char *message = NULL;
    PQconninfoOption *options = PQconninfoParse(conninfo, &message);
    for (const PQconninfoOption *option = options; option != NULL && option->keyword != NULL;
         option++)
        check_option(option);
    PQconninfoFree(options);
    PQfreemem(message);
}

/* Masked passwords make two databases of one name, now and then: that is no list then. */
static void check_masked(struct arena *arena, struct text value, const struct databases *databases)
{
    struct text shown;
    struct error error;
    struct databases masked;
    require(secret_mask_databases(arena, value, &shown) == STATUS_OK);
    if (databases_parse(arena, shown, &masked, &error) != STATUS_OK)
        return;
    require(masked.count == databases->count && masked.lane_count == databases->lane_count);
    for (size_t i = 0; i < masked.count; i++)
        check_shown(masked.items[i].url);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error error;
    struct databases databases;
    struct arena *arena = arena_create((size_t)64 * 1024 * 1024);
    struct text value = text_copy(arena, (struct text){(const char *)data, size});
    require(value.data != NULL);
    value = text_of(value.data); /* a variable ends at its NUL */
    enum status status = databases_parse(arena, value, &databases, &error);
    require(status == STATUS_OK || status == STATUS_REJECTED);
    if (status == STATUS_OK && databases_is_list(value)) {
        check_lanes(&databases);
        for (size_t i = 0; i < databases.count; i++)
            require(strchr(databases.items[i].name, '@') == NULL);
    }
    if (status == STATUS_OK)
        check_masked(arena, value, &databases);
    arena_destroy(arena);
    return 0;
}
