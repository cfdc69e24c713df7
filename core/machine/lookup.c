#include "core/machine/lookup.h"

#include <string.h>

#include "core/arena.h"

enum { SLOT_EMPTY = UINT16_MAX };

uint64_t hash_name(uint64_t begin, struct text name)
{
    uint64_t hash = begin;
    for (size_t i = 0; i < name.size; i++)
        hash = hash_byte(hash, (unsigned char)name.data[i]);
    return hash;
}

uint64_t hash_child(uint16_t parent, struct text key)
{
    uint64_t begin = hash_byte(HASH_NAME, (unsigned char)(parent & 0xFF));
    return hash_name(hash_byte(begin, (unsigned char)(parent >> 8)), key);
}

/* FNV's low bits mix the last bytes poorly; its high bits do better. */
static uint32_t first_slot(uint64_t hash)
{
    return (uint32_t)(hash ^ hash >> 32);
}

bool number_table_create(struct arena *arena, size_t count, struct number_table *table)
{
    uint32_t room = 2;
    while (room < 2 * count)
        room *= 2;
    table->slots = arena_alloc_array(arena, room, sizeof *table->slots);
    if (table->slots == NULL)
        return false;
    memset(table->slots, 0xFF, room * sizeof *table->slots); /* SLOT_EMPTY */
    table->mask = room - 1;
    return true;
}

void number_table_insert(struct number_table *table, uint64_t hash, uint16_t number)
{
    uint32_t slot = first_slot(hash) & table->mask;
    while (table->slots[slot] != SLOT_EMPTY)
        slot = (slot + 1) & table->mask;
    table->slots[slot] = number;
}

struct number_search number_table_search(const struct number_table *table, uint64_t hash)
{
    return (struct number_search){table, first_slot(hash)};
}

uint16_t number_search_next(struct number_search *search)
{
    const struct number_table *table = search->table;
    if (table->slots == NULL)
        return SLOT_EMPTY;
    return table->slots[search->slot++ & table->mask];
}

static uint16_t find_descriptor(const struct machine *machine, struct text name, bool is_wildcard,
                                uint64_t hash)
{
    struct number_search search = number_table_search(&machine->descriptor_table, hash);
    uint16_t number;
    while ((number = number_search_next(&search)) != DESCRIPTOR_NONE) {
        const struct descriptor *descriptor = &machine->descriptors[number];
        if (descriptor->is_wildcard == is_wildcard &&
            text_equal(is_wildcard ? descriptor->prefix : descriptor->name, name))
            break;
    }
    return number;
}

uint16_t machine_find_name(const struct machine *machine, struct text name, bool is_wildcard)
{
    uint64_t hash = hash_name(is_wildcard ? HASH_WILDCARD : HASH_NAME, name);
    return find_descriptor(machine, name, is_wildcard, hash);
}

/* One pass over the type: at the end of every token it knows the hash of what came
 * before, so a long type with many dots costs no more than its length. */
uint16_t machine_find_wildcard(const struct machine *machine, struct text event_type,
                               size_t prefix_size_max)
{
    size_t end = event_type.size;
    if (end > machine->prefix_size_max)
        end = machine->prefix_size_max;
    if (end > prefix_size_max)
        end = prefix_size_max;
    uint16_t longest = find_descriptor(machine, TEXT_NONE, true, HASH_WILDCARD);
    uint64_t hash = HASH_WILDCARD;
    for (size_t i = 1; i <= end; i++) {
        hash = hash_byte(hash, (unsigned char)event_type.data[i - 1]);
        if (i < event_type.size && event_type.data[i] != '.')
            continue;
        uint16_t found = find_descriptor(machine, (struct text){event_type.data, i}, true, hash);
        if (found != DESCRIPTOR_NONE)
            longest = found;
    }
    return longest;
}

uint16_t machine_find_descriptor(const struct machine *machine, struct text event_type)
{
    uint16_t exact = machine_find_name(machine, event_type, false);
    return exact != DESCRIPTOR_NONE ? exact : machine_find_wildcard(machine, event_type, SIZE_MAX);
}

struct transition_list state_candidates(const struct state *state, uint16_t descriptor)
{
    uint32_t low = 0, high = state->handler_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (state->handlers[middle].descriptor < descriptor)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < state->handler_count && state->handlers[low].descriptor == descriptor)
        return state->handlers[low].transitions;
    return (struct transition_list){NULL, 0};
}

uint16_t machine_find_child(const struct machine *machine, uint16_t parent, struct text key)
{
    struct number_search search =
        number_table_search(&machine->child_table, hash_child(parent, key));
    uint16_t number;
    while ((number = number_search_next(&search)) != STATE_NONE) {
        const struct state *state = &machine->states[number];
        if (state->parent == parent && text_equal(state->key, key))
            break;
    }
    return number;
}

uint16_t machine_find_state(const struct machine *machine, struct text id)
{
    struct number_search search = number_table_search(&machine->id_table, hash_name(HASH_NAME, id));
    uint16_t number;
    while ((number = number_search_next(&search)) != STATE_NONE) {
        if (text_equal(machine->states[number].id, id))
            break;
    }
    return number;
}
