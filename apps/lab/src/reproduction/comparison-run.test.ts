import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rheobaseProcess } from '../command-line.fixture.js';

const tiny = `
paper: { title: none, reference: none }
table: tiny comparison
description: methods in seconds
data: { dataset: glyphs, normalization: unit, trainImages: 128, heldOut: 40, calibration: 16, earlyStopping: 8, testImages: 40 }
network:
  model: vgg-small
  options: { widths: [8, 8], convolutions: 1 }
  source: { kind: trained, threshold: 2, epochs: 1, rate: 0.05, weightDecay: 0, batch: 32, augment: none }
steps: [1, 4]
seeds: [0, 1]
method:
  kind: comparison
  levels: 4
  stageOne: { epochs: 1, rate: 0.01, weightDecay: 0, batch: 32, augment: none }
  methods:
    - method: qcfs
    - { method: srp, options: { calibrationSteps: 2 } }
    - method: opi
budget: { minutes: 1, cores: 1 }
expected: null
reason: made up for a test
`;

let folder = '';
let file = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rheobase-comparison-command-'));
  file = join(folder, 'tiny.yaml');
  await writeFile(file, tiny);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('rheobase reproduce, of a comparison', () => {
  it('prints a table of all T, and how T was counted; started again, it prints the same from its folder', async () => {
    const out = join(folder, 'run');
    const { code, results, messages } = await rheobaseProcess('reproduce', file, '--deterministic', '--out', out);
    expect([code, code === 0 ? '' : messages]).toEqual([0, '']);
    expect(results).toMatch(/accuracy \(%\) at +spikes +T = 1 +T = 4/);
    expect(results).toMatch(/^qcfs +binary +\d+\.\d\d +\d+\.\d\d$/m);
    expect(results).toMatch(/^srp +binary +— +\d+\.\d\d$/m);
    expect(results).toMatch(/^opi +binary +\d+\.\d\d ± \d+\.\d\d +\d+\.\d\d ± \d+\.\d\d$/m);
    expect(results).toMatch(/srp: 2 steps settle which neurons are silent; then T − 2 steps answer\./);
    expect(results).toMatch(/40 test images\./);
    expect(messages).toContain(`The report is ${join(out, 'report.html')}.`);
    expect(await readFile(join(out, 'report.html'), 'utf8')).toContain('<section id="run">');
    const again = await rheobaseProcess('reproduce', file, '--deterministic', '--out', out, '--json');
    const result: unknown = JSON.parse(again.results);
    expect(result).toMatchObject({ table: expect.any(Array), steps: [1, 4], seeds: [0, 1] });
    expect(JSON.parse(await readFile(join(out, 'result.json'), 'utf8'))).toMatchObject({ sha256: expect.any(Object) });
  }, 120_000);

  it('names the line and the nearest option of a slip', async () => {
    const slip = join(folder, 'slip.yaml');
    await writeFile(slip, tiny.replace('calibrationSteps', 'calibrationStep'));
    const { code, messages } = await rheobaseProcess('reproduce', slip);
    expect(code).toBe(1);
    expect(messages).toMatch(
      /slip\.yaml:18: method\.methods\.1\.options\.calibrationStep: .*Did you mean 'calibrationSteps'\?/,
    );
  }, 30_000);
});
