#!/usr/bin/env node
// Compares schemas/scenarios.schema.json with what `xorca test` takes and refuses.
//
//   tests/conformance/scenarios/run
//
// The validator is the npm package ajv, fetched once into ${XDG_CACHE_HOME:-~/.cache}/xorca-tests.
// XORCA_BUILD is the build folder with the program, by default build/.
// XORCA_CONFORMANCE_RESULTS names a file to which a line of JSON with the result is appended.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const AJV_VERSION = '8.17.1';
const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../../..');
const program = join(process.env.XORCA_BUILD ?? join(root, 'build'), 'xorca');
const resultsFile = process.env.XORCA_CONFORMANCE_RESULTS;
// The program takes XORCA_ names for its own settings, and refuses those that it does not know.
for (const name of Object.keys(process.env)) if (name.startsWith('XORCA_')) delete process.env[name];

if (!existsSync(program)) {
  console.error(`${program} does not exist: make -C build xorca, or set XORCA_BUILD`);
  process.exit(2);
}

function fetchAjv() {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const folder = join(cache, 'xorca-tests', `ajv-${AJV_VERSION}`);
  if (!existsSync(join(folder, 'node_modules/ajv/package.json'))) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"private":true}\n');
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--silent', '--prefix', folder,
      `ajv@${AJV_VERSION}`], { stdio: 'inherit' });
  }
  return createRequire(join(folder, 'package.json'))('ajv/dist/2020').default;
}

const Ajv = fetchAjv();
const ajv = new Ajv({ validateFormats: false, allowUnionTypes: true });
const validate = ajv.compile(JSON.parse(
  readFileSync(join(root, 'schemas/scenarios.schema.json'), 'utf8')));
const results = { passed: 0, failed: 0 };
const folder = mkdtempSync(join(tmpdir(), 'xorca-scenarios-'));
writeFileSync(join(folder, 'm.json'), JSON.stringify({
  id: 'm', version: '1.0.0', initial: 'a', states: { a: { on: { 'evt.x': {} } } },
}));

/** Bad use or a bad file is status 2; scenarios that fail are status 1. */
function isTakenByProgram(document) {
  const file = join(folder, 'm.test.json');
  writeFileSync(file, JSON.stringify(document));
  return spawnSync(program, ['test', file]).status !== 2;
}

function test(name, bySchema, byProgram, expected) {
  const agree = bySchema === expected.schema && byProgram === expected.program;
  results[agree ? 'passed' : 'failed'] += 1;
  if (!agree) console.log(`FAIL ${name}: schema ${bySchema}, program ${byProgram}`);
}

const examples = join(root, 'deploy/examples');
for (const example of readdirSync(examples)) {
  const names = existsSync(join(examples, example, 'README.md'))
    ? readdirSync(join(examples, example)) : [];
  for (const name of names.filter((file) => file.endsWith('.test.json'))) {
    const document = JSON.parse(readFileSync(join(examples, example, name), 'utf8'));
    test(`${example}/${name}`, validate(document),
      isTakenByProgram({ ...document, definition: 'm.json' }), { schema: true, program: true });
  }
}

const event = { event: { type: 'evt.x' } };
const file = (...steps) => ({ definition: 'm.json', scenarios: [{ name: 'one', steps }] });
const expecting = (expect) => file({ ...event, expect });
const BAD = [
  [], {}, { definition: 'm.json' }, { scenarios: [] }, { definition: 1, scenarios: [] },
  { ...file(), scenario: [] }, { definition: 'm.json', scenarios: {} },
  { definition: 'm.json', scenarios: [{}] }, { definition: 'm.json', scenarios: [{ name: 1 }] },
  { definition: 'm.json', scenarios: [{ name: 'one', input: [] }] },
  { definition: 'm.json', scenarios: [{ name: 'one', stepps: [] }] },
  file({}), file({ ...event, advance: 1 }), file({ event: {} }), file({ event: { type: 1 } }),
  file({ advance: -1 }), file({ advance: 1.5 }), file({ advance: null }), file(1),
  expecting([]), expecting({ state: 1 }), expecting({ status: 'error' }),
  expecting({ emitted: {} }), expecting({ emitted: [1] }), expecting({ emitted: [{}] }),
  expecting({ context: [] }), expecting({ tags: 'a' }), expecting({ ignored: 'yes' }),
  expecting({ error: true }), expecting({ that: 'true' }), expecting({ that: [true] }),
  expecting({ stat: 'a' }),
];
for (const document of BAD)
  test(JSON.stringify(document), validate(document), isTakenByProgram(document),
    { schema: false, program: false });

const GOOD = [
  file(), file(event), file({ advance: '1h30m' }, { advance: 5 }),
  { definition: 'm.json', description: 'd', $schema: 's', scenarios: [] },
  expecting({
    state: { a: {} }, status: 'active', emitted: ['cmd.x', { type: 'cmd.y', data: 1 }],
    context: {}, output: null, tags: [], ignored: true, error: 'x', that: ['true'],
  }),
];
for (const document of GOOD)
  test(JSON.stringify(document), validate(document), isTakenByProgram(document),
    { schema: true, program: true });

// What only the program can see.
for (const document of [file({ advance: '5 s' }), expecting({ that: ['1 +'] }),
  { definition: 'm.json', scenarios: [{ name: 'one', now: 'noon' }] }])
  test(JSON.stringify(document), validate(document), isTakenByProgram(document),
    { schema: true, program: false });

rmSync(folder, { recursive: true });
console.log(`${results.passed} passed, ${results.failed} failed`);
if (resultsFile) {
  appendFileSync(resultsFile, `${JSON.stringify({
    suite: 'Scenario files (ajv)', version: AJV_VERSION,
    tests: results.passed + results.failed, ...results, skipped: {},
  })}\n`);
}
process.exit(results.failed > 0 ? 1 : 0);
