/* subject.h - the identity of an orchestration, as xOrca's clients write it:
 * base64 of the compact JSON {"processId":…,"name":…,"version":"x.y.z"}. */
#ifndef CORE_ORCHESTRATION_SUBJECT_H
#define CORE_ORCHESTRATION_SUBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/hash.h"
#include "core/text.h"

struct arena;

/* Longest subject that is taken or made, in bytes: it is a key in two systems. */
enum { SUBJECT_SIZE_MAX = 1024 };

struct subject {
    struct text process_id; /* not empty */
    struct text name;       /* as name_is_valid has it */
    struct text version;    /* semantic version: digits.digits.digits */
};

/* Longest name of a definition: the longest topic that is made of one,
 * "sys.xorca.orchestrator.<name>.error", keeps within Kafka's 249 characters. */
enum { NAME_SIZE_MAX = 200 };

/* Letters, digits, ".", "_" and "-": what may stand in a topic, and what machine_compile
 * takes as the id of a definition. */
bool name_is_valid(struct text name);

/* The text of a subject, keys in the order above. Never re-encode a received one:
 * its bytes are the identity. STATUS_REJECTED when it would be too long or a part is
 * not as above. */
enum status subject_write(struct arena *arena, const struct subject *subject, struct text *out,
                          struct error *error);

/* STATUS_REJECTED when `text` is no base64 of such an object, or a part is missing,
 * empty or not as above. Reads JSON itself: this one shape, in any order and with
 * white space, escapes included. The parts live in the arena. */
enum status subject_read(struct arena *arena, struct text text, struct subject *out,
                         struct error *error);

/* The primary key of the orchestration with this subject, and the number of its
 * advisory lock (the first eight bytes of it, big-endian). Frozen for ever. */
struct hash128 subject_id(struct text subject);
int64_t subject_lock(struct hash128 id);

/* Semantic versions "1.2.3", digits.digits.digits only, in order as numbers of any
 * length. Texts that are no versions compare as bytes. */
bool version_is_valid(struct text version);
int version_compare(struct text a, struct text b);

#endif
