/* scan.c - the subschemas of a document, the schema resources that they belong to, and the
 * anchors by which they are found (Core, sections 8.2.1 and 8.2.2). */
#include "core/arena.h"
#include "core/schema/compile.h"
#include "core/schema/uri.h"

/* --- Finding ---------------------------------------------------------------------------- */

struct subschema *subschema_find(const struct compiler *compiler, const struct json *value)
{
    struct hash_search search = hash_index_search(&compiler->by_address, hash_address(value));
    uint32_t number;
    while ((number = hash_search_next(&search)) != HASH_INDEX_NONE) {
        struct subschema *subschema = compiler->subschemas.items[number];
        if (subschema->value == value)
            return subschema;
    }
    return NULL;
}

struct resource *resource_find(const struct compiler *compiler, struct text uri)
{
    struct hash_search search = hash_index_search(&compiler->by_uri, hash_text(uri));
    uint32_t number;
    while ((number = hash_search_next(&search)) != HASH_INDEX_NONE) {
        struct resource *resource = compiler->resources.items[number];
        if (text_equal(resource->uri, uri))
            return resource;
    }
    return NULL;
}

static uint32_t hash_anchor(const struct resource *resource, struct text name)
{
    return hash_text(name) ^ hash_address(resource);
}

const struct anchor *anchor_find(const struct compiler *compiler, const struct resource *resource,
                                 struct text name)
{
    struct hash_search search =
        hash_index_search(&compiler->by_anchor, hash_anchor(resource, name));
    uint32_t number;
    while ((number = hash_search_next(&search)) != HASH_INDEX_NONE) {
        const struct anchor *anchor = compiler->anchors.items[number];
        if (anchor->resource == resource && text_equal(anchor->name, name))
            return anchor;
    }
    return NULL;
}

/* --- Adding ----------------------------------------------------------------------------- */

static void add_to_index(struct compiler *compiler, struct hash_index *index, uint32_t hash,
                         uint32_t number)
{
    if (!hash_index_add(index, compiler->arena, hash, number))
        compiler->out_of_memory = true;
}

static struct subschema *add_subschema(struct compiler *compiler, struct subschema subschema)
{
    if (compiler->is_full || compiler->out_of_memory)
        return NULL;
    if (compiler->subschemas.count == SCHEMA_SUBSCHEMAS_MAX) {
        compiler->is_full = true;
        schema_report(compiler, &subschema, subschema.place, "there are more than %d schemas",
                      SCHEMA_SUBSCHEMAS_MAX);
        return NULL;
    }
    struct subschema *added = schema_alloc(compiler, 1, sizeof *added);
    if (added == NULL || !list_add(compiler, &compiler->subschemas, added))
        return NULL;
    *added = subschema;
    added->node.types = TYPE_ANY;
    add_to_index(compiler, &compiler->by_address, hash_address(subschema.value),
                 compiler->subschemas.count - 1);
    return added;
}

static struct resource *add_resource(struct compiler *compiler, struct text uri,
                                     const struct json *root)
{
    struct resource *resource = schema_alloc(compiler, 1, sizeof *resource);
    if (resource == NULL || !list_add(compiler, &compiler->resources, resource))
        return NULL;
    *resource = (struct resource){.uri = uri,
                                  .root = root,
                                  .vocabularies = VOCABULARIES_DEFAULT,
                                  .asserts_format = compiler->settings->asserts_format};
    add_to_index(compiler, &compiler->by_uri, hash_text(uri), compiler->resources.count - 1);
    return resource;
}

/* --- What a schema says of itself ------------------------------------------------------------ */

/* The text of a keyword that must be a string; TEXT_NONE when it is absent or reported. */
static struct text string_keyword(struct compiler *compiler, const struct subschema *subschema,
                                  const char *name)
{
    const struct json *value = json_get(*subschema->value, name);
    if (value == NULL)
        return TEXT_NONE;
    if (value->type == JSON_STRING)
        return value->count == 0 ? TEXT("") : json_text(*value);
    struct place place = place_key(subschema->place, text_of(name));
    schema_report(compiler, subschema, &place, "must be a string, is %s",
                  json_type_name(value->type));
    return TEXT_NONE;
}

/* The places of subschemas outlive the walk that finds them. */
static const struct place *keep_place(struct compiler *compiler, struct place place)
{
    struct place *kept = schema_alloc(compiler, 1, sizeof *kept);
    if (kept != NULL)
        *kept = place;
    return kept;
}

/* "$id" begins a resource of its own, with a URI that is relative to the one around it. */
static void begin_resource(struct compiler *compiler, struct subschema *subschema, struct text id)
{
    struct place place = place_key(subschema->place, TEXT("$id"));
    struct uri parts = uri_split(id);
    struct text uri;
    if (!uri_is_valid(id, true) || parts.fragment.size > 0) {
        schema_report(compiler, subschema, &place, "%s is no URI reference without a fragment",
                      text_show(id).quoted);
        return;
    }
    if (!uri_resolve(compiler->arena, subschema->resource->uri, uri_without_fragment(id), &uri)) {
        compiler->out_of_memory = true;
        return;
    }
    if (uri.size > SCHEMA_URI_SIZE_MAX) {
        schema_report(compiler, subschema, &place,
                      "the URI has %zu bytes; at most %d are supported", uri.size,
                      SCHEMA_URI_SIZE_MAX);
        return;
    }
    const struct resource *around = subschema->resource;
    struct resource *same = resource_find(compiler, uri);
    if (same != NULL && same->root == subschema->value) {
        subschema->resource = same;
        return;
    }
    if (same != NULL) {
        schema_report(compiler, subschema, &place, "another schema has the URI %s already",
                      text_show(uri).quoted);
        return;
    }
    struct resource *resource = add_resource(compiler, uri, subschema->value);
    if (resource == NULL)
        return;
    resource->vocabularies = around->vocabularies;
    resource->asserts_format = around->asserts_format;
    subschema->resource = resource;
}

/* Core, section 8.2.2: a letter or "_", then those, digits, "-" and ".". */
static bool anchor_name_is_valid(struct text name)
{
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        bool is_start = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!is_start && (i == 0 || !((c >= '0' && c <= '9') || c == '-' || c == '.')))
            return false;
    }
    return name.size > 0;
}

static void add_anchor(struct compiler *compiler, struct subschema *subschema, bool is_dynamic)
{
    const char *keyword = is_dynamic ? "$dynamicAnchor" : "$anchor";
    struct text name = string_keyword(compiler, subschema, keyword);
    struct place place = place_key(subschema->place, text_of(keyword));
    if (name.data == NULL)
        return;
    if (!anchor_name_is_valid(name)) {
        schema_report(compiler, subschema, &place, "%s is no name of an anchor",
                      text_show(name).quoted);
        return;
    }
    const struct anchor *same = anchor_find(compiler, subschema->resource, name);
    if (same != NULL && same->subschema != subschema) {
        schema_report(compiler, subschema, &place, "another schema has the anchor %s already",
                      text_show(name).quoted);
        return;
    }
    struct anchor *anchor = schema_alloc(compiler, 1, sizeof *anchor);
    if (anchor == NULL || !list_add(compiler, &compiler->anchors, anchor))
        return;
    *anchor = (struct anchor){name, subschema->resource, subschema, is_dynamic};
    add_to_index(compiler, &compiler->by_anchor, hash_anchor(subschema->resource, name),
                 compiler->anchors.count - 1);
    if (!is_dynamic)
        return;
    struct dynamic_anchor *dynamic = schema_alloc(compiler, 1, sizeof *dynamic);
    if (dynamic == NULL)
        return;
    *dynamic =
        (struct dynamic_anchor){name, &subschema->node, subschema->resource->dynamic_anchors};
    subschema->resource->dynamic_anchors = dynamic;
}

static void identify(struct compiler *compiler, struct subschema *subschema)
{
    struct text id = string_keyword(compiler, subschema, "$id");
    if (id.data != NULL)
        begin_resource(compiler, subschema, id);
    if (compiler->out_of_memory)
        return;
    struct text schema = string_keyword(compiler, subschema, "$schema");
    if (schema.data != NULL && subschema->resource->root == subschema->value)
        reference_vocabularies(compiler, subschema, schema, subschema->resource);
    add_anchor(compiler, subschema, true);
    add_anchor(compiler, subschema, false);
}

/* --- Walking ------------------------------------------------------------------------------------ */

static void add_part(struct compiler *compiler, const struct subschema *around,
                     const struct json *value, struct place place)
{
    struct subschema part = {.value = value,
                             .place = keep_place(compiler, place),
                             .path = around->path,
                             .resource = around->resource};
    if (part.place != NULL && subschema_find(compiler, value) == NULL)
        add_subschema(compiler, part);
}

static void add_parts(struct compiler *compiler, const struct subschema *subschema,
                      enum keyword_shape shape, const struct json_member *member)
{
    const struct json *value = &member->value;
    struct place place = place_key(subschema->place, member->name);
    if (shape == SHAPE_SCHEMA) {
        add_part(compiler, subschema, value, place);
        return;
    }
    const struct place *parent = keep_place(compiler, place);
    if (parent == NULL)
        return;
    bool is_list = shape == SHAPE_SCHEMA_LIST && value->type == JSON_ARRAY;
    bool is_map = shape == SHAPE_SCHEMA_MAP && value->type == JSON_OBJECT;
    for (uint32_t i = 0; is_list && i < value->count; i++)
        add_part(compiler, subschema, &value->as.items[i], place_index(parent, i));
    for (uint32_t i = 0; is_map && i < value->count; i++) {
        const struct json_member *part = &value->as.members[i];
        add_part(compiler, subschema, &part->value, place_key(parent, part->name));
    }
}

static void scan_subschema(struct compiler *compiler, struct subschema *subschema)
{
    if (subschema->value->type != JSON_OBJECT)
        return;
    identify(compiler, subschema);
    for (uint32_t i = 0; i < subschema->value->count && !compiler->out_of_memory; i++) {
        const struct json_member *member = &subschema->value->as.members[i];
        enum keyword keyword = keyword_find(member->name);
        if (keyword != KEYWORD_NONE)
            add_parts(compiler, subschema, keyword_row(keyword)->shape, member);
    }
}

/* Scans what is not yet, in the order in which it was found. */
static void scan_rest(struct compiler *compiler)
{
    while (compiler->scanned < compiler->subschemas.count && !compiler->out_of_memory)
        scan_subschema(compiler, compiler->subschemas.items[compiler->scanned++]);
}

struct subschema *scan_document(struct compiler *compiler, const struct json *value,
                                struct text uri, const char *path)
{
    struct resource *resource = add_resource(compiler, uri, value);
    if (resource == NULL)
        return NULL;
    struct subschema document = {.value = value, .path = path, .resource = resource};
    struct subschema *added = add_subschema(compiler, document);
    scan_rest(compiler);
    return added;
}

struct subschema *scan_value(struct compiler *compiler, const struct json *value,
                             const struct subschema *around)
{
    struct subschema part = {
        .value = value, .place = around->place, .path = around->path, .resource = around->resource};
    struct subschema *added = add_subschema(compiler, part);
    scan_rest(compiler);
    return added;
}
