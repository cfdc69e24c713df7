#include "worker/databases.h"

#include <assert.h>
#include <string.h>

#include "adapters/postgres/postgres.h"
#include "core/arena.h"
#include "worker/metrics.h"

static const char spaces[] = " \t\r\n\f\v";

enum { NO_DATABASE = UINT8_MAX };
static_assert((int)DATABASES_MAX < (int)NO_DATABASE, "an index is a byte");

static bool is_space(char c)
{
    return c != '\0' && strchr(spaces, c) != NULL;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static struct text skip_spaces(struct text text)
{
    while (text.size > 0 && is_space(text.data[0]))
        text = (struct text){text.data + 1, text.size - 1};
    return text;
}

/* What stands in front of the first character for which `ends` is true, or all of it. */
static struct text take_until(struct text *rest, bool (*ends)(char c))
{
    size_t size = 0;
    while (size < rest->size && !ends(rest->data[size]))
        size++;
    struct text taken = {rest->data, size};
    *rest = (struct text){rest->data + size, rest->size - size};
    return taken;
}

bool databases_is_list(struct text value)
{
    value = skip_spaces(value);
    return value.size > 0 && is_digit(value.data[0]);
}

/* --- Lanes ---------------------------------------------------------------------------- */

/* The list as it is read: which database each lane has so far. */
struct reading {
    struct arena *arena;
    struct database *items; /* DATABASES_MAX of them */
    size_t count;
    uint8_t *of_lane; /* LANES_MAX of them */
    int32_t lane_count;
};

static bool ends_range(char c)
{
    return c == ',';
}

/* A lane's number, and nothing behind it. */
static bool read_number(struct text text, int32_t *out)
{
    int32_t number = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (!is_digit(text.data[i]))
            return false;
        number = number * 10 + (text.data[i] - '0');
        if (number >= LANES_MAX)
            return false;
    }
    *out = number;
    return text.size > 0;
}

static bool is_dash(char c)
{
    return c == '-';
}

/* "3" or "0-7". */
static bool read_range(struct text text, int32_t *first, int32_t *last)
{
    struct text rest = text;
    struct text head = take_until(&rest, is_dash);
    if (!read_number(head, first))
        return false;
    *last = *first;
    if (rest.size == 0)
        return true;
    return read_number((struct text){rest.data + 1, rest.size - 1}, last) && *last >= *first;
}

/* Gives lanes to the database that is read. */
static enum status give_lanes(struct reading *reading, int32_t first, int32_t last,
                              struct error *error)
{
    for (int32_t lane = first; lane <= last; lane++) {
        uint8_t other = reading->of_lane[lane];
        if (other != NO_DATABASE)
            return error_set(error, STATUS_REJECTED, "lane %d is given to %s and to %s", (int)lane,
                             reading->items[other].name, reading->items[reading->count].name);
        reading->of_lane[lane] = (uint8_t)reading->count;
    }
    if (last >= reading->lane_count)
        reading->lane_count = last + 1;
    return STATUS_OK;
}

static enum status read_lanes(struct reading *reading, struct text ranges, struct error *error)
{
    for (;;) {
        int32_t first, last;
        struct text range = take_until(&ranges, ends_range);
        if (!read_range(range, &first, &last))
            return error_set(error, STATUS_REJECTED,
                             "\"%.*s\" names no lanes: a number below %d, or a range as 0-7",
                             TEXT_ARGS(range), LANES_MAX);
        if (give_lanes(reading, first, last, error) != STATUS_OK)
            return error->status;
        if (ranges.size == 0)
            return STATUS_OK;
        ranges = (struct text){ranges.data + 1, ranges.size - 1};
    }
}

/* --- Databases ------------------------------------------------------------------------ */

/* Names that are equal lead to one database. Those of one that has several show themselves
 * later: it has the rows of lanes that were given to another. */
static enum status check_new(const struct reading *reading, struct error *error)
{
    for (size_t i = 0; i < reading->count; i++) {
        if (strcmp(reading->items[i].name, reading->items[reading->count].name) == 0)
            return error_set(
                error, STATUS_REJECTED,
                "database %s is there twice: name all its lanes at once, as 0-3,8-11=…",
                reading->items[i].name);
    }
    return STATUS_OK;
}

static bool is_url(struct text text)
{
    return text_starts_with(text, "postgresql://") || text_starts_with(text, "postgres://");
}

static bool ends_lanes(char c)
{
    return !is_digit(c) && c != ',' && c != '-';
}

/* One "0-7=postgresql://…". Nothing of the URL may stand in an error. */
static enum status read_database(struct reading *reading, struct text entry, struct error *error)
{
    size_t place = reading->count + 1;
    struct text url = entry;
    struct text ranges = take_until(&url, ends_lanes);
    if (ranges.size == 0 || url.size == 0 || url.data[0] != '=')
        return error_set(error, STATUS_REJECTED,
                         "database %zu of the list is not LANES=URL, as in 0-7=postgresql://a/x",
                         place);
    url = (struct text){url.data + 1, url.size - 1};
    if (!is_url(url))
        return error_set(error, STATUS_REJECTED,
                         "database %zu of the list is no URL that begins with postgresql://",
                         place);
    if (reading->count == DATABASES_MAX)
        return error_set(error, STATUS_REJECTED, "more than %d databases", DATABASES_MAX);
    struct database *item = &reading->items[reading->count];
    item->url = text_copy(reading->arena, url).data;
    if (item->url == NULL)
        return error_memory(error);
    if (postgres_conninfo_name(item->url, reading->arena, &item->name, error) != STATUS_OK)
        return error_context(error, "database %zu of the list", place);
    if (check_new(reading, error) != STATUS_OK || read_lanes(reading, ranges, error) != STATUS_OK)
        return error->status;
    reading->count++;
    return STATUS_OK;
}

static enum status check_gaps(const struct reading *reading, struct error *error)
{
    for (int32_t lane = 0; lane < reading->lane_count; lane++) {
        if (reading->of_lane[lane] == NO_DATABASE)
            return error_set(error, STATUS_REJECTED,
                             "lane %d has no database, and lanes up to %d have one", (int)lane,
                             (int)reading->lane_count - 1);
    }
    return STATUS_OK;
}

static enum status read_list(struct arena *arena, struct text value, struct databases *out,
                             struct error *error)
{
    struct reading reading = {
        .arena = arena,
        .items = arena_alloc_array(arena, DATABASES_MAX, sizeof *reading.items),
        .of_lane = arena_alloc_array(arena, LANES_MAX, sizeof *reading.of_lane),
    };
    if (reading.items == NULL || reading.of_lane == NULL)
        return error_memory(error);
    memset(reading.of_lane, NO_DATABASE, LANES_MAX);
    for (value = skip_spaces(value); value.size > 0; value = skip_spaces(value)) {
        if (read_database(&reading, take_until(&value, is_space), error) != STATUS_OK)
            return error->status;
    }
    *out = (struct databases){reading.items, reading.count, reading.of_lane, reading.lane_count};
    return check_gaps(&reading, error);
}

/* What libpq cannot read is told when it is connected to, by libpq. */
static enum status read_one(struct arena *arena, struct text value, struct databases *out,
                            struct error *error)
{
    struct database *item = arena_alloc(arena, sizeof *item);
    if (item == NULL)
        return error_memory(error);
    item->url = text_copy(arena, value).data;
    if (item->url == NULL)
        return error_memory(error);
    enum status status = postgres_conninfo_name(item->url, arena, &item->name, error);
    if (status == STATUS_REJECTED)
        item->name = "PostgreSQL";
    else if (status != STATUS_OK)
        return status;
    *out = (struct databases){item, 1, NULL, LANES_MAX};
    return STATUS_OK;
}

enum status databases_parse(struct arena *arena, struct text value, struct databases *out,
                            struct error *error)
{
    return databases_is_list(value) ? read_list(arena, value, out, error)
                                    : read_one(arena, value, out, error);
}

/* --- Asking --------------------------------------------------------------------------- */

int databases_of_lane(const struct databases *databases, int32_t lane)
{
    if (lane < 0 || lane >= databases->lane_count)
        return -1;
    return databases->of_lane == NULL ? 0 : databases->of_lane[lane];
}

enum status databases_check_lanes(const struct databases *databases, int32_t lane_count,
                                  struct error *error)
{
    if (lane_count <= databases->lane_count)
        return STATUS_OK;
    return error_set(error, STATUS_REJECTED,
                     "the topics have %d partitions, and XORCA_DATABASE_URL has no database for "
                     "lane %d",
                     (int)lane_count, (int)databases->lane_count);
}

static int32_t greatest_common_divisor(int32_t a, int32_t b)
{
    while (b != 0) {
        int32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Some hash is `l` modulo `before` and `m` modulo `after` exactly when l and m are equal modulo
 * the greatest common divisor (the Chinese remainder theorem). */
enum status databases_check_growth(const struct databases *databases, int32_t before, int32_t after,
                                   struct error *error)
{
    if (before <= 0 || before >= after)
        return STATUS_OK;
    int32_t divisor = greatest_common_divisor(before, after);
    for (int32_t lane = 0; lane < before; lane++) {
        for (int32_t next = lane % divisor; next < after; next += divisor) {
            int from = databases_of_lane(databases, lane), to = databases_of_lane(databases, next);
            if (from == to)
                continue;
            return error_set(
                error, STATUS_REJECTED,
                "the topics have %d partitions instead of %d: subjects of lane %d would come to "
                "lane %d, from database %s to %s; with several databases add partitions up to a "
                "multiple of %d, and give each new lane to the database of its number modulo %d",
                (int)after, (int)before, (int)lane, (int)next, databases->items[from].name,
                databases->items[to].name, (int)before, (int)before);
        }
    }
    return STATUS_OK;
}
