#!/usr/bin/env node
// Converts the documents of @scion-scxml/test-framework to definitions and runs them here and
// in XState 5: state, context, status and actions are equal after every event, and the active
// leaves are those that the suite says.
//
//   tests/conformance/scxml/run [--list] [--show NAME] [PART-OF-NAME]
//
// --list prints the documents that cannot be expressed, with the reason; --show a document's
// definition. The driver is that of ../xstate, in XORCA_BUILD (build/). Both packages are
// fetched once, into ${XDG_CACHE_HOME:-~/.cache}/xorca-tests.
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { fetchPackage } from '../../support/npm.mjs';
import { loadXState, runOracle } from '../xstate/oracle.mjs';
import { convertDocument, Skip } from './convert.mjs';
import { parseXml } from './xml.mjs';

const SUITE = '@scion-scxml/test-framework';
const SUITE_VERSION = '2.0.16';
const XSTATE_VERSION = '5.33.3';

// Where XState, which we follow, means to differ from SCXML (core/machine/README.md).
const DIFFERENT = {
  'scxml-prefix-event-name-matching/star0': 'wildcards come after exact names',
  'w3c-ecma/test506.txml': 'an internal transition to its own source exits what is inside',
  'w3c-ecma/test533.txml': 'an internal transition of a parallel state stays inside of it',
};

const here = dirname(fileURLToPath(import.meta.url));
const build = process.env.XORCA_BUILD ?? join(here, '../../../build');
const driver = join(build, 'tests/conformance/xstate/simulate_driver');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { list: { type: 'boolean', default: false }, show: { type: 'string' } },
});

const scratch = mkdtempSync(join(tmpdir(), 'xorca-scxml-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

// --- The suite ----------------------------------------------------------------------------------

const folder = join(fetchPackage(SUITE, SUITE_VERSION), 'node_modules', SUITE, 'test');
const documents = readdirSync(folder)
  .flatMap((part) => readdirSync(join(folder, part)).map((file) => `${part}/${file}`))
  .filter((file) => file.endsWith('.scxml'))
  .map((file) => file.slice(0, -'.scxml'.length))
  .filter((name) => existsSync(join(folder, `${name}.json`))) // others are parts of documents
  .filter((name) => name.includes(positionals[0] ?? ''))
  .sort();

// The events as this program takes them: what a machine sends itself without a delay waits for
// the clock, so that is advanced, if only by nothing, before every event; of a document that
// nobody sends events to, until nothing waits.
function readScript(name) {
  const script = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
  const advance = (ms) => ({ type: 'xorca.advance', data: { ms } });
  const events = script.events.length === 0 ? [advance(60000)] : [];
  const expected = [{ at: events.length, leaves: script.initialConfiguration }];
  for (const { event, after, nextConfiguration } of script.events) {
    if (event.name === '') throw new Skip('an event without a name');
    events.push(advance(after ?? 0));
    events.push({ type: event.name, ...(event.data === undefined ? {} : { data: event.data }) });
    expected.push({ at: events.length, leaves: nextConfiguration });
  }
  return { events, expected };
}

// --- Running ------------------------------------------------------------------------------------

function runOurs(definition, events) {
  const file = join(scratch, 'machine.json');
  writeFileSync(file, JSON.stringify(definition));
  const input = events.map((event) => JSON.stringify(event) + '\n').join('');
  const result = spawnSync(driver, [file], { input, encoding: 'utf8' });
  if (result.error) throw result.error;
  if (result.status !== 0) throw new Error(`the driver says: ${result.stderr}${result.stdout}`);
  return result.stdout.trimEnd().split('\n').map((line) => JSON.parse(line));
}

// The ids of the leaves of a state value, sorted.
function leavesOf(config, value) {
  if (typeof value === 'string') return leavesOf(config, { [value]: {} });
  const children = Object.entries(value ?? {});
  if (children.length === 0) return [config.id];
  return children.flatMap(([key, child]) => leavesOf(config.states[key], child)).sort();
}

const COMPARED = ['value', 'context', 'status', 'actions'];

function run(name) {
  const root = parseXml(readFileSync(join(folder, `${name}.scxml`), 'utf8'));
  const definition = convertDocument(root);
  const { events, expected } = readScript(name);
  if (values.show) console.log(JSON.stringify({ definition, events, expected }, undefined, 1));
  const theirs = JSON.parse(JSON.stringify(runOracle(xstate, { definition, input: {} }, events)));
  const ours = runOurs(definition, events);
  for (let i = 0; i < theirs.length; i++) {
    const member = COMPARED.find((m) => !isDeepStrictEqual(ours[i]?.[m], theirs[i][m]));
    if (member)
      return `line ${i}: ${member} differs
  XState: ${JSON.stringify(theirs[i])}
  ours:   ${JSON.stringify(ours[i])}`;
  }
  for (const { at, leaves } of expected) {
    const active = leavesOf(definition, ours[at]?.value);
    if (!isDeepStrictEqual(active, [...leaves].sort()))
      return `line ${at}: ${active} are active, and by the suite ${leaves}`;
  }
  return undefined;
}

const xstate = loadXState(fetchPackage('xstate', XSTATE_VERSION));
let passed = 0;
let failed = 0;
const skipped = {};
function note(reason, name) {
  (skipped[reason] ??= []).push(name);
}
for (const name of documents) {
  if (values.show && values.show !== name) continue;
  let problem;
  try {
    problem = run(name);
  } catch (error) {
    if (error instanceof Skip) {
      note(error.message, name);
      continue;
    }
    problem = String(error.stack ?? error);
  }
  const means = DIFFERENT[name];
  if (means && problem?.includes('by the suite')) {
    note(`XState differs: ${means}`, name);
  } else if (problem || means) {
    failed++;
    console.error(`${name}: ${problem ?? `passes, though ${means}`}`);
  } else passed++;
}
const counts = Object.fromEntries(
  Object.entries(skipped)
    .map(([reason, names]) => [reason, names.length])
    .sort(([, a], [, b]) => b - a),
);
for (const [reason, count] of Object.entries(counts)) {
  console.log(`${count} skipped: ${reason}`);
  if (values.list) console.log(`  ${skipped[reason].join('\n  ')}`);
}
if (process.env.XORCA_CONFORMANCE_RESULTS)
  appendFileSync(
    process.env.XORCA_CONFORMANCE_RESULTS,
    JSON.stringify({
      ...{ suite: 'SCXML (@scion-scxml/test-framework)', version: SUITE_VERSION, tests: passed + failed, passed, failed },
      skipped: counts,
    }) + '\n',
  );
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
