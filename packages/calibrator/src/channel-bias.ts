import type { Network } from '@rheobase/network';
import { isWeighted, nodeOf, parameterOf } from '@rheobase/network';
import { bindSite } from './bound-site.js';
import { meanGap } from './output-gap.js';
import { withOwnLayer, withValues } from './own-parameters.js';
import type { Segment } from './segment.js';
import type { SiteTask } from './site-task.js';

/**
 * The network with parameters of a layer's own, and the name of the bias whose channels are those of the site; none where channels are
 * joined, cut or put in another order between the two.
 */
export function withChannelBias(
  network: Network,
  segment: Segment,
): { readonly network: Network; readonly bias: string | undefined } {
  const layer = withOwnLayer(network, segment);
  const last = lastOfLayer(layer.network, segment);
  const node = last === undefined ? undefined : nodeOf(layer.network, last);
  return { network: layer.network, bias: isWeighted(node) ? node.bias : undefined };
}

/** The weighted node of the layer whose channels are those of the site: nothing between them joins, cuts or reorders channels. */
function lastOfLayer(network: Network, { end, nodes, layer }: Segment): string | undefined {
  let names: readonly string[] = nodeOf(network, end).inputs;
  while (names.length > 0) {
    const found = names.find((name) => layer.includes(name));
    if (found !== undefined) return found;
    names = names.flatMap((name) => {
      const node = nodeOf(network, name);
      if (!nodes.includes(name)) return [];
      return ['add', 'avgPool', 'globalAvgPool', 'upsample', 'subsample'].includes(node.op) ? node.inputs : [];
    });
  }
  return undefined;
}

/** The network with the mean gap of each channel added to a bias: b_c += mean over images and positions of (activation − time-mean output). */
export function withShiftedBias(network: Network, bias: string, task: SiteTask): Network {
  const site = bindSite(network, task);
  try {
    const gap = meanGap(site, task.calibration, task);
    const { data } = parameterOf(network, bias);
    const channels = data.length;
    const sums = new Float64Array(channels);
    for (const [i, value] of gap.entries()) sums[i % channels] = (sums[i % channels] ?? 0) + value;
    return withValues(
      network,
      bias,
      Float32Array.from(data, (value, c) => value + ((sums[c] ?? 0) * channels) / gap.length),
    );
  } finally {
    site.dispose();
  }
}
