/* compile.h - what the parts of the machine compiler share. For compile*.c alone.
 *
 * The compiler goes over the definition twice: first it numbers the states (so that
 * targets can be resolved forwards), then it compiles what each of them does. It never
 * stops at a problem: it notes it, leaves out the part and goes on, so the tables are
 * worth something only when no problem was noted. */
#ifndef CORE_MACHINE_COMPILE_H
#define CORE_MACHINE_COMPILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/json.h"
#include "core/machine/lookup.h"
#include "core/machine/tables.h"
#include "core/problem.h"
#include "core/text.h"

struct arena;

/* Further limits of one definition. */
enum {
    /* Of a state's id, explicit or joined of keys. Ids become event types and are
     * stored with every timer. */
    MACHINE_ID_SIZE_MAX = 1024,
    /* Of the machine's id, which is part of topic names (Kafka allows 249 bytes):
     * "xorca.orchestrator.<id>.error" and the like fit. */
    MACHINE_NAME_SIZE_MAX = 200,
    /* Actions of all lists together, named ones counted wherever they are used: names
     * that use names could otherwise grow without end. */
    MACHINE_ACTIONS_MAX = 65535,
    /* Parts of one guard, those of named ones counted wherever they are used. */
    MACHINE_GUARD_SIZE_MAX = 1000,
    /* Entries of `actions`, of `guards` and of `delays`. */
    MACHINE_NAMED_MAX = 4096,
    /* A name that refers to a name that refers to a name: each is a recursion. */
    MACHINE_NAMED_DEPTH_MAX = 32,
    /* A path in a message; the rest is cut. */
    MACHINE_PATH_SIZE_MAX = 512
};

/* --- Places and problems (compile_report.c) ------------------------------------- */

/* Where in the document: a chain from the place up to the root, on the stack of the
 * functions that walk down. */
struct path {
    const struct path *parent; /* NULL: the root, "$" */
    struct text key;           /* of an object; data is NULL for an element of an array */
    size_t index;
};

static inline struct path path_key(const struct path *parent, struct text key)
{
    return (struct path){parent, key, 0};
}

static inline struct path path_index(const struct path *parent, size_t index)
{
    return (struct path){parent, TEXT_NONE, index};
}

struct named_list;
struct draft_state;

struct compiler {
    struct arena *arena;
    struct problem_list *problems;
    struct json definition;
    const struct cel_time_zones *time_zones;
    struct machine *machine;
    bool out_of_memory;

    /* Under construction: the machine's own tables, not yet const. */
    struct state *states;
    struct draft_state *drafts; /* as many as states */
    struct transition *transitions;
    struct descriptor *descriptors;
    uint32_t action_count;            /* in all lists */
    struct named *named;              /* what is being compiled; NULL: no named one */
    int named_depth;                  /* names being resolved for other names */
    struct number_table invoke_table; /* states by the ids of what they invoke */

    struct named_list *actions;
    struct named_list *guards;
    struct named_list *delays;
};

/* What the first pass learns of a state for the second. */
struct draft_state {
    struct json definition;
    const struct path *path;
    struct text default_id; /* machine id and keys: what ids of descendants start with */
};

/* Zeroed; NULL when the arena is full, which ends the compilation as STATUS_FATAL. */
void *compiler_alloc(struct compiler *compiler, size_t count, size_t size);

/* The parts one after the other; data NULL when the arena is full. */
struct text join_texts(struct compiler *compiler, const struct text *parts, size_t count);

/* Notes a problem. `format` is ours; text from the definition goes through quote(). */
void report(struct compiler *compiler, const struct path *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same, of the key at the end of `path` rather than its value; of what is given. */
void report_key(struct compiler *compiler, const struct path *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void report_part(struct compiler *compiler, const struct path *path, enum problem_part part,
                 const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The same, of a place inside the expression {"@expr": "..."} that stands at `path`. */
void report_expression(struct compiler *compiler, const struct path *path,
                       const struct cel_issue *issue);

/* True when a further problem would not be kept; notes that there is one. What is slow
 * and only for a message asks first. */
bool problems_are_full(struct compiler *compiler);

/* "$.states.fetching.on[\"evt.x\"][0].target", in the arena; never NULL. */
const char *path_text(struct compiler *compiler, const struct path *path);

/* Text from outside as a JSON string literal, cut when it is long: "book \"one\"".
 * Valid until the end of the full expression that it stands in. */
enum { QUOTED_SIZE = 448 };
struct quoted {
    char text[QUOTED_SIZE];
};
struct quoted quote(struct text text);
struct quoted plain(struct text text); /* the same without the quotation marks */

/* `, did you mean "x"?`, or nothing when no candidate is near. */
struct quoted suggest(const struct compiler *compiler, struct text word,
                      const struct text *candidates, size_t count);

/* A key that an object may have. */
struct key_rule {
    const char *name;
    const char *why_not; /* NULL: it is known; otherwise why it is refused */
};

/* Reports every key that is unknown, with the nearest known one, or refused. */
void check_keys(struct compiler *compiler, const struct path *path, struct json object,
                const struct key_rule *rules, size_t count);

/* Reports a value that is not of this type: "must be an object, not a string". */
bool expect_type(struct compiler *compiler, const struct path *path, struct json value,
                 enum json_type type);

/* What a value is, for a message: "a string". */
const char *json_phrase(struct json value);

/* `description` is a string and `meta` an object, wherever they stand. */
void check_notes(struct compiler *compiler, const struct path *path, struct json object);

/* --- Expressions and templates (compile_template.c) ------------------------------- */

/* True for {"@expr": ...} and {"@code": ...}, whatever else is wrong with it. */
bool is_expression(struct json value);

/* Compiles {"@expr": "..."}; NULL after reporting. */
const struct expression *compile_expression(struct compiler *compiler, const struct path *path,
                                            struct json value);

/* JSON with expressions anywhere inside. False after reporting. */
bool compile_template(struct compiler *compiler, const struct path *path, struct json value,
                      struct template *out);

/* The `params` of an action or a guard that is used by name; *out is NULL when it gives
 * none. False after reporting. */
bool compile_params(struct compiler *compiler, const struct path *path, struct json use,
                    const struct template **out);

/* Reports each of the named slots that `template` reads, as not known there. */
void refuse_slot(struct compiler *compiler, const struct path *path,
                 const struct template *template, enum expression_slot slot, const char *why);

/* --- Names: the maps `actions`, `guards` and `delays` (compile_named.c) ------------- */

enum named_progress { NAMED_NEW = 0, NAMED_BUSY, NAMED_DONE };

struct named {
    struct text name;
    struct json definition;
    enum named_progress progress; /* NAMED_BUSY: met again, it refers to itself */
    struct named *outer;          /* what it was followed from */
    bool reads_params;
    struct action_list actions;
    uint32_t action_count;     /* those of the names in it counted, too */
    const struct guard *guard; /* NULL when it is wrong */
    struct duration delay;
    bool is_valid; /* of a delay */
};

struct named_list {
    const char *kind;   /* "action", "guard", "delay" */
    const char *member; /* "actions", ... */
    struct named *items;
    uint16_t count;
    struct number_table table;
};

/* Reads the definition's map of this name; an absent one is empty. */
struct named_list *named_list_create(struct compiler *compiler, const char *kind,
                                     const char *member);

/* The entry, or NULL without a report. */
struct named *named_find(const struct named_list *list, struct text name);

/* Before and after following a name. False after reporting: it refers to itself, or
 * the chain of names is too long. */
bool named_enter(struct compiler *compiler, const struct path *path, const struct named_list *list,
                 struct named *named);
void named_leave(struct compiler *compiler, struct named *named);

/* Reports that there is none, with the nearest. */
void report_unknown_name(struct compiler *compiler, const struct path *path, enum problem_part part,
                         const struct named_list *list, struct text name);

/* --- Actions, guards and delays ------------------------------------------------------ */

/* Lists of actions while they are collected: one, an array of them, or nothing (NULL). */
struct action_builder {
    struct action *items;
    uint32_t count;
    uint32_t room;
    uint32_t expanded; /* those inside of named ones counted, too */
};

void append_actions(struct compiler *compiler, const struct path *path,
                    struct action_builder *builder, const struct json *value);

/* @xstate.assign of this context, @xstate.emit of this event. */
void append_assign(struct compiler *compiler, const struct path *path,
                   struct action_builder *builder, struct json context);
void append_emit(struct compiler *compiler, const struct path *path, struct action_builder *builder,
                 struct json event);

/* One that is made here rather than written by somebody. */
void append_action(struct compiler *compiler, const struct path *path,
                   struct action_builder *builder, struct action action);

struct action_list built_actions(const struct action_builder *builder);

struct action_list compile_actions(struct compiler *compiler, const struct path *path,
                                   const struct json *value);
void compile_named_actions(struct compiler *compiler);

/* NULL when there is none, or after reporting. */
const struct guard *compile_guard(struct compiler *compiler, const struct path *path,
                                  const struct json *value);
void compile_named_guards(struct compiler *compiler);

/* The delay that a key of `after` stands for: ms, a name, or a duration. */
bool compile_delay_key(struct compiler *compiler, const struct path *path, struct text key,
                       struct duration *out);

/* The same as a value, of `timeout` or a delayed raise: a number or an expression, too. */
bool compile_duration(struct compiler *compiler, const struct path *path, struct json value,
                      struct duration *out);
void compile_named_delays(struct compiler *compiler);

/* --- Outgoing events (emitted_event.c) ------------------------------------------------- */

/* NULL when an event of this type may be sent, otherwise why not. */
const char *emitted_type_problem(struct text type);

/* NULL when an extension attribute of this name may be given, otherwise why not. */
const char *attribute_name_problem(struct text name);

/* Strings, booleans, integers of 32 bits (CloudEvents 1.0.2, "Type System"). */
bool attribute_value_is_valid(struct json value);

/* --- Contracts (compile_contract.c) --------------------------------------------------------- */

/* The member `schemas`. */
void compile_contracts(struct compiler *compiler);

/* --- States and transitions --------------------------------------------------------------- */

/* Takes the key up to the next unescaped "." off *rest; *more: a "." followed. */
struct text take_key(struct compiler *compiler, struct text *rest, bool *more);

/* `, did you mean "x"?` of the ids of states. */
struct quoted suggest_id(struct compiler *compiler, struct text id);

/* Targets of a transition or of a history state: resolved, of states that can be active at
 * once. `source`: the state whose siblings they may name. */
struct target_list {
    const uint16_t *items;
    uint16_t count;
};
struct target_list compile_target_list(struct compiler *compiler, const struct path *path,
                                       uint16_t source, struct json value);

/* What a state listens to, while it is collected. */
struct state_builder {
    uint16_t number;
    uint32_t *next; /* the first free one of the machine's transitions */
    struct handler *handlers;
    uint32_t handler_count;
    struct delay *delays;
    uint32_t delay_count;
    struct invoke *invokes; /* as many as the state counts */
};

/* The handler of this event: one transition or an array of candidates. Before the actions
 * of each, `first` is executed if it is not NULL. NULL when there are no candidates. */
struct handler *add_handler(struct compiler *compiler, const struct path *path,
                            struct state_builder *builder, struct text name, struct json value,
                            const struct action *first);

/* The same candidates for another event; gives the descriptor of that. */
uint16_t share_handler(struct compiler *compiler, struct state_builder *builder, struct text name,
                       struct transition_list candidates);

/* --- Commands and timers (compile_invoke.c) ------------------------------------------------ */

/* What the state sends whenever it is entered: its `emit`, the commands of `invoke`. */
void append_emitted(struct compiler *compiler, struct action_builder *entry, uint16_t number);

/* `invoke`; then `after` and `timeout`. */
void compile_invokes(struct compiler *compiler, struct state_builder *builder);

/* XState's names of the answers, in `on`: "xstate.done.actor.<id>" and
 * "xstate.error.actor.<id>" mean onDone and onError of the state's invoke of this id. False
 * when `name` is none of these. */
bool compile_actor_handler(struct compiler *compiler, const struct path *path,
                           struct state_builder *builder, struct text name, struct json value);
void compile_delays(struct compiler *compiler, struct state_builder *builder);

/* What the second pass will need room for, at most. */
struct handler_counts {
    uint64_t transitions;
    uint64_t names;
    uint64_t delays;
    uint64_t invokes;
};
void count_invokes(struct json definition, struct handler_counts *counts);

/* Whether the state invokes something by this id. */
bool state_invokes(const struct state *state, struct text id);

/* Numbers all states. False when the second pass would make no sense. */
bool declare_states(struct compiler *compiler);

/* What the state does when it is entered, left and completed. */
void compile_state(struct compiler *compiler, uint16_t number);

/* Room for all transitions and descriptors of the definition. */
bool reserve_transitions(struct compiler *compiler);

/* The state's transitions, in static order; *next is the first free one. */
void compile_transitions(struct compiler *compiler, uint16_t number, uint32_t *next);

/* Chains the descriptors; after all transitions are there. */
void link_descriptors(struct compiler *compiler);

#endif
