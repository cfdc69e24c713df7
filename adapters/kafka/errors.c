#include "adapters/kafka/errors.h"

#include <stdarg.h>
#include <stdio.h>

struct meaning {
    rd_kafka_resp_err_t code;
    enum status status;
};

static const struct meaning meanings[] = {
    /* Another producer has our transactional id. Which of the three arrives depends on
     * which request meets the new epoch first (protocol.md, section 2.3). */
    {RD_KAFKA_RESP_ERR__FENCED, STATUS_CONFLICT},
    {RD_KAFKA_RESP_ERR_PRODUCER_FENCED, STATUS_CONFLICT},
    {RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, STATUS_CONFLICT},

    /* The record or the topic's name is what is wrong. */
    {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, STATUS_REJECTED},
    {RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE, STATUS_REJECTED},
    {RD_KAFKA_RESP_ERR_INVALID_RECORD, STATUS_REJECTED},
    {RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, STATUS_REJECTED},
    {RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, STATUS_REJECTED},
    {RD_KAFKA_RESP_ERR_POLICY_VIOLATION, STATUS_REJECTED},
    {RD_KAFKA_RESP_ERR_INVALID_PARTITIONS, STATUS_REJECTED},
    {RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR, STATUS_REJECTED},
    {RD_KAFKA_RESP_ERR_INVALID_CONFIG, STATUS_REJECTED},
    {RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS, STATUS_CONFLICT},

    /* A hole in what we read: going on would lose records without a word. */
    {RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, STATUS_FATAL},
    {RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, STATUS_FATAL},
    {RD_KAFKA_RESP_ERR__BAD_MSG, STATUS_FATAL},
    {RD_KAFKA_RESP_ERR__BAD_COMPRESSION, STATUS_FATAL},
    {RD_KAFKA_RESP_ERR_INVALID_MSG, STATUS_FATAL},

    /* No waiting helps. */
    {RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE, STATUS_FATAL},
    {RD_KAFKA_RESP_ERR__INVALID_ARG, STATUS_FATAL},
    {RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED, STATUS_FATAL},
    {RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, STATUS_FATAL},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION, STATUS_FATAL},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT, STATUS_FATAL},
};

enum status kafka_status_of(rd_kafka_resp_err_t code)
{
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        return STATUS_OK;
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
        if (meanings[i].code == code)
            return meanings[i].status;
    return STATUS_UNAVAILABLE;
}

enum { WHAT_SIZE = 256 };

enum status kafka_error_set(struct error *error, rd_kafka_resp_err_t code, const char *format, ...)
{
    char what[WHAT_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    return error_set(error, kafka_status_of(code), "%s: %s", what, rd_kafka_err2str(code));
}
