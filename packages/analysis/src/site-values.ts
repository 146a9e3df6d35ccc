import type { ModelSpec, Network, Shape } from '@rheobase/network';
import { NetworkError, broadcastsTo, describeShape, parameterOf, sizeOf } from '@rheobase/network';

/** The parameters and attributes of a site, by part, as they hold for one element of its value. */
export type SiteValues = Readonly<Record<string, number>>;

/**
 * What the model at a site is given at each element of its value. One object stands for all elements where no parameter
 * tells them apart.
 *
 * @param node the site, for messages
 * @param shape of the site's value
 * @returns one for every element, row-major, or a single one
 * @throws {NetworkError} if a parameter does not broadcast to the value.
 */
export function siteValues(network: Network, node: string, spec: ModelSpec, shape: Shape): readonly SiteValues[] {
  const parts = Object.entries(spec.parameters).map(([part, name]) => {
    const parameter = parameterOf(network, name);
    if (!broadcastsTo(parameter.shape, shape)) {
      const message = `its ${part} is ${describeShape(parameter.shape)}, which does not apply to a value ${describeShape(shape)}`;
      throw new NetworkError([{ subject: node, message }]);
    }
    return { part, data: parameter.data, indices: broadcastIndices(parameter.shape, shape) };
  });
  const count = parts.every(({ data }) => data.length === 1) ? 1 : sizeOf(shape);
  return Array.from({ length: count }, (_, i) => {
    const own = parts.map(({ part, data, indices }) => [part, data[indices[i] ?? 0] ?? Number.NaN] as const);
    return { ...spec.attributes, ...Object.fromEntries(own) };
  });
}

/** For every element of a value of shape `to`, the element of an array of shape `from` that applies to it. */
function broadcastIndices(from: Shape, to: Shape): Int32Array {
  const indices = new Int32Array(sizeOf(to));
  const offset = to.length - from.length;
  indices.forEach((_, i) => {
    let [rest, stride, index] = [i, 1, 0];
    for (let axis = to.length - 1; axis >= offset; axis -= 1) {
      const [size, own] = [to[axis] ?? 1, from[axis - offset] ?? 1];
      if (own !== 1) index += (rest % size) * stride;
      stride *= own;
      rest = Math.floor(rest / size);
    }
    indices[i] = index;
  });
  return indices;
}
