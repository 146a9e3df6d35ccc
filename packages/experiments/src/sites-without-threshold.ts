import type { Network } from '@rheobase/network';

/** Activation sites whose threshold must come from data. */
export function sitesWithoutThreshold(network: Network): readonly string[] {
  return network.nodes.flatMap((node) =>
    node.op === 'activation' && node.activation.parameters['threshold'] === undefined ? [node.name] : [],
  );
}
