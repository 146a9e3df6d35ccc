import type { ModelSpec, Network, Shape } from '@rheobase/network';
import { NetworkError, broadcast, broadcastsTo, describeShape, parameterOf, sizeOf } from '@rheobase/network';

/** The parameters and attributes of a site, by part, as they hold for one element of its value. */
export type SiteValues = Readonly<Record<string, number>>;

/**
 * The parameters of the model at a site for each element of its value. One object serves all elements if no parameter
 * differs between them.
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
    return { part, single: parameter.data.length === 1, values: broadcast(parameter, shape) };
  });
  const count = parts.every(({ single }) => single) ? 1 : sizeOf(shape);
  return Array.from({ length: count }, (_, i) => {
    const own = parts.map(({ part, values }) => [part, values[i] ?? Number.NaN] as const);
    return { ...spec.attributes, ...Object.fromEntries(own) };
  });
}
