#include "adapters/postgres/postgres.h"

/* The JSON text's next escape at or after `at`; size when there is none. Backslashes stand
 * in strings only, so strings need not be told from the rest. */
static size_t escape_next(struct text json, size_t at)
{
    if (at >= json.size)
        return json.size;
    const char *found = memchr(json.data + at, '\\', json.size - at);
    return found == NULL ? json.size : (size_t)(found - json.data);
}

bool postgres_json_storable(struct text json)
{
    static const char nul[] = "u0000";
    for (size_t at = escape_next(json, 0); at < json.size; at = escape_next(json, at + 2))
        if (json.size - at > strlen(nul) && memcmp(json.data + at + 1, nul, strlen(nul)) == 0)
            return false;
    return postgres_text_storable(json);
}

bool postgres_text_storable(struct text text)
{
    return text.size == 0 || memchr(text.data, '\0', text.size) == NULL;
}
