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
const RAISED = ['int.a', 'int.b.x', 'evt.a.x'];
const WILDCARDS = ['evt.a.*', 'evt.*', 'evt.b.*', 'int.*', '*', 'xstate.done.state.*'];
// Ascending and without others beside them: JavaScript sorts integer-like keys, where a
// definition here keeps its order (statecharts.md, section 1).
const DELAYS = ['10', '20', '50'];
const COUNTERS = ['a', 'b', 'c'];

export function generateMachine(seed) {
  const random = randomOf(seed);
  const states = []; // {path, type, parent, config, id}
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
    } else if (node.type === 'final') node.config.type = 'final';
    return node;
  }

  function chooseType({ parent, depth }) {
    if (!parent) return random.chance(0.3) ? 'parallel' : 'compound';
    const isFull = depth >= 4 || count > 16;
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

  // --- Expressions ---------------------------------------------------------------------
  const expr = (text) => ({ '@expr': text });
  const counter = () => `context.${random.pick(COUNTERS)}`;
  // Only the transitions of exactly named external events may count on `data`.
  const operand = (hasData) => (hasData && random.chance(0.3) ? 'event.data.n' : counter());
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
  function actions(hasData, share, mayRaise = true) {
    const list = [];
    while (list.length < 3 && random.chance(share)) list.push(action(hasData, mayRaise));
    return list;
  }

  // --- Transitions --------------------------------------------------------------------------
  const isWithin = (node, ancestor) => {
    for (let n = node; n; n = n.parent) if (n === ancestor) return true;
    return false;
  };
  // "#root" from below without reenter enters the root without exiting it (statecharts.md,
  // section 6, BUG): not generated.
  const targets = states.filter((node) => node.parent);

  function write(source, target) {
    const forms = [`#${target.config.id ?? ['m', ...target.path].join('.')}`];
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

  function transition(source, hasData, needsGuard = false) {
    const result = {};
    const several = random.chance(0.1) ? severalTargets() : undefined;
    if (several) result.target = several.map((target) => write(source, target));
    else if (random.chance(0.8)) result.target = write(source, random.pick(targets));
    if (needsGuard || random.chance(0.35)) result.guard = expr(condition(hasData));
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
      result.guard = expr(`context.steps < ${1 + random.below(6)} && (${condition(false)})`);
      result.actions = [
        { type: '@xstate.assign', context: { steps: expr('context.steps + 1') } },
        ...(result.actions ?? []),
      ];
      return result;
    });
  }

  function decorate(node) {
    const { config } = node;
    const entry = actions(false, 0.5);
    const exit = actions(false, 0.35);
    if (entry.length > 0) config.entry = entry;
    if (exit.length > 0) config.exit = exit;
    if (random.chance(0.25)) config.tags = [random.pick(['x', 'y', 'z'])];
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
    if (random.chance(0.25)) {
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
  for (const node of states) decorate(node);
  for (const node of [...states].reverse())
    if (node.children.length > 0)
      node.config.states = Object.fromEntries(node.children.map((c) => [c.key, c.config]));

  const definition = {
    '@exprLang': 'cel',
    id: 'm',
    version: '1.0.0',
    context: { a: 0, b: expr('input.n'), c: 1, steps: 0 },
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
        type: random.chance(0.9) ? random.pick(EXTERNAL) : random.pick(['int.a', 'evt.a', 'none']),
        data: { n: random.below(5) },
      });
  }
  return events;
}
