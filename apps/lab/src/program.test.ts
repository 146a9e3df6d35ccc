import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exportWeights } from '@rheobase/interop';
import { readOnnxFile, saveWeightsFile } from '@rheobase/interop/node';
import { glyphNet } from '@rheobase/models';
import { writeSafetensors } from '@rheobase/network';
import { readNetworkFile } from '@rheobase/network/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtProgram, rheobase } from './command-line.fixture.js';

interface Run {
  readonly code: number;
  readonly results: string;
  readonly messages: string;
}

/** Runs a command as a shell would, with both streams captured; neither is a terminal. */
/** Runs the built command in a separate process, for commands that start processes or threads. */
async function built(...args: string[]): Promise<Run> {
  const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], (error, results, messages) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, results, messages });
    });
  });
}

/** Evaluates a glyph-net with these weights on a few glyphs. */
const evaluateGlyphNet = (weights: string, ...more: string[]) =>
  rheobase('evaluate', '--model=glyph-net', '--weights', weights, ...more, '--dataset=glyphs', '--limit=10');

/** The one line of JSON that a command printed. */
function json({ results }: Run): Record<string, unknown> {
  expect(results.endsWith('\n')).toBe(true);
  expect(results.trimEnd().includes('\n')).toBe(false);
  return JSON.parse(results) as Record<string, unknown>;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rheobase-lab-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('rheobase models', () => {
  it('lists every architecture, and the options of one', async () => {
    const list = await rheobase('models');
    expect(list.code).toBe(0);
    expect(list.results).toMatch(/resnet20/);
    expect(list.results).toMatch(/vgg16/);
    const one = await rheobase('models', 'resnet20');
    expect(one.results).toMatch(/shortcut/);
    expect(one.results).toMatch(/activation +reluSites .*in TypeScript, not by --model-option/);
    expect(json(await rheobase('models', 'resnet20', '--json'))).toMatchObject({
      name: 'resnet20',
      normalization: expect.any(String),
    });
  });

  it('names the nearest one for a slip', async () => {
    const run = await rheobase('models', 'resnet21');
    expect(run.code).toBe(1);
    expect(run.messages).toMatch(/There is no model 'resnet21'\. Did you mean 'resnet20'\?/);
  });
});

describe('an error', () => {
  it('begins with rheobase: on stderr, whether the command or its options are at fault, with --json too', async () => {
    const faults = [
      ['evaluate', '--modl', 'resnet20'],
      ['evaluate', '--model', 'resnet20', '--limit', 'all'],
      ['evaluate', '--model', 'resnet20', '--dataset', 'cifar11', '--json'],
      ['evalute'],
    ];
    for (const fault of faults) {
      const { code, results, messages } = await rheobase(...fault);
      expect(messages, fault.join(' ')).toMatch(/(?:^|\n)rheobase: /);
      expect(messages).not.toMatch(/(?:^|\n)error: /);
      expect([code, results]).toEqual([1, '']);
    }
  });
});

describe('rheobase datasets', () => {
  it('lists every set with its splits and where its files come from', async () => {
    const { results } = await rheobase('datasets');
    expect(results).toMatch(/cifar10 .*train, test .*can be downloaded/);
    expect(results).toMatch(/glyphs .*procedural\n/);
  });

  it('says that a procedural set needs no download', async () => {
    const run = await rheobase('datasets', 'download', 'glyphs');
    expect(run.code).toBe(1);
    expect(run.messages).toMatch(/nothing to download/);
  });
});

describe('rheobase evaluate', () => {
  it('prints one line of JSON on stdout and nothing else there', async () => {
    const run = await rheobase('evaluate', '--model', 'glyph-net', '--dataset', 'glyphs', '--limit', '60', '--json');
    expect(run.code).toBe(0);
    expect(json(run)).toMatchObject({
      accuracy: expect.any(Number),
      images: 60,
      imagesPerSecond: expect.any(Number),
      network: 'glyph-net',
      dataset: 'glyphs',
      split: 'test',
    });
  });

  it('names the options that help where weights and model do not fit', async () => {
    const [network, weights] = [glyphNet({ seed: 0 }), join(folder, 'glyph-net.safetensors')];
    await saveWeightsFile(network, weights, 'pytorch');
    const { code, messages } = await rheobase('evaluate', '--model', 'resnet20', '--weights', weights);
    expect(messages).toMatch(
      /do not fit[^]*\nGive --model and --model-option .*--weights.*--allow-missing.*--allow-unused/,
    );
    expect(messages).not.toMatch(/allowMissing/);
    expect(code).toBe(1);
  });

  it('names the choices that the weights leave open, and takes what their file tells', async () => {
    const [network, weights] = [glyphNet({ seed: 0, pooling: 'max' }), join(folder, 'max.safetensors')];
    const evaluate = (...more: string[]) => evaluateGlyphNet(weights, ...more);
    await writeFile(weights, writeSafetensors(exportWeights(network, 'pytorch'), {}));
    expect((await evaluate()).messages).toMatch(
      /note: weights do not reveal every option of glyph-net; assumed: pooling=average \(not max\)\. .*--model-option/,
    );
    expect((await evaluate('--model-option', 'pooling=max')).messages).not.toMatch(/do not reveal/);
    await saveWeightsFile(network, weights, 'pytorch');
    expect((await evaluate()).messages).toMatch(/says pooling=max, but .*: give --model-option pooling=max/);
    expect((await evaluate('--model-option', 'pooling=average')).messages).toMatch(
      /says pooling=max, but the given pooling=average is used/,
    );
  });

  it('says which parameters keep their values and which tensors are not used, and refuses to read none', async () => {
    const weights = join(folder, 'renamed.safetensors');
    const tensors = [...exportWeights(glyphNet({ seed: 0 }), 'pytorch')];
    const renamed = new Map(tensors.map(([name, tensor]) => [`module.${name.replace('linear', 'head')}`, tensor]));
    await writeFile(weights, writeSafetensors(renamed, {}));
    const evaluate = (...more: string[]) => evaluateGlyphNet(weights, ...more);
    const all = ['--allow-missing', '*', '--allow-unused', '*'];
    const { messages } = await evaluate(...all);
    expect(messages).toMatch(/the prefix 'module\.' was removed/);
    expect(messages).toMatch(
      /2 of 22 parameters are not in the weights and keep their initial values: linear\.weight, linear\.bias/,
    );
    expect(messages).toMatch(/2 of 22 tensors are not used: module\.head\.weight, module\.head\.bias/);
    expect((await evaluate('--rename', '*.head.*=*.linear.*')).messages).not.toMatch(/keep their|not used/);
    expect((await evaluate('--rename', '*.*=*-*', ...all)).messages).toMatch(/no weights would be read at all/);
  });

  it('takes figures with blanks between them, a scale and an order of channels', async () => {
    const normalization = async (...words: string[]) =>
      json(await rheobase('evaluate', '--model=glyph-net', '--dataset=glyphs', '--limit=2', '--json', ...words))[
        'normalization'
      ];
    expect(await normalization('--mean', '0.5', '0.4', '0.3', '--std', '0.25')).toBe('mean 0.5 0.4 0.3 std 0.25');
    expect(await normalization('--mean', '127', '--std', '128', '--scale', '1', '--channel-order', 'bgr')).toBe(
      'mean 127 std 128 scale 1 bgr',
    );
    expect(await normalization('--scale', '1')).toBe('mean 0 std 1 scale 1');
  });

  it('takes --mean and --std, which stay with the network through conversion, simulation and export', async () => {
    const [spiking, model] = [join(folder, 'own-figures.safetensors'), join(folder, 'own-figures.onnx')];
    const figures = ['--mean', '0.5,0.4,0.3', '--std', '0.25'];
    const own = 'mean 0.5 0.4 0.3 std 0.25';
    const glyphs = ['--dataset', 'glyphs', '--limit', '20', '--json'];
    expect(json(await rheobase('evaluate', '--model', 'glyph-net', ...figures, ...glyphs))).toMatchObject({
      normalization: own,
    });
    const few = ['--dataset', 'glyphs', '--calibration-images', '20', '--out', spiking];
    expect((await rheobase('convert', '--model', 'glyph-net', ...figures, ...few)).code).toBe(0);
    expect((await readNetworkFile(spiking)).metadata['normalization']).toBe(own);
    const simulate = (...more: string[]) =>
      rheobase('simulate', '--network', spiking, '--steps', '2', '--engine', 'tfjs', ...glyphs, ...more);
    expect(json(await simulate())).toMatchObject({ normalization: own });
    const other = await simulate('--normalization', 'unit');
    expect(json(other)).toMatchObject({ normalization: 'unit' });
    expect(other.messages).toMatch(
      /own-figures\.safetensors says that its inputs are normalized by 'mean .*, but the given 'unit' is used/,
    );
    const exported = json(await rheobase('export', '--model', 'glyph-net', ...figures, '--out', model, '--json'));
    expect(exported).toMatchObject({ normalization: own, mean: [0.5, 0.4, 0.3], std: [0.25] });
    expect((await readOnnxFile(model)).metadata['normalization']).toBe(own);
  });

  it('refuses figures that contradict a name, lack each other, or are those of whole pixels', async () => {
    const evaluate = async (...args: string[]) =>
      (await rheobase('evaluate', '--model', 'glyph-net', '--dataset', 'glyphs', ...args)).messages;
    expect(await evaluate('--mean', '0.5', '--std', '0.25', '--normalization', 'unit')).toMatch(
      /Both --normalization and --mean/,
    );
    expect(await evaluate('--mean', '0.5')).toMatch(/--mean and --std go together/);
    expect(await evaluate('--mean', '124', '--std', '58')).toMatch(/Divide values of 0…255 by 255/);
    expect(await evaluate('--mean', '0.5,x', '--std', '1')).toMatch(/It must be numbers, such as/);
    expect(await evaluate('--scale', '1', '--normalization', 'unit')).toMatch(/Both --normalization and --scale were/);
    expect(await evaluate('--mean', '300', '--std', '58', '--scale', '1')).toMatch(/divided by 1, from 0 to 255/);
  });

  it('takes the normalization that exported weights tell', async () => {
    const weights = join(folder, 'told.safetensors');
    const told = { ...glyphNet({ seed: 0 }), metadata: { normalization: 'imagenet' } };
    await saveWeightsFile(told, weights, 'pytorch');
    const run = await rheobase(
      'evaluate',
      '--model',
      'glyph-net',
      '--weights',
      weights,
      '--dataset',
      'glyphs',
      '--limit',
      '10',
      '--json',
    );
    expect(json(run)).toMatchObject({ normalization: 'imagenet' });
    expect(run.messages).not.toMatch(/as is usual/);
  });

  it('says what is where a model’s name or a file of weights is wanted', async () => {
    const page = join(folder, 'page.safetensors');
    await writeFile(page, '<!doctype html><html></html>');
    const evaluate = (...args: string[]) => rheobase('evaluate', ...args, '--dataset', 'glyphs');
    expect((await evaluate('--model', page)).messages).toMatch(/this is a web page, and --model takes the name/);
    expect((await evaluate('--model', folder)).messages).toMatch(/this is a folder, and .*--network/);
    expect((await evaluate('--model', 'glyph-net', '--weights', page)).messages).toMatch(
      /a web page, not a safetensors file/,
    );
    expect((await evaluate('--model', 'glyph-net', '--weights', folder)).messages).toMatch(/it is a folder.*--network/);
    expect((await rheobase('reproduce', page)).messages).toMatch(/a web page, not an experiment file/);
    expect((await rheobase('report', page)).messages).toMatch(/it is a file \(a web page\)\. Give the folder of a run/);
    expect((await evaluate('--network', page)).messages).toMatch(/a web page, not a network that rheobase wrote/);
  });

  const refusals: readonly [name: string, args: readonly string[], message: RegExp][] = [
    ['no data set', ['--model', 'resnet20'], /No data set was chosen\. Give --dataset/],
    ['no network', ['--dataset', 'glyphs'], /No network was chosen\. Give --model NAME/],
    [
      'a model and a network',
      ['--dataset', 'glyphs', '--model', 'resnet20', '--network', 'x'],
      /Both --network and --model/,
    ],
    [
      'an unknown data set',
      ['--dataset', 'cifar11', '--model', 'resnet20'],
      /no data set 'cifar11'\. Did you mean 'cifar10'/,
    ],
    [
      'an unknown part',
      ['--dataset', 'glyphs', '--model', 'resnet20', '--split', 'dev'],
      /no split 'dev'; it has train, test/,
    ],
    [
      'an unknown normalization',
      ['--dataset', 'glyphs', '--model', 'resnet20', '--normalization', 'imagnet'],
      /Did you mean 'imagenet'/,
    ],
    [
      'weights that are not there',
      ['--dataset', 'glyphs', '--model', 'resnet20', '--weights', '/nowhere/w.safetensors'],
      /'\/nowhere\/w\.safetensors' cannot be read/,
    ],
    [
      'a network that is not there',
      ['--dataset', 'glyphs', '--network', '/nowhere/n.safetensors'],
      /\/nowhere\/n\.safetensors/,
    ],
    [
      'a folder without the data',
      ['--dataset', 'cifar10', '--model', 'resnet20', '--data-dir', '/nowhere'],
      /\/nowhere/,
    ],
    [
      'another number of classes',
      ['--dataset', 'glyphs', '--model', 'resnet20', '--model-option', 'classes=7'],
      /gives \[7\], but glyphs has 10 classes/,
    ],
    [
      'another image size',
      ['--dataset', 'glyphs', '--model', 'lenet5'],
      /takes images \[.*\], but those of glyphs are \[32, 32, 3\]/,
    ],
    ['a limit of nothing', ['--dataset', 'glyphs', '--model', 'resnet20', '--limit', '0'], /integer from 1 to/],
    [
      'an unknown option of a model',
      ['--dataset', 'glyphs', '--model', 'resnet20', '--model-option', 'shortcuts=A'],
      /shortcut/,
    ],
  ];
  for (const [what, args, message] of refusals) {
    it(`refuses ${what} with what to write instead, and exits with 1`, async () => {
      const run = await rheobase('evaluate', ...args);
      expect(run.messages).toMatch(message);
      expect(run.code).toBe(1);
      expect(run.results).toBe('');
    });
  }
});

describe('rheobase export', () => {
  it('writes an ONNX file of the network with its batch norms folded, and says what it reads and gives', async () => {
    const file = join(folder, 'glyph-net.onnx');
    const exported = await rheobase('export', '--model', 'glyph-net', '--out', file, '--json');
    expect(exported.code).toBe(0);
    expect(json(exported)).toMatchObject({ out: file, layout: 'NHWC', outputs: [{ shape: [10] }] });
    const network = await readOnnxFile(file);
    expect(network.nodes.some(({ op }) => op === 'conv2d')).toBe(true);
    expect(network.nodes.some(({ op }) => op === 'batchNorm')).toBe(false);

    const kept = await rheobase(
      'export',
      '--model',
      'glyph-net',
      '--out',
      file,
      '--keep-batch-norms',
      '--layout',
      'NCHW',
    );
    expect(kept.results).toMatch(/^written to .*glyph-net\.onnx\nreads \S+ \[N, /);
    expect((await readOnnxFile(file)).nodes.some(({ op }) => op === 'batchNorm')).toBe(true);
  });

  it('refuses a spiking network by naming its neurons, and writes nothing', async () => {
    const spiking = join(folder, 'to-export.safetensors');
    const given = ['--model', 'glyph-net', '--dataset', 'glyphs', '--calibration-images', '20'];
    await rheobase('convert', ...given, '--out', spiking);
    const file = join(folder, 'spiking.onnx');
    const run = await rheobase('export', '--network', spiking, '--out', file);
    expect(run.code).toBe(1);
    expect(run.messages).toMatch(/\(neuron\) a spiking neuron has no counterpart in ONNX/);
    await expect(readFile(file)).rejects.toThrow(/ENOENT/);
  });
});

describe('rheobase convert and simulate', () => {
  it('convert writes a spiking network that simulate runs, with the same result as converting on the fly', async () => {
    const network = join(folder, 'spiking.safetensors');
    const given = ['--model', 'glyph-net', '--dataset', 'glyphs', '--calibration-images', '100'];
    const converted = await rheobase('convert', ...given, '--out', network, '--json');
    expect(converted.messages).toMatch(
      /^note: without --weights, glyph-net has random weights; its results are meaningless\.\n$/,
    );
    const { report } = json(converted) as { report: readonly { node: string; outcome: { kind: string } }[] };
    expect(report.filter(({ outcome }) => outcome.kind === 'converted').length).toBe(4);
    expect(report.filter(({ outcome }) => outcome.kind === 'folded').length).toBe(4);

    const images = ['--steps', '4', '--limit', '50', '--json'];
    const direct = json(await rheobase('simulate', ...given, ...images));
    const fromFile = json(await rheobase('simulate', '--network', network, '--dataset', 'glyphs', ...images));
    expect(fromFile['accuracyAt']).toEqual(direct['accuracyAt']);
    expect(fromFile['sopsPerImage']).toBe(direct['sopsPerImage']);
    expect(Object.keys(direct['accuracyAt'] as object)).toEqual(['1', '2', '3', '4']);
    expect(direct).toMatchObject({
      accuracy: (direct['accuracyAt'] as Record<string, number>)['4'],
      annAccuracy: expect.any(Number),
      images: 50,
      macsPerImage: expect.any(Number),
      energyRatio: expect.any(Number),
      firingRate: expect.any(Number),
    });
  });

  it('simulate records its result with the options and hashes that lead to it, and no path', async () => {
    const record = join(folder, 'records', 'run.json');
    const args = [
      '--model',
      'glyph-net',
      '--dataset',
      'glyphs',
      '--calibration-images',
      '50',
      '--steps',
      '2',
      '--limit',
      '20',
    ];
    const run = await rheobase('simulate', ...args, '--record', record, '--json');
    const text = await readFile(record, 'utf8');
    expect(JSON.parse(text)).toMatchObject({
      command: 'rheobase simulate',
      options: { model: 'glyph-net', steps: 2, limit: 20, percentile: 99.5 },
      sha256: { images: expect.stringMatching(/^[0-9a-f]{64}$/) },
      versions: { node: process.version },
      result: json(run),
    });
    expect(text).not.toContain(folder);
  });

  it('takes a neuron with its constants, and names one that it does not have', async () => {
    const given = [
      '--model',
      'glyph-net',
      '--dataset',
      'glyphs',
      '--calibration-images',
      '20',
      '--steps',
      '2',
      '--limit',
      '10',
    ];
    const leaky = await rheobase('simulate', ...given, '--neuron', 'lif', '--neuron-option', 'leak=0.9', '--json');
    expect(leaky.code).toBe(0);
    const slip = await rheobase('simulate', ...given, '--neuron', 'lif', '--neuron-option', 'leek=0.9');
    expect(slip.messages).toMatch(/no 'lif' option 'leek'\. Did you mean 'leak'\?/);
    const unknown = await rheobase('simulate', ...given, '--neuron', 'lift');
    expect(unknown.messages).toMatch(/no neuron 'lift'\. Did you mean 'lif'\?/);
  });

  it('simulates on either engine and in integers, with the same table, and reports which it was', async () => {
    const given = ['--model', 'glyph-net', '--dataset', 'glyphs', '--calibration-images', '20', '--steps', '3'];
    const simulate = (...args: string[]): Promise<Run> =>
      rheobase('simulate', ...given, '--limit', '20', '--json', ...args);
    const [auto, dense] = [json(await simulate()), json(await simulate('--engine', 'tfjs'))];
    expect(auto).toMatchObject({ engine: 'event', precision: 'float32', accuracyAt: dense['accuracyAt'] });
    expect(dense).toMatchObject({ engine: 'tfjs', precision: 'float32' });
    expect(Object.keys(auto)).toEqual(Object.keys(dense));
    const whole = await simulate('--precision', 'int8', '--correct-bias', '--threads', '2');
    expect(json(whole)).toMatchObject({ engine: 'event', precision: 'int8', images: 20 });
    expect(Object.keys(json(whole))).toEqual(Object.keys(dense));
    expect(whole.messages).toMatch(
      /note: int8: inputs clipped to ±1 \(pixels of 0…255 by the normalization 'unit'; 0 % clipped\)/,
    );
  });

  it('falls back to tfjs for a neuron without a kernel, and names it; --engine event refuses it', async () => {
    // So that it finds the packages that it imports.
    const folder = await mkdtemp(join(import.meta.dirname, '../../../examples/node_modules', '.plugin-'));
    const plugin = join(folder, 'own-step.mjs');
    await writeFile(
      plugin,
      "import { defaultNeurons } from '@rheobase/neurons';\n" +
        "const { dynamics: _, ...bare } = defaultNeurons.get('if');\n" +
        "export default { neurons: [{ ...bare, kind: 'own-step' }] };\n",
    );
    const given = ['--model', 'glyph-net', '--dataset', 'glyphs', '--calibration-images', '20', '--steps', '2'];
    const own = [...given, '--limit', '10', '--plugin', plugin, '--neuron', 'own-step'];
    const fallen = await rheobase('simulate', ...own, '--json');
    expect(json(fallen)).toMatchObject({ engine: 'tfjs', fallback: expect.stringContaining("'own-step'") });
    expect(fallen.messages).toMatch(
      /simulating on tfjs, as the event engine has no kernel .*stage1\.relu1: .*'own-step'/,
    );
    const refused = await rheobase('simulate', ...own, '--engine', 'event');
    expect([refused.code, refused.results]).toEqual([1, '']);
    expect(refused.messages).toMatch(/stage1\.relu1: the event engine cannot run it/);
    await rm(folder, { recursive: true });
  });

  it('simulates neurons that fire counts on either engine, with the same spikes and operations', async () => {
    const given = ['--model', 'glyph-net', '--dataset', 'glyphs', '--calibration-images', '20', '--steps', '2'];
    const burst = [...given, '--limit', '10', '--neuron', 'burst'];
    const [auto, dense] = [
      await rheobase('simulate', ...burst, '--json'),
      await rheobase('simulate', ...burst, '--engine', 'tfjs', '--json'),
    ];
    const { sopsPerImage, firingRate } = json(dense);
    expect(json(dense)['engine']).toBe('tfjs');
    expect(json(auto)).toMatchObject({ engine: 'event', sopsPerImage, firingRate });
  });

  const slips: readonly [what: string, args: readonly string[], message: RegExp][] = [
    ['int8 on tfjs', ['--engine', 'tfjs', '--precision', 'int8'], /--precision int8 is for the event engine/],
    ['a correction of float32', ['--correct-bias'], /--correct-bias needs --precision int8/],
    ['constants of no neuron', ['--neuron-option', 'leak=0.9'], /--neuron-option needs --neuron/],
    ['an empty path', ['--picture', ''], /must name a file or folder, but is empty/],
    ['more steps than any run has', ['--steps', '1e15'], /integer from 1 to 100000/],
    [
      'a split that does not exist to record thresholds on',
      ['--calibration-split', 'dev'],
      /no split 'dev'[^]*--calibration-split chooses another/,
    ],
  ];
  for (const [what, args, message] of slips) {
    it(`simulate refuses ${what}, and exits with 1`, async () => {
      const run = await rheobase(
        'simulate',
        '--model',
        'glyph-net',
        '--dataset',
        'glyphs',
        '--steps',
        '2',
        '--limit',
        '10',
        ...args,
      );
      expect(run.messages).toMatch(message);
      expect(run.code).toBe(1);
      expect(run.results).toBe('');
    });
  }

  it('runs a converted network on the set and over the time steps that it was made for, without being told again', async () => {
    const out = join(folder, 'told.safetensors');
    const given = ['--model', 'glyph-net', '--dataset', 'glyphs', '--calibration-images', '20', '--steps', '3'];
    expect((await rheobase('convert', ...given, '--out', out)).code).toBe(0);
    const run = await rheobase('simulate', '--network', out, '--limit', '5', '--json');
    expect(json(run)).toMatchObject({ steps: 3, dataset: 'glyphs' });
  });

  it('converts without labels or training into a folder, which simulate runs over its own time steps', async () => {
    const out = join(folder, 'by-effort');
    const given = ['--model', 'glyph-net', '--dataset', 'glyphs', '--calibration-images', '16', '--effort', 'fast'];
    const levels = ['--thresholds-per-neuron', '3'];
    const made = json(await rheobase('convert', ...given, ...levels, '--steps', '2', '--out', out, '--json'));
    expect(made).toMatchObject({ neuron: 'differential', tried: [{ options: { levels: 3, growth: 2 } }] });
    expect((await readdir(out)).toSorted()).toEqual(['network.safetensors', 'report.json']);
    expect(JSON.parse(await readFile(join(out, 'report.json'), 'utf8'))).toMatchObject({ tried: made['tried'] });
    const run = json(await rheobase('simulate', '--network', out, '--limit', '5', '--json'));
    expect(Object.keys(run['accuracyAt'] as object)).toEqual(['1', '2']);

    const withoutSteps = await rheobase('convert', ...given, '--out', join(folder, 'none'));
    expect(withoutSteps.messages).toMatch(/--effort fast needs --steps T/);
  });

  it('refuses options of conversion, another T and another conversion for a network that is spiking already', async () => {
    const shifted = join(folder, 'shifted.safetensors');
    const given = ['--model', 'glyph-net', '--dataset', 'glyphs', '--calibration-images', '20'];
    expect(
      (await rheobase('convert', ...given, '--initial-potential', 'shift', '--steps', '4', '--out', shifted)).code,
    ).toBe(0);
    const simulate = (...more: string[]) =>
      rheobase('simulate', '--network', shifted, '--dataset', 'glyphs', '--limit', '5', ...more);
    expect((await simulate('--steps', '8')).messages).toMatch(/converted for 4 time steps, not 8\. Give --steps 4/);
    expect((await simulate('--steps', '4', '--percentile', '50')).messages).toMatch(/--percentile is for conversion/);
    expect((await simulate('--steps', '4', '--model-option', 'classes=3')).messages).toMatch(
      /--model-option needs --model/,
    );
    expect((await simulate('--steps', '4')).code).toBe(0);
    const again = await rheobase(
      'convert',
      '--network',
      shifted,
      '--dataset',
      'glyphs',
      '--out',
      join(folder, 'again.safetensors'),
    );
    expect(again.messages).toMatch(/already a spiking network; there is nothing to convert/);
    const evaluated = await rheobase('evaluate', '--network', shifted, '--dataset', 'glyphs');
    expect(evaluated.messages).toMatch(/run it with `rheobase simulate --steps T`/);
  });

  it('a refused conversion gives its whole report', async () => {
    const given = [
      '--model',
      'glyph-net',
      '--neuron',
      'signed-if',
      '--dataset',
      'glyphs',
      '--out',
      join(folder, 'never.safetensors'),
    ];
    const run = await rheobase('convert', ...given, '--json');
    expect(run.code).toBe(1);
    const { report } = json(run) as { report: readonly { outcome: { kind: string } }[] };
    expect(report.filter(({ outcome }) => outcome.kind === 'refused').length).toBe(4);
    expect(report.length).toBe(19);
  });

  it('refuses to write over a folder before it begins', async () => {
    const args = ['--model', 'glyph-net', '--dataset', 'glyphs', '--steps', '2', '--limit', '20'];
    await mkdir(join(folder, 'folder.json'));
    const run = await rheobase('simulate', ...args, '--record', join(folder, 'folder.json'));
    expect(run.code).toBe(1);
    expect(run.messages).toMatch(/is a folder; give the name of a file/);
    expect(run.results).toBe('');
  });

  const wrongEndings = [
    ['export', '--out', 'net.safetensors', '.onnx'],
    ['convert', '--out', 'net.onnx', '.safetensors'],
    ['detect', '--out', 'found.jpg', '.png'],
    ['analyze', '--out', 'ledger.csv', '.json'],
    ['report', '--out', 'page.json', '.html'],
    ['simulate', '--record', 'record', '.json'],
    ['evaluate-detector', '--record', 'record.txt', '.json'],
    ['bench training', '--record', 'record.svg', '.json'],
    ['bench spike-kernels', '--record', 'record.svg', '.json'],
    ['bench inference', '--picture', 'picture.json', '.svg or .png'],
    ['quickstart', '--picture', 'picture.pdf', '.svg or .png'],
  ] as const;
  it.each(wrongEndings)('%s refuses %s %s, as it writes %s', async (command, option, name, ending) => {
    const { code, messages } = await rheobase(...command.split(' '), option, name);
    expect(messages).toContain(`argument '${name}' is invalid. It must name a file that ends in ${ending}`);
    expect(code).toBe(1);
  });

  it('draws a picture as its name says, and refuses other names before it begins', async () => {
    const args = ['--model', 'glyph-net', '--dataset', 'glyphs', '--steps', '2', '--limit', '20'];
    const picture = join(folder, 'table.png');
    expect((await rheobase('simulate', ...args, '--picture', picture)).code).toBe(0);
    expect([...(await readFile(picture)).subarray(1, 4)]).toEqual([...Buffer.from('PNG')]);
    const run = await rheobase('simulate', ...args, '--picture', join(folder, 'table.jpg'));
    expect(run.messages).toMatch(/table\.jpg' is invalid\. It must name a file that ends in \.svg or \.png/);
    expect(run.results).toBe('');
  });

  it('converts a network with max pooling, and says that it is over accumulated spikes', async () => {
    const out = join(folder, 'pooled.safetensors');
    const run = await rheobase(
      'convert',
      '--model',
      'glyph-net',
      '--model-option',
      'pooling=max',
      '--dataset',
      'glyphs',
      '--calibration-images',
      '50',
      '--out',
      out,
    );
    expect(run.code).toBe(0);
    expect(run.results).toMatch(/stage2\.pool +maxPool +passed +over accumulated spikes/);
  });
});

describe('rheobase quickstart', () => {
  it('trains, converts, simulates, and leaves both networks', async () => {
    const out = join(folder, 'quickstart');
    const run = await rheobase(
      'quickstart',
      '--images',
      '128',
      '--epochs',
      '1',
      '--steps',
      '2',
      '--test-images',
      '100',
      '--out',
      out,
      '--json',
    );
    expect(run.code).toBe(0);
    expect(json(run)).toMatchObject({
      accuracyAt: { '1': expect.any(Number), '2': expect.any(Number) },
      annAccuracy: expect.any(Number),
    });
    expect((await readdir(out)).toSorted()).toEqual(['network.safetensors', 'source.safetensors']);
    const again = await rheobase(
      'simulate',
      '--network',
      out,
      '--dataset',
      'glyphs',
      '--steps',
      '2',
      '--limit',
      '100',
      '--json',
    );
    expect(json(again)['accuracyAt']).toEqual(json(run)['accuracyAt']);
  });
});

describe('rheobase train and finetune', () => {
  const few = [
    '--dataset',
    'glyphs',
    '--train-images',
    '256',
    '--held-out',
    '50',
    '--batch',
    '64',
    '--epochs',
    '1',
    '--augment',
    'none',
  ];

  it('train writes a clip network that finetune quantizes, each with its result, its figures and its report', async () => {
    const trained = join(folder, 'trained');
    const first = await built('train', '--model', 'glyph-net', ...few, '--rate', '0.05', '--out', trained, '--json');
    expect(first.code).toBe(0);
    const figures = {
      accuracy: expect.any(Number),
      validationAccuracy: expect.any(Number),
      epochs: 1,
      imagesPerSecond: expect.any(Number),
    };
    expect(json(first)).toMatchObject(figures);
    expect(await readdir(trained)).toEqual(
      expect.arrayContaining(['config.json', 'command.json', 'network.safetensors', 'report.html', 'result.json']),
    );

    const tuned = join(folder, 'tuned');
    const [, , ...fewOfItsSet] = few;
    const given = ['finetune', '--network', trained, ...fewOfItsSet, '--levels', '4', '--out', tuned, '--json'];
    const second = await built(...given);
    expect(second.code).toBe(0);
    expect(json(second)).toMatchObject({ ...figures, levels: 4 });
    expect(JSON.parse(await readFile(join(tuned, 'result.json'), 'utf8'))).toMatchObject({
      options: { dataset: 'glyphs' },
      sha256: { network: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    // The set is that of the run in the network's folder.
    const again = json(await rheobase('evaluate', '--network', join(tuned, 'network.safetensors'), '--json'));
    expect(again['accuracy']).toBe(json(second)['accuracy']);
  });

  it('finetune says what it lacks: a data set where no run tells it, and a network that is not spiking', async () => {
    const out = ['--levels', '2', '--out', join(folder, 'lacking')];
    const unknown = await rheobase('finetune', '--model', 'glyph-net', ...out);
    expect(unknown.messages).toMatch(/No data set was chosen\. Give --dataset/);
    const spiking = join(folder, 'lacking.safetensors');
    expect((await rheobase('convert', '--model', 'glyph-net', '--dataset', 'glyphs', '--out', spiking)).code).toBe(0);
    const wrong = await rheobase('finetune', '--network', spiking, '--dataset', 'glyphs', ...out);
    expect(wrong.messages).toMatch(/glyph-net is a spiking network; finetune starts from an analog one\. Give the one/);
    expect([unknown.code, wrong.code]).toEqual([1, 1]);
  });

  it('finetune gives the same network again, on one thread or two, and from its checkpoint', async () => {
    const given = ['finetune', '--model', 'glyph-net', ...few, '--levels', '2', '--deterministic', '--json'];
    const bytes = async (name: string, ...more: string[]): Promise<Buffer> => {
      const out = join(folder, name);
      expect((await built(...given, ...more, '--out', out)).code).toBe(0);
      return readFile(join(out, 'network.safetensors'));
    };
    const one = await bytes('one-thread');
    expect((await bytes('one-thread')).equals(one)).toBe(true);
    expect((await bytes('two-threads', '--threads', '2')).equals(one)).toBe(true);
  }, 60_000);

  it('refuses to resume a run with other settings, naming them', async () => {
    const out = join(folder, 'one-thread');
    const run = await rheobase(
      'finetune',
      '--model',
      'glyph-net',
      ...few,
      '--levels',
      '2',
      '--deterministic',
      '--seed',
      '7',
      '--out',
      out,
    );
    expect(run.code).toBe(1);
    expect(run.messages).toMatch(/one-thread holds another run: .*seed' was 0 and is 7/);
  });

  it('resumes by its folder alone, stopped or finished, with former names of settings too, and refuses what the run has settled', async () => {
    const [out, whole] = [join(folder, 'resumed'), join(folder, 'one-thread')];
    const given = ['finetune', '--model', 'glyph-net', ...few, '--levels', '2', '--deterministic'];
    const child = spawn(process.execPath, [builtProgram, ...given, '--out', out], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr.on('data', (text: Buffer) => {
      if (String(text).includes(', in ')) child.kill('SIGKILL');
    });
    await new Promise((resolve) => child.on('close', resolve));
    const configuration = join(out, 'config.json');
    const written = await readFile(configuration, 'utf8');
    expect(written).toContain('"learningRate"');
    await writeFile(configuration, written.replace('"learningRate"', '"rate"'));
    expect((await rheobase('runs', out)).results).toMatch(/resumed: it was stopped, and `rheobase finetune --resume /);
    const resumed = await built('finetune', '--resume', out, '--threads', '2', '--json');
    expect([resumed.code, resumed.code === 0 ? '' : resumed.messages]).toEqual([0, '']);
    const networks = [out, whole].map((run) => readFile(join(run, 'network.safetensors')));
    expect((await networks[0])?.equals((await networks[1]) ?? Buffer.of())).toBe(true);
    const again = await rheobase('finetune', '--resume', out, '--json');
    expect(json(again)).toEqual(json(resumed));
    const settled = await rheobase('finetune', '--resume', out, '--epochs', '2');
    expect(settled.messages).toMatch(/omit --epochs, or start another run/);
    const other = await rheobase('train', '--resume', out);
    expect(other.messages).toMatch(/`rheobase finetune` started the run in it: `rheobase finetune --resume .*resumed`/);
    const missing = await rheobase('train', '--dataset', 'glyphs', '--out', out);
    expect(missing.messages).toMatch(/^rheobase: required option '--model <name>' not specified/);
    expect([settled.code, other.code, missing.code]).toEqual([1, 1, 1]);
    expect((await rheobase('runs', out)).results).toMatch(/resumed +finished \(finetune\) +glyph-net +glyphs/);
    expect((await rheobase('report', out)).code).toBe(0);
  }, 60_000);

  it('refuses the folder of another command, naming that', async () => {
    const out = join(folder, 'one-thread');
    const run = await rheobase('train', '--model', 'glyph-net', ...few, '--out', out);
    expect(run.messages).toMatch(
      /one-thread: this folder holds a `finetune` run\. Choose another folder with --out\.$/m,
    );
    expect(run.code).toBe(1);
  });
});

describe('rheobase bench training', () => {
  const small = ['bench', 'training', '--model', 'glyph-net', '--rounds', '1', '--json'];

  it('gives images per second of every contender, their ratio, and the speed of each kernel on each layer', async () => {
    const result = json(await built(...small, '--batch', '4'));
    const speed: unknown = expect.any(Number);
    const measured = { composed: speed, plain: speed, relaxed: speed, winograd: speed };
    expect(result).toMatchObject({
      batch: 4,
      imagesPerSecond: { rheobase: expect.any(Number), tfjsWasm: expect.any(Number), composed: expect.any(Number) },
      ratio: expect.any(Number),
      composedForTfjsWasm: expect.arrayContaining(['Conv2DBackpropFilter']),
      kernels: expect.arrayContaining([
        expect.objectContaining({
          kernel: 'Conv2DBackpropFilter',
          nodes: ['stage1.conv1'],
          gigaflops: measured,
          medianGigaflops: measured,
        }),
      ]),
    });
  }, 60_000);

  it('measures several sizes of batch, and no kernels if none are requested', async () => {
    const result = json(await built(...small, '--batch', '2', '4', '--no-kernels'));
    expect(result).toMatchObject({
      batches: [
        { batch: 2, ratio: expect.any(Number) },
        { batch: 4, ratio: expect.any(Number) },
      ],
    });
    expect(JSON.stringify(result)).not.toContain('gigaflops');
  }, 60_000);

  it('names a model that does not exist', async () => {
    const run = await rheobase('bench', 'training', '--model', 'resnet21');
    expect(run.code).toBe(1);
    expect(run.messages).toMatch(/resnet20/);
  });
});

describe('the command line', () => {
  it('exits with 0 for help, and with 1 and a suggestion for an unknown command', async () => {
    expect((await rheobase('--help')).code).toBe(0);
    const { results } = await rheobase('train', '--help');
    expect(results).toMatch(/--model-option .*\n/);
    expect(results).toMatch(/default: 300/);
    expect(results).not.toContain('{}');
    const run = await rheobase('evalute');
    expect(run.code).toBe(1);
    expect(run.messages).toMatch(/Did you mean evaluate\?/);
  });
});

const dataDir = process.env['RHEOBASE_DATA'];
describe.skipIf(dataDir === undefined)('on real data (skipped unless RHEOBASE_DATA names its folder)', () => {
  const cifar10 = ['--dataset', 'cifar10', '--data-dir', dataDir ?? ''];
  const resnet20 = [
    '--model',
    'resnet20',
    '--weights',
    join(dataDir ?? '', 'weights/cifar10_resnet20_akamaster.safetensors'),
    '--normalization',
    'imagenet',
  ];

  it('evaluates ResNet-20 on CIFAR-10 as PyTorch does: 4,574 of 5,000, give or take 2', async () => {
    const result = json(await rheobase('evaluate', ...resnet20, ...cifar10, '--json'));
    expect(result['images']).toBe(5000);
    expect(Math.abs(Number(result['accuracy']) * 5000 - 4574)).toBeLessThanOrEqual(2);
  }, 120_000);

  it('evaluates the Keras ResNet-8 from its own file', async () => {
    const weights = join(dataDir ?? '', 'weights/cifar10_resnet8_mlperf-tiny.safetensors');
    const result = json(await rheobase('evaluate', '--model', 'resnet8', '--weights', weights, ...cifar10, '--json'));
    // 87.19 % on all 10,000 test images; these are the first half.
    expect(Math.abs(Number(result['accuracy']) - 0.872)).toBeLessThan(0.01);
  }, 120_000);

  it('simulates ResNet-20 with an accuracy that grows with T', async () => {
    const run = await rheobase(
      'simulate',
      ...resnet20,
      ...cifar10,
      '--steps',
      '32',
      '--limit',
      '50',
      '--calibration-images',
      '200',
      '--json',
    );
    const at = json(run)['accuracyAt'] as Record<string, number>;
    expect(at['32'] ?? 0).toBeGreaterThan(0.75);
    expect(at['2'] ?? 1).toBeLessThan(0.6);
  }, 120_000);
});
