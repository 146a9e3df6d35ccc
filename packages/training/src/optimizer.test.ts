import { startTensorBackend } from '@rheobase/execution';
import { memory, tensor, tidy, variable as newVariable } from '@tensorflow/tfjs-core';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { adamW } from './adamw.js';
import { clipByGlobalNorm } from './clip-gradients.js';
import type { OptimizerDefinition } from './optimizer.js';
import { sgd } from './sgd.js';
import type { Trainables } from './trainables.js';
import { weightAverage } from './weight-average.js';

beforeAll(() => startTensorBackend());

const variable = (values: readonly number[]) => tidy(() => newVariable(tensor([...values])));

let atStart = 0;
beforeEach(() => {
  atStart = memory().numTensors;
});

const gradientsOfStep = (step: number) => ({ weight: [0.5 - step, 2], bias: [0.25 * step] });

function trainables(): Trainables {
  return new Map([
    ['fc.weight', { variable: variable([1, -2]), role: 'weight' }],
    ['fc.bias', { variable: variable([3]), role: 'bias' }],
  ]);
}

/** Runs steps at rate 0.1, from `first` on, and gives the variables' values. */
function afterSteps(optimizer: ReturnType<OptimizerDefinition['begin']>, own: Trainables, first: number, last: number) {
  for (let step = first; step <= last; step++) {
    const { weight, bias } = gradientsOfStep(step);
    const gradients = new Map([
      ['fc.weight', tensor(weight)],
      ['fc.bias', tensor(bias)],
    ]);
    optimizer.step(gradients, 0.1);
    for (const gradient of gradients.values()) gradient.dispose();
  }
  return [...own.values()].flatMap((trainable) => [...trainable.variable.dataSync()]);
}

function disposeAll(own: Trainables): void {
  for (const trainable of own.values()) trainable.variable.dispose();
}

/** Four steps in float64; `move` gives the new value and state of one number. */
function reference<State>(
  begin: State,
  move: (w: number, state: State, g: number, decay: number, rate: number, step: number) => readonly [number, State],
): readonly number[] {
  return [
    { start: 1, decay: 0.1, rate: 0.1, gradient: (step: number) => gradientsOfStep(step).weight[0] ?? 0 },
    { start: -2, decay: 0.1, rate: 0.1, gradient: (step: number) => gradientsOfStep(step).weight[1] ?? 0 },
    { start: 3, decay: 0, rate: 0.05, gradient: (step: number) => gradientsOfStep(step).bias[0] ?? 0 },
  ].map(({ start, decay, rate, gradient }) => {
    let [w, state] = [start, begin];
    for (let step = 1; step <= 4; step++) [w, state] = move(w, state, gradient(step), decay, rate, step);
    return w;
  });
}

const roles = { weightDecay: { weight: 0.1 }, rateFactor: { bias: 0.5 } };
const cases: readonly [name: string, definition: OptimizerDefinition, expected: readonly number[]][] = [
  [
    'sgd: v ← m·v + g + λ·w, w ← w − η·v',
    sgd({ momentum: 0.5, ...roles }),
    reference(0, (w, v, g, decay, rate) => {
      const velocity = 0.5 * v + g + decay * w;
      return [w - rate * velocity, velocity];
    }),
  ],
  [
    "sgd with Nesterov's momentum: w ← w − η·(g + λ·w + m·v)",
    sgd({ momentum: 0.5, nesterov: true, ...roles }),
    reference(0, (w, v, g, decay, rate) => {
      const pull = g + decay * w;
      const velocity = 0.5 * v + pull;
      return [w - rate * (pull + 0.5 * velocity), velocity];
    }),
  ],
  [
    'adamW: decay apart from the gradient, moments corrected for their start',
    adamW({ beta1: 0.8, beta2: 0.9, ...roles }),
    reference([0, 0] as readonly [number, number], (w, [m, v], g, decay, rate, step) => {
      const [mean, square] = [0.8 * m + 0.2 * g, 0.9 * v + 0.1 * g * g] as const;
      const move = mean / (1 - 0.8 ** step) / (Math.sqrt(square / (1 - 0.9 ** step)) + 1e-8);
      return [w * (1 - rate * decay) - rate * move, [mean, square] as const];
    }),
  ],
];

describe.each(cases)('%s', (_, definition, expected) => {
  it('follows its formula, with decay and rate by role', () => {
    const own = trainables();
    const optimizer = definition.begin(own);
    const values = afterSteps(optimizer, own, 1, 4);
    expect(values).toEqual(expected.map((value) => expect.closeTo(value, 5)));
    optimizer.dispose();
    disposeAll(own);
    expect(memory().numTensors).toBe(atStart);
  });

  it('goes on from exported state as if it had never stopped', () => {
    const [whole, first] = [trainables(), trainables()];
    const [unbroken, stopping] = [definition.begin(whole), definition.begin(first)];
    const values = afterSteps(unbroken, whole, 1, 4);
    afterSteps(stopping, first, 1, 2);
    const resuming = definition.begin(first);
    resuming.importState(stopping.exportState());
    stopping.dispose();
    expect(afterSteps(resuming, first, 3, 4)).toEqual(values);
    for (const optimizer of [unbroken, resuming]) optimizer.dispose();
    for (const own of [whole, first]) disposeAll(own);
    expect(memory().numTensors).toBe(atStart);
  });
});

describe('an optimizer', () => {
  it('refuses the state of another kind', () => {
    const own = trainables();
    const [one, other] = [sgd().begin(own), adamW().begin(own)];
    expect(() => other.importState(one.exportState())).toThrow(
      /'mean\/fc\.weight' must have the shape \[2\], but are nothing/,
    );
    for (const optimizer of [one, other]) optimizer.dispose();
    disposeAll(own);
  });
});

describe('clipByGlobalNorm', () => {
  it('shortens all gradients by one factor to the limit, and leaves shorter ones alone', () => {
    const gradients = new Map([
      ['a', tensor([3, 0])],
      ['b', tensor([[4]])],
    ]);
    const clipped = clipByGlobalNorm(gradients, 1);
    expect([...clipped.values()].flatMap((gradient) => [...gradient.dataSync()])).toEqual(
      [0.6, 0, 0.8].map((value) => expect.closeTo(value, 6)),
    );
    expect(clipByGlobalNorm(gradients, 5)).toBe(gradients);
    for (const gradient of [...gradients.values(), ...clipped.values()]) gradient.dispose();
  });
});

describe('weightAverage', () => {
  it('keeps at most (1 + n)/(10 + n) at update n, and its decay in the end', () => {
    const live = new Map([['w', variable([1])]]);
    const average = weightAverage(live, 0.3);
    let expected = 1;
    for (let n = 1; n <= 6; n++) {
      const moved = tensor([n * n]);
      live.get('w')?.assign(moved);
      moved.dispose();
      average.follow();
      const kept = Math.min(0.3, (1 + n) / (10 + n));
      expected = kept * expected + (1 - kept) * n * n;
      expect(average.read().get('w')?.data[0]).toBeCloseTo(expected, 4);
    }
    average.dispose();
    for (const own of live.values()) own.dispose();
    expect(memory().numTensors).toBe(atStart);
  });

  it('refuses a decay that keeps everything', () => {
    expect(() => weightAverage(new Map(), 1)).toThrow(/from 0 to below 1, not 1/);
  });
});
