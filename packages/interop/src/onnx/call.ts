import { ownValue, readingLimits } from '@rheobase/network';
import type { Draft } from './draft.js';
import type { OnnxAttribute, OnnxNode, OnnxTensor } from './model.js';
import { MixesBatch, Unreadable } from './refusal.js';
import type { OnnxArray, OnnxValueOf, OnnxView } from './value.js';

/** An operator of a model with what it reads, and the network it adds to. */
export interface Call {
  readonly node: OnnxNode;
  /** The version of ONNX' operators that the model is of. */
  readonly opset: number;
  /** In the operator's order; undefined where an optional input is left out. */
  readonly inputs: readonly (OnnxValueOf | undefined)[];
  readonly draft: Draft;
  /** Whether `encodeOnnx` wrote the model. */
  readonly isOwn: boolean;
  /** The samples that the file has in a batch, of which the network computes one; 1 if it leaves the number open. */
  readonly batch: number;
  /** Whether something reads the output of that number. */
  reads(output: number): boolean;
  /** The elements of a tensor in an attribute. */
  arrayOf(tensor: OnnxTensor): OnnxArray;
}

/** Reads one operator: the values of its outputs. @throws {Unreadable} with the reason, if it has no counterpart. */
export type Operator = (call: Call) => OnnxValueOf | readonly OnnxValueOf[];

export type Operators = Readonly<Record<string, Operator>>;

export function refuse(reason: string): never {
  throw new Unreadable(reason);
}

export function inputOf({ inputs }: Call, index: number): OnnxValueOf {
  return inputs[index] ?? refuse(`it has no input ${index}`);
}

export function viewOf(call: Call, index: number): OnnxView {
  const value = inputOf(call, index);
  return value.kind === 'view'
    ? value
    : refuse(`its input ${index} is a constant, where one that depends on the input is needed`);
}

export function constantOf(call: Call, index: number, what: string): OnnxArray {
  const value = inputOf(call, index);
  return value.kind === 'array'
    ? value
    : refuse(`its ${what} (input ${index}) depends on the network's input; only a constant is read`);
}

/** The integers of a short constant: sizes, axes, places. */
export function integersIn(array: OnnxArray): readonly number[] {
  return array.data.length > longest
    ? refuse(`a list of ${array.data.length} integers is far more than it can use`)
    : [...array.data];
}

const longest = 4 * readingLimits.dimensions;

/** The integers of an attribute, or of an input of later versions; undefined if neither is there. */
export function integersOf(call: Call, name: string, input: number): readonly number[] | undefined {
  const attribute = attributeOf(call, name);
  if (attribute !== undefined) return ints(call, name);
  return call.inputs[input] === undefined ? undefined : integersIn(constantOf(call, input, name));
}

export function attributeOf({ node }: Call, name: string): OnnxAttribute | undefined {
  return ownValue(node.attributes, name);
}

export function int(call: Call, name: string, otherwise: number): number {
  const value = attributeOf(call, name) ?? otherwise;
  return typeof value === 'number' ? value : refuse(`its attribute '${name}' must be an integer`);
}

export function float(call: Call, name: string, otherwise: number): number {
  const value = attributeOf(call, name) ?? { float: otherwise };
  return typeof value === 'object' && 'float' in value
    ? value.float
    : refuse(`its attribute '${name}' must be a number`);
}

export function text(call: Call, name: string, otherwise: string): string {
  const value = attributeOf(call, name) ?? otherwise;
  return typeof value === 'string' ? value : refuse(`its attribute '${name}' must be a text`);
}

export function ints(call: Call, name: string): readonly number[] {
  const value = attributeOf(call, name) ?? [];
  if (!isList(value)) return refuse(`its attribute '${name}' must be a list of integers`);
  return value.length > longest
    ? refuse(`its attribute '${name}' has ${value.length} integers, far more than it can use`)
    : value;
}

const isList = (value: OnnxAttribute): value is readonly number[] => Array.isArray(value);

/** The number of an axis of a value, counted from 0. @throws if it has none such, or it is the batch. */
export function axisOf(call: Call, value: OnnxValueOf, axis: number): number {
  const { length } = value.shape;
  const own = axis < 0 ? axis + length : axis;
  if (!(Number.isInteger(own) && own >= 0 && own < length)) {
    return refuse(`its axis ${axis} is none of the ${length} of its input [${value.shape.join(', ')}]`);
  }
  if (own === 0 && isBatched(call, value)) throw new MixesBatch();
  return own;
}

/** Whether the first axis of a value is a batch of the file of which the network has one sample. */
export function isBatched({ batch }: Call, value: OnnxValueOf): boolean {
  return batch > 1 && value.kind === 'view';
}
