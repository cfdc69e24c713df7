#include "core/json_path.h"

#include "core/json.h"
#include "core/writer.h"

static bool is_plain_key(struct text key)
{
    for (size_t i = 0; i < key.size; i++) {
        char c = key.data[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
        if (!is_letter && !(i > 0 && c >= '0' && c <= '9'))
            return false;
    }
    return key.size > 0;
}

void json_path_write_key(struct writer *writer, struct text key)
{
    if (is_plain_key(key)) {
        writer_char(writer, '.');
        writer_text(writer, key);
        return;
    }
    writer_char(writer, '[');
    json_write_string(writer, key);
    writer_char(writer, ']');
}

void json_path_write_index(struct writer *writer, size_t index)
{
    writer_char(writer, '[');
    writer_uint64(writer, index);
    writer_char(writer, ']');
}
