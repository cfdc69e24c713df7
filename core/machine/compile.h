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
    struct machine *machine;
    bool out_of_memory;

    /* Under construction: the machine's own tables, not yet const. */
    struct state *states;
    struct draft_state *drafts; /* as many as states */
    struct transition *transitions;
    struct descriptor *descriptors;
    uint32_t action_count; /* in all lists */
    int named_depth;       /* names being resolved for other names */

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

/* The same, of the key at the end of `path` rather than its value. */
void report_key(struct compiler *compiler, const struct path *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

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

/* Reports each of the named slots that `template` reads, as not known there. */
void refuse_slot(struct compiler *compiler, const struct path *path,
                 const struct template *template, enum expression_slot slot, const char *why);

/* --- Names: the maps `actions`, `guards` and `delays` (compile_named.c) ------------- */

enum named_progress { NAMED_NEW = 0, NAMED_BUSY, NAMED_DONE };

struct named {
    struct text name;
    struct json definition;
    enum named_progress progress; /* NAMED_BUSY: met again, it refers to itself */
    struct action_list actions;
    const struct guard *guard; /* NULL when it is wrong */
    struct delay delay;
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
void report_unknown_name(struct compiler *compiler, const struct path *path,
                         const struct named_list *list, struct text name);

/* --- Actions, guards and delays ------------------------------------------------------ */

/* One action, an array of them, or nothing (NULL). */
struct action_list compile_actions(struct compiler *compiler, const struct path *path,
                                   const struct json *value);
void compile_named_actions(struct compiler *compiler);

/* NULL when there is none, or after reporting. */
const struct guard *compile_guard(struct compiler *compiler, const struct path *path,
                                  const struct json *value);
void compile_named_guards(struct compiler *compiler);

/* The delay that a key of `after` stands for: ms, a name, or a duration. */
bool compile_delay_key(struct compiler *compiler, const struct path *path, struct text key,
                       struct delay *out);
void compile_named_delays(struct compiler *compiler);

/* --- Outgoing events (emitted_event.c) ------------------------------------------------- */

/* NULL when an event of this type may be sent, otherwise why not. */
const char *emitted_type_problem(struct text type);

/* NULL when an extension attribute of this name may be given, otherwise why not. */
const char *attribute_name_problem(struct text name);

/* Strings, booleans, integers of 32 bits (CloudEvents 1.0.2, "Type System"). */
bool attribute_value_is_valid(struct json value);

/* --- States and transitions --------------------------------------------------------------- */

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
