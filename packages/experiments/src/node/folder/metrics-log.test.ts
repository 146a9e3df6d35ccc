import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMetricsLog } from './metrics-log.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rheobase-metrics-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function linesOf(file: string): Promise<readonly unknown[]> {
  return (await readFile(file, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
}

describe('the metrics of a run', () => {
  it('are lines of JSON in the order in which they were told, behind those that were there', async () => {
    const file = join(folder, 'metrics.jsonl');
    for (const task of ['first', 'second']) {
      const log = await openMetricsLog(file);
      for (let epoch = 0; epoch < 20; epoch++) log.note(task, { epoch });
      await log.close();
    }
    const lines = await linesOf(file);
    expect(lines).toHaveLength(40);
    expect(lines[25]).toMatchObject({ at: expect.stringMatching(/^\d{4}-.*Z$/), task: 'second', epoch: 5 });
  });

  it('lose no line but the one that a killed process did not finish', async () => {
    const file = join(folder, 'torn.jsonl');
    await writeFile(file, '{"task":"whole"}\n{"task":"ha');
    const log = await openMetricsLog(file);
    log.note('next', {});
    await log.close();
    expect(await linesOf(file)).toMatchObject([{ task: 'whole' }, { task: 'next' }]);
  });

  it('take a sample of what is told too often', async () => {
    const file = join(folder, 'often.jsonl');
    const log = await openMetricsLog(file);
    for (let batch = 0; batch < 100; batch++) log.sample('training', { batch });
    log.sample('another', {});
    await log.close();
    expect((await linesOf(file)).length).toBeLessThan(100);
    expect(await linesOf(file)).toMatchObject([{ task: 'training', batch: 0 }, { task: 'another' }]);
  });

  it('say at the end that they could not be written', async () => {
    await expect(openMetricsLog(join(folder, 'nowhere', 'metrics.jsonl'))).rejects.toThrow(
      /nowhere.*metrics\.jsonl: the metrics cannot be written/,
    );
  });
});
