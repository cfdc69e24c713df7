/* dead_letter.h - what becomes of a record that cannot be processed or sent.
 *
 * It goes to the dead letter topic with its key, bytes and headers, and headers of ours
 * that say why and where it stood:
 *
 *     xorca-dead-letter-reason     a sentence
 *     xorca-dead-letter-topic      the topic it was read from, or meant for
 *     xorca-dead-letter-partition  \ of a record that was read
 *     xorca-dead-letter-offset     /
 *     xorca-dead-letter-size       bytes of the value, when it is too big to be kept: then
 *                                  the value is cut to DEAD_LETTER_VALUE_SIZE_MAX */
#ifndef WORKER_DEAD_LETTER_H
#define WORKER_DEAD_LETTER_H

#include "adapters/kafka/record.h"
#include "core/error.h"

struct arena;

/* Fits, with the headers, what a broker takes by default (message.max.bytes, 1 MiB). */
enum { DEAD_LETTER_VALUE_SIZE_MAX = 768 * 1024, DEAD_LETTER_HEADERS_SIZE_MAX = 128 * 1024 };

/* Makes it in the arena; the bytes of `record` are referred to. Headers beyond
 * DEAD_LETTER_HEADERS_SIZE_MAX are left out, the last ones first. */
enum status dead_letter_make(struct arena *arena, const struct record *record, const char *topic,
                             const char *reason, struct record *out, struct error *error);

#endif
