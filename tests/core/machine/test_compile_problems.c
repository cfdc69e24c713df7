/* One broken definition per row: where the problem is and what is said of it. Each has
 * exactly this one problem, so a mistake does not cause others to be reported. */
#include "tests/core/machine/definition.h"

#define MACHINE(rest) "{'id': 'm', 'version': '1.0.0', " rest "}"
/* A machine with states a and b and members of a. */
#define STATE_A(members) MACHINE("'initial': 'a', 'states': {'a': {" members "}, 'b': {}}")
#define ENTRY(action)    STATE_A("'entry': [" action "]")
#define TWO(text)        text text
#define SIXTEEN(text)    TWO(TWO(TWO(TWO(text))))

/* A history state beside two others. */
#define STATE_H(members) MACHINE("'initial': 'a', 'states': {'h': {" members "}, 'a': {}, 'b': {}}")

static const struct broken {
    const char *definition;
    const char *path;
    const char *message; /* a part of it */
} broken[] = {
    /* The whole. */
    {"[]", "$", "must be an object, not an array"},
    {"{'version': '1.0.0'}", "$", "needs \"id\""},
    {"{'id': 'm'}", "$", "needs \"version\""},
    {"{'id': 7, 'version': '1.0.0'}", "$.id", "must be a string, not a number"},
    {"{'id': 'my machine', 'version': '1.0.0'}", "$.id", "becomes part of topics"},
    {"{'id': '', 'version': '1.0.0'}", "$.id", "becomes part of topics"},
    {"{'id': 'm', 'version': '1.0'}", "$.version", "write three numbers as \"1.0.0\""},
    {"{'id': 'm', 'version': 'v1.0.0'}", "$.version", "\"v1.0.0\" is no version"},
    {"{'id': 'm', 'version': '1..0'}", "$.version", "is no version"},
    {"{'id': 'm', 'version': '1.0.0.0'}", "$.version", "is no version"},
    {"{'id': 'm', 'version': '1.0.0-rc'}", "$.version", "is no version"},
    {"{'id': 'm', 'version': '1.0.1234567890'}", "$.version", "is no version"},
    {MACHINE("'@exprLang': 'jsonata'"), "$[\"@exprLang\"]", "is \"cel\""},
    {MACHINE("'@exprLang': 1"), "$[\"@exprLang\"]", "is \"cel\""},
    {MACHINE("'type': 'final'"), "$.type", "the machine itself is no final state"},
    {MACHINE("'contxt': {}"), "$.contxt", "unknown key \"contxt\", did you mean \"context\"?"},
    {MACHINE("'context': 3"), "$.context", "must be an object, not a number"},
    {MACHINE("'description': 3"), "$.description", "must be a string"},
    {MACHINE("'meta': []"), "$.meta", "must be an object, not an array"},

    /* Keys. */
    {STATE_A("'zzzzzz': 1"), "$.states.a.zzzzzz", "unknown key \"zzzzzz\""},
    {STATE_A("'entyr': []"), "$.states.a.entyr", "did you mean \"entry\"?"},
    {STATE_A("'context': {}"), "$.states.a.context", "only the machine has a \"context\""},
    {STATE_A("'version': '1.0.0'"), "$.states.a.version", "unknown key"},
    {STATE_A("'on': {'evt.x': {'targt': 'b'}}"), "$.states.a.on[\"evt.x\"].targt",
     "unknown key \"targt\", did you mean \"target\"?"},
    {STATE_A("'on': {'evt.x': {'cond': 'g'}}"), "$.states.a.on[\"evt.x\"].cond", "\"guard\""},
    {STATE_A("'\\u001b[31m': 1"), "$.states.a[\"\\u001b[31m\"]", "unknown key \"\\u001b[31m\""},

    /* States. */
    {MACHINE("'states': []"), "$.states", "must be an object, not an array"},
    {MACHINE("'initial': 'a', 'states': {'a': 'b'}"), "$.states.a", "must be an object"},
    {MACHINE("'initial': 'a', 'states': {'a': {}, '': {}}"), "$.states[\"\"]",
     "a state's key is not empty"},
    {MACHINE("'states': {'a': {}}"), "$", "needs \"initial\": \"a\", for example"},
    {MACHINE("'initial': 'fetchin', 'states': {'fetching': {}}"), "$.initial",
     "unknown initial state \"fetchin\": it must be a child of this state, did you mean "
     "\"fetching\"?"},
    {MACHINE("'initial': 5, 'states': {'a': {}}"), "$.initial", "must be a string, not a number"},
    {MACHINE("'initial': {'target': 'x'}, 'states': {'a': {}}"), "$.initial.target",
     "unknown initial state \"x\""},
    {MACHINE("'initial': {'actions': []}, 'states': {'a': {}}"), "$.initial", "needs \"target\""},
    {MACHINE("'initial': {'target': 'a', 'guard': 'g'}, 'states': {'a': {}}"), "$.initial.guard",
     "unknown key \"guard\""},
    {MACHINE("'initial': 'a'"), "$.initial", "a state without states inside has no initial one"},
    {MACHINE("'type': 'parallel', 'initial': 'a', 'states': {'a': {}}"), "$.initial",
     "a parallel state enters all its states"},
    {STATE_A("'type': 'paralel', 'entry': []"), "$.states.a.type",
     "unknown type \"paralel\", did you mean \"parallel\"?"},
    {STATE_A("'type': 1"), "$.states.a.type", "must be a string, not a number"},
    {STATE_A("'type': 'compound'"), "$.states.a", "a state of type \"compound\" needs \"states\""},
    {STATE_A("'type': 'parallel', 'states': {}"), "$.states.a", "\"parallel\" needs \"states\""},
    {STATE_A("'type': 'atomic', 'states': {'x': {}}"), "$.states.a.states",
     "a state of type \"atomic\" has no states inside"},
    {STATE_A("'type': 'final', 'states': {'x': {}}"), "$.states.a.states",
     "a state of type \"final\" has no states inside"},
    {STATE_A("'type': 'final', 'on': {}"), "$.states.a.on", "a final state is the end"},
    {STATE_A("'type': 'final', 'always': []"), "$.states.a.always", "a final state is the end"},
    {STATE_A("'type': 'final', 'after': {}"), "$.states.a.after", "a final state is the end"},
    {STATE_A("'onDone': 'b'"), "$.states.a.onDone", "is never done"},
    {STATE_A("'output': 1"), "$.states.a.output", "only final states and the machine itself"},
    {STATE_A("'id': 3"), "$.states.a.id", "must be a string"},
    {STATE_A("'id': ''"), "$.states.a.id", "an id is not empty"},
    {STATE_A("'id': 'm'"), "$.states.a", "the id \"m\" is that of $ already"},
    {STATE_A("'id': 'm.b'"), "$.states.b", "the id \"m.b\" is that of $.states.a already"},
    {STATE_A("'tags': 1"), "$.states.a.tags", "must be a string, not a number"},
    {STATE_A("'tags': ['x', {}]"), "$.states.a.tags[1]", "must be a string, not an object"},

    /* What is not built. */
    {MACHINE("'meta': {'start': {}}"), "$.meta.start", "\"meta.start\") is not supported"},
    {STATE_A("'invoke': {'src': 'cmd.x', 'onSnapshot': 'b'}"), "$.states.a.invoke.onSnapshot",
     "a command has one answer"},
    {MACHINE("'actorSources': {}"), "$.actorSources", "so there are no \"actorSources\""},
    {MACHINE("'actors': {}"), "$.actors", "so there are no \"actors\""},
    {MACHINE("'output': {'@expr': 'params.x'}"), "$.output", "\"params\" is not known here"},
    {STATE_A("'onError': 'b'"), "$.states.a.onError", "use \"onError\" of the invoke"},
    {STATE_A("'on': {'evt.x': {'input': {}}}"), "$.states.a.on[\"evt.x\"].input",
     "assign to the context"},
    {STATE_A("'on': {'evt.x': {'matches': {}}}"), "$.states.a.on[\"evt.x\"].matches",
     "by its type and the guard"},

    /* History. */
    {STATE_A("'type': 'history'"), "$.initial", "the initial state is a history state"},
    {STATE_H("'history': 'dep'"), "$.states.h.history", "is \"shallow\" or \"deep\""},
    {STATE_H("'history': 'deep', 'on': {}"), "$.states.h.on", "a history state is never active"},
    {STATE_H("'history': 'deep', 'tags': 'x'"), "$.states.h.tags",
     "a history state is never active"},
    {STATE_H("'history': true, 'target': 'c'"), "$.states.h.target", "unknown target \"c\""},
    {STATE_H("'history': true, 'target': ''"), "$.states.h.target", "is empty"},
    {STATE_H("'history': true, 'target': '#m'"), "$.states.h.target", "lies in its parent"},
    {STATE_H("'history': true, 'target': 'h'"), "$.states.h.target", "is no history state"},
    {STATE_H("'history': true, 'target': ['a', 'b']"), "$.states.h.target",
     "cannot be active at once"},
    {STATE_A("'target': 'b'"), "$.states.a.target", "only a history state has this"},
    {STATE_A("'on': {'evt.x': {'target': ['.h', '.r']}}, 'type': 'parallel', "
             "'states': {'h': {'history': true}, 'r': {}}"),
     "$.states.a.on[\"evt.x\"].target", "cannot be active at once"},
    {STATE_A("'type': 'parallel', 'states': {'h': {'history': true}}"), "$.states.a",
     "needs states that can be active"},
    {MACHINE("'type': 'history'"), "$.type", "the machine itself is no history state"},
    {MACHINE("'initial': 'h', 'states': {'h': {'history': true, 'target': 'a'}, "
             "'g': {'history': 'deep'}, 'a': {}}"),
     "$.states.g", "the parent's initial state is a history state"},

    /* Choice. */
    {STATE_A("'type': 'choice'"), "$.states.a", "a choice state needs \"choice\""},
    {STATE_A("'choice': []"), "$.states.a.choice", "has no branch"},
    {STATE_A("'choice': {}"), "$.states.a.choice", "must be an array, not an object"},
    {STATE_A("'choice': [{'target': 'b'}], 'entry': []"), "$.states.a.entry",
     "a choice state only chooses"},
    {STATE_A("'type': 'atomic', 'choice': [{'target': 'b'}]"), "$.states.a.choice",
     "only a state of type \"choice\" has this"},
    {STATE_A("'choice': [{'target': 'b'}, {'target': 'b'}]"), "$.states.a.choice[0]",
     "only the last branch has no \"when\""},
    {STATE_A("'choice': [{'when': {'@expr': 'true'}, 'target': 'b'}]"), "$.states.a.choice[0]",
     "the last branch has no \"when\""},
    {STATE_A("'choice': [{}]"), "$.states.a.choice[0]", "needs \"target\""},
    {STATE_A("'choice': [{'target': 'b', 'actions': []}]"), "$.states.a.choice[0].actions",
     "a branch has no actions"},
    {STATE_A("'choice': [{'target': 'b', 'guard': 'g'}]"), "$.states.a.choice[0].guard",
     "is \"when\""},
    {STATE_A("'choice': ['b']"), "$.states.a.choice[0]", "must be an object, not a string"},

    /* invoke, timeout, emit. */
    {STATE_A("'invoke': {}"), "$.states.a.invoke", "needs \"src\""},
    {STATE_A("'invoke': 'cmd.x'"), "$.states.a.invoke", "must be an object, not a string"},
    {STATE_A("'invoke': {'src': 'fetchBook'}"), "$.states.a.invoke.src",
     "\"fetchBook\" cannot be invoked: what is invoked is a service"},
    {STATE_A("'invoke': {'src': 'notif.x'}"), "$.states.a.invoke.src", "cannot be invoked"},
    {STATE_A("'invoke': {'src': {'@expr': 'x'}}"), "$.states.a.invoke.src",
     "the command is written out"},
    {STATE_A("'invoke': {'src': {'@code': 'x'}}"), "$.states.a.invoke.src",
     "the command is written out"},
    {STATE_A("'invoke': [{'src': 'cmd.x'}, {'src': 'cmd.x'}]"), "$.states.a.invoke[1].src",
     "the state invokes \"cmd.x\" already"},
    {STATE_A("'invoke': [{'src': 'cmd.x', 'id': 'i'}, {'src': 'cmd.y', 'id': 'i'}]"),
     "$.states.a.invoke[1]", "the id \"i\" is that of an invoke of state \"m.a\""},
    {STATE_A("'invoke': {'src': 'cmd.x', 'id': ''}"), "$.states.a.invoke.id", "an id has 1 to"},
    {STATE_A("'invoke': {'src': 'cmd.x', 'timeout': 5}"), "$.states.a.invoke.timeout",
     "\"timeout\" and \"onTimeout\" stand together"},
    {STATE_A("'invoke': {'src': 'cmd.x', 'input': {'@expr': '+'}}"), "$.states.a.invoke.input",
     "line 1, column 1"},
    {STATE_A("'invoke': {'src': 'cmd.x', 'onDone': 'c'}"), "$.states.a.invoke.onDone",
     "unknown target \"c\""},
    {STATE_A("'invoke': {'src': 'cmd.x', 'onDone': 'b'}, 'on': {'evt.x.success': 'b'}"),
     "$.states.a", "\"evt.x.success\" is handled twice"},
    {STATE_A("'on': {'xstate.error.actor.i': 'b'}"), "$.states.a.on[\"xstate.error.actor.i\"]",
     "no invoke of this state has the id \"i\""},
    {STATE_A("'timeout': '5s'"), "$.states.a.timeout", "stand together"},
    {STATE_A("'onTimeout': 'b'"), "$.states.a.onTimeout", "stand together"},
    {STATE_A("'timeout': 'soon', 'onTimeout': 'b'"), "$.states.a.timeout", "\"soon\" is no delay"},
    {STATE_A("'timeout': true, 'onTimeout': 'b'"), "$.states.a.timeout",
     "a delay is a whole number"},
    {STATE_A("'id': 'actor.x', 'timeout': 5, 'onTimeout': 'b'"), "$.states.a",
     "begins with \"actor.\""},
    {STATE_A("'type': 'final', 'invoke': {'src': 'cmd.x'}"), "$.states.a.invoke",
     "a final state is the end"},
    {STATE_A("'emit': {}"), "$.states.a.emit", "needs \"type\""},
    {STATE_A("'emit': [{'type': 'evt.x'}]"), "$.states.a.emit[0].type",
     "\"evt.x\" cannot be emitted"},

    /* Delayed raise, cancel. */
    {ENTRY("{'type': '@xstate.raise', 'event': {'type': 'e'}, 'delay': 'soon'}"),
     "$.states.a.entry[0].delay", "\"soon\" is no delay"},
    {ENTRY("{'type': '@xstate.raise', 'event': {'type': 'e'}, 'id': 'x'}"),
     "$.states.a.entry[0].id", "only a raise with a \"delay\" has an id"},
    {ENTRY("{'type': '@xstate.raise', 'event': {'type': 'e'}, 'delay': 5, 'id': 'xstate.x'}"),
     "$.states.a.entry[0].id", "ids that begin with \"xstate.\""},
    {ENTRY("{'type': '@xstate.raise', 'event': {'type': 'e'}, 'delay': 5, 'id': 5}"),
     "$.states.a.entry[0].id", "must be a string, not a number"},
    {ENTRY("{'type': '@xstate.cancel'}"), "$.states.a.entry[0]", "needs \"id\""},
    {ENTRY("{'type': '@xstate.cancel', 'id': ''}"), "$.states.a.entry[0].id", "an id is not empty"},

    /* Composite guards. */
    {STATE_A("'always': {'guard': {'type': 'and', 'params': {}}}"),
     "$.states.a.always.guard.params", "the guard \"and\" needs \"guards\""},
    {STATE_A("'always': {'guard': {'and': {}}}"), "$.states.a.always.guard.and",
     "must be an array, not an object"},
    {STATE_A("'always': {'guard': {'or': ['g']}}"), "$.states.a.always.guard.or[0]",
     "unknown guard \"g\""},
    {STATE_A("'always': {'guard': {'not': []}}"), "$.states.a.always.guard.not",
     "\"not\" is of one guard"},
    {STATE_A("'always': {'guard': {'xor': []}}"), "$.states.a.always.guard",
     "one of \"and\", \"or\", \"not\", \"stateIn\""},
    {STATE_A("'always': {'guard': {'stateIn': 'c'}}"), "$.states.a.always.guard.stateIn",
     "there is no state \"c\""},
    {STATE_A("'always': {'guard': {'stateIn': '#c'}}"), "$.states.a.always.guard.stateIn",
     "no state has the id \"c\""},
    {STATE_A("'always': {'guard': {'stateIn': {}}}"), "$.states.a.always.guard.stateIn",
     "names no state"},
    {STATE_A("'always': {'guard': {'stateIn': {'a': 'x'}}}"), "$.states.a.always.guard.stateIn.a",
     "there is no state \"x\""},
    {STATE_A("'always': {'guard': {'stateIn': 5}}"), "$.states.a.always.guard.stateIn",
     "must be a string, not a number"},

    /* Targets. */
    {STATE_A("'on': {'evt.x': 'c1'}"), "$.states.a.on[\"evt.x\"]",
     "unknown target \"c1\": state \"m\" has no child \"c1\""},
    {MACHINE("'initial': 'fetching', 'states': {'fetching': {'on': {'evt.x': [{'target': "
             "'sumarising'}]}}, 'summarising': {}}"),
     "$.states.fetching.on[\"evt.x\"][0].target", "did you mean \"summarising\"?"},
    {MACHINE("'initial': 'p', 'states': {'p': {'initial': 'q', 'states': {'q': {'always': "
             "'failed'}}}, 'failed': {}}"),
     "$.states.p.states.q.always", "a state elsewhere is meant by its id, \"#m.failed\""},
    {STATE_A("'on': {'evt.x': {'target': '.b'}}"), "$.states.a.on[\"evt.x\"].target",
     "state \"m.a\" has no child \"b\""},
    {STATE_A("'on': {'evt.x': {'target': '#b'}}"), "$.states.a.on[\"evt.x\"].target",
     "no state has the id \"b\""},
    {STATE_A("'on': {'evt.x': {'target': '#m.c'}}"), "$.states.a.on[\"evt.x\"].target",
     "state \"m\" has no child \"c\""},
    {STATE_A("'id': 'x.y', 'on': {'evt.x': {'target': '#x.y'}}"), "$.states.a.on[\"evt.x\"].target",
     "a \".\" inside an id is written \"\\\\.\""},
    {STATE_A("'on': {'evt.x': {'target': 'b.'}}"), "$.states.a.on[\"evt.x\"].target",
     "state \"m.b\" has no child \"\""},
    {STATE_A("'on': {'evt.x': {'target': 5}}"), "$.states.a.on[\"evt.x\"].target",
     "a target is a string (or an array of them), not a number"},
    {STATE_A("'on': {'evt.x': {'target': null}}"), "$.states.a.on[\"evt.x\"].target", "not null"},
    {STATE_A("'on': {'evt.x': {'target': ['b', '']}}"), "$.states.a.on[\"evt.x\"].target[1]",
     "an empty target stands alone"},
    {STATE_A("'on': {'evt.x': {'target': ['a', 'b']}}"), "$.states.a.on[\"evt.x\"].target",
     "the targets \"m.a\" and \"m.b\" cannot be active at once"},
    {STATE_A("'on': {'evt.x': {'target': ['b', 'b']}}"), "$.states.a.on[\"evt.x\"].target",
     "cannot be active at once"},
    {STATE_A("'on': {'evt.x': {'target': ['b', 'b', 'b', 'b']}}"),
     "$.states.a.on[\"evt.x\"].target", "has more targets than there are states"},
    {STATE_A("'on': {'evt.x': {'target': '#m'}}"), "$.states.a.on[\"evt.x\"].target",
     "going to the root restarts it: say so with \"reenter\": true"},
    {MACHINE("'initial': 'a', 'states': {'a': {}}, 'on': {'evt.x': 'a'}"), "$.on[\"evt.x\"]",
     "the root has no siblings: name its child as \".a\""},
    {STATE_A("'always': {'target': 'c'}"), "$.states.a.always.target", "unknown target \"c\""},
    {STATE_A("'after': {'5s': {'target': 'c'}}"), "$.states.a.after[\"5s\"].target",
     "unknown target \"c\""},

    /* Transitions and descriptors. */
    {STATE_A("'on': []"), "$.states.a.on", "must be an object, not an array"},
    {STATE_A("'on': {'': 'b'}"), "$.states.a.on[\"\"]", "transitions without an event are in"},
    {STATE_A("'on': {'evt.x': null}"), "$.states.a.on[\"evt.x\"]", "{} forbids the event"},
    {STATE_A("'on': {'evt.x': ['b', 3]}"), "$.states.a.on[\"evt.x\"][1]", "not a number"},
    {STATE_A("'on': {'evt.x': {'@expr': '1'}}"), "$.states.a.on[\"evt.x\"]",
     "an expression is no transition"},
    {STATE_A("'on': {'evt*': 'b'}"), "$.states.a.on[\"evt*\"]", "\"evt*\" would never match"},
    {STATE_A("'on': {'evt.*.x': 'b'}"), "$.states.a.on[\"evt.*.x\"]", "would never match"},
    {STATE_A("'on': {'*.*': 'b'}"), "$.states.a.on[\"*.*\"]", "would never match"},
    {STATE_A("'on': {'.*': 'b'}"), "$.states.a.on[\".*\"]", "would never match"},
    {STATE_A("'on': {'evt.**': 'b'}"), "$.states.a.on[\"evt.**\"]", "would never match"},
    {STATE_A("'on': {'xstate.done.state.m.c': 'b'}"), "$.states.a.on[\"xstate.done.state.m.c\"]",
     "no state has the id \"m.c\""},
    {STATE_A("'reenter': true"), "$.states.a.reenter", "unknown key"},
    {STATE_A("'always': {'reenter': 'yes'}"), "$.states.a.always.reenter",
     "must be true or false, not a string"},
    {STATE_A("'states': {'c': {}}, 'initial': 'c', 'onDone': 'b', "
             "'on': {'xstate.done.state.m.a': 'b'}"),
     "$.states.a", "\"xstate.done.state.m.a\" is handled twice"},
    {STATE_A("'after': {'10': 'b'}, 'on': {'xstate.after.10.m.a': 'b'}"), "$.states.a",
     "is handled twice"},

    /* Delays. */
    {STATE_A("'after': {'5 parsecs': 'b'}"), "$.states.a.after[\"5 parsecs\"]",
     "\"5 parsecs\" is no delay: write whole milliseconds"},
    {STATE_A("'after': {'-1': 'b'}"), "$.states.a.after[\"-1\"]", "is no delay"},
    {STATE_A("'after': {'05': 'b'}"), "$.states.a.after[\"05\"]", "is no delay"},
    {STATE_A("'after': {'1.5': 'b'}"), "$.states.a.after[\"1.5\"]", "is no delay"},
    {STATE_A("'after': {'99999999999999': 'b'}"), "$.states.a.after[\"99999999999999\"]",
     "is no delay"},
    {STATE_A("'after': {'': 'b'}"), "$.states.a.after[\"\"]", "is no delay"},
    {MACHINE("'delays': {'patience': '5s'}, 'after': {'patiance': {}}"), "$.after.patiance",
     "unknown delay \"patiance\", did you mean \"patience\"?"},
    {MACHINE("'delays': {'patience': 'long'}"), "$.delays.patience", "\"long\" is no duration"},
    {MACHINE("'delays': {'patience': -1}"), "$.delays.patience", "a delay is a whole number"},
    {MACHINE("'delays': {'patience': 1.5}"), "$.delays.patience", "a delay is a whole number"},
    {MACHINE("'delays': {'patience': {}}"), "$.delays.patience", "a delay needs \"duration\""},
    {MACHINE("'delays': {'patience': {'duration': {'@expr': '+'}}}"), "$.delays.patience.duration",
     "line 1, column 1: expected a value"},
    {MACHINE("'delays': {'patience': 'x'}, 'after': {'patience': {}}"), "$.delays.patience",
     "is no duration"},

    /* Guards. */
    {STATE_A("'always': {'guard': 'ready'}"), "$.states.a.always.guard",
     "unknown guard \"ready\": \"guards\" of the machine has no such entry"},
    {MACHINE("'guards': {'ready': {'@expr': 'true'}}, 'always': {'guard': 'raedy'}"),
     "$.always.guard", "unknown guard \"raedy\", did you mean \"ready\"?"},
    {MACHINE("'guards': {'ready': {'@expr': 'true'}}, 'always': {'guard': {'type': 'redy'}}"),
     "$.always.guard.type", "did you mean \"ready\"?"},
    {STATE_A("'always': {'guard': true}"), "$.states.a.always.guard", "not a boolean"},
    {STATE_A("'always': {'guard': {}}"), "$.states.a.always.guard", "a guard is {\"@expr\""},
    {STATE_A("'always': {'guard': {'@expr': '1 +'}}"), "$.states.a.always.guard",
     "line 1, column 4"},
    {STATE_A("'always': {'guard': {'@expr': 'true &&\\n contxt.n > 1'}}"),
     "$.states.a.always.guard", "line 2, column 2"},
    {STATE_A("'always': {'guard': {'@expr': 'contxt.n > 1'}}"), "$.states.a.always.guard",
     "did you mean \"context\"?"},
    {STATE_A("'always': {'guard': {'@expr': 1}}"), "$.states.a.always.guard[\"@expr\"]",
     "must be a string"},
    {STATE_A("'always': {'guard': {'@expr': 'true', '@lang': 'js'}}"),
     "$.states.a.always.guard[\"@lang\"]", "is \"cel\""},
    {STATE_A("'always': {'guard': {'@code': 'x => true'}}"), "$.states.a.always.guard[\"@code\"]",
     "JavaScript is not run here"},
    {MACHINE("'guards': {'a': 'b', 'b': 'c', 'c': 'a'}"), "$.guards.c", "refers to itself"},
    {MACHINE("'guards': {'a': {'when': 'b', 'then': 1}, 'b': {'@expr': 'true'}}"),
     "$.guards.a.then", "unknown key \"then\", did you mean \"when\"?"},
    {MACHINE("'guards': []"), "$.guards", "must be an object"},

    /* Actions. */
    {ENTRY("3"), "$.states.a.entry[0]", "an action is an object with a \"type\""},
    {STATE_A("'entry': 3"), "$.states.a.entry", "an action is an object with a \"type\""},
    {ENTRY("{}"), "$.states.a.entry[0]", "needs \"type\""},
    {ENTRY("{'type': 1}"), "$.states.a.entry[0].type", "must be a string"},
    {ENTRY("{'@expr': '1'}"), "$.states.a.entry[0]", "an expression is no action"},
    {ENTRY("'notify'"), "$.states.a.entry[0]", "unknown action \"notify\""},
    {MACHINE("'actions': {'notify': []}, 'entry': 'notfy'"), "$.entry",
     "unknown action \"notfy\", did you mean \"notify\"?"},
    {ENTRY("{'type': '@xstate.asign', 'context': {}}"), "$.states.a.entry[0].type",
     "unknown built-in action \"@xstate.asign\", did you mean \"@xstate.assign\"?"},
    {ENTRY("{'type': 'emit'}"), "$.states.a.entry[0].type", "did you mean \"@xstate.emit\"?"},
    {ENTRY("{'type': 'xstate.log'}"), "$.states.a.entry[0].type", "did you mean \"@xstate.log\"?"},
    {MACHINE("'actions': {'a': ['b'], 'b': 'a'}"), "$.actions.b", "refers to itself"},
    {ENTRY("{'type': '@xstate.assign'}"), "$.states.a.entry[0]", "needs \"context\""},
    {ENTRY("{'type': '@xstate.assign', 'context': 1}"), "$.states.a.entry[0].context",
     "must be an object"},
    {ENTRY("{'type': '@xstate.assign', 'assignment': {}, 'context': {}}"),
     "$.states.a.entry[0].assignment", "unknown key"},
    {ENTRY("{'type': '@xstate.assign', 'context': {'x': [{'@expr': '+'}]}}"),
     "$.states.a.entry[0].context.x[0]", "line 1, column 1: expected a value"},
    {ENTRY("{'type': '@xstate.log'}"), "$.states.a.entry[0]", "needs \"args\""},
    {ENTRY("{'type': '@xstate.log', 'args': 'x'}"), "$.states.a.entry[0].args",
     "must be an array, not a string"},
    {ENTRY("{'type': '@xstate.raise'}"), "$.states.a.entry[0]", "needs \"event\""},
    {ENTRY("{'type': '@xstate.raise', 'event': 'x'}"), "$.states.a.entry[0].event",
     "must be an object"},
    {ENTRY("{'type': '@xstate.raise', 'event': {}}"), "$.states.a.entry[0].event",
     "needs \"type\""},
    {ENTRY("{'type': '@xstate.raise', 'event': {'type': '*'}}"), "$.states.a.entry[0].event.type",
     "neither empty nor \"*\""},

/* Emitted events. */
#define EMIT(event) ENTRY("{'type': '@xstate.emit', 'event': {" event "}}")
    {EMIT("'type': 'evt.x'"), "$.states.a.entry[0].event.type",
     "\"evt.x\" cannot be emitted: evt.* and sys.* are what services answer"},
    {EMIT("'type': 'sys.x'"), "$.states.a.entry[0].event.type", "emit cmd.* or notif.*"},
    {EMIT("'type': 'command.x'"), "$.states.a.entry[0].event.type", "only cmd.* (to services)"},
    {EMIT("'type': 'cmd.a b'"), "$.states.a.entry[0].event.type", "it names a topic"},
    {EMIT("'type': 'cmd.'"), "$.states.a.entry[0].event.type", "it ends in \".\""},
    {EMIT("'type': 'notif.xorca.m'"), "$.states.a.entry[0].event.type", "lifecycle events"},
    {EMIT("'type': 'cmd." SIXTEEN(SIXTEEN("x")) "'"), "$.states.a.entry[0].event.type",
     "longer than 249 bytes"},
    {EMIT("'type': 5"), "$.states.a.entry[0].event.type", "must be a string, not a number"},
    {EMIT("'data': {}"), "$.states.a.entry[0].event", "needs \"type\""},
    {EMIT("'type': 'cmd.x', 'id': '1'"), "$.states.a.entry[0].event.id",
     "is set by the worker that sends the event"},
    {EMIT("'type': 'cmd.x', 'specversion': '1.0'"), "$.states.a.entry[0].event.specversion",
     "is set by the worker"},
    {EMIT("'type': 'cmd.x', 'correlationid': '1'"), "$.states.a.entry[0].event.correlationid",
     "is set by the worker, which knows what caused the event"},
    {EMIT("'type': 'cmd.x', 'Priority': '1'"), "$.states.a.entry[0].event.Priority",
     "lower-case letters and digits only"},
    {EMIT("'type': 'cmd.x', 'aaaaabbbbbcccccddddde': 1"),
     "$.states.a.entry[0].event.aaaaabbbbbcccccddddde", "has 1 to 20 characters"},
    {EMIT("'type': 'cmd.x', 'priority': 1.5"), "$.states.a.entry[0].event.priority",
     "a string, a boolean or an integer of 32 bits, not a number"},
    {EMIT("'type': 'cmd.x', 'priority': 2147483648"), "$.states.a.entry[0].event.priority",
     "an integer of 32 bits"},
    {EMIT("'type': 'cmd.x', 'priority': null"), "$.states.a.entry[0].event.priority", "not null"},
    {EMIT("'type': 'cmd.x', 'subject': ''"), "$.states.a.entry[0].event.subject",
     "must be a string that is not empty"},

    /* The initial context. */
    {MACHINE("'context': {'x': {'@expr': 'context.y'}}"), "$.context",
     "\"context\" is not known here"},
    {MACHINE("'context': {'x': [{'@expr': 'event.data'}]}"), "$.context",
     "\"event\" is not known here"},
};

/* The message contains the text; one about an expression begins with the place in it. */
static bool says(const struct problem *problem, const char *text)
{
    char message[1200];
    if (problem->part == PROBLEM_IN_EXPRESSION)
        snprintf(message, sizeof message, "line %u, column %u: %s", problem->inside.line,
                 problem->inside.column, problem->message);
    else
        snprintf(message, sizeof message, "%s", problem->message);
    return strstr(message, text) != NULL;
}

static void test_broken_definitions(void **state)
{
    (void)state;
    struct arena *arena = arena_create(16 * 1024 * 1024);
    assert_non_null(arena);
    int failures = 0;
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        arena_reset(arena);
        struct problem_list problems;
        problem_list_init(&problems, arena);
        const struct machine *machine;
        struct json definition = definition_json(arena, broken[i].definition);
        enum status status = machine_compile(arena, definition, &problems, &machine);
        bool is_right = status == STATUS_REJECTED && problems.count == 1 && !problems.cut &&
                        strcmp(problems.items[0].path, broken[i].path) == 0 &&
                        says(&problems.items[0], broken[i].message);
        if (is_right)
            continue;
        failures++;
        print_error("%s\n  expected %s: ...%s...\n", broken[i].definition, broken[i].path,
                    broken[i].message);
        for (size_t p = 0; p < problems.count; p++)
            print_error("  found    %s: %s\n", problems.items[p].path, problems.items[p].message);
    }
    arena_destroy(arena);
    assert_int_equal(failures, 0);
}

static void test_all_problems_are_found_at_once(void **state)
{
    (void)state;
    struct arena *arena = arena_create(16 * 1024 * 1024);
    struct problem_list problems;
    problem_list_init(&problems, arena);
    const struct machine *machine;
    struct json definition = definition_json(
        arena, "{'id': 'm', 'initial': 'x', 'states': {'a': {'on': {'evt.x': 'b', 'evt.y': "
               "{'guard': 'g'}}, 'entry': ['f']}}}");
    assert_int_equal(machine_compile(arena, definition, &problems, &machine), STATUS_REJECTED);
    static const char *const paths[] = {"$", "$.initial", "$.states.a.entry[0]",
                                        "$.states.a.on[\"evt.x\"]",
                                        "$.states.a.on[\"evt.y\"].guard"};
    assert_int_equal(problems.count, sizeof paths / sizeof *paths);
    for (size_t i = 0; i < problems.count; i++)
        assert_string_equal(problems.items[i].path, paths[i]);
    arena_destroy(arena);
}

/* `count` times `item` (with %zu for its number), joined by commas, between two texts. */
static const char *repeated(struct arena *arena, const char *before, const char *item, size_t count,
                            const char *after)
{
    size_t room = strlen(before) + strlen(after) + count * (strlen(item) + 20) + 1;
    char *text = arena_alloc(arena, room);
    assert_non_null(text);
    size_t at = (size_t)snprintf(text, room, "%s", before);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            text[at++] = ',';
        for (const char *c = item; *c != '\0'; c++) {
            if (*c == '%')
                at += (size_t)snprintf(text + at, room - at, "%zu", i);
            else
                text[at++] = *c;
        }
    }
    snprintf(text + at, room - at, "%s", after);
    return text;
}

static void assert_rejected(struct arena *arena, const char *definition, const char *path,
                            const char *message)
{
    struct problem_list problems;
    problem_list_init(&problems, arena);
    const struct machine *machine;
    enum status status =
        machine_compile(arena, definition_json(arena, definition), &problems, &machine);
    assert_int_equal(status, STATUS_REJECTED);
    assert_true(problems.count > 0);
    assert_string_equal(problems.items[0].path, path);
    if (strstr(problems.items[0].message, message) == NULL)
        fail_msg("%s", problems.items[0].message);
}

static void test_limits(void **state)
{
    (void)state;
    struct arena *arena = arena_create(256 * 1024 * 1024);
#define HEAD "{'id': 'm', 'version': '1.0.0', "
    assert_rejected(arena,
                    repeated(arena, HEAD "'initial': 's0', 'states': {", "'s%': {}", 16384, "}}"),
                    "$.states", "the machine has 16385 states; at most 16384 are supported");
    definition_compile(
        arena, repeated(arena, HEAD "'initial': 's0', 'states': {", "'s%': {}", 16383, "}}"));
    assert_rejected(arena, repeated(arena, HEAD "'always': [", "{}", 65536, "]}"), "$",
                    "more than 65535 transitions");
    assert_rejected(arena, repeated(arena, HEAD "'delays': {", "'d%': 1", 4097, "}}"), "$.delays",
                    "has 4097 entries; at most 4096 are supported");
    /* Names that are ten times the next: 11,111 actions in the map, and 10,000 each time
     * that the first is used. */
    const char *bomb = HEAD "'actions': {'a': ['b','b','b','b','b','b','b','b','b','b'],"
                            "'b': ['c','c','c','c','c','c','c','c','c','c'],"
                            "'c': ['d','d','d','d','d','d','d','d','d','d'],"
                            "'d': ['e','e','e','e','e','e','e','e','e','e'],"
                            "'e': [{'type': '@xstate.log', 'args': []}]}, "
                            "'entry': ['a','a','a','a','a','a','a','a','a','a']}";
    assert_rejected(arena, bomb, "$.entry[5]", "more than 65535 actions");
    arena_destroy(arena);
}

/* Guards g0 -> g1 -> ... : a chain of names is followed so far and no further. */
static void test_chain_of_names(void **state)
{
    (void)state;
    struct arena *arena = arena_create(16 * 1024 * 1024);
    char text[8192];
    size_t at = (size_t)snprintf(text, sizeof text, HEAD "'guards': {");
    for (int i = 0; i < 100; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "'g%d': 'g%d',", i, i + 1);
    snprintf(text + at, sizeof text - at, "'g100': {'@expr': 'true'}}}");
    assert_rejected(arena, text, "$.guards.g31", "more than 32 names refer to each other");
    arena_destroy(arena);
}

static void test_states_nested_too_deeply(void **state)
{
    (void)state;
    struct arena *arena = arena_create(16 * 1024 * 1024);
    char text[8192];
    size_t at = (size_t)snprintf(text, sizeof text, HEAD "'initial': 's'");
    for (int i = 0; i < 70; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, ", 'states': {'s': {'initial': 's'");
    for (int i = 0; i < 141; i++)
        text[at++] = '}';
    text[at] = '\0';
    /* JSON's own limit comes first unless it is raised. */
    char json[8192];
    for (size_t i = 0; i <= at; i++)
        json[i] = text[i] == '\'' ? '"' : text[i];
    struct json definition;
    struct error error;
    struct json_limits limits = {.depth_max = 1000, .size_max = JSON_SIZE_MAX};
    assert_int_equal(json_parse(arena, text_of(json), limits, &definition, &error), STATUS_OK);
    struct problem_list problems;
    problem_list_init(&problems, arena);
    const struct machine *machine;
    assert_int_equal(machine_compile(arena, definition, &problems, &machine), STATUS_REJECTED);
    assert_non_null(strstr(problems.items[0].message, "states are nested deeper than 64"));
    arena_destroy(arena);
}

/* More problems than are kept. */
static void test_many_problems(void **state)
{
    (void)state;
    struct arena *arena = arena_create(256 * 1024 * 1024);
    struct problem_list problems;
    problem_list_init(&problems, arena);
    const struct machine *machine;
    const char *text = repeated(arena, HEAD "'on': {", "'evt.e%': 'nowhere'", 5000, "}}");
    assert_int_equal(machine_compile(arena, definition_json(arena, text), &problems, &machine),
                     STATUS_REJECTED);
    assert_int_equal(problems.count, PROBLEM_COUNT_MAX);
    assert_true(problems.cut);
    arena_destroy(arena);
}

static const char whole[] =
    HEAD "'context': {'n': {'@expr': 'input.n'}}, 'initial': 'a', "
         "'guards': {'few': {'when': {'@expr': 'context.n < 3'}}}, 'delays': {'soon': '5s'}, "
         "'actions': {'log': {'type': '@xstate.log', 'args': [1]}}, "
         "'states': {'a': {'entry': 'log', 'after': {'soon': 'b'}, 'on': {'evt.*': [{'guard': "
         "'few', 'target': 'b', 'actions': [{'type': '@xstate.emit', 'event': {'type': 'cmd.x', "
         "'data': {'n': {'@expr': 'context.n'}}}}]}]}}, 'b': {'type': 'final', 'tags': 'x', "
         "'output': {'@expr': 'context'}}}}";

static void test_out_of_memory(void **state)
{
    (void)state;
    struct arena *source = arena_create(1024 * 1024);
    struct json definition = definition_json(source, whole);
    enum status status = STATUS_FATAL;
    size_t failures = 0;
    for (size_t bytes = 256; status != STATUS_OK && bytes < 4 * 1024 * 1024; bytes += 64) {
        struct arena *arena = arena_create(bytes);
        struct problem_list problems;
        problem_list_init(&problems, source);
        const struct machine *machine = NULL;
        if (arena == NULL)
            continue;
        status = machine_compile(arena, definition, &problems, &machine);
        assert_true(status == STATUS_OK || status == STATUS_FATAL);
        failures += status == STATUS_FATAL;
        arena_destroy(arena);
    }
    assert_int_equal(status, STATUS_OK);
    assert_true(failures > 10);
    arena_destroy(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_broken_definitions),
        cmocka_unit_test(test_all_problems_are_found_at_once),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_chain_of_names),
        cmocka_unit_test(test_states_nested_too_deeply),
        cmocka_unit_test(test_many_problems),
        cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
