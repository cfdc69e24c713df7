#!/usr/bin/env node
// Writes xstate_rows.inc: what XState 5.33.3 does with the machines below, as the rows of
// test_xstate_rows.c. Each is named after a paragraph of core/machine/README.md or, in angle
// brackets, after the test of XState's own that stands for the same rule.
//
//   node tests/core/machine/xstate_rows.mjs > tests/core/machine/xstate_rows.inc
import { fetchPackage } from '../../support/npm.mjs';
import { loadXState, Oracle } from '../../conformance/xstate/oracle.mjs';

const log = (...args) => ({ type: '@xstate.log', args });
const expr = (text) => ({ '@expr': text });
const raise = (type, more = {}) => ({ type: '@xstate.raise', event: { type }, ...more });
const emit = (type, data) => ({
  type: '@xstate.emit',
  event: data === undefined ? { type } : { type, data },
});
const assign = (context) => ({ type: '@xstate.assign', context });
const cancel = (id) => ({ type: '@xstate.cancel', id });
// A state that says when it is entered and left.
const says = (name, more = {}) => ({ entry: [log(`enter ${name}`)], exit: [log(`exit ${name}`)], ...more });
const initially = (target, text) => ({ target, actions: [log(text)] });

// a.1, a.2 and below; the history states h (shallow) and d (deep); o outside.
const withHistory = (more = {}, outside = {}) => ({
  initial: 'o',
  states: {
    o: { on: { shallow: 'a.h', deep: 'a.d', in: 'a', x: '#m.a.p.x', ...outside } },
    a: {
      ...says('a'),
      initial: initially('n', 'initial a'),
      on: { out: 'o' },
      states: {
        n: says('n'),
        p: {
          ...says('p'),
          initial: initially('w', 'initial p'),
          states: { w: says('w', { on: { next: 'x' } }), x: says('x') },
        },
        h: { type: 'history', ...more },
        d: { type: 'history', history: 'deep', ...more },
      },
    },
  },
});
const parallelHistory = (more = {}) => ({
  initial: 'o',
  states: {
    o: { on: { back: 'p.h', deep: 'p.d', in: 'p' } },
    p: {
      type: 'parallel',
      ...says('p'),
      on: { out: 'o' },
      states: {
        r: {
          ...says('r'),
          initial: initially('a', 'initial r'),
          states: { a: { on: { r: 'b' } }, b: says('b') },
        },
        s: {
          ...says('s'),
          initial: initially('c', 'initial s'),
          states: { c: { on: { s: 'e' } }, e: says('e') },
        },
        h: { type: 'history', ...more },
        d: { type: 'history', history: 'deep', ...more },
      },
    },
  },
});
const guarded = (guard, more = {}) => ({ context: { n: 1 }, on: { x: { guard, actions: [log('x')] } }, ...more });
const regions = (guard) => ({
  type: 'parallel',
  states: {
    r: { initial: 'a', states: { a: { on: { go: 'b' } }, b: { id: 'deep', initial: 'c', states: { c: {} } } } },
    s: { on: { x: { guard, actions: [log('x')] } } },
  },
});
const T = expr('true');
const F = expr('false');

const cases = [
  // --- History ---
  ['<should go to the most recently visited state (explicit shallow history type)>', withHistory(), 'x; out; shallow'],
  ['<should go to the initial state when no history present (explicit shallow history type)>', withHistory(), 'shallow'],
  ['<should go to the initial state when no history present (deep)>', withHistory(), 'deep'],
  ['<should go to the most recently visited state (deep)>', withHistory(), 'x; out; deep'],
  ['<should go to the shallow history>: what is below enters by default', withHistory(), 'x; out; shallow; next; out; shallow'],
  ['<should dispose of previous histories>', withHistory(), 'x; out; deep; out; in; out; deep'],
  ['history is recorded whenever the parent exits, however it was entered', withHistory(), 'in; out; deep'],
  ['<should execute actions of the initial transition when a history state without a default target is targeted and its parent state was never visited yet>', withHistory(), 'deep; out'],
  ['<should not execute actions of the initial transition when a history state with a default target is targeted and its parent state was never visited yet>', withHistory({ target: 'p' }), 'shallow'],
  ['<should use the configured default target when a history state has never been visited> by a path', withHistory({ target: 'p.x' }), 'shallow'],
  ['the same by an id', withHistory({ target: '#m.a.p.x' }), 'deep'],
  ['a default target is not used again once something was recorded', withHistory({ target: 'p.x' }), 'in; out; shallow'],
  ['<should not execute actions of the initial transition when a history state with a default target is targeted and its parent was visited>', withHistory({ target: 'p' }), 'x; out; shallow'],
  ['<should execute entry actions of a parent of the targeted history state when its parent state was never visited yet>', withHistory(), 'shallow'],
  ['history: true is shallow', { initial: 'o', states: { o: { on: { back: 'a.h', deep: 'a.p.x' } }, a: { initial: 'n', on: { out: 'o' }, states: { n: {}, p: { initial: 'w', states: { w: {}, x: {} } }, h: { history: true } } } } }, 'deep; out; back'],
  ['a history state as the initial one: its default first', { initial: 'a', states: { a: { initial: 'h', on: { out: 'o' }, states: { n: says('n'), k: says('k', { on: { next: 'n' } }), h: { type: 'history', target: 'k' } } }, o: { on: { in: 'a' } } } }, 'next; out; in'],
  ['initial actions run when the initial state is a history state, too', { initial: 'o', states: { o: { on: { in: 'a' } }, a: { initial: initially('h', 'initial a'), on: { out: 'o' }, states: { n: says('n'), k: says('k'), h: { type: 'history', target: 'k' } } } } }, 'in; out; in'],
  ['<parallel: should recall first state transitioned to>', parallelHistory(), 'in; r; out; deep'],
  ['<should ignore parallel state history>: shallow history of a parallel state restores nothing', parallelHistory(), 'in; r; s; out; back'],
  ['<parallel: should re-enter each regions of parallel state correctly> (deep)', parallelHistory(), 'in; r; s; out; deep'],
  ['history of a parallel state that was never there: all its regions, with their initial actions', parallelHistory(), 'back'],
  ['a default target in one region: the other enters by default, without initial actions', parallelHistory({ target: 'r.b' }), 'back'],
  ['default targets in both regions', parallelHistory({ target: ['r.b', 's.e'] }), 'deep'],
  ['<internal transition with history: should transition internally to the most recently visited state>', { initial: 'second', states: { second: { initial: 'nested', states: { nested: {}, other: {}, hist: { type: 'history' } }, on: { NEXT: '.other', HIST: '.hist' } } } }, 'NEXT; HIST'],
  ['two history states of one parent remember each in its way', withHistory(), 'x; out; deep; out; shallow'],
  ['<multistage history: should go to the most recently visited state>', { initial: 'off', states: { off: { on: { ON: 'on.hist' } }, on: { initial: 'first', on: { OFF: 'off', FAIL: 'broken' }, states: { first: { on: { SWITCH: 'second' } }, second: {}, hist: { type: 'history' } } }, broken: { on: { FIX: 'off' } } } }, 'ON; SWITCH; FAIL; FIX; ON'],
  ['<transient history: should transition to history state from an always>', { initial: 'A', states: { A: { on: { EVENT: 'B' } }, B: { always: 'C' }, C: { initial: 'x', states: { x: {}, h: { history: 'deep' } }, on: { EVENT: 'A', H: 'B' } } } }, 'EVENT; EVENT; EVENT'],
  ['history as one of several targets, next to another region', { initial: 'o', states: { o: { on: { go: { target: ['p.r.h', 'p.s.y'] }, in: 'p.r.b' } }, p: { type: 'parallel', on: { out: 'o' }, states: { r: { initial: 'a', states: { a: {}, b: {}, h: { history: true } } }, s: { initial: 'x', states: { x: {}, y: {} } } } } } }, 'go; out; in; out; go'],
  ['recording history counts as a change: eventless transitions are tried again', { initial: 'a', context: { n: 0 }, states: { a: { initial: 'x', states: { x: {}, h: { history: true } }, always: { target: 'a', reenter: true, guard: expr('context.n < 2'), actions: [assign({ n: expr('context.n + 1') })] } } } }, ''],

  // --- Choice ---
  ['a choice takes the first branch whose condition holds', { initial: 'c', context: { n: 2 }, states: { c: { type: 'choice', choice: [{ when: expr('context.n == 1'), target: 'a' }, { when: expr('context.n == 2'), target: 'b' }, { target: 'd' }] }, a: {}, b: {}, d: {} } }, ''],
  ['and the last otherwise', { initial: 'c', context: { n: 7 }, states: { c: { type: 'choice', choice: [{ when: expr('context.n == 1'), target: 'a' }, { target: 'b' }] }, a: {}, b: {} } }, ''],
  ['a branch assigns before its target is entered', { initial: 'c', context: { n: 7 }, states: { c: { type: 'choice', choice: [{ target: 'a', context: { n: expr('context.n + 1') } }] }, a: { entry: [log(expr('context.n'))] } } }, ''],
  ['a choice sees the event that led to it', { initial: 'o', states: { o: { on: { x: 'c', y: 'c' } }, c: { type: 'choice', choice: [{ when: expr("event.type == 'x'"), target: 'a' }, { target: 'b' }] }, a: {}, b: {} } }, 'y'],
  ['a choice of choices comes to rest in one macrostep', { initial: 'c', states: { c: { type: 'choice', choice: [{ target: 'd' }] }, d: { type: 'choice', choice: [{ when: F, target: 'o' }, { target: 'a' }] }, o: {}, a: says('a') } }, ''],
  ['a choice in a region', { type: 'parallel', states: { r: { initial: 'c', states: { c: { type: 'choice', choice: [{ target: 'a' }] }, a: says('a') } }, s: says('s') } }, ''],
  ['a choice goes before raised events', { initial: 'o', states: { o: { on: { x: { target: 'c', actions: [raise('y')] } } }, c: { type: 'choice', choice: [{ target: 'a' }] }, a: { on: { y: 'b' } }, b: {} } }, 'x'],

  // --- Guards ---
  ['<and: should be able to be composed> both hold', guarded({ and: [T, T] }), 'x'],
  ['and: one does not', guarded({ type: 'and', guards: [T, F] }), 'x'],
  ['and: nothing is asked after the first that does not hold', guarded({ and: [F, expr('context.missing.member')] }), 'x'],
  ['<or: should be able to be composed> one holds', guarded({ or: [F, T] }), 'x'],
  ['or: none holds', guarded({ type: 'xstate.or', guards: [F, F] }), 'x'],
  ['or: nothing is asked after the first that holds', guarded({ or: [T, expr('context.missing.member')] }), 'x'],
  ['<not: should guard with inline function>', guarded({ not: F }), 'x'],
  ['not: with a guard that holds', guarded({ type: 'not', guard: T }), 'x'],
  ['<should evaluate nested composite guards>', guarded({ and: [{ not: { and: [T, F] } }, { or: [F, { not: F }] }] }), 'x'],
  ['<should be possible to reference a composite guard that only uses named guards>', { ...guarded({ and: ['yes', { not: 'no' }] }), guards: { yes: T, no: F } }, 'x'],
  ['and of nothing holds', guarded({ and: [] }), 'x'],
  ['or of nothing does not', guarded({ or: [] }), 'x'],
  ['a named guard as an object with its type', { ...guarded({ type: 'yes' }), guards: { yes: { when: T } } }, 'x'],
  ['<should provide params to guards>', { ...guarded({ type: 'above', params: { limit: 0 } }), guards: { above: expr('context.n > params.limit') } }, 'x'],
  ['params of a guard are evaluated when it is', { ...guarded({ type: 'above', params: { limit: expr('context.n') } }), guards: { above: expr('context.n > params.limit') } }, 'x'],
  ['params inside of a composite guard', { ...guarded({ not: { type: 'above', params: { limit: 5 } } }), guards: { above: expr('context.n > params.limit') } }, 'x'],

  // --- stateIn ---
  ['<stateIn: should be able to check source state tags> by id', regions({ stateIn: '#deep' }), 'x; go; x'],
  ['stateIn by a path', regions({ stateIn: 'r.b' }), 'x; go; x'],
  ['stateIn by a deeper path', regions({ type: 'stateIn', stateValue: 'r.b.c' }), 'x; go; x'],
  ['stateIn by part of the state value', regions({ stateIn: { r: 'a' } }), 'x; go; x'],
  ['stateIn by a nested state value', regions({ stateIn: { r: { b: 'c' } } }), 'x; go; x'],
  ['stateIn of a state with children, by its key alone', regions({ stateIn: { r: 'b' } }), 'go; x'],
  ['stateIn with the name that the engine has for it', regions({ type: 'xstate.stateIn', params: { stateId: '#deep' } }), 'go; x'],
  ['<should work with a relative transition>: not in', regions({ not: { stateIn: '#deep' } }), 'x; go; x'],
  ['stateIn is asked before any region moves', { type: 'parallel', states: { r: { initial: 'a', states: { a: { on: { x: 'b' } }, b: {} } }, s: { on: { x: { guard: { stateIn: 'r.a' }, actions: [log('before')] } } } } }, 'x; x'],

  // --- Actions with parameters ---
  ['<should provide params to actions>', { actions: { greet: [log('hello', expr('params.name'))] }, on: { x: { actions: [{ type: 'greet', params: { name: 'you' } }] } } }, 'x'],
  ['params are evaluated with the context that the actions before left', { context: { n: 1 }, actions: { say: [log(expr('params.n'))] }, on: { x: { actions: [assign({ n: 2 }), { type: 'say', params: { n: expr('context.n') } }] } } }, 'x'],
  ['and once for all actions of the name', { context: { n: 1 }, actions: { say: [assign({ n: expr('context.n + params.n') }), log(expr('params.n'), expr('context.n'))] }, on: { x: { actions: [{ type: 'say', params: { n: expr('context.n') } }] } } }, 'x; x'],
  ['a name inside of a name has parameters of its own', { actions: { outer: [{ type: 'inner', params: { n: expr('params.n + 1') } }, log(expr('params.n'))], inner: [log('inner', expr('params.n'))] }, entry: [{ type: 'outer', params: { n: 1 } }] }, ''],
  ['the same name with other parameters', { actions: { say: [log(expr('params.n'))] }, entry: [{ type: 'say', params: { n: 1 } }, { type: 'say', params: { n: 2 } }] }, ''],
  ['a named action without parameters, as a text and as an object', { actions: { say: log('said') }, entry: ['say', { type: 'say' }] }, ''],
  ["a transition's own context is assigned before its actions", { context: { n: 1 }, on: { x: { context: { n: expr('context.n + 1') }, actions: [log(expr('context.n'))] } } }, 'x'],

  // --- Delayed raise and cancel ---
  ['<should be able to raise a delayed event>', { initial: 'a', states: { a: { entry: [raise('late', { delay: 10 })], on: { late: 'b' } }, b: {} } }, '+9; +1'],
  ['<delayed raise: should be able to use a named delay>', { delays: { short: 10 }, initial: 'a', states: { a: { entry: [raise('late', { delay: 'short' })], on: { late: 'b' } }, b: {} } }, '+10'],
  ['<delayed raise: should be able to use a dynamic delay>', { context: { wait: 10 }, initial: 'a', states: { a: { entry: [raise('late', { delay: expr('context.wait') })], on: { late: 'b' } }, b: {} } }, '+10'],
  ['a delay as a text', { on: { late: { actions: [log('late')] }, x: { actions: [raise('late', { delay: '20ms' })] } } }, 'x; +19; +1'],
  ['a delayed raise outlives the state that raised it', { initial: 'a', states: { a: { entry: [raise('late', { delay: 10 })], on: { x: 'b' } }, b: { on: { late: 'c' } }, c: {} } }, 'x; +10'],
  ['<should be able to cancel a delayed raised event>', { initial: 'a', states: { a: { entry: [raise('late', { delay: 10, id: 'myId' })], on: { late: 'b', x: { actions: [cancel('myId')] } } }, b: {} } }, 'x; +20'],
  ['cancelling what does not wait does nothing', { on: { x: { actions: [cancel('none')] } } }, 'x'],
  ['<should cancel only the delayed event in the machine that scheduled it>: another id stays', { initial: 'a', states: { a: { entry: [raise('one', { delay: 10, id: 'i' }), raise('two', { delay: 20, id: 'j' })], on: { x: { actions: [cancel('i')] }, one: 'b', two: 'c' } }, b: {}, c: {} } }, 'x; +20'],
  ['<should be able to schedule an event with an id and cancel it in the same macrostep>', { on: { x: { actions: [raise('late', { delay: 10, id: 'i' }), cancel('i')] }, late: { actions: [log('late')] } } }, 'x; +20'],
  ['raised again under its id after it was cancelled', { on: { x: { actions: [cancel('i'), raise('late', { delay: 10, id: 'i' })] }, late: { actions: [log('late')] } } }, 'x; +5; x; +9; +1'],
  ['an id made by an expression', { entry: [raise('late', { delay: 10, id: expr("'i'") })], on: { x: { actions: [cancel(expr("'i'"))] }, late: { actions: [log('late')] } } }, 'x; +20'],
  ['a delay of nothing is an event from outside all the same', { on: { x: { actions: [raise('late', { delay: 0 }), raise('now'), log('x')] }, late: { actions: [log('late')] }, now: { actions: [log('now')] } } }, 'x; +0'],
  ['what is raised later is evaluated at once', { context: { n: 1 }, on: { x: { actions: [{ type: '@xstate.raise', event: { type: 'late', data: expr('context.n') }, delay: 10 }, assign({ n: 2 })] }, late: { actions: [log(expr('event.data'), expr('context.n'))] } } }, 'x; +10'],
  ['equal due times: first scheduled first', { entry: [raise('one', { delay: 10 }), raise('two', { delay: 10 })], on: { one: { actions: [log('one')] }, two: { actions: [log('two')] } } }, '+10'],
  ['a late event reaches the eventless transitions as any other', { initial: 'a', states: { a: { entry: [raise('late', { delay: 10 })], always: { target: 'b', guard: expr("event.type == 'late'") } }, b: {} } }, '+10'],
  ['timers end with the machine', { initial: 'a', states: { a: { entry: [raise('late', { delay: 10 })], on: { x: 'f' } }, f: { type: 'final' } } }, 'x; +10'],
  ["a state's timer can be cancelled by its id", { initial: 'a', states: { a: { after: { 10: 'b' }, on: { x: { actions: [cancel('xstate.after.10.m.a')] } } }, b: {} } }, 'x; +10'],

  // --- Timeouts ---
  ['timeout: its transition is taken when the state is still active', { initial: 'a', states: { a: { timeout: 10, onTimeout: 'b' }, b: {} } }, '+9; +1'],
  ['leaving the state cancels its timeout', { initial: 'a', states: { a: { timeout: '10ms', onTimeout: 'b', on: { x: 'c' } }, b: {}, c: {} } }, 'x; +10'],
  ['reentering starts it again', { initial: 'a', states: { a: { timeout: 10, onTimeout: 'b', on: { x: { target: 'a', reenter: true } } }, b: {} } }, '+8; x; +9; +1'],
  ['onTimeout with candidates', { initial: 'a', states: { a: { timeout: 10, onTimeout: [{ guard: F, target: 'b' }, { target: 'c', actions: [log(expr('event.type'))] }] }, b: {}, c: {} } }, '+10'],
  ['the timeout of a compound state, whatever is inside', { initial: 'a', states: { a: { timeout: 10, onTimeout: 'b', initial: 'x', states: { x: { on: { next: 'y' } }, y: {} } }, b: {} } }, 'next; +10'],
  ['a timeout as an expression', { context: { wait: 20 }, initial: 'a', states: { a: { timeout: expr('context.wait'), onTimeout: 'b' }, b: {} } }, '+19; +1'],
  ['<should be able to transition with a named delay> after', { delays: { wait: { duration: 10 } }, initial: 'a', states: { a: { after: { wait: 'b' } }, b: {} } }, '+10'],

  // --- Commands ---
  ['a command is sent when its state is entered, after the entry actions', { initial: 'o', states: { o: { on: { go: 'a' } }, a: { ...says('a'), invoke: { src: 'cmd.b', id: 'i', input: { n: 1 }, onDone: 'd' } }, d: {} } }, 'go'],
  ['onDone sees the answer as output and as data', { initial: 'a', states: { a: { invoke: { src: 'cmd.b', id: 'i', onDone: { target: 'd', actions: [log(expr('event.output.n'), expr('event.data.n'))] } } }, d: {} } }, "evt.b.success {'data':{'n':3}}"],
  ['onError takes an error of the service', { initial: 'a', states: { a: { invoke: { src: 'cmd.b', id: 'i', onDone: 'd', onError: { target: 'e', actions: [log(expr('event.error'), expr('event.type'))] } } }, d: {}, e: {} } }, "evt.b.error {'data':'no'}"],
  ['and its crash', { initial: 'a', states: { a: { invoke: { src: 'cmd.b', id: 'i', onDone: 'd', onError: { target: 'e', actions: [log(expr('event.error'), expr('event.type'))] } } }, d: {}, e: {} } }, "sys.cmd.b.error {'data':'crash'}"],
  ['the first candidate of onDone whose guard holds', { initial: 'a', states: { a: { invoke: { src: 'cmd.b', id: 'i', onDone: [{ guard: expr('event.output > 5'), target: 'big' }, { target: 'small' }] } }, big: {}, small: {} } }, "evt.b.success {'data':3}"],
  ['an answer that nobody handles here goes to the parent', { initial: 'p', states: { p: { initial: 'a', on: { 'evt.b.error': 'q' }, states: { a: { invoke: { src: 'cmd.b', id: 'i', onDone: 'd' } }, d: {} } }, q: {} } }, 'evt.b.error'],
  ['an answer that comes when the state is left does nothing', { initial: 'a', states: { a: { invoke: { src: 'cmd.b', id: 'i', onDone: 'd' }, on: { x: 'c' } }, c: {}, d: {} } }, 'x; evt.b.success'],
  ['the timeout of a command', { initial: 'a', states: { a: { invoke: { src: 'cmd.b', id: 'i', onDone: 'd', timeout: 10, onTimeout: 't' } }, d: {}, t: {} } }, '+10; evt.b.success'],
  ['an answer cancels it, even if the state stays', { initial: 'a', states: { a: { invoke: { src: 'cmd.b', id: 'i', onDone: { actions: [log('done')] }, timeout: 10, onTimeout: 't' } }, t: {} } }, 'evt.b.success; +10'],
  ['several commands in a state', { initial: 'a', states: { a: { invoke: [{ src: 'cmd.b', id: 'i', onDone: 'd' }, { src: 'cmd.c', id: 'j', onDone: 'e' }] }, d: {}, e: {} } }, 'evt.c.success'],
  ['reentering sends the command again', { initial: 'a', states: { a: { invoke: { src: 'cmd.b', id: 'i', onError: { target: 'a', reenter: true } } } } }, 'evt.b.error'],
  ["a state's emit is sent whenever it is entered", { initial: 'a', context: { n: 0 }, states: { a: { entry: [assign({ n: expr('context.n + 1') })], emit: { type: 'notif.a', data: expr('context.n') }, on: { x: { target: 'a', reenter: true }, y: { target: 'a' } } } } }, 'x; y'],
  ['also of a compound state and of one that is passed through', { initial: 'a', states: { a: { emit: { type: 'notif.a' }, initial: 'b', states: { b: { emit: { type: 'notif.b' }, always: 'c' }, c: { emit: { type: 'notif.c' } } } } } }, ''],

  // --- Domains, several targets ---
  ['<multiple: should enter several targets>', { initial: 'o', states: { o: { on: { go: { target: ['p.r.b', 'p.s.b'] } } }, p: { type: 'parallel', states: { r: { initial: 'a', states: { a: {}, b: says('rb') } }, s: { initial: 'a', states: { a: {}, b: says('sb') } } } } } }, 'go'],
  ['several targets of a source inside: the regions reenter', { initial: 'p', states: { p: { type: 'parallel', ...says('p'), states: { r: { ...says('r'), initial: 'a', states: { a: { on: { go: { target: ['#m.p.r.b', '#m.p.s.b'] } } }, b: {} } }, s: { ...says('s'), initial: 'a', states: { a: {}, b: {} } } } } } }, 'go'],
  ['a parallel state that reenters', { initial: 'p', states: { p: { type: 'parallel', ...says('p'), on: { go: { target: 'p', reenter: true } }, states: { r: says('r'), s: says('s') } } } }, 'go'],
  ['a self-target of a parallel state leaves it alone', { initial: 'p', states: { p: { type: 'parallel', ...says('p'), on: { go: 'p' }, states: { r: says('r'), s: says('s') } } } }, 'go'],
  ['of two that would exit the same the inner one wins', { type: 'parallel', states: { r: { on: { go: { target: '#m.s', actions: [log('r')] } } }, s: { initial: 'a', states: { a: { on: { go: { target: 'b', actions: [log('s')] } } }, b: {} } } } }, 'go'],
  ['an always inside wins over one of its ancestor', { initial: 'a', states: { a: { initial: 'x', always: { target: 'b', actions: [log('outer')] }, states: { x: { always: { target: '#m.c', actions: [log('inner')] } } } }, b: {}, c: {} } }, ''],

  // --- Completion ---
  ['<should be in a final state when the root is>: output of the root sees the done event', { initial: 'a', output: { by: expr('event.type'), out: expr('event.output') }, states: { a: { on: { x: 'f' } }, f: { type: 'final', output: 7 } } }, 'x'],
  ['onDone sees the output of the final state', { initial: 'a', states: { a: { initial: 'b', onDone: { target: 'd', actions: [log(expr('event.output'))] }, states: { b: { on: { x: 'f' } }, f: { type: 'final', output: { n: 1 } } } }, d: {} } }, 'x'],
  ['<onDone of a parallel state: all regions are done>', { initial: 'p', states: { p: { type: 'parallel', onDone: 'd', states: { r: { initial: 'a', states: { a: { on: { r: 'f' } }, f: { type: 'final' } } }, s: { initial: 'a', states: { a: { on: { s: 'f' } }, f: { type: 'final' } } } } }, d: {} } }, 'r; s'],
  ['a parallel state of history states and regions is done by its regions', { initial: 'p', states: { p: { type: 'parallel', onDone: 'd', states: { h: { history: 'deep' }, r: { initial: 'a', states: { a: { on: { r: 'f' } }, f: { type: 'final' } } } } }, d: {} } }, 'r'],
  ['tags do not change what a machine does', { initial: 'a', states: { a: { tags: ['x', 'y'], on: { x: 'b' } }, b: { tags: 'z' } } }, 'x'],
];

// --- The trace, as trace.h writes it ----------------------------------------------------------

const quote = (value) => JSON.stringify(value).replaceAll('"', "'");

function effectLine(action) {
  switch (action.type) {
    case '@xstate.log':
      return action.args.length === 1 && typeof action.args[0] === 'string'
        ? `log ${action.args[0]}`
        : `log ${quote(action.args)}`;
    case '@xstate.emit': return `emit ${quote(action.event)}`;
    case '@xstate.cancel': return `cancel ${action.id}`;
    default: return `start ${action.id ?? ''} ${action.delay}`;
  }
}

// The state after each event; whether a transition was taken is not what XState tells.
function trace(definition, events) {
  const oracle = new Oracle(xstate, { definition: { id: 'm', ...definition }, input: {} });
  const lines = [oracle.start()];
  for (const text of events.split(';').map((t) => t.trim()).filter((t) => t !== '')) {
    const brace = text.indexOf('{');
    const type = (brace < 0 ? text : text.slice(0, brace)).trim();
    const rest = brace < 0 ? {} : JSON.parse(text.slice(brace).replaceAll("'", '"'));
    lines.push(
      oracle.event(text[0] === '+' ? { type: 'xorca.advance', data: { ms: Number(type) } } : { ...rest, type }),
    );
  }
  return lines
    .map(({ actions, value, context, status, output }) => {
      const shown = [`= ${quote(JSON.parse(JSON.stringify(value)))}`];
      if (Object.keys(context).length > 0) shown.push(quote(context));
      if (status !== 'active') shown.push(status);
      if (output !== null) shown.push(quote(output));
      return [...actions.map(effectLine), shown.join(' ')].join('\n') + '\n';
    })
    .join('');
}

const c = (text) => JSON.stringify(text);
const xstate = loadXState(fetchPackage('xstate', '5.33.3'));
console.log('/* Written by xstate_rows.mjs from what XState 5.33.3 does; see there. */');
for (const [name, definition, events] of cases) {
  const whole = { '@exprLang': 'cel', id: 'm', version: '1.0.0', ...definition };
  const text = JSON.stringify(whole).replaceAll("'", "\\'").replaceAll('"', "'");
  console.log(`{${c(name)},\n ${c(text)},\n ${c(events)},\n ${c(trace(definition, events))}},`);
}
