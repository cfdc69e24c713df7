/* kafka.pml - what the protocol needs of Kafka: the transaction coordinator, the partition
 * that outputs go to, and the partition of markers, as a read_committed reader sees both.
 *
 * A lane has one transactional.id. The coordinator decides a transaction, answers, and then
 * writes a control record to each partition; until it has, that partition's readers are held
 * back (the last stable offset), and the next transaction of this id has to wait. */

mtype = { COMPLETE, ONGOING, PREPARE_COMMIT, PREPARE_ABORT }; /* of a transaction */
mtype = { OPEN, COMMITTED, ABORTED };                         /* of a record */

typedef transactional_id {
    byte epoch; /* whose is the newest */
    mtype state;
    bool output_controlled; /* the control record is in that partition */
    bool markers_controlled;
};
transactional_id transaction[LANES];

/* The output partition, which the lanes share: the records that no reader was given yet. */
#define RECORDS_MAX (2 * LANES * EVENTS)
byte record_count;
byte record_lane[RECORDS_MAX];
byte record_sequence[RECORDS_MAX];
mtype record_fate[RECORDS_MAX];
bool output_refuses[WORKERS * LANES]; /* its producer: the leader knows a newer epoch */

/* The marker partition of each lane: the last stable marker, and one that is undecided. */
byte marker[LANES];
byte open_marker[LANES];
bool markers_refuse[WORKERS * LANES];

/* Decided, and not yet told to the partitions: CONCURRENT_TRANSACTIONS, ask again. */
#define is_prepared(lane) \
    (transaction[lane].state == PREPARE_COMMIT || transaction[lane].state == PREPARE_ABORT)

/* InitProducerId. An ongoing transaction is fenced and aborted first, and the client asks
 * again until that is done; success says that the predecessor's outcome is final. Where
 * somebody else has begun the next one meanwhile, it gives up: the real client would abort
 * that as well, until its deadline. */
inline kafka_init_transactions(worker, lane)
{
    if
    :: atomic {
        transaction[lane].state == ONGOING ->
            reached(PREDECESSOR_ABORTED);
            transaction[lane].epoch = NOBODY;
            transaction[lane].state = PREPARE_ABORT
       }
    :: transaction[lane].state != ONGOING
    fi;
    CALL_WHEN(!is_prepared(lane), kafka_new_epoch(worker, lane), skip)
}

inline kafka_new_epoch(worker, lane)
{
    if
    :: transaction[lane].state == COMPLETE ->
        transaction[lane].epoch = holder(worker);
        output_refuses[seat(worker, lane)] = false;
        markers_refuse[seat(worker, lane)] = false
    :: transaction[lane].state == ONGOING -> answer = REFUSED
    fi
}

/* AddPartitionsToTxn: the first of a transaction begins it. */
inline kafka_begin_transaction(worker, lane)
{
    if
    :: holder(worker) != transaction[lane].epoch ->
        reached(PRODUCER_FENCED);
        answer = REFUSED
    :: holder(worker) == transaction[lane].epoch && transaction[lane].state == COMPLETE ->
        transaction[lane].state = ONGOING
    fi
}

/* Produce to the output partition. */
inline kafka_produce(worker, lane, sequence)
{
    if
    :: output_refuses[seat(worker, lane)] ->
        reached(LATE_RECORD_REFUSED);
        answer = REFUSED
    :: else ->
        assert(record_count < RECORDS_MAX);
        record_lane[record_count] = lane;
        record_sequence[record_count] = sequence;
        record_fate[record_count] = OPEN;
        record_count++
    fi
}

/* Produce to the marker partition. */
inline kafka_produce_marker(worker, lane, sequence)
{
    if
    :: markers_refuse[seat(worker, lane)] -> answer = REFUSED
    :: else ->
        assert(open_marker[lane] == 0);
        open_marker[lane] = sequence
    fi
}

/* EndTxn: decided here; everything else follows. */
inline kafka_end_transaction(worker, lane, decision)
{
    if
    :: holder(worker) == transaction[lane].epoch && transaction[lane].state == ONGOING ->
        transaction[lane].state = decision
    :: else -> answer = REFUSED
    fi
}

/* The last marker of the partition, up to the last stable offset. */
#ifdef FAULT_MARKER_READ_UNCOMMITTED
#define kafka_position(lane) (open_marker[lane] > 0 -> open_marker[lane] : marker[lane])
#else
#define kafka_position(lane) marker[lane]
#endif

/* --- The coordinator writes control records; the readers get on -------------------------- */

/* A control record carries the newest epoch: the leader takes nothing older from then on. */
inline refuse_if_older(refuses, worker, lane)
{
    refuses = refuses || transaction[lane].epoch != holder(worker)
}

inline decide_records(lane)
{
    do
    :: i < record_count ->
        if
        :: record_lane[i] == lane && record_fate[i] == OPEN ->
            record_fate[i] = (transaction[lane].state == PREPARE_COMMIT -> COMMITTED : ABORTED)
        :: else
        fi;
        i++
    :: else -> i = 0; break
    od
}

inline drop_first_record()
{
    record_count--;
    do
    :: i < record_count ->
        record_lane[i] = record_lane[i + 1];
        record_sequence[i] = record_sequence[i + 1];
        record_fate[i] = record_fate[i + 1];
        i++
    :: else -> break
    od;
    record_lane[i] = 0;
    record_sequence[i] = 0;
    record_fate[i] = 0;
    i = 0
}

/* A reader goes up to the first undecided record, whoever's it is. */
inline read_committed()
{
    do
    :: record_count > 0 && record_fate[0] == COMMITTED ->
        promise_output(record_lane[0], record_sequence[0]);
        drop_first_record()
    :: record_count > 0 && record_fate[0] == ABORTED -> drop_first_record()
    :: else -> break
    od
}

inline complete_transaction(lane)
{
    if
    :: transaction[lane].output_controlled && transaction[lane].markers_controlled ->
        transaction[lane].output_controlled = false;
        transaction[lane].markers_controlled = false;
        transaction[lane].state = COMPLETE
    :: else
    fi
}

proctype coordinator(byte lane)
{
    byte i = 0;
end:
    do
    :: d_step {
        is_prepared(lane) && !transaction[lane].output_controlled ->
            refuse_if_older(output_refuses[seat(0, lane)], 0, lane);
            refuse_if_older(output_refuses[seat(1, lane)], 1, lane);
            decide_records(lane);
            read_committed();
#if LANES > 1
            if
            :: record_count > 0 && record_fate[0] == OPEN && record_lane[0] != lane ->
                reached(OTHER_LANE_HELD_BACK)
            :: else
            fi;
#endif
            transaction[lane].output_controlled = true;
            complete_transaction(lane)
       }
    :: d_step {
        is_prepared(lane) && !transaction[lane].markers_controlled ->
            refuse_if_older(markers_refuse[seat(0, lane)], 0, lane);
            refuse_if_older(markers_refuse[seat(1, lane)], 1, lane);
            if
            :: transaction[lane].state == PREPARE_COMMIT && open_marker[lane] > 0 ->
                marker[lane] = open_marker[lane]
            :: else
            fi;
            open_marker[lane] = 0;
            transaction[lane].markers_controlled = true;
            complete_transaction(lane)
       }
    :: atomic { /* transaction.timeout.ms */
        troubles > 0 && transaction[lane].state == ONGOING ->
            reached(TRANSACTION_TIMED_OUT);
            troubles--;
            transaction[lane].epoch = NOBODY;
            transaction[lane].state = PREPARE_ABORT
       }
    od
}
