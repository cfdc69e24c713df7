// ajv.mjs AJV CONTRACT N: validates each instance of the contract N times with Ajv, in this Node,
// by the code that Ajv generates for the schema, telling all failures as ours does. Prints what `engine_bench schema` prints.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [folder, contractFile, count] = process.argv.slice(2);
const Ajv = createRequire(`${folder}/`)('ajv/dist/2020').default;
const { schema, instances } = JSON.parse(readFileSync(contractFile, 'utf8'));
const validate = new Ajv({ strict: false, allErrors: true }).compile(schema);

for (const instance of instances) {
  for (let i = 0; i < 20000; i++) validate(instance); // V8 compiles what is called often
  let least = Infinity;
  for (let repetition = 0; repetition < 5; repetition++) {
    const before = process.cpuUsage();
    for (let i = 0; i < Number(count); i++) validate(instance);
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, user + system);
  }
  console.log(JSON.stringify({ ns: least * 1000 / Number(count), valid: validate(instance) }));
}
