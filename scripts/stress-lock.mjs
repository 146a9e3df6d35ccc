// Lets processes compete for a run's folder, many times over: `pnpm stress:lock --rounds 5000 --starters 3 --seed 1`. Build before.
import { parseArgs } from 'node:util';
import { lockRounds } from '../packages/experiments/src/node/folder/lock-rounds.fixture.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5000' },
    starters: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
  },
});
const [rounds, starters, seed] = [values.rounds, values.starters, values.seed].map(Number);

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
