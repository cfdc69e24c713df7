#include "adapters/tz/zones.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "adapters/tz/tzif.h"

/* A zone that was read; never changed or freed once it is in the list. */
struct zone {
    char name[TZ_NAME_SIZE_MAX + 1];
    struct tzif_zone data;
    const struct zone *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const struct zone *zones; /* under the lock */

static bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '+' || c == '/';
}

/* "Europe/Berlin": parts without a dot, so that no name leads out of the folder. */
static bool is_zone_name(struct text name)
{
    if (name.size == 0 || name.size > TZ_NAME_SIZE_MAX || name.data[0] == '/' ||
        name.data[name.size - 1] == '/')
        return false;
    for (size_t i = 0; i < name.size; i++) {
        if (!is_name_character(name.data[i]))
            return false;
    }
    return true;
}

static const struct zone *find_zone(struct text name)
{
    const struct zone *zone = zones;
    while (zone != NULL && !text_is(name, zone->name))
        zone = zone->next;
    return zone;
}

/* The bytes of a zone's file; false when there is none, or it is too large to be one. */
static bool read_file(const char *name, char *bytes, struct text *out)
{
    char path[sizeof TZ_FOLDER + 1 + TZ_NAME_SIZE_MAX];
    snprintf(path, sizeof path, "%s/%s", TZ_FOLDER, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    size_t size = fread(bytes, 1, TZIF_SIZE_MAX + 1, file);
    bool read = !ferror(file) && size <= TZIF_SIZE_MAX; /* a folder fails to be read */
    fclose(file);
    *out = (struct text){bytes, size};
    return read;
}

static void free_zone(struct zone *zone)
{
    free(zone->data.times);
    free(zone->data.offsets);
    free(zone);
}

static struct zone *make_zone(struct text name, struct text bytes)
{
    uint32_t count;
    if (!tzif_count(bytes, &count))
        return NULL;
    struct zone *zone = calloc(1, sizeof *zone);
    if (zone == NULL)
        return NULL;
    memcpy(zone->name, name.data, name.size);
    zone->data.times = calloc((size_t)count + 1, sizeof *zone->data.times);
    zone->data.offsets = calloc((size_t)count + 1, sizeof *zone->data.offsets);
    if (zone->data.times != NULL && zone->data.offsets != NULL && tzif_read(bytes, &zone->data))
        return zone;
    free_zone(zone);
    return NULL;
}

/* Reads a zone and puts it in the list. */
static const struct zone *add_zone(struct text name)
{
    char terminated[TZ_NAME_SIZE_MAX + 1] = {0};
    struct text bytes;
    struct zone *zone = NULL;
    char *buffer = malloc(TZIF_SIZE_MAX + 1);
    if (buffer == NULL)
        return NULL;
    memcpy(terminated, name.data, name.size);
    if (read_file(terminated, buffer, &bytes))
        zone = make_zone(name, bytes);
    free(buffer);
    if (zone != NULL) {
        zone->next = zones;
        zones = zone;
    }
    return zone;
}

static bool zone_offset(void *self, struct text name, int64_t time, int32_t *offset)
{
    (void)self;
    if (!is_zone_name(name))
        return false;
    pthread_mutex_lock(&lock);
    const struct zone *zone = find_zone(name);
    if (zone == NULL)
        zone = add_zone(name);
    pthread_mutex_unlock(&lock);
    if (zone != NULL)
        *offset = tzif_offset(&zone->data, time);
    return zone != NULL;
}

const struct cel_time_zones tz_zones = {.self = NULL, .offset = zone_offset};
