/* crash.h - the points of the protocol at which tests kill a worker (tests/end_to_end/chaos).
 *
 * Only a program that is built with -DXORCA_CRASH_POINTS=ON has them; in every other they are
 * nothing. The numbers are the protocol's steps (worker/README.md). What to do is in the
 * environment, for the whole process:
 *
 *     CRASH_POINT=fetched    the point
 *     CRASH_COUNT=17         at its 17th arrival, over all lanes
 *     CRASH_SIGNAL=9         by this signal: SIGKILL, SIGSTOP
 *     CRASH_DELAY_US=1500    so much later, while the step behind the point is under way */
#ifndef WORKER_CRASH_H
#define WORKER_CRASH_H

enum crash_point {
    CRASH_LOCKED,      /* 1: the lane's advisory lock is held            */
    CRASH_EPOCH,       /* 2: the epoch is raised                         */
    CRASH_PRODUCER,    /* 3: the producer is initialised                 */
    CRASH_POSITION,    /* 4, 5: the marker is read                       */
    CRASH_LEFTOVERS,   /* 6: leftovers are about to be published         */
    CRASH_FETCHED,     /* 7: records are in hand                         */
    CRASH_STEPPED,     /* 8, 9: the batch is about to be committed       */
    CRASH_COMMITTED,   /* 10: it is committed                            */
    CRASH_HANDED_OVER, /* 11: the publisher has it                       */
    CRASH_PUBLISHING,  /* 12, 13: the Kafka transaction is about to begin */
    CRASH_PUBLISHED    /* 13: it is committed                            */
};

#if XORCA_CRASH_POINTS
void crash_point(enum crash_point point);
#else
static inline void crash_point(enum crash_point point)
{
    (void)point;
}
#endif

#endif
