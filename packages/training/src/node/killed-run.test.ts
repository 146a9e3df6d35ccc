import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('./killed-run.fixture.mjs', import.meta.url));

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rheobase-killed-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/**
 * Runs the training in a process of its own, from its latest checkpoint if there is one.
 *
 * @param killAfterMs time after its first batch; default: never
 * @returns whether it was killed before it ended, and how many batches it did
 */
function run(name: string, killAfterMs?: number): Promise<{ readonly killed: boolean; readonly batches: number }> {
  return new Promise((settle, fail) => {
    const child = spawn(process.execPath, [script, join(folder, `${name}.checkpoint`), join(folder, name)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [batches, messages] = [0, ''];
    child.stdout.on('data', (dots: Buffer) => {
      if (batches === 0 && killAfterMs !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfterMs);
      batches += dots.length;
    });
    child.stderr.on('data', (text: Buffer) => (messages += String(text)));
    child.on('error', fail);
    child.on('close', (code, signal) => {
      if (signal === 'SIGKILL') settle({ killed: true, batches });
      else if (code === 0) settle({ killed: false, batches });
      else fail(new Error(`the run ended with ${code ?? signal}:\n${messages}`));
    });
  });
}

describe('a run that is killed', () => {
  it('ends, resumed twenty times after SIGKILL at random moments, with the same bytes as one that was not', async () => {
    const whole = await run('whole');
    expect(whole).toEqual({ killed: false, batches: 60 });
    const expected = await readFile(join(folder, 'whole'));

    await Promise.all([killTenTimes('one', 1), killTenTimes('other', 2)]);

    async function killTenTimes(name: string, seed: number): Promise<void> {
      const random = xoroshiro128plus(seed);
      let [kills, runs] = [0, 0];
      while (kills < 10) {
        // A run that has ended makes room for another, until ten kills have struck.
        const own = `${name}-${runs}`;
        while ((await run(own, kills < 10 ? uniformInt(random, 0, 60) : undefined)).killed) kills++;
        expect(await readFile(join(folder, own))).toEqual(expected);
        runs++;
      }
    }
  }, 120_000);
});
