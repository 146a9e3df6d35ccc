import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  constantParameter,
  float32Parameter,
  type Network,
  networkBuilder,
  readSafetensors,
  scalarParameter,
  writeSafetensors,
} from '@rheobase/network';
import { writeOnnxFile } from '@rheobase/interop/node';
import { readNetworkFile, writeNetworkFile } from '@rheobase/network/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rheobase } from '../command-line.fixture.js';

let folder: string;
/** A glyph-net as an ONNX model, channels first. */
let model: string;
let spiking: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rheobase-files-'));
  model = join(folder, 'glyph-net.onnx');
  spiking = join(folder, 'spiking.safetensors');
  await rheobase('export', '--model', 'glyph-net', '--layout', 'NCHW', '--out', model);
  const glyphs = ['--dataset', 'glyphs', '--calibration-images', '8', '--steps', '4'];
  await rheobase('convert', '--model', 'glyph-net', ...glyphs, '--out', spiking);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const jsonOf = ({ results }: { readonly results: string }): Record<string, unknown> =>
  JSON.parse(results) as Record<string, unknown>;

/** A copy of the model in which the first ReLU is a loop. */
async function unreadable(): Promise<string> {
  const bytes = await readFile(model);
  const at = bytes.indexOf('\u0022\u0004Relu');
  expect(at).toBeGreaterThan(0);
  bytes.write('Loop', at + 2);
  const file = join(folder, 'loop.onnx');
  await writeFile(file, bytes);
  return file;
}

describe('--network of an ONNX model', () => {
  it('gives the accuracy of the network that it was made from, analog and spiking', async () => {
    const glyphs = ['--dataset', 'glyphs', '--limit', '50', '--json'];
    const conversion = ['--steps', '3', '--calibration-images', '8'];
    const [own, read] = await Promise.all([
      rheobase('evaluate', '--model', 'glyph-net', ...glyphs),
      rheobase('evaluate', '--network', model, '--normalization', 'unit', ...glyphs),
    ]);
    expect(jsonOf(read)).toMatchObject({ accuracy: jsonOf(own)['accuracy'], network: 'glyph-net' });
    const simulated = await rheobase(
      'simulate',
      '--network',
      model,
      '--normalization',
      'unit',
      ...conversion,
      ...glyphs,
    );
    expect(jsonOf(simulated)).toMatchObject({ annAccuracy: jsonOf(own)['accuracy'], steps: 3 });
  });
});

describe('a network with several outputs', () => {
  let file: string;
  beforeAll(async () => {
    file = join(folder, 'two-outputs.onnx');
    await writeOnnxFile(file, twoOutputs());
  });
  const glyphs = ['--dataset', 'glyphs', '--normalization', 'unit', '--calibration-images', '8'];
  const evaluate = (...more: string[]) =>
    rheobase('evaluate', '--network', file, ...glyphs.slice(0, 4), '--limit', '12', ...more);

  it('takes its classes from the output that is named, else from the first, with a note', async () => {
    const [first, named, second] = await Promise.all([
      evaluate('--json'),
      evaluate('--class-output', 'always-zero', '--json'),
      evaluate('--class-output', 'always-six', '--json'),
    ]);
    expect(first.messages).toMatch(
      /has the outputs always-zero, always-six; its classes are those of always-zero; --class-output takes another/,
    );
    expect(named.messages).not.toMatch(/has the outputs/);
    expect(jsonOf(named)['accuracy']).toBe(jsonOf(first)['accuracy']);
    // Of the first twelve images one shows 0 and two show 6.
    expect([first, second].map((run) => jsonOf(run)['accuracy'])).toEqual([1 / 12, 2 / 12]);
  });

  it('is converted with that output alone', async () => {
    const out = join(folder, 'one-output.safetensors');
    const converted = await rheobase(
      'convert',
      '--network',
      file,
      '--class-output',
      'always-six',
      ...glyphs,
      '--steps',
      '2',
      '--out',
      out,
    );
    expect(converted.code).toBe(0);
    const { nodes, parameters } = await readNetworkFile(out);
    expect(nodes.filter(({ op }) => op === 'output').map(({ name }) => name)).toEqual(['always-six']);
    expect([...parameters.keys()].filter((name) => name.startsWith('zero'))).toEqual([]);
  });

  it('refuses the name of no output with those that there are, and a name without a file', async () => {
    const unknown = await evaluate('--class-output', 'always-si');
    expect([unknown.code, unknown.messages]).toEqual([
      1,
      expect.stringMatching(
        /two-outputs\.onnx: There is no output 'always-si'\. Did you mean 'always-six'\? Known: .*always-zero/,
      ),
    ]);
    const model = await rheobase('evaluate', '--model', 'glyph-net', ...glyphs.slice(0, 2), '--class-output', 'scores');
    expect(model.messages).toMatch(/--class-output needs --network/);
  });
});

describe('rheobase inspect', () => {
  it('tells inputs, outputs, operators, sites and the fate of each node', async () => {
    const out = join(folder, 'graph.svg');
    const inspection = jsonOf(await rheobase('inspect', model, '--out', out, '--json'));
    expect(inspection).toMatchObject({
      convertible: true,
      inputs: [{ shape: [expect.anything(), 3, 32, 32] }],
      outputs: [{ shape: [expect.anything(), 10] }],
      operators: { Conv: expect.any(Number), Relu: expect.any(Number) },
      refused: [],
      out,
    });
    expect(inspection['sites']).toBe((inspection['operators'] as Record<string, number>)['Relu']);
    expect(await readFile(out, 'utf8')).toMatch(/^<svg .*[^]*becomes a neuron/);
    expect((await rheobase('inspect', model)).results).toMatch(/converted +relu → if\n[^]*Every node can be converted/);
  });

  it('reads networks of our own, and says that a spiking one is not converted', async () => {
    expect(jsonOf(await rheobase('inspect', spiking, '--json'))).toMatchObject({
      convertible: false,
      spiking: true,
      refused: [],
      operators: { neuron: expect.any(Number) },
    });
  });

  it('names operators that cannot be read, and ends well', async () => {
    const file = await unreadable();
    const run = await rheobase('inspect', file, '--json');
    expect(run.code).toBe(0);
    expect(jsonOf(run)).toMatchObject({
      convertible: false,
      operators: { Loop: 1 },
      refused: [{ node: expect.any(String), operator: 'Loop', reason: expect.any(String) }],
    });
    expect((await rheobase('inspect', file)).results).toMatch(/1 node is refused:\n.*\(Loop\): /);
    const evaluated = await rheobase('evaluate', '--network', file, '--dataset', 'glyphs', '--normalization', 'unit');
    expect([evaluated.code, evaluated.messages]).toEqual([1, expect.stringMatching(/loop\.onnx: .*\(Loop\)/)]);
    const ran = await rheobase(
      'run',
      '--network',
      file,
      '--input',
      file,
      '--output',
      join(folder, 'never.safetensors'),
    );
    expect([ran.code, ran.messages]).toEqual([
      1,
      expect.stringMatching(/loop\.onnx: operator '.*' \(Loop\): it decides/),
    ]);
    await writeFile(join(folder, 'damaged.onnx'), 'hello');
    expect((await rheobase('inspect', join(folder, 'damaged.onnx'))).messages).toMatch(
      /damaged\.onnx: its name says an ONNX model, but its content is none/,
    );
    expect((await rheobase('inspect', join(folder, 'absent.onnx'))).code).toBe(1);
  });

  it('says how its file is given', async () => {
    const asOthers = await rheobase('inspect', '--network', model);
    expect([asOthers.code, asOthers.messages]).toEqual([
      1,
      expect.stringMatching(/inspect takes its file without --network: `rheobase inspect .*glyph-net\.onnx`/),
    ]);
    expect((await rheobase('inspect')).messages).toMatch(/No file was given to inspect: `rheobase inspect FILE`/);
  });
});

describe('rheobase run', () => {
  const [input, output] = ['in', 'out'].map((name) => () => join(folder, `${name}.safetensors`));
  const write = async (name: string, shape: readonly number[], first = 0): Promise<void> => {
    const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, k) => ((k * 37) % 101) / 101);
    data[0] = first;
    const tensors = new Map([[name, { dtype: 'F32' as const, shape, data }]]);
    await writeFile(input?.() ?? '', writeSafetensors(tensors, {}));
  };
  const run = (network: string, ...more: string[]) =>
    rheobase('run', '--network', network, '--input', input?.() ?? '', '--output', output?.() ?? '', '--json', ...more);
  const outputs = async () => readSafetensors(await readFile(output?.() ?? ''), 'out').tensors;
  const nameOf = async (network: string): Promise<string> => {
    const { inputs } = jsonOf(await rheobase('inspect', network, '--json')) as { inputs: { name: string }[] };
    return inputs[0]?.name ?? '';
  };

  it('gives the same outputs for a batch as for each sample, in the layout of the file', async () => {
    const name = await nameOf(model);
    await write(name, [70, 3, 32, 32]);
    expect(jsonOf(await run(model))).toMatchObject({ samples: 70, outputs: [{ shape: [70, 10] }] });
    const [all] = (await outputs()).values();
    await write(name, [1, 3, 32, 32]);
    await run(model);
    const [one] = (await outputs()).values();
    expect([...(one?.data ?? [])]).toEqual([...(all?.data.subarray(0, 10) ?? [])]);
  });

  it('runs a spiking network for its steps, and on frames', async () => {
    const name = await nameOf(spiking);
    await write(name, [2, 32, 32, 3]);
    expect(jsonOf(await run(spiking))).toMatchObject({ samples: 2, steps: 4 });
    await write(name, [3, 2, 32, 32, 3]);
    expect(jsonOf(await run(spiking))).toMatchObject({ samples: 2, steps: 3 });
  });

  it('refuses a tensor with values that are not finite', async () => {
    const name = await nameOf(model);
    await write(name, [1, 3, 32, 32], Number.NaN);
    expect((await run(model)).messages).toMatch(/in\.safetensors: the tensor '.*' holds NaN; a network takes finite/);
  });

  it('says which tensor does not fit', async () => {
    const name = await nameOf(model);
    await write('other', [1, 3, 32, 32]);
    expect((await run(model)).messages).toMatch(/in\.safetensors: the tensor 'other' is none of .*inputs/);
    await write(name, [1, 32, 32, 3]);
    expect((await run(model)).messages).toMatch(/is \[1, 32, 32, 3\], and the network takes \[N, 3, 32, 32\]/);
    expect((await run(model, '--steps', '4')).messages).toMatch(/--steps is for spiking networks/);
  });
});

describe('rheobase export', () => {
  it('writes a spiking network as NIR, with what NIR has no word for, and reads the same network back', async () => {
    const out = join(folder, 'spiking.nir');
    const run = jsonOf(await rheobase('export', '--network', spiking, '--format', 'nir', '--out', out, '--json'));
    expect(run).toMatchObject({ out, format: 'nir', primitives: { IF: expect.any(Number) } });
    expect(run['notes']).toEqual(expect.arrayContaining([expect.stringMatching(/metadata/)]));
    const simulate = async (network: string): Promise<unknown> => {
      const images = ['--dataset', 'glyphs', '--normalization', 'unit', '--limit', '20', '--steps', '4', '--json'];
      return jsonOf(await rheobase('simulate', '--network', network, ...images))['accuracyAt'];
    };
    expect(await simulate(out)).toEqual(await simulate(spiking));
    expect(jsonOf(await rheobase('inspect', out, '--json'))).toMatchObject({
      spiking: true,
      inputs: [{ shape: ['N', 3, 32, 32] }],
    });
    const other = await rheobase('evaluate', '--network', out, '--dataset', 'nmnist', '--data-dir', folder);
    expect(other.messages).toMatch(/holds no|has no folder/);
  });

  it('refuses what does not go together', async () => {
    const nir = (...more: string[]) => rheobase('export', '--out', join(folder, 'x.nir'), ...more);
    expect((await nir('--model', 'glyph-net')).messages).toMatch(
      /rheobase: glyph-net: it has no neurons; convert it first/,
    );
    expect((await nir('--network', model)).messages).toMatch(/glyph-net\.onnx: it has no neurons; convert it first/);
    const leaky = join(folder, 'leaky.safetensors');
    await writeNetworkFile(leaky, leakyNetwork());
    expect((await nir('--network', leaky)).messages).toMatch(/leaky\.safetensors: .*give dt/);
    expect((await nir('--network', leaky, '--dt', '0.001')).code).toBe(0);
    const onnx = (...more: string[]) => rheobase('export', '--out', join(folder, 'x.onnx'), '--network', ...more);
    expect((await onnx(spiking)).messages).toMatch(
      /rheobase: .*spiking\.safetensors: .*a spiking neuron has no counterpart/,
    );
    expect((await onnx(model, '--dt', '0.001')).messages).toMatch(/--dt has no effect here: it is for NIR/);
    for (const option of [
      ['--dt', '0.001'],
      ['--reset', 'soft'],
      ['--fires', 'at'],
    ]) {
      expect((await rheobase('inspect', model, ...option)).messages).toMatch(
        new RegExp(`${option[0]} is for NIR files, and .*glyph-net\\.onnx is none`),
      );
    }
    expect((await nir('--network', spiking, '--format', 'onnx')).messages).toMatch(/contradict each other/);
    expect((await nir('--network', spiking, '--layout', 'NCHW')).messages).toMatch(/--layout has no effect .* ONNX/);
  });
});

describe('rheobase evaluate on recordings of events', () => {
  it('runs a spiking network as it is, a frame for each time step, on all recordings', async () => {
    const recordings = join(folder, 'nmnist');
    const builder = networkBuilder();
    const input = builder.input('input', [34, 34, 2]);
    const flat = builder.node({ op: 'flatten', name: 'flat', inputs: [input] });
    // Class 3 counts the events at the first pixel.
    const weight = new Float32Array(34 * 34 * 2 * 10);
    weight[3] = 1;
    weight[13] = 1;
    const layer = builder.dense('layer', flat, { weight: float32Parameter('weight', [34 * 34 * 2, 10], weight) });
    const parameters = {
      threshold: scalarParameter('threshold', 1),
      initialPotential: scalarParameter('initialPotential', 0),
    };
    builder.output('output', builder.neuron('neuron', layer, { kind: 'if', parameters }));
    const network = join(folder, 'counter.safetensors');
    await writeNetworkFile(network, builder.build());
    for (const [split, digit] of [
      ['train', '3'],
      ['test', '5'],
    ] as const) {
      await mkdir(join(recordings, split, digit), { recursive: true });
      await writeFile(join(recordings, split, digit, '1.bin'), Uint8Array.of(0, 0, 128, 0, 0, 0, 0, 0, 15, 160));
    }
    const evaluate = (...more: string[]) =>
      rheobase('evaluate', '--network', network, '--dataset', 'nmnist', '--data-dir', folder, ...more);
    expect(jsonOf(await evaluate('--json'))).toMatchObject({ accuracy: 0.5, images: 2, binMs: 1, split: 'all' });
    expect(jsonOf(await evaluate('--json', '--split', 'train'))).toMatchObject({ accuracy: 1, images: 1 });
    expect((await evaluate('--normalization', 'unit')).messages).toMatch(/--normalization has no effect here/);
    const simulate = (...more: string[]) =>
      rheobase('simulate', '--network', network, '--dataset', 'nmnist', '--data-dir', folder, ...more);
    // The event is in the bin of 4 ms: the fifth frame. Every frame is multiplied out.
    const run = jsonOf(await simulate('--json'));
    expect(run).toMatchObject({ steps: 5, images: 2, accuracy: 0.5, binMs: 1, split: 'all', sopsPerImage: 2 });
    expect(run['energy']).toMatchObject({ boundary: { firstLayer: 'every-step' } });
    const [terms] = [(run['energy'] as { snn: { terms: { operations: number }[] } }).snn.terms];
    expect(terms[0]?.operations).toBe(5 * 34 * 34 * 2 * 10);
    expect(jsonOf(await simulate('--json', '--steps', '3', '--bin-ms', '2', '--split', 'train'))).toMatchObject({
      steps: 3,
      images: 1,
      accuracyAt: { '3': 1 },
      binMs: 2,
    });
    expect((await simulate()).results).toMatch(/SOPs\/recording[^]*shorter ones followed by empty frames/);
    expect((await simulate('--first-layer', 'once')).messages).toMatch(/frames of events change at every step/);
    expect((await simulate('--precision', 'int8')).messages).toMatch(/counts of events of nmnist have none/);
    expect((await simulate('--percentile', '99')).messages).toMatch(/already spiking/);
    const glyphs = await rheobase('evaluate', '--network', network, '--dataset', 'glyphs');
    expect(glyphs.messages).toMatch(/is a spiking network: run it with `rheobase simulate/);
    const images = await rheobase('simulate', '--network', spiking, '--bin-ms', '2');
    expect(images.messages).toMatch(/--bin-ms is for --dataset nmnist/);
  });
});

describe('a set of recordings', () => {
  it('is listed, and is refused where images are needed', async () => {
    expect((await rheobase('datasets')).results).toMatch(/nmnist +N-MNIST: .*event camera/);
    expect((await rheobase('datasets', 'download', 'nmnist')).messages).toMatch(/cannot be downloaded .*: get it at/);
    const train = await rheobase('train', '--model', 'glyph-net', '--dataset', 'nmnist', '--out', join(folder, 'x'));
    expect(train.messages).toMatch(/nmnist has recordings of an event camera, not images/);
    const analog = await rheobase('simulate', '--network', model, '--dataset', 'nmnist', '--data-dir', folder);
    expect(analog.messages).toMatch(/is an analog network, and events of nmnist are for spiking ones/);
  });
});

describe('a NIR file', () => {
  it('is refused by name where no spiking network can be used, and its options with other files', async () => {
    const nir = join(folder, 'refused.nir');
    await rheobase('export', '--network', spiking, '--format', 'nir', '--out', nir);
    const calibrate = await rheobase('calibrate', '--network', nir, '--out', join(folder, 'x'));
    expect(calibrate.messages).toMatch(/refused\.nir is a NIR file: its neurons spike already/);
    for (const command of [
      ['detect', '--image', 'x.png'],
      ['evaluate-detector'],
      ['convert-detector', '--steps', '2'],
    ]) {
      const out = command.includes('--steps') ? ['--out', join(folder, 'x')] : [];
      const run = await rheobase(...command, ...out, '--network', nir);
      expect(run.messages).toMatch(/is a NIR file: it does not say what its outputs mean as boxes/);
    }
    const glyphs = ['--dataset', 'glyphs', '--normalization', 'unit'];
    const other = await rheobase('evaluate', '--network', model, ...glyphs, '--reset', 'soft');
    expect(other.messages).toMatch(/--reset is for NIR files, and .*glyph-net\.onnx is none/);
    const named = await rheobase('evaluate', '--model', 'glyph-net', ...glyphs, '--dt', '1');
    expect(named.messages).toMatch(/--dt is for NIR files/);
  });
});

/** An experiment that starts from the network of a file. */
const experiment = (normalization: string, path: string, more = ''): string => `
paper: { title: none, reference: none }
table: from-file
description: a network of a file through both stages
data: { dataset: glyphs, ${normalization}trainImages: 64, heldOut: 16, calibration: 16, earlyStopping: 8, testImages: 16 }
network: { source: { kind: file, path: ${path}${more} } }
steps: [2]
method:
  kind: two-stage
  stageOne: { epochs: 1, learningRate: 0.01, weightDecay: 0, batchSize: 16, augment: none }
  stageTwo: { bptt: { loss: mse, learningRate: 0.001, schedule: cosine, epochs: 1, patience: 1, batchSize: 8 } }
budget: { minutes: 1, cores: 1 }
expected: null
reason: made up for a test
`;

/** A perceptron with ReLUs on glyphs of 32×32×3 as a vector, channels first in an ONNX model. */
async function perceptron(): Promise<string> {
  const file = join(folder, 'perceptron.onnx');
  const builder = networkBuilder();
  const weight = (from: number, to: number) => ({
    weight: float32Parameter(
      'weight',
      [from, to],
      Float32Array.from({ length: from * to }, (_, k) => Math.sin(k) / 9),
    ),
  });
  const first = builder.dense('first', builder.input('x', [3072]), weight(3072, 8));
  builder.output('y', builder.dense('last', builder.activation('relu', first, { kind: 'relu' }), weight(8, 10)));
  await writeNetworkFile(join(folder, 'perceptron.safetensors'), builder.build());
  const exported = await rheobase('export', '--network', join(folder, 'perceptron.safetensors'), '--out', file);
  expect(exported.code).toBe(0);
  return file;
}

describe('a network that takes vectors', () => {
  it('takes images of as many elements in analyze, experiments and benches, as in evaluate', async () => {
    const file = await perceptron();
    const glyphs = ['--dataset', 'glyphs', '--normalization', 'unit'];
    const evaluated = jsonOf(
      await rheobase('evaluate', '--network', file, ...glyphs, '--split', 'train', '--limit', '20', '--json'),
    );
    const out = join(folder, 'perceptron-spiking.safetensors');
    await rheobase('convert', '--network', file, ...glyphs, '--steps', '4', '--calibration-images', '8', '--out', out);
    const analyzed = await rheobase(
      'analyze',
      '--network',
      out,
      '--source',
      file,
      ...glyphs,
      '--limit',
      '20',
      '--json',
    );
    expect(jsonOf(analyzed)).toMatchObject({ sourceAccuracy: evaluated['accuracy'] });
    const [text, run] = [join(folder, 'vector.yaml'), join(folder, 'vector')];
    await writeFile(text, experiment('normalization: unit, ', 'perceptron.onnx'));
    const reproduced = await rheobase('reproduce', text, '--out', run, '--json');
    expect(reproduced.messages).not.toMatch(/rheobase: /);
    const { nodes } = await readNetworkFile(join(run, 'source.safetensors'));
    expect(nodes.find(({ op }) => op === 'input')).toMatchObject({ shape: [32, 32, 3] });
    const bench = ['bench', 'inference', '--network', file, '--dataset', 'glyphs', '--steps', '1', '--threads', '1'];
    const benched = await rheobase(...bench, '--rounds', '1', '--batch', '2', '--firing-rate', '0.01', '--json');
    expect(benched.messages).not.toMatch(/The network takes images/);
  });
});

/** Two layers on glyphs of 32×32×3 as a vector, with a function in between. */
function gated(): Network {
  const builder = networkBuilder();
  const weight = (from: number, to: number) => ({ weight: constantParameter('weight', [from, to], 1 / from) });
  const first = builder.dense('first', builder.input('x', [3072]), weight(3072, 4));
  const gate = builder.node({ op: 'function', name: 'gate', inputs: [first], function: 'hardswish', attributes: {} });
  builder.output('y', builder.dense('last', gate, weight(4, 10)));
  return builder.build();
}

describe('rheobase convert', () => {
  const glyphs = ['--dataset', 'glyphs', '--normalization', 'unit', '--calibration-images', '8', '--steps', '4'];

  it('refuses functions between layers by name, and replaces them', async () => {
    const [network, out] = [join(folder, 'gated.safetensors'), join(folder, 'replaced.safetensors')];
    await writeNetworkFile(network, gated());
    const refused = await rheobase('convert', '--network', network, ...glyphs, '--out', out);
    expect([refused.code, refused.messages]).toEqual([1, expect.stringMatching(/gate .*--replace hardswish=relu6/)]);
    expect(jsonOf(await rheobase('inspect', network, '--json'))).toMatchObject({
      convertible: false,
      refused: [{ node: 'gate', operator: 'function', reason: expect.stringMatching(/--replace/) }],
    });
    const replaced = await rheobase(
      'convert',
      '--network',
      network,
      ...glyphs,
      '--replace',
      'hardswish=relu6',
      '--out',
      out,
    );
    expect(replaced.code).toBe(0);
    const { nodes } = await readNetworkFile(out);
    expect(nodes.find(({ name }) => name === 'gate')?.op).toBe('neuron');
    // It takes the images that it was converted with.
    expect(nodes.find(({ op }) => op === 'input')).toMatchObject({ shape: [32, 32, 3] });
    expect((await rheobase('simulate', '--network', out, '--limit', '5', '--json')).code).toBe(0);
    const slip = await rheobase('convert', '--network', network, ...glyphs, '--replace', 'hardswish', '--out', out);
    expect(slip.messages).toMatch(/function=activation/);
  });

  it('calibrates a plain network, without stage I', async () => {
    const out = join(folder, 'light.safetensors');
    const convert = (...more: string[]) => rheobase('convert', '--network', model, ...glyphs, '--out', out, ...more);
    const run = await convert('--calibrate', 'light', '--held-out', '4', '--json');
    const plain = jsonOf(await convert('--json'))['report'] as { node: string; outcome: object }[];
    // The activations of the network that was given, not those that it was calibrated as.
    const fate = ({ node, outcome }: { node: string; outcome: object }) => ({ node, ...outcome, threshold: undefined });
    const calibrated = jsonOf(run)['report'] as typeof plain;
    expect(calibrated.map(fate)).toEqual(plain.map(fate));
    expect(calibrated.filter(({ outcome }) => 'from' in outcome && outcome.from === 'relu')).not.toEqual([]);
    await convert('--calibrate', 'light', '--held-out', '4');
    expect((await rheobase('simulate', '--network', out, '--limit', '5', '--json')).code).toBe(0);
    expect((await convert('--held-out', '4')).messages).toMatch(/--held-out has no effect here/);
    expect((await convert('--calibrate', 'light', '--percentile', '99')).messages).toMatch(/--thresholds percentile/);
  });

  it('fine-tunes a network whose functions are replaced, with the original as teacher', async () => {
    const [network, out] = [join(folder, 'gated.safetensors'), join(folder, 'finetuned')];
    await writeNetworkFile(network, gated());
    const training = ['--epochs', '1', '--train-images', '16', '--batch', '8', '--held-out', '8', '--levels', '4'];
    const finetune = ['finetune', '--network', network, '--dataset', 'glyphs', '--normalization', 'unit', ...training];
    expect((await rheobase(...finetune, '--out', out)).messages).toMatch(
      /cannot be converted[^]*--replace hardswish=relu6/,
    );
    const run = await rheobase(...finetune, '--replace', 'hardswish=relu6', '--out', out, '--json');
    expect(jsonOf(run)).toMatchObject({ accuracy: expect.any(Number) });
    const { nodes } = await readNetworkFile(join(out, 'network.safetensors'));
    expect(nodes.find(({ name }) => name === 'gate')).toMatchObject({ activation: { kind: 'quant-clip' } });
  });
});

/** A population of leaky neurons. */
function leakyNetwork(): Network {
  const build = networkBuilder();
  const layer = build.dense('layer', build.input('x', [2]), { weight: constantParameter('weight', [2, 2], 1) });
  const parameters = {
    threshold: scalarParameter('threshold', 1),
    initialPotential: scalarParameter('initialPotential', 0),
    leak: scalarParameter('dynamics', 0.5),
  };
  build.output('y', build.neuron('cells', layer, { kind: 'lif', parameters, attributes: {} }));
  return build.build();
}

/** A network whose two outputs have different classes, of which each gives one class for every image. */
function twoOutputs(): Network {
  const build = networkBuilder();
  const site = build.activation(
    'site',
    build.conv2d('conv', build.input('image', [32, 32, 3]), {
      weight: constantParameter('weight', [3, 3, 3, 2], 0.1),
    }),
    { kind: 'relu' },
  );
  const pooled = build.node({ op: 'globalAvgPool', name: 'pool', inputs: [site] });
  const scores = (name: string, favourite: number): string =>
    build.output(
      name,
      build.dense(`${name.split('-')[1]}`, pooled, {
        weight: constantParameter('weight', [2, 10], 0.1),
        bias: float32Parameter(
          'bias',
          [10],
          Float32Array.from({ length: 10 }, (_, i) => (i === favourite ? 1 : 0)),
        ),
      }),
    );
  scores('always-zero', 0);
  scores('always-six', 6);
  return build.build();
}

describe('an experiment file', () => {
  it('starts from the network of a file', async () => {
    const [file, out] = [join(folder, 'from-file.yaml'), join(folder, 'from-file')];
    await writeFile(file, experiment('normalization: unit, ', 'glyph-net.onnx'));
    const run = await rheobase('reproduce', file, '--out', out, '--json');
    expect(run.messages).not.toMatch(/rheobase: /);
    expect(jsonOf(run)).toMatchObject({ model: 'glyph-net.onnx' });
    const other = await rheobase('reproduce', file, '--model', 'resnet20');
    expect(other.messages).toMatch(/starts from the network of glyph-net\.onnx: omit --model/);
  });

  it('names the output of the classes', async () => {
    const [file, out] = [join(folder, 'from-output.yaml'), join(folder, 'from-output')];
    await writeOnnxFile(join(folder, 'two.onnx'), twoOutputs());
    await writeFile(file, experiment('normalization: unit, ', 'two.onnx', ', output: always-six'));
    const run = await rheobase('reproduce', file, '--out', out, '--json');
    expect(run.messages).not.toMatch(/rheobase: /);
    const { nodes } = await readNetworkFile(join(out, 'source.safetensors'));
    expect(nodes.filter(({ op }) => op === 'output').map(({ name }) => name)).toEqual(['always-six']);
  });

  it('says what is wrong with that file', async () => {
    const file = join(folder, 'faulty.yaml');
    const message = async (text: string): Promise<string> => {
      await writeFile(file, text);
      return (await rheobase('reproduce', file, '--out', join(folder, 'faulty'))).messages;
    };
    expect(await message(experiment('normalization: unit, ', 'absent.onnx'))).toMatch(
      /faulty\.yaml: network\.source: .*absent\.onnx: the network cannot be read/,
    );
    expect(await message(experiment('normalization: unit, ', 'spiking.safetensors'))).toMatch(/is a spiking network/);
    expect(await message(experiment('normalization: unit, ', 'glyph-net.onnx', ', output: nothing'))).toMatch(
      /faulty\.yaml: network\.source: .*glyph-net\.onnx: There is no output 'nothing'\. Known: /,
    );
  });
});
