/* reference.c - what "$ref", "$dynamicRef" and "$schema" name (Core, sections 8.1, 8.2.3
 * and 9.2). */
#include "core/arena.h"
#include "core/schema/compile.h"
#include "core/schema/uri.h"
#include "core/writer.h"

/* --- Documents ------------------------------------------------------------------------------ */

static const struct schema_document *find_document(const struct compiler *compiler, struct text uri)
{
    const struct schema_settings *settings = compiler->settings;
    for (size_t i = 0; i < settings->document_count; i++) {
        const struct schema_document *document = &settings->documents[i];
        if (text_equal(document->uri, uri) ||
            text_equal(uri_without_fragment(json_get_string(document->value, "$id")), uri))
            return document;
    }
    return NULL;
}

/* "https://example.com/item.json $": places in it follow. */
static const char *document_path(struct compiler *compiler, struct text uri)
{
    struct writer writer;
    writer_init_arena(&writer, compiler->arena, SIZE_MAX);
    writer_text(&writer, uri);
    writer_bytes(&writer, " $", sizeof " $");
    compiler->out_of_memory |= writer.overflowed;
    return writer.overflowed ? "$" : writer.data;
}

/* A document has the resource of the URI where it is, and that of its "$id". */
static struct resource *own_resource(const struct compiler *compiler, struct resource *resource)
{
    const struct subschema *root = subschema_find(compiler, resource->root);
    return root == NULL ? NULL : root->resource;
}

struct resource *reference_load(struct compiler *compiler, struct text uri)
{
    struct resource *resource = resource_find(compiler, uri);
    if (resource != NULL)
        return own_resource(compiler, resource);
    const struct schema_document *document = find_document(compiler, uri);
    if (document == NULL)
        return NULL;
    if (scan_document(compiler, &document->value, uri, document_path(compiler, uri)) == NULL)
        return NULL;
    return own_resource(compiler, resource_find(compiler, uri));
}

/* --- Fragments -------------------------------------------------------------------------------- */

/* Undoes the escapes of a reference token (RFC 6901, section 4) in place. */
static struct text unescape_token(char *token, size_t size)
{
    size_t kept = 0;
    for (size_t i = 0; i < size; i++) {
        char c = token[i];
        if (c == '~' && i + 1 < size && (token[i + 1] == '0' || token[i + 1] == '1'))
            c = token[++i] == '0' ? '~' : '/';
        token[kept++] = c;
    }
    return (struct text){token, kept};
}

/* The item of an array that a token names: digits without a leading zero. */
static const struct json *array_item(struct json array, struct text token)
{
    enum { DIGITS_MAX = 9 };
    uint32_t index = 0;
    if (token.size == 0 || token.size > DIGITS_MAX || (token.size > 1 && token.data[0] == '0'))
        return NULL;
    for (size_t i = 0; i < token.size; i++) {
        if (token.data[i] < '0' || token.data[i] > '9')
            return NULL;
        index = index * 10 + (uint32_t)(token.data[i] - '0');
    }
    return index < array.count ? &array.as.items[index] : NULL;
}

/* Follows a JSON Pointer from the root of a resource. Where it ends at a value that no
 * keyword makes a schema, that value is taken as one, of the resource that it is in. */
static struct subschema *follow_pointer(struct compiler *compiler, const struct json *root,
                                        char *pointer, size_t size)
{
    const struct json *value = root;
    const struct subschema *around = subschema_find(compiler, root);
    size_t at = 0;
    while (at < size && value != NULL) {
        size_t start = ++at; /* behind the "/" */
        while (at < size && pointer[at] != '/')
            at++;
        struct text token = unescape_token(pointer + start, at - start);
        value =
            value->type == JSON_ARRAY ? array_item(*value, token) : json_get_text(*value, token);
        const struct subschema *here = value == NULL ? NULL : subschema_find(compiler, value);
        around = here == NULL ? around : here;
    }
    if (value == NULL || around == NULL)
        return NULL;
    struct subschema *found = subschema_find(compiler, value);
    return found != NULL ? found : scan_value(compiler, value, around);
}

static struct subschema *find_fragment(struct compiler *compiler, const struct resource *resource,
                                       struct text fragment, const struct anchor **dynamic_anchor)
{
    if (fragment.size == 0)
        return subschema_find(compiler, resource->root);
    struct text decoded;
    if (!uri_decode(compiler->arena, fragment, &decoded)) {
        compiler->out_of_memory = true;
        return NULL;
    }
    if (decoded.data[0] == '/') {
        char *pointer = schema_alloc(compiler, decoded.size, 1);
        if (pointer == NULL)
            return NULL;
        memcpy(pointer, decoded.data, decoded.size);
        return follow_pointer(compiler, resource->root, pointer, decoded.size);
    }
    const struct anchor *anchor = anchor_find(compiler, resource, decoded);
    if (anchor == NULL)
        return NULL;
    *dynamic_anchor = anchor->is_dynamic ? anchor : NULL;
    return anchor->subschema;
}

struct subschema *reference_resolve(struct compiler *compiler, const struct subschema *subschema,
                                    enum keyword keyword, struct text reference,
                                    const struct anchor **dynamic_anchor)
{
    struct place place = place_key(subschema->place, text_of(keyword_row(keyword)->name));
    *dynamic_anchor = NULL;
    if (reference.size > SCHEMA_URI_SIZE_MAX || !uri_is_valid(reference, true)) {
        schema_report(compiler, subschema, &place, "%s is no URI reference of at most %d bytes",
                      text_show(reference).quoted, SCHEMA_URI_SIZE_MAX);
        return NULL;
    }
    struct text uri;
    if (!uri_resolve(compiler->arena, subschema->resource->uri, reference, &uri)) {
        compiler->out_of_memory = true;
        return NULL;
    }
    struct text document = uri_without_fragment(uri);
    const struct resource *resource = reference_load(compiler, document);
    struct subschema *found = NULL;
    if (resource != NULL)
        found = find_fragment(compiler, resource, uri_split(uri).fragment, dynamic_anchor);
    if (found == NULL && !compiler->out_of_memory && !compiler->is_full)
        schema_report(compiler, subschema, &place,
                      resource == NULL ? "refers to %s, which is not known here"
                                       : "refers to %s, where there is no schema",
                      text_show(resource == NULL ? document : reference).quoted);
    return found;
}

/* --- Dialects ---------------------------------------------------------------------------------- */

#define DIALECT "https://json-schema.org/draft/2020-12/schema"

static bool is_other_draft(struct text uri)
{
    return text_starts_with(uri, "http://json-schema.org/") ||
           text_starts_with(uri, "https://json-schema.org/");
}

/* Core, section 8.1.2: a schema must not be processed when a vocabulary that its
 * metaschema requires is not understood. */
static bool take_vocabularies(struct compiler *compiler, const struct subschema *subschema,
                              struct json vocabularies, struct resource *resource)
{
    struct place place = place_key(subschema->place, TEXT("$schema"));
    resource->vocabularies = VOCABULARY_CORE;
    for (uint32_t i = 0; i < vocabularies.count; i++) {
        const struct json_member *member = &vocabularies.as.members[i];
        unsigned vocabulary = vocabulary_find(member->name);
        if (vocabulary == 0 && member->value.type == JSON_TRUE) {
            schema_report(compiler, subschema, &place,
                          "needs the vocabulary %s, which is not supported",
                          text_show(member->name).quoted);
            return false;
        }
        resource->vocabularies |= vocabulary;
    }
    resource->asserts_format |= (resource->vocabularies & VOCABULARY_FORMAT_ASSERTION) != 0;
    return true;
}

bool reference_vocabularies(struct compiler *compiler, const struct subschema *subschema,
                            struct text uri, struct resource *resource)
{
    struct place place = place_key(subschema->place, TEXT("$schema"));
    struct text dialect = uri_without_fragment(uri);
    if (text_is(dialect, DIALECT)) {
        resource->vocabularies = VOCABULARIES_DEFAULT;
        return true;
    }
    if (is_other_draft(dialect)) {
        schema_report(compiler, subschema, &place,
                      "%s is another draft; supported is \"" DIALECT "\"", text_show(uri).quoted);
        return false;
    }
    const struct schema_document *metaschema = find_document(compiler, dialect);
    if (metaschema == NULL) {
        schema_report(compiler, subschema, &place,
                      "the metaschema %s is not known here; known is \"" DIALECT "\"",
                      text_show(uri).quoted);
        return false;
    }
    const struct json *vocabularies = json_get(metaschema->value, "$vocabulary");
    if (vocabularies == NULL || vocabularies->type != JSON_OBJECT)
        return true;
    return take_vocabularies(compiler, subschema, *vocabularies, resource);
}
