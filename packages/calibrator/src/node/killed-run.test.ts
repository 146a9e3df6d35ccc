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
  folder = await mkdtemp(join(tmpdir(), 'rheobase-calibration-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/**
 * Runs the calibration in a process of its own, from its kept state if there is one.
 *
 * @param killAfter number of events (starts, epochs and ends of sites) after which it is killed; default: never
 * @returns whether it was killed before it ended
 */
function run(name: string, killAfter = Number.POSITIVE_INFINITY): Promise<boolean> {
  return new Promise((settle, fail) => {
    const child = spawn(process.execPath, [script, join(folder, `${name}.state`), join(folder, name)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [events, messages] = [0, ''];
    child.stdout.on('data', (dots: Buffer) => {
      events += dots.length;
      if (events >= killAfter) child.kill('SIGKILL');
    });
    child.stderr.on('data', (text: Buffer) => (messages += String(text)));
    child.on('error', fail);
    child.on('close', (code, signal) => {
      if (signal === 'SIGKILL') settle(true);
      else if (code === 0) settle(false);
      else fail(new Error(`the run ended with ${code ?? signal}:\n${messages}`));
    });
  });
}

describe('a calibration that is killed', () => {
  it('ends, resumed after SIGKILL at random moments, with the same bytes as one that was not', async () => {
    expect(await run('whole')).toBe(false);
    const expected = await readFile(join(folder, 'whole'));
    const random = xoroshiro128plus(4);
    let kills = 0;
    for (let attempt = 0; kills < 3; attempt++) {
      const name = `killed-${attempt}`;
      // Not fewer events than lie between two sites, so that each run gets on.
      while (kills < 3 && (await run(name, uniformInt(random, 8, 20)))) kills++;
      await run(name);
      expect(await readFile(join(folder, name))).toEqual(expected);
    }
  }, 120_000);
});
