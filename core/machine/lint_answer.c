/* lint_answer.c - commands some of whose answers nobody handles.
 *
 * A service answers cmd.<t> with evt.<t>.success, evt.<t>.error or another evt.<t>.* of
 * the contracts; when it crashes, sys.cmd.<t>.error comes in its place. An answer that no
 * active state handles is ignored, and the orchestration waits on. A deadline is an answer
 * to a crash as well, a late one: silence is what a crash is without the event. */
#include "core/arena.h"
#include "core/machine/lint_pass.h"
#include "core/writer.h"

/* A command, where it is sent, and which states can be active when an answer comes. */
struct command {
    struct lint_pass *pass;
    const struct lint_action *place;
    struct text name;   /* what follows "cmd." */
    struct text prefix; /* "evt.<name>.", of its answers */
    struct text crash;  /* "sys.cmd.<name>.error" */
    struct lint_front front;
    bool has_deadline; /* where it is sent */
    bool follows_delays;
};

static struct text join(struct lint_pass *pass, const char *before, struct text name,
                        const char *after)
{
    struct writer writer;
    writer_init_arena(&writer, pass->arena, SIZE_MAX);
    writer_string(&writer, before);
    writer_text(&writer, name);
    writer_string(&writer, after);
    pass->out_of_memory |= writer.overflowed;
    return writer_result(&writer);
}

static bool is_answer(const struct command *command, struct text type)
{
    return text_equal(type, command->crash) ||
           (type.size > command->prefix.size &&
            text_equal((struct text){type.data, command->prefix.size}, command->prefix));
}

/* --- When an answer can come ---------------------------------------------------------------- */

/* The answer's own handlers end the wait. Deadlines do as well, unless nobody waits where
 * the command was sent. */
static bool goes_on(const struct command *command, const struct transition *transition)
{
    if (!lint_is_possible(command->pass, transition))
        return false;
    if (transition->descriptor == DESCRIPTOR_NONE)
        return true;
    struct text name = command->pass->machine->descriptors[transition->descriptor].name;
    if (text_starts_with(name, "xstate.after.") || text_starts_with(name, "xstate.timeout."))
        return command->follows_delays;
    return !is_answer(command, name);
}

static bool follow(void *context, const struct transition *transition)
{
    struct command *command = context;
    if (goes_on(command, transition))
        lint_front_enter_targets(command->pass, &command->front, transition);
    return true;
}

static void follow_all(struct command *command)
{
    struct lint_front *front = &command->front;
    const struct state *states = command->pass->machine->states;
    while (front->next < front->count)
        lint_each_transition(&states[front->states[front->next++]], follow, command);
}

/* The states that are active right after the command was sent. */
static void enter_first(struct command *command)
{
    const struct lint_action *place = command->place;
    bool is_targeted = place->place == LINT_TRANSITION && place->transition->target_count > 0;
    if (is_targeted)
        lint_front_enter_targets(command->pass, &command->front, place->transition);
    else if (place->place != LINT_EXIT)
        lint_front_enter(command->pass, &command->front, place->state->number);
    else /* whatever its transitions lead to */
        for (uint16_t i = 0; i < command->pass->machine->state_count; i++) {
            if (command->pass->is_reachable[i])
                lint_front_enter(command->pass, &command->front, i);
        }
}

static bool has_deadline(const struct command *command)
{
    bool has_one = false;
    for (uint16_t i = 0; i < command->front.count; i++)
        has_one |= command->pass->machine->states[command->front.states[i]].delay_count > 0;
    return has_one;
}

/* --- Who handles it --------------------------------------------------------------------------- */

/* One of the states that can be active has candidates for it; {} counts: that is how one
 * says that it is ignored on purpose. */
static bool is_handled(const struct command *command, struct text type)
{
    const struct machine *machine = command->pass->machine;
    for (uint16_t d = machine_find_descriptor(machine, type); d != DESCRIPTOR_NONE;
         d = machine->descriptors[d].broader) {
        for (uint16_t i = 0; i < command->front.count; i++) {
            if (state_candidates(&machine->states[command->front.states[i]], d).count > 0)
                return true;
        }
    }
    return false;
}

/* Answers that every command has by the conventions. */
enum { ANSWERS_KNOWN = 3 };

static struct text known_answer(const struct command *command, uint32_t index)
{
    static const char *const endings[ANSWERS_KNOWN - 1] = {"success", "error"};
    return index == ANSWERS_KNOWN - 1 ? command->crash
                                      : join(command->pass, "", command->prefix, endings[index]);
}

/* The events that the contracts name, or NULL. */
static const struct json *contract_events(const struct lint_pass *pass)
{
    const struct json *schemas = json_get(pass->definitions[0], "schemas");
    const struct json *events = schemas == NULL ? NULL : json_get(*schemas, "events");
    return events != NULL && events->type == JSON_OBJECT ? events : NULL;
}

/* What becomes of a command's answers. */
struct answers {
    char text[512]; /* those that nobody handles, with commas */
    struct writer unhandled;
    uint32_t unhandled_count;
    uint32_t handled_count;
};

static void count_answer(const struct command *command, struct text type, struct answers *answers)
{
    if (is_handled(command, type)) {
        answers->handled_count++;
        return;
    }
    if (answers->unhandled_count++ > 0)
        writer_string(&answers->unhandled, ", ");
    writer_text(&answers->unhandled, type);
}

static void count_answers(const struct command *command, struct answers *answers)
{
    *answers = (struct answers){.text = ""};
    writer_init(&answers->unhandled, answers->text, sizeof answers->text - 1);
    for (uint32_t i = 0; i < ANSWERS_KNOWN; i++) {
        struct text type = known_answer(command, i);
        if (!command->has_deadline || !text_equal(type, command->crash))
            count_answer(command, type, answers);
    }
    const struct json *events = contract_events(command->pass);
    for (uint32_t i = 0; events != NULL && i < events->count; i++) {
        struct text type = events->as.members[i].name;
        bool is_known = false;
        for (uint32_t k = 0; k < ANSWERS_KNOWN; k++)
            is_known |= text_equal(type, known_answer(command, k));
        if (is_answer(command, type) && !is_known)
            count_answer(command, type, answers);
    }
}

/* --- All ------------------------------------------------------------------------------------------ */

/* Where the command's type stands: of an invoke, of the state's `emit`, of an action. */
static const char *command_path(const struct command *command)
{
    struct lint_pass *pass = command->pass;
    const struct state *state = command->place->state;
    const char *path = command->place->action->path;
    const char *emit =
        lint_path_below(pass, lint_state_path(pass, state->number), ".emit", TEXT_NONE);
    for (uint32_t i = 0; i < state->invoke_count; i++) {
        if (strcmp(state->invokes[i].path, path) == 0)
            return lint_path_below(pass, path, ".src", TEXT_NONE);
    }
    bool is_emit = text_starts_with(text_of(path), emit);
    return lint_path_below(pass, path, is_emit ? ".type" : ".event.type", TEXT_NONE);
}

static void note_unhandled(const struct command *command, const struct answers *answers)
{
    lint_note(command->pass, LINT_UNHANDLED_ANSWER, command->place->state->number, PROBLEM_AT_VALUE,
              command_path(command), "no state that can be active after \"cmd.%.*s\" handles %s",
              TEXT_ARGS(command->name), answers->text);
}

static void check_command(struct lint_pass *pass, const struct lint_action *place, struct text name)
{
    struct command command = {.pass = pass, .place = place, .name = name};
    struct answers answers;
    command.prefix = join(pass, "evt.", name, ".");
    command.crash = join(pass, "sys.cmd.", name, ".error");
    if (!lint_front_create(pass, &command.front))
        return;
    enter_first(&command);
    command.has_deadline = has_deadline(&command);
    follow_all(&command);
    count_answers(&command, &answers);
    if (answers.handled_count == 0) {
        command.follows_delays = true;
        command.front.next = 0;
        follow_all(&command);
        count_answers(&command, &answers);
    }
    if (answers.unhandled_count > 0)
        note_unhandled(&command, &answers);
}

static void check_action(struct lint_pass *pass, const struct lint_action *place)
{
    static const char prefix[] = "cmd.";
    struct text type = lint_event_type(place->action);
    bool is_sent = pass->is_reachable[place->state->number] &&
                   (place->place != LINT_TRANSITION || lint_is_possible(pass, place->transition));
    if (place->action->kind != ACTION_EMIT || !is_sent || !text_starts_with(type, prefix))
        return;
    struct arena_mark mark = arena_mark(pass->arena);
    struct text name = {type.data + sizeof prefix - 1, type.size - (sizeof prefix - 1)};
    check_command(pass, place, name);
    arena_rewind(pass->arena, mark);
}

void lint_answers(struct lint_pass *pass)
{
    lint_each_action(pass, check_action);
}
