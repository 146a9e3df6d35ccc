// Rounds in which several processes want the same folder at the same moment: free, or left by processes that are no more.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

const program = fileURLToPath(new URL('./lock-starter.fixture.mjs', import.meta.url));
/** A number that no process has. */
const nobody = 2 ** 30;

/**
 * Plays rounds. In each, a folder is taken by exactly one of the starters (`take`), or, where they give it back and try again, by no two at once
 * (`contend`); and nothing of the locks is left in the end.
 *
 * @returns what went wrong, in words
 */
export async function lockRounds({ rounds, starters = 3, seed = 1, onRound = () => undefined }) {
  const random = xoroshiro128plus(seed);
  const below = (count) => (random.next() >>> 8) % count;
  const root = await mkdtemp(join(tmpdir(), 'rheobase-lock-rounds-'));
  const processes = Array.from({ length: starters }, () => fork(program));
  const answerOf = async (process) => (await once(process, 'message'))[0];
  const ask = (task, folder) =>
    Promise.all(
      processes.map((process) => {
        const answer = answerOf(process);
        process.send({ task, folder, delay: below(3) === 0 ? 0 : below(16) / 20 });
        return answer;
      }),
    );
  const problems = [];
  try {
    await Promise.all(processes.map(answerOf));
    for (let round = 0; round < rounds; round++) {
      const folder = await mkdtemp(join(root, 'run-'));
      const left = below(4);
      for (let k = 0; k < left; k++) {
        const name = k === 0 ? 'lock' : `lock.after-${round}-${k - 1}`;
        const holder = { process: nobody, began: null, host: hostname(), id: `${round}-${k}` };
        await writeFile(join(folder, name), JSON.stringify(holder));
      }
      const task = below(3) === 0 ? 'contend' : 'take';
      const answers = await ask(task, folder);
      const said = answers.map((answer) => answer.said);
      const holders = said.filter((word) => word === 'held').length;
      const isRight = task === 'take' ? holders === 1 : holders > 0;
      if (!isRight || said.some((word) => word !== 'held' && word !== 'refused')) {
        problems.push(`round ${round} (${task}, ${left} left): ${JSON.stringify(answers)}`);
      }
      if (task === 'take') await ask('giveBack', folder);
      const remains = await readdir(folder);
      if (remains.length > 0) problems.push(`round ${round} (${task}, ${left} left): it leaves ${remains.join(', ')}`);
      await rm(folder, { recursive: true });
      onRound(round + 1, problems.length);
    }
  } finally {
    for (const process of processes) process.disconnect();
    await rm(root, { recursive: true, force: true });
  }
  return problems;
}
