import type { Network, Shape } from '@rheobase/network';
import { broadcast, inferShapes, nodeOf, shapeAt } from '@rheobase/network';
import { float32At } from './own-parameters.js';
import type { Grid } from './packed-values.js';

/** A value without a grid may still be integers, which are small to store. */
const integers: Grid = { unit: 1 };

/**
 * The grid that a site's values lie on: multiples of θ at a neuron, of |θ|/L at an activation with L levels. An activation without
 * levels has none.
 */
export function gridOf(network: Network, site: string): Grid {
  const node = nodeOf(network, site);
  const shape = shapeAt(inferShapes(network), site);
  if (node.op === 'neuron') return multiplesOf(network, node.neuron.parameters['threshold'], site, shape, 1);
  if (node.op !== 'activation') return integers;
  const { parameters, attributes } = node.activation;
  const levels = attributes['levels'];
  return levels === undefined ? integers : multiplesOf(network, parameters['threshold'], site, shape, levels);
}

function multiplesOf(
  network: Network,
  threshold: string | undefined,
  site: string,
  shape: Shape,
  levels: number,
): Grid {
  if (threshold === undefined) return integers;
  const parameter = float32At(network, threshold, site);
  const unit = (theta: number): number => Math.fround(Math.abs(theta) / levels);
  const [first = 1] = parameter.data;
  return parameter.data.every((theta) => theta === first)
    ? { unit: unit(first) }
    : { unit: Float32Array.from(broadcast(parameter, shape), unit) };
}
