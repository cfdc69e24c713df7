/* outbox.h - the body of an outbox row: the records of one batch, as bytes.
 *
 * Written with the batch's transaction and published from, perhaps by another worker
 * and after a crash: what leaves is what was stored, byte for byte. The format begins
 * with a version, so that two versions of the worker can share a database:
 *
 *     version(1) count { topic partition+1 key value header_count { name value } }
 *
 * with counts and sizes as LEB128 and each text as size+1 and bytes (0: absent). */
#ifndef WORKER_OUTBOX_H
#define WORKER_OUTBOX_H

#include "adapters/kafka/record.h"
#include "core/error.h"
#include "core/writer.h"

struct arena;

/* Most records of one row: a limit for the reader, far above what a batch makes. */
enum { OUTBOX_RECORDS_MAX = 1 << 20, OUTBOX_HEADERS_MAX = 1 << 10 };

/* Body in the making. Rows of more than OUTBOX_SIZE_MAX bytes are refused by overflow. */
enum { OUTBOX_SIZE_MAX = 256 * 1024 * 1024 };
struct outbox_writer {
    struct writer records; /* what follows the count */
    size_t count;
    struct arena *arena;
};

void outbox_writer_init(struct outbox_writer *outbox, struct arena *arena);
void outbox_writer_add(struct outbox_writer *outbox, const struct record *record);

/* The whole body; TEXT_NONE when no record was added. STATUS_FATAL: the arena is full. */
enum status outbox_writer_finish(struct outbox_writer *outbox, struct text *body,
                                 struct error *error);

/* The records of a body, which refer to its bytes. STATUS_FATAL when it is none: the
 * database holds what no worker wrote. */
enum status outbox_read(struct arena *arena, struct text body, struct record **records,
                        size_t *count, struct error *error);

#endif
