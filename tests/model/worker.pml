/* worker.pml - a worker at a lane: two threads that share a tenure. The numbers are the steps
 * of the protocol, as README.md lists them. */

typedef tenure { /* what the lane's thread shares with its publisher's */
    byte pushed;        /* committed, and handed over */
    byte published;     /* and gone */
    bool is_publishing; /* the publisher's thread runs */
    bool is_stopping;
    bool has_failed; /* the publisher's thread has */
    bool is_killed;  /* the publisher's thread is: its process died */
};
tenure at[WORKERS * LANES];

inline forget_tenure()
{
    at[here].pushed = 0;
    at[here].published = 0;
    at[here].is_publishing = false;
    at[here].is_stopping = false;
    at[here].has_failed = false
}

/* --- Steps 12 and 13: one Kafka transaction ----------------------------------------------- */

/* Once the condition holds: rows published + 1 to up_to, and the marker. Uses the caller's
 * `sequence`, `last` and `is_open`. */
inline publish(condition, up_to)
{
    atomic {
        condition ->
            last = up_to;
            CALL_WHEN(!is_prepared(lane), kafka_begin_transaction(worker, lane),
                      is_open = true; sequence = at[here].published + 1)
    };
    do
    :: atomic { sequence <= last -> CALL(kafka_produce(worker, lane, sequence), sequence++) }
    :: sequence > last -> break
    od;
#ifndef FAULT_MARKER_OUTSIDE_TRANSACTION
    CALL(kafka_produce_marker(worker, lane, last), skip);
#endif
    CALL_ANSWERED(true, kafka_end_transaction(worker, lane, PREPARE_COMMIT);
                  lose_answer(KAFKA_COMMIT_ANSWER_LOST); guess(),
                  at[here].published = last; end_transaction());
#ifdef FAULT_MARKER_OUTSIDE_TRANSACTION
    CALL(marker[lane] = at[here].published, skip);
#endif
}

inline end_transaction()
{
    is_open = false;
    sequence = 0;
    last = 0
}

/* An outcome that is not known is not guessed: the tenure ends. */
inline guess()
{
#ifdef FAULT_LOST_COMMIT_REPEATED
    if
    :: answer == LOST -> answer = SUCCESS; last = at[here].published
    :: else
    fi
#else
    skip
#endif
}

/* close_transaction of adapters/kafka/publisher.c: what nobody wants any more is aborted, if
 * Kafka listens. */
inline close_transaction()
{
    if
    :: is_open -> kafka_end_transaction(worker, lane, PREPARE_ABORT)
    :: true
    fi;
    answer = SUCCESS;
    end_transaction()
}

/* --- Steps 4 to 6 --------------------------------------------------------------------------- */

/* unless_overtaken of worker/lane.c: the row is looked at again. */
inline alarm_unless_overtaken()
{
    if
    :: is_expected(worker, lane) -> alarm()
    :: else ->
        reached(OVERTAKEN);
        answer = REFUSED
    fi
}

inline establish_published()
{
    if
    :: kafka_position(lane) >= out_next -> alarm_unless_overtaken()
    :: kafka_position(lane) < recorded -> alarm()
    :: else -> at[here].published = kafka_position(lane)
    fi
}

/* STATEMENT_OUTBOX_READ: all rows after `published`, and the sequence of the last one. */
inline read_leftovers()
{
    if
    :: outbox_has(lane, at[here].published + 1) ->
        leftover = at[here].published + 1;
        do
        :: outbox_has(lane, leftover + 1) -> leftover++
        :: else -> break
        od;
        reached(LEFTOVERS_PUBLISHED)
    :: else -> alarm_unless_overtaken()
    fi
}

/* --- The lane's thread ---------------------------------------------------------------------- */

/* Once the condition holds, steps 8 to 11: the transaction of one event, or of none. */
inline run_batch(condition, event)
{
    atomic {
        condition ->
            CALL_WHEN(is_row_free(lane), postgres_batch_begin(worker, lane),
                      leaving = at[here].published);
#ifdef FAULT_HANDED_OVER_BEFORE_COMMIT
            at[here].pushed = out_next
#endif
    };
    CALL_ANSWERED(true, postgres_batch_commit(lane, event, leaving);
                  lose_answer(COMMIT_ANSWER_LOST),
                  settle_batch(event));
#ifdef FAULT_POSITION_APART
    CALL(row[lane].position = position, skip)
#endif
}

inline settle_batch(event)
{
    if
    :: event > 0 ->
        position = event;
        at[here].pushed = out_next;
        out_next++;
        in_hand = 0;
        if
        :: transaction[lane].state == ONGOING -> reached(COMMITTED_WHILE_PUBLISHING)
        :: else
        fi
    :: else
    fi;
    recorded = leaving;
    leaving = 0
}

inline look_for_both_live()
{
    if
    :: at[seat(0, lane)].is_publishing && at[seat(1, lane)].is_publishing ->
        reached(BOTH_WORKERS_LIVE)
    :: else
    fi
}

/* The session ends, and with it its locks and what was remembered of the lane's row. */
inline end_tenure()
{
    postgres_end_session(worker, lane);
    forget_tenure();
    position = 0;
    out_next = 0;
    recorded = 0;
    leaving = 0;
    leftover = 0
}

/* Fetching begins at a position that was read without a fence: perhaps an old one. */
inline subscribe()
{
    in_hand = 0;
    if
    :: cursor = 0
    :: cursor = row[lane].position
    fi
}

proctype lane_thread(byte worker; byte lane)
{
    bool is_publisher = false;
    byte position = 0, out_next = 0, recorded = 0; /* the lane's row, as last seen */
    byte cursor = 0;                               /* fetched so far */
    byte in_hand = 0;                              /* fetched, and not known to be committed */
    byte leaving = 0; /* what the batch under way will record as published */
    byte leftover = 0, last = 0, sequence = 0;
    bool is_open = false;

    /* lane_take_over */
end_waiting:
    atomic { postgres_lane_lock(worker, lane) };                                  /* 1 */
#ifdef FAULT_ROW_READ_BEFORE_FENCE
    CALL(postgres_lane_read(lane), skip);
    CALL_WHEN(is_row_free(lane), postgres_lane_fence(worker, lane), skip);
#else
    CALL_WHEN(is_row_free(lane), postgres_lane_take(worker, lane), skip);         /* 2 */
#endif
#ifdef FAULT_POSITION_READ_BEFORE_FENCE
    CALL(establish_published(), skip);
    kafka_init_transactions(worker, lane);
#else
    kafka_init_transactions(worker, lane);                                        /* 3 */
    CALL(establish_published(), skip);                                            /* 4, 5 */
#endif
    do                                                                            /* 6 */
    :: atomic { at[here].published + 1 < out_next -> CALL(read_leftovers(), skip) };
       publish(true, leftover);
       leftover = 0
    :: atomic {
        at[here].published + 1 >= out_next ->
            at[here].pushed = at[here].published;
            at[here].is_publishing = true;
            look_for_both_live();
            break
       }
    od;

    /* lane_turn */
end_idle:
    do
    :: atomic { in_hand == 0 && cursor < arrived(lane) -> cursor++; in_hand = cursor } /* 7 */
    :: atomic {
        in_hand > 0 && in_hand <= position ->
            reached(PROCESSED_RECORD_DROPPED);
            in_hand = 0
       }
    :: run_batch(in_hand > position, in_hand)                                     /* 8 to 11 */
    :: run_batch(in_hand == 0 && cursor >= arrived(lane) &&
                 at[here].published > recorded, 0)                                /* idle_turn */
    :: atomic { at[here].has_failed -> goto failed }
    :: atomic { may_die -> pay_for_death(); goto died }
    od;

    /* lane_let_go: the publisher is joined, then the session ends. What is in hand stays. */
failed:
    atomic {
        at[here].is_stopping = at[here].is_publishing;
        !at[here].is_publishing;
        close_transaction();
        end_tenure();
        goto end_waiting
    };

    /* The process dies: nobody aborts, and what was in hand is fetched again. */
died:
    atomic {
        reached(PROCESS_DIED);
        at[here].is_killed = at[here].is_killed || at[here].is_publishing;
        end_transaction();
        end_tenure();
        subscribe();
        goto end_waiting
    }
}

/* --- The publisher's thread ------------------------------------------------------------------ */

proctype publisher_thread(byte worker; byte lane)
{
    bool is_publisher = true;
    byte last = 0, sequence = 0;
    bool is_open = false;

end_idle:
    do
    :: publish(!at[here].is_stopping && at[here].pushed > at[here].published,
               at[here].pushed)                                                   /* 12, 13 */
    :: atomic { at[here].is_publishing && at[here].is_stopping -> goto stopped }
    :: atomic { may_die -> pay_for_death(); goto died }
    od;

failed:
    atomic {
        at[here].has_failed = true;
        if
        :: may_die -> pay_for_death(); goto died
        :: at[here].is_stopping
        fi
    };
stopped:
    atomic {
        close_transaction();
        at[here].is_publishing = false;
        goto end_idle
    };
died:
    atomic {
        at[here].is_killed = false;
        end_transaction();
        goto end_idle
    }
}
