import { ownValue } from '@rheobase/network';
import { crossEntropy } from './cross-entropy.js';
import type { Description } from './description.js';
import { distillation } from './distillation.js';
import type { Loss } from './loss.js';

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
      });
    default:
      throw new Error(`There is no loss '${String(kind)}'; there are 'cross-entropy' and 'distillation'.`);
  }
}
