#!/usr/bin/env node
// Compares core/regex with two other engines on random patterns and texts: Go's regexp for RE2's
// syntax, and this Node's RegExp with the u flag for ECMA-262's.
//
//   tests/conformance/regex/run [--patterns N] [--texts N] [--seed N]
//
// N patterns (300) of each syntax, some of which have a fault; each with N texts (10), some of
// which are made from the pattern. XORCA_BUILD is the folder that the driver was built in, by
// default build. What the engines answer differently for reasons of their own is left out, and
// counted by reason.
import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const build = process.env.XORCA_BUILD ?? join(here, '../../../build');
const driver = join(build, 'tests/conformance/regex/regex_driver');
const { values: options } = parseArgs({
  options: {
    patterns: { type: 'string', default: '300' },
    texts: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
  },
});

if (!existsSync(driver)) {
  console.error(`${driver} does not exist: make -C ${build} regex_driver`);
  process.exit(2);
}

// --- Chance: the same for the same seed (mulberry32) ---------------------------------------

let state = Number(options.seed) >>> 0;
function chance() {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), state | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}
const below = (n) => Math.floor(chance() * n);
const pick = (items) => items[below(items.length)];
const some = (max, make) => Array.from({ length: below(max + 1) }, make);

// --- Patterns ---------------------------------------------------------------------------------

// Characters that every version of Unicode since 6 knows: letters whose case folds oddly among
// them (sigma, long s, Kelvin, sharp s), each length of UTF-8, spaces, line ends, signs.
const characters = [...'aabbcckksSKAZz019__ -.\n\t\rßẞſKσςΣÅåжЖ漢١é\u0301\u00a0\u2028😀𐐀𐐨'];

const common = {
  literal: () => pick([...'abckKsS1_ -']),
  escape: () => pick(['\\d', '\\D', '\\w', '\\W', '\\s', '\\S', '\\.', '\\n', '\\t', '\\x61', '\\*', '\\pL', '\\p{Lu}',
    '\\P{L}', '\\p{N}', '\\$', '\\\\']),
  quantifier: () => pick(['*', '+', '?', '*?', '+?', '??', '{2}', '{0,1}', '{1,3}', '{2,}', '{0}', '{1,2}?']),
};

const syntaxes = {
  re2: {
    escape: () => pick(['\\pN', '\\p{Greek}', '\\P{Cyrillic}', '\\p{^Ll}', '\\PL', '\\pZ', '\\pM', '\\x{1F600}', '\\141',
      '\\a', '\\Qa.\\E', '\\A', '\\z', '\\p{Han}', '\\p{Any}', '\\_', '\\x{e9}', '\\P{^Lu}']),
    item: () => pick(['[:alpha:]', '[:^digit:]', '[:space:]', '[:word:]', '[:punct:]', '[:upper:]', '\\p{Greek}', '\\PN', ']']),
    group: () => pick(['(', '(?:', '(?i)', '(?i:', '(?s:', '(?m:', '(?-i:', '(?im-s:', '(?U:', '(?m)', '(?s)', '(?P<n>']),
    fault: () => pick(['(?=a)', '\\1', '\\8', '**', '(', ')', '[', '\\q', '[b-a]', '{3,2}', 'a{1001}', '(?P<n', '\\p{Xx}',
      '[[:x:]]', '(?i', '\\Z', '\\x{110000}', '\\', '(?:x{500}){3}', '[a-\\d]', '(?-)', '\\C', '++', '[z-\\x61]']),
  },
  ecma: {
    escape: () => pick(['\\p{Script=Greek}', '\\p{sc=Cyrl}', '\\p{Lowercase}', '\\p{Alphabetic}', '\\P{Lu}', '\\u0061',
      '\\u{1F600}', '\\cJ', '\\0', '\\v', '\\/', '\\p{scx=Han}', '\\p{White_Space}', '\\p{Emoji}', '\\p{Uppercase_Letter}',
      '\\ud83d\\ude00', '\\p{Mn}', '\\p{ASCII}', '\\p{ID_Start}']),
    item: () => pick(['\\b', '\\-', '\\p{sc=Greek}', '\\P{N}', '\\u{e9}', '\\cI', '\\]']),
    group: () => pick(['(', '(?:', '(?<n>', '(?<m>']),
    fault: () => pick(['(?=a)', '(?!b)', '(?<=a)', '(?<!b)', '\\1', '\\2', '\\k<n>', '\\k<q>', '**', '(', ')', '[', '\\q',
      '[b-a]', 'a{3,2}', '\\p{Xx}', '\\Z', '\\u{110000}', '\\', '^*', '\\b+', '\\01', '\\-', '{', '[\\w-z]', '\\u12',
      '(?<1>a)', '\\p{Greek}', ']', '}', 'a{,2}', '(?=a)*', '(?<=a)*', '[a-\\d]', '\\c1', '(?P<n>a)', '\\p{gc=L}',
      '\\p{L=L}', '(?', '\\8']),
  },
};

const escaped = (c) => (/[\\^$.*+?()[\]{}|/-]/.test(c) ? `\\${c}` : c);

function makeClass(syntax) {
  const item = () => {
    const kind = below(6);
    if (kind === 0) return syntax.item();
    if (kind === 1) return pick(['\\d', '\\w', '\\s', '\\D', '\\W', '\\S']);
    if (kind === 2) return pick(['a-c', 'A-Z', '0-9', 'k-s', 'α-ω', 'a-z', '\\x41-\\x5A', ' -~', 'é-漢', '😀-😂']);
    if (kind === 3) return pick(['-', '^', '.', '$']);
    return escaped(pick(characters));
  };
  const first = syntax === syntaxes.re2 && chance() < 0.1 ? ']' : '';
  return `[${chance() < 0.3 ? '^' : ''}${first}${escaped(pick(characters))}${some(3, item).join('')}]`;
}

function makeAtom(syntax, depth) {
  const kind = below(20);
  if (kind < 8) return chance() < 0.8 ? common.literal() : escaped(pick(characters));
  if (kind < 9) return '.';
  if (kind < 11) return makeClass(syntax);
  if (kind < 13) return pick([common, syntax]).escape();
  if (kind < 14) return pick(['^', '$', '\\b', '\\B']);
  if (depth === 0) return common.literal();
  const group = syntax.group();
  return `${group}${group.endsWith(')') ? '' : `${makeChoice(syntax, depth - 1)})`}`;
}

function makeSequence(syntax, depth) {
  return some(5, () => {
    const atom = makeAtom(syntax, depth);
    return /^(\^|\$|\\b|\\B)$|\)$/.test(atom) && atom.startsWith('(?') && atom.length < 6
      ? atom
      : atom + (chance() < 0.3 && !/^(\^|\$|\\[bBAz])$/.test(atom) ? common.quantifier() : '');
  }).join('');
}

function makeChoice(syntax, depth) {
  return [makeSequence(syntax, depth), ...(chance() < 0.3 ? some(2, () => makeSequence(syntax, depth)) : [])].join('|');
}

function makePattern(syntax) {
  let pattern = makeChoice(syntax, 3);
  if (chance() < 0.2) pattern = `^${pattern}$`;
  if (chance() < 0.1) {
    const at = below(pattern.length + 1);
    pattern = pattern.slice(0, at) + syntax.fault() + pattern.slice(at);
  }
  // Half a character is no text.
  return pattern.isWellFormed?.() === false || /\p{Surrogate}/u.test(pattern) ? makePattern(syntax) : pattern;
}

// From the pattern: its characters in their order, some left out, doubled or in the other case.
function makeText(pattern) {
  if (chance() < 0.4) return some(8, () => pick(characters)).join('');
  return [...pattern].filter((c) => !/[\\()[\]{}|^$*+?:<>]/.test(c)).slice(0, 12).map((c) => {
    const kind = below(10);
    if (kind === 0) return '';
    if (kind === 1) return c + c;
    if (kind === 2) return pick(characters);
    if (kind === 3) return c.toUpperCase();
    return c;
  }).join('');
}

// --- Answers ----------------------------------------------------------------------------------

const hex = (text) => Buffer.from(text, 'utf8').toString('hex') || '-';

function ask(command, arguments_, lines) {
  const { status, stdout, stderr } = spawnSync(command, arguments_, {
    input: lines.join('\n') + '\n', encoding: 'utf8', maxBuffer: 1 << 30,
  });
  if (status !== 0) throw new Error(`${command}: status ${status}: ${stderr}`);
  return stdout.trimEnd().split('\n');
}

// Go's answers; Go itself is Debian's, or any since 1.19.
function goOracle(lines) {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'xorca-tests');
  mkdirSync(cache, { recursive: true });
  const program = join(cache, 'regex-oracle');
  execFileSync('go', ['build', '-o', program, join(here, 'go/oracle.go')], { stdio: 'inherit' });
  return ask(program, [], lines);
}

function compiles(pattern, flags) {
  try {
    return new RegExp(pattern, flags);
  } catch {
    return null;
  }
}

function nodeOracle({ pattern, texts }) {
  const regExp = compiles(pattern, 'u');
  if (regExp === null) {
    // Without u a character beyond U+FFFF is two, which may be no range any more.
    return compiles(pattern.replace(/[\u{10000}-\u{10FFFF}]/gu, '漢'), '') === null ? 'invalid' : 'annex-b';
  }
  return `ok ${texts.map((text) => (regExp.test(text) ? '1' : '0')).join('')}`;
}

const skipped = {};
let passed = 0;
const faults = [];

function compare(syntax, { pattern, texts }, ours, theirs) {
  const skip = (reason) => { skipped[reason] = (skipped[reason] ?? 0) + 1; };
  const wrong = (what) => faults.push(`${syntax} ${JSON.stringify(pattern)}: ${what}`);
  const [verdict, found] = ours.split(' ');
  if (ours.includes('differs')) return wrong(ours);
  if (verdict === 'too-large') return skip('beyond our limits');
  if (ours.includes('a second group with the name') && syntax === 're2') return skip('Go takes a name twice');
  if (verdict !== 'invalid' && theirs === 'invalid' && /\(\?<([nm])>.*\(\?<\1>/s.test(pattern)) {
    return skip('a name in two alternatives, which is of 2025');
  }
  if (theirs === 'annex-b') return skip('valid in Annex B alone');
  if (verdict === 'unsupported') {
    const isRight = syntax === 're2' ? theirs.startsWith('invalid') : theirs.startsWith('ok');
    return isRight ? passed++ : wrong(`${ours}, where it is ${theirs}`);
  }
  if (theirs.startsWith('invalid') || verdict === 'invalid') {
    return theirs.startsWith(verdict) ? passed++ : wrong(`${ours}, where it is ${theirs}`);
  }
  const expected = theirs.split(' ')[1] ?? '';
  for (let i = 0; i < texts.length; i++) {
    if ((found ?? '')[i] === expected[i]) passed++;
    else wrong(`in ${JSON.stringify(texts[i])}: ${(found ?? '')[i]}, where ${expected[i]} is right`);
  }
}

for (const syntax of ['re2', 'ecma']) {
  const cases = Array.from({ length: Number(options.patterns) }, () => {
    const pattern = makePattern(syntaxes[syntax]);
    return { pattern, texts: Array.from({ length: Number(options.texts) }, () => makeText(pattern)) };
  });
  const lines = cases.map(({ pattern, texts }) => [syntax, hex(pattern), ...texts.map(hex)].join(' '));
  const ours = ask(driver, [], lines);
  const theirs = syntax === 're2' ? goOracle(lines) : cases.map(nodeOracle);
  if (ours.length !== cases.length) throw new Error(`${ours.length} answers to ${cases.length} patterns`);
  cases.forEach((c, i) => compare(syntax, c, ours[i], theirs[i]));
}

for (const text of faults.slice(0, 50)) console.log(text);
for (const [reason, count] of Object.entries(skipped)) console.log(`left out, ${reason}: ${count} patterns`);
console.log(`${passed} passed, ${faults.length} failed`);
if (process.env.XORCA_CONFORMANCE_RESULTS) {
  appendFileSync(process.env.XORCA_CONFORMANCE_RESULTS, `${JSON.stringify({
    suite: 'Regular expressions (differential, Go and Node)', version: `seed ${options.seed}`,
    tests: passed + faults.length, passed, failed: faults.length, skipped,
  })}\n`);
}
process.exitCode = faults.length === 0 && passed > 0 ? 0 : 1;
