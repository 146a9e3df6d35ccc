import { clipSites, glyphNet, resnet20, resnet8 } from '@rheobase/models';
import type { Network, SafeTensor } from '@rheobase/network';
import { constantParameter, float32Parameter, networkBuilder } from '@rheobase/network';
import { referenceForward } from '@rheobase/testing';
import { describe, expect, it } from 'vitest';
import { exportWeights } from './export-weights.js';
import { loadWeights } from './load-weights.js';
import { renamingBy } from './name-pattern.js';
import { describeWeightReport, weightRemarks } from './weight-report.js';

const f32 = (shape: readonly number[], data: readonly number[]): SafeTensor => ({
  dtype: 'F32',
  shape,
  data: Float32Array.from(data),
});

/** A 1×1 convolution and a dense layer, small enough to write its weights down. */
function tiny(): Network {
  const builder = networkBuilder();
  builder.input('input', [1, 2, 2]);
  builder.conv2d('conv', 'input', {
    weight: constantParameter('weight', [1, 1, 2, 3], 0),
    bias: constantParameter('bias', [3], 0),
  });
  builder.node({ op: 'flatten', name: 'flatten', inputs: ['conv'] });
  builder.output('output', builder.dense('fc', 'flatten', { weight: constantParameter('weight', [6, 2], 0) }));
  return builder.build();
}

const state = () =>
  new Map<string, SafeTensor>([
    ['conv.weight', f32([3, 2, 1, 1], [1, 2, 3, 4, 5, 6])],
    ['conv.bias', f32([3], [0.5, 0, -0.5])],
    ['fc.weight', f32([2, 6], [1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60])],
  ]);

const without = (name: string) => new Map([...state()].filter(([other]) => other !== name));
const values = (network: Network, name: string) => Array.from(network.parameters.get(name)?.data ?? []);

describe('loadWeights', () => {
  it('turns OIHW into HWIO, and a dense layer behind an image from CHW to HWC', () => {
    const { network } = loadWeights(tiny(), state(), { convention: 'pytorch' });
    expect(values(network, 'conv.weight')).toEqual([1, 3, 5, 2, 4, 6]);
    // Channels-first columns c·2 + w; here the rows are w·3 + c.
    expect(values(network, 'fc.weight')).toEqual([1, 10, 3, 30, 5, 50, 2, 20, 4, 40, 6, 60]);
  });

  it('gives what a channels-first program computes from the same weights', () => {
    const { network } = loadWeights(tiny(), state(), { convention: 'pytorch' });
    const pixels = [
      [1, 2],
      [3, 4],
    ];
    const kernel = [
      [1, 2],
      [3, 4],
      [5, 6],
    ];
    const bias = [0.5, 0, -0.5];
    const channelsFirst = kernel.flatMap(([a = 0, b = 0], c) =>
      pixels.map(([x = 0, y = 0]) => a * x + b * y + (bias[c] ?? 0)),
    );
    const expected = [1, 10].map((scale) =>
      channelsFirst.reduce((sum, value, at) => sum + scale * (at + 1) * value, 0),
    );
    expect(Array.from(referenceForward(network, pixels.flat()).get('output') ?? [])).toEqual(expected);
  });

  it('leaves the network it is given untouched and keeps nothing of the tensors', () => {
    const before = tiny();
    const tensors = state();
    const { network } = loadWeights(before, tensors, { convention: 'pytorch' });
    expect(before).toEqual(tiny());
    for (const { data } of tensors.values()) data.fill(0 as never);
    expect(values(network, 'conv.bias')).toEqual([0.5, 0, -0.5]);
  });

  it('reports every parameter with its tensor, the shapes and the change of layout', () => {
    const { report } = loadWeights(tiny(), state(), { convention: 'pytorch' });
    expect(report.matched).toEqual([
      {
        parameter: 'conv.weight',
        tensor: 'conv.weight',
        tensorShape: [3, 2, 1, 1],
        parameterShape: [1, 1, 2, 3],
        layout: 'OIHW → HWIO',
      },
      { parameter: 'conv.bias', tensor: 'conv.bias', tensorShape: [3], parameterShape: [3], layout: 'as it is' },
      {
        parameter: 'fc.weight',
        tensor: 'fc.weight',
        tensorShape: [2, 6],
        parameterShape: [6, 2],
        layout: 'O(CHW) → (HWC)O',
      },
    ]);
    expect(describeWeightReport(report)).toContain('conv.weight [3, 2, 1, 1] → conv.weight [1, 1, 2, 3], OIHW → HWIO');
  });

  it('refuses a parameter without a tensor and a tensor without a parameter, and names both and their neighbours', () => {
    const tensors = without('conv.bias').set('cnov.bias', f32([3], [1, 2, 3]));
    expect(() => loadWeights(tiny(), tensors, { convention: 'pytorch', source: 'net.safetensors' })).toThrow(
      [
        "net.safetensors: 2 of its tensors and the network's parameters do not fit, read by the pytorch convention:",
        "  The parameter 'conv.bias' needs a tensor 'conv.bias' [3], and there is none. Did you mean 'cnov.bias'?",
        "  The tensor 'cnov.bias' [3] fits no parameter. Did you mean 'conv.bias'?",
      ].join('\n'),
    );
  });

  it('refuses a tensor of the wrong shape and names both sides', () => {
    const tensors = state().set('fc.weight', f32([6, 2], Array<number>(12).fill(1)));
    expect(() => loadWeights(tiny(), tensors, { convention: 'pytorch' })).toThrow(
      "The tensor 'fc.weight' has shape [6, 2], but the parameter 'fc.weight' [6, 2] needs [2, 6].",
    );
  });

  it('refuses a tensor of integers for a parameter of real numbers', () => {
    const tensors = state().set('conv.bias', { dtype: 'I8', shape: [3], data: Int8Array.of(1, 2, 3) });
    expect(() => loadWeights(tiny(), tensors, { convention: 'pytorch' })).toThrow(
      "The tensor 'conv.bias' has the type I8, but the parameter 'conv.bias' is float32 and needs F32 or F16 or BF16 or F64.",
    );
  });

  it('refuses a value that is not finite', () => {
    const tensors = state().set('conv.bias', f32([3], [0, Number.NaN, 0]));
    expect(() => loadWeights(tiny(), tensors, { convention: 'pytorch', source: 'net.safetensors' })).toThrow(
      "net.safetensors: tensor 'conv.bias': its element 1 is NaN or infinite",
    );
  });

  it('lets names stay unmatched where they are allowed to, and lists them', () => {
    const tensors = without('conv.bias').set('head.scale', f32([1], [1]));
    const { network, report } = loadWeights(tiny(), tensors, {
      convention: 'pytorch',
      allowMissing: ['*.bias'],
      allowUnused: ['head.*'],
    });
    expect(values(network, 'conv.bias')).toEqual([0, 0, 0]);
    expect(report.kept).toEqual([{ parameter: 'conv.bias', allowedBy: '*.bias' }]);
    expect(report.unused).toEqual([{ tensor: 'head.scale', allowedBy: 'head.*' }]);
  });

  it('leaves out an ill-shaped pair only where both names are allowed', () => {
    const tensors = state().set('fc.weight', f32([5, 6], Array<number>(30).fill(1)));
    const load = (options: object) => loadWeights(tiny(), tensors, { convention: 'pytorch', ...options });
    expect(() => load({ allowMissing: ['fc.weight'] })).toThrow("The tensor 'fc.weight' has shape [5, 6]");
    expect(() => load({ allowUnused: ['fc.weight'] })).toThrow("The tensor 'fc.weight' has shape [5, 6]");
    const { report } = load({ allowMissing: ['fc.*'], allowUnused: ['fc.*'] });
    expect(report.kept).toEqual([{ parameter: 'fc.weight', allowedBy: 'fc.*' }]);
    expect(report.unused).toEqual([{ tensor: 'fc.weight', allowedBy: 'fc.*' }]);
  });

  it('names each rule that matches nothing, where weights are read and where they do not fit', () => {
    const given = {
      convention: 'pytorch',
      rename: ['nothing.*=linear.*', 'head.*=fc.*'],
      allowMissing: ['nothere.*', '*.bias'],
      allowUnused: ['never.*'],
    } as const;
    const tensors = new Map([...state()].map(([name, tensor]) => [name.replace(/^fc\./, 'head.'), tensor]));
    const { report } = loadWeights(tiny(), tensors, given);
    expect(report.idle).toEqual(['nothing.*=linear.*', 'nothere.*', 'never.*']);
    expect(weightRemarks(report)).toContain("the rule 'nothere.*' matches nothing");
    tensors.delete('conv.weight');
    expect(() => loadWeights(tiny(), tensors, given)).toThrow("\nThe rule 'nothing.*=linear.*' matches nothing.\n");
    expect(loadWeights(tiny(), state(), { allowUnused: ['fc.*'] }).report.idle).toBeUndefined();
  });

  it('says what names begin with where none begins with the prefix that is asked for', () => {
    const tensors = new Map([...state()].map(([name, tensor]) => [`ema.${name}`, tensor]));
    const load = () => loadWeights(tiny(), tensors, { prefix: 'nope.', source: 'net.safetensors' });
    expect(load).toThrow("net.safetensors: none of its tensors starts with 'nope.'; all begin with 'ema.'.");
    const two = new Map([...tensors, ...state()]);
    expect(() => loadWeights(tiny(), two, { prefix: 'nope.' })).toThrow("; they begin with 'ema.', 'conv.'");
  });

  it('passes over PyTorch’s batch counters by name, and lists them', () => {
    const network = glyphNet();
    const tensors = new Map(exportWeights(network, 'pytorch'));
    tensors.set('stage1.bn1.num_batches_tracked', { dtype: 'I64', shape: [], data: BigInt64Array.of(7n) });
    expect(loadWeights(network, tensors, { convention: 'pytorch' }).report.unused).toEqual([
      { tensor: 'stage1.bn1.num_batches_tracked', allowedBy: '*.num_batches_tracked' },
    ]);
  });

  it('matches tensors by the names they are given, and reports those they had', () => {
    const tensors = new Map([...state()].map(([name, tensor]) => [`module.${name}`, tensor]));
    const rename = (name: string) => name.replace(/^module\./, '');
    const { report } = loadWeights(tiny(), tensors, { convention: 'pytorch', rename });
    expect(report.matched[0]?.tensor).toBe('module.conv.weight');
    expect(() => loadWeights(tiny(), tensors, { rename: () => 'same' })).toThrow(
      "the tensors 'module.conv.weight' and 'module.conv.bias' are both renamed to 'same'",
    );
  });

  it('asks for the thresholds of clips too, as a ReLU network’s weights do not say them', () => {
    const relu = exportWeights(resnet20({ width: 4 }), 'pytorch');
    const clip = resnet20({ width: 4, activation: clipSites(5) });
    expect(() => loadWeights(clip, relu, { convention: 'pytorch' })).toThrow(
      "The parameter 'relu1.threshold' needs a tensor 'relu1.threshold' scalar, and there is none.",
    );
    expect(loadWeights(clip, relu, { allowMissing: ['*.threshold'] }).report.kept).toHaveLength(19);
  });

  it('widens half precision', () => {
    const tensors = state().set('conv.bias', { dtype: 'F16', shape: [3], data: Uint16Array.of(0x3800, 0, 0xb800) });
    expect(values(loadWeights(tiny(), tensors, { convention: 'pytorch' }).network, 'conv.bias')).toEqual([
      0.5, 0, -0.5,
    ]);
  });
});

describe("loadWeights by 'auto'", () => {
  it.each(['pytorch', 'keras', 'rheobase'] as const)('finds the %s convention', (convention) => {
    const network = resnet8({ seed: 1 });
    const loaded = loadWeights(resnet8({ seed: 2 }), exportWeights(network, convention));
    expect(loaded.report.convention).toBe(convention);
    expect(loaded.network.parameters).toEqual(network.parameters);
  });

  it('asks which one is meant where two fit with different results', () => {
    const builder = networkBuilder();
    builder.input('input', [2]);
    builder.output(
      'output',
      builder.dense('fc', 'input', { weight: float32Parameter('weight', [2, 2], [1, 2, 3, 4]) }),
    );
    const network = builder.build();
    const tensors = exportWeights(network, 'pytorch');
    expect(() => loadWeights(network, tensors)).toThrow(
      'its tensors fit by the pytorch and by the rheobase convention, with different results; say which in `convention`',
    );
    expect(loadWeights(network, tensors, { convention: 'pytorch' }).network).toEqual(network);
  });

  it('takes no longer for very many tensors that fit nothing: few faults come with a suggestion', () => {
    const many = new Map(Array.from({ length: 40_000 }, (_, i) => [`layer${i}.weight`, f32([1], [1])] as const));
    expect(() => loadWeights(resnet20({ initialization: 'zeros' }), many, { source: 'many' })).toThrow(
      /^many: 40\d{3} of its tensors.*Did you mean 'layer/s,
    );
  });

  it('complains by the convention that comes nearest', () => {
    const tensors = new Map(exportWeights(resnet8(), 'keras'));
    tensors.delete('dense/bias:0');
    expect(() => loadWeights(resnet8(), tensors)).toThrow(
      "The parameter 'dense.bias' needs a tensor 'dense/bias:0' [10]",
    );
  });
});

const named = (name: (tensor: string) => string, tensors: ReadonlyMap<string, SafeTensor> = state()) =>
  new Map([...tensors].map(([tensor, value]) => [name(tensor), value]));
const allowAll = { allowMissing: ['*'], allowUnused: ['*'] };

describe('loadWeights where all names have a prefix', () => {
  const plain = loadWeights(tiny(), state()).network;

  it.each(['module.', '_orig_mod.', 'model.', '_orig_mod.module.', 'state_dict.', 'net/'])(
    'takes off %s, and reports it',
    (prefix) => {
      const { network, report } = loadWeights(
        tiny(),
        named((name) => `${prefix}${name}`),
      );
      expect(network).toEqual(plain);
      expect(report).toMatchObject({ prefix, kept: [], unused: [] });
      expect(weightRemarks(report)).toEqual([`the prefix '${prefix}' was removed from the names of the tensors`]);
    },
  );

  it('passes over the counter of averaged weights', () => {
    const averaged = named((name) => `module.${name}`).set('n_averaged', {
      dtype: 'I64',
      shape: [],
      data: BigInt64Array.of(5n),
    });
    expect(loadWeights(tiny(), averaged).network).toEqual(plain);
  });

  it('complains of what else does not fit, and of nothing more', () => {
    const tensors = named((name) => `module.${name.replace('fc', 'head')}`);
    expect(() => loadWeights(tiny(), tensors)).toThrow(
      /2 of its tensors .* do not fit.*without the prefix 'module\.':\n.*'fc\.weight'[^]*'module\.head\.weight'/,
    );
    const { network } = loadWeights(tiny(), tensors, { rename: renamingBy(['*.head.*=*.fc.*']) });
    expect(network).toEqual(plain);
  });

  it('asks which weights are meant where there are several sets', () => {
    const averages = new Map(
      [...state()].map(([name, { shape, data }]) => [
        `ema.${name}`,
        f32(
          shape,
          Array.from({ length: data.length }, () => 9),
        ),
      ]),
    );
    const both = new Map([...state(), ...averages]);
    expect(() => loadWeights(tiny(), both, { source: 'w' })).toThrow(
      "w: it holds several sets of the network's weights, without a prefix and with the prefix 'ema.'. " +
        "Say which: `prefix` 'ema.' takes those, and `allowUnused` 'ema.*' those without a prefix.",
    );
    expect(loadWeights(tiny(), both, { allowUnused: ['ema.*'] }).network).toEqual(plain);
    const { network, report } = loadWeights(tiny(), both, { prefix: 'ema.' });
    expect(values(network, 'conv.bias')).toEqual([9, 9, 9]);
    expect(weightRemarks(report).at(-1)).toBe('3 of 6 tensors are not used: conv.weight, conv.bias, fc.weight');
  });

  it('takes names as they stand on demand', () => {
    expect(() =>
      loadWeights(
        tiny(),
        named((name) => `module.${name}`),
        { prefix: '' },
      ),
    ).toThrow(/6 of its tensors/);
  });
});

describe('loadWeights that may leave all unmatched', () => {
  it('refuses to read nothing', () => {
    const strange = named((name) => `strange-${name}`);
    expect(() => loadWeights(tiny(), strange, { ...allowAll, source: 'w' })).toThrow(
      /^w: none of its tensors fits a parameter of the network \(it has 'strange-conv\.weight'/,
    );
    expect(() => loadWeights(tiny(), new Map(), { ...allowAll, source: 'w' })).toThrow(
      'w: there are no tensors in it.',
    );
  });

  it('still takes off a prefix', () => {
    expect(
      loadWeights(
        tiny(),
        named((name) => `module.${name}`),
        allowAll,
      ).report.matched,
    ).toHaveLength(3);
  });

  it('tells what was kept and left unused', () => {
    const others = new Map([...without('conv.bias'), ...named((name) => `old-${name}`)]);
    expect(weightRemarks(loadWeights(tiny(), others, allowAll).report)).toEqual([
      '1 of 3 parameters are not in the weights and keep their initial values: conv.bias',
      '3 of 5 tensors are not used: old-conv.weight, old-conv.bias, old-fc.weight',
    ]);
  });

  it('says nothing of tensors that hold no parameter by their convention', () => {
    const counted = state().set('bn.num_batches_tracked', { dtype: 'I64', shape: [], data: BigInt64Array.of(5n) });
    expect(weightRemarks(loadWeights(tiny(), counted).report)).toEqual([]);
  });
});
