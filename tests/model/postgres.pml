/* postgres.pml - what the protocol needs of PostgreSQL: a lane's row, its outbox, and its two
 * locks. What another session sees is what was committed; the row's lock is held from the
 * first statement of a batch to its commit or rollback.
 *
 * One event makes one outbox row here, so row n holds the output of event n. */

typedef lane_row { /* xorca.lane */
    byte epoch;     /* whose is the newest */
    byte position;  /* the last input record that was processed */
    byte out_next;  /* the sequence of the next outbox row */
    byte published; /* the sequence that was published last, as far as the row was told */
};
lane_row row[LANES];
byte outbox[LANES];    /* bit n: the row with sequence n is there */
byte row_lock[LANES];  /* whose open transaction holds the row */
byte lane_lock[LANES]; /* the advisory lock */

#define is_row_free(lane) (row_lock[lane] == NOBODY)
#define outbox_has(lane, sequence) ((outbox[lane] >> (sequence)) & 1)

inline postgres_end_session(worker, lane)
{
    if
    :: row_lock[lane] == holder(worker) ->
        reached(BATCH_ROLLED_BACK);
        row_lock[lane] = NOBODY
    :: else
    fi;
    if
    :: lane_lock[lane] == holder(worker) -> lane_lock[lane] = NOBODY
    :: else
    fi
}

/* STATEMENT_LANE_TRY_LOCK, repeated until it succeeds. */
inline postgres_lane_lock(worker, lane)
{
    lane_lock[lane] == NOBODY -> lane_lock[lane] = holder(worker)
}

/* STATEMENT_LANE_TAKE, when the row is free: raises the epoch and returns the row, into the
 * variables of the lane's thread. */
inline postgres_lane_take(worker, lane)
{
    postgres_lane_fence(worker, lane);
    postgres_lane_read(lane)
}

inline postgres_lane_fence(worker, lane)
{
    row[lane].epoch = holder(worker)
}

inline postgres_lane_read(lane)
{
    position = row[lane].position;
    out_next = row[lane].out_next;
    recorded = row[lane].published
}

/* The WHERE of STATEMENT_BATCH_LANE. */
#if defined(FAULT_BATCH_UNFENCED)
#define is_expected(worker, lane) true
#elif defined(FAULT_EPOCH_UNCHECKED)
#define is_expected(worker, lane) (row[lane].out_next == out_next && row[lane].position == position)
#elif defined(WITHOUT_EXPECTED_VALUES)
#define is_expected(worker, lane) (row[lane].epoch == holder(worker))
#else
#define is_expected(worker, lane)                                           \
    (row[lane].epoch == holder(worker) && row[lane].out_next == out_next && \
     row[lane].position == position)
#endif

/* STATEMENT_BATCH_BEGIN and STATEMENT_BATCH_LANE, when the row is free: holds it, and goes
 * on only if it is as expected. */
inline postgres_batch_begin(worker, lane)
{
    if
    :: is_expected(worker, lane) ->
#ifndef FAULT_ROW_UNLOCKED
        row_lock[lane] = holder(worker)
#endif
    :: else ->
        reached(BATCH_FENCED);
        answer = REFUSED
    fi
}

#define rows_to(sequence) ((1 << (sequence + 1)) - 1)

/* The rest of the batch, and STATEMENT_BATCH_COMMIT. Event 0: a batch without records, which
 * only tells PostgreSQL what has left. */
inline postgres_batch_commit(lane, event, left)
{
    if
    :: event > 0 ->
        promise_effect(lane, event);
#ifndef FAULT_POSITION_APART
        row[lane].position = event;
        promise_position(lane);
#endif
        row[lane].out_next = out_next + 1;
        outbox[lane] = outbox[lane] | (1 << out_next)
    :: else
    fi;
#ifdef FAULT_OUTBOX_DELETED_EARLY
    outbox[lane] = outbox[lane] & ~rows_to(out_next - 1);
#else
    if
    :: left > recorded ->
        reached(OUTBOX_CLEANED);
        outbox[lane] = outbox[lane] & ~(rows_to(left) - rows_to(recorded))
    :: else
    fi;
#endif
    row[lane].published = left;
    row_lock[lane] = NOBODY
}
