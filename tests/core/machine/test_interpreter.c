/* What machines do, by the rules of SCXML 1.0 (3.13, Appendix D) as XState 5 keeps them.
 * Names in angle brackets are titles of XState's own tests for the same rule. */
#include "tests/core/machine/trace.h"

#define M(body)           "{'@exprLang':'cel','id':'m','version':'1.0.0'," body "}"
#define EXPR(text)        "{'@expr':'" text "'}"
#define LOG(text)         "{'type':'@xstate.log','args':['" text "']}"
#define LOG_EXPR(text)    "{'type':'@xstate.log','args':[" EXPR(text) "]}"
#define RAISE(type)       "{'type':'@xstate.raise','event':{'type':'" type "'}}"
#define ASSIGN(key, text) "{'type':'@xstate.assign','context':{'" key "':" EXPR(text) "}}"
/* Says when it is entered and left. */
#define SAYS(name) "'entry':[" LOG("enter " name) "],'exit':[" LOG("exit " name) "]"

struct row {
    const char *name;
    const char *definition;
    const char *events;
    const char *expected;
    const char *input;
};

static void run_rows(const struct row *rows, size_t count)
{
    static struct run run;
    for (size_t i = 0; i < count; i++) {
        struct arena *arena = arena_create((size_t)64 * 1024 * 1024);
        assert_non_null(arena);
        const char *trace =
            run_machine(&run, arena, rows[i].definition, rows[i].input, rows[i].events);
        if (strcmp(trace, rows[i].expected) != 0)
            fail_msg("%s\n--- expected\n%s--- but it was\n%s", rows[i].name, rows[i].expected,
                     trace);
        arena_destroy(arena);
    }
}

#define RUN_ROWS(rows) run_rows(rows, sizeof(rows) / sizeof(rows)[0])

/* --- Entry, exit, content: SCXML 3.13 ------------------------------------------------------ */

#define TWO_LEVELS                                                                                 \
    M("'initial':'a','states':{"                                                                   \
      "'a':{" SAYS("a") ",'initial':'a1','states':{'a1':{" SAYS(                                   \
          "a1") ","                                                                                \
                "  'on':{'go':{'target':'#m.b.b1','actions':[" LOG(                                \
                    "go") "]},"                                                                    \
                          "        'self':{'target':'a1','actions':[" LOG(                         \
                              "self") "]},"                                                        \
                                      "        "                                                   \
                                      "'again':{'target':'a1','reenter':true},'up':'#m.a'}}},"     \
                                      "  "                                                         \
                                      "'on':{'down':'.a1','restart':'a','leave':{'target':'.a1','" \
                                      "reenter':true}}},"                                          \
                                      "'b':{" SAYS("b") ",'initial':'b1','states':{'b1':{" SAYS(   \
                                          "b1") "}}}}")

static void test_order_of_a_microstep(void **state)
{
    (void)state;
#define START "log enter a\nlog enter a1\n= {'a':'a1'}\n"
    static const struct row rows[] = {
        {"exit children first, then content, then enter parents first", TWO_LEVELS, "go",
         START "log exit a1\nlog exit a\nlog go\nlog enter b\nlog enter b1\n= {'b':'b1'}\n", NULL},
        {"<should not reenter leaf state during its default self-transition>", TWO_LEVELS, "self",
         START "log self\n= {'a':'a1'}\n", NULL},
        {"reenter exits and enters the leaf", TWO_LEVELS, "again",
         START "log exit a1\nlog enter a1\n= {'a':'a1'}\n", NULL},
        {"<should reenter targeted ancestor>", TWO_LEVELS, "up",
         START "log exit a1\nlog exit a\nlog enter a\nlog enter a1\n= {'a':'a1'}\n", NULL},
        {"a target inside its source leaves the source alone", TWO_LEVELS, "down",
         START "log exit a1\nlog enter a1\n= {'a':'a1'}\n", NULL},
        {"<should exit deep descendant during a default self-transition>", TWO_LEVELS, "restart",
         START "log exit a1\nlog enter a1\n= {'a':'a1'}\n", NULL},
        {"the same with reenter exits the source too", TWO_LEVELS, "leave",
         START "log exit a1\nlog exit a\nlog enter a\nlog enter a1\n= {'a':'a1'}\n", NULL},
        {"an event that nobody waits for", TWO_LEVELS, "unknown", START "no transition\n", NULL},
        {"<root entry/exit actions should be called on root reentering transitions>",
         M("'initial':'a'," SAYS("m") ",'on':{'go':{'target':'.b','reenter':true}},"
                                      "'states':{'a':{" SAYS("a") "},'b':{" SAYS("b") "}}"),
         "go",
         "log enter m\nlog enter a\n= 'a'\n"
         "log exit a\nlog exit m\nlog enter m\nlog enter b\n= 'b'\n",
         NULL},
        {"initial actions: after the state's entry, before its child's; by default only",
         M("'initial':{'target':'a','actions':[" LOG("initial m") "]}," SAYS(
             "m") ",'states':{"
                  "'a':{" SAYS("a") ",'initial':{'target':'x','actions':[" LOG(
                      "initial a") "]},"
                                   "  'states':{'x':{" SAYS("x") "},'y':{" SAYS(
                                       "y") "}},"
                                            "  "
                                            "'on':{'deep':'#m.a.y','self':{'target':'a','reenter':"
                                            "true}}}}"),
         "deep; self",
         "log enter m\nlog initial m\nlog enter a\nlog initial a\nlog enter x\n= {'a':'x'}\n"
         "log exit x\nlog enter y\n= {'a':'y'}\n"
         "log exit y\nlog exit a\nlog enter a\nlog initial a\nlog enter x\n= {'a':'x'}\n",
         NULL},
        {"a machine without states", M("'on':{'go':{'actions':[" LOG("go") "]}}"), "go; other",
         "= {}\nlog go\n= {}\nno transition\n", NULL},
    };
#undef START
    RUN_ROWS(rows);
}

/* --- Parallel states ---------------------------------------------------------------------------- */

static void test_parallel_states(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"regions enter in document order and exit in the reverse",
         M("'initial':'p','states':{'p':{'type':'parallel'," SAYS(
             "p") ",'on':{'go':'q'},'states':{"
                  "'r':{" SAYS("r") ",'initial':'r1','states':{'r1':{" SAYS("r1") "}}},'s':{" SAYS(
                      "s") "}}},'q':{}}"),
         "go",
         "log enter p\nlog enter r\nlog enter r1\nlog enter s\n= {'p':{'r':'r1','s':{}}}\n"
         "log exit s\nlog exit r1\nlog exit r\nlog exit p\n= 'q'\n",
         NULL},
        {"every region answers an event",
         M("'type':'parallel','states':{"
           "'r':{'initial':'a','states':{'a':{'on':{'go':'b'}},'b':{}}},"
           "'s':{'initial':'a','states':{'a':{'on':{'go':'b'}},'b':{}}}}"),
         "go", "= {'r':'a','s':'a'}\n= {'r':'b','s':'b'}\n", NULL},
        {"the parallel state is asked only if no region answered (SCXML would ask it too)",
         M("'type':'parallel','on':{'go':{'actions':[" LOG("p") "]}},'states':{"
                                                                "'r':{'on':{'go':{'actions':[" LOG(
                                                                    "r") "]}}},'s':{}}"),
         "go", "= {'r':{},'s':{}}\nlog r\n= {'r':{},'s':{}}\n", NULL},
        {"and is asked once, however many regions are silent",
         M("'type':'parallel','on':{'go':{'actions':[" LOG("p") "]}},'states':{'r':{},'s':{}}"),
         "go", "= {'r':{},'s':{}}\nlog p\n= {'r':{},'s':{}}\n", NULL},
        {"a target in another region exits and enters all regions, not the parallel state",
         M("'type':'parallel'," SAYS(
             "m") ",'states':{"
                  "'r':{" SAYS("r") ",'initial':'a','states':{'a':{'on':{'go':'#m.s.y'}}}},"
                                    "'s':{" SAYS("s") ",'initial':'x','states':{'x':{" SAYS(
                                        "x") "},'y':{" SAYS("y") "}}}}"),
         "go",
         "log enter m\nlog enter r\nlog enter s\nlog enter x\n= {'r':'a','s':'x'}\n"
         "log exit x\nlog exit s\nlog exit r\nlog enter r\nlog enter s\nlog enter y\n"
         "= {'r':'a','s':'y'}\n",
         NULL},
        {"a region that enters because of its sibling runs no initial actions (as XState)",
         M("'initial':'o','states':{'o':{'on':{'go':'#m.p.r.b','all':'p'}},'p':{'type':'parallel',"
           "'on':{'back':'o'},'states':{"
           "'r':{'initial':{'target':'a','actions':[" LOG(
               "initial r") "]},'states':{'a':{},'b':{}}},"
                            "'s':{'initial':{'target':'x','actions':[" LOG(
                                "initial s") "]},'states':{'x':{}}}}}}"),
         "go; back; all",
         "= 'o'\n= {'p':{'r':'b','s':'x'}}\n= 'o'\n"
         "log initial r\nlog initial s\n= {'p':{'r':'a','s':'x'}}\n",
         NULL},
        {"several targets, one per region; the others enter by default",
         M("'initial':'o','states':{'o':{'on':{'go':{'target':['#m.p.r.b','#m.p.t.b']}}},"
           "'p':{'type':'parallel','states':{"
           "'r':{'initial':'a','states':{'a':{},'b':{}}},'s':{'initial':'a','states':{'a':{},'b':{}"
           "}},"
           "'t':{'initial':'a','states':{'a':{},'b':{}}}}}}"),
         "go", "= 'o'\n= {'p':{'r':'b','s':'a','t':'b'}}\n", NULL},
        {"of two transitions that leave the parallel state the first region's wins",
         M("'initial':'p','states':{'p':{'type':'parallel','states':{"
           "'r':{'on':{'go':{'target':'#m.x','actions':[" LOG(
               "r") "]}}},"
                    "'s':{'on':{'go':{'target':'#m.y','actions':[" LOG(
                        "s") "]}}}}},'x':{},'y':{}}"),
         "go", "= {'p':{'r':{},'s':{}}}\nlog r\n= 'x'\n", NULL},
        {"a targetless transition never conflicts",
         M("'initial':'p','states':{'p':{'type':'parallel','states':{"
           "'r':{'on':{'go':{'actions':[" LOG(
               "r") "]}}},"
                    "'s':{'on':{'go':{'target':'#m.y','actions':[" LOG("s") "]}}}}},'y':{}}"),
         "go", "= {'p':{'r':{},'s':{}}}\nlog r\nlog s\n= 'y'\n", NULL},
        {"guards of all regions see the context before any action",
         M("'type':'parallel','context':{'n':0},'states':{"
           "'r':{'on':{'go':{'actions':[" ASSIGN(
               "n",
               "context.n + 1") "]}}},"
                                "'s':{'on':{'go':{'guard':" EXPR(
                                    "context.n == 0") ",'actions':[" ASSIGN("n",
                                                                            "context.n + 10") "]}}}"
                                                                                              "}"),
         "go", "= {'r':{},'s':{}} {'n':0}\n= {'r':{},'s':{}} {'n':11}\n", NULL},
    };
    RUN_ROWS(rows);
}

/* --- Descriptors and candidates (statecharts.md, section 4) --------------------------------------- */

/* One state, one transition per descriptor, which says its name. */
#define ON(descriptor) "'" descriptor "':{'actions':[" LOG(descriptor) "]}"

static void test_selection(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"equal before wildcards, longest first, whatever their order",
         M("'on':{" ON("*") "," ON("a.*") "," ON("a.b.*") "," ON("a.b.c") "}"),
         "a.b.c; a.b.d; a.b; a.x; a; b",
         "= {}\nlog a.b.c\n= {}\nlog a.b.*\n= {}\nlog a.b.*\n= {}\nlog a.*\n= {}\nlog a.*\n= {}\n"
         "log *\n= {}\n",
         NULL},
        {"whole tokens only, and no implicit prefix", M("'on':{" ON("a.b.*") "," ON("a") "}"),
         "a.bc; a.b; ab; a.c",
         "= {}\nno transition\nlog a.b.*\n= {}\nno transition\nno transition\n", NULL},
        {"<should fall back to wildcard descriptor when exact descriptor guard fails>",
         M("'on':{'a.b':{'guard':" EXPR("false") "}," ON("a.*") "}"), "a.b",
         "= {}\nlog a.*\n= {}\n", NULL},
        {"the innermost state first, even by *",
         M("'initial':'s','on':{" ON("a") "},'states':{'s':{'on':{" ON("*") "}}}"), "a",
         "= 's'\nlog *\n= 's'\n", NULL},
        {"then its ancestors",
         M("'initial':'s','on':{" ON("a") "},'states':{'s':{'on':{" ON("b") "}}}"), "a",
         "= 's'\nlog a\n= 's'\n", NULL},
        {"<deterministic: undefined transitions should forbid events>",
         M("'initial':'s','on':{" ON("a") "},'states':{'s':{'on':{'a':{}}}}"), "a",
         "= 's'\n= 's'\n", NULL},
        {"no candidates forbid nothing",
         M("'initial':'s','on':{" ON("a") "},'states':{'s':{'on':{'a':[]}}}"), "a",
         "= 's'\nlog a\n= 's'\n", NULL},
        {"the first candidate whose guard is true",
         M("'context':{'n':2},'on':{'a':["
           "{'guard':" EXPR("context.n < 2") ",'actions':[" LOG(
               "first") "]},"
                        "{'guard':" EXPR("context.n < 3") ",'actions':[" LOG(
                            "second") "]},"
                                      "{'actions':[" LOG("third") "]}]}"),
         "a", "= {} {'n':2}\nlog second\n= {} {'n':2}\n", NULL},
        {"guards see the event, its data, the input and the time",
         M("'initial':'s','states':{'s':{'on':{'a':{'target':'t','guard':" EXPR(
             "event.type == \\'a\\' && event.data.n == input.n && "
             "now == timestamp(\\'1970-01-01T00:00:07Z\\')") "}}},'t':{}}"),
         "a {'data':{'n':5}}; +7000; a {'data':{'n':4}}; a {'data':{'n':5}}",
         "= 's'\nno transition\nno transition\n= 't'\n", "{'n':5}"},
    };
    RUN_ROWS(rows);
}

/* --- Eventless transitions, raised events, the macrostep (section 3 and 5) -------------------------- */

static void test_macrostep(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"<should select eventless transition before processing raised events>",
         M("'initial':'a','states':{'a':{'entry':[" RAISE(
             "go") "],'always':'b',"
                   "'on':{'go':'c'}},'b':{'on':{'go':'d'}},'c':{},'d':{}}"),
         "", "= 'd'\n", NULL},
        {"<should be taken even in absence of other transitions>: sees the event",
         M("'initial':'a','states':{'a':{'always':{'target':'b','guard':" EXPR(
             "event.type == \\'x\\'") "}},'b':{}}"),
         "y; x", "= 'a'\nno transition\n= 'b'\n", NULL},
        {"<events that trigger eventless transitions should be preserved>",
         M("'initial':'a','states':{'a':{'on':{'x':'b'}},'b':{'always':{'target':'c','"
           "actions':[" LOG_EXPR("event.data") "]}},'c':{'entry':[" LOG_EXPR("event.type") "]}}"),
         "x {'data':'from x'}", "= 'a'\nlog from x\nlog x\n= 'c'\n", NULL},
        {"the event of the start is xstate.init, with the input",
         M("'entry':[" LOG_EXPR("event.type") "," LOG_EXPR("event.input.id") "]"), "",
         "log xstate.init\nlog seven\n= {}\n", "{'id':'seven'}"},
        {"<fire-and-forget action that doesn't change state>: once per event of the queue",
         M("'on':{'x':{'actions':[" RAISE("y") "]}},'always':{'actions':[" LOG("always") "]}"), "x",
         "log always\n= {}\nlog always\nlog always\n= {}\n", NULL},
        {"<should loop (but not infinitely) for assign actions>",
         M("'context':{'n':0},'always':{'guard':" EXPR("context.n < 3") ",'actions':[" ASSIGN(
             "n", "context.n + 1") "," LOG("once "
                                           "more") "]"
                                                   "}"),
         "", "log once more\nlog once more\nlog once more\n= {} {'n':3}\n", NULL},
        {"an always that reenters its own state runs once (SCXML would loop)",
         M("'initial':'a','states':{'a':{" SAYS("a") ",'always':{'target':'a','reenter':true}}}"),
         "", "log enter a\nlog exit a\nlog enter a\n= 'a'\n", NULL},
        {"raised events: first in, first out, after the microstep",
         M("'on':{'go':{'actions':[" RAISE("a") "," RAISE("b") "," LOG(
             "go") "]},"
                   "'a':{'actions':[" LOG("a") "," RAISE("c") "]},'b':{'actions':[" LOG(
                       "b") "]},"
                            "'c':{'actions':[" LOG("c") "]}}"),
         "go", "= {}\nlog go\nlog a\nlog b\nlog c\n= {}\n", NULL},
        {"what is raised is evaluated when it is",
         M("'context':{'n':1},'on':{'go':{'actions':["
           "{'type':'@xstate.raise','event':{'type':'a','n':" EXPR("context.n") "}}," ASSIGN(
               "n", "2") "]},'a':{'actions':[" LOG_EXPR("string(event."
                                                        "n)") "]}}"),
         "go", "= {} {'n':1}\nlog 1\n= {} {'n':2}\n", NULL},
        {"simultaneous always go in document order, whoever entered first",
         M("'type':'parallel','states':{"
           "'r':{'initial':'a','states':{'a':{'on':{'x':'b'}},'b':{'always':{'guard'"
           ":" EXPR("event.type == \\'y\\'") ",'actions':[" LOG(
               "r") "]}}}},"
                    "'s':{'always':{'guard':" EXPR("event.type == \\'y\\'") ",'actions':[" LOG(
                        "s") "]}}}"),
         "x; y", "= {'r':'a','s':{}}\n= {'r':'b','s':{}}\nlog r\nlog s\n= {'r':'b','s':{}}\n",
         NULL},
        {"the always of a common ancestor runs once",
         M("'type':'parallel','always':{'guard':" EXPR("event.type == \\'y\\'") ",'actions':[" LOG(
             "m") "]},'states':{'r':{},'s':{}"
                  "}"),
         "y", "= {'r':{},'s':{}}\nlog m\n= {'r':{},'s':{}}\n", NULL},
        {"a descendant's always preempts its ancestor's",
         M("'initial':'p','context':{'n':0},'states':{'p':{'type':'parallel','always':{"
           "'target':'out','guard':" EXPR(
               "event.type == \\'y\\' && context.n == 0") "},"
                                                          "'states':{'r':{},'s':{'"
                                                          "initial':'a','states':{'a':{'"
                                                          "always':{'target':'b','guard'"
                                                          ":" EXPR("event.type == "
                                                                   "\\'y\\'") ",'actions'"
                                                                              ":[" ASSIGN("n",
                                                                                          "1") "]"
                                                                                               "}"
                                                                                               "}"
                                                                                               ","
                                                                                               "'"
                                                                                               "b"
                                                                                               "'"
                                                                                               ":"
                                                                                               "{"
                                                                                               "}"
                                                                                               "}"
                                                                                               "}"
                                                                                               "}"
                                                                                               "}"
                                                                                               ","
                                                                                               "'"
                                                                                               "o"
                                                                                               "u"
                                                                                               "t"
                                                                                               "'"
                                                                                               ":"
                                                                                               "{"
                                                                                               "}"
                                                                                               "}"),
         "y", "= {'p':{'r':{},'s':'a'}} {'n':0}\n= {'p':{'r':{},'s':'b'}} {'n':1}\n", NULL},
    };
    RUN_ROWS(rows);
}

/* --- Context (section 10) ------------------------------------------------------------------------------ */

static void test_context(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"made of the input",
         M("'context':{'id':" EXPR("input.id") ",'list':[1," EXPR("size(input.id)") "]}"), "",
         "= {} {'id':'x1','list':[1,2]}\n", "{'id':'x1'}"},
        {"keys of one assign see the context before it",
         M("'context':{'a':1,'b':2},'on':{'swap':{'actions':[{'type':'@xstate.assign','context':{"
           "'a':" EXPR("context.b") ",'b':" EXPR("context.a") "}}]}}"),
         "swap", "= {} {'a':1,'b':2}\n= {} {'a':2,'b':1}\n", NULL},
        {"the next action sees what this one left; other keys stay",
         M("'context':{'a':1,'b':{'c':1}},'on':{'go':{'actions':[" ASSIGN(
             "a",
             "context.a + 1") "," ASSIGN("n",
                                         "context.a * 10") "," LOG_EXPR("string(context.n)") "]}}"),
         "go", "= {} {'a':1,'b':{'c':1}}\nlog 20\n= {} {'a':2,'b':{'c':1},'n':20}\n", NULL},
        {"a key is replaced whole, not merged",
         M("'context':{'o':{'a':1,'b':2}},'on':{'go':{'actions':["
           "{'type':'@xstate.assign','context':{'o':{'c':3}}}]}}"),
         "go", "= {} {'o':{'a':1,'b':2}}\n= {} {'o':{'c':3}}\n", NULL},
        {"emit: a command with data of expressions, 64-bit integers exact",
         M("'context':{'n':9007199254740993},'on':{'go':{'actions':[{'type':'@xstate.emit','event':"
           "{'type':'cmd.books.fetch','data':{'n':" EXPR("context.n + 1") ",'all':" EXPR(
               "event.data") "}}}]}}"),
         "go {'data':[true,null]}",
         "= {} {'n':9007199254740993}\n"
         "emit {'type':'cmd.books.fetch','data':{'n':9007199254740994,'all':[true,null]}}\n"
         "= {} {'n':9007199254740993}\n",
         NULL},
    };
    RUN_ROWS(rows);
}

/* --- Completion (SCXML 3.7; section 8) ------------------------------------------------------------------- */

static void test_completion(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"onDone: after what the final state's entry raised, with its output",
         M("'initial':'c','context':{'n':7},'on':{'r':{'actions':[" LOG(
             "r") "]}},'states':{"
                  "'c':{'initial':'w','onDone':{'target':'d','actions':[" LOG_EXPR("event.type") "," LOG_EXPR(
                      "string(event.output.n)") "]},'states':{'w':{'on':{'go':'f'}},"
                                                "'f':{'type':'final','entry':[" RAISE(
                                                    "r") "],'output':{'n':" EXPR("context.n") "}}}}"
                                                                                              ","
                                                                                              "'d':"
                                                                                              "{}"
                                                                                              "}"),
         "go", "= {'c':'w'} {'n':7}\nlog r\nlog xstate.done.state.m.c\nlog 7\n= 'd' {'n':7}\n",
         NULL},
        {"a parallel state is done when all its regions are, once",
         M("'initial':'p','states':{'p':{'type':'parallel','onDone':'d','states':{"
           "'r':{'initial':'w','states':{'w':{'on':{'r':'f'}},'f':{'type':'final'}}},"
           "'s':{'initial':'w','states':{'w':{'on':{'s':'f'}},'f':{'type':'final'}}}}},'d':{}}"),
         "r; s", "= {'p':{'r':'w','s':'w'}}\n= {'p':{'r':'f','s':'w'}}\n= 'd'\n", NULL},
        {"both regions in one microstep: one done event",
         M("'initial':'p','states':{'p':{'type':'parallel','onDone':{'actions':[" LOG(
             "done") "]},'states':{"
                     "'r':{'initial':'w','states':{'w':{'on':{'go':'f'}},'f':{'type':'final'}}},"
                     "'s':{'initial':'w','states':{'w':{'on':{'go':'f'}},'f':{'type':'final'}}}}}"
                     "}"),
         "go", "= {'p':{'r':'w','s':'w'}}\nlog done\n= {'p':{'r':'f','s':'f'}}\n", NULL},
        {"a completed parallel region completes the parallel state around it, after itself",
         M("'initial':'p','states':{'p':{'type':'parallel','onDone':'d','states':{"
           "'q':{'type':'parallel','onDone':{'actions':[" LOG(
               "inner") "]},'states':{"
                        "'r':{'initial':'w','states':{'w':{'on':{'go':'f'}},'f':{'type':'final'}}}}"
                        "}}},'d':{}}"),
         "go", "= {'p':{'q':{'r':'w'}}}\nlog inner\n= 'd'\n", NULL},
        {"regions that are final states count from the first one's entry (as XState), once",
         M("'initial':'p','on':{'x':{'actions':[" LOG("x") "]},'y':{'actions':[" LOG(
             "y") "]}},'states':{'p':{'type':'parallel','onDone':{'"
                  "actions':[" LOG("done") "]},'states':{'f':{'type'"
                                           ":'final','entry':"
                                           "[" RAISE("x") "]},"
                                                          "'g':{'"
                                                          "type':'"
                                                          "final','"
                                                          "entry':"
                                                          "[" RAISE("y") "]}}}}"),
         "", "log x\nlog done\nlog y\n= {'p':{'f':{},'g':{}}}\n", NULL},
        {"onDone does not run if the state was left meanwhile",
         M("'initial':'c','states':{'c':{'initial':'w','onDone':'d','states':{"
           "'w':{'on':{'go':'f'}},'f':{'type':'final','entry':[" RAISE(
               "out") "]}},'on':{'out':'e'}},'d':{},'e':{}}"),
         "go", "= {'c':'w'}\n= 'e'\n", NULL},
        {"the machine: exits in reverse order, output by the event of the final state",
         M("'initial':'w'," SAYS("m") ",'output':{'of':" EXPR("event.type") ",'n':" EXPR(
             "event.output") "},'states':{'w':{'on':{'go':'f'}},"
                             "'f':{'type':'final','entry':[" LOG("enter f") "],'exit':[" LOG_EXPR(
                                 "event.type") "],'output':" EXPR("1 + 1") "}}"),
         "go; go; +1000",
         "log enter m\n= 'w'\nlog enter f\nlog go\nlog exit m\n"
         "= 'f' done {'of':'xstate.done.state.m.f','n':2}\nno transition\n",
         NULL},
        {"without output of the root there is none",
         M("'initial':'f','states':{'f':{'type':'final','output':1}}"), "", "= 'f' done\n", NULL},
        {"<onDone should not be called when the machine reaches its final state>",
         M("'type':'parallel','onDone':{'actions':[" LOG("never") "]},'output':" EXPR(
             "event.type") ",'states':{'r':{'initial':'f','onDone':{'"
                           "actions':[" LOG("nor this") "]},'states':{"
                                                        "'f':{'type':'"
                                                        "final'}}}}"),
         "", "= {'r':'f'} done 'xstate.done.state.m'\n", NULL},
        {"no eventless transitions once it is done",
         M("'initial':'w','always':{'guard':" EXPR("event.type == \\'go\\'") ",'actions':[" LOG(
             "never") "]},'states':{'w':{'on':{'go':'f'}},'f':{'type':'final'}}"),
         "go", "= 'w'\n= 'f' done\n", NULL},
    };
    RUN_ROWS(rows);
}

/* --- Timers (section 11) ------------------------------------------------------------------------------------ */

static void test_timers(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"started after entry, before the child's; cancelled after exit; fires at its "
         "time",
         M("'initial':'a','states':{'a':{" SAYS("a") ",'after':{'5s':'b','1000':{'"
                                                     "actions':[" LOG("tick") "]}},'initial':'x','"
                                                                              "states':{'x':"
                                                                              "{" SAYS("x") "}}},'"
                                                                                            "b':{}"
                                                                                            "}"),
         "+999; +1; +10000",
         "log enter a\nstart xstate.after.5s.m.a 5000\nstart xstate.after.1000.m.a "
         "1000\n"
         "log enter x\n= {'a':'x'}\nlog tick\n= {'a':'x'}\nlog exit x\nlog exit a\n= "
         "'b'\n",
         NULL},
        {"a state that is left takes its timers along",
         M("'initial':'a','states':{'a':{'after':{'10':'c'},'on':{'go':'b'}},'b':{},'c'"
           ":{}}"),
         "+5; go; +100", "start xstate.after.10.m.a 10\n= 'a'\ncancel xstate.after.10.m.a\n= 'b'\n",
         NULL},
        {"a state passed through leaves no timer",
         M("'initial':'o','states':{'o':{'on':{'go':'a'}},'a':{'after':{'10':'c'},'"
           "always':'b'},"
           "'b':{},'c':{}}"),
         "go; +100", "= 'o'\nstart xstate.after.10.m.a 10\ncancel xstate.after.10.m.a\n= 'b'\n",
         NULL},
        {"to be entered again starts it again",
         M("'initial':'a','states':{'a':{'after':{'10':'b'},'on':{'again':{'target':'a'"
           ","
           "'reenter':true},'inside':{'target':'a'}}},'b':{}}"),
         "+9; again; +9; inside; +1",
         "start xstate.after.10.m.a 10\n= 'a'\ncancel xstate.after.10.m.a\n"
         "start xstate.after.10.m.a 10\n= 'a'\n= 'a'\n= 'b'\n",
         NULL},
        {"due at once: in the order of starting",
         M("'type':'parallel','states':{"
           "'r':{'after':{'10':{'actions':[" LOG("r") "]}}},'s':{'after':{'10':{'actions':[" LOG(
               "s") "]},'5':{'actions':"
                    "[" LOG("s5") "]}}}"
                                  "}"),
         "+10",
         "start xstate.after.10.m.r 10\nstart xstate.after.10.m.s 10\nstart "
         "xstate.after.5.m.s 5\n"
         "= {'r':{},'s':{}}\nlog s5\n= {'r':{},'s':{}}\nlog r\n= {'r':{},'s':{}}\n"
         "log s\n= {'r':{},'s':{}}\n",
         NULL},
        {"an earlier one may cancel a later one",
         M("'initial':'p','states':{'p':{'type':'parallel','states':{'r':{'after':{'10'"
           ":'#m.o'}},"
           "'s':{'after':{'10':'#m.x'}}}},'o':{},'x':{}}"),
         "+10",
         "start xstate.after.10.m.p.r 10\nstart xstate.after.10.m.p.s 10\n= "
         "{'p':{'r':{},'s':{}}}\n"
         "cancel xstate.after.10.m.p.s\n= 'o'\n",
         NULL},
        {"timers that a timer starts count from its time",
         M("'initial':'a','states':{'a':{'after':{'10':'b'}},'b':{'after':{'10':'c'}},"
           "'c':{'after':{'10':'d'}},'d':{}}"),
         "+25; +5",
         "start xstate.after.10.m.a 10\n= 'a'\nstart xstate.after.10.m.b 10\n= 'b'\n"
         "start xstate.after.10.m.c 10\n= 'c'\n= 'd'\n",
         NULL},
        {"the guards are asked when it fires; if none holds it is spent",
         M("'initial':'a','context':{'n':0},'states':{'a':{'on':{'go':{'actions':"
           "[" ASSIGN("n", "1") "]}},'after':{'10':[{'guard':" EXPR(
               "context.n == 1") ",'target':'b'},{'guard':" EXPR("context.n == 2") ",'target':'a'}]"
                                                                                   ",'20':[{'guard'"
                                                                                   ":" EXPR(
                                                                                       "contex"
                                                                                       "t.n "
                                                                                       "== "
                                                                                       "1") ","
                                                                                            "'"
                                                                                            "t"
                                                                                            "a"
                                                                                            "r"
                                                                                            "g"
                                                                                            "e"
                                                                                            "t"
                                                                                            "'"
                                                                                            ":"
                                                                                            "'"
                                                                                            "b"
                                                                                            "'"
                                                                                            "}"
                                                                                            "]"
                                                                                            "}"
                                                                                            "}"
                                                                                            ","
                                                                                            "'"
                                                                                            "b"
                                                                                            "'"
                                                                                            ":"
                                                                                            "{"
                                                                                            "}"
                                                                                            "}"),
         "+10; go; +10",
         "start xstate.after.10.m.a 10\nstart xstate.after.20.m.a 20\n= 'a' {'n':0}\n"
         "no transition\n= 'a' {'n':1}\n= 'b' {'n':1}\n",
         NULL},
        {"a wildcard further in swallows the timer's event (as XState)",
         M("'initial':'a','states':{'a':{'after':{'10':'b'},'initial':'x','states':{'x'"
           ":{'on':{'*':"
           "{'actions':[" LOG_EXPR("event.type") "]}}}}},'b':{}}"),
         "+10",
         "start xstate.after.10.m.a 10\n= {'a':'x'}\nlog xstate.after.10.m.a\n= "
         "{'a':'x'}\n",
         NULL},
        {"a delay by name: a number of milliseconds, a text, a duration",
         M("'delays':{'wait':" EXPR(
             "input.ms") "},'initial':'a','states':{'a':{'after':{'wait':'b'}},"
                         "'b':{}}"),
         "+1500", "start xstate.after.wait.m.a 1500\n= 'a'\n= 'b'\n", "{'ms':1500}"},
        {"... as text",
         M("'delays':{'wait':" EXPR(
             "input.ms") "},'initial':'a','states':{'a':{'after':{'wait':'b'}},"
                         "'b':{}}"),
         "", "start xstate.after.wait.m.a 5400000\n= 'a'\n", "{'ms':'1h30m'}"},
        {"... as duration",
         M("'delays':{'wait':" EXPR("duration(input.ms)") "},'initial':'a','states':{'a':{"
                                                          "'after':{'wait':'b'}},'b':{}}"),
         "", "start xstate.after.wait.m.a 1500\n= 'a'\n", "{'ms':'1.5s'}"},
        {"the machine's end is that of its timers",
         M("'after':{'10':{'actions':[" LOG("never") "]}},'initial':'w','states':{'w':{'on':{'go':"
                                                     "'f'}},'f':{'type':'final'}}"),
         "go; +100", "start xstate.after.10.m 10\n= 'w'\ncancel xstate.after.10.m\n= 'f' done\n",
         NULL},
    };
    RUN_ROWS(rows);
}

/* --- What fails says where, and changes nothing (section 12) -------------------------------------------------- */

static void test_failures(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"a guard: the macrostep's actions are void, the machine goes on",
         M("'initial':'fetching','context':{'n':0},'states':{'fetching':{'exit':[" LOG(
             "exit") "],'on':{'evt.x':{'target':'b','actions':[" ASSIGN("n",
                                                                        "1") "]},'evt.y':'c'}},"
                                                                             "'b':{'always':{'"
                                                                             "target':'c','guard'"
                                                                             ":" EXPR(
                                                                                 "context.pages > "
                                                                                 "3") "}},'c':{}}"),
         "evt.x; evt.y",
         "= 'fetching' {'n':0}\n"
         "! guard of the eventless transition of state \"b\": no such key: pages "
         "(at $.states.b.always.guard)\n"
         "log exit\n= 'c' {'n':0}\n",
         NULL},
        {"a guard on an event",
         M("'initial':'fetching','states':{'fetching':{'on':{'evt.x':[{'guard':" EXPR(
             "context.pages > 3") "}]}}}"),
         "evt.x",
         "= 'fetching'\n! guard of the transition on \"evt.x\" of state \"fetching\": "
         "no such key: pages (at $.states.fetching.on[\"evt.x\"][0].guard)\n",
         NULL},
        {"a guard that is not true or false", M("'on':{'a':{'guard':" EXPR("1") "}}"), "a",
         "= {}\n! guard of the transition on \"a\" of state \"m\": gives int, where a guard is "
         "true "
         "or false (at $.on.a.guard)\n",
         NULL},
        {"an assign",
         M("'initial':'a','states':{'a':{'on':{'go':'b'}},'b':{'entry':[" ASSIGN("n",
                                                                                 "1 / 0") "]}}"),
         "go",
         "= 'a'\n! assign in entry of state \"b\": division by zero "
         "(at $.states.b.entry[0].context.n)\n",
         NULL},
        {"a log on exit",
         M("'initial':'a','states':{'a':{'exit':[" LOG_EXPR("event.data") "],'on':{'go':'b'}},"
                                                                          "'b':{}}"),
         "go; go {'data':'x'}",
         "= 'a'\n! log in exit of state \"a\": no such key: data (at $.states.a.exit[0].args[0])\n"
         "log x\n= 'b'\n",
         NULL},
        {"a raise in initial actions",
         M("'initial':'a','states':{'a':{'on':{'go':'b'}},'b':{'initial':{'target':'c','actions':["
           "{'type':'@xstate.raise','event':{'type':" EXPR(
               "event.name") "}}]},'states':{'c':{}}}}"),
         "go {'name':7}; go {'name':''}; go {'name':'*'}; go {'name':'fine'}",
         "= 'a'\n"
         "! raise in initial actions of state \"b\": event has no type that is a string\n"
         "! raise in initial actions of state \"b\": event has an empty type\n"
         "! raise in initial actions of state \"b\": event has the type \"*\", which is the "
         "wildcard "
         "of definitions\n= {'b':'c'}\n",
         NULL},
        {"an output",
         M("'initial':'a','states':{'a':{'on':{'go':'b'}},'b':{'type':'final'}},"
           "'output':" EXPR("context.sum")),
         "go", "= 'a'\n! output of state \"m\": no such key: sum (at $.output)\n", NULL},
        {"a delay",
         M("'delays':{'wait':" EXPR("event.ms") "},'initial':'a','states':{'a':{'on':{'go':'b'}},"
                                                "'b':{'after':{'wait':'a'}}}"),
         "go {'ms':-1}; go {'ms':'soon'}; go",
         "= 'a'\n"
         "! after \"wait\" of state \"b\": gives no delay: milliseconds, a duration or a text like "
         "\"5s\", from 0 to 100 years (at $.delays.wait)\n"
         "! after \"wait\" of state \"b\": gives no delay: milliseconds, a duration or a text like "
         "\"5s\", from 0 to 100 years (at $.delays.wait)\n"
         "! after \"wait\" of state \"b\": no such key: ms (at $.delays.wait)\n",
         NULL},
        {"events that are no name", M("'on':{'a':{}}"), "*; {}",
         "= {}\n! event has the type \"*\", which is the wildcard of definitions\n"
         "! event has an empty type\n",
         NULL},
        {"the initial context", M("'context':{'id':" EXPR("input.id") "}"), "",
         "! initial context: no such key: id (at $.context.id)\n", NULL},
    };
    RUN_ROWS(rows);
}

/* An event that an expression made, of a type that nobody may send. */
static void test_emitted_type_is_checked_at_run_time(void **state)
{
    (void)state;
    static struct run run;
    struct arena *arena = arena_create(1024 * 1024);
    const char *trace =
        run_machine(&run, arena,
                    M("'on':{'go':{'actions':[{'type':'@xstate.emit','event':{'type':" EXPR(
                        "event.name") "}}]}}"),
                    NULL, "go {'name':'evt.x'}; go {'name':'cmd.x'}; go {'name':'notif.x'}");
    static const char expected[] = "= {}\n! emit in the transition on \"go\" of state \"m\": ";
    assert_int_equal(strncmp(trace, expected, sizeof expected - 1), 0);
    const char *rest = strstr(trace, "\nemit ");
    assert_non_null(rest);
    assert_string_equal(rest, "\nemit {'type':'cmd.x'}\n= {}\nemit {'type':'notif.x'}\n= {}\n");
    arena_destroy(arena);
}

/* --- Limits --------------------------------------------------------------------------------------------------- */

static void test_limits_are_named(void **state)
{
    (void)state;
    static const char endless[] = M("'on':{'go':{'target':'.a'}},'initial':'o','states':{'o':{},"
                                    "'a':{'always':'b'},'b':{'always':'a'}}");
    static const char raising[] = M("'on':{'go':{'actions':[" RAISE("go") "]}}");
    static const char logging[] =
        M("'on':{'go':{'actions':[" LOG("1") "," LOG("2") "," LOG("3") "]}}");
    static const char growing[] = M("'context':{'s':'0123456789'},'on':{'go':{'actions':[" ASSIGN(
        "s", "context.s + context.s") "]}}");
    static const char costly[] = M("'on':{'go':{'guard':" EXPR(
        "[1,2,3,4].all(x, [1,2,3,4].all(y, size(event.type) + x + y > 0))") "}}");
    static const struct {
        const char *definition;
        struct machine_limits limits;
        const char *message;
    } rows[] = {
        {endless,
         {9, 9, 9, 1000, 1000, 1000000, NULL},
         "! not stable after 9 microsteps (limit microsteps_max)\n"},
        {raising,
         {100, 9, 9, 1000, 1000, 1000000, NULL},
         "! raise in the transition on \"go\" of state \"m\": more than 9 raised events and "
         "completions (limit raised_events_max)\n"},
        {logging,
         {9, 9, 2, 1000, 1000, 1000000, NULL},
         "! log in the transition on \"go\" of state \"m\": more than 2 effects of one event "
         "(limit "
         "effects_max)\n"},
        {growing,
         {9, 9, 9, 1000, 20, 1000000, NULL},
         "! assign in the transition on \"go\" of state \"m\": context larger than 20 bytes (limit "
         "context_size_max)\n"},
        {growing,
         {9, 9, 9, 1000, 1000, 20, NULL},
         "! assign in the transition on \"go\" of state \"m\": one event takes more than 20 bytes "
         "of "
         "memory (limit memory_max)\n"},
        {costly,
         {9, 9, 9, 10, 1000, 1000000, NULL},
         "! guard of the transition on \"go\" of state \"m\": cost limit of 10 exceeded (at "
         "$.on.go.guard)\n"},
    };
    static struct run run;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena *arena = arena_create((size_t)16 * 1024 * 1024);
        assert_non_null(arena);
        run_machine(&run, arena, rows[i].definition, NULL, "");
        size_t from = run.trace.size;
        run.limits = rows[i].limits;
        run_events(&run, "go");
        run.text[run.trace.size] = '\0';
        assert_string_equal(run.text + from, rows[i].message);
        arena_destroy(arena);
    }
}

/* A value that grows deeper with every event would one day be refused when its snapshot is
 * read: it is refused when it is made. */
static void test_values_do_not_grow_too_deep_to_be_read(void **state)
{
    (void)state;
    static struct run run;
    struct arena *arena = arena_create((size_t)256 * 1024 * 1024);
    run_machine(&run, arena,
                M("'context':{'a':[]},'on':{'go':{'actions':[" ASSIGN("a", "[context.a]") "]}}"),
                NULL, "");
    size_t events = 0;
    for (; events < 200 && strstr(run.text, "!") == NULL; events++) {
        run.trace.size = 0;
        run_events(&run, "go");
        run.text[run.trace.size] = '\0';
    }
    assert_string_equal(run.text,
                        "! assign in the transition on \"go\" of state \"m\": makes a value "
                        "deeper than 120 levels\n");
    assert_in_range(events, 100, 128);
    arena_destroy(arena);
}

/* [a, a] of [a, a] of ...: little memory, and more values than a lifetime can visit. */
static void test_shared_parts_do_not_multiply(void **state)
{
    (void)state;
    static struct run run;
    struct arena *arena = arena_create((size_t)256 * 1024 * 1024);
    const char *trace = run_machine(
        &run, arena,
        M("'on':{'go':{'actions':[{'type':'@xstate.raise','event':{'type':'go','data':[" EXPR(
            "event.data") "," EXPR("event.data") "]}}]}}"),
        NULL, "go {'data':[]}");
    assert_string_equal(trace,
                        "= {}\n! raise in the transition on \"go\" of state \"m\": one event "
                        "makes values of more than 33554432 bytes (limit memory_max)\n");
    arena_destroy(arena);
}

/* The same macrostep in arenas of every size: it succeeds, or says that memory is out. */
static void test_full_arena_is_fatal_and_clean(void **state)
{
    (void)state;
    static const char definition[] =
        M("'type':'parallel','context':{'n':0},'states':{"
          "'r':{'initial':'a','states':{'a':{'after':{'10':'b'},'always':{'target':'b','actions':"
          "[" ASSIGN("n", "context.n + 1") "," RAISE("x") "," LOG(
              "l") "]}},'b':{'type':'final',"
                   "'output':{'n':" EXPR("context.n") "}}}},'s':{'on':{'x':{'actions':[" LOG(
                       "s") "]}}}}");
    enum { ARENA_SIZE_ENOUGH = 64 * 1024 };
    struct arena *kept = arena_create((size_t)16 * 1024 * 1024);
    const struct machine *machine = definition_compile(kept, definition);
    struct machine_limits limits = MACHINE_LIMITS_DEFAULT;
    size_t failures = 0;
    for (size_t size = 0; size < ARENA_SIZE_ENOUGH; size += 128) {
        struct arena *arena = arena_create(size);
        struct machine_step step;
        struct error error;
        enum status status =
            machine_start(machine, json_object(NULL, 0), 0, &limits, arena, &step, &error);
        assert_true(status == STATUS_OK || status == STATUS_FATAL);
        failures += status == STATUS_FATAL;
        if (status == STATUS_OK)
            assert_int_equal(step.effect_count, 4);
        arena_destroy(arena);
    }
    assert_true(failures > 3);
    arena_destroy(kept);
}

/* The caller's snapshot is a value: a step does not touch it. */
static void test_step_leaves_the_snapshot_alone(void **state)
{
    (void)state;
    static struct run run;
    struct arena *arena = arena_create((size_t)4 * 1024 * 1024);
    run_machine(&run, arena,
                M("'initial':'a','context':{'n':0},'states':{'a':{'after':{'10':'b'},'on':{'go':{"
                  "'target':'b','actions':[" ASSIGN("n", "1") "]}}},'b':{'after':{'20':'a'}}}"),
                NULL, "");
    struct snapshot before = run.snapshot;
    run.trace.size = 0;
    run_events(&run, "go");
    run.snapshot = before;
    run.trace.size = 0;
    run_events(&run, "go");
    run.text[run.trace.size] = '\0';
    assert_string_equal(run.text, "cancel xstate.after.10.m.a\nstart xstate.after.20.m.b 20\n"
                                  "= 'b' {'n':1}\n");
    arena_destroy(arena);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_of_a_microstep),
        cmocka_unit_test(test_parallel_states),
        cmocka_unit_test(test_selection),
        cmocka_unit_test(test_macrostep),
        cmocka_unit_test(test_context),
        cmocka_unit_test(test_completion),
        cmocka_unit_test(test_timers),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_emitted_type_is_checked_at_run_time),
        cmocka_unit_test(test_limits_are_named),
        cmocka_unit_test(test_values_do_not_grow_too_deep_to_be_read),
        cmocka_unit_test(test_shared_parts_do_not_multiply),
        cmocka_unit_test(test_full_arena_is_fatal_and_clean),
        cmocka_unit_test(test_step_leaves_the_snapshot_alone),
    };
    return cmocka_run_group_tests_name("interpreter", tests, NULL, NULL);
}
