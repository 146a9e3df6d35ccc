import type { ImageBatch, LabelledBatch, Network, SimulateOptions, Simulator } from '@rheobase/network';
import { float32Parameter, networkBuilder, scalarParameter } from '@rheobase/network';
import type { CountingProbe } from './procedure.js';

/** Inputs directly into a site: z = x. */
export function identitySite(
  count: number,
  activation: 'relu' | { readonly theta: number; readonly levels: number },
): Network {
  const build = networkBuilder();
  const input = build.input('x', [count]);
  const site = build.activation(
    'site',
    input,
    activation === 'relu'
      ? { kind: 'relu' }
      : {
          kind: 'quant-clip',
          parameters: { threshold: scalarParameter('threshold', activation.theta) },
          attributes: { levels: activation.levels },
        },
  );
  build.output('out', site);
  return build.build();
}

/**
 * One neuron that early excitation and late inhibition meet: what is +1.5 at the first step reaches it at once, through `early`; what is −2
 * in the mean comes through `late`, a neuron that needs steps to fire. θ is 1 everywhere.
 */
export function lateInhibition(): Network {
  const build = networkBuilder();
  const site = (name: string, input: string): string =>
    build.activation(name, input, {
      kind: 'quant-clip',
      parameters: { threshold: scalarParameter('threshold', 1) },
      attributes: { levels: 4 },
    });
  const image = build.input('x', [2]);
  const first = site('first', image);
  const weight = float32Parameter('weight', [2, 1], [1, -1]);
  build.output('out', site('second', build.dense('dense', first, { weight })));
  return build.build();
}

export const batchOf = (rows: readonly (readonly number[])[]): ImageBatch => ({
  shape: [rows.length, rows[0]?.length ?? 0],
  images: Float32Array.from(rows.flat()),
});

export const imagesOf = (rows: readonly (readonly number[])[]): LabelledBatch => ({
  shape: [rows.length, rows[0]?.length ?? 0],
  images: Float32Array.from(rows.flat()),
  labels: new Int32Array(rows.length),
});

export const spikesAt = (...nodes: readonly string[]): readonly CountingProbe[] =>
  nodes.map((node) => ({ kind: 'spikes', node }));

/** A simulator that notes down with which options it was called. */
export function watched(simulator: Simulator): Simulator & { readonly calls: SimulateOptions[] } {
  const calls: SimulateOptions[] = [];
  return {
    calls,
    simulate: (batch, options) => {
      calls.push(options);
      return simulator.simulate(batch, options);
    },
  };
}
