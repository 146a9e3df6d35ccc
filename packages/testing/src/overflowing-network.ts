import type { Network } from '@rheobase/network';
import { float32Parameter, knownNeurons, networkBuilder } from '@rheobase/network';

/** Pairs of finite weights with which two inputs of 1e10 overflow in float32, by result. */
export const overflows = { '∞': [1e30, 1], '−∞': [-1e30, 1], NaN: [1e30, -1e30] } as const;

/** A spiking network `x` (of two values) → `wide` → `cells` → `head` → `y`, with neurons of one kind. */
export function overflowingNetwork(kind: string, weights: readonly number[]): Network {
  const builder = networkBuilder();
  const wide = builder.dense('wide', builder.input('x', [2]), { weight: float32Parameter('weight', [2, 1], weights) });
  const model = knownNeurons.get(kind);
  const parameters = Object.fromEntries(
    Object.entries(model.parameters).map(([part, { role, initial }]) => [part, float32Parameter(role, [], [initial])]),
  );
  const attributes = Object.fromEntries(
    Object.entries(model.attributes).map(([name, { initial, maximum, integer }]) => [
      name,
      initial ?? (integer ? 2 : (maximum ?? 1) / 2),
    ]),
  );
  const cells = builder.neuron('cells', wide, { kind, parameters, attributes });
  builder.output('y', builder.dense('head', cells, { weight: float32Parameter('weight', [1, 2], [1, -1]) }));
  return builder.build();
}
