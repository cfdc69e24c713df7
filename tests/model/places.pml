/* places.pml - where a run must be able to get to, or the promises would say little. `run`
 * asserts of each place that nobody gets there, and that has to fail. */
#define NOWHERE 0
#define EVERYTHING_PUBLISHED 1
#define LEFTOVERS_PUBLISHED 2
#define OUTBOX_CLEANED 3
#define PROCESSED_RECORD_DROPPED 4
#define COMMITTED_WHILE_PUBLISHING 5
#define BOTH_WORKERS_LIVE 6
#define PROCESS_DIED 7
#define BATCH_ROLLED_BACK 8
#define BATCH_FENCED 9
#define PRODUCER_FENCED 10
#define LATE_RECORD_REFUSED 11
#define PREDECESSOR_ABORTED 12
#define TRANSACTION_TIMED_OUT 13
#define COMMIT_ANSWER_LOST 14
#define KAFKA_COMMIT_ANSWER_LOST 15
#define OVERTAKEN 16
#define OTHER_LANE_HELD_BACK 17
#define reached(place) assert(place == NOWHERE || WITNESS != place)
