import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { convert } from '@rheobase/converter';
import { scenes } from '@rheobase/datasets';
import { defaultRegistries, withPlugins } from '@rheobase/experiments/node';
import { clipSites, glyphNet } from '@rheobase/models';
import type { Network } from '@rheobase/network';
import { writeNetworkFile } from '@rheobase/network/node';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rheobase } from './command-line.fixture.js';

const leakyBurst = fileURLToPath(new URL('../../../examples/leaky-burst.js', import.meta.url));
/** Plugins are in a folder without packages, and import them by path. */
const { resolve } = createRequire(import.meta.resolve('@rheobase/experiments'));
const from = (name: string): string => JSON.stringify(pathToFileURL(resolve(name)).href);

let folder = '';
const at = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rheobase-plugins-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function plugin(name: string, text: string): Promise<string> {
  await writeFile(at(name), text);
  return at(name);
}

/** A small network with the neurons of the example. */
async function leakyBurstNetwork(): Promise<Network> {
  const { neurons } = await withPlugins(defaultRegistries, [leakyBurst]);
  const { network } = convert(glyphNet({ seed: 0, activation: clipSites(1) }), { neurons, neuron: 'leaky-burst' });
  return network;
}

/** What a command line prints with `--json`. */
async function resultOf(...args: string[]): Promise<Record<string, unknown>> {
  const { code, results, messages } = await rheobase(...args, '--json');
  expect(code, messages).toBe(0);
  return JSON.parse(results) as Record<string, unknown>;
}

const few = ['--dataset', 'glyphs', '--limit', '8'];
const tinyNet = ['--model', 'vgg-small', '--model-option', 'widths=4,4', '--model-option', 'convolutions=1'];

describe('a neuron in a plugin', () => {
  const own = ['--plugin', leakyBurst, '--neuron', 'leaky-burst', '--calibration-images', '16', '--steps', '3'];
  const simulate = (...more: string[]) => resultOf('simulate', ...own, ...tinyNet, ...few, ...more);

  it('is simulated on both engines alike', async () => {
    const [event, tfjs] = [await simulate('--engine', 'event'), await simulate('--engine', 'tfjs')];
    expect(event).toMatchObject({ engine: 'event', precision: 'float32' });
    expect(event['firingRates']).toEqual(tfjs['firingRates']);
    expect(event['accuracyAt']).toEqual(tfjs['accuracyAt']);
  });

  it('is simulated in int8', async () => {
    expect(await simulate('--engine', 'event', '--precision', 'int8')).toMatchObject({ precision: 'int8' });
  });

  it('is simulated on several threads, which choose its kernel by its descriptor', async () => {
    const [one, two] = [await simulate('--engine', 'event'), await simulate('--engine', 'event', '--threads', '2')];
    expect(two['firingRates']).toEqual(one['firingRates']);
  });

  it('takes its own options, and is listed in the help', async () => {
    const leaky = await simulate('--neuron-option', 'leak=0.5', '--neuron-option', 'maximum=1', '--engine', 'tfjs');
    expect(leaky['firingRate']).not.toBe((await simulate('--engine', 'tfjs'))['firingRate']);
    expect((await rheobase('simulate', '--plugin', leakyBurst, '--help')).results).toContain('leaky-burst');
    expect((await rheobase('simulate', '--help')).results).not.toContain('leaky-burst');
  });

  it('is unknown without it', async () => {
    const { code, messages } = await rheobase(
      'simulate',
      '--neuron',
      'leaky-burst',
      ...tinyNet,
      ...few,
      '--steps',
      '2',
    );
    expect([code, messages]).toEqual([1, expect.stringContaining("There is no neuron 'leaky-burst'")]);
  });
});

const experiment = (neuron: string, plugins: readonly string[]): string => `
paper: { title: none, reference: none }
table: tiny
description: every stage of the paper in seconds
${plugins.length === 0 ? '' : `plugins: [${plugins.join(', ')}]`}
data: { dataset: glyphs, normalization: unit, trainImages: 48, heldOut: 16, calibration: 16, earlyStopping: 8, testImages: 8 }
network:
  model: vgg-small
  options: { widths: [4, 4], convolutions: 1 }
  source: { kind: trained, threshold: 2, epochs: 1, learningRate: 0.05, weightDecay: 0, batchSize: 16, augment: none }
steps: [2]
method:
  kind: two-stage
  stageOne: { epochs: 1, learningRate: 0.01, weightDecay: 0, batchSize: 16, augment: none }
  conversion: { neuron: ${neuron} }
  stageTwo:
    bptt: { loss: mse, learningRate: 0.001, epochs: 1, patience: 1, batchSize: 8 }
budget: { minutes: 1, cores: 1 }
expected: null
reason: made up for a test
`;

describe('plugins of a run', () => {
  it('take part in its two stages, and in its identity', async () => {
    const own = await plugin(
      'burst.mjs',
      `export { default } from ${JSON.stringify(pathToFileURL(leakyBurst).href)};\n`,
    );
    await writeFile(at('own.yaml'), experiment('leaky-burst', ['burst.mjs']));
    await resultOf('reproduce', at('own.yaml'), '--out', at('run'), '--engine', 'event');
    const config = JSON.parse(await readFile(join(at('run'), 'config.json'), 'utf8')) as { run: { plugins: object } };
    expect(Object.keys(config.run.plugins)).toEqual(['burst.mjs']);

    await writeFile(own, `${await readFile(own, 'utf8')}// Changed.\n`);
    const again = await rheobase('reproduce', at('own.yaml'), '--out', at('run'), '--engine', 'event');
    expect(again.code).toBe(1);
    expect(again.messages).toMatch(/holds another run: the plugin file 'burst\.mjs' has changed/);

    // Records are self-contained: commands that read them load no plugin.
    await writeFile(own, 'throw new Error("loaded");\n');
    expect(await rheobase('runs', folder)).toMatchObject({ code: 0, results: expect.stringContaining('finished') });
    expect(await rheobase('report', at('run'), '--plugin', own)).toMatchObject({ code: 0 });
    await rm(own);
    expect(await rheobase('runs', folder)).toMatchObject({ code: 0 });
  });

  it('are given on the command line as well, and resumed with', async () => {
    await writeFile(at('given.yaml'), experiment('leaky-burst', []));
    const run = ['--out', at('given')];
    await resultOf('reproduce', at('given.yaml'), '--plugin', leakyBurst, ...run);
    await resultOf('reproduce', '--resume', at('given'));
    const { code, messages } = await rheobase('reproduce', at('given.yaml'), ...run);
    expect([code, messages]).toEqual([1, expect.stringContaining("There is no value 'leaky-burst'")]);
  });

  it('leave the record of a run without them as it is', async () => {
    await writeFile(at('none.yaml'), experiment('if', []));
    await resultOf('reproduce', at('none.yaml'), '--out', at('none'));
    for (const name of ['config.json', 'result.json'])
      expect(await readFile(join(at('none'), name), 'utf8')).not.toContain('plugin');
  });
});

describe('a plugin that cannot be loaded', () => {
  it('is refused in a line, before anything is done', async () => {
    expect(await rheobase('models', '--plugin', at('absent.js'))).toEqual({
      code: 1,
      results: '',
      messages: `rheobase: ${at('absent.js')}: the plugin cannot be read (ENOENT: there is no such file or folder).\n`,
    });
  });
});

describe('other plugins', () => {
  it('add an activation, to evaluate and to convert', async () => {
    const file = await plugin(
      'activation.mjs',
      `import { relu } from ${from('@tensorflow/tfjs-core')};
       export default {
         activations: [{
           kind: 'own-relu', summary: 'max(0, z)', parameters: {}, attributes: {},
           evaluate: relu, reference: (z) => Math.max(0, z),
         }],
         siteConversions: [{
           activation: 'own-relu',
           meaning: ({ recorded }) => ({
             range: 'non-negative',
             threshold: { type: 'float32', role: 'threshold', shape: [], data: Float32Array.of(recorded) },
           }),
         }],
       };`,
    );
    const plain = glyphNet({ seed: 0 });
    const nodes = plain.nodes.map((node) =>
      node.op === 'activation' ? { ...node, activation: { ...node.activation, kind: 'own-relu' } } : node,
    );
    await writeNetworkFile(at('own.safetensors'), { ...plain, nodes });
    await writeNetworkFile(at('plain.safetensors'), plain);
    const steps = ['--calibration-images', '16', '--steps', '2', ...few, '--normalization', 'unit'];
    const own = await resultOf('simulate', '--plugin', file, '--network', at('own.safetensors'), ...steps);
    const usual = await resultOf('simulate', '--network', at('plain.safetensors'), ...steps);
    expect([own['annAccuracy'], own['firingRates']]).toEqual([usual['annAccuracy'], usual['firingRates']]);
  });

  it('add a data set, for images and in the list', async () => {
    const file = await plugin(
      'dataset.mjs',
      `import { glyphs } from ${from('@rheobase/datasets')};
       const splits = ['train', 'test'];
       export default {
         datasets: [{
           name: 'my-glyphs', summary: 'few glyphs', origin: { kind: 'procedural' }, splits, evaluationSplit: 'test',
           open: async ({ split }) => ({ ...glyphs({ split, length: 12 }), name: 'my-glyphs' }),
         }],
       };`,
    );
    expect(await resultOf('evaluate', '--plugin', file, ...tinyNet, '--dataset', 'my-glyphs')).toMatchObject({
      dataset: 'my-glyphs',
      images: 12,
    });
    expect((await rheobase('datasets', '--plugin', file)).results).toContain('few glyphs');
  });

  it('add a model', async () => {
    const file = await plugin(
      'model.mjs',
      `import { modelFamily } from ${from('@rheobase/models')};
       export default {
         models: [modelFamily({
           name: 'one-layer', summary: 'a dense layer', source: 'a test', normalization: 'unit',
           standard: { classes: 10, inputShape: [32, 32, 3] }, options: {},
           construct: (layers, input, { classes }) => layers.dense('classifier', layers.flatten('flat', input), classes),
         })],
       };`,
    );
    expect((await rheobase('models', 'one-layer', '--plugin', file)).results).toContain('a dense layer');
    expect(await resultOf('evaluate', '--plugin', file, '--model', 'one-layer', ...few)).toMatchObject({ images: 8 });
  });

  it('add a method, to a comparison', async () => {
    const file = await plugin(
      'method.mjs',
      `import { toSpiking } from ${from('@rheobase/converter')};
       import { defaultMethods } from ${from('@rheobase/methods')};
       const qcfs = defaultMethods.get('qcfs');
       const convert = async (task, options) => ({
         ...(await qcfs.convert(task, options)), network: toSpiking(task.network, { initialPotential: 'zero' }),
       });
       export default { methods: [{ ...qcfs, name: 'round-down', summary: 'V(0) = 0', convert }] };`,
    );
    const text = experiment('if', []).replace(
      /method:[\s\S]*?budget/,
      `method:
  kind: comparison
  levels: 2
  stageOne: { epochs: 1, learningRate: 0.01, weightDecay: 0, batchSize: 16, augment: none }
  methods: [{ method: round-down }, { method: qcfs }]
budget`,
    );
    await writeFile(at('methods.yaml'), text);
    const { rows } = await resultOf('reproduce', at('methods.yaml'), '--plugin', file, '--out', at('methods'));
    expect(JSON.stringify(rows)).toContain('round-down');
  });
});

describe('a detector and a set of images with boxes in a plugin', () => {
  let own: readonly string[] = [];
  beforeAll(async () => {
    const file = await plugin(
      'detector.mjs',
      `import { scenes } from ${from('@rheobase/datasets')};
       import { detectorFamily } from ${from('@rheobase/models')};
       const splits = ['train', 'test'];
       export default {
         detectors: [detectorFamily({
           name: 'own-yolo', summary: 'two convolutions', source: 'a test', normalization: 'unit', head: 'yolo-v3',
           imageFit: { shape: 'stretch', filter: 'bilinear' }, options: {},
           standard: { classes: 5, inputShape: [96, 96, 3] },
           construct: (layers, input, { classes }) => {
             const anchors = [[24, 24], [48, 48]];
             const first = layers.activation('relu', layers.convolution('conv', input, { filters: 4, kernel: 3, stride: 8 }));
             const at = layers.convolution('head', first, { filters: anchors.length * (5 + classes), kernel: 1, bias: 'zeros' });
             return [{ at, anchors }];
           },
         })],
         boxDatasets: [{
           name: 'my-scenes', summary: 'few scenes', origin: { kind: 'procedural' }, splits, evaluationSplit: 'test',
           protocol: 'voc-2010',
           open: async ({ split }) => ({ ...scenes({ split, length: 6 }), name: 'my-scenes' }),
         }],
       };`,
    );
    own = ['--plugin', file, '--model', 'own-yolo'];
    const { image } = await scenes({ split: 'train', length: 1 }).read(0);
    const { data, height, width } = image;
    await sharp(data, { raw: { height, width, channels: 3 } })
      .png()
      .toFile(at('scene.png'));
  });
  const conversion = () => ['--calibration-folder', folder, '--calibration-images', '1', '--calibrate', 'none'];

  it('finds objects in an image, analog and spiking', async () => {
    const image = ['--image', at('scene.png'), '--steps', '2', '--compare', '--out', at('found.png')];
    const { found } = await resultOf('detect', ...own, ...conversion(), ...image);
    expect(found).toMatchObject([{ kind: 'analog' }, { kind: 'spiking' }]);
  });

  it('is evaluated on the set', async () => {
    const result = await resultOf(
      'evaluate-detector',
      ...own,
      ...conversion(),
      '--dataset',
      'my-scenes',
      '--steps',
      '2',
    );
    expect(result).toMatchObject({ dataset: 'my-scenes', images: 6, analog: {}, spiking: {} });
    expect((await rheobase('evaluate-detector', '--help', ...own.slice(0, 2))).results).toContain('my-scenes');
  });
});

describe('the benches', () => {
  const quick = ['--batch', '2', '--rounds', '1'];

  it('measure networks with neurons of a plugin, in their own processes', async () => {
    await writeNetworkFile(at('burst.safetensors'), await leakyBurstNetwork());
    const network = ['--plugin', leakyBurst, '--network', at('burst.safetensors'), '--dataset', 'glyphs'];
    const normalized = ['--normalization', 'unit'];
    const { agreement } = await resultOf(
      'bench',
      'inference',
      ...network,
      ...normalized,
      ...quick,
      '--steps',
      '2',
      '--threads',
      '1',
    );
    expect(agreement).toMatchObject({ 'event-float32': 1, tfjs: 1 });
  }, 120_000);

  it('measure models and data sets of a plugin', async () => {
    const file = await plugin(
      'benched.mjs',
      `import { glyphs } from ${from('@rheobase/datasets')};
       import { modelFamily } from ${from('@rheobase/models')};
       export default {
         models: [modelFamily({
           name: 'benched', summary: 'a convolution', source: 'a test', normalization: 'unit',
           standard: { classes: 10, inputShape: [32, 32, 3] }, options: {},
           construct: (layers, input, { classes }) => layers.dense('classifier', layers.flatten(
             'flat', layers.activation('relu', layers.convolution('conv', input, { filters: 4, kernel: 3, stride: 4 }))), classes),
         })],
         datasets: [{
           name: 'benched-glyphs', summary: 'glyphs', origin: { kind: 'procedural' }, splits: ['train'], evaluationSplit: 'train',
           open: async ({ split }) => glyphs({ split, length: 12 }),
         }],
       };`,
    );
    const given = ['--plugin', file, '--model', 'benched', ...quick];
    const record = at('bench.json');
    const trained = await resultOf('bench', 'training', ...given, '--no-kernels', '--record', record);
    expect(trained).toMatchObject({ model: 'benched', imagesPerSecond: { rheobase: expect.any(Number) } });
    expect(await readFile(record, 'utf8')).toContain('plugin benched.mjs');
    const inferred = await resultOf(
      'bench',
      'inference',
      ...given,
      '--dataset',
      'benched-glyphs',
      '--steps',
      '2',
      '--threads',
      '1',
    );
    expect(inferred).toMatchObject({ images: 'benched-glyphs train', imagesPerSecond: { tfjs: expect.any(Number) } });
  }, 120_000);
});
