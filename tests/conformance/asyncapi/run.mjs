#!/usr/bin/env node
// Gives the AsyncAPI documents of definitions to AsyncAPI's own parser.
//
//   tests/conformance/asyncapi/run
//
// The parser is the npm package @asyncapi/parser, fetched once into
// ${XDG_CACHE_HOME:-~/.cache}/xorca-tests. XORCA_BUILD is the build folder with the program, by
// default build/. XORCA_CONFORMANCE_RESULTS names a file to which a line of JSON with the
// result is appended.
import { execFileSync } from 'node:child_process';
import {
  appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PARSER_VERSION = '3.6.3';
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

function fetchParser() {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const folder = join(cache, 'xorca-tests', `asyncapi-parser-${PARSER_VERSION}`);
  if (!existsSync(join(folder, 'node_modules/@asyncapi/parser/package.json'))) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"private":true}\n');
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--silent', '--prefix', folder,
      `@asyncapi/parser@${PARSER_VERSION}`], { stdio: 'inherit' });
  }
  return createRequire(join(folder, 'package.json'))('@asyncapi/parser');
}

const { Parser } = fetchParser();
const results = { passed: 0, failed: 0 };

function test(name, problem) {
  results[problem === undefined ? 'passed' : 'failed'] += 1;
  if (problem !== undefined) console.log(`FAIL ${name}: ${problem}`);
}

function documentOf(definition) {
  return JSON.parse(execFileSync(program, ['catalog', definition, '--format', 'asyncapi'],
    { encoding: 'utf8' }));
}

/** The parsed document, and what it says is wrong (severity 0 is an error). */
async function parse(document) {
  const { document: parsed, diagnostics } = await new Parser().parse(JSON.stringify(document));
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 0);
  return { parsed, errors: errors.map((error) => `${error.message} at ${error.path.join('.')}`) };
}

/** Types and directions, as the definition has them written in its text. */
function typesIn(definition) {
  const text = JSON.stringify(definition);
  return [...text.matchAll(/"type":"((?:cmd|notif)\.[^"]+)"/g)].map((match) => match[1]);
}

async function accepts(name, file, definition) {
  const document = documentOf(file);
  const { parsed, errors } = await parse(document);
  test(`${name} is taken`, errors.length > 0 ? errors[0] : undefined);
  if (parsed === undefined) return undefined;
  const sent = new Set(parsed.operations().filterBySend()
    .flatMap((operation) => operation.messages().all().map((message) => message.name())));
  const received = new Set(parsed.operations().filterByReceive()
    .flatMap((operation) => operation.messages().all().map((message) => message.name())));
  const missing = typesIn(definition).filter((type) => !sent.has(type));
  test(`${name} sends what it emits`, missing.length > 0 ? missing.join(', ') : undefined);
  const start = `xorca.${definition.id}.start`;
  test(`${name} receives its start`, received.has(start) ? undefined : [...received].join(', '));
  return { document, parsed, received };
}

const examples = join(root, 'deploy/examples');
for (const example of readdirSync(examples)) {
  for (const file of readdirSync(join(examples, example))) {
    if (!file.endsWith('.json') || file.endsWith('.test.json')) continue;
    if (file === 'services.json' || file === 'input.json') continue;
    const path = join(examples, example, file);
    const definition = JSON.parse(readFileSync(path, 'utf8'));
    const taken = await accepts(`${example}/${file}`, path, definition);
    // A parser that takes everything would prove nothing.
    if (taken === undefined) continue;
    const broken = structuredClone(taken.document);
    Object.values(broken.operations)[0].action = 'publish';
    const { errors } = await parse(broken);
    test(`${example}/${file}, broken, is refused`, errors.length > 0 ? undefined : 'it is taken');
  }
}

// Types that stand for many, and one that is a key of nobody's.
const wildcards = {
  id: 'wild', version: '1.0.0', initial: 'a',
  states: {
    a: {
      entry: [{ type: '@xstate.emit', event: { type: 'cmd.x' } }],
      on: { 'evt.x.*': { target: 'b' }, '*': { target: 'b' }, 'sys.cmd.x.error': { target: 'b' } },
    },
    b: { type: 'final' },
  },
};
const folder = mkdtempSync(join(tmpdir(), 'xorca-asyncapi-'));
try {
  const file = join(folder, 'wild.json');
  writeFileSync(file, JSON.stringify(wildcards));
  const taken = await accepts('wildcards', file, wildcards);
  test('wildcards are received', ['evt.x.*', '*', 'sys.cmd.x.error']
    .every((type) => taken?.received.has(type)) ? undefined : [...taken?.received ?? []].join(', '));
} finally {
  rmSync(folder, { recursive: true });
}

console.log(`${results.passed} passed, ${results.failed} failed`);
if (resultsFile) {
  appendFileSync(resultsFile, `${JSON.stringify({
    suite: 'AsyncAPI 3.0 (@asyncapi/parser)', version: PARSER_VERSION,
    tests: results.passed + results.failed, ...results, skipped: {},
  })}\n`);
}
process.exit(results.failed > 0 ? 1 : 0);
