#include "worker/fleet.h"

#include <stdlib.h>
#include <string.h>

#include "adapters/postgres/postgres.h"
#include "core/arena.h"
#include "worker/catalog.h"
#include "worker/log.h"
#include "worker/metrics.h"
#include "worker/settings.h"
#include "worker/time.h"

/* A database that hangs lets each attempt to connect wait, and this thread has others to serve:
 * it spends no more than one part in so many on it. */
enum { CONNECT_SHARE = 5 };

/* One database, as this process has it. */
struct member {
    const struct database *database;
    struct gauge *is_reachable;
    struct postgres *postgres; /* NULL while it is away */
    bool is_ready;             /* was made ready once; it stays so */
    int64_t retry_ms;          /* monotonic: not connected to before */
    struct error failure;      /* of the last attempt */
    char complaint[ERROR_MESSAGE_SIZE];

    /* Of one fleet_join. */
    struct fleet_record record;
};

struct fleet {
    const struct settings *settings;
    struct catalog *catalog;
    struct member *members;
    size_t count;
};

enum status fleet_create(struct fleet **out, const struct settings *settings,
                         struct metrics *metrics, struct catalog *catalog, struct error *error)
{
    const struct databases *databases = &settings->databases;
    struct fleet *fleet = calloc(1, sizeof *fleet);
    if (fleet == NULL)
        return error_memory(error);
    fleet->settings = settings;
    fleet->catalog = catalog;
    fleet->members = calloc(databases->count, sizeof *fleet->members);
    if (fleet->members == NULL) {
        free(fleet);
        return error_memory(error);
    }
    for (fleet->count = 0; fleet->count < databases->count; fleet->count++) {
        struct member *member = &fleet->members[fleet->count];
        member->database = &databases->items[fleet->count];
        member->is_reachable = metrics_database(metrics, fleet->count, member->database->name);
    }
    *out = fleet;
    return STATUS_OK;
}

void fleet_destroy(struct fleet *fleet)
{
    if (fleet == NULL)
        return;
    for (size_t i = 0; i < fleet->count; i++)
        postgres_close(fleet->members[i].postgres);
    free(fleet->members);
    free(fleet);
}

/* --- Connections --------------------------------------------------------------------------- */

static enum status blame(const struct fleet *fleet, const struct member *member,
                         struct error *error)
{
    if (fleet->count == 1) /* of one there is no doubt which is meant */
        return error->status;
    return error_context(error, "database %s", member->database->name);
}

static enum status connect_anew(const struct settings *settings, struct member *member,
                                struct error *error)
{
    postgres_close(member->postgres);
    member->postgres = NULL;
    if (postgres_connect(&member->postgres, member->database->url, "xorca worker", error) ==
            STATUS_OK &&
        postgres_limit_statements(member->postgres, settings->database_timeout_ms, error) ==
            STATUS_OK &&
        postgres_schema_check(member->postgres, error) == STATUS_OK)
        return STATUS_OK;
    postgres_close(member->postgres);
    member->postgres = NULL;
    return error->status;
}

static enum status connect_to(const struct fleet *fleet, struct member *member, struct error *error)
{
    int64_t begun_ms = time_monotonic_ms();
    if (member->postgres != NULL && postgres_is_alive(member->postgres))
        return STATUS_OK;
    if (begun_ms < member->retry_ms) {
        *error = member->failure;
        return error->status;
    }
    if (connect_anew(fleet->settings, member, error) == STATUS_OK)
        return STATUS_OK;
    int64_t ended_ms = time_monotonic_ms();
    member->failure = *error;
    if (fleet->count > 1)
        member->retry_ms = ended_ms + (CONNECT_SHARE - 1) * (ended_ms - begun_ms);
    return error->status;
}

static void report_definition(void *context, const char *file, const struct problem *problem)
{
    const struct member *member = context;
    log_error(
        "definition is wrong", log_string("file", file), log_number("line", problem->position.line),
        log_number("column", problem->position.column), log_string("path", problem->path),
        log_string("reason", problem->message), log_string("database", member->database->name));
}

static enum status load_definitions(struct fleet *fleet, struct member *member, struct error *error)
{
    return catalog_load(fleet->catalog, member->postgres, TEXT_NONE, fleet->settings->json_limits,
                        error);
}

/* Before the first lane of the database begins. */
static enum status make_ready(struct fleet *fleet, struct member *member, struct error *error)
{
    const struct settings *settings = fleet->settings;
    if (member->is_ready)
        return STATUS_OK;
    enum status status = postgres_journal_extend(member->postgres, error);
    if (status == STATUS_OK && settings->definitions != NULL)
        status = catalog_register_folder(fleet->catalog, member->postgres, settings->definitions,
                                         settings->json_limits, report_definition, member, error);
    if (status == STATUS_OK)
        status = load_definitions(fleet, member, error);
    if (status != STATUS_OK)
        return status;
    member->is_ready = true;
    log_info("database ready", log_string("database", member->database->name),
             log_string("server", postgres_description(member->postgres)));
    return STATUS_OK;
}

static enum status prepare(struct fleet *fleet, struct member *member, struct error *error)
{
    enum status status = connect_to(fleet, member, error);
    if (status == STATUS_OK)
        status = make_ready(fleet, member, error);
    gauge_set(member->is_reachable, status == STATUS_OK);
    return status;
}

/* Said once while the reason stays the same. */
static void complain(struct member *member, const struct error *error)
{
    const char *message = error->status == STATUS_UNAVAILABLE
                              ? "PostgreSQL is away; waiting for it"
                              : "PostgreSQL cannot be used; its lanes wait";
    if (strcmp(member->complaint, error->message) == 0)
        return;
    memcpy(member->complaint, error->message, sizeof member->complaint);
    log_warn(message, log_string("database", member->database->name),
             log_string("status", status_name(error->status)),
             log_string("reason", error->message));
}

enum status fleet_prepare(struct fleet *fleet, struct error *error)
{
    enum status worst = STATUS_OK;
    for (size_t i = 0; i < fleet->count; i++) {
        struct error failure;
        struct member *member = &fleet->members[i];
        enum status status = prepare(fleet, member, &failure);
        if (status == STATUS_UNAVAILABLE)
            complain(member, &failure);
        if (status == STATUS_OK || (status == STATUS_UNAVAILABLE && worst != STATUS_OK))
            continue;
        worst = status;
        blame(fleet, member, &failure);
        *error = failure;
    }
    return worst;
}

static bool is_usable(const struct member *member)
{
    return member->is_ready && member->postgres != NULL && postgres_is_alive(member->postgres);
}

bool fleet_is_usable(const struct fleet *fleet)
{
    for (size_t i = 0; i < fleet->count; i++) {
        if (is_usable(&fleet->members[i]))
            return true;
    }
    return false;
}

struct postgres *fleet_postgres(struct fleet *fleet, int32_t lane)
{
    int index = databases_of_lane(&fleet->settings->databases, lane);
    if (index < 0 || !is_usable(&fleet->members[index]))
        return NULL;
    return fleet->members[index].postgres;
}

/* --- Chores -------------------------------------------------------------------------------- */

static enum status refresh(struct fleet *fleet, struct member *member, bool extends_journal,
                           struct error *error)
{
    enum status status = prepare(fleet, member, error);
    if (status == STATUS_OK)
        status = load_definitions(fleet, member, error);
    if (status == STATUS_OK && extends_journal)
        status = postgres_journal_extend(member->postgres, error);
    gauge_set(member->is_reachable, status == STATUS_OK);
    return status;
}

bool fleet_refresh(struct fleet *fleet, bool extends_journal)
{
    bool all = true;
    for (size_t i = 0; i < fleet->count; i++) {
        struct error error;
        struct member *member = &fleet->members[i];
        if (refresh(fleet, member, extends_journal, &error) == STATUS_OK) {
            member->complaint[0] = '\0';
            continue;
        }
        complain(member, &error);
        all = false;
    }
    return all;
}

/* --- Joining -------------------------------------------------------------------------------- */

static const char *name_of(const struct fleet *fleet, int index)
{
    return fleet->settings->databases.items[index].name;
}

static enum status read_records(struct fleet *fleet, struct arena *arena, struct error *error)
{
    for (size_t i = 0; i < fleet->count; i++) {
        struct member *member = &fleet->members[i];
        member->record = (struct fleet_record){0};
        if (is_usable(member) &&
            postgres_fleet_read(member->postgres, text_of(fleet->settings->group), arena,
                                &member->record, error) != STATUS_OK)
            return blame(fleet, member, error);
    }
    return STATUS_OK;
}

static const struct fleet_lane *find_lane(const struct member *member, int32_t lane)
{
    for (size_t i = 0; i < member->record.count; i++) {
        if (member->record.lanes[i].lane == lane)
            return &member->record.lanes[i];
    }
    return NULL;
}

/* Whether a lane of it was ever taken. */
static bool is_in_use(const struct member *member)
{
    for (size_t i = 0; i < member->record.count; i++) {
        if (member->record.lanes[i].epoch > 0)
            return true;
    }
    return false;
}

/* A database that knows no fleet, beside one that is in use: it was lost, or put in another's
 * place. Beside one that is away nobody can tell. */
static enum status check_founding(struct fleet *fleet, struct error *error)
{
    const struct member *unfounded = NULL, *other = NULL;
    for (size_t i = 0; i < fleet->count; i++) {
        const struct member *member = &fleet->members[i];
        if (!is_usable(member) || is_in_use(member))
            other = member;
        else if (member->record.lane_count == 0)
            unfounded = member;
    }
    if (unfounded == NULL || other == NULL)
        return STATUS_OK;
    if (!is_usable(other))
        return error_set(error, STATUS_UNAVAILABLE,
                         "database %s is new, and database %s is away: a fleet begins with all of "
                         "its databases",
                         unfounded->database->name, other->database->name);
    return error_set(error, STATUS_FATAL,
                     "database %s is new, and database %s of the same fleet is in use: lanes would "
                     "begin anew in it; restore it, or set XORCA_DATABASE_URL as it was",
                     unfounded->database->name, other->database->name);
}

/* Subjects stay in their database, also when there are more lanes. */
static enum status check_growth(struct fleet *fleet, int32_t lane_count, struct error *error)
{
    for (size_t i = 0; i < fleet->count; i++) {
        const struct member *member = &fleet->members[i];
        if (is_usable(member) &&
            databases_check_growth(&fleet->settings->databases, member->record.lane_count,
                                   lane_count, error) != STATUS_OK)
            return error->status;
    }
    return STATUS_OK;
}

/* The rows that are here must be of lanes that are to be here. */
static enum status check_guests(struct fleet *fleet, int index, struct error *error)
{
    const struct member *member = &fleet->members[index];
    for (size_t i = 0; i < member->record.count; i++) {
        const struct fleet_lane *row = &member->record.lanes[i];
        int home = databases_of_lane(&fleet->settings->databases, row->lane);
        if (home == index)
            continue;
        const struct fleet_lane *twin =
            home < 0 ? NULL : find_lane(&fleet->members[home], row->lane);
        if (twin != NULL &&
            memcmp(&twin->incarnation, &row->incarnation, sizeof row->incarnation) == 0)
            return error_set(error, STATUS_FATAL,
                             "%s and %s are one database, or one is a copy of the other",
                             name_of(fleet, index), name_of(fleet, home));
        return error_set(error, STATUS_FATAL,
                         "lane %d lives in database %s, and XORCA_DATABASE_URL gives it to %s: "
                         "lanes do not move by themselves; set XORCA_DATABASE_URL as it was",
                         (int)row->lane, name_of(fleet, index),
                         home < 0 ? "none" : name_of(fleet, home));
    }
    return STATUS_OK;
}

/* The lanes that are to be here must have their rows here. */
static enum status check_absent(struct fleet *fleet, int index, int32_t lane_count,
                                struct error *error)
{
    const struct databases *databases = &fleet->settings->databases;
    for (int32_t lane = 0; lane < lane_count; lane++) {
        if (databases_of_lane(databases, lane) == index &&
            find_lane(&fleet->members[index], lane) == NULL)
            return error_set(error, STATUS_FATAL,
                             "XORCA_DATABASE_URL gives lane %d to database %s, and the lane does "
                             "not live there: it would begin anew; set XORCA_DATABASE_URL as it "
                             "was",
                             (int)lane, name_of(fleet, index));
    }
    return STATUS_OK;
}

static enum status join(struct fleet *fleet, int index, int32_t lane_count, struct arena *arena,
                        struct error *error)
{
    const struct databases *databases = &fleet->settings->databases;
    struct member *member = &fleet->members[index];
    size_t count = 0;
    int32_t *lanes = arena_alloc_array(arena, (size_t)lane_count, sizeof *lanes);
    if (lanes == NULL)
        return error_memory(error);
    for (int32_t lane = 0; lane < lane_count; lane++) {
        if (databases_of_lane(databases, lane) == index)
            lanes[count++] = lane;
    }
    if (postgres_fleet_join(member->postgres, text_of(fleet->settings->group), lane_count, lanes,
                            count, error) != STATUS_OK)
        return blame(fleet, member, error);
    return STATUS_OK;
}

/* What looks new may have been founded by another worker a moment ago: then it is read again. */
static enum status read_founded(struct fleet *fleet, struct arena *arena, struct error *error)
{
    enum status status = read_records(fleet, arena, error);
    if (status != STATUS_OK || check_founding(fleet, error) == STATUS_OK)
        return status;
    status = read_records(fleet, arena, error);
    return status == STATUS_OK ? check_founding(fleet, error) : status;
}

static enum status check_all_guests(struct fleet *fleet, struct error *error)
{
    enum status status = STATUS_OK;
    for (int i = 0; status == STATUS_OK && i < (int)fleet->count; i++)
        status = check_guests(fleet, i, error);
    return status;
}

/* Nothing is written before all that is known was checked; and what was written is read: two
 * names of one new database show themselves only then. */
enum status fleet_join(struct fleet *fleet, int32_t lane_count, struct arena *arena,
                       struct error *error)
{
    if (databases_check_lanes(&fleet->settings->databases, lane_count, error) != STATUS_OK ||
        read_founded(fleet, arena, error) != STATUS_OK ||
        check_all_guests(fleet, error) != STATUS_OK ||
        check_growth(fleet, lane_count, error) != STATUS_OK)
        return error->status;
    for (int i = 0; i < (int)fleet->count; i++) {
        if (is_usable(&fleet->members[i]) && join(fleet, i, lane_count, arena, error) != STATUS_OK)
            return error->status;
    }
    if (read_records(fleet, arena, error) != STATUS_OK ||
        check_all_guests(fleet, error) != STATUS_OK)
        return error->status;
    for (int i = 0; i < (int)fleet->count; i++) {
        if (is_usable(&fleet->members[i]) && check_absent(fleet, i, lane_count, error) != STATUS_OK)
            return error->status;
    }
    return STATUS_OK;
}
