/* The extension library "encoders" (cel-go's ext/encoders): base64 of RFC 4648, section 4. */
#include "core/base64.h"
#include "core/cel/evaluation.h"
#include "core/cel/text_builder.h"
#include "core/writer.h"

/* The size of `size` bytes in base64, with padding. */
static size_t encoded_size(size_t size)
{
    return (size + 2) / 3 * 4;
}

static bool encode(struct cel_evaluation *evaluation, const struct cel_function *function,
                   const struct cel_value *arguments, struct cel_value *out)
{
    struct text bytes = arguments[0].as.text;
    size_t size = encoded_size(bytes.size);
    (void)function;
    if (!cel_charge(evaluation, cel_cost_of_bytes(size)))
        return false;
    char *data = cel_allocate(evaluation, size, 1);
    if (data == NULL)
        return false;
    struct writer writer;
    writer_init(&writer, data, size);
    base64_write(&writer, bytes);
    *out = cel_string(writer_result(&writer));
    return true;
}

/* With its padding, or without any. */
static bool decode(struct cel_evaluation *evaluation, const struct cel_function *function,
                   const struct cel_value *arguments, struct cel_value *out)
{
    struct text text = arguments[0].as.text, bytes;
    struct cel_value padded;
    struct cel_text_builder builder = cel_text_builder(evaluation);
    size_t missing = text.size % 4 == 0 ? 0 : 4 - text.size % 4;
    (void)function;
    cel_text_add(&builder, text);
    cel_text_add(&builder, (struct text){"===", missing});
    if (!cel_text_finish(&builder, CEL_STRING, &padded))
        return false;
    size_t size = padded.as.text.size / 4 * 3;
    char *data = cel_allocate(evaluation, size, 1);
    if (data == NULL)
        return false;
    if (!base64_read_into(padded.as.text, data, &bytes))
        return cel_fail(evaluation, "base64.decode(): the string is not base64");
    *out = (struct cel_value){.type = CEL_BYTES, .as.text = bytes};
    return true;
}

static const struct cel_function functions[] = {
    {.name = "base64.encode", CEL_GLOBAL, 1, {CEL_TYPE_BIT(CEL_BYTES)}, encode},
    {.name = "base64.decode", CEL_GLOBAL, 1, {CEL_TYPE_BIT(CEL_STRING)}, decode},
};

const struct cel_library cel_library_encoders = {functions, sizeof functions / sizeof functions[0]};
