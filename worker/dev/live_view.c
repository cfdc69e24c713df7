#include "worker/dev/live_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/kafka/cloudevents.h"
#include "core/arena.h"
#include "core/orchestration/subject.h"
#include "core/writer.h"
#include "worker/printable.h"
#include "worker/terminal.h"

enum {
    RECORDS_MAX = 200,
    DATA_SIZE_SHOWN = 72, /* bytes of an event's data on its line */
    TYPE_WIDTH = 36,
    PROCESS_WIDTH = 24,
    ARENA_SIZE_MAX = 64 * 1024 * 1024
};

struct live_view {
    struct kafka_reader *reader;
    struct arena *arena; /* of one turn */
    bool first_only;
    char *first_subject; /* the one that is shown; NULL: none yet */
    struct record records[RECORDS_MAX];
};

enum status live_view_create(struct live_view **out, struct kafka_properties properties,
                             bool first_only, struct error *error)
{
    static const char *const subscription[] = {"^(xorca|cmd|evt|sys|notif)[.].*"};
    struct live_view *view = calloc(1, sizeof *view);
    if (view == NULL)
        return error_memory(error);
    view->first_only = first_only;
    view->arena = arena_create(ARENA_SIZE_MAX);
    enum status status = view->arena == NULL ? error_memory(error) : STATUS_OK;
    if (status == STATUS_OK)
        status = kafka_reader_create(&view->reader, properties, NULL, subscription, 1,
                                     KAFKA_FROM_BEGINNING, error);
    if (status != STATUS_OK) {
        live_view_destroy(view);
        return status;
    }
    *out = view;
    return STATUS_OK;
}

static enum colour colour_of(struct text type)
{
    if (text_ends_with(type, ".error") || text_ends_with(type, ".failed"))
        return COLOUR_RED;
    if (text_starts_with(type, "cmd."))
        return COLOUR_YELLOW;
    if (text_starts_with(type, "evt."))
        return COLOUR_GREEN;
    return COLOUR_BOLD;
}

/* Whether this orchestration's lines are wanted; the first that is seen becomes the one. */
static bool is_shown(struct live_view *view, struct text subject)
{
    if (!view->first_only)
        return true;
    if (view->first_subject == NULL && subject.size > 0) {
        view->first_subject = malloc(subject.size + 1);
        if (view->first_subject != NULL) {
            memcpy(view->first_subject, subject.data, subject.size);
            view->first_subject[subject.size] = '\0';
        }
    }
    return view->first_subject != NULL && text_is(subject, view->first_subject);
}

/* The data in one line, cut where it gets long. */
static struct text short_data(struct live_view *view, const struct event *event)
{
    struct writer writer;
    if (!event->has_data)
        return TEXT_NONE;
    writer_init_arena(&writer, view->arena, ARENA_SIZE_MAX);
    json_write(&writer, event->data);
    struct text text = writer_result(&writer);
    return text.size <= DATA_SIZE_SHOWN ? text : (struct text){text.data, DATA_SIZE_SHOWN};
}

static void print_event(struct live_view *view, const struct event *event)
{
    struct subject subject = {.process_id = event->subject};
    struct error ignored;
    if (subject_read(view->arena, event->subject, &subject, &ignored) != STATUS_OK)
        subject.process_id = event->subject;
    struct text data = short_data(view, event);
    bool colour = terminal_has_colour(stdout);
    /* "2026-01-02T03:04:05.678Z": the clock part is enough. */
    struct text clock =
        event->time.size >= 23 ? (struct text){event->time.data + 11, 12} : TEXT("            ");
    printf("  %.*s  %s", TEXT_ARGS(clock), terminal_colour(colour, colour_of(event->type)));
    printable_print_column(stdout, event->type, TYPE_WIDTH);
    printf("%s ", terminal_colour(colour, COLOUR_NONE));
    printable_print_column(stdout, subject.process_id, PROCESS_WIDTH);
    printf(" %s", terminal_colour(colour, COLOUR_DIM));
    printable_print(stdout, data, PRINTABLE_PLAIN);
    printf("%s%s\n", data.size == DATA_SIZE_SHOWN ? " ..." : "",
           terminal_colour(colour, COLOUR_NONE));
}

static int compare_timestamps(const void *a, const void *b)
{
    int64_t left = ((const struct record *)a)->timestamp_ms;
    int64_t right = ((const struct record *)b)->timestamp_ms;
    return (left > right) - (left < right);
}

enum status live_view_turn(struct live_view *view, int timeout_ms, struct error *error)
{
    size_t count = 0;
    enum status status =
        kafka_reader_fetch(view->reader, timeout_ms, view->records, RECORDS_MAX, &count, error);
    if (status != STATUS_OK)
        return status;
    arena_reset(view->arena);
    /* Topics arrive one after the other; people read in the order of time. */
    qsort(view->records, count, sizeof view->records[0], compare_timestamps);
    for (size_t i = 0; i < count; i++) {
        struct event event;
        struct error ignored; /* what is no event is the dead letter topic's business */
        if (cloudevent_decode(view->arena, &view->records[i], JSON_LIMITS_DEFAULT, &event,
                              &ignored) == STATUS_OK &&
            is_shown(view, event.subject))
            print_event(view, &event);
    }
    kafka_reader_release(view->reader);
    fflush(stdout);
    return STATUS_OK;
}

void live_view_destroy(struct live_view *view)
{
    if (view == NULL)
        return;
    kafka_reader_destroy(view->reader);
    arena_destroy(view->arena);
    free(view->first_subject);
    free(view);
}
