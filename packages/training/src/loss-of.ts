import { ownValue } from '@rheobase/network';
import { crossEntropy } from './cross-entropy.js';
import type { Description } from './description.js';
import { distillation } from './distillation.js';
import type { Loss } from './loss.js';

/** Numbers by name; none where the setting is absent. */
function weightsIn(setting: Description[string] | undefined): Readonly<Record<string, number>> {
  if (setting === undefined) return {};
  const entries = typeof setting === 'object' && setting !== null ? Object.entries(setting) : undefined;
  const weights = entries?.flatMap(([name, weight]) => (typeof weight === 'number' ? [[name, weight] as const] : []));
  if (entries === undefined || weights === undefined || weights.length < entries.length) {
    throw new Error(`The features of a loss are weights by node, but they are ${JSON.stringify(setting)}.`);
  }
  return Object.fromEntries(weights);
}

/**
 * The loss that a description names.
 *
 * @throws if its kind is none of this package's, or a setting is missing or out of range.
 */
export function lossOf(description: Description): Loss {
  const { kind } = description;
  const setting = (name: string): number => {
    const value = ownValue(description, name);
    if (typeof value !== 'number') {
      throw new Error(`The loss '${String(kind)}' has a number '${name}', but it is ${String(value)}.`);
    }
    return value;
  };
  switch (kind) {
    case 'cross-entropy':
      return crossEntropy({ smoothing: setting('smoothing') });
    case 'distillation':
      return distillation({
        temperature: setting('temperature'),
        weight: setting('weight'),
        smoothing: setting('smoothing'),
        features: weightsIn(ownValue(description, 'features')),
      });
    default:
      throw new Error(`There is no loss '${String(kind)}'; there are 'cross-entropy' and 'distillation'.`);
  }
}
