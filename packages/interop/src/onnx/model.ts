import type { Reader, Writer } from 'protobufjs/minimal.js';
import protobuf from 'protobufjs/minimal.js';
import { message, put, readFields, repeated, whole, wholes } from './fields.js';

/** The element types of tensors that are read, by the number that onnx.proto gives them. */
export const elementTypes = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  double: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
} as const;

/** What the models that `encodeOnnx` writes name as their producer. */
export const ownProducer = 'rheobase';

/** `TensorProto`, in little-endian bytes. */
export interface OnnxTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly elementType: number;
  readonly bytes: Uint8Array;
  /** The elements, if they are in the field of their type instead of `bytes`. */
  readonly numbers?: readonly number[];
  /** The elements are in another file. */
  readonly external?: ExternalElements;
}

/** Where in another file the elements of a tensor are: `length` bytes from `offset`; without a length, all that follow. */
export interface ExternalElements {
  readonly location: string;
  readonly offset: number;
  readonly length?: number;
}

/** `AttributeProto`, of the kinds that occur. A list of numbers is one of integers. */
export type OnnxAttribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly tensor: OnnxTensor }
  | { readonly other: string };

/** `NodeProto`. */
export interface OnnxNode {
  readonly type: string;
  readonly name: string;
  /** The set of operators that `type` is from; absent: ONNX' own. */
  readonly domain?: string;
  /** Names of values; empty where an optional input is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** `ValueInfoProto` of a tensor; a dimension may have a name in place of a size, and the name may be empty. */
export interface OnnxValue {
  readonly name: string;
  readonly shape: readonly (number | string)[];
  /** Absent: float32. */
  readonly elementType?: number;
  /** Whether the file says nothing of its shape. */
  readonly isOpen?: boolean;
}

/** `ModelProto` with its graph; only what is used here of either. */
export interface OnnxModel {
  readonly irVersion: number;
  readonly opset: number;
  readonly producer: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly graph: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

/** Numbers of `AttributeProto.AttributeType`. */
const attributeTypes = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7 } as const;

/** The bytes of a model. Field numbers are those of onnx.proto. */
export function encodeModel(model: OnnxModel): Uint8Array {
  const writer = protobuf.Writer.create();
  put.whole(writer, 1, model.irVersion);
  put.text(writer, 2, model.producer);
  put.message(writer, 7, model, writeGraph);
  put.message(writer, 8, model.opset, (version, to) => {
    put.text(to, 1, '');
    put.whole(to, 2, version);
  });
  for (const entry of Object.entries(model.metadata)) {
    put.message(writer, 14, entry, ([key, value], to) => {
      put.text(to, 1, key);
      put.text(to, 2, value);
    });
  }
  return writer.finish();
}

function writeGraph({ nodes, graph, initializers, inputs, outputs }: OnnxModel, writer: Writer): void {
  for (const node of nodes) put.message(writer, 1, node, writeNode);
  put.text(writer, 2, graph);
  for (const tensor of initializers) put.message(writer, 5, tensor, writeTensor);
  for (const value of inputs) put.message(writer, 11, value, writeValue);
  for (const value of outputs) put.message(writer, 12, value, writeValue);
}

function writeNode({ type, name, domain, inputs, outputs, attributes }: OnnxNode, writer: Writer): void {
  for (const input of inputs) put.text(writer, 1, input);
  for (const output of outputs) put.text(writer, 2, output);
  put.text(writer, 3, name);
  put.text(writer, 4, type);
  for (const entry of Object.entries(attributes)) put.message(writer, 5, entry, writeAttribute);
  put.text(writer, 7, domain);
}

function writeAttribute([name, value]: readonly [string, OnnxAttribute], writer: Writer): void {
  put.text(writer, 1, name);
  if (typeof value === 'number') {
    put.whole(writer, 3, value);
    put.whole(writer, 20, attributeTypes.int);
  } else if (typeof value === 'string') {
    put.bytes(writer, 4, new TextEncoder().encode(value));
    put.whole(writer, 20, attributeTypes.string);
  } else if ('float' in value) {
    put.float(writer, 2, value.float);
    put.whole(writer, 20, attributeTypes.float);
  } else if ('floats' in value) {
    for (const each of value.floats) put.float(writer, 7, each);
    put.whole(writer, 20, attributeTypes.floats);
  } else if ('tensor' in value) {
    put.message(writer, 5, value.tensor, writeTensor);
    put.whole(writer, 20, attributeTypes.tensor);
  } else if (!('other' in value)) {
    for (const each of value) put.whole(writer, 8, each);
    put.whole(writer, 20, attributeTypes.ints);
  }
}

function writeTensor({ name, shape, elementType, bytes, numbers, external }: OnnxTensor, writer: Writer): void {
  for (const dimension of shape) put.whole(writer, 1, dimension);
  put.whole(writer, 2, elementType);
  put.message(writer, numberFields[elementType] ?? 5, numbers, (all, to) => {
    for (const number of all) {
      if (elementType === elementTypes.float32) to.float(number);
      else if (elementType === elementTypes.double) to.double(number);
      else to.int64(number);
    }
  });
  put.text(writer, 8, name);
  if (numbers === undefined && external === undefined) put.bytes(writer, 9, bytes);
  if (external === undefined) return;
  for (const entry of Object.entries(external)) {
    put.message(writer, 13, entry, ([key, value], to) => {
      put.text(to, 1, key);
      put.text(to, 2, String(value));
    });
  }
  put.whole(writer, 14, 1);
}

/** The fields of `TensorProto` that have numbers by their element type; of types that are not here, int32_data. */
const numberFields: Readonly<Record<number, number>> = {
  [elementTypes.float32]: 4,
  [elementTypes.int64]: 7,
  [elementTypes.double]: 10,
  [elementTypes.uint32]: 11,
  [elementTypes.uint64]: 11,
};

function writeValue({ name, shape, elementType, isOpen }: OnnxValue, writer: Writer): void {
  put.text(writer, 1, name);
  put.message(writer, 2, shape, (dimensions, type) => {
    put.message(type, 1, dimensions, (each, tensorType) => {
      put.whole(tensorType, 1, elementType ?? elementTypes.float32);
      if (isOpen === true) return;
      put.message(tensorType, 2, each, (sizes, shapeOf) => {
        for (const size of sizes) {
          put.message(shapeOf, 1, size, (dimension, to) => {
            if (typeof dimension === 'number') put.whole(to, 1, dimension);
            else put.text(to, 2, dimension);
          });
        }
      });
    });
  });
}

/**
 * Reads a model.
 *
 * @param source the file's name, for messages
 * @throws naming `source` if the bytes are not a protocol buffer of a model with a graph.
 */
export function decodeModel(bytes: Uint8Array, source: string): OnnxModel {
  try {
    return readModel(protobuf.Reader.create(bytes), bytes.length);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${source}: it is not an ONNX model (${reason}).`, { cause: error });
  }
}

function readModel(reader: Reader, end: number): OnnxModel {
  const metadata = new Map<string, string>();
  let [irVersion, opset, producer] = [0, 0, ''];
  let graph: Graph | undefined;
  readFields(reader, end, {
    1: (from) => {
      irVersion = whole(from);
    },
    2: (from) => {
      producer = from.string();
    },
    7: (from) => {
      graph = readGraph(from);
    },
    8: (from) => {
      let [domain, version] = ['', 0];
      message(from, {
        1: (field) => {
          domain = field.string();
        },
        2: (field) => {
          version = whole(field);
        },
      });
      if (domain === '' || domain === 'ai.onnx') opset = version;
    },
    14: (from) => {
      const [key, value] = readEntry(from);
      metadata.set(key, value);
    },
  });
  if (graph === undefined) throw new Error('it has no graph');
  return { irVersion, opset, producer, metadata: Object.fromEntries(metadata), ...graph };
}

type Graph = Pick<OnnxModel, 'graph' | 'nodes' | 'initializers' | 'inputs' | 'outputs'>;

function readGraph(reader: Reader): Graph {
  let graph = '';
  const nodes: OnnxNode[] = [];
  const initializers: OnnxTensor[] = [];
  const inputs: OnnxValue[] = [];
  const outputs: OnnxValue[] = [];
  message(reader, {
    1: (from) => nodes.push(readNode(from)),
    2: (from) => {
      graph = from.string();
    },
    5: (from) => initializers.push(readTensor(from)),
    11: (from) => inputs.push(readValue(from)),
    12: (from) => outputs.push(readValue(from)),
  });
  return { graph, nodes, initializers, inputs, outputs };
}

function readNode(reader: Reader): OnnxNode {
  let [name, type, domain] = ['', '', ''];
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, OnnxAttribute>();
  message(reader, {
    1: (from) => inputs.push(from.string()),
    2: (from) => outputs.push(from.string()),
    3: (from) => {
      name = from.string();
    },
    4: (from) => {
      type = from.string();
    },
    5: (from) => {
      const [key, value] = readAttribute(from);
      attributes.set(key, value);
    },
    7: (from) => {
      domain = from.string();
    },
  });
  const own = domain === '' || domain === 'ai.onnx';
  return { name, type, ...(!own && { domain }), inputs, outputs, attributes: Object.fromEntries(attributes) };
}

function readAttribute(reader: Reader): readonly [string, OnnxAttribute] {
  let name = '';
  let single: OnnxAttribute | undefined;
  const ints: number[] = [];
  const floats: number[] = [];
  const other = (what: string) => (from: Reader, wireType: number) => {
    from.skipType(wireType);
    single = { other: what };
  };
  message(reader, {
    1: (from) => {
      name = from.string();
    },
    2: (from) => {
      single = { float: from.float() };
    },
    3: (from) => {
      single = whole(from);
    },
    4: (from) => {
      single = new TextDecoder().decode(from.bytes());
    },
    5: (from) => {
      single = { tensor: readTensor(from) };
    },
    6: other('a graph'),
    7: (from, wireType) => repeated(from, wireType, floats, (one) => one.float()),
    8: (from, wireType) => wholes(from, wireType, ints),
    9: other('strings'),
    10: other('tensors'),
    11: other('graphs'),
    22: other('a sparse tensor'),
  });
  return [name, single ?? (floats.length > 0 ? { floats } : ints)];
}

function readTensor(reader: Reader): OnnxTensor {
  const length = reader.uint32();
  return readTensorTo(reader, reader.pos + length);
}

/** Reads a tensor that is a file of its own, as the cases of ONNX' conformance suite have them. */
export const decodeTensor = (bytes: Uint8Array): OnnxTensor =>
  readTensorTo(protobuf.Reader.create(bytes), bytes.length);

function readTensorTo(reader: Reader, end: number): OnnxTensor {
  let [name, elementType, isExternal] = ['', 0, false];
  let bytes: Uint8Array = new Uint8Array();
  const place = new Map<string, string>();
  const shape: number[] = [];
  const numbers: number[] = [];
  readFields(reader, end, {
    1: (from, wireType) => wholes(from, wireType, shape),
    2: (from) => {
      elementType = whole(from);
    },
    // float_data, int32_data and int64_data; double_data is 10, uint64_data 11.
    4: (from, wireType) => repeated(from, wireType, numbers, (one) => one.float()),
    5: (from, wireType) => repeated(from, wireType, numbers, (one) => one.int32()),
    7: (from, wireType) => wholes(from, wireType, numbers),
    8: (from) => {
      name = from.string();
    },
    9: (from) => {
      // Of the file, whose weights are not copied before they are read.
      const { buffer, byteOffset, length } = from.bytes();
      bytes = new Uint8Array(buffer, byteOffset, length);
    },
    10: (from, wireType) => repeated(from, wireType, numbers, (one) => one.double()),
    11: (from, wireType) => wholes(from, wireType, numbers),
    13: (from) => {
      const [key, value] = readEntry(from);
      place.set(key, value);
    },
    // data_location: 1 is EXTERNAL.
    14: (from) => {
      isExternal = whole(from) === 1;
    },
  });
  const length = place.get('length');
  const external = {
    location: place.get('location') ?? '',
    offset: Number(place.get('offset') ?? 0),
    ...(length !== undefined && { length: Number(length) }),
  };
  return {
    name,
    shape,
    elementType,
    bytes,
    ...(numbers.length > 0 && { numbers }),
    ...(isExternal && { external }),
  };
}

/** `StringStringEntryProto`. */
function readEntry(reader: Reader): readonly [key: string, value: string] {
  let [key, value] = ['', ''];
  message(reader, {
    1: (field) => {
      key = field.string();
    },
    2: (field) => {
      value = field.string();
    },
  });
  return [key, value];
}

function readValue(reader: Reader): OnnxValue {
  let [name, elementType, isOpen] = ['', 0, true];
  const shape: (number | string)[] = [];
  const dimension = (from: Reader): void => {
    let size: number | string = '';
    message(from, {
      1: (field) => {
        size = whole(field);
      },
      2: (field) => {
        size = field.string();
      },
    });
    shape.push(size);
  };
  const tensorType = (from: Reader): void =>
    message(from, {
      1: (field) => {
        elementType = whole(field);
      },
      2: (field) => {
        isOpen = false;
        message(field, { 1: dimension });
      },
    });
  message(reader, {
    1: (from) => {
      name = from.string();
    },
    2: (type) => message(type, { 1: tensorType }),
  });
  return {
    name,
    shape,
    ...(elementType !== elementTypes.float32 && { elementType }),
    ...(isOpen && { isOpen }),
  };
}
