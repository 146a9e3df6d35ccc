import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseExperiment } from './experiment-file.js';
import { openSplit } from './open-split.js';
import { reproduce } from './reproduce.js';
import { smokeExperiment, smokeImages, standInImages } from './smoke.js';
import { tinyExperiment } from './tiny-experiment.fixture.js';

const experiment = parseExperiment(tinyExperiment, 'tiny.yaml');
const source = { kind: 'weights', origin: 'somewhere', allowMissing: [], allowUnused: [] } as const;
const fromWeights = { ...experiment, network: { ...experiment.network, source } };

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rheobase-smoke-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the smoke run of an experiment', () => {
  it('keeps network, T, stages and passes, and says what it makes smaller', () => {
    const { experiment: smoke, reductions } = smokeExperiment(experiment, false);
    expect(smoke.network.model).toBe(experiment.network.model);
    expect(smoke.network.options).toEqual(experiment.network.options);
    expect(smoke.steps).toEqual(experiment.steps);
    expect(smoke.method.stageTwo.passes).toEqual(experiment.method.stageTwo.passes);
    expect(smoke.method.beyond.map(({ kind }) => kind)).toEqual(experiment.method.beyond.map(({ kind }) => kind));
    expect(reductions.join('\n')).toMatch(/16 training images.*8 held out, 8 test images\none epoch/);
    expect(reductions.join('\n')).not.toMatch(/weights/);
  });

  it('begins from the seed where weights are wanted and none are given, and says so', () => {
    const { experiment: smoke, reductions } = smokeExperiment(fromWeights, false);
    expect(smoke.network.source).toMatchObject({ kind: 'trained', epochs: 1 });
    expect(reductions.at(-1)).toMatch(/no trained weights: the source network begins from the seed/);
    expect(smokeExperiment(fromWeights, true).experiment.network.source).toEqual(source);
  });

  it('makes large images smaller, and the network with them', async () => {
    const large = {
      ...experiment,
      network: { ...experiment.network, options: { inputShape: [128, 96, 3], widths: [4, 4] } },
    };
    const { experiment: smoke, reductions } = smokeExperiment(large, false);
    expect(smoke.network.options).toEqual({ inputShape: [64, 64, 3], widths: [4, 4] });
    expect(reductions).toContain('images of 64×64 pixels instead of 128×96, and a network for them');
    const images = smokeImages(await openSplit('glyphs', { split: 'test' }), smoke);
    expect(images.imageShape).toEqual([64, 64, 3]);
    const { images: pixels, shape } = await images.read([3]);
    expect(shape).toEqual([1, 64, 64, 3]);
    const { images: original } = await (await openSplit('glyphs', { split: 'test' })).read([3]);
    expect([...pixels.subarray(0, 3)]).toEqual([...original.subarray(0, 3)]);
    expect([...pixels.subarray(-3)]).toEqual([...original.subarray(-3)]);
  });

  it('goes through every stage on stand-in images without any file, records that, and compares nothing', async () => {
    const { experiment: smoke, reductions } = smokeExperiment(fromWeights, false);
    const out = join(folder, 'run');
    const result = await reproduce({
      experiment: smoke,
      smoke: reductions,
      out,
      openTraining: () => standInImages(smoke, 'train'),
      openTest: () => standInImages(smoke, 'test'),
    });
    expect(Object.keys(result.stages)).toEqual(expect.arrayContaining(['converted', 'stage2', 'light', 'beyond']));
    expect(result.smoke).toEqual(reductions);
    expect(result.expectations[0]?.verdict).toEqual({ kind: 'not comparable', reason: 'it was a smoke run' });
    expect(JSON.parse(await readFile(join(out, 'config.json'), 'utf8'))).toMatchObject({ smoke: reductions });
    expect(await readdir(out)).toEqual(expect.arrayContaining(['ledger.json', 'raster.json', 'metrics.jsonl']));
  });
});
