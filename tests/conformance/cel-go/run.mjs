#!/usr/bin/env node
// Evaluates generated expressions with core/cel and with cel-go, and compares what comes out.
//
//   tests/conformance/cel-go/run [--all] [--count N] [--seed N] [--show]
//
// 3,000 expressions by default, --all for 120,000; --seed (1) for others; --show prints each of
// them. Of errors, only that there is one is compared. XORCA_CEL_DRIVER is the program of
// tests/conformance/cel, by default in build/. XORCA_CONFORMANCE_RESULTS names a file to which a
// line of JSON with the result is appended.
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, parseArgs } from 'node:util';

import { BINDINGS, generate } from './generate.mjs';

const SHARE = 3000;
const ALL = 120000;
const BATCH = 10000;
const here = dirname(fileURLToPath(import.meta.url));
const driver = process.env.XORCA_CEL_DRIVER ?? join(here, '../../../build/tests/conformance/cel/cel_conformance');
const { values: options } = parseArgs({
  options: { all: { type: 'boolean' }, count: { type: 'string' }, seed: { type: 'string' }, show: { type: 'boolean' } },
});
const count = Number(options.count ?? (options.all ? ALL : SHARE));
const seed = Number(options.seed ?? 1);

if (!existsSync(driver)) {
  console.error(`${driver} does not exist: make -C build cel_conformance, or set XORCA_CEL_DRIVER`);
  process.exit(2);
}

function answers(program, expressions) {
  const input = expressions.map((expr) => `${JSON.stringify({ expr, bindings: BINDINGS })}\n`).join('');
  const output = execFileSync(program, { input, encoding: 'utf8', maxBuffer: 1 << 30 });
  const lines = output.trimEnd().split('\n').map((line) => JSON.parse(line));
  if (lines.length !== expressions.length) throw new Error(`${program}: ${lines.length} answers to ${expressions.length} expressions`);
  return lines;
}

// Both write times as text, but not with the same digits: as seconds and nanoseconds they compare.
function nanoseconds(text) {
  const [, sign, whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?s?$/.exec(text);
  return BigInt(`${sign}${whole}${fraction.padEnd(9, '0')}`);
}
function instant(text) {
  const [, seconds, fraction = ''] = /^(.*?)(?:\.(\d+))?Z$/.exec(text);
  return `${seconds}.${fraction.padEnd(9, '0')}`;
}

function same(ours, theirs) {
  if (ours === null || theirs === null) return ours === theirs;
  if (ours.type !== theirs.type) return false;
  const [a, b] = [ours.value, theirs.value];
  switch (ours.type) {
    case 'double': return Object.is(a, b);
    case 'timestamp': return instant(a) === instant(b);
    case 'duration': return nanoseconds(a) === BigInt(b);
    case 'optional_type': return same(a, b);
    case 'list': return a.length === b.length && a.every((item, i) => same(item, b[i]));
    case 'map':
      return a.length === b.length && a.every(([k, v]) => b.some(([k2, v2]) => same(k, k2) && same(v, v2)));
    default: return a === b;
  }
}

// --- What the language definition leaves open, or has otherwise than cel-go: README.md --------

const ours = (pattern) => (a) => pattern.test(a.error ?? '');
const theirs = (pattern) => (_, b) => pattern.test(b.error ?? '');
const withoutZeros = (answer) => JSON.stringify(answer).replace(/(:\d\d\.\d*?)0+Z/g, '$1Z');

const flat = (value) => (value?.type === 'optional_type' && value.value?.type === 'optional_type' ? flat(value.value) : value);
const isNone = (value) => value.type === 'optional_type' && value.value === null;
const sorted = (list) => list.value.map((item) => JSON.stringify(item)).sort();
const ordered = ({ type, value }) => (type === 'string' ? [...value].sort().join('') : null);
const replaced = ({ type, value }) => type === 'bytes' && Buffer.from(value, 'base64').includes('\ufffd');
const FAR = /double\(\(*(46116860184273879\d\d|9007199254740993|9223372036854775807)/; // no double is that

const OPEN = [
  ['negated durations', ours(/no such overload: -google\.protobuf\.Duration/)],
  ['types of keys', ours(/unsupported key type/)],
  ['repeated keys', ours(/repeated key/)],
  ['order of NaN', theirs(/NaN values cannot be ordered/)],
  ['conversion of durations', ours(/no such overload: int\(google\.protobuf\.Duration\)/)],
  ['no optional where one is needed', ours(/optFlatMap\(\) with|optional_type\.or\(/)],
  ['optionals of optionals', (a, b) => isDeepStrictEqual(flat(a), flat(b)) || (isNone(a) && b.type === 'null_type')],
  ['indexes beyond an int', theirs(/unsupported index value/)],
  ['order of a map', (a, b) => a.type === 'list' && b.type === 'list' && isDeepStrictEqual(sorted(a), sorted(b))],
  ['order of a map', (a, b, expr) => expr.includes('.join(') && ordered(a) !== null && ordered(a) === ordered(b)],
  ['members of an optional in a map', (a, b) => isNone(a) && /no such key/.test(b.error ?? '')],
  ['bytes that are no text, formatted', (a, b, expr) => expr.includes('.format(') && replaced(a) && !replaced(b)],
  ['types that optMap gives', (a, b, expr) => expr.includes('.optMap(') && JSON.stringify(a).replaceAll('{"type":"type"', '{"type":"string"') === JSON.stringify(b)],
  ['what stops cel-go', theirs(/internal error: runtime error/)],
  ['doubles beside integers that no double is', (a, b, expr) => FAR.test(expr)],
  ['literals that a macro refuses', theirs(/^ERROR: <input>/)],
  ['digits of a time', (a, b) => withoutZeros(a) === withoutZeros(b)],
];

// --- The run ------------------------------------------------------------------------------------

const open = new Map(OPEN.map(([reason]) => [reason, 0]));
let failed = 0;
let errors = 0;
const expressions = [...generate(seed, count)];
for (let from = 0; from < count; from += BATCH) {
  const batch = expressions.slice(from, from + BATCH);
  const others = answers(process.env.XORCA_CEL_ORACLE, batch);
  answers(driver, batch).forEach((answer, i) => {
    const [expr, other] = [batch[i], others[i]];
    const bothFail = 'error' in answer && 'error' in other;
    errors += bothFail;
    if (options.show) console.log(`${expr}\n    ${JSON.stringify(answer)}`);
    if (bothFail || (!('error' in answer) && !('error' in other) && same(answer, other))) return;
    const reason = OPEN.find(([, applies]) => applies(answer, other, expr))?.[0];
    if (reason) {
      open.set(reason, open.get(reason) + 1);
      return;
    }
    failed++;
    console.log(`${expr}\n    xorca:  ${JSON.stringify(answer)}\n    cel-go: ${JSON.stringify(other)}`);
  });
}
for (const [reason, cases] of open) console.log(`left open ${cases}: ${reason}`);
const skipped = [...open.values()].reduce((sum, cases) => sum + cases, 0);
console.log(`seed ${seed}: ${count} expressions, of which ${errors} are errors on both sides`);
if (process.env.XORCA_CONFORMANCE_RESULTS) {
  const version = /cel-go (v[\d.]+)/.exec(readFileSync(join(here, 'go.mod'), 'utf8'))[1];
  appendFileSync(process.env.XORCA_CONFORMANCE_RESULTS, `${JSON.stringify({
    suite: 'CEL (differential, cel-go)', version, tests: count, passed: count - failed - skipped, failed, skipped: Object.fromEntries(open),
  })}\n`);
}
console.log(`${count - failed - skipped} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
