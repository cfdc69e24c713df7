// xstate.mjs XSTATE INPUT EVENTS N: the example's machine as one writes it for XState 5, in this
// Node; for each event the stored snapshot and the event are parsed, the step is taken, and the
// next snapshot is printed. Prints what `engine_bench events` prints.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [xstate, inputFile, eventsFile, count] = process.argv.slice(2);
const { setup, assign, emit, transition, initialTransition } = createRequire(`${xstate}/`)('xstate');
const send = (type, data) => emit(({ context, event }) => ({ type, data: data(context, event) }));
const set = (name, value) => assign({ [name]: ({ event }) => value(event.data) });
const failedBecause = (of) => ({
  target: '#book-summary.failed',
  actions: assign({ reason: ({ event }) => `${of}: ${event.data.errorMessage}` }),
});
const late = (reason) => ({ target: 'failed', actions: assign({ reason }) });
const isOfThisAttempt = ({ context, event }) => event.data.attempt === context.attempts;

const check = (name, data) => ({
  initial: 'asked',
  states: {
    asked: {
      entry: send(`cmd.checks.${name}`, data),
      on: {
        [`evt.checks.${name}.success`]: [
          { guard: (scope) => isOfThisAttempt(scope) && scope.event.data.passed, target: 'passed' },
          { guard: isOfThisAttempt, target: '#book-summary.rewriting', actions: set('feedback', (d) => d.feedback) },
        ],
      },
    },
    passed: { type: 'final' },
  },
});

const machine = setup({}).createMachine({
  id: 'book-summary',
  initial: 'fetching',
  context: ({ input }) => ({
    bookId: input.bookId, text: null, summary: null, attempts: 0, feedback: null, reason: null,
  }),
  output: ({ context: { bookId, summary, attempts, reason } }) => ({ bookId, summary, attempts, reason }),
  states: {
    fetching: {
      entry: send('cmd.books.fetch', ({ bookId }) => ({ bookId })),
      on: {
        'evt.books.fetch.success': { target: 'summarising', actions: set('text', (d) => d.text) },
        'evt.books.fetch.error': failedBecause('fetch'),
      },
      after: { 30000: late('fetch: no answer within 30 s') },
    },
    summarising: {
      entry: [
        assign({ attempts: ({ context }) => context.attempts + 1 }),
        send('cmd.books.summarise', ({ text, attempts, feedback }) => ({ text, attempt: attempts, feedback })),
      ],
      on: {
        'evt.books.summarise.success': { target: 'checking', actions: set('summary', (d) => d.summary) },
        'evt.books.summarise.error': failedBecause('summarise'),
      },
      after: { 60000: late('summarise: no answer within 60 s') },
    },
    checking: {
      type: 'parallel',
      states: {
        grounded: check('grounded', ({ text, summary, attempts }) => ({ text, summary, attempt: attempts })),
        compliant: check('compliant', ({ summary, attempts }) => ({ summary, attempt: attempts })),
      },
      onDone: 'done',
      on: {
        'evt.checks.grounded.error': failedBecause('check'),
        'evt.checks.compliant.error': failedBecause('check'),
      },
      after: { 60000: late('check: no answer within 60 s') },
    },
    rewriting: {
      always: [
        { guard: ({ context }) => context.attempts < 3, target: 'summarising' },
        {
          target: 'failed',
          actions: assign({
            reason: ({ context }) => `no summary passed in ${context.attempts} attempts: ${context.feedback}`,
          }),
        },
      ],
    },
    done: { type: 'final', entry: send('notif.books.summarised', ({ bookId, summary }) => ({ bookId, summary })) },
    failed: {
      type: 'final', tags: ['failed'],
      entry: send('notif.books.failed', ({ bookId, reason }) => ({ bookId, reason })),
    },
  },
});

const input = JSON.parse(readFileSync(inputFile, 'utf8'));
const events = JSON.parse(readFileSync(eventsFile, 'utf8')).map((event) => JSON.stringify(event));

function orchestrate() {
  let [snapshot, actions] = initialTransition(machine, input);
  let text = JSON.stringify(machine.getPersistedSnapshot(snapshot)), sent = actions;
  for (const event of events) {
    [snapshot, actions] = transition(machine, machine.restoreSnapshot(JSON.parse(text)), JSON.parse(event));
    text = JSON.stringify(machine.getPersistedSnapshot(snapshot));
    sent = sent.concat(actions);
  }
  return { text, sent };
}

for (let i = 0; i < 2000; i++) orchestrate(); // V8 compiles what is called often
let least = Infinity;
for (let repetition = 0; repetition < 5; repetition++) {
  const before = process.cpuUsage();
  for (let i = 0; i < Number(count); i++) orchestrate();
  const { user, system } = process.cpuUsage(before);
  least = Math.min(least, user + system);
}
const { text, sent } = orchestrate();
console.log(JSON.stringify({
  us_per_event: least / (Number(count) * (events.length + 1)),
  emitted: sent.filter(({ type }) => type === 'xstate.emit').length,
  snapshot: JSON.parse(text),
}));
