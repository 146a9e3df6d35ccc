import { analogForward } from './analog-forward.js';
import type { Description } from './description.js';
import type { Forward } from './forward.js';
import { rateForward } from './rate-forward.js';
import { spikingForward } from './spiking-forward.js';

/**
 * The forward pass that a description names.
 *
 * @throws if its kind is none of this package's, or a setting is missing or out of range.
 */
export function forwardOf(description: Description): Forward {
  const { kind, batchNorms, steps, surrogate, slope } = description;
  if (kind === 'analog' && (batchNorms === 'batch' || batchNorms === 'running')) return analogForward({ batchNorms });
  if (kind === 'spiking' && typeof steps === 'number' && typeof surrogate === 'string' && typeof slope === 'number') {
    return spikingForward({ steps, surrogate, slope });
  }
  if (kind === 'rates' && typeof steps === 'number') return rateForward({ steps });
  throw new Error(
    `There is no forward pass ${JSON.stringify(description)}; make one with analogForward or spikingForward.`,
  );
}
