/* What PostgreSQL says becomes one line of bounded size, and what JSONB cannot hold is found:
 * by a slow reader of strings as by the quick one. */
#include <stdint.h>
#include <stdlib.h>

#include "adapters/postgres/connection.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

/* Escapes one by one, as RFC 8259, section 7, defines them. */
static bool has_nul(const char *bytes, size_t size)
{
    bool escaped = false;
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == '\0')
            return true;
        if (escaped && bytes[i] == 'u' && size - i > 4 && memcmp(bytes + i + 1, "0000", 4) == 0)
            return true;
        escaped = !escaped && bytes[i] == '\\';
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text text = {(const char *)data, size};
    require(postgres_json_storable(text) == !has_nul(text.data, size));

    char *message = malloc(size + 1);
    require(message != NULL);
    if (size > 0)
        memcpy(message, data, size);
    message[size] = '\0';
    for (size_t room = 1; room <= 64; room *= 4) {
        char out[64];
        postgres_message_clean(message, out, room);
        require(strlen(out) < room && strchr(out, '\n') == NULL);
    }
    free(message);
    return 0;
}
