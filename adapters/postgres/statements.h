/* statements.h - every statement that is prepared, with its parameters: statements.c. */
#ifndef ADAPTERS_POSTGRES_STATEMENTS_H
#define ADAPTERS_POSTGRES_STATEMENTS_H

enum statement {
    /* A batch, in the order of its pipeline: batch.c */
    STATEMENT_BATCH_BEGIN,
    STATEMENT_BATCH_LANE,
    STATEMENT_BATCH_LOCK,
    STATEMENT_BATCH_INSERT,
    STATEMENT_BATCH_UPDATE,
    STATEMENT_BATCH_OUTBOX_INSERT,
    STATEMENT_BATCH_OUTBOX_DELETE,
    STATEMENT_BATCH_JOURNAL_INSERT,
    STATEMENT_BATCH_COMMIT,
    /* Lanes: lanes.c */
    STATEMENT_LANE_TRY_LOCK,
    STATEMENT_LANE_UNLOCK,
    STATEMENT_LANE_EVICT,
    STATEMENT_LANE_TAKE,
    STATEMENT_LANE_PROGRESS,
    STATEMENT_LANE_POSITIONS,
    STATEMENT_OUTBOX_READ,
    STATEMENT_TIMERS_READ,
    STATEMENT_ORCHESTRATIONS_READ,
    /* For people: queries.c */
    STATEMENT_ORCHESTRATIONS_LIST,
    STATEMENT_JOURNAL_READ,
    /* Definitions: definitions.c */
    STATEMENT_DEFINITION_INSERT,
    STATEMENT_DEFINITION_COMPARE,
    STATEMENT_DEFINITIONS_READ,
    /* Fleet: fleet.c */
    STATEMENT_FLEET_FOUND,
    STATEMENT_FLEET_READ,
    STATEMENT_FLEET_LANES,
    STATEMENT_JOURNAL_EXTEND,
    /* Schema: migrate.c */
    STATEMENT_SCHEMA_EXISTS,
    STATEMENT_MIGRATIONS_READ,
    STATEMENT_MIGRATION_LOCK,
    STATEMENT_MIGRATION_UNLOCK,
    STATEMENT_MIGRATION_INSERT,
    STATEMENT_COUNT
};

struct statement_text {
    const char *name; /* in the server's pg_prepared_statements, and in our errors */
    const char *sql;
};

extern const struct statement_text statements[STATEMENT_COUNT];

#endif
