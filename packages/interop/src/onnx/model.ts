import type { Reader, Writer } from 'protobufjs/minimal.js';
import protobuf from 'protobufjs/minimal.js';
import { message, put, readFields, repeated, whole, wholes } from './fields.js';

/** The element types of tensors that occur, by the number that onnx.proto gives them. */
export const elementTypes = { float32: 1, int32: 6, int64: 7, bool: 9, double: 11 } as const;

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
  readonly isExternal?: boolean;
}

/** `AttributeProto`, of the kinds that occur. */
export type OnnxAttribute = number | { readonly float: number } | readonly number[] | string;

/** `NodeProto`. */
export interface OnnxNode {
  readonly type: string;
  readonly name: string;
  /** Names of values; empty where an optional input is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** `ValueInfoProto` of a float32 tensor; a dimension may have a name in place of a size. */
export interface OnnxValue {
  readonly name: string;
  readonly shape: readonly (number | string)[];
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
const attributeTypes = { float: 1, int: 2, string: 3, ints: 7 } as const;

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

function writeNode({ type, name, inputs, outputs, attributes }: OnnxNode, writer: Writer): void {
  for (const input of inputs) put.text(writer, 1, input);
  for (const output of outputs) put.text(writer, 2, output);
  put.text(writer, 3, name);
  put.text(writer, 4, type);
  for (const entry of Object.entries(attributes)) put.message(writer, 5, entry, writeAttribute);
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
  } else {
    for (const each of value) put.whole(writer, 8, each);
    put.whole(writer, 20, attributeTypes.ints);
  }
}

function writeTensor({ name, shape, elementType, bytes, numbers, isExternal }: OnnxTensor, writer: Writer): void {
  for (const dimension of shape) put.whole(writer, 1, dimension);
  put.whole(writer, 2, elementType);
  put.message(writer, numberFields[elementType] ?? 4, numbers, (all, to) => {
    for (const number of all) {
      if (elementType === elementTypes.float32) to.float(number);
      else if (elementType === elementTypes.double) to.double(number);
      else to.int64(number);
    }
  });
  put.text(writer, 8, name);
  if (numbers === undefined && isExternal !== true) put.bytes(writer, 9, bytes);
  if (isExternal === true) put.whole(writer, 14, 1);
}

/** The fields of `TensorProto` that have numbers by their element type. */
const numberFields: Readonly<Record<number, number>> = {
  [elementTypes.float32]: 4,
  [elementTypes.int32]: 5,
  [elementTypes.int64]: 7,
  [elementTypes.double]: 10,
};

function writeValue({ name, shape }: OnnxValue, writer: Writer): void {
  put.text(writer, 1, name);
  put.message(writer, 2, shape, (dimensions, type) => {
    put.message(type, 1, dimensions, (each, tensorType) => {
      put.whole(tensorType, 1, elementTypes.float32);
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
      let [key, value] = ['', ''];
      message(from, {
        1: (field) => {
          key = field.string();
        },
        2: (field) => {
          value = field.string();
        },
      });
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
  let [name, type] = ['', ''];
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
  });
  return { name, type, inputs, outputs, attributes: Object.fromEntries(attributes) };
}

function readAttribute(reader: Reader): readonly [string, OnnxAttribute] {
  let name = '';
  let single: OnnxAttribute | undefined;
  const ints: number[] = [];
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
    8: (from, wireType) => wholes(from, wireType, ints),
  });
  return [name, single ?? ints];
}

function readTensor(reader: Reader): OnnxTensor {
  let [name, elementType, bytes, isExternal] = ['', 0, new Uint8Array(), false];
  const shape: number[] = [];
  const numbers: number[] = [];
  message(reader, {
    1: (from, wireType) => wholes(from, wireType, shape),
    2: (from) => {
      elementType = whole(from);
    },
    // float_data, int32_data and int64_data; double_data is 10.
    4: (from, wireType) => repeated(from, wireType, numbers, (one) => one.float()),
    5: (from, wireType) => repeated(from, wireType, numbers, (one) => one.int32()),
    7: (from, wireType) => wholes(from, wireType, numbers),
    8: (from) => {
      name = from.string();
    },
    9: (from) => {
      bytes = Uint8Array.from(from.bytes());
    },
    10: (from, wireType) => repeated(from, wireType, numbers, (one) => one.double()),
    // data_location: 1 is EXTERNAL.
    14: (from) => {
      isExternal = whole(from) === 1;
    },
  });
  return { name, shape, elementType, bytes, ...(numbers.length > 0 && { numbers }), ...(isExternal && { isExternal }) };
}

function readValue(reader: Reader): OnnxValue {
  let name = '';
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
  message(reader, {
    1: (from) => {
      name = from.string();
    },
    2: (type) => message(type, { 1: (tensor) => message(tensor, { 2: (of) => message(of, { 1: dimension }) }) }),
  });
  return { name, shape };
}
