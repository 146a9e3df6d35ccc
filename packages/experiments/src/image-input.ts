import {
  assertValid,
  freeName,
  indicesParameter,
  type Network,
  type NetworkNode,
  sameShape,
  type Shape,
  sizeOf,
  withInputs,
} from '@rheobase/network';

/** In which order a vector has the elements of an image. */
export type VectorOrder = 'channels-first' | 'channels-last';

/**
 * The network with an input for images in place of a single one of as many elements, such as a vector: images 28×28×1 for an input of 784. Another
 * network is returned as it is.
 *
 * @param order of the elements in the network's own input, where images have several channels
 */
export function takingImages(network: Network, image: Shape, order: VectorOrder): Network {
  const [input, ...more] = network.nodes.filter((node) => node.op === 'input');
  if (input === undefined || more.length > 0 || sameShape(input.shape, image)) return network;
  // An image of other sides is no image of this input.
  if (input.shape.length === image.length || sizeOf(input.shape) !== sizeOf(image)) return network;
  const names = new Set(network.nodes.map(({ name }) => name));
  const name = freeName(`${input.name}/image`, names);
  const indices = freeName(`${name}.indices`, network.parameters);
  const moves = order === 'channels-first' && (image[2] ?? 1) > 1;
  const placed: NetworkNode = moves
    ? { op: 'gather', name, inputs: [input.name], indices }
    : { op: 'reshape', name, inputs: [input.name], shape: input.shape };
  const nodes = network.nodes.flatMap((node): readonly NetworkNode[] => {
    if (node === input) return [{ ...input, shape: image }, placed];
    return [withInputs(node, (from) => (from === input.name ? name : from))];
  });
  const parameters = moves
    ? new Map([...network.parameters, [indices, indicesParameter(input.shape, channelsFirst(image))] as const])
    : network.parameters;
  return assertValid({ ...network, nodes, parameters });
}

/** Where each element of an image with its channels first is in one with its channels last. */
function channelsFirst([height = 1, width = 1, channels = 1]: Shape): Int32Array {
  const pixels = height * width;
  return Int32Array.from({ length: pixels * channels }, (_, k) => (k % pixels) * channels + Math.floor(k / pixels));
}
