// XState 5 runs a definition: the same machine, with functions for its expressions, and the
// output that `xorca simulate` would print. XState's pure transition functions tell the
// actions of a macrostep in the order in which they run; timers are kept here, as XState's
// own scheduler keeps them (statecharts.md, section 11), under a clock of discrete events.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

// Steps of one macrostep. No machine that comes to rest needs as many; one that does not
// is refused here as there, if at another step.
const ITERATIONS_MAX = 2000;

// The one deviation that no choice of machines avoids: simultaneous eventless transitions go
// in document order here, and in order of entry in XState, where it changes when a snapshot
// is stored and read again (statecharts.md, section 5, CHOICE). So the oracle is given the
// document's order, by one line in a copy of its own.
const BY_ENTRY = 'nextState._nodes.filter(isAtomicStateNode)';
const BY_DOCUMENT = `${BY_ENTRY}.sort((a, b) => a.order - b.order)`;

export function loadXState(folder) {
  const dist = join(folder, 'node_modules/xstate/dist');
  let patched = 0;
  for (const name of readdirSync(dist).filter((file) => /^raise-.*\.cjs\.js$/.test(file))) {
    const text = readFileSync(join(dist, name), 'utf8');
    if (!text.includes(BY_ENTRY)) continue;
    if (!text.includes(BY_DOCUMENT))
      writeFileSync(join(dist, name), text.replace(BY_ENTRY, BY_DOCUMENT));
    patched++;
  }
  if (patched === 0) throw new Error(`no eventless selection to order in ${dist}`);
  return createRequire(join(folder, 'package.json'))('xstate');
}

// --- A definition as XState's configuration ----------------------------------------------

const compiled = new Map();
function evaluate(source, scope) {
  let run = compiled.get(source);
  if (!run) {
    run = new Function('context', 'event', 'input', `return (${source})`);
    compiled.set(source, run);
  }
  return run(scope.context, scope.event, scope.input);
}

function fill(template, scope) {
  if (Array.isArray(template)) return template.map((item) => fill(item, scope));
  if (template === null || typeof template !== 'object') return template;
  if ('@expr' in template) return evaluate(template['@expr'], scope);
  return Object.fromEntries(Object.entries(template).map(([k, v]) => [k, fill(v, scope)]));
}

function convertAction(xstate, action) {
  switch (action.type) {
    case '@xstate.assign': return xstate.assign((scope) => fill(action.context, scope));
    case '@xstate.raise': return xstate.raise((scope) => fill(action.event, scope));
    case '@xstate.emit': return xstate.emit((scope) => fill(action.event, scope));
    case '@xstate.log': return xstate.log((scope) => fill(action.args, scope));
    default: throw new Error(`unknown action ${action.type}`);
  }
}

const each = (value, convert) => (Array.isArray(value) ? value.map(convert) : convert(value));
const mapValues = (object, convert) =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, convert(value)]));

function convertTransition(xstate, transition) {
  if (typeof transition === 'string') return transition;
  const result = { ...transition };
  if (transition.guard) result.guard = (scope) => evaluate(transition.guard['@expr'], scope);
  if (transition.actions) result.actions = transition.actions.map((a) => convertAction(xstate, a));
  return result;
}

function convertState(xstate, state) {
  const transition = (t) => convertTransition(xstate, t);
  const result = { ...state };
  for (const key of ['entry', 'exit'])
    if (state[key]) result[key] = state[key].map((action) => convertAction(xstate, action));
  for (const key of ['always', 'onDone'])
    if (state[key]) result[key] = each(state[key], transition);
  for (const key of ['on', 'after'])
    if (state[key]) result[key] = mapValues(state[key], (value) => each(value, transition));
  if (typeof state.initial === 'object')
    result.initial = convertTransition(xstate, state.initial);
  if (state.output) result.output = (scope) => fill(state.output, scope);
  if (state.states) result.states = mapValues(state.states, (s) => convertState(xstate, s));
  return result;
}

function createMachine(xstate, definition) {
  const config = convertState(xstate, definition);
  config.context = ({ input }) => fill(definition.context ?? {}, { input });
  config.options = { maxIterations: ITERATIONS_MAX };
  return xstate.createMachine(config);
}

// --- Running it -----------------------------------------------------------------------------

class Timers {
  list = []; // {id, due, sequence}
  sequence = 0;
  start(id, due) {
    this.list.push({ id, due, sequence: this.sequence++ });
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
function takeActions(executed, timers, now) {
  const listed = [];
  for (const { type, params } of executed) {
    if (type === 'xstate.log') listed.push({ type: '@xstate.log', args: params.value });
    else if (type === 'xstate.emit') listed.push({ type: '@xstate.emit', event: params.event });
    else if (type === 'xstate.raise' && params.delay !== undefined) {
      const { id, delay, event } = params;
      listed.push({ type: '@xstate.raise', event, id, delay });
      timers.start(id, now + delay);
    } else if (type === 'xstate.cancel' && timers.cancel(params.sendId))
      listed.push({ type: '@xstate.cancel', id: params.sendId });
  }
  return listed;
}

const lineOf = (snapshot, actions) => ({
  value: snapshot.value,
  context: snapshot.context,
  status: snapshot.status,
  output: snapshot.output ?? null,
  actions,
  tags: [...snapshot.tags],
});

// The lines for the start and each event; the last has only a status, "error", when
// something was thrown: there the two may go on differently.
export function runOracle(xstate, { definition, input }, events) {
  const machine = createMachine(xstate, definition);
  const timers = new Timers();
  const lines = [];
  let now = 0;
  let snapshot;
  const take = ([next, executed]) => {
    if (next.status === 'error') throw next.error; // so it says of a start that failed
    snapshot = next;
    const actions = takeActions(executed, timers, now);
    if (snapshot.status !== 'active') timers.list = [];
    return actions;
  };
  // An actor whose machine is done takes no further events.
  const send = (event) =>
    snapshot.status === 'active' ? take(xstate.transition(machine, snapshot, event)) : [];
  function advance(until) {
    const actions = [];
    while (timers.list.length > 0 && timers.list[0].due <= until) {
      const timer = timers.list.shift();
      now = timer.due;
      actions.push(...send({ type: timer.id }));
    }
    now = until;
    return actions;
  }
  try {
    const actions = take(xstate.initialTransition(machine, input));
    lines.push(lineOf(snapshot, actions));
    for (const event of events) {
      const isAdvance = event.type === 'xorca.advance';
      const done = isAdvance ? advance(now + event.data.ms) : send(event);
      lines.push(lineOf(snapshot, done));
    }
  } catch (error) {
    if (!/Infinite loop|maxIterations/.test(error.message)) throw error;
    lines.push({ status: 'error' });
  }
  return lines;
}
