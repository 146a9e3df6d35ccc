import { parametersUsedBy } from '@rheobase/network';
import { oncePerParameter, plainSlot } from './slots.js';
import type { WeightConvention } from './weight-convention.js';

/** The network's own names and layouts. */
export const rheobaseConvention: WeightConvention = {
  name: 'rheobase',
  summary: 'the names and layouts of the network itself',
  ignored: [],
  slots: (network) =>
    oncePerParameter(
      network.nodes.flatMap(parametersUsedBy).map((parameter) => plainSlot(network, parameter, parameter)),
    ),
};
