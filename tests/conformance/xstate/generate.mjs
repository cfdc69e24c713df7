// Random machines in the vocabulary of this program, and random events for them. Everything
// follows from the seed, so a failure is repeated by its number.
//
// A machine is written once, as a definition file. Its expressions keep to what is CEL and
// JavaScript at once ("context.a < 3"), so the oracle runs the very same text.

// mulberry32: small, and the same on every platform.
export function randomOf(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n) => Math.floor(next() * n);
  return {
    below,
    chance: (p) => next() < p,
    pick: (list) => list[below(list.length)],
  };
}

const EXTERNAL = ['evt.a.x', 'evt.a.y', 'evt.b', 'evt.b.x.y'];
const OTHERS = [
  ...['int.a', 'evt.a', 'none', 'evt.a.success', 'evt.b.x.success'],
  ...['evt.a.error', 'sys.cmd.a.error', 'sys.cmd.b.x.error'],
];
const RAISED = ['int.a', 'int.b.x', 'evt.a.x'];
const WILDCARDS = ['evt.a.*', 'evt.*', 'evt.b.*', 'int.*', '*', 'xstate.done.state.*'];
// Ascending and without others beside them: JavaScript sorts integer-like keys, where a
// definition here keeps its order (statecharts.md, section 1).
const DELAYS = ['10', '20', '50'];
const COUNTERS = ['a', 'b', 'c'];
// Delays as they may be written, with their milliseconds. `short` is a named one.
export const SPELLINGS = {
  10: [10, '10', '10ms', 'short', { '@expr': '5 + 5' }],
  20: [20, '20', '0.02s', { '@expr': '20' }],
  50: [50, '50ms', 'PT0.05S'],
};
const NAMED_DELAYS = { short: { duration: '10ms' } };
const IDS = ['t0', 't1'];
// Named actions and guards with parameters; "params" is what the use of the name gives.
const NAMED_ACTIONS = {
  note: [
    { type: '@xstate.log', args: ['note', { '@expr': 'params.n' }, { '@expr': 'event.type' }] },
    { type: '@xstate.assign', context: { a: { '@expr': '(context.a + params.n) % 5' } } },
    { type: '@xstate.log', args: ['noted', { '@expr': 'params.n' }, { '@expr': 'context.a' }] },
  ],
  twice: [
    { type: 'note', params: { n: { '@expr': 'params.n + 1' } } },
    { type: 'note', params: { n: 2 } },
    'plain',
  ],
  plain: { type: '@xstate.emit', event: { type: 'notif.plain' } },
};
const NAMED_GUARDS = {
  below: { when: { '@expr': 'context.a < params.n' } },
  even: { '@expr': 'context.b % 2 == 0' },
};

export function generateMachine(seed) {
  const random = randomOf(seed);
  const states = []; // {path, type, parent, config, id}
  const histories = [];
  let count = 0;

  function makeState(parent, key, depth) {
    const path = parent ? [...parent.path, key] : [];
    const node = { parent, key, path, config: {}, children: [], depth };
    node.type = chooseType(node);
    // An explicit id takes the place of the path; below it the path is the default again.
    if (parent && random.chance(0.1)) node.config.id = `id${states.length}`;
    node.id = node.config.id ?? (parent ? ['m', ...path].join('.') : 'm');
    states.push(node);
    count++;
    if (node.type === 'compound' || node.type === 'parallel') {
      const width = node.type === 'parallel' ? 1 + random.below(3) : 1 + random.below(4);
      for (let i = 0; i < width; i++) node.children.push(makeState(node, `s${i}`, depth + 1));
      if (node.type === 'parallel') node.config.type = 'parallel';
      else node.initialChild = chooseInitial(node.children);
      if (random.chance(0.3)) addHistory(node);
      if (node.history && node.type === 'compound' && random.chance(0.1))
        node.initialChild = node.history;
    } else if (node.type === 'final' || node.type === 'choice') node.config.type = node.type;
    return node;
  }

  // Before or after the others. It is none of the children that can be active.
  function addHistory(parent) {
    const path = [...parent.path, 'h'];
    const node = { parent, key: 'h', path, children: [], depth: parent.depth + 1 };
    node.type = 'history';
    node.config = random.chance(0.5) ? { type: 'history' } : { history: 'deep' };
    if (random.chance(0.3)) node.config = { type: 'history', history: 'shallow' };
    node.id = ['m', ...path].join('.');
    parent.history = node;
    parent.historyIsFirst = random.chance(0.5);
    histories.push(node);
  }

  function chooseType({ parent, depth }) {
    if (!parent) return random.chance(0.3) ? 'parallel' : 'compound';
    const isFull = depth >= 4 || count > 16;
    if (parent.type === 'compound' && random.chance(0.06)) return 'choice';
    if (parent.type === 'compound' && random.chance(0.18)) return 'final';
    if (parent.type === 'parallel' && random.chance(0.05)) return 'final';
    if (isFull || random.chance(0.45)) return 'atomic';
    return random.chance(0.35) ? 'parallel' : 'compound';
  }

  // Seldom a final state: it completes its parent at once, which is a loop more often than not.
  function chooseInitial(children) {
    const others = children.filter((child) => child.type !== 'final');
    return random.pick(others.length > 0 && random.chance(0.95) ? others : children);
  }

  const root = makeState(undefined, 'm', 0);

  // A default target lies in the parent; several of them in regions of a parallel parent.
  function decorateHistory(node) {
    const { parent } = node;
    const isNamed = parent.initialChild === node;
    if (!isNamed && random.chance(0.4)) return; // the initial state, or the parent itself
    const below = states.filter((n) => n !== parent && isWithin(n, parent));
    const path = (n) => n.path.slice(parent.path.length).join('.');
    const target = random.pick(below);
    node.config.target = random.chance(0.5) ? path(target) : `#${idOf(target)}`;
    if (parent.type === 'parallel' && parent.children.length > 1 && random.chance(0.5))
      node.config.target = parent.children
        .slice(0, 2)
        .map((region) => path(random.pick(states.filter((n) => isWithin(n, region)))));
    node.defaultIsChild = target.parent === parent && !Array.isArray(node.config.target);
  }

  const isWithin = (node, ancestor) => {
    for (let n = node; n; n = n.parent) if (n === ancestor) return true;
    return false;
  };
  const idOf = (node) => node.config.id ?? ['m', ...node.path].join('.');

  // --- Expressions ---------------------------------------------------------------------
  const expr = (text) => ({ '@expr': text });
  const counter = () => `context.${random.pick(COUNTERS)}`;
  // Only the transitions of exactly named external events may count on `data`.
  const operand = (hasData) => (hasData && random.chance(0.3) ? 'event.data.n' : counter());
  const states_ = () => states.filter((node) => node.parent);
  function stateIn() {
    const list = states_();
    if (list.length === 0) return { stateIn: '#m' };
    const node = random.pick(list);
    const kind = random.below(4);
    if (kind === 0) return { stateIn: `#${idOf(node)}` };
    if (kind === 1) return { type: 'stateIn', stateValue: node.path.join('.') };
    if (kind === 2) return { type: 'xstate.stateIn', params: { stateId: `#${idOf(node)}` } };
    return { stateIn: node.path.slice(0, -1).reduceRight((v, key) => ({ [key]: v }), node.key) };
  }
  // A guard in any of its forms, of which most are expressions.
  function guard(hasData, depth = 0) {
    const kind = depth < 2 ? random.below(14) : 13;
    if (kind === 0) return { and: [guard(hasData, depth + 1), guard(hasData, depth + 1)] };
    if (kind === 1)
      return { type: 'or', guards: [guard(hasData, depth + 1), guard(hasData, depth + 1)] };
    if (kind === 2) return { not: guard(hasData, depth + 1) };
    if (kind === 3) return stateIn();
    if (kind === 4) return { type: 'below', params: { n: expr(number(hasData)) } };
    if (kind === 5) return random.chance(0.5) ? 'even' : { type: 'even' };
    return expr(condition(hasData));
  }
  function condition(hasData) {
    const kind = random.below(5);
    if (kind === 0) return `${operand(hasData)} < ${1 + random.below(4)}`;
    if (kind === 1) return `${operand(hasData)} % 2 == ${random.below(2)}`;
    if (kind === 2) return `${counter()} <= ${counter()} || ${counter()} == 0`;
    if (kind === 3) return `!(${counter()} > ${random.below(4)}) && ${counter()} < 6`;
    return random.chance(0.5) ? `event.type == '${random.pick(EXTERNAL)}'` : `${counter()} != 2`;
  }
  function number(hasData) {
    const kind = random.below(4);
    if (kind === 0) return `(${operand(hasData)} + 1) % 7`;
    if (kind === 1) return operand(hasData);
    return kind === 2 ? `(${counter()} + ${counter()}) % 5` : `${random.below(3)}`;
  }

  // --- Actions ---------------------------------------------------------------------------
  let label = 0;
  function action(hasData, mayRaise) {
    if (random.chance(0.1)) return uncommonAction(hasData);
    const kind = mayRaise && random.chance(0.04) ? 9 : random.below(9);
    if (kind < 4)
      return {
        type: '@xstate.log',
        args: [`log ${label++}`, expr('event.type'), expr(counter())],
      };
    if (kind < 7) {
      const context = {};
      for (let i = 1 + random.below(2); i > 0; i--)
        context[random.pick(COUNTERS)] = expr(number(hasData));
      return { type: '@xstate.assign', context };
    }
    if (kind < 9)
      return {
        type: '@xstate.emit',
        event: { type: `cmd.m.${label++}`, data: { n: expr(counter()), constant: [1, { x: null }] } },
      };
    return {
      type: '@xstate.raise',
      event: { type: random.pick(RAISED), data: { n: expr(number(hasData)) } },
    };
  }
  // Delayed raises, their cancelling, names with parameters; and, seldom, what fails.
  function uncommonAction(hasData) {
    const kind = random.below(60);
    if (kind === 0) return { type: '@xstate.log', args: [expr('context.missing.member')] };
    // On events from outside only: late events that raise late events are a flood.
    if (kind < 20 && hasData) {
      const action = {
        type: '@xstate.raise',
        event: { type: random.pick(['int.a', 'int.b.x']), data: { n: expr(number(hasData)) } },
        delay: delay(),
      };
      if (random.chance(0.6)) action.id = random.chance(0.7) ? random.pick(IDS) : expr("'t0'");
      return action;
    }
    if (kind < 30)
      return { type: '@xstate.cancel', id: random.chance(0.7) ? random.pick(IDS) : expr("'t1'") };
    if (kind < 50)
      return { type: random.pick(['note', 'twice']), params: { n: expr(number(hasData)) } };
    return random.chance(0.5) ? 'plain' : { type: 'plain' };
  }
  const delay = () => random.pick(SPELLINGS[random.pick(DELAYS)]);
  function actions(hasData, share, mayRaise = true) {
    const list = [];
    while (list.length < 3 && random.chance(share)) list.push(action(hasData, mayRaise));
    return list;
  }

  // --- Transitions --------------------------------------------------------------------------
  // What XState does wrong with history from inside of its parent (statecharts.md, section 9,
  // BUG) is put right in the oracle, but for two cases: a deep history state, or a default
  // deeper down, of which a transition from inside might exit a part only.
  const mayGoTo = (source, history) =>
    source === history.parent ||
    !isWithin(source, history.parent) ||
    (history.config.history !== 'deep' && (!history.config.target || history.defaultIsChild));
  // "#root" from below without reenter enters the root without exiting it (statecharts.md,
  // section 6, BUG): not generated.
  const targets = states.filter((node) => node.parent);

  function write(source, target) {
    const forms = [`#${idOf(target)}`];
    if (source.parent && target.parent === source.parent) forms.push(target.key);
    if (target !== source && isWithin(target, source))
      forms.push('.' + target.path.slice(source.path.length).join('.'));
    return random.pick(forms);
  }

  // Several targets stand in different regions of one parallel state: XState does not check
  // it, and would otherwise get two active children (section 6, CHOICE).
  function severalTargets() {
    const parallels = states.filter((n) => n.type === 'parallel' && n.children.length > 1);
    if (parallels.length === 0) return undefined;
    const parallel = random.pick(parallels);
    const list = [];
    for (const region of parallel.children) {
      if (!random.chance(0.7)) continue;
      const within = states.filter((n) => isWithin(n, region));
      list.push(random.pick(within));
    }
    return list.length > 1 ? list : undefined;
  }

  function pickTarget(source) {
    const possible = histories.filter((history) => mayGoTo(source, history));
    return possible.length > 0 && random.chance(0.2) ? random.pick(possible) : random.pick(targets);
  }

  function transition(source, hasData, needsGuard = false) {
    const result = {};
    const several = random.chance(0.1) ? severalTargets() : undefined;
    if (several) result.target = several.map((target) => write(source, target));
    else if (random.chance(0.8)) result.target = write(source, pickTarget(source));
    if (needsGuard || random.chance(0.35)) result.guard = guard(hasData);
    if (random.chance(0.05)) result.context = { [random.pick(COUNTERS)]: expr(number(hasData)) };
    const list = actions(hasData, 0.4);
    if (list.length > 0) result.actions = list;
    if (random.chance(0.2)) result.reenter = true;
    return result;
  }
  function candidates(source, hasData, needsGuard = false) {
    if (!needsGuard && random.chance(0.06)) return {}; // forbidden
    const list = [transition(source, hasData, needsGuard)];
    while (list.length < 3 && random.chance(0.3)) list.push(transition(source, hasData, needsGuard));
    return list.length === 1 && random.chance(0.5) ? list[0] : list;
  }

  // Most of them count up to a bound, so that most machines come to rest.
  function eventless(source) {
    if (random.chance(0.03)) return candidates(source, false);
    return Array.from({ length: 1 + random.below(2) }, () => {
      const result = transition(source, false, true);
      if (random.chance(0.05)) return result;
      const limit = expr(`context.steps < ${1 + random.below(6)} && (${condition(false)})`);
      result.guard = random.chance(0.2) ? { and: [limit, guard(false)] } : limit;
      result.actions = [
        { type: '@xstate.assign', context: { steps: expr('context.steps + 1') } },
        ...(result.actions ?? []),
      ];
      return result;
    });
  }

  // Branches of which the last is for all that is left.
  function branches(source) {
    const list = Array.from({ length: random.below(3) }, () => ({ when: guard(false) }));
    for (const branch of [...list, list[list.length] = {}]) {
      const others = targets.filter((node) => node.type !== 'choice');
      branch.target = write(source, random.pick(others.length > 0 ? others : targets));
      if (random.chance(0.3)) branch.context = { [random.pick(COUNTERS)]: expr(number(false)) };
      if (random.chance(0.1)) branch.reenter = true;
    }
    return list;
  }

  // A command; its answers are among the external events. Its name is that of the state.
  function invoke(node) {
    const service = random.pick(['a', 'b.x']);
    const config = { src: `cmd.${service}`, id: `call ${node.id}` };
    if (random.chance(0.5)) config.input = { n: expr(counter()) };
    if (random.chance(0.8)) config.onDone = answered(node, 'event.output.n');
    if (random.chance(0.8)) config.onError = answered(node, 'event.error.n');
    if (random.chance(0.5)) {
      config.timeout = delay();
      config.onTimeout = candidates(node, false);
    }
    node.config.invoke = random.chance(0.5) ? [config] : config;
    return service;
  }
  function answered(node, what) {
    const list = [candidates(node, false)].flat();
    list[0].guard = expr(`${what} < ${random.below(6)}`);
    return list.length === 1 && random.chance(0.5) ? list[0] : list;
  }

  function decorate(node) {
    const { config } = node;
    if (node.type === 'choice') {
      config.choice = branches(node);
      return;
    }
    const entry = actions(false, 0.5);
    const exit = actions(false, 0.35);
    if (entry.length > 0) config.entry = entry;
    if (exit.length > 0) config.exit = exit;
    if (random.chance(0.25)) config.tags = [random.pick(['x', 'y', 'z'])];
    if (random.chance(0.08))
      config.emit = { type: `notif.${label++}`, data: expr(counter()) };
    if (node.type === 'final') {
      if (random.chance(0.6)) config.output = { n: expr(counter()), by: expr('event.type') };
      return;
    }
    const on = {};
    for (let i = 1 + random.below(4); i > 0; i--) {
      const descriptor = random.chance(0.7)
        ? random.pick([...EXTERNAL, ...RAISED])
        : random.pick(WILDCARDS);
      on[descriptor] = candidates(node, EXTERNAL.includes(descriptor));
    }
    if (Object.keys(on).length > 0) config.on = on;
    if (random.chance(0.15)) config.always = eventless(node);
    // One kind of timer in a state: the order of starting several is not XState's.
    if (random.chance(0.08)) {
      config.timeout = delay();
      config.onTimeout = candidates(node, false);
    } else if (random.chance(0.1)) {
      const service = invoke(node);
      for (const type of [`evt.${service}.success`, `evt.${service}.error`]) delete on[type];
    } else if (random.chance(0.25)) {
      config.after = {};
      for (const delay of DELAYS)
        if (random.chance(0.5)) config.after[delay] = candidates(node, false);
      if (Object.keys(config.after).length === 0) delete config.after;
    }
    if (node.type === 'compound') {
      const key = node.initialChild.key;
      const list = actions(false, 0.25);
      config.initial = list.length > 0 ? { target: key, actions: list } : key;
    }
    if (node.type !== 'atomic' && node.parent && random.chance(0.5))
      config.onDone = candidates(node, false);
  }
  for (const node of histories) decorateHistory(node);
  for (const node of states) decorate(node);
  for (const node of [...states].reverse()) {
    if (node.children.length === 0) continue;
    const children = [...node.children];
    if (node.history) children.splice(node.historyIsFirst ? 0 : children.length, 0, node.history);
    node.config.states = Object.fromEntries(children.map((c) => [c.key, c.config]));
  }

  const definition = {
    '@exprLang': 'cel',
    id: 'm',
    version: '1.0.0',
    context: { a: 0, b: expr('input.n'), c: 1, steps: 0 },
    actions: NAMED_ACTIONS,
    guards: NAMED_GUARDS,
    delays: NAMED_DELAYS,
    ...root.config,
  };
  if (random.chance(0.5)) definition.output = { a: expr('context.a'), by: expr('event.type') };
  return { definition, input: { n: random.below(4) } };
}

export function generateEvents(seed, count) {
  const random = randomOf(seed ^ 0x5bd1e995);
  const events = [];
  for (let i = 0; i < count; i++) {
    if (random.chance(0.25))
      events.push({ type: 'xorca.advance', data: { ms: random.pick([1, 5, 10, 15, 25, 60]) } });
    else
      events.push({
        type: random.chance(0.85) ? random.pick(EXTERNAL) : random.pick(OTHERS),
        data: { n: random.below(5) },
      });
  }
  return events;
}
