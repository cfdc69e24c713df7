#!/usr/bin/env node
// Runs random machines here and in XState 5, and compares what each event does: value,
// context, status, output, tags, history, and the actions in their order. Half way through,
// one in four machines is handed over: what Node has persisted goes on here, and what was
// stored here goes on in Node.
//
//   tests/conformance/xstate/run [MACHINES | --all] [--events N] [--seed N] [--show]
//                                [--simulate CMD]
//
// MACHINES (300; --all: 100,000) have the seeds from SEED (1) on, and take N (20) events
// each. With --show the machine of --seed is printed with its events and both answers. CMD
// runs a definition, by default the driver of this folder in XORCA_BUILD (build/); "build/xorca
// simulate" does as well, but hands nothing over. The npm package is fetched once, into
// ${XDG_CACHE_HOME:-~/.cache}/xorca-tests.
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { fetchPackage } from '../../support/npm.mjs';
import { generateEvents, generateMachine } from './generate.mjs';
import { loadXState, Oracle, runEvents, runOracle } from './oracle.mjs';

const XSTATE_VERSION = '5.33.3';
const here = dirname(fileURLToPath(import.meta.url));
const build = process.env.XORCA_BUILD ?? join(here, '../../../build');
delete process.env.XORCA_BUILD; // the program takes XORCA_ names for its own settings

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    all: { type: 'boolean', default: false },
    events: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    show: { type: 'boolean', default: false },
    simulate: { type: 'string' },
  },
});
const machines = Number(positionals[0] ?? (values.all ? 100000 : 300));
const eventCount = Number(values.events);
const seed = Number(values.seed);

const driver = join(build, 'tests/conformance/xstate/simulate_driver');
const command = (values.simulate ?? driver).split(' ');
const handsOver = values.simulate === undefined;

const scratch = mkdtempSync(join(tmpdir(), 'xorca-xstate-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

function runOurs({ definition, input }, events) {
  const file = join(scratch, 'machine.json');
  writeFileSync(file, JSON.stringify(definition));
  const result = spawnSync(
    command[0],
    [...command.slice(1), file, '--input', JSON.stringify(input)],
    { input: events.map((event) => JSON.stringify(event) + '\n').join(''), encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  // A machine that fails at its start ends the driver before it reads the events.
  if (result.error && result.error.code !== 'EPIPE') throw result.error;
  if (result.status !== 0 && result.status !== 1)
    throw new Error(`${command[0]} ended with ${result.status ?? result.signal}: ${result.stderr}`);
  return result.stdout.trimEnd().split('\n').map((line) => JSON.parse(line));
}

const COMPARED = ['value', 'context', 'status', 'output', 'actions', 'tags', 'historyValue'];

// As JSON text has them: absent and undefined, -0 and 0 are the same on both sides.
const plain = (value) => JSON.parse(JSON.stringify(value));

function difference(ours, theirs) {
  if (ours === undefined) return 'line';
  const members = theirs.status === 'error' ? ['value', 'context', 'status'] : COMPARED;
  const line = { ...ours, tags: [...(ours.tags ?? [])].sort() };
  return members.find((member) => !isDeepStrictEqual(line[member], theirs[member]));
}

// The first difference, from line `from` of theirs on; undefined when there is none.
function firstDifference(ours, theirs, from = 0) {
  for (let i = from; i < theirs.length; i++) {
    const member = difference(ours[i - from], theirs[i]);
    if (member !== undefined) return { at: i, member, ours: ours[i - from], theirs: theirs[i] };
  }
  return undefined;
}

// Node has persisted it after `half` events: it goes on here.
function goesOnHere(machine, events, theirs, half) {
  const oracle = new Oracle(xstate, machine);
  oracle.start();
  events.slice(0, half).forEach((event) => oracle.event(event));
  const data = { snapshot: plain(oracle.persist()), now: oracle.now };
  const ours = runOurs(machine, [{ type: 'xorca.restore', data }, ...events.slice(half)]);
  return firstDifference(ours.slice(2), theirs, half + 1);
}

// It was stored here after `half` events: it goes on in Node.
function goesOnThere(machine, events, theirs, half) {
  const stored = runOurs(machine, [...events.slice(0, half), { type: 'xorca.snapshot' }]).at(-1);
  const oracle = new Oracle(xstate, machine);
  oracle.restore(stored.snapshot, stored.now);
  return firstDifference(plain(runEvents(oracle, events.slice(half))), theirs, half + 1);
}

function compare(machineSeed) {
  const machine = generateMachine(machineSeed);
  const events = generateEvents(machineSeed, eventCount);
  const theirs = plain(runOracle(xstate, machine, events));
  let found = firstDifference(runOurs(machine, events), theirs);
  const at = Math.floor((theirs.length - 1) / 2); // before the last, which may be an error
  if (found === undefined && handsOver && machineSeed % 4 === 0 && theirs.length > 2) {
    found = goesOnHere(machine, events, theirs, at) ?? goesOnThere(machine, events, theirs, at);
    handedOver++;
  }
  return { machine, events, lines: theirs, ...found };
}

const xstate = loadXState(fetchPackage('xstate', XSTATE_VERSION));
let handedOver = 0;
if (values.show) {
  const result = compare(seed);
  console.log(JSON.stringify(result.machine.definition, undefined, 2));
  console.log('input', JSON.stringify(result.machine.input));
  result.events.forEach((event) => console.log(JSON.stringify(event)));
  const { member, at, ours, theirs, lines } = result;
  console.log(JSON.stringify(member ? { member, at, ours, theirs } : { lines }, undefined, 1));
  process.exit(result.member ? 1 : 0);
}

let passed = 0;
let failed = 0;
const seen = { lines: 0, changed: 0, done: 0, error: 0, actions: 0 };
for (let i = 0; i < machines; i++) {
  let result;
  try {
    result = compare(seed + i);
  } catch (error) {
    result = { member: 'run', at: '-', theirs: 'ran', ours: String(error.message ?? error) };
  }
  if (result.member === undefined) {
    passed++;
    result.lines.forEach((line, j) => {
      seen.lines++;
      seen.actions += line.actions?.length ?? 0;
      if (j > 0 && !isDeepStrictEqual(line.value, result.lines[j - 1].value)) seen.changed++;
    });
    const last = result.lines.at(-1)?.status ?? 'active';
    if (last !== 'active') seen[last]++;
    continue;
  }
  failed++;
  const event = result.at > 0 ? JSON.stringify(result.events[result.at - 1]) : 'start';
  console.error(`seed ${seed + i}, ${event}: ${result.member} differs
  XState: ${JSON.stringify(result.theirs)}
  ours:   ${JSON.stringify(result.ours)}`);
}
console.log(
  `${seen.lines} lines compared: ${seen.changed} changes of state, ${seen.actions} actions, ` +
    `${seen.done} machines done, ${seen.error} failed, ${handedOver} handed over and back`,
);
if (process.env.XORCA_CONFORMANCE_RESULTS)
  appendFileSync(
    process.env.XORCA_CONFORMANCE_RESULTS,
    JSON.stringify({
      ...{ suite: 'XState (differential)', version: XSTATE_VERSION, tests: machines, passed, failed },
      skipped: {},
    }) + '\n',
  );
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
