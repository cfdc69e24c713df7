// XState 5 runs a definition: the same machine, with functions for its expressions, and the
// output that `xorca simulate` would print. XState's pure transition functions tell the
// actions of a macrostep in the order in which they run; timers are kept here, as XState's
// own scheduler keeps them (statecharts.md, section 11), under a clock of discrete events.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

// Steps of one macrostep. No machine that comes to rest needs as many; one that does not
// is refused here as there, if at another step.
const ITERATIONS_MAX = 300;

// Where we mean to differ and no choice of machines avoids it, the oracle is told: by lines
// that are replaced in a copy of its own.
const PATCHES = [
  // Simultaneous eventless transitions go in document order here, and in order of entry in
  // XState, where it changes when a snapshot is stored and read again (statecharts.md,
  // section 5, CHOICE).
  [
    'nextState._nodes.filter(isAtomicStateNode)',
    'nextState._nodes.filter(isAtomicStateNode).sort((a, b) => a.order - b.order)',
  ],
  // What a history state stands for is resolved before states exit and record it anew
  // (section 9, BUG (a), CHOICE).
  [
    'mutStateNodeSet, internalQueue, historyValue, isInitial);',
    'mutStateNodeSet, internalQueue, currentSnapshot.historyValue, isInitial);',
  ],
  // A transition that leads back to its own source by a history state does not enter that
  // without having exited it (section 9, BUG (b), CHOICE; section 6, BUG).
  [
    '    for (const s of t.target || []) {',
    `    const isEntered = statesToEnter.has(domain); // by another transition
    for (const s of t.target || []) {`,
  ],
  [
    '    const targetStates = getEffectiveTargetStates(t, historyValue);\n    for (const s of targetS',
    `    if (!isEntered) statesToEnter.delete(domain);
    const targetStates = getEffectiveTargetStates(t, historyValue);\n    for (const s of targetS`,
  ],
];

export function loadXState(folder) {
  const dist = join(folder, 'node_modules/xstate/dist');
  for (const name of readdirSync(dist).filter((file) => /^raise-.*\.cjs\.js$/.test(file))) {
    const text = readFileSync(join(dist, name), 'utf8');
    let patched = text;
    for (const [before, after] of PATCHES) {
      if (patched.includes(after)) continue; // by an earlier run
      if (!patched.includes(before)) throw new Error(`nothing to patch in ${name}: ${before}`);
      patched = patched.replace(before, after);
    }
    if (patched !== text) writeFileSync(join(dist, name), patched);
  }
  return createRequire(join(folder, 'package.json'))('xstate');
}

// --- A definition as XState's configuration ----------------------------------------------

const compiled = new Map();
function evaluate(source, scope) {
  let run = compiled.get(source);
  if (!run) {
    run = new Function('context', 'event', 'input', 'params', `return (${source})`);
    compiled.set(source, run);
  }
  return run(scope.context, scope.event, scope.input, scope.params);
}

function fill(template, scope) {
  if (Array.isArray(template)) return template.map((item) => fill(item, scope));
  if (template === null || typeof template !== 'object') return template;
  if ('@expr' in template) return evaluate(template['@expr'], scope);
  return Object.fromEntries(Object.entries(template).map(([k, v]) => [k, fill(v, scope)]));
}

const each = (value, convert) => (Array.isArray(value) ? value.map(convert) : convert(value));
const list = (value) => (value === undefined ? [] : [value].flat());
const mapValues = (object, convert) =>
  Object.fromEntries(Object.entries(object ?? {}).map(([key, value]) => [key, convert(value)]));

// The text of a delay as milliseconds: what the generator writes, and no more.
function milliseconds(delay, definition) {
  if (typeof delay !== 'string') return delay;
  const named = definition.delays?.[delay];
  if (named !== undefined) return milliseconds(named.duration ?? named, definition);
  const [, number, unit] = /^(?:PT)?([\d.]+)(ms|s|S)?$/.exec(delay);
  return Math.round(number * (unit === 's' || unit === 'S' ? 1000 : 1));
}
const delayOf = (delay, definition, scope) =>
  milliseconds(delay?.['@expr'] === undefined ? delay : evaluate(delay['@expr'], scope), definition);

// One machine being converted: `params` of the named ones reach what is inside of them.
class Converter {
  constructor(xstate, definition) {
    this.xstate = xstate;
    this.definition = definition;
    this.answers = new Map(); // types of events that answer an invoke, to "output" or "error"
  }

  action(action, params) {
    const { xstate, definition } = this;
    const scoped = ({ context, event }) => ({ context, event, params });
    const filled = (template) => (scope) => fill(template, scoped(scope));
    switch (action.type) {
      case '@xstate.assign': return xstate.assign(filled(action.context));
      case '@xstate.emit': return xstate.emit(filled(action.event));
      case '@xstate.log': return xstate.log(filled(action.args));
      case '@xstate.cancel': return xstate.cancel(filled(action.id));
      case '@xstate.raise': {
        if (action.delay === undefined) return xstate.raise(filled(action.event));
        // XState takes no function for the id: it is one that does not depend on anything.
        const id = action.id && fill(action.id, {});
        const delay = (scope) => delayOf(action.delay, definition, scoped(scope));
        return xstate.raise(filled(action.event), { id, delay });
      }
    }
    const name = typeof action === 'string' ? action : action.type;
    return { type: name, params: action.params && filled(action.params) };
  }

  actions(value) {
    return list(value).map((action) => this.action(action));
  }

  // A named list is one action of XState's that enqueues the others.
  named(definitions) {
    const converter = this;
    return this.xstate.enqueueActions(({ enqueue }, params) => {
      for (const action of list(definitions)) enqueue(converter.action(action, params));
    });
  }

  guard(guard, params) {
    const { xstate } = this;
    const convert = (inner) => this.guard(inner, params);
    if (typeof guard === 'string') return guard;
    if (guard['@expr'] !== undefined)
      return ({ context, event }) => evaluate(guard['@expr'], { context, event, params });
    const kind = (guard.type ?? Object.keys(guard)[0]).replace(/^@?xstate\./, '');
    const operand = (...names) =>
      names.map((name) => guard[name] ?? guard.params?.[name]).find((value) => value !== undefined);
    switch (kind) {
      case 'and': return xstate.and(operand('and', 'guards').map(convert));
      case 'or': return xstate.or(operand('or', 'guards').map(convert));
      case 'not': return xstate.not(convert(operand('not', 'guard')));
      case 'stateIn': return xstate.stateIn(operand('stateIn', 'stateValue', 'stateId'));
    }
    return {
      type: kind,
      params: guard.params && (({ context, event }) => fill(guard.params, { context, event })),
    };
  }

  transition(transition, first = []) {
    if (typeof transition === 'string') transition = { target: transition };
    const { guard, when, context, actions, ...result } = transition;
    const condition = guard ?? when;
    if (condition) result.guard = this.guard(condition);
    const assign = context ? [this.action({ type: '@xstate.assign', context })] : [];
    const all = [...first, ...assign, ...this.actions(actions)];
    if (all.length > 0) result.actions = all;
    return result;
  }

  // A timer of a state, as XState makes one of a key of `after`.
  timer(state, type, delay, onTimeout) {
    const when = (scope) => delayOf(delay, this.definition, scope);
    state.entry.push(this.xstate.raise({ type }, { id: type, delay: when }));
    state.exit.push(this.xstate.cancel(type));
    state.on[type] = each(onTimeout, (t) => this.transition(t));
  }

  invoke(state, invoke) {
    const service = invoke.src.slice('cmd.'.length);
    const event = { type: invoke.src };
    if (invoke.input !== undefined) event.data = invoke.input;
    state.entry.push(this.action({ type: '@xstate.emit', event }));
    const timer = `xstate.timeout.actor.${invoke.id}`;
    if (invoke.timeout !== undefined) this.timer(state, timer, invoke.timeout, invoke.onTimeout);
    const first = invoke.timeout === undefined ? [] : [this.xstate.cancel(timer)];
    const answer = (type, name, transitions) => {
      if (transitions === undefined) return;
      state.on[type] = each(transitions, (t) => this.transition(t, first));
      this.answers.set(type, name);
    };
    answer(`evt.${service}.success`, 'output', invoke.onDone);
    answer(`evt.${service}.error`, 'error', invoke.onError);
    answer(`sys.cmd.${service}.error`, 'error', invoke.onError);
  }

  // `path`: the keys from the root down, of which default ids are made.
  state(definition, path) {
    const { timeout, onTimeout, emit, invoke, choice, ...result } = definition;
    const transition = (t) => this.transition(t);
    if (choice) {
      delete result.type;
      result.always = choice.map(transition);
      return result;
    }
    if (result.type === 'history' || result.history) return result;
    result.entry = this.actions(result.entry);
    result.exit = this.actions(result.exit);
    result.on = mapValues(result.on, (value) => each(value, transition));
    for (const key of ['always', 'onDone'])
      if (result[key]) result[key] = each(result[key], transition);
    if (result.after) result.after = mapValues(result.after, (value) => each(value, transition));
    for (const event of list(emit))
      result.entry.push(this.action({ type: '@xstate.emit', event }));
    for (const command of list(invoke)) this.invoke(result, command);
    if (timeout !== undefined) this.timer(result, `xstate.timeout.${this.id(definition, path)}`, timeout, onTimeout);
    if (typeof result.initial === 'object') result.initial = transition(result.initial);
    if (result.output) {
      const { output } = result;
      result.output = (scope) => fill(output, scope);
    }
    if (result.states)
      result.states = Object.fromEntries(
        Object.entries(result.states).map(([key, child]) => [
          key,
          this.state(child, [...path, key]),
        ]),
      );
    return result;
  }

  id(definition, path) {
    return definition.id ?? [this.definition.id, ...path].join('.');
  }

  machine() {
    const { xstate, definition } = this;
    const { actions, guards, delays, context, ...root } = definition;
    const config = this.state(root, []);
    config.context = ({ input }) => fill(context ?? {}, { input });
    config.options = { maxIterations: ITERATIONS_MAX };
    const implementations = {
      actions: mapValues(actions, (value) => this.named(value)),
      delays: mapValues(delays, (value) => milliseconds(value.duration ?? value, definition)),
      guards: mapValues(guards, (value) => (scope, params) => {
        const { '@expr': source } = value.when ?? value;
        return evaluate(source, { ...scope, params });
      }),
    };
    return xstate.createMachine(config, implementations);
  }
}

// --- Running it -----------------------------------------------------------------------------

class Timers {
  list = []; // {id, event, due, sequence}
  sequence = 0;
  start(id, event, due) {
    this.list.push({ id, event, due, sequence: this.sequence++ });
    this.list.sort((a, b) => a.due - b.due || a.sequence - b.sequence);
  }
  cancel(id) {
    const before = this.list.length;
    this.list = this.list.filter((timer) => timer.id !== id);
    return this.list.length < before;
  }
}

// The actions as simulate lists them; starts and cancels timers in passing. XState cancels
// when a state is left, whether its timer still waits or not; simulate tells what was so.
// Of several timers with one id XState forgets all but the last; cancelling is of all here.
function takeActions(executed, timers, now) {
  const listed = [];
  for (const { type, params } of executed) {
    if (type === 'xstate.log') listed.push({ type: '@xstate.log', args: params.value });
    else if (type === 'xstate.emit') listed.push({ type: '@xstate.emit', event: params.event });
    else if (type === 'xstate.raise' && params.delay !== undefined) {
      const { id, delay, event } = params;
      listed.push({ type: '@xstate.raise', event, id, delay });
      timers.start(id, event, now + delay);
    } else if (type === 'xstate.cancel' && timers.cancel(params.sendId))
      listed.push({ type: '@xstate.cancel', id: params.sendId });
  }
  return listed;
}

// A failure that the generator means: no rest, or a member that is missing.
const MEANT = /Infinite loop|maxIterations|undefined \(reading 'member'\)/;

// Where more wait, each late event raises several others: nothing more is compared.
const TIMERS_MAX = 40;
class Flood extends Error {}

// One machine with its timers and its clock.
export class Oracle {
  constructor(xstate, { definition, input }) {
    const converter = new Converter(xstate, definition);
    this.xstate = xstate;
    this.machine = converter.machine();
    this.answers = converter.answers;
    this.input = input;
    this.timers = new Timers();
    this.now = 0;
  }

  take([next, executed]) {
    if (next.status === 'error') throw next.error; // so it says of a start that failed
    this.snapshot = next;
    const actions = takeActions(executed, this.timers, this.now);
    if (next.status !== 'active') this.timers.list = [];
    if (this.timers.list.length > TIMERS_MAX) throw new Flood();
    return actions;
  }

  // An actor whose machine is done takes no further events.
  send(event) {
    if (this.snapshot.status !== 'active') return [];
    const name = this.answers.get(event.type);
    const given = name ? { ...event, [name]: event.data ?? null } : event;
    return this.take(this.xstate.transition(this.machine, this.snapshot, given));
  }

  advance(until) {
    const actions = [];
    while (this.timers.list.length > 0 && this.timers.list[0].due <= until) {
      const timer = this.timers.list.shift();
      this.now = timer.due;
      actions.push(...this.send(timer.event));
    }
    this.now = until;
    return actions;
  }

  line(run) {
    try {
      const actions = run();
      const { value, context, status, output, tags, historyValue } = this.snapshot;
      return {
        ...{ value, context, status, output: output ?? null, actions, tags: [...tags].sort() },
        historyValue: persistedHistory(historyValue),
      };
    } catch (error) {
      if (error instanceof Flood) return undefined;
      if (!MEANT.test(error.message)) throw error;
      const { value, context } = this.snapshot ?? {};
      return { status: 'error', value, context };
    }
  }

  start() {
    return this.line(() => this.take(this.xstate.initialTransition(this.machine, this.input)));
  }

  event(event) {
    return this.line(() =>
      event.type === 'xorca.advance' ? this.advance(this.now + event.data.ms) : this.send(event),
    );
  }

  // XState's own persisted snapshot, with what this program keeps beside it.
  persist() {
    const timers = this.timers.list.map(({ id, event, due, sequence }) => ({
      ...(id === undefined ? {} : { id }),
      ...{ due, sequence },
      ...(id === event.type ? {} : { event }),
    }));
    const snapshot = this.machine.getPersistedSnapshot(this.snapshot);
    return { ...snapshot, xorca: { timers, timerSequence: this.timers.sequence } };
  }

  // A snapshot that was written here or by this program.
  restore(persisted, now) {
    const { xorca, ...snapshot } = persisted;
    this.snapshot = this.machine.restoreSnapshot(snapshot);
    this.timers.list = (xorca?.timers ?? []).map((timer) => ({
      event: { type: timer.id },
      ...timer,
    }));
    this.timers.sequence = xorca?.timerSequence ?? 0;
    this.now = now;
  }
}

// In the order of the document, where XState has the order of entry.
const persistedHistory = (history) =>
  Object.fromEntries(
    Object.entries(history ?? {}).map(([id, nodes]) => [
      id,
      [...nodes].sort((a, b) => a.order - b.order).map((node) => ({ id: node.id })),
    ]),
  );

// The lines for the events that follow; the last has the status "error" when something was
// thrown: XState's actor ends there.
export function runEvents(oracle, events) {
  const lines = [];
  for (const event of events) {
    const line = oracle.event(event);
    if (line === undefined) break;
    lines.push(line);
    if (line.status === 'error') break;
  }
  return lines;
}

export function runOracle(xstate, machine, events) {
  const oracle = new Oracle(xstate, machine);
  const first = oracle.start();
  if (first === undefined || first.status === 'error') return first ? [first] : [];
  return [first, ...runEvents(oracle, events)];
}
