import { defaultSiteConversions } from '@rheobase/converter';
import type { ThresholdRule } from '@rheobase/execution';
import { bind, recordThresholds } from '@rheobase/execution';
import { activationSites, inBatches, numberOption, type Option } from '@rheobase/network';
import type { TaskWithImages } from './define-method.js';

/** Images at a time: what fits a processor's cache, more or less. */
const mostAtOnce = 50;

/** The option `percentile`, in percent. */
export function percentileOption(
  summary = 'p: how much of a layer’s activations θ covers, in percent',
): Option<number> {
  return numberOption(summary, 99.9, { minimum: 50, maximum: 100 });
}

/**
 * θ by a rule for every site without one, from the activations on the calibration images. Clips keep theirs.
 *
 * @throws if a site gives nothing positive on them.
 */
export async function recordedThresholds(
  { network, images, registries = {} }: TaskWithImages,
  rule: ThresholdRule,
): Promise<ReadonlyMap<string, number>> {
  const { siteConversions = defaultSiteConversions } = registries;
  const nodes = activationSites(network)
    .filter(
      ({ activation }) => siteConversions.has(activation.kind) && activation.parameters['threshold'] === undefined,
    )
    .map(({ name }) => name);
  if (nodes.length === 0) return new Map();
  const bound = bind(network, registries);
  try {
    const batchSize = bound.fittingBatch({ most: mostAtOnce, record: nodes });
    return await recordThresholds(bound, inBatches(images.calibration, batchSize), { nodes, rule });
  } finally {
    bound.dispose();
  }
}
