import { defaultSiteConversions } from '@rheobase/converter';
import type { BoundNetwork, ThresholdRule } from '@rheobase/execution';
import { bind, recordChannelThresholds, recordThresholds } from '@rheobase/execution';
import { activationSites, type ImageBatch, inBatches, numberOption, type Option } from '@rheobase/network';
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
export function recordedThresholds(task: TaskWithImages, rule: ThresholdRule): Promise<ReadonlyMap<string, number>> {
  return recordedBy(task, (bound, batches, nodes) => recordThresholds(bound, batches, { nodes, rule }));
}

/** The same for every channel of the sites. */
export function recordedChannelThresholds(
  task: TaskWithImages,
  rule: ThresholdRule,
): Promise<ReadonlyMap<string, Float32Array>> {
  return recordedBy(task, (bound, batches, nodes) => recordChannelThresholds(bound, batches, { nodes, rule }));
}

async function recordedBy<Threshold>(
  { network, images, registries = {} }: TaskWithImages,
  record: (
    bound: BoundNetwork,
    batches: Iterable<ImageBatch>,
    nodes: readonly string[],
  ) => Promise<ReadonlyMap<string, Threshold>>,
): Promise<ReadonlyMap<string, Threshold>> {
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
    return await record(bound, inBatches(images.calibration, batchSize), nodes);
  } finally {
    bound.dispose();
  }
}
