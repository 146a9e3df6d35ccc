import { ownValue } from '@rheobase/network';
import { randomArray } from '@rheobase/testing';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { OnnxAttribute, OnnxModel, OnnxNode, OnnxTensor } from './model.js';
import { encodeModel } from './model.js';
import { floatTensor, wholeTensor } from './tensor.js';

/** A model in a few lines. */
export interface SmallModel {
  readonly opset?: number;
  readonly producer?: string;
  /** Shapes by name; constants that are listed as inputs may be among them. */
  readonly inputs: Readonly<Record<string, readonly (number | string)[]>>;
  readonly outputs: readonly string[];
  /** Element types of outputs that are not float32. */
  readonly outputTypes?: Readonly<Record<string, number>>;
  /** A shape and a seed for random float32 numbers, a list of integers, or a tensor. */
  readonly constants?: Readonly<Record<string, Constant>>;
  readonly nodes: readonly SmallNode[];
}

export type SmallNode = readonly [
  type: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes?: Readonly<Record<string, OnnxAttribute>>,
];

export type Constant =
  | { readonly random: readonly number[]; readonly low?: number; readonly high?: number }
  | { readonly floats: readonly number[]; readonly shape?: readonly number[] }
  | { readonly tensor: OnnxTensor }
  | readonly number[];

function isWholes(constant: Constant): constant is readonly number[] {
  return Array.isArray(constant);
}

function tensorOf(name: string, constant: Constant, seed: number): OnnxTensor {
  if (isWholes(constant)) return wholeTensor(name, constant);
  if ('tensor' in constant) return { ...constant.tensor, name };
  if ('floats' in constant) return floatTensor(name, constant.shape ?? [constant.floats.length], constant.floats);
  const { random: shape, low = -1, high = 1 } = constant;
  return floatTensor(name, shape, randomArray(xoroshiro128plus(seed), shape, low, high));
}

function smallModel({
  opset = 17,
  producer = 'test',
  inputs,
  outputs,
  outputTypes = {},
  constants = {},
  nodes,
}: SmallModel): OnnxModel {
  return {
    irVersion: opset > 20 ? 10 : 8,
    opset,
    producer,
    metadata: {},
    graph: 'test',
    initializers: Object.entries(constants).map(([name, constant], i) => tensorOf(name, constant, i + 1)),
    inputs: Object.entries(inputs).map(([name, shape]) => ({ name, shape })),
    // Their shapes are not needed, and a runtime infers them.
    outputs: outputs.map((name) => {
      const elementType = ownValue(outputTypes, name);
      return { name, shape: [], isOpen: true, ...(elementType !== undefined && { elementType }) };
    }),
    nodes: nodes.map(([type, read, written, attributes = {}], i): OnnxNode => {
      const [domain, own] = type.includes('::') ? type.split('::') : [undefined, type];
      return {
        type: own ?? type,
        name: `${own}_${i}`,
        ...(domain !== undefined && { domain }),
        inputs: read,
        outputs: written,
        attributes,
      };
    }),
  };
}

export const smallOnnx = (model: SmallModel): Uint8Array => encodeModel(smallModel(model));

export const float = (value: number): OnnxAttribute => ({ float: value });
