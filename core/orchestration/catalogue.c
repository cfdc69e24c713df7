#include "core/orchestration/catalogue.h"

#include "core/arena.h"
#include "core/orchestration/catalogue_schema.h"
#include "core/orchestration/step.h"
#include "core/orchestration/turn.h"
#include "core/writer.h"

/* What errors.c and lifecycle.c put into their events, as schemas. */
static const char error_data[] =
    "{\"type\":\"object\",\"required\":[\"errorName\",\"errorMessage\"],\"properties\":{"
    "\"errorName\":{\"type\":\"string\"},\"errorMessage\":{\"type\":\"string\"},"
    "\"errorStack\":{\"type\":[\"string\",\"null\"]},\"eventData\":true}}";
static const char lifecycle_data[] =
    "{\"type\":\"object\",\"required\":[\"name\",\"version\",\"revision\",\"status\",\"state\"],"
    "\"properties\":{\"name\":{\"type\":\"string\"},\"version\":{\"type\":\"string\"},"
    "\"processId\":{\"type\":\"string\"},\"revision\":{\"type\":\"integer\",\"minimum\":1},"
    "\"status\":{\"enum\":[\"active\",\"completed\",\"failed\"]},"
    "\"state\":{\"type\":[\"string\",\"object\"]},\"event\":{\"type\":\"string\"},"
    "\"output\":true,\"outputOmitted\":{\"const\":true}}}";

/* --- The events of a definition ------------------------------------------------------------ */

struct listing {
    const struct catalogue_definition *definition;
    struct arena *arena;
    struct catalogue_event *items;
    size_t count;
};

static const struct json *contract_of(const struct catalogue_definition *definition,
                                      const char *kind, struct text type)
{
    const struct json *schemas = json_get(definition->definition, "schemas");
    const struct json *map = schemas == NULL ? NULL : json_get(*schemas, kind);
    return map == NULL ? NULL : json_get_text(*map, type);
}

static void add(struct listing *listing, struct catalogue_event event)
{
    listing->items[listing->count++] = event;
}

static bool add_start(struct listing *listing)
{
    const struct text parts[] = {TEXT("xorca."), machine_id(listing->definition->machine),
                                 TEXT(".start")};
    const struct json *schemas = json_get(listing->definition->definition, "schemas");
    struct text type = join(listing->arena, parts, 3);
    add(listing,
        (struct catalogue_event){.kind = CATALOGUE_START,
                                 .type = type,
                                 .topic = type,
                                 .contract = schemas == NULL ? NULL : json_get(*schemas, "input")});
    return type.data != NULL;
}

/* Other types are the machine's own raised events: nobody sends these. */
static bool comes_from_outside(struct text type)
{
    return text_starts_with(type, "evt.") || text_starts_with(type, "sys.") || text_is(type, "*");
}

static void add_accepted(struct listing *listing)
{
    struct text_list types = machine_accepted_types(listing->definition->machine);
    for (size_t i = 0; i < types.count; i++) {
        struct text type = types.items[i];
        if (comes_from_outside(type))
            add(listing, (struct catalogue_event){
                             .kind = CATALOGUE_ACCEPTED,
                             .type = type,
                             .topic = type,
                             .contract = contract_of(listing->definition, "events", type)});
    }
}

static bool add_emitted(struct listing *listing)
{
    const struct machine *machine = listing->definition->machine;
    struct text_list types = machine_emitted_types(machine);
    struct text source =
        orchestration_source(listing->arena, machine_id(machine), machine_version(machine));
    for (size_t i = 0; i < types.count; i++)
        add(listing, (struct catalogue_event){
                         .kind = CATALOGUE_EMITTED,
                         .type = types.items[i],
                         .topic = types.items[i],
                         .source = source,
                         .contract = contract_of(listing->definition, "emitted", types.items[i])});
    return source.data != NULL;
}

static enum catalogue_kind own_kind(struct text type)
{
    if (text_ends_with(type, ".start.error"))
        return CATALOGUE_START_ERROR;
    return text_ends_with(type, ".error") ? CATALOGUE_ERROR : CATALOGUE_LIFECYCLE;
}

/* As errors.c and lifecycle.c have it. */
static struct text own_source(const struct listing *listing, struct text type)
{
    const struct machine *machine = listing->definition->machine;
    bool is_system = text_starts_with(type, "sys.");
    const struct text parts[] = {is_system ? TEXT("xorca.") : TEXT("xorca.orchestrator."),
                                 machine_id(machine), is_system ? TEXT(".start") : TEXT("")};
    if (own_kind(type) == CATALOGUE_LIFECYCLE)
        return orchestration_source(listing->arena, machine_id(machine), machine_version(machine));
    return join(listing->arena, parts, 3);
}

static bool add_own(struct listing *listing)
{
    struct text_list types =
        step_sent_types(listing->arena, machine_id(listing->definition->machine), LIFECYCLE_ALL);
    bool is_whole = types.items != NULL;
    for (size_t i = 0; i < types.count; i++) {
        struct event event = {.type = types.items[i]};
        enum catalogue_kind kind = own_kind(event.type);
        struct text source = own_source(listing, event.type);
        is_whole = is_whole && source.data != NULL;
        add(listing, (struct catalogue_event){.kind = kind,
                                              .type = event.type,
                                              .topic = event_topic(&event),
                                              .source = source,
                                              .data = kind == CATALOGUE_LIFECYCLE ? lifecycle_data
                                                                                  : error_data});
    }
    return is_whole;
}

bool catalogue_events(const struct catalogue_definition *definition, struct arena *arena,
                      const struct catalogue_event **out, size_t *count)
{
    enum { OWN_COUNT_MAX = 16 }; /* the start, error events, lifecycle events */
    struct listing listing = {.definition = definition, .arena = arena};
    size_t count_max = OWN_COUNT_MAX + machine_accepted_types(definition->machine).count +
                       machine_emitted_types(definition->machine).count;
    listing.items = arena_alloc_array(arena, count_max, sizeof *listing.items);
    if (listing.items == NULL || !add_start(&listing))
        return false;
    add_accepted(&listing);
    bool is_whole = add_emitted(&listing) && add_own(&listing);
    *out = listing.items;
    *count = listing.count;
    return is_whole;
}

/* --- xOrca's catalogue --------------------------------------------------------------------------- */

struct catalogue {
    const struct catalogue_definition *definition;
    const struct catalogue_event *events;
    size_t event_count;
    struct arena *arena;
    struct writer *writer;
};

/* Of this kind, and among the types that are wanted; NULL: all of them are. */
static bool is_wanted(const struct catalogue_event *event, enum catalogue_kind kind,
                      const struct text_list *wanted)
{
    if (event->kind != kind)
        return false;
    for (size_t i = 0; wanted != NULL && i < wanted->count; i++) {
        if (text_equal(wanted->items[i], event->type))
            return true;
    }
    return wanted == NULL;
}

static void write_events(const struct catalogue *catalogue, enum catalogue_kind kind,
                         const struct text_list *wanted, bool *is_first)
{
    for (size_t i = 0; i < catalogue->event_count; i++) {
        const struct catalogue_event *event = &catalogue->events[i];
        if (!is_wanted(event, kind, wanted))
            continue;
        if (!*is_first)
            writer_char(catalogue->writer, ',');
        catalogue_write_event_schema(catalogue->writer, catalogue->definition->machine,
                                     catalogue->events, catalogue->event_count, event);
        *is_first = false;
    }
}

static void write_list(const struct catalogue *catalogue, const char *name,
                       enum catalogue_kind kind, const struct text_list *wanted)
{
    bool is_first = true;
    writer_string(catalogue->writer, name);
    writer_char(catalogue->writer, '[');
    write_events(catalogue, kind, wanted, &is_first);
    writer_char(catalogue->writer, ']');
}

/* The start, and what it is answered with: the first commands, or an error. */
static void write_init(const struct catalogue *catalogue, const struct state_events *states,
                       size_t count)
{
    bool is_first = true;
    write_list(catalogue, "\"orchestrationInit\":{\"accepts\":", CATALOGUE_START, NULL);
    writer_string(catalogue->writer, ",\"emits\":[");
    for (size_t i = 0; i < count; i++) {
        if (states[i].is_initial)
            write_events(catalogue, CATALOGUE_EMITTED, &states[i].entry_emits, &is_first);
    }
    write_events(catalogue, CATALOGUE_START_ERROR, NULL, &is_first);
    writer_string(catalogue->writer, "]}");
}

static void write_states(const struct catalogue *catalogue, const struct state_events *states,
                         size_t count)
{
    writer_string(catalogue->writer, ",\"orchestrationEvents\":[");
    for (size_t i = 0; i < count; i++) {
        writer_string(catalogue->writer, i == 0 ? "{\"state\":" : ",{\"state\":");
        json_write_string(catalogue->writer, states[i].state);
        write_list(catalogue, ",\"emits\":", CATALOGUE_EMITTED, &states[i].emits);
        write_list(catalogue, ",\"accepts\":", CATALOGUE_ACCEPTED, &states[i].accepts);
        writer_char(catalogue->writer, '}');
    }
    writer_char(catalogue->writer, ']');
}

static bool write_version(const struct catalogue_definition *definition, struct arena *arena,
                          struct writer *writer)
{
    struct catalogue catalogue = {.definition = definition, .arena = arena, .writer = writer};
    const struct state_events *states;
    size_t count;
    if (!catalogue_events(definition, arena, &catalogue.events, &catalogue.event_count) ||
        !machine_state_events(definition->machine, arena, &states, &count))
        return false;
    writer_string(writer, "{\"version\":");
    json_write_string(writer, machine_version(definition->machine));
    writer_char(writer, ',');
    write_init(&catalogue, states, count);
    write_states(&catalogue, states, count);
    write_list(&catalogue, ",\"orchestrationError\":{\"accepts\":", CATALOGUE_ACCEPTED, NULL);
    write_list(&catalogue, ",\"emits\":", CATALOGUE_ERROR, NULL);
    write_list(&catalogue, "},\"orchestrationLifecycle\":{\"emits\":", CATALOGUE_LIFECYCLE, NULL);
    writer_string(writer, "}}");
    return true;
}

static bool has_name_of(const struct catalogue_definition *a, const struct catalogue_definition *b)
{
    return text_equal(machine_id(a->machine), machine_id(b->machine));
}

bool catalogue_write(const struct catalogue_definition *definitions, size_t count,
                     struct arena *arena, struct writer *writer)
{
    writer_char(writer, '[');
    for (size_t i = 0; i < count; i++) {
        bool is_new = i == 0 || !has_name_of(&definitions[i], &definitions[i - 1]);
        if (is_new) {
            writer_string(writer, i == 0 ? "{\"name\":" : "]},{\"name\":");
            json_write_string(writer, machine_id(definitions[i].machine));
            writer_string(writer, ",\"description\":");
            json_write_string(writer, json_get_string(definitions[i].definition, "description"));
            writer_string(writer, ",\"machineSchema\":[");
        } else {
            writer_char(writer, ',');
        }
        if (!write_version(&definitions[i], arena, writer))
            return false;
    }
    writer_string(writer, count == 0 ? "]" : "]}]");
    return true;
}
