#!/usr/bin/env node
// Runs random machines here and in XState 5, and compares what each event does: value,
// context, status, output, tags, and the actions in their order.
//
//   tests/conformance/xstate/run [MACHINES] [--events N] [--seed N] [--show] [--simulate CMD]
//
// MACHINES (300) have the seeds from SEED (1) on, and take N (20) events each. With --show
// the machine of --seed is printed with its events and both answers. CMD runs a definition,
// by default the driver of this folder in XORCA_BUILD (build/); "build/xorca simulate" does
// as well. The npm package is fetched once, into ${XDG_CACHE_HOME:-~/.cache}/xorca-tests.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { generateEvents, generateMachine } from './generate.mjs';
import { loadXState, runOracle } from './oracle.mjs';

const XSTATE_VERSION = '5.33.3';
const here = dirname(fileURLToPath(import.meta.url));
const build = process.env.XORCA_BUILD ?? join(here, '../../../build');
delete process.env.XORCA_BUILD; // the program takes XORCA_ names for its own settings

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    events: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    show: { type: 'boolean', default: false },
    simulate: {
      type: 'string',
      default: join(build, 'tests/conformance/xstate/simulate_driver'),
    },
  },
});
const machines = Number(positionals[0] ?? 300);
const eventCount = Number(values.events);
const seed = Number(values.seed);

function fetchXState() {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const folder = join(cache, 'xorca-tests', `xstate-${XSTATE_VERSION}-oracle`);
  if (!existsSync(join(folder, 'node_modules/xstate/package.json'))) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"private":true}\n');
    execFileSync('npm', ['install', '--silent', `xstate@${XSTATE_VERSION}`], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  return loadXState(folder);
}

const command = values.simulate.split(' ');

const scratch = mkdtempSync(join(tmpdir(), 'xorca-xstate-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

function runOurs({ definition, input }, events) {
  const file = join(scratch, 'machine.json');
  writeFileSync(file, JSON.stringify(definition));
  const result = spawnSync(
    command[0],
    [...command.slice(1), file, '--input', JSON.stringify(input)],
    { input: events.map((event) => JSON.stringify(event) + '\n').join(''), encoding: 'utf8' },
  );
  if (result.error) throw result.error;
  if (result.status !== 0 && result.status !== 1)
    throw new Error(`${command[0]} ended with ${result.status ?? result.signal}: ${result.stderr}`);
  return result.stdout.trimEnd().split('\n').map((line) => JSON.parse(line));
}

const COMPARED = ['value', 'context', 'status', 'output', 'actions'];

function difference(ours, theirs) {
  if (theirs.status === 'error' || ours.status === 'error')
    return ours.status === theirs.status ? undefined : 'status';
  const sorted = (line) => [...line.tags].sort();
  if (!isDeepStrictEqual(sorted(ours), sorted(theirs))) return 'tags';
  return COMPARED.find((member) => !isDeepStrictEqual(ours[member], theirs[member]));
}

// JSON text in and out, so that absent and undefined, -0 and 0 are the same on both sides.
const plain = (value) => JSON.parse(JSON.stringify(value));

function compare(xstate, machineSeed) {
  const machine = generateMachine(machineSeed);
  const events = generateEvents(machineSeed, eventCount);
  const theirs = plain(runOracle(xstate, machine, events));
  const ours = runOurs(machine, events);
  for (let i = 0; i < theirs.length; i++) {
    const member = ours[i] === undefined ? 'line' : difference(ours[i], theirs[i]);
    if (member !== undefined)
      return { machine, events, at: i, member, ours: ours[i], theirs: theirs[i] };
  }
  return { machine, events, lines: theirs };
}

const xstate = fetchXState();
if (values.show) {
  const result = compare(xstate, seed);
  console.log(JSON.stringify(result.machine.definition, undefined, 2));
  console.log('input', JSON.stringify(result.machine.input));
  result.events.forEach((event) => console.log(JSON.stringify(event)));
  console.log(JSON.stringify(result.member ? result : { lines: result.lines }, undefined, 1));
  process.exit(result.member ? 1 : 0);
}

let passed = 0;
let failed = 0;
const seen = { lines: 0, changed: 0, done: 0, error: 0, actions: 0 };
for (let i = 0; i < machines; i++) {
  let result;
  try {
    result = compare(xstate, seed + i);
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
    const last = result.lines[result.lines.length - 1].status;
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
    `${seen.done} machines done, ${seen.error} without rest`,
);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
