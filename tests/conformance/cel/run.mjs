#!/usr/bin/env node
// Runs the conformance suite of the Common Expression Language (cel-spec's tests/simple)
// against core/cel.
//
//   tests/conformance/cel/run [--skipped] [SECTION...]
//
// The suite is taken from the npm package @bufbuild/cel-spec, fetched once into
// ${XDG_CACHE_HOME:-~/.cache}/xorca-tests. Without sections: all of them. --skipped lists every
// case that is left out, beside the count per reason. XORCA_CEL_DRIVER is the program, by
// default this folder's in build/. XORCA_CONFORMANCE_RESULTS names a file to which a line of
// JSON with the result is appended.
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const SUITE_VERSION = '0.6.1';
const here = dirname(fileURLToPath(import.meta.url));
const driver = process.env.XORCA_CEL_DRIVER
  ?? join(here, '../../../build/tests/conformance/cel/cel_conformance');
const { values: options, positionals: wanted } = parseArgs({
  options: { skipped: { type: 'boolean' } },
  allowPositionals: true,
});

if (!existsSync(driver)) {
  console.error(`${driver} does not exist: make -C build cel_conformance, or set XORCA_CEL_DRIVER`);
  process.exit(2);
}

function fetchSuite() {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const folder = join(cache, 'xorca-tests', `cel-spec-${SUITE_VERSION}`);
  const entry = join(folder, 'node_modules/@bufbuild/cel-spec/dist/cjs/testdata/conformance.js');
  if (!existsSync(entry)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"private":true}\n');
    // The test data stands alone: what the package needs to load protobuf is not fetched.
    execFileSync('npm', ['install', '--silent', '--legacy-peer-deps', `@bufbuild/cel-spec@${SUITE_VERSION}`], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  return createRequire(import.meta.url)(entry).tests;
}

function collectCases(node, path = []) {
  const own = (node.tests ?? []).map(({ original }) => ({
    ...original,
    section: path[0],
    title: [...path, original.name].join('/'),
  }));
  return [...own, ...(node.suites ?? []).flatMap((child) => collectCases(child, [...path, child.name]))];
}

// --- What is left out, and why: features by name, never single cases --------------------------

const TIME_TYPES = ['google.protobuf.Timestamp', 'google.protobuf.Duration'];

// Protocol buffers anywhere in a value of the suite, but for the two that are types of CEL.
function holdsMessage(value) {
  if (typeof value !== 'object' || value === null) return false;
  if ('enumValue' in value) return true;
  if (value.objectValue) return !TIME_TYPES.includes(value.objectValue['@type'].split('/').pop());
  return Object.values(value).some(holdsMessage);
}

const REASONS = [
  ['protocol buffers', (c) => ['proto2', 'proto3', 'proto2_ext', 'enums'].includes(c.section)
    || /TestAllTypes|TestRequired|\bGlobalEnum\b|NestedEnum/.test(c.expr)
    || /\bgoogle\.protobuf\.(?!Timestamp\b|Duration\b)/.test(c.expr)
    || /\bgoogle\.protobuf\.(Timestamp|Duration)\s*\{/.test(c.expr)
    || (c.container && /\w\s*\{/.test(c.expr))
    || holdsMessage(c.value) || holdsMessage(c.bindings) || holdsMessage(c.typedResult?.result)],
  ['type checker', (c) => c.checkOnly],
];

function skipReason(c) {
  return REASONS.find(([, applies]) => applies(c))?.[0];
}

// --- The suite's values as ours, and back -----------------------------------------------------

function typed(value) {
  const [[kind, content]] = Object.entries(value);
  switch (kind) {
    case 'nullValue': return { type: 'null_type', value: null };
    case 'boolValue': return { type: 'bool', value: content };
    case 'int64Value': return { type: 'int', value: String(content) };
    case 'uint64Value': return { type: 'uint', value: String(content) };
    case 'doubleValue': return { type: 'double', value: content };
    case 'stringValue': return { type: 'string', value: content };
    case 'bytesValue': return { type: 'bytes', value: content };
    case 'typeValue': return { type: 'type', value: content };
    case 'listValue': return { type: 'list', value: (content.values ?? []).map(typed) };
    case 'mapValue':
      return { type: 'map', value: (content.entries ?? []).map((e) => [typed(e.key), typed(e.value)]) };
    case 'objectValue':
      return { type: content['@type'].split('.').pop().toLowerCase(), value: content.value };
    default: throw new Error(`the suite has a value of a kind that is unknown here: ${kind}`);
  }
}

function same(ours, theirs) {
  if (ours.type !== theirs.type) return false;
  switch (ours.type) {
    case 'double': return ours.value === theirs.value; // -0 is 0: the package's JSON has no -0
    case 'list':
      return ours.value.length === theirs.value.length && ours.value.every((v, i) => same(v, theirs.value[i]));
    case 'map':
      return ours.value.length === theirs.value.length
        && ours.value.every(([k, v]) => theirs.value.some(([k2, v2]) => same(k, k2) && same(v, v2)));
    default: return ours.value === theirs.value;
  }
}

function request(c) {
  const bindings = Object.entries(c.bindings ?? {}).map(([name, b]) => [name, typed(b.value)]);
  return JSON.stringify({ expr: c.expr, bindings: Object.fromEntries(bindings), container: c.container });
}

// What is wrong with our answer; undefined if nothing is. Which error it is, the suite leaves open.
function fault(c, answer) {
  if (c.evalError)
    return 'error' in answer ? undefined : `${JSON.stringify(answer)}, where an error is right`;
  const theirs = typed(c.value ?? c.typedResult?.result ?? { boolValue: true });
  if ('error' in answer || !same(answer, theirs))
    return `${JSON.stringify(answer)}, where ${JSON.stringify(theirs)} is right`;
  return undefined;
}

// --- The run ------------------------------------------------------------------------------------

const cases = collectCases(fetchSuite()).filter((c) => wanted.length === 0 || wanted.includes(c.section));
const skipped = new Map();
const taken = [];
for (const c of cases) {
  const reason = skipReason(c);
  if (reason === undefined) taken.push(c);
  else skipped.set(reason, [...(skipped.get(reason) ?? []), c]);
}
if (taken.length === 0) {
  console.error(`no such section, or nothing in it that is built: ${wanted.join(' ')}`);
  process.exit(2);
}

const output = execFileSync(driver, {
  input: taken.map((c) => `${request(c)}\n`).join(''),
  encoding: 'utf8',
  maxBuffer: 1 << 28,
});
const answers = output.trimEnd().split('\n').map((line) => JSON.parse(line));
if (answers.length !== taken.length) throw new Error(`${answers.length} answers to ${taken.length} cases`);

let failed = 0;
taken.forEach((c, i) => {
  const text = fault(c, answers[i]);
  if (text === undefined) return;
  failed++;
  console.log(`${c.title}: ${c.expr}\n    ${text}`);
});
for (const [reason, left] of skipped) {
  console.log(`skipped ${left.length}: ${reason}`);
  if (options.skipped) for (const c of left) console.log(`    ${c.title}: ${c.expr}`);
}
if (process.env.XORCA_CONFORMANCE_RESULTS) {
  const reasons = Object.fromEntries([...skipped].map(([reason, left]) => [reason, left.length]));
  appendFileSync(process.env.XORCA_CONFORMANCE_RESULTS, `${JSON.stringify({
    suite: 'CEL (cel-spec)', version: SUITE_VERSION, tests: cases.length,
    passed: taken.length - failed, failed, skipped: reasons,
  })}\n`);
}
console.log(`${taken.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
