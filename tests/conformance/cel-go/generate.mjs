// Expressions at random, from a seed: of every type, operator, function and macro, and now and
// then with an operand of a wrong type. What the language definition leaves open is not
// generated (README.md says what that is, and why).

// mulberry32: the same numbers from the same seed, everywhere.
function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const TYPES = ['int', 'uint', 'double', 'string', 'bytes', 'bool', 'list', 'strings', 'map', 'timestamp',
  'duration', 'optional', 'null', 'type'];

const LITERALS = {
  int: ['0', '1', '2', '3', '-1', '7', '64', '-5', '100', '9223372036854775807', '-9223372036854775808', '4611686018427387904'],
  uint: ['0u', '1u', '2u', '5u', '64u', '18446744073709551615u', '9223372036854775808u'],
  double: ['0.0', '1.0', '-1.5', '2.5', '0.1', '3.25', '-0.5', '1e3', '1048576.75', '1e300', '-2.0', '0.5'],
  string: ["''", "'a'", "'b'", "'abc'", "'héllo'", "'ab ab'", "'🐱😀'", "'1'", "'-7'", "'true'", "'2.5'", "'  x\\t'", "'A,b,C'", "'%s'"],
  bytes: ["b''", "b'a'", "b'\\x00\\xff'", "b'abc'", "b'\\303\\251'"],
  bool: ['true', 'false'],
  timestamp: ["timestamp('2026-01-02T03:04:05Z')", "timestamp('1969-12-31T23:59:59.123Z')", "timestamp('2024-02-29T12:00:00Z')", 'timestamp(0)'],
  duration: ["duration('1h30m')", "duration('-90s')", "duration('0s')", "duration('1011ms')", "duration('36h')"],
  null: ['null'],
  type: ['int', 'uint', 'double', 'string', 'bytes', 'bool', 'list', 'map', 'null_type', 'type', 'optional_type'],
};

// The variables of every expression, and their values as both sides read them.
export const BINDINGS = {
  i: { type: 'int', value: '5' },
  u: { type: 'uint', value: '3' },
  d: { type: 'double', value: 2.75 },
  s: { type: 'string', value: 'héllo wörld' },
  y: { type: 'bytes', value: 'YWI=' },
  o: { type: 'bool', value: true },
  l: { type: 'list', value: [4, 1, 3, 1].map((n) => ({ type: 'int', value: String(n) })) },
  p: { type: 'list', value: ['b', 'a', 'é', 'b'].map((s) => ({ type: 'string', value: s })) },
  m: {
    type: 'map', value: [[{ type: 'string', value: 'a' }, { type: 'int', value: '1' }],
      [{ type: 'string', value: 'b' }, { type: 'map', value: [[{ type: 'string', value: 'c' }, { type: 'string', value: 'x' }]] }],
      [{ type: 'string', value: 'n' }, { type: 'null_type', value: null }]],
  },
  t: { type: 'timestamp', value: '2026-03-29T01:30:00.251Z' },
  r: { type: 'duration', value: '5400s' },
};

const VARIABLES = {
  int: ['i'], uint: ['u'], double: ['d'], string: ['s'], bytes: ['y'], bool: ['o'], list: ['l'], strings: ['p'],
  map: ['m'], timestamp: ['t'], duration: ['r'],
};

// Productions by type: templates in which {type} is an expression of that type, {number} one of
// any number, {any} of any type, {VAR:type} a new variable of a macro and {VAR} the same again.
const NUMBERS = ['int', 'uint', 'double'];
const ORDERED = ['int', 'uint', 'double', 'string', 'bytes', 'bool', 'timestamp', 'duration'];
const KEYS = ["'a'", "'b'", "'é'", '2', '3u', 'false', 's', 'i'];
const VALUES = TYPES.filter((type) => type !== 'type' && type !== 'optional');
const ZONES = ['UTC', '+05:45', '-02:30', 'America/New_York', 'Europe/Berlin', 'Australia/Sydney', 'Asia/Kathmandu'];
const GETTERS = ['getFullYear', 'getMonth', 'getDayOfYear', 'getDayOfMonth', 'getDate', 'getDayOfWeek', 'getHours', 'getMinutes', 'getSeconds', 'getMilliseconds'];

const PRODUCTIONS = {
  int: [
    '{int} + {int}', '{int} - {int}', '{int} * {int}', '{int} / {int}', '{int} % {int}', '-({int})', 'int({uint})', 'int({double})',
    'int({string})', 'int({timestamp})', 'size({string})', 'size({bytes})', 'size({list})', '{strings}.size()', 'size({map})',
    '({bool} ? {int} : {int})', '{list}[{int}]', '{list}[{small}]', '{string}.indexOf({string})', '{string}.lastIndexOf({string})',
    'math.abs({int})', 'math.sign({int})', 'math.bitAnd({int}, {int})', 'math.bitOr({int}, {int})', 'math.bitXor({int}, {int})',
    'math.bitNot({int})', 'math.bitShiftLeft({int}, {small})', 'math.bitShiftRight({int}, {small})', 'math.greatest({int}, {int})',
    'math.least({int}, {int}, {int})', 'math.greatest({list})', '{optional}.orValue({int})', '{timestamp}.{getter}()', "{timestamp}.{getter}('{zone}')",
    '{duration}.getHours()', '{duration}.getMinutes()', '{duration}.getSeconds()', '{map}.a', "{map}['a']", 'm.a',
    'cel.bind({VAR:int}, {int}, {int})', 'dyn({int})',
  ],
  uint: [
    '{uint} + {uint}', '{uint} - {uint}', '{uint} * {uint}', '{uint} / {uint}', '{uint} % {uint}', 'uint({int})', 'uint(math.abs({double}))', 'uint({string})',
    '({bool} ? {uint} : {uint})', 'math.abs({uint})', 'math.sign({uint})', 'math.bitAnd({uint}, {uint})', 'math.bitXor({uint}, {uint})',
    'math.bitNot({uint})', 'math.bitShiftLeft({uint}, {small})', 'math.bitShiftRight({uint}, {small})', 'math.least({uint}, {uint})',
  ],
  double: [
    '{double} + {double}', '{double} - {double}', '{double} * {double}', '{double} / {double}', '-({double})', 'double({int})', 'double({uint})',
    'double({string})', '({bool} ? {double} : {double})', 'math.ceil({double})', 'math.floor({double})', 'math.round({double})', 'math.trunc({double})',
    'math.abs({double})', 'math.sign({double})', 'math.sqrt({number})', 'math.greatest({double}, {double})', 'math.least({double}, {double}, {double})',
  ],
  string: [
    '{string} + {string}', '{string} + {string}', 'string({int})', 'string({uint})', 'string({bool})', 'string({bytes})', 'string({string})',
    '({bool} ? {string} : {string})', '{string}.charAt({small})', '{string}.substring({small})', '{string}.substring({small}, {small})',
    '{string}.lowerAscii()', '{string}.upperAscii()', '{string}.trim()', '{string}.replace({string}, {string})',
    '{string}.replace({string}, {string}, {small})', '{string}.reverse()', '{strings}.join()', '{strings}.join({string})', 'strings.quote({string})',
    "'%d|%s'.format([{int}, {string}])", "'%s'.format([{list}])", "'%x %X'.format([{int}, {string}])", "'%b %o'.format([{uint}, {int}])",
    "'%.2f'.format([{double}])", "'%e'.format([{double}])", "'%.0f %.3e'.format([{double}, {number}])", "'%s %s'.format([{bool}, {type}])",
    "'%s'.format([{map}])", '{string}.format([{any}, {any}])', 'base64.encode({bytes})', '{strings}[{small}]', 'p[{small}]',
  ],
  bytes: ['{bytes} + {bytes}', 'bytes({string})', '({bool} ? {bytes} : {bytes})', 'base64.decode(base64.encode({bytes}))', "base64.decode('YWJj')"],
  bool: [
    '{bool} && {bool}', '{bool} || {bool}', '!({bool})', '({bool} ? {bool} : {bool})', '{int} < {int}', '{number} <= {number}', '{number} > {number}',
    '{number} == {number}', '{any} == {any}', '{any} != {any}', '{string} < {string}', '{bytes} >= {bytes}', '{bool} < {bool}', '{timestamp} < {timestamp}',
    '{duration} > {duration}', '{any} in {list}', '{number} in {list}', '{string} in {strings}', '{string} in {map}', '{string}.contains({string})',
    '{string}.startsWith({string})', '{string}.endsWith({string})', 'bool({string})', 'has({map}.a)', 'has({map}.b.c)', 'has(m.b)',
    '{list}.all({VAR:int}, {bool})', '{list}.exists({VAR:int}, {bool})', '{list}.exists_one({VAR:int}, {bool})', '{strings}.all({VAR:string}, {bool})',
    '{map}.all({VAR:string}, {bool})', '{map}.exists({VAR:string}, {bool})', '{list}.all({VAR:int}, {VAR:int}, {bool})',
    '{list}.exists({VAR:int}, {VAR:int}, {bool})', '{list}.existsOne({VAR:int}, {VAR:int}, {bool})', '{map}.exists({VAR:string}, {VAR:any}, {bool})',
    'math.isNaN({double})', 'math.isInf({double})', 'math.isFinite({double})', 'sets.contains({list}, {list})', 'sets.equivalent({list}, {list})',
    'sets.intersects({list}, {list})', '{optional}.hasValue()', '{list} == {list}', '{map} == {map}', '{optional} == {optional}',
    'type({any}) == {type}', '{type} == {type}', 'cel.bind({VAR:bool}, {bool}, {bool})', '{bool} || {bool} && {bool}', '{string}.matches({pattern})',
  ],
  list: [
    '[]', '[{int}]', '[{int}, {int}]', '[{int}, {int}, {int}]', '[{number}, {number}]', '{list} + {list}', '({bool} ? {list} : {list})',
    '{list}.map({VAR:int}, {int})', '{list}.map({VAR:int}, {bool}, {int})', '{list}.filter({VAR:int}, {bool})', '{list}.sort()', '{list}.distinct()',
    '{list}.reverse()', '{list}.slice({small}, {small})', 'lists.range({literal})', '[{list}, {list}].flatten()', '[[{list}], {list}].flatten({small})',
    '{list}.sortBy({VAR:int}, {int})', '{list}.transformList({VAR:int}, {VAR:int}, {int})', '{list}.transformList({VAR:int}, {VAR:int}, {bool}, {int})',
    '[?{optional}, {int}]', '[{int}, ?optional.of({int})]', 'optional.unwrap([{optional}, optional.of({int})])', '[{optional}].unwrapOpt()',
    '{map}.map({VAR:string}, 1)', 'cel.bind({VAR:list}, {list}, {list})',
  ],
  strings: [
    "['a', {string}]", '[{string}]', '{string}.split({string})', '{string}.split({string}, {small})', '{strings} + {strings}', '{strings}.sort()',
    '{strings}.distinct()', '{strings}.map({VAR:string}, {string})', '{strings}.filter({VAR:string}, {bool})', '{list}.map({VAR:int}, {string})',
    '{strings}.sortBy({VAR:string}, {int})', '{map}.map({VAR:string}, {VAR}).sort()',
  ],
  map: [
    '{}', "{'a': {int}}", "{'a': {value}, 'b': {map}}", '{{key}: {value}}', "{'x': {value}, {key}: {value}}", '{1: {value}, 7u: {value}, true: {value}}',
    "{?'a': {optional}, 'b': {value}}", '({bool} ? {map} : {map})', '{map}.transformMap({VAR:string}, {VAR:any}, {value})',
    '{map}.transformMap({VAR:string}, {VAR:any}, {bool}, {value})', '{list}.transformMap({VAR:int}, {VAR:int}, {int})',
    '{list}.transformMapEntry({VAR:int}, {VAR:int}, {{VAR}: {value}})', '{strings}.transformMapEntry({VAR:int}, {VAR:string}, {{VAR}: {value}})',
    'm.b', '{map}.b',
  ],
  timestamp: ['{timestamp} + {duration}', '{duration} + {timestamp}', '{timestamp} - {duration}', 'timestamp({int})', '({bool} ? {timestamp} : {timestamp})'],
  duration: ['{duration} + {duration}', '{duration} - {duration}', '{timestamp} - {timestamp}', '({bool} ? {duration} : {duration})'],
  optional: [
    'optional.none()', 'optional.of({value})', 'optional.ofNonZeroValue({value})', '{map}.?a', '{map}.?b.c', '{map}[?{string}]', '{list}[?{int}]',
    '{list}[?{small}]', '{optional}.or({optional})', '{optional}.optMap({VAR:any}, {value})', '{optional}.optFlatMap({VAR:any}, {optional})',
    '{list}.first()', '{strings}.last()', '{optional}.?a', 'm.?b.?c', '{optional}[?{small}]', 'optional.of({map}).a', 'optional.of({list})[{small}]',
  ],
  null: ["{map}['n']"],
  type: ['type({any})'],
};

// Patterns whose meaning RE2 and CEL define; what a pattern may hold is tests/core/regex's.
const PATTERNS = ["'a+'", "'^[a-c]*$'", "'(a|b)c?'", "'\\\\d{1,2}'", "'l{2}'", "'^h.llo'", "'(?i)ABC'", "'\\\\bw'", "''", "'['", "'[^a]$'", "'x*?y'", "'\\\\pL+'"];

export function* generate(seed, count) {
  const random = randomFrom(seed);
  const pick = (items) => items[Math.floor(random() * items.length)];
  let scope = [];
  let named = 0;

  function leaf(type) {
    const locals = scope.filter((variable) => variable.type === type || (variable.type === 'any' && random() < 0.1));
    if (locals.length > 0 && random() < 0.6) return pick(locals).name;
    if (VARIABLES[type] && random() < 0.4) return pick(VARIABLES[type]);
    if (LITERALS[type]) return pick(LITERALS[type]);
    return { list: '[1, 2, 3]', strings: "['a', 'b']", map: "{'a': 1}", optional: 'optional.none()' }[type] ?? pick(LITERALS.int);
  }

  // The holes of a template, from the left, so that a variable is known behind its place.
  function fill(template, depth) {
    const outer = scope;
    const introduced = [];
    const text = template.replace(/\{(VAR(?::(\w+))?|\w+)\}/g, (_, hole, variableType) => {
      if (hole === 'VAR') return introduced.at(-1).name;
      if (variableType) {
        const variable = { name: `v${named++}`, type: variableType };
        introduced.push(variable);
        return variable.name;
      }
      if (introduced.length > 0) scope = [...outer, ...introduced];
      return expression(hole, depth - 1);
    });
    scope = outer;
    return text;
  }

  function expression(type, depth) {
    if (type === 'literal') return pick(['0', '1', '3', '-2', '10']);
    if (type === 'small') return random() < 0.9 ? pick(['0', '1', '2', '3', '4', '-1', '5', '63']) : expression('int', depth);
    if (type === 'zone') return pick(ZONES);
    if (type === 'getter') return pick(GETTERS);
    if (type === 'key') return pick(KEYS);
    if (type === 'value') type = pick(VALUES);
    if (type === 'pattern') return pick(PATTERNS);
    if (type === 'number') type = pick(NUMBERS);
    if (type === 'ordered') type = pick(ORDERED);
    if (type === 'any' || random() < 0.02) type = pick(TYPES);
    if (depth <= 0 || random() < 0.15) return wrap(leaf(type));
    return wrap(fill(pick(PRODUCTIONS[type]), depth));
  }

  // A method of a negative number or of an operation needs parentheses.
  function wrap(text) {
    return /^[\w.]+$|^'[^']*'$/.test(text) && !/^\d/.test(text) ? text : `(${text})`;
  }

  for (let i = 0; i < count; i++) {
    scope = [];
    named = 0;
    const text = expression(pick(TYPES), 1 + Math.floor(random() * 4));
    yield text;
  }
}
