import type { Network } from '@rheobase/network';
import { NetworkError } from '@rheobase/network';

/**
 * The name of a network's one input.
 *
 * @throws {NetworkError} if it has none, or several.
 */
export function onlyInput({ nodes }: Network): string {
  const [input, ...others] = nodes.filter(({ op }) => op === 'input');
  if (input === undefined || others.length > 0) {
    const count = input === undefined ? 0 : 1 + others.length;
    throw new NetworkError([{ subject: 'network', message: `to be trained it must have one input, but has ${count}` }]);
  }
  return input.name;
}
