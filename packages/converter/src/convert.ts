import type { Network } from '@rheobase/network';
import { assertValid } from '@rheobase/network';
import type { FoldingOptions } from './batch-norm-folding.js';
import { planFolding } from './batch-norm-folding.js';
import type { ConversionReport } from './conversion-report.js';
import { assertConvertible } from './conversion-report.js';
import { applyFolding } from './fold-batch-norm.js';
import type { SpikingOptions } from './plan-spiking.js';
import { planSpiking } from './plan-spiking.js';
import { applySites } from './rewrite-sites.js';

export interface ConvertOptions extends SpikingOptions, FoldingOptions {}

export interface Conversion {
  /** The spiking network. */
  readonly network: Network;
  /** The outcome for every node of the source network. */
  readonly report: ConversionReport;
}

/**
 * Converts a trained network into a spiking one: folds its batch norms ({@link foldBatchNorm}) and puts neurons at its activation sites ({@link
 * toSpiking}). Everything is planned before anything is rewritten, so that one error names everything that cannot be converted.
 *
 * @throws {ConversionError} if any node is refused; its report covers all nodes.
 * @throws {NetworkError} if the network is not well-formed.
 * @throws if the neuron is unknown, `steps` is out of range, or a threshold is given for a name that is not a site.
 */
export function convert(network: Network, options: ConvertOptions = {}): Conversion {
  assertValid(network);
  const foldings = planFolding(network, options);
  const { report, sites } = planSpiking(network, options, foldings);
  assertConvertible(report);
  return { network: assertValid(applySites(applyFolding(network, foldings), sites, 'neuron')), report };
}
