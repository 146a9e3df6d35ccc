// Lets processes compete for a run's folder, many times over: `pnpm stress:lock --rounds 5000 --starters 3 --seed 1`. Build before.
import { parseArgs } from 'node:util';
import { lockRounds } from '../packages/experiments/src/node/folder/lock-rounds.fixture.mjs';

const help = `Usage: pnpm stress:lock [options]

  --rounds <n>    how often all processes want the folder at once (default: 5000)
  --starters <n>  processes, at least 2 (default: 3)
  --seed <n>      of what is left there before each round (default: 1)
`;

/** Ends with a message, no stack: what is wrong is what was typed. */
function refuse(message) {
  console.error(`stress:lock: ${message}`);
  process.exit(2);
}

function optionsGiven() {
  try {
    const { values } = parseArgs({
      options: {
        rounds: { type: 'string', default: '5000' },
        starters: { type: 'string', default: '3' },
        seed: { type: 'string', default: '1' },
        help: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (error) {
    return refuse(`${error.message} --help lists the options.`);
  }
}

function integerOf(name, text, least) {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < least) {
    return refuse(`--${name} must be an integer of at least ${least}, not '${text}'.`);
  }
  return value;
}

const values = optionsGiven();
if (values.help) {
  process.stdout.write(help);
  process.exit(0);
}
const rounds = integerOf('rounds', values.rounds, 1);
const starters = integerOf('starters', values.starters, 2);
const seed = integerOf('seed', values.seed, 0);

const problems = await lockRounds({
  rounds,
  starters,
  seed,
  onRound: (round, wrong) => {
    if (round % 500 === 0) console.log(`${round} rounds, ${wrong} wrong`);
  },
});
for (const problem of problems.slice(0, 20)) console.error(problem);
console.log(`${rounds} rounds with ${starters} processes: ${problems.length} wrong`);
process.exitCode = problems.length > 0 ? 1 : 0;
