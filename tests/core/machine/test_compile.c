/* What the compiled tables say of definitions that are right. */
#include "tests/core/machine/definition.h"

#include "core/machine/tables.h"
#include "core/writer.h"

#define HEAD "{'id': 'm', 'version': '1.2.3', "

static struct arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_create(16 * 1024 * 1024);
    return arena == NULL;
}

static int teardown(void **state)
{
    (void)state;
    arena_destroy(arena);
    return 0;
}

static uint16_t state_numbered(const struct machine *machine, const char *id)
{
    uint16_t number = machine_find_state(machine, text_of(id));
    if (number == STATE_NONE)
        fail_msg("no state has the id %s", id);
    return number;
}

#define assert_text(text_, string_)                                         \
    do {                                                                    \
        struct text found_ = (text_);                                       \
        if (!text_is(found_, string_))                                      \
            fail_msg("\"%.*s\" is not \"%s\"", TEXT_ARGS(found_), string_); \
    } while (0)

/* --- States --------------------------------------------------------------------------------- */

/*  0 m: 1 a(2 b(3 c, 4 d), 5 e), 6 p parallel(7 q, 8 r(9 s)), 10 f final */
static const char nested[] = HEAD
    "'initial': 'a', 'states': {"
    "'a': {'initial': {'target': 'e'}, 'states': {"
    "  'b': {'id': 'bee', 'initial': 'c', 'states': {'c': {}, 'd': {}}}, 'e': {}}},"
    "'p': {'type': 'parallel', 'states': {'q': {}, 'r': {'initial': 's', 'states': {'s': {}}}}},"
    "'f': {'type': 'final', 'output': {'n': 1}, 'tags': ['x', 'y']}}}";

static void test_states_are_numbered_in_document_order(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        enum state_type type;
        uint16_t parent;
        uint16_t last_descendant;
        uint16_t depth;
        uint16_t initial;
    } rows[] = {
        {"m", STATE_COMPOUND, STATE_NONE, 10, 0, 1},
        {"m.a", STATE_COMPOUND, 0, 5, 1, 5},
        {"bee", STATE_COMPOUND, 1, 4, 2, 3},
        {"m.a.b.c", STATE_ATOMIC, 2, 3, 3, STATE_NONE},
        {"m.a.b.d", STATE_ATOMIC, 2, 4, 3, STATE_NONE},
        {"m.a.e", STATE_ATOMIC, 1, 5, 2, STATE_NONE},
        {"m.p", STATE_PARALLEL, 0, 9, 1, STATE_NONE},
        {"m.p.q", STATE_ATOMIC, 6, 7, 2, STATE_NONE},
        {"m.p.r", STATE_COMPOUND, 6, 9, 2, 9},
        {"m.p.r.s", STATE_ATOMIC, 8, 9, 3, STATE_NONE},
        {"m.f", STATE_FINAL, 0, 10, 1, STATE_NONE},
    };
    const struct machine *machine = definition_compile(arena, nested);
    assert_text(machine_id(machine), "m");
    assert_text(machine_version(machine), "1.2.3");
    assert_int_equal(machine->state_count, sizeof rows / sizeof *rows);
    for (uint16_t i = 0; i < machine->state_count; i++) {
        const struct state *found = &machine->states[i];
        assert_text(found->id, rows[i].id);
        assert_int_equal(machine_find_state(machine, found->id), i);
        assert_int_equal(found->number, i);
        assert_int_equal(found->type, rows[i].type);
        assert_int_equal(found->parent, rows[i].parent);
        assert_int_equal(found->last_descendant, rows[i].last_descendant);
        assert_int_equal(found->depth, rows[i].depth);
        assert_int_equal(found->initial, rows[i].initial);
        if (i > 0)
            assert_int_equal(machine_find_child(machine, found->parent, found->key), i);
    }
    assert_text(machine->states[2].done_type, "xstate.done.state.bee");
    assert_int_equal(machine_find_child(machine, 0, TEXT("c")), STATE_NONE);
    assert_int_equal(machine_find_state(machine, TEXT("m.a.b")), STATE_NONE);
    assert_int_equal(machine->states[10].tag_count, 2);
    assert_text(machine->states[10].tags[1], "y");
    assert_non_null(machine->states[10].output);
}

static void test_children_and_descendants(void **state)
{
    (void)state;
    const struct machine *machine = definition_compile(arena, nested);
    static const uint16_t of_root[] = {1, 6, 10};
    size_t count = 0;
    for (uint16_t c = state_first_child(machine, 0); c != STATE_NONE;
         c = state_next_sibling(machine, c))
        assert_int_equal(c, of_root[count++]);
    assert_int_equal(count, 3);
    assert_int_equal(state_first_child(machine, 10), STATE_NONE);
    assert_int_equal(state_next_sibling(machine, 0), STATE_NONE);
    assert_true(state_is_descendant(machine, 4, 1));
    assert_false(state_is_descendant(machine, 6, 1));
    assert_false(state_is_descendant(machine, 1, 1));
}

/* --- Targets (XState: resolveTarget, toStatePath) --------------------------------------------------------- */

static void test_targets(void **state)
{
    (void)state;
    static const struct {
        const char *target; /* of a transition of m.a */
        const char *ids;    /* what it resolves to */
    } rows[] = {
        {"'p'", "m.p"},
        {"'p.r.s'", "m.p.r.s"},
        {"'.b'", "bee"},
        {"'.b.d'", "m.a.b.d"},
        {"'#bee'", "bee"},
        {"'#bee.d'", "m.a.b.d"},
        {"'#m.p.q'", "m.p.q"},
        {"'a'", "m.a"},
        {"'#dot\\\\.id'", "dot.id"},
        {"'d\\\\.t'", "dot.id"},
        {"['.b']", "bee"},
        {"['p.q', 'p.r.s']", "m.p.q m.p.r.s"},
        {"['p.r', '#m.p.q']", "m.p.r m.p.q"},
        {"''", ""},
        {"[]", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[1024];
        snprintf(text, sizeof text,
                 HEAD "'initial': 'a', 'states': {'a': {'initial': 'e', 'on': {'evt.x': {'target': "
                      "%s, 'reenter': true}}, 'states': {'b': {'id': 'bee', 'initial': 'c', "
                      "'states': {'c': {}, 'd': {}}}, 'e': {}}}, 'p': {'type': 'parallel', "
                      "'states': {'q': {}, 'r': {'initial': 's', 'states': {'s': {}}}}}, "
                      "'d.t': {'id': 'dot.id'}}}",
                 rows[i].target);
        const struct machine *machine = definition_compile(arena, text);
        assert_int_equal(machine->transition_count, 1);
        const struct transition *transition = &machine->transitions[0];
        assert_int_equal(transition->source, state_numbered(machine, "m.a"));
        assert_true(transition->reenter);
        char ids[256] = "";
        size_t at = 0;
        for (uint16_t t = 0; t < transition->target_count; t++)
            at += (size_t)snprintf(ids + at, sizeof ids - at, "%s%.*s", t > 0 ? " " : "",
                                   TEXT_ARGS(machine->states[transition->targets[t]].id));
        assert_string_equal(ids, rows[i].ids);
    }
}

static void test_root_targets(void **state)
{
    (void)state;
    const struct machine *machine = definition_compile(
        arena, HEAD "'initial': 'a', 'states': {'a': {'on': {'evt.x': {'target': '#m', 'reenter': "
                    "true}}}}, 'on': {'evt.y': '.a', 'evt.z': '#m.a', 'evt.w': '#m'}}");
    assert_int_equal(machine->transition_count, 4);
    assert_int_equal(machine->transitions[0].targets[0], 1);
    assert_int_equal(machine->transitions[2].targets[0], 0);
    assert_int_equal(machine->transitions[3].targets[0], 0);
}

/* --- Descriptors ------------------------------------------------------------------------------------ */

/* XState's matchesEventDescriptor, for descriptors that the compiler takes. */
static bool matches(const char *descriptor, const char *type)
{
    size_t size = strlen(descriptor);
    if (strcmp(descriptor, type) == 0 || strcmp(descriptor, "*") == 0)
        return true;
    if (size < 2 || strcmp(descriptor + size - 2, ".*") != 0)
        return false;
    size_t prefix = size - 2;
    return strncmp(descriptor, type, prefix) == 0 && (type[prefix] == '.' || type[prefix] == '\0');
}

static void test_descriptors(void **state)
{
    (void)state;
    static const char *const names[] = {"evt.books.fetch.*",
                                        "*",
                                        "evt.books.fetch.success",
                                        "evt.books.*",
                                        "evt.*",
                                        "evt.books.fetch",
                                        "a",
                                        "a.*",
                                        "a..*"};
    enum { COUNT = sizeof names / sizeof *names };
    static const char *const types[] = {"evt.books.fetch.success",
                                        "evt.books.fetch.error",
                                        "evt.books.fetch",
                                        "evt.books.fetch.success.again",
                                        "evt.bookshop",
                                        "evt.books",
                                        "evt",
                                        "evt.",
                                        "evtx",
                                        "a",
                                        "a.",
                                        "a..b",
                                        "a.b",
                                        ".a",
                                        ".",
                                        "x",
                                        "xstate.done.state.m"};
    const struct machine *machine = definition_compile(
        arena, HEAD "'on': {'evt.books.fetch.*': {}, '*': {}, 'evt.books.fetch.success': {}, "
                    "'evt.books.*': {}, 'evt.*': {}, 'evt.books.fetch': {}, 'a': {}, 'a.*': {}, "
                    "'a..*': {}}}");
    assert_int_equal(machine->descriptor_count, COUNT);
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        bool found[COUNT] = {false};
        size_t size = SIZE_MAX;
        bool is_exact = true;
        for (uint16_t d = machine_find_descriptor(machine, text_of(types[t])); d != DESCRIPTOR_NONE;
             d = machine->descriptors[d].broader) {
            const struct descriptor *descriptor = &machine->descriptors[d];
            assert_text(descriptor->name, names[d]);
            /* The exact one first, then wildcards, the longest first. */
            assert_true(descriptor->is_wildcard || is_exact);
            if (descriptor->is_wildcard) {
                assert_true(descriptor->name.size < size);
                size = descriptor->name.size;
            }
            is_exact = false;
            found[d] = true;
            struct transition_list list = state_candidates(&machine->states[0], d);
            assert_int_equal(list.count, 1);
            assert_int_equal(list.items[0].descriptor, d);
        }
        for (size_t d = 0; d < COUNT; d++) {
            if (found[d] != matches(names[d], types[t]))
                fail_msg("%s and %s", names[d], types[t]);
        }
    }
}

static void test_a_machine_without_wildcards_knows_its_types_only(void **state)
{
    (void)state;
    const struct machine *machine = definition_compile(arena, HEAD "'on': {'evt.x': {}}}");
    assert_int_equal(machine_find_descriptor(machine, TEXT("evt.x")), 0);
    assert_int_equal(machine_find_descriptor(machine, TEXT("evt.x.y")), DESCRIPTOR_NONE);
    assert_int_equal(machine_find_descriptor(machine, TEXT("")), DESCRIPTOR_NONE);
    const struct machine *empty = definition_compile(arena, HEAD "'description': 'nothing'}");
    assert_int_equal(machine_find_descriptor(empty, TEXT("evt.x")), DESCRIPTOR_NONE);
    assert_int_equal(state_candidates(&empty->states[0], 0).count, 0);
}

static void test_candidates_are_in_order(void **state)
{
    (void)state;
    const struct machine *machine = definition_compile(
        arena,
        HEAD "'initial': 'a', 'guards': {'g': {'@expr': 'true'}}, 'states': {'a': {"
             "'on': {'evt.b': [{'target': 'b', 'guard': 'g'}, {'target': 'c'}], 'evt.none': []}, "
             "'always': [{'guard': 'g', 'target': 'c'}]}, 'b': {'on': {'evt.c': 'c', 'evt.b': "
             "{}}}, 'c': {}}}");
    uint16_t b = machine_find_descriptor(machine, TEXT("evt.b"));
    struct transition_list list = state_candidates(&machine->states[1], b);
    assert_int_equal(list.count, 2);
    assert_text(machine->states[list.items[0].targets[0]].key, "b");
    assert_text(list.items[0].guard->name, "g");
    assert_text(list.items[0].guard->expression->source, "true");
    assert_string_equal(list.items[0].path, "$.states.a.on[\"evt.b\"][0]");
    assert_text(machine->states[list.items[1].targets[0]].key, "c");
    assert_null(list.items[1].guard);
    /* [] has no candidates; {} is one without targets. */
    uint16_t none = machine_find_descriptor(machine, TEXT("evt.none"));
    assert_int_equal(state_candidates(&machine->states[1], none).count, 0);
    list = state_candidates(&machine->states[2], b);
    assert_int_equal(list.count, 1);
    assert_int_equal(list.items[0].target_count, 0);
    assert_int_equal(machine->states[1].eventless.count, 1);
    assert_int_equal(machine->states[1].eventless.items[0].descriptor, DESCRIPTOR_NONE);
    assert_int_equal(machine->states[1].eventless.items[0].source, 1);
}

/* --- Delays -------------------------------------------------------------------------------------------- */

static void test_delays(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        int64_t ms; /* -1: an expression */
    } rows[] = {
        {"5000", 5000},       {"0", 0},        {"5s", 5000},   {"1h30m", 5400000}, {"PT5S", 5000},
        {"P1DT2H", 93600000}, {"constant", 7}, {"text", 2000}, {"duration", 3000}, {"computed", -1},
        {"shorthand", -1},
    };
    const struct machine *machine = definition_compile(
        arena,
        HEAD "'initial': 'a', 'delays': {'constant': 7, 'text': '2s', 'duration': {'duration': "
             "'3s'}, 'computed': {'duration': {'@expr': '1'}}, 'shorthand': {'@expr': '2'}}, "
             "'states': {'a': {'after': {'5000': 'b', '0': 'b', '5s': 'b', '1h30m': 'b', 'PT5S': "
             "'b', 'P1DT2H': 'b', 'constant': 'b', 'text': 'b', 'duration': 'b', 'computed': 'b', "
             "'shorthand': ['b', 'b']}}, 'b': {}}}");
    const struct state *a = &machine->states[1];
    assert_int_equal(a->delay_count, sizeof rows / sizeof *rows);
    for (uint32_t i = 0; i < a->delay_count; i++) {
        char event_type[64];
        snprintf(event_type, sizeof event_type, "xstate.after.%s.m.a", rows[i].key);
        assert_text(a->delays[i].key, rows[i].key);
        assert_text(a->delays[i].event_type, event_type);
        if (rows[i].ms < 0)
            assert_non_null(a->delays[i].duration.expression);
        else
            assert_int_equal(a->delays[i].duration.ms, rows[i].ms);
        uint16_t descriptor = machine_find_descriptor(machine, a->delays[i].event_type);
        assert_int_equal(state_candidates(a, descriptor).count, i == 10 ? 2 : 1);
    }
}

static void test_done_has_two_spellings(void **state)
{
    (void)state;
    static const char *const spellings[] = {"'onDone': 'b'",
                                            "'on': {'xstate.done.state.m.a': {'target': 'b'}}"};
    for (size_t i = 0; i < 2; i++) {
        char text[512];
        snprintf(text, sizeof text,
                 HEAD "'initial': 'a', 'states': {'a': {'initial': 'x', 'states': {'x': {'type': "
                      "'final'}}, %s}, 'b': {}}}",
                 spellings[i]);
        const struct machine *machine = definition_compile(arena, text);
        uint16_t descriptor = machine_find_descriptor(machine, machine->states[1].done_type);
        assert_int_equal(state_candidates(&machine->states[1], descriptor).count, 1);
        assert_int_equal(machine_accepted_types(machine).count, 0);
    }
}

/* --- Actions and templates --------------------------------------------------------------------------------- */

static void test_actions_and_their_shorthands(void **state)
{
    (void)state;
    const struct machine *machine = definition_compile(
        arena,
        HEAD "'actions': {'note': {'type': '@xstate.log', 'args': ['x']}, 'both': ['note', "
             "{'type': '@xstate.raise', 'event': {'type': 'go'}}], 'nothing': []}, "
             "'entry': ['note', {'type': 'both'}, 'nothing', {'type': '@xstate.assign', 'context': "
             "{'n': {'@expr': '1'}, 'constant': {'deep': [1, 2]}}}], 'exit': 'note'}");
    const struct state *root = &machine->states[0];
    static const enum action_kind kinds[] = {ACTION_LOG, ACTION_LOG, ACTION_RAISE, ACTION_ASSIGN};
    assert_int_equal(root->entry.count, 4);
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(root->entry.items[i].kind, kinds[i]);
    assert_int_equal(root->exit.count, 1);
    assert_string_equal(root->exit.items[0].path, "$.actions.note");
    assert_string_equal(root->entry.items[3].path, "$.entry[3]");

    const struct template *context = &root->entry.items[3].value;
    assert_int_equal(context->kind, TEMPLATE_OBJECT);
    assert_int_equal(context->count, 2);
    assert_text(context->as.members[0].name, "n");
    assert_int_equal(context->as.members[0].value.kind, TEMPLATE_EXPRESSION);
    assert_string_equal(context->as.members[0].value.as.expression->path, "$.entry[3].context.n");
    assert_int_equal(context->as.members[1].value.kind, TEMPLATE_CONSTANT);
    assert_int_equal(context->as.members[1].value.as.constant.type, JSON_OBJECT);
}

static void assert_list(struct text_list list, const char *const *expected, size_t count)
{
    assert_int_equal(list.count, count);
    for (size_t i = 0; i < count; i++)
        assert_text(list.items[i], expected[i]);
}

static void test_event_types(void **state)
{
    (void)state;
#define EMIT(type) "{'type': '@xstate.emit', 'event': {'type': " type ", 'data': {'@expr': '1'}}}"
    const struct machine *machine = definition_compile(
        arena,
        HEAD "'initial': 'a', 'actions': {'unused': " EMIT(
            "'cmd.unused'") "}, "
                            "'states': {'a': {'entry': [" EMIT(
                                "'cmd.b'") "], 'on': {'evt.b.*': "
                                           "{'target': 'b', 'actions': " EMIT(
                                               "'notif.c'") "}, 'evt.forbidden': {}, "
                                                            "'xstate.done.state.m.a': "
                                                            "'b'}, 'after': {'5s': 'b'}}, "
                                                            "'b': {'entry': [" EMIT(
                                                                "'cmd."
                                                                "a'") ", " EMIT("'cmd.b'") ","
                                                                                           " " EMIT(
                                                                                               "{'@"
                                                                                               "exp"
                                                                                               "r':"
                                                                                               " '"
                                                                                               "1'"
                                                                                               "}") "], "
                                                                                                    "'on': "
                                                                                                    "{'evt.a'"
                                                                                                    ": 'a', "
                                                                                                    "'evt.b.*"
                                                                                                    "': "
                                                                                                    "{'"
                                                                                                    "target':"
                                                                                                    " 'a'}, "
                                                                                                    "'evt."
                                                                                                    "forbidde"
                                                                                                    "n': "
                                                                                                    "{}}}}}");
    static const char *const emitted[] = {"cmd.b", "notif.c", "cmd.a"};
    static const char *const accepted[] = {"evt.b.*", "evt.a"};
    assert_list(machine_emitted_types(machine), emitted, 3);
    assert_list(machine_accepted_types(machine), accepted, 2);
}

static void test_emitted_events_are_checked_when_they_are_made(void **state)
{
    (void)state;
    static const struct {
        const char *event;
        const char *message; /* NULL: it may be sent */
    } rows[] = {
        {"{'type': 'cmd.x'}", NULL},
        {"{'type': 'notif.x', 'data': [1], 'subject': 's', 'to': 'x', 'priority': 3, 'x': true}",
         NULL},
        {"{'type': 'cmd.x', 'data': null}", NULL},
        {"[]", "must be an object, not an array"},
        {"{}", "must have a string \"type\""},
        {"{'type': 1}", "must have a string \"type\""},
        {"{'type': 'evt.x'}", "\"evt.x\" cannot be emitted"},
        {"{'type': 'cmd'}", "only cmd.*"},
        {"{'type': 'cmd.x', 'id': 'x'}", "\"id\" cannot be given"},
        {"{'type': 'cmd.x', 'UPPER': 'x'}", "\"UPPER\" cannot be given"},
        {"{'type': 'cmd.x', 'x': null}", "must be a string, a boolean or an integer"},
        {"{'type': 'cmd.x', 'subject': 1}", "the subject of an emitted event"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct error error = {.message = ""};
        enum status status = emitted_event_check(definition_json(arena, rows[i].event), &error);
        assert_int_equal(status, rows[i].message == NULL ? STATUS_OK : STATUS_REJECTED);
        if (rows[i].message != NULL && strstr(error.message, rows[i].message) == NULL)
            fail_msg("%s", error.message);
    }
}

/* --- Mermaid ---------------------------------------------------------------------------------------------------- */

static void test_mermaid(void **state)
{
    (void)state;
    const struct machine *machine = definition_compile(
        arena,
        HEAD "'initial': 'a', 'on': {'evt.stop': '.end'}, 'states': {"
             "'a': {'on': {'evt.x': [{'guard': {'@expr': 'event.data.n > 3'}, 'target': 'p'}, "
             "{'target': 'end'}], 'evt.no': {}}, 'after': {'5s': 'a'}},"
             "'p': {'type': 'parallel', 'onDone': 'end', 'states': {"
             "  'q': {'initial': 'x', 'states': {'x': {'on': {'evt.q': 'y'}}, 'y': {'type': "
             "'final'}}}, 'say \\\"r\\\"': {}}},"
             "'end': {'type': 'final'}}}");
    static const struct text active[] = {{"m.a", 3}};
    static const struct text visited[] = {{"m.a", 3}, {"m.p", 3}};
    struct writer writer;
    writer_init_arena(&writer, arena, 64 * 1024);
    machine_write_mermaid(machine, (struct text_list){active, 1}, (struct text_list){visited, 2},
                          &writer);
    static const char expected[] =
        "stateDiagram-v2\n"
        "    [*] --> s1\n"
        "    state \"any state\" as any0\n"
        "    state \"a\" as s1\n"
        "    state \"p\" as s2 {\n"
        "        state \"q\" as s3 {\n"
        "            [*] --> s4\n"
        "            state \"x\" as s4\n"
        "            state \"y\" as s5\n"
        "            s5 --> [*]\n"
        "            s4 --> s5 : evt.q\n"
        "        }\n"
        "        --\n"
        "        state \"say #34;r#34;\" as s6\n"
        "    }\n"
        "    state \"end\" as s7\n"
        "    s7 --> [*]\n"
        "    any0 --> s7 : evt.stop\n"
        "    s1 --> s2 : evt.x [event.data.n #62; 3]\n"
        "    s1 --> s7 : evt.x\n"
        "    s1 --> s1 : after 5s\n"
        "    s2 --> s7 : done\n"
        "    classDef active fill:#d5f5e3,stroke:#1e8449,stroke-width:3px\n"
        "    classDef visited fill:#eaf2f8,stroke:#2874a6\n"
        "    class s1 active\n"
        "    class s2 visited\n";
    assert_false(writer.overflowed);
    assert_text(writer_result(&writer), expected);
}

/* Found by drawing such names with Mermaid itself. */
static void test_mermaid_does_not_understand_labels(void **state)
{
    (void)state;
    const struct machine *machine = definition_compile(
        arena, HEAD "'initial': 'direction LR', 'states': {'direction LR': {'on': {'a:b;c': "
                    "{'actions': {'type': '@xstate.log', 'args': []}}}}, '%%{}': {}, '<b>': {}}}");
    struct writer writer;
    writer_init_arena(&writer, arena, 64 * 1024);
    machine_write_mermaid(machine, (struct text_list){0}, (struct text_list){0}, &writer);
    assert_text(writer_result(&writer), "stateDiagram-v2\n"
                                        "    [*] --> s1\n"
                                        "    state \"#100;irection LR\" as s1\n"
                                        "    state \"#37;#37;#123;#125;\" as s2\n"
                                        "    state \"#60;b#62;\" as s3\n"
                                        "    s1 --> s1 : a#58;b#59;c (stays)\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_states_are_numbered_in_document_order),
        cmocka_unit_test(test_children_and_descendants),
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_root_targets),
        cmocka_unit_test(test_descriptors),
        cmocka_unit_test(test_a_machine_without_wildcards_knows_its_types_only),
        cmocka_unit_test(test_candidates_are_in_order),
        cmocka_unit_test(test_delays),
        cmocka_unit_test(test_done_has_two_spellings),
        cmocka_unit_test(test_actions_and_their_shorthands),
        cmocka_unit_test(test_event_types),
        cmocka_unit_test(test_emitted_events_are_checked_when_they_are_made),
        cmocka_unit_test(test_mermaid),
        cmocka_unit_test(test_mermaid_does_not_understand_labels),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
