#include "worker/commands/interactive.h"

#include <stdio.h>

#include "core/arena.h"
#include "core/clock.h"
#include "worker/commands/explain.h"
#include "worker/input.h"
#include "worker/printable.h"

struct conversation {
    const struct machine *machine;
    struct simulation *simulation;
    struct explanation *explanation;
    struct json_limits limits;
    struct arena *turn; /* from one question to the next */
    struct text_list offers;
};

/* --- Asking ----------------------------------------------------------------------------- */

static enum status ask(struct conversation *conversation, struct error *error)
{
    const struct snapshot *snapshot = simulation_snapshot(conversation->simulation);
    if (!snapshot_accepted_types(conversation->machine, snapshot, conversation->turn,
                                 &conversation->offers))
        return error_memory(error);
    for (size_t i = 0; i < conversation->offers.count; i++) {
        printf("  %zu  ", i + 1);
        printable_print(stdout, conversation->offers.items[i], PRINTABLE_PLAIN);
        fputc('\n', stdout);
    }
    if (snapshot->timer_count > 0) {
        printf(
            "  +  to the timer that is due in %lld ms: ",
            (long long)(snapshot->timers[0].due_ms - simulation_now_ms(conversation->simulation)));
        printable_print(stdout, snapshot->timers[0].id, PRINTABLE_PLAIN);
        fputc('\n', stdout);
    }
    fputs("a number or a type, then its data; +5s moves the clock; Ctrl-D ends\n> ", stdout);
    fflush(stdout);
    return STATUS_OK;
}

/* --- Understanding the answer ---------------------------------------------------------------- */

static struct text trim(struct text text)
{
    while (text.size > 0 && (unsigned char)text.data[0] <= ' ')
        text = (struct text){text.data + 1, text.size - 1};
    while (text.size > 0 && (unsigned char)text.data[text.size - 1] <= ' ')
        text.size--;
    return text;
}

/* The first word; *rest is what follows it. */
static struct text first_word(struct text text, struct text *rest)
{
    size_t size = 0;
    while (size < text.size && (unsigned char)text.data[size] > ' ')
        size++;
    *rest = trim((struct text){text.data + size, text.size - size});
    return (struct text){text.data, size};
}

/* "3": the third offer; anything else is the type itself. */
static enum status choose_type(const struct conversation *conversation, struct text word,
                               struct text *type, struct error *error)
{
    size_t number = 0;
    *type = word;
    for (size_t i = 0; i < word.size; i++) {
        if (word.data[i] < '0' || word.data[i] > '9')
            return STATUS_OK;
        if (number < 100 * 1000)
            number = number * 10 + (size_t)(word.data[i] - '0');
    }
    if (number < 1 || number > conversation->offers.count)
        return error_set(error, STATUS_REJECTED, "%.20s is not among the numbers 1 to %zu",
                         text_show(word).quoted, conversation->offers.count);
    *type = conversation->offers.items[number - 1];
    return STATUS_OK;
}

/* "{…}": an event; or a number or type, and its data. */
static enum status read_event(const struct conversation *conversation, struct text line,
                              struct json *event, struct error *error)
{
    struct text rest, type;
    struct json data = json_object(NULL, 0);
    if (line.data[0] == '{')
        return json_parse(conversation->turn, line, conversation->limits, event, error);
    struct text word = first_word(line, &rest);
    if (choose_type(conversation, word, &type, error) != STATUS_OK)
        return error->status;
    if (text_is(type, "*") || text_ends_with(type, ".*"))
        return error_set(error, STATUS_REJECTED, "%s stands for many types: write the one meant",
                         text_show(type).quoted);
    if (rest.size > 0 &&
        json_parse(conversation->turn, rest, conversation->limits, &data, error) != STATUS_OK)
        return error_context(error, "the data behind the type");
    struct json_member *members = arena_alloc_array(conversation->turn, 2, sizeof *members);
    if (members == NULL)
        return error_memory(error);
    members[0] = JSON_MEMBER("type", json_string(type));
    members[1] = JSON_MEMBER("data", data);
    *event = json_object(members, 2);
    return STATUS_OK;
}

/* "+5s": by so much; "+": to the next timer. */
static enum status read_time(const struct conversation *conversation, struct text span,
                             int64_t *until_ms, struct error *error)
{
    const struct snapshot *snapshot = simulation_snapshot(conversation->simulation);
    int64_t now_ms = simulation_now_ms(conversation->simulation), ms = 0;
    if (span.size == 0 && snapshot->timer_count == 0)
        return error_set(error, STATUS_REJECTED,
                         "no timer waits; +5s moves the clock all the same");
    if (span.size == 0) {
        *until_ms = snapshot->timers[0].due_ms > now_ms ? snapshot->timers[0].due_ms : now_ms;
        return STATUS_OK;
    }
    if (!clock_parse_delay(span, &ms) || ms > CLOCK_SECONDS_MAX * 1000 - now_ms)
        return error_set(error, STATUS_REJECTED, "+%s is no span of time; +5s, +1h30m, +250ms are",
                         text_show(span).quoted);
    *until_ms = now_ms + ms;
    return STATUS_OK;
}

/* STATUS_REJECTED: the answer is not understood, and nothing was done. */
static enum status follow(struct conversation *conversation, struct text line, struct error *error)
{
    struct json event;
    int64_t until_ms = 0;
    explanation_begin(conversation->explanation);
    if (line.data[0] == '+') {
        struct text span = trim((struct text){line.data + 1, line.size - 1});
        if (read_time(conversation, span, &until_ms, error) != STATUS_OK)
            return error->status;
        return simulation_advance(conversation->simulation, until_ms, error);
    }
    if (read_event(conversation, line, &event, error) != STATUS_OK)
        return error->status;
    return simulation_event(conversation->simulation, event, error);
}

/* --- The conversation -------------------------------------------------------------------------- */

/* One answer: followed and shown, or said to be wrong. */
static enum status take_answer(struct conversation *conversation, struct text line,
                               struct error *error)
{
    enum status status = follow(conversation, line, error);
    if (status == STATUS_OK)
        return explanation_print(conversation->explanation, conversation->simulation, true, error);
    if (status != STATUS_REJECTED)
        return status;
    fputs("  ", stdout);
    printable_print(stdout, text_of(error->message), PRINTABLE_PLAIN);
    fputc('\n', stdout);
    return STATUS_OK;
}

static enum status converse(struct conversation *conversation, struct line_reader *reader,
                            struct error *error)
{
    const struct snapshot *snapshot = simulation_snapshot(conversation->simulation);
    while (snapshot->status == MACHINE_ACTIVE) {
        struct text line;
        arena_reset(conversation->turn);
        if (ask(conversation, error) != STATUS_OK)
            return error->status;
        if (line_reader_next(reader, &line, error) != STATUS_OK)
            return error_context(error, "standard input");
        if (line.data == NULL) {
            fputc('\n', stdout);
            return STATUS_OK;
        }
        line = trim(line);
        if (line.size > 0 && take_answer(conversation, line, error) != STATUS_OK)
            return error->status;
    }
    return STATUS_OK;
}

enum status interactive_run(const struct machine *machine, struct simulation *simulation,
                            struct explanation *explanation, struct json_limits limits,
                            struct arena *arena, struct error *error)
{
    struct line_reader reader;
    struct conversation conversation = {.machine = machine,
                                        .simulation = simulation,
                                        .explanation = explanation,
                                        .limits = limits,
                                        .turn = arena_create(SIMULATION_MEMORY_MAX)};
    enum status status = conversation.turn == NULL ? error_memory(error) : STATUS_OK;
    if (status == STATUS_OK)
        status = line_reader_init(&reader, stdin, arena, limits.size_max, error);
    if (status == STATUS_OK)
        status = converse(&conversation, &reader, error);
    arena_destroy(conversation.turn);
    return status;
}
