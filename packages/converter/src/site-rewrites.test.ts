import type { Network, Parameter, SiteDefinition } from '@rheobase/network';
import {
  assertValid,
  constantParameter,
  knownNeurons,
  networkBuilder,
  neuronDefinitions,
  nodeOf,
  registry,
  scalarParameter,
} from '@rheobase/network';
import { describe, expect, it } from 'vitest';
import { ConversionError } from './conversion-report.js';
import { fittingOf } from './fitting-of.js';
import { defaultSiteConversions } from './default-site-conversions.js';
import type { FittedNeuron, NeuronFitting } from './neuron-fitting.js';
import type { SiteConversion } from './site-conversion.js';
import { toQuantClip } from './to-quant-clip.js';
import { toSpiking } from './to-spiking.js';

function networkWith(site: SiteDefinition): Network {
  const build = networkBuilder();
  const input = build.input('image', [2, 2, 1]);
  const conv = build.conv2d('conv', input, { weight: constantParameter('weight', [1, 1, 1, 3], 1) });
  build.output('scores', build.activation('site', conv, site));
  return build.build();
}

const clip = (threshold: number | Parameter): SiteDefinition => ({
  kind: 'clip',
  parameters: { threshold: typeof threshold === 'number' ? scalarParameter('threshold', threshold) : threshold },
});
const leaky: SiteDefinition = { kind: 'leaky-relu', attributes: { slope: 0.1 } };
const recorded = new Map([['site', 2.5]]);

const activationOf = (network: Network) => {
  const node = nodeOf(assertValid(network), 'site');
  return node.op === 'activation' ? node.activation : undefined;
};
const neuronOf = (network: Network) => {
  const node = nodeOf(assertValid(network), 'site');
  return node.op === 'neuron' ? node.neuron : undefined;
};
const valueOf = (network: Network, name: string) => network.parameters.get(name)?.data[0];

describe('a threshold recorded for every channel', () => {
  const thresholds = new Map([['site', Float32Array.of(1, 2, 4)]]);

  it('becomes the θ of a quantized site and of its neuron, [C]', () => {
    const quantized = toQuantClip(networkWith(leaky), { levels: 4, thresholds });
    expect(quantized.parameters.get('site.threshold')).toMatchObject({ shape: [3], data: Float32Array.of(1, 2, 4) });
    const spiking = toSpiking(networkWith({ kind: 'relu' }), { thresholds });
    expect(spiking.parameters.get('site.threshold')).toMatchObject({ shape: [3], data: Float32Array.of(1, 2, 4) });
    expect(spiking.parameters.get('site.initialPotential')).toMatchObject({ data: Float32Array.of(0.5, 1, 2) });
  });

  it('is cut at 6 where the activation is', () => {
    const spiking = toSpiking(networkWith({ kind: 'relu6' }), {
      thresholds: new Map([['site', Float32Array.of(1, 9, 4)]]),
    });
    expect(spiking.parameters.get('site.threshold')).toMatchObject({ data: Float32Array.of(1, 6, 4) });
  });

  it('is refused where one is negative, naming the channel, or where there are not as many as channels', () => {
    const negative = new Map([['site', Float32Array.of(1, -1, 4)]]);
    expect(() => toSpiking(networkWith({ kind: 'relu' }), { thresholds: negative })).toThrow(/channel 1/);
    const few = new Map([['site', Float32Array.of(1, 2)]]);
    expect(() => toSpiking(networkWith({ kind: 'relu' }), { thresholds: few })).toThrow(/site/);
  });
});

describe('toQuantClip', () => {
  it('takes the threshold of a ReLU from what was recorded', () => {
    const network = toQuantClip(networkWith({ kind: 'relu' }), { levels: 4, thresholds: recorded, noise: 0.1 });
    expect(activationOf(network)).toEqual({
      kind: 'quant-clip',
      parameters: { threshold: 'site.threshold' },
      attributes: { levels: 4, noise: 0.1 },
    });
    expect(valueOf(network, 'site.threshold')).toBe(2.5);
  });

  it('takes over the threshold of a clip, shared, whatever was recorded', () => {
    const source = networkWith(clip(5));
    const network = toQuantClip(source, { levels: 2, thresholds: recorded });
    expect(network.parameters.get('site.threshold')).toBe(source.parameters.get('site.threshold'));
  });

  it('takes the absolute value of a negative threshold', () => {
    expect(valueOf(toQuantClip(networkWith(clip(-5)), { levels: 2 }), 'site.threshold')).toBe(5);
  });

  it('keeps the slope of a leaky ReLU', () => {
    expect(activationOf(toQuantClip(networkWith(leaky), { levels: 8, noise: 0, thresholds: recorded }))).toMatchObject({
      kind: 'leaky-quant-clip',
      attributes: { levels: 8, slope: 0.1, noise: 0 },
    });
  });

  it('clips a ReLU6 at 6, or lower if less was recorded', () => {
    expect(valueOf(toQuantClip(networkWith({ kind: 'relu6' }), { levels: 4 }), 'site.threshold')).toBe(6);
    const lower = toQuantClip(networkWith({ kind: 'relu6' }), { levels: 4, thresholds: recorded });
    expect(valueOf(lower, 'site.threshold')).toBe(2.5);
  });

  it('gives a site that quantizes already the new number of levels', () => {
    const once = toQuantClip(networkWith(clip(5)), { levels: 32 });
    expect(activationOf(toQuantClip(once, { levels: 4 }))?.attributes).toEqual({ levels: 4 });
  });

  it('names the site whose threshold is missing', () => {
    expect(() => toQuantClip(networkWith({ kind: 'relu' }), { levels: 4 })).toThrow(
      /site \(activation\): a 'relu' has no threshold, .*pass one in thresholds under 'site'/,
    );
  });

  it.each([-1, Number.NaN, Infinity, 1e-60])('refuses a recorded threshold of %s', (value) => {
    expect(() =>
      toQuantClip(networkWith({ kind: 'relu' }), { levels: 4, thresholds: new Map([['site', value]]) }),
    ).toThrow(ConversionError);
  });

  it('refuses a threshold for a name that is no site, and names the nearest one', () => {
    expect(() => toQuantClip(networkWith(clip(1)), { levels: 4, thresholds: new Map([['sit', 1]]) })).toThrow(
      /'sit'.*Did you mean 'site'/,
    );
  });

  it.each([0, 1.5, Number.NaN])('refuses %s levels', (levels) => {
    expect(() => toQuantClip(networkWith(clip(1)), { levels })).toThrow(/levels must be an integer/);
  });
});

describe('toSpiking', () => {
  it('puts an integrate-and-fire neuron with V(0) = θ/2 at a site', () => {
    const network = toSpiking(networkWith({ kind: 'relu' }), { thresholds: recorded });
    expect(neuronOf(network)).toEqual({
      kind: 'if',
      parameters: { threshold: 'site.threshold', initialPotential: 'site.initialPotential' },
      attributes: {},
    });
    expect(valueOf(network, 'site.initialPotential')).toBe(1.25);
  });

  it('starts at zero if asked', () => {
    expect(valueOf(toSpiking(networkWith(clip(3)), { initialPotential: 'zero' }), 'site.initialPotential')).toBe(0);
  });

  it('makes the shifted variant of the neuron, which must know T', () => {
    expect(neuronOf(toSpiking(networkWith(clip(3)), { initialPotential: 'shift', steps: 8 }))).toEqual({
      kind: 'if-shift',
      parameters: { threshold: 'site.threshold' },
      attributes: { steps: 8 },
    });
    expect(() => toSpiking(networkWith(clip(3)), { initialPotential: 'shift' })).toThrow(/must know T; pass steps/);
  });

  it('hands a neuron the parameters and attributes given for it, and asks for those it needs', () => {
    const lif = toSpiking(networkWith(clip(3)), { neuron: { kind: 'lif', parameters: { leak: 0.5 } } });
    expect(neuronOf(lif)?.parameters['leak']).toBe('site.leak');
    expect(valueOf(lif, 'site.leak')).toBe(0.5);
    const burst = toSpiking(networkWith(clip(3)), { neuron: { kind: 'burst', attributes: { maximum: 5 } } });
    expect(neuronOf(burst)?.attributes).toEqual({ maximum: 5 });
    expect(() => toSpiking(networkWith(clip(3)), { neuron: 'lif' })).toThrow(/'lif' needs a value for leak/);
    expect(fittingOf('lif', knownNeurons).needed).toEqual(['leak']);
  });

  it('puts a signed neuron with the slope where the activation is leaky', () => {
    expect(neuronOf(toSpiking(networkWith(leaky), { thresholds: recorded }))).toMatchObject({
      kind: 'signed-if',
      attributes: { slope: 0.1 },
    });
  });

  it('refuses a neuron that cannot say what the activation says, and names those that can', () => {
    expect(() => toSpiking(networkWith(leaky), { neuron: 'if', thresholds: recorded })).toThrow(/choose signed-if/);
    expect(() => toSpiking(networkWith(clip(3)), { neuron: 'signed-if' })).toThrow(/choose if or if-shift or/);
  });

  it('refuses to be given by value what the site decides', () => {
    const neuron = { kind: 'if', parameters: { threshold: 2 } };
    expect(() => toSpiking(networkWith(clip(1)), { neuron })).toThrow(/'threshold' .*comes from the site/);
  });

  it('names near matches of an unknown neuron', () => {
    expect(() => toSpiking(networkWith(clip(1)), { neuron: 'ift' })).toThrow(/Did you mean 'if'/);
  });

  it('refuses an unknown activation and lists the known ones', () => {
    expect(() => toSpiking(networkWith({ kind: 'gelu' }))).toThrow(/site \(activation\): .*'gelu'.*leaky-relu/);
  });

  it('refuses a threshold of zero and names the element', () => {
    expect(() => toSpiking(networkWith(clip(0)))).toThrow(/element 0 of its threshold 'site.threshold' is 0/);
  });

  it('can be taught a new activation and a new neuron, each by one entry', () => {
    const halfWave: SiteConversion = {
      activation: 'half-wave',
      meaning: () => ({ threshold: scalarParameter('threshold', 7), range: 'non-negative' }),
    };
    const network = toSpiking(networkWith({ kind: 'half-wave' }), {
      neuron: 'mine',
      conversions: defaultSiteConversions.with(['half-wave', halfWave]),
      neurons: knownNeurons.with([
        'mine',
        {
          kind: 'mine',
          summary: 'for a test',
          parameters: { ...neuronDefinitions.if.parameters, speed: { role: 'dynamics', initial: 3, summary: 'ω' } },
          attributes: {},
        },
      ]),
    });
    expect(neuronOf(network)).toEqual({
      kind: 'mine',
      parameters: { threshold: 'site.threshold', initialPotential: 'site.initialPotential', speed: 'site.speed' },
      attributes: {},
    });
    expect(valueOf(network, 'site.initialPotential')).toBe(3.5);
    expect(valueOf(network, 'site.speed')).toBe(3);
  });

  it('lets a neuron say itself how it is put at a site', () => {
    const fitting: NeuronFitting = {
      range: 'non-negative',
      fit: ({ meaning }) => ({ kind: 'mine', parameters: { threshold: meaning.threshold }, attributes: { wide: 2 } }),
    };
    const mine: FittedNeuron = { ...neuronDefinitions.if, kind: 'mine', fitting };
    const neurons = knownNeurons.with(['mine', mine]);
    expect(neuronOf(toSpiking(networkWith(clip(3)), { neuron: 'mine', neurons }))).toEqual({
      kind: 'mine',
      parameters: { threshold: 'site.threshold' },
      attributes: { wide: 2 },
    });
  });

  it('finds the shifted variant, and what stands for a leaky activation, by their descriptors', () => {
    const renamed = (kind: 'if' | 'if-shift' | 'signed-if') => ({ ...neuronDefinitions[kind], kind: `my-${kind}` });
    const neurons = registry(
      'neuron',
      [renamed('if-shift'), renamed('if'), renamed('signed-if')].map((neuron) => [neuron.kind, neuron]),
    );
    const shifted = toSpiking(networkWith(clip(3)), { neurons, initialPotential: 'shift', steps: 8 });
    expect(neuronOf(shifted)?.kind).toBe('my-if-shift');
    expect(neuronOf(toSpiking(networkWith(leaky), { neurons, thresholds: recorded }))?.kind).toBe('my-signed-if');
    expect(() => toSpiking(networkWith(clip(3)), { neuron: 'if-hard', initialPotential: 'shift', steps: 8 })).toThrow(
      /'if-hard' has no shifted variant; choose 'half-threshold' or 'zero'/,
    );
  });

  it('refuses a parameter that the neuron does not have', () => {
    const neuron = { kind: 'if', parameters: { leak: 0.5 } };
    expect(() => toSpiking(networkWith(clip(1)), { neuron })).toThrow(/'if' has no parameter 'leak'/);
  });

  it('accepts a registry without the activation as having no conversion for it', () => {
    expect(() =>
      toSpiking(networkWith(clip(1)), { conversions: registry<SiteConversion>('site conversion', []) }),
    ).toThrow(/none is registered/);
  });
});
