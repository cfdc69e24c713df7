#!/usr/bin/env node
// Measures the core alone, and what other engines take for the same in the same run.
//
//   tests/bench/engine/run [PART...]
//
// Parts are `xstate`, `cel`, `schema` and `counts`; all of them without a name. Prints for each
// measure what was found and what is demanded, and a line of JSON; exit status 1 if a demand is
// missed. Needs Node, npm, Go 1.23 and valgrind; builds in build-bench. README.md says what the
// numbers mean.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';

const XSTATE = 'xstate@5.33.3';
const AJV = 'ajv@8.17.1';
const ROUNDS = 5; // of those that are timed, by turns: the least of each counts

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../../..');
const build = join(root, 'build-bench');
const bench = join(build, 'tests/bench/engine/engine_bench');
const example = join(root, 'deploy/examples/book-summary');
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'xorca-tests');
const orchestration = [join(example, 'book-summary.json'), join(example, 'input.json'), join(here, 'events.json')];

// --- Running ----------------------------------------------------------------------------------

function run(command, arguments_, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, arguments_, { encoding: 'utf8', ...options });
  if (error || status !== 0) throw new Error(`${command} ${arguments_.join(' ')}: ${error ?? stderr}`);
  return { stdout, stderr };
}

const lines = (command, ...arguments_) =>
  run(command, arguments_.map(String)).stdout.trim().split('\n').map((line) => JSON.parse(line));

function prepare() {
  run('cmake', ['-S', root, '-B', build, '-DCMAKE_BUILD_TYPE=RelWithDebInfo']);
  run('cmake', ['--build', build, '--target', 'engine_bench']);
}

// Instructions within the functions, by callgrind, and the command's own line.
function instructions(functions, ...arguments_) {
  const { stdout, stderr } = run('valgrind', ['--tool=callgrind', `--callgrind-out-file=${join(tmpdir(), 'xorca-callgrind.out')}`,
    ...functions.map((name) => `--toggle-collect=${name}`), bench, ...arguments_.map(String)]);
  return { count: Number(/Collected : (\d+)/.exec(stderr)[1]), ...JSON.parse(stdout) };
}

// --- Telling ----------------------------------------------------------------------------------

let missed = 0;
function tell(measure, value, unit, demand, isMet, more = {}) {
  if (!isMet) missed++;
  console.log(`${isMet ? 'ok  ' : 'MISS'} ${measure}: ${value} ${unit} (${demand})`);
  console.log(JSON.stringify({ measure, value, unit, demand, met: isMet, ...more }));
}

const rounded = (number, digits = 1) => Number(number.toFixed(digits));

// --- Parts --------------------------------------------------------------------------------------

// The folder in which an npm package is installed, once.
function npmFolder(wanted) {
  const folder = join(cache, wanted.replace('@', '-'));
  if (!existsSync(join(folder, 'node_modules', wanted.split('@')[0]))) {
    mkdirSync(folder, { recursive: true });
    run('npm', ['install', '--silent', '--prefix', folder, wanted]);
  }
  return folder;
}

function measureXState() {
  const folder = npmFolder(XSTATE);
  let ours, theirs;
  const better = (a, b) => (a && a.us_per_event <= b.us_per_event ? a : b);
  for (let round = 0; round < ROUNDS; round++) {
    ours = better(ours, lines(bench, 'events', ...orchestration, 4000)[0]);
    theirs = better(theirs, lines(process.execPath, join(here, 'xstate.mjs'), folder, ...orchestration.slice(1), 2000)[0]);
  }
  if (!isDeepStrictEqual(ours.snapshot, theirs.snapshot) || ours.emitted !== theirs.emitted)
    throw new Error(`not the same work: ${JSON.stringify({ ours, theirs })}`);
  const ratio = theirs.us_per_event / ours.us_per_event;
  tell('XState 5 for an event, of ours', rounded(ratio), 'times', 'at least 30', ratio >= 30,
    { ours_us: rounded(ours.us_per_event, 2), xstate_us: rounded(theirs.us_per_event, 2), node: process.version });
}

function measureCel() {
  const program = join(cache, 'bench-cel-go');
  const expressions = join(here, 'expressions.json');
  const count = 20000;
  execFileSync('go', ['build', '-o', program, '.'], { cwd: join(here, 'cel_go'), stdio: 'inherit' });
  const rounds = Array.from({ length: ROUNDS }, () => ({
    ours: lines(bench, 'cel', expressions, count), theirs: lines(program, expressions, count),
  }));
  JSON.parse(readFileSync(expressions, 'utf8')).expressions.forEach((expression, i) => {
    const [ours, theirs] = ['ours', 'theirs'].map((side) => Math.min(...rounds.map((round) => round[side][i].ns)));
    if (!isDeepStrictEqual(rounds[0].ours[i].value, rounds[0].theirs[i].value))
      throw new Error(`not the same value: ${expression}: ${JSON.stringify(rounds[0].theirs[i].value)}`);
    tell(`cel-go for ${expression}, of ours`, rounded(theirs / ours), 'times', 'at least 1', theirs >= ours,
      { ours_ns: ours, cel_go_ns: theirs });
  });
}

function measureSchema() {
  const folder = npmFolder(AJV);
  const contract = join(here, 'contract.json');
  const count = 20000;
  const rounds = Array.from({ length: ROUNDS }, () => ({
    ours: lines(bench, 'schema', contract, count), theirs: lines(process.execPath, join(here, 'ajv.mjs'), folder, contract, count),
  }));
  rounds[0].ours.forEach(({ valid }, i) => {
    const [ours, theirs] = ['ours', 'theirs'].map((side) => Math.min(...rounds.map((round) => round[side][i].ns)));
    if (valid !== rounds[0].theirs[i].valid) throw new Error(`not the same verdict on instance ${i}`);
    // Who is refused waits for a person; no demand.
    tell(`Ajv for ${valid ? 'a valid' : 'an invalid'} instance (${i}), of ours`, rounded(theirs / ours, 2), 'times',
      valid ? 'at least 1' : 'told alone', !valid || theirs >= ours, { ours_ns: ours, ajv_ns: rounded(theirs) });
  });
}

function measureCounts() {
  const step = instructions(['machine_start', 'machine_transition'], 'step', ...orchestration, 200);
  const mean = Math.round(step.count / step.steps_in_all);
  tell('a step of book-summary', mean, 'instructions', 'under 12000', mean < 12000);
  tell('malloc in a step', step.mallocs / step.steps, 'calls', 'none', step.mallocs === 0);
  const [few, many] = [10, 10000].map((states) => instructions(['machine_transition'], 'states', states, 500));
  const ratio = many.count / few.count;
  tell('a step among 10,000 states, of one among 10', rounded(ratio, 2), 'times', '0.8 to 1.2', ratio > 0.8 && ratio < 1.2,
    { few: Math.round(few.count / few.steps), many: Math.round(many.count / many.steps) });
  const [{ compile_ms: ms }] = lines(bench, 'states', 10000, 1);
  tell('compiling 10,000 states', ms, 'ms', 'under 100', ms < 100);
}

const parts = { xstate: measureXState, cel: measureCel, schema: measureSchema, counts: measureCounts };
const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(parts);
for (const part of wanted) {
  if (!parts[part]) throw new Error(`no part ${part}: there are ${Object.keys(parts).join(', ')}`);
}
prepare();
for (const part of wanted) parts[part]();
process.exitCode = missed === 0 ? 0 : 1;
