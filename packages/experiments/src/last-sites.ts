import type { Network } from '@rheobase/network';
import { inferShapes, shapeAt } from '@rheobase/network';

/**
 * The last activation site of every resolution, in the network's order: what the stages of a residual network hand on. Only sites that another network
 * has under the same name and with the same shape, so that their values can be compared.
 */
export function lastSites(network: Network, other: Network): readonly string[] {
  const [own, others] = [inferShapes(network), inferShapes(other)];
  const sites = new Set(other.nodes.flatMap(({ op, name }) => (op === 'activation' ? [name] : [])));
  const last = new Map<string, string>();
  for (const { op, name } of network.nodes) {
    if (op !== 'activation' || !sites.has(name)) continue;
    const shape = shapeAt(own, name);
    if (shape.join() !== shapeAt(others, name).join()) continue;
    const resolution = shape.slice(0, -1).join();
    last.delete(resolution);
    last.set(resolution, name);
  }
  return [...last.values()];
}
