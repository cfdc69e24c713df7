/* durable_protocol.pml - from an input record to its outgoing record, by way of PostgreSQL's
 * outbox and Kafka's transactions: the promises, the bounds, and what may go wrong.
 *
 * Two workers want every lane. Each executes what worker/lane.c and worker/lane_publisher.c
 * do, one step of the protocol at a time, and between any two steps anybody else may run: a
 * worker that is stopped and wakes up later is one that was not chosen for a while, and a
 * request that outlives its sender is one of a sender that was slow.
 *
 * Start at the promises below, then worker.pml. README.md has the table of steps. */

/* --- Bounds: each run names its own (see `run`) ----------------------------------------- */

#ifndef LANES
#define LANES 1
#endif
#ifndef EVENTS
#define EVENTS 2 /* input records of a lane, numbered from 1 */
#endif
#ifndef TROUBLES
#define TROUBLES 2 /* crashes, lost locks, lost answers, transactions timed out: in all */
#endif
#ifndef WITNESS
#define WITNESS NOWHERE
#endif

#define WORKERS 2
#define NOBODY 0
#define holder(worker) (worker + 1)
#define seat(worker, lane) (worker * LANES + lane) /* of a worker at a lane */
#define here seat(worker, lane)

byte troubles = TROUBLES;

#include "places.pml"

/* --- The promises ------------------------------------------------------------------------ */

byte effects[LANES]; /* events whose effect is in a snapshot */
byte seen[LANES];    /* outputs that a read_committed reader has been given */

/* Promises 1 and 2: an event changes its snapshot once, in order, and the position says so
 * in the same transaction. */
inline promise_effect(lane, event)
{
    assert(event == effects[lane] + 1);
    effects[lane] = event
}
inline promise_position(lane)
{
    assert(row[lane].position == effects[lane])
}

/* Promise 3: each output once, in order, none left out. */
inline promise_output(lane, sequence)
{
    assert(sequence == seen[lane] + 1);
    assert(sequence <= effects[lane]);
    seen[lane] = sequence
}

/* What lane 0 has sent arrives at lane 1, as a forwarded record does. */
#define arrived(lane) (lane == 0 -> EVENTS : seen[0])
#define all_is_published (seen[LANES - 1] == EVENTS)

#ifdef LIVENESS
ltl everything_is_published { <> all_is_published }
#endif

/* Alarms are honest. An alarm (PostgreSQL or Kafka went backwards, an outbox row is missing)
 * says that something was lost. Nothing is lost here: so nobody ever hears one. */
inline alarm()
{
#ifndef ALARMS_UNCHECKED
    assert(false);
#endif
    answer = REFUSED
}

#include "network.pml"
#include "postgres.pml"
#include "kafka.pml"
#include "worker.pml"

/* --- What may go wrong, beside what network.pml and kafka.pml say ---------------------------- */

/* The lane's lock falls away, and its holder does not know: it was evicted while it stood
 * still. Stronger than the real thing, which ends the session as well: here the zombie's
 * statements still arrive, so that nothing but the fences is relied upon. */
inline evict(lane)
{
    d_step {
        troubles > 0 && lane_lock[lane] != NOBODY ->
            troubles--;
            lane_lock[lane] = NOBODY
    }
}

proctype trouble()
{
    do
    :: evict(0)
#if LANES > 1
    :: evict(1)
#endif
    :: d_step { troubles > 0 -> troubles = 0 } /* all is well from now on */
    :: timeout -> break                        /* nobody can do anything any more */
    od;
    assert(all_is_published);
    reached(EVERYTHING_PUBLISHED)
}

init
{
    byte lane = 0;
    atomic {
        answer = SUCCESS;
        do
        :: lane < LANES ->
            row[lane].out_next = 1;
            transaction[lane].state = COMPLETE;
            run coordinator(lane);
            run lane_thread(0, lane);
            run publisher_thread(0, lane);
            run lane_thread(1, lane);
            run publisher_thread(1, lane);
            lane++
        :: else -> break
        od;
        run trouble()
    }
}
