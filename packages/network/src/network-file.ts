import type { Decode } from './decode.js';
import { list, object, oneOf, text } from './decode.js';
import { decodeNode } from './decode-node.js';
import { duplicateKey } from './duplicate-key.js';
import { inWords } from './in-words.js';
import type { Network } from './network.js';
import type { NetworkNode } from './node.js';
import type { Parameter, ParameterRole } from './parameter.js';
import { parameterRoles } from './parameter.js';
import { readingLimits, shortName } from './reading-limits.js';
import { otherThan } from './recognize-file.js';
import type { SafeTensor } from './safe-tensor.js';
import { assertFinite } from './safe-tensor.js';
import { readSafetensors, writeSafetensors } from './safetensors.js';
import { assertValid } from './validation.js';

/** Key of the safetensors metadata that holds the nodes, as JSON. */
const key = 'rheobase.network';

/** Increased when the fields change; a reader refuses unknown versions. */
const formatVersion = 1;

/** The value under the key: everything about a network except its arrays and its free text. */
interface Description {
  readonly version: typeof formatVersion;
  readonly nodes: readonly NetworkNode[];
  /** In network order, which a safetensors header does not preserve. */
  readonly parameters: readonly { readonly name: string; readonly role: ParameterRole }[];
}

const decodeDescription: Decode<Description> = object<Description>({
  version: oneOf(formatVersion),
  nodes: list(decodeNode),
  parameters: list(object({ name: text, role: oneOf(...parameterRoles) })),
});

function tensorOf({ type, shape, data }: Parameter): SafeTensor {
  switch (type) {
    case 'float32':
      return { dtype: 'F32', shape, data };
    case 'int8':
      return { dtype: 'I8', shape, data };
    case 'int16':
      return { dtype: 'I16', shape, data };
    case 'int32':
      return { dtype: 'I32', shape, data };
  }
}

function parameterOfTensor(tensor: SafeTensor, role: ParameterRole, name: string, source: string): Parameter {
  const { shape } = tensor;
  switch (tensor.dtype) {
    case 'F32':
      assertFinite(tensor, name, source);
      return { role, type: 'float32', shape, data: tensor.data };
    case 'I8':
      return { role, type: 'int8', shape, data: tensor.data };
    case 'I16':
      return { role, type: 'int16', shape, data: tensor.data };
    case 'I32':
      return { role, type: 'int32', shape, data: tensor.data };
    default:
      throw new Error(`${source}: tensor '${name}': a parameter is F32, I8, I16 or I32, not ${tensor.dtype}.`);
  }
}

function readDescription(metadata: Readonly<Record<string, string>>, source: string): Description {
  const json = metadata[key];
  if (json === undefined) {
    throw new Error(
      `${source}: it holds tensors but no network (its metadata has no '${key}'). Give it with --model NAME --weights FILE; in a program, put it onto a model with loadWeightsFile.`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new Error(`${source}: its '${key}' is not JSON.`, { cause: error });
  }
  const twice = duplicateKey(json);
  if (twice !== undefined)
    throw new Error(`${source}: the field '${shortName(twice)}' occurs twice in one object of its '${key}'.`);
  if (typeof value === 'object' && value !== null && 'version' in value && value.version !== formatVersion) {
    throw new Error(
      `${source}: its network has format version ${inWords(value.version)}, but version ${formatVersion} is read here. Read it with a version of @rheobase/network that knows that format.`,
    );
  }
  return decodeDescription(value, source);
}

/**
 * A network as one safetensors file: its parameters as tensors; its nodes, and the parameters' roles, as JSON in the
 * metadata; its free text as the rest of the metadata.
 *
 * @throws {NetworkError} if the network is not well-formed; an error if its metadata has the key `rheobase.network`, or a node has an unknown field.
 */
export function encodeNetwork(network: Network): Uint8Array {
  assertValid(network);
  if (Object.hasOwn(network.metadata, key))
    throw new Error(`The network's metadata has the reserved key '${key}'; rename it.`);
  const description: Description = {
    version: formatVersion,
    nodes: network.nodes.map((node) => decodeNode(node, 'node')),
    parameters: [...network.parameters].map(([name, { role }]) => ({ name, role })),
  };
  const tensors = new Map([...network.parameters].map(([name, parameter]) => [name, tensorOf(parameter)]));
  return writeSafetensors(tensors, { ...network.metadata, [key]: JSON.stringify(description) });
}

/**
 * Reads what {@link encodeNetwork} wrote. Parameters are views of `bytes` where alignment allows it, so do not write to `bytes` afterwards.
 *
 * @param source the file's name, for messages
 * @throws naming `source` and the node, field or tensor at fault: everything {@link readSafetensors} refuses, an unknown format version, operation or
 *   field, a value that is not finite, a network that is not well-formed.
 */
export function decodeNetwork(bytes: Uint8Array, source: string): Network {
  const other = otherThan(bytes, ['network', 'safetensors'], 'a network that rheobase wrote');
  if (other !== undefined) throw new Error(`${source}: ${other}`);
  const { tensors, metadata } = readSafetensors(bytes, source);
  const { nodes, parameters: listed } = readDescription(metadata, source);
  if (nodes.length > readingLimits.nodes) {
    throw new Error(`${source}: its network has ${nodes.length} nodes; at most ${readingLimits.nodes} are read.`);
  }
  const parameters = new Map<string, Parameter>();
  for (const { name, role } of listed) {
    const tensor = tensors.get(name);
    if (tensor === undefined)
      throw new Error(`${source}: the parameter '${name}' is listed, but there is no tensor of that name.`);
    if (parameters.has(name)) throw new Error(`${source}: the parameter '${name}' is listed twice.`);
    parameters.set(name, parameterOfTensor(tensor, role, name, source));
  }
  for (const name of tensors.keys()) {
    if (!parameters.has(name)) throw new Error(`${source}: tensor '${name}': it is not a parameter of the network.`);
  }
  const free = Object.fromEntries(Object.entries(metadata).filter(([name]) => name !== key));
  try {
    return assertValid({ nodes, parameters, metadata: free });
  } catch (error) {
    throw new Error(`${source}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
