// An SCXML document as a definition. What this vocabulary cannot express throws a Skip that
// says which part of SCXML it is.
//
// Expressions become what is CEL and JavaScript at once, so that XState runs the same text.

export class Skip extends Error {}
const skip = (reason) => {
  throw new Skip(reason);
};

// --- Expressions ------------------------------------------------------------------------------

const TOKENS = /\s*('[^'\\]*'|"[^"\\]*"|[A-Za-z_$][\w$]*|\d+|===|!==|==|!=|<=|>=|&&|\|\||[-+*%<>()!.])/y;

// JavaScript of data, numbers, texts and operators; anything else is for a JavaScript engine.
function convertExpression(source, data) {
  let text = '';
  TOKENS.lastIndex = 0;
  const rest = source.trim();
  if (/\+\+|--|\bIn\(/.test(rest)) skip('JavaScript in expressions');
  while (TOKENS.lastIndex < rest.length) {
    const match = TOKENS.exec(rest);
    if (!match) skip('JavaScript in expressions');
    const [, token] = match;
    if (data.has(token)) text += `context.${token}`;
    else if (token === '===' || token === '!==') text += ` ${token.slice(0, 2)} `;
    else if (/^[A-Za-z_$]/.test(token)) text += convertWord(token, rest, match.index);
    else text += /^['"\d().!]/.test(token) ? token : ` ${token} `;
  }
  return { '@expr': text };
}

// `_event.name` and `_event.data` are known, the latter of what a done event brings.
function convertWord(word, source, at) {
  if (word === 'true' || word === 'false') return word;
  const before = source.slice(0, at).trimEnd();
  if (word === '_event' && /^\s*_event\.(name|data)\b/.test(source.slice(at))) return 'event';
  if (before === '_event.' || before.endsWith(' _event.')) return word === 'name' ? 'type' : word;
  if (/_event\.data\.$/.test(before)) return word;
  return skip(word.startsWith('_') ? 'system variables' : 'JavaScript in expressions');
}

// "In('a')" and combinations of it, or an expression.
function convertCondition(source, data) {
  const parts = source.split('&&').map((part) => part.trim());
  const isIn = (part) => /^!?In\('[^']*'\)$/.test(part);
  if (parts.some(isIn)) {
    const guards = parts.map((part) => {
      if (!isIn(part)) return convertExpression(part, data);
      const guard = { stateIn: `#${escapeId(/'([^']*)'/.exec(part)[1])}` };
      return part.startsWith('!') ? { not: guard } : guard;
    });
    return guards.length === 1 ? guards[0] : { and: guards };
  }
  const expression = convertExpression(source, data);
  // A number or a text is true or false to JavaScript alone.
  if (!/[<>!]|==|true|false/.test(expression['@expr'])) skip('JavaScript in expressions');
  return expression;
}

// --- Names --------------------------------------------------------------------------------------

const escapeId = (id) => id.replace(/[.\\]/g, '\\$&');
const words = (text) => (text ?? '').split(/\s+/).filter((word) => word !== '');

// SCXML matches by prefix: "a" is "a", "a.b", ...
function convertDescriptor(descriptor) {
  if (descriptor === '*') return '*';
  const name = descriptor.replace(/\.\*?$/, '');
  if (/^error(\.|$)/.test(name)) skip('error events');
  if (/^done\.invoke/.test(name)) skip('invoke');
  if (name === 'done' || /^done\.state/.test(name)) return `xstate.${name}.*`;
  return `${name}.*`;
}

// "1s", "1.5s", "10ms", or such a text in quotes
function convertDelay(delay) {
  const match = /^'?(\d*\.?\d+)(ms|s)'?$/.exec(delay);
  if (!match) skip('JavaScript in expressions');
  return Math.round(match[1] * (match[2] === 's' ? 1000 : 1));
}

// --- Executable content -----------------------------------------------------------------------

// JSON, or a text of which white space is one space (SCXML B.2.8.1).
function textValue(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text.trim().replace(/\s+/g, ' ');
  }
}

function convertData(element, data) {
  const parameters = element.children.filter((child) => child.name === 'param');
  const contents = element.children.filter((child) => child.name === 'content');
  if (element.attributes.namelist) skip('namelist');
  if (contents.length > 0) {
    const { expr } = contents[0].attributes;
    if (contents[0].children.length > 0) skip('XML data');
    return expr === undefined ? textValue(contents[0].text) : convertExpression(expr, data);
  }
  if (parameters.length === 0) return undefined;
  return Object.fromEntries(
    parameters.map(({ attributes }) => [
      attributes.name,
      convertExpression(attributes.expr ?? attributes.location, data),
    ]),
  );
}

function convertSend(element, data) {
  const { event, target, type, delay, delayexpr, id, ...rest } = element.attributes;
  for (const name of ['eventexpr', 'targetexpr', 'typeexpr', 'idlocation'])
    if (rest[name] !== undefined) skip(`send with ${name}`);
  if (type !== undefined && !/SCXMLEventProcessor/i.test(type)) skip('event I/O processors');
  if (target !== undefined && target !== '#_internal') skip('send to others');
  if (event === undefined) skip('send without an event');
  const content = convertData(element, data);
  const sent = { type: event, ...(content === undefined ? {} : { data: content }) };
  if (target === '#_internal') return { type: '@xstate.raise', event: sent };
  const waits = convertDelay(delay ?? delayexpr ?? '0ms');
  return { type: '@xstate.raise', event: sent, delay: waits, ...(id === undefined ? {} : { id }) };
}

function convertAction(element, data) {
  const { attributes } = element;
  switch (element.name) {
    case 'raise':
      return { type: '@xstate.raise', event: { type: attributes.event } };
    case 'send':
      return convertSend(element, data);
    case 'cancel':
      if (attributes.sendid === undefined) skip('cancel with sendidexpr');
      return { type: '@xstate.cancel', id: attributes.sendid };
    case 'log': // what it says is no part of what is compared
      return { type: '@xstate.log', args: [attributes.label ?? ''] };
    case 'assign':
      if (!data.has(attributes.location)) skip('JavaScript in expressions');
      if (attributes.expr === undefined) skip('assign of XML');
      return {
        type: '@xstate.assign',
        context: { [attributes.location]: convertExpression(attributes.expr, data) },
      };
    default:
      return skip(`<${element.name}>`);
  }
}

const convertActions = (element, data) => element.children.map((c) => convertAction(c, data));

// --- Transitions and states -------------------------------------------------------------------

function convertTransition(element, data) {
  const { target, cond, type } = element.attributes;
  const targets = words(target).map((id) => `#${escapeId(id)}`);
  const result = {};
  if (targets.length > 0) result.target = targets.length === 1 ? targets[0] : targets;
  if (targets.length > 0 && type !== 'internal') result.reenter = true;
  if (cond !== undefined) result.guard = convertCondition(cond, data);
  const actions = convertActions(element, data);
  if (actions.length > 0) result.actions = actions;
  return result;
}

function addTransition(config, element, data) {
  let transition = convertTransition(element, data);
  const { event } = element.attributes;
  if (event === undefined) (config.always ??= []).push(transition);
  // What SCXML has in _event.data is `output` in XState's done events.
  if (/^done\./.test(event ?? ''))
    transition = JSON.parse(JSON.stringify(transition).replaceAll('event.data', 'event.output'));
  for (const descriptor of new Set(words(event).map(convertDescriptor)))
    ((config.on ??= {})[descriptor] ??= []).push(transition);
}

function convertInitial(element, children, data) {
  const initial = element.children.find((child) => child.name === 'initial');
  const keys = children.map((child) => child.attributes.id);
  const transition = initial?.children[0];
  const target = transition?.attributes.target ?? element.attributes.initial ?? keys[0];
  if (!keys.includes(target)) skip('deep or several initial states');
  const actions = transition ? convertActions(transition, data) : [];
  return actions.length > 0 ? { target, actions } : target;
}

function convertHistory(element, data) {
  const [transition] = element.children;
  const history = element.attributes.type === 'deep' ? 'deep' : 'shallow';
  if (transition && transition.children.length > 0) skip('history with content');
  if (!transition) return { type: 'history', history };
  return { type: 'history', history, target: convertTransition(transition, data).target };
}

const STATES = ['state', 'parallel', 'final', 'history'];

function convertState(element, data) {
  const { id } = element.attributes;
  if (element.name === 'history') return { id, ...convertHistory(element, data) };
  const config = id === undefined ? {} : { id };
  const children = element.children.filter((child) => STATES.includes(child.name));
  if (element.name === 'parallel') config.type = 'parallel';
  if (element.name === 'final') config.type = 'final';
  const proper = children.filter((child) => child.name !== 'history');
  if (element.name !== 'parallel' && proper.length > 0)
    config.initial = convertInitial(element, children, data);
  if (element.name === 'parallel' && proper.length === 0) delete config.type;
  for (const child of element.children) {
    if (child.name === 'onentry') (config.entry ??= []).push(...convertActions(child, data));
    else if (child.name === 'onexit') (config.exit ??= []).push(...convertActions(child, data));
    else if (child.name === 'transition') addTransition(config, child, data);
    else if (child.name === 'donedata') config.output = convertData(child, data);
    else if (!['initial', 'datamodel', ...STATES].includes(child.name)) skip(`<${child.name}>`);
  }
  if (children.length > 0)
    config.states = Object.fromEntries(
      children.map((child) => [child.attributes.id, convertState(child, data)]),
    );
  return config;
}

// --- The document -------------------------------------------------------------------------------

function* elementsOf(element) {
  yield element;
  for (const child of element.children) yield* elementsOf(child);
}

// A literal, or a list of them.
function convertValue(element) {
  const { expr, src } = element.attributes;
  const text = (expr ?? element.text).trim();
  if (src !== undefined) skip('data from elsewhere');
  if (element.children.length > 0) skip('XML data');
  if (text === '') return null;
  try {
    return JSON.parse(text.replace(/^'([^'"]*)'$/, '"$1"'));
  } catch {
    return skip('JavaScript in expressions');
  }
}

// A definition that asks for the impossible is refused here.
function checkConditions(root) {
  const histories = [...elementsOf(root)].filter((element) => element.name === 'history');
  for (const { attributes } of elementsOf(root))
    for (const [, id] of (attributes.cond ?? '').matchAll(/In\('([^']*)'\)/g))
      if (histories.some((history) => history.attributes.id === id)) skip('In() of a history state');
}

export function convertDocument(root) {
  const { datamodel, binding, initial } = root.attributes;
  if (datamodel !== undefined && datamodel !== 'ecmascript') skip(`datamodel ${datamodel}`);
  if (binding === 'late') skip('late binding');
  checkConditions(root);
  const context = {};
  let unnamed = 0;
  for (const element of elementsOf(root)) {
    if (['invoke', 'finalize', 'if', 'foreach', 'script'].includes(element.name))
      skip(element.name === 'finalize' ? 'invoke' : element.name);
    if (STATES.includes(element.name)) element.attributes.id ??= `unnamed${unnamed++}`;
    if (element.name === 'data') context[element.attributes.id] = convertValue(element);
  }
  const data = new Set(Object.keys(context));
  const { id, ...config } = convertState({ ...root, attributes: { initial } }, data);
  return { '@exprLang': 'cel', id: 'scxml', version: '1.0.0', context, ...config };
}
