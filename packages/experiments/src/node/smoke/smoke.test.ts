import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseExperiment } from '../experiment/experiment-file.js';
import { leftOutAt } from '../experiment/meant-steps.js';
import { openSplit } from '../stages/open-split.js';
import { reproduce } from '../two-stage/reproduce.fixture.js';
import { smokeExperiment, smokeImages } from './smoke.js';
import { smokeData } from './smoke-data.js';
import { tinyExperiment } from '../two-stage/tiny-experiment.fixture.js';

const experiment = parseExperiment(tinyExperiment, 'tiny.yaml');
const source = { kind: 'weights', origin: 'somewhere', allowMissing: [], allowUnused: [] } as const;
const fromWeights = { ...experiment, network: { ...experiment.network, source } };

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rheobase-smoke-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the smoke run of an experiment', () => {
  it('keeps layers, stages and passes, and says what it makes smaller', () => {
    const { experiment: smoke, reductions } = smokeExperiment(experiment, false);
    expect(smoke.network.model).toBe(experiment.network.model);
    expect(smoke.network.options).toEqual(experiment.network.options);
    expect(smoke.steps).toEqual([2]);
    if (smoke.method.kind !== 'two-stage' || experiment.method.kind !== 'two-stage') throw new Error('Another method.');
    expect(smoke.method.stageTwo.passes).toEqual(experiment.method.stageTwo.passes);
    expect(smoke.method.extensions.map(({ kind }) => kind)).toEqual(
      experiment.method.extensions.map(({ kind }) => kind),
    );
    expect(reductions.join('\n')).toMatch(/8 training images.*4 held out, 4 test images\none epoch.*T = 2$/);
    expect(reductions.join('\n')).not.toMatch(/weights/);
  });

  it('takes as many test images as are asked for, of stand-ins too, and says so', async () => {
    const { experiment: smoke, reductions } = smokeExperiment(experiment, false, { testImages: 6 });
    expect(reductions.join('\n')).toMatch(/4 held out, 6 test images\n/);
    expect(smoke.data.testImages).toBe(6);
    const imagenet = { ...smoke, data: { ...smoke.data, dataset: 'imagenet' } };
    const test = await (await smokeData(imagenet, undefined)).openTest();
    expect(test.length).toBe(6);
  });

  it('does extensions whatever T they are meant for, and says so', () => {
    const bounded = tinyExperiment.replace('kind: rate-based,', 'kind: rate-based, above: 4,');
    const { experiment: smoke, reductions } = smokeExperiment(parseExperiment(bounded, 'tiny.yaml'), false);
    if (smoke.method.kind !== 'two-stage') throw new Error('Another method.');
    expect(leftOutAt(smoke.method, 2)).toEqual([]);
    expect(reductions).toContain('extensions for other T also run at this one');
  });

  it('starts from random weights if weights are wanted and none are given, and says so', () => {
    const { experiment: smoke, reductions } = smokeExperiment(fromWeights, false);
    expect(smoke.network.source).toMatchObject({ kind: 'trained', epochs: 1 });
    expect(reductions.at(-1)).toMatch(/no trained weights: the source network starts from random weights/);
    expect(smokeExperiment(fromWeights, true).experiment.network.source).toEqual(source);
  });

  it('makes large images smaller, and the network with them', async () => {
    const large = {
      ...experiment,
      network: { ...experiment.network, options: { inputShape: [128, 96, 3], widths: [4, 4] } },
    };
    const { experiment: smoke, reductions } = smokeExperiment(large, false);
    expect(smoke.network.options).toEqual({ inputShape: [64, 64, 3], widths: [4, 4] });
    expect(reductions).toContain('images of 64×64 pixels instead of 128×96');
    const images = smokeImages(await openSplit('glyphs', { split: 'test' }), smoke);
    expect(images.imageShape).toEqual([64, 64, 3]);
    const { images: pixels, shape } = await images.read([3]);
    expect(shape).toEqual([1, 64, 64, 3]);
    const { images: original } = await (await openSplit('glyphs', { split: 'test' })).read([3]);
    expect([...pixels.subarray(0, 3)]).toEqual([...original.subarray(0, 3)]);
    expect([...pixels.subarray(-3)]).toEqual([...original.subarray(-3)]);
  });

  it('makes a network of millions of parameters narrower, unless its weights are given', () => {
    const vgg = { ...fromWeights, network: { ...fromWeights.network, model: 'vgg16', options: { classes: 100 } } };
    const { experiment: smoke, reductions } = smokeExperiment(vgg, false);
    expect(smoke.network.options).toEqual({ classes: 100, widths: [16, 32, 64, 128, 128], hidden: 1024 });
    expect(reductions).toContain('a quarter of the channels in every layer');
    expect(smokeExperiment(vgg, true).experiment.network.options).toEqual({ classes: 100 });
  });

  it('goes through every stage on stand-in images without any file, records that, and compares nothing', async () => {
    const { experiment: smoke, reductions } = smokeExperiment(fromWeights, false);
    const out = join(folder, 'run');
    const elsewhere = { ...smoke, data: { ...smoke.data, dataset: 'imagenet' } };
    const { openTraining, openTest, reductions: ofData } = await smokeData(elsewhere, undefined);
    expect(ofData).toEqual(['procedural images in place of imagenet, because no folder was given with --data-dir']);
    const result = await reproduce({
      experiment: smoke,
      smoke: reductions,
      out,
      openTraining,
      openTest,
    });
    expect(Object.keys(result.stages)).toEqual(expect.arrayContaining(['converted', 'stage2', 'light', 'extensions']));
    expect(result.smoke).toEqual(reductions);
    const [expectation] = result.expectations;
    expect(expectation?.verdict).toEqual({ kind: 'not comparable', reason: 'a smoke run' });
    expect(expectation).not.toHaveProperty('difference');
    expect(JSON.parse(await readFile(join(out, 'config.json'), 'utf8'))).toMatchObject({ smoke: reductions });
    expect(await readdir(out)).toEqual(expect.arrayContaining(['ledger.json', 'raster.json', 'metrics.jsonl']));
  });

  it('draws training images from the evaluation part where that is the only one, and no image for both', async () => {
    const data = join(folder, 'data');
    for (const wnid of ['n00000001', 'n00000002', 'n00000003']) {
      await mkdir(join(data, 'imagenet', 'val', wnid), { recursive: true });
      const pixels = Buffer.alloc(300 * 260 * 3, Number(wnid.at(-1)) * 40);
      const image = sharp(pixels, { raw: { width: 300, height: 260, channels: 3 } });
      await image.png().toFile(join(data, 'imagenet', 'val', wnid, 'only.png'));
    }
    const options = { inputShape: [64, 64, 3], classes: 3 };
    const imagenet = {
      ...experiment,
      data: { ...experiment.data, dataset: 'imagenet' },
      network: { ...experiment.network, options },
    };
    const { openTraining, openTest, reductions } = await smokeData(imagenet, data);
    expect(reductions).toEqual([
      "there are no training images of imagenet: half of its split 'validation' replaces them",
    ]);
    const [training, test] = [await openTraining(), await openTest()];
    expect([[...(await training.labels())], [...(await test.labels())]]).toEqual([[0, 2], [1]]);
    expect((await training.read([1])).images[0]).toBe(120);
    await expect(smokeData(imagenet, join(folder, 'nowhere'))).rejects.toThrow(/nowhere.*no such folder/);
  });
});
