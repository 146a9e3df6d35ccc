import { startTensorBackend } from '@rheobase/execution';
import { randomChoice } from '@rheobase/testing';
import fc from 'fast-check';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectAgreement } from './agreement.fixture.js';
import type { Constant, SmallModel, SmallNode } from './models.fixture.js';

beforeAll(() => startTensorBackend());

/** A model that moves the elements of an image in several ways, one after another, and then uses them. */
function randomMoves(seed: number): SmallModel {
  const random = xoroshiro128plus(seed);
  const constants = new Map<string, Constant>();
  const nodes: SmallNode[] = [];
  let [value, shape] = ['x', [1, 4, 4, 6] as readonly number[]];
  const constant = (values: Constant): string => {
    const name = `c${constants.size}`;
    constants.set(name, values);
    return name;
  };
  const then = (type: string, more: readonly string[], to: readonly number[], attributes: SmallNode[3] = {}): void => {
    const name = `v${nodes.length}`;
    nodes.push([type, [value, ...more], [name], attributes]);
    [value, shape] = [name, to];
  };
  const steps = uniformInt(random, 1, 5);
  for (let i = 0; i < steps; i += 1) move(random);
  const end = randomChoice(random, ['none', 'relu', 'conv', 'softmax', 'dense', 'add', 'concat', 'mean'] as const);
  const axis = uniformInt(random, 0, shape.length - 1);
  switch (end) {
    case 'none':
      break;
    case 'relu':
      then('Relu', [], shape);
      break;
    case 'conv':
      if (shape.length === 4 && shape[0] === 1) then('Conv', [constant({ random: [3, shape[1] ?? 1, 1, 1] })], []);
      break;
    case 'softmax':
      then('Softmax', [], shape, { axis });
      break;
    case 'dense':
      then('MatMul', [constant({ random: [shape.at(-1) ?? 1, 3] })], []);
      break;
    case 'add': {
      const before = value;
      then('Tanh', [], shape);
      then('Add', [before], shape);
      break;
    }
    case 'concat': {
      const before = value;
      then('Sigmoid', [], shape);
      then('Concat', [before], [], { axis });
      break;
    }
    case 'mean':
      then('ReduceMean', [], [], { axes: [axis], keepdims: 0 });
      break;
  }
  return {
    inputs: { x: [1, 4, 4, 6] },
    outputs: [value],
    constants: Object.fromEntries(constants),
    nodes: nodes.length > 0 ? nodes : [['Identity', ['x'], ['v0']]],
  };

  function move(from: RandomGenerator): void {
    const axes = shape.map((_, axis) => axis);
    const axis = uniformInt(from, 0, shape.length - 1);
    const side = shape[axis] ?? 1;
    switch (
      randomChoice(from, ['transpose', 'reshape', 'slice', 'gather', 'pad', 'tile', 'flatten', 'unit'] as const)
    ) {
      case 'transpose': {
        const perm = axes.toSorted(() => uniformInt(from, 0, 1) - 0.5);
        then(
          'Transpose',
          [],
          perm.map((at) => shape[at] ?? 1),
          { perm },
        );
        break;
      }
      case 'reshape': {
        const size = shape.reduce((product, one) => product * one, 1);
        const first = randomChoice(
          from,
          [1, 2, 3, 4].filter((one) => size % one === 0),
        );
        const to = randomChoice(from, [
          [1, first, size / first],
          [1, first, 1, size / first],
          [first, size / first],
        ] as const);
        then('Reshape', [constant([...to])], to);
        break;
      }
      case 'slice': {
        const start = uniformInt(from, 0, side - 1);
        const step = randomChoice(from, [1, 2, -1]);
        const length = step < 0 ? start + 1 : Math.ceil((side - start) / step);
        then(
          'Slice',
          [constant([start]), constant([step < 0 ? -99 : 99]), constant([axis]), constant([step])],
          shape.with(axis, length),
        );
        break;
      }
      case 'gather': {
        const indices = Array.from({ length: uniformInt(from, 1, 4) }, () => uniformInt(from, 0, side - 1));
        then('Gather', [constant(indices)], shape.with(axis, indices.length), { axis });
        break;
      }
      case 'pad': {
        const [before, after] = [uniformInt(from, 0, 2), uniformInt(from, 0, 2)];
        const pads = [...axes.map((at) => (at === axis ? before : 0)), ...axes.map((at) => (at === axis ? after : 0))];
        then('Pad', [constant(pads)], shape.with(axis, side + before + after));
        break;
      }
      case 'tile':
        if (shape.reduce((product, one) => product * one, 1) < 500) {
          then('Tile', [constant(axes.map((at) => (at === axis ? 2 : 1)))], shape.with(axis, 2 * side));
        }
        break;
      case 'flatten': {
        const outer = shape.slice(0, axis).reduce((product, one) => product * one, 1);
        then('Flatten', [], [outer, shape.slice(axis).reduce((product, one) => product * one, 1)], { axis });
        break;
      }
      case 'unit':
        then('Unsqueeze', [constant([axis])], shape.toSpliced(axis, 0, 1));
        if (shape.length > 5) then('Squeeze', [constant([axis])], shape.toSpliced(axis, 1));
        break;
    }
  }
}

describe('elements that are moved in any ways', () => {
  it('are where onnxruntime has them', async () => {
    let checked = 0;
    await fc.assert(
      fc.asyncProperty(fc.noShrink(fc.integer()), async (seed) => {
        await expectAgreement(randomMoves(seed));
        checked += 1;
      }),
      { numRuns: 150, seed: 2 },
    );
    expect(checked).toBe(150);
  });
});
