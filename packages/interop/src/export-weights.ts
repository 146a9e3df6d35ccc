import type { Network, Parameter, SafeTensor } from '@rheobase/network';
import { parameterOf } from '@rheobase/network';
import { defaultConventions } from './default-conventions.js';
import type { Layout } from './layout.js';
import type { WeightConvention } from './weight-convention.js';

function tensorOf(parameter: Parameter, { tensorShape: shape, toTensor }: Layout): SafeTensor {
  const fill = <Data extends { [index: number]: number }>(to: Data): Data => {
    toTensor(parameter.data, to);
    return to;
  };
  const { length } = parameter.data;
  switch (parameter.type) {
    case 'float32':
      return { dtype: 'F32', shape, data: fill(new Float32Array(length)) };
    case 'int8':
      return { dtype: 'I8', shape, data: fill(new Int8Array(length)) };
    case 'int16':
      return { dtype: 'I16', shape, data: fill(new Int16Array(length)) };
    case 'int32':
      return { dtype: 'I32', shape, data: fill(new Int32Array(length)) };
  }
}

/**
 * A network's parameters with the names and layouts of another program: the exact inverse of `loadWeights`. PyTorch's
 * `num_batches_tracked` is not among them.
 *
 * @throws if two parameters would have one name.
 */
export function exportWeights(
  network: Network,
  convention: 'pytorch' | 'keras' | 'rheobase' | WeightConvention,
): ReadonlyMap<string, SafeTensor> {
  const { name, slots } = typeof convention === 'object' ? convention : defaultConventions.get(convention);
  const tensors = new Map<string, SafeTensor>();
  for (const {
    parameter,
    tensors: [tensor],
    layout,
  } of slots(network)) {
    if (tensors.has(tensor)) {
      throw new Error(
        `By the ${name} convention two parameters have the name '${tensor}', one of them '${parameter}'.`,
      );
    }
    tensors.set(tensor, tensorOf(parameterOf(network, parameter), layout));
  }
  return tensors;
}
