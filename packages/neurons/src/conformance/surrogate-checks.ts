import type { ConformanceCheck } from '@rheobase/network/conformance';
import { assertThat } from '@rheobase/network/conformance';
import type { Tensor } from '@tensorflow/tfjs-core';
import { dispose, grads, memory, scalar, tensor } from '@tensorflow/tfjs-core';
import type { Surrogate } from '../surrogate.js';
import { drawer, numbersOf } from './population.js';

const points = (() => {
  const draw = drawer(81);
  const spread = Array.from({ length: 60 }, () => (draw() - 0.5) * 4);
  return [...spread, 0, 1e-6, -1e-6, 1e-30, -1e-30, 30, -30].map(Math.fround);
})();

function slopesOf({ initialSlope }: Surrogate): readonly number[] {
  return [initialSlope / 2, initialSlope, initialSlope * 3].map(Math.fround);
}

/** Whether the derivative jumps nearby, where finite differences are meaningless. */
function jumpsAt(surrogate: Surrogate, x: number, slope: number): boolean {
  const at = (point: number): number => surrogate.reference(point, slope).derivative;
  return Math.abs(at(x + 1e-3) - at(x - 1e-3)) > 0.1 * slope;
}

function gradientsAt(surrogate: Surrogate, x: Tensor, slope: Tensor, weights: Tensor) {
  const differentiate = grads((at: Tensor, k: Tensor) => surrogate.fire(k)(at));
  const found = differentiate([x, slope], weights);
  const [byPoint = [], bySlope = []] = found.map(numbersOf);
  dispose(found);
  return { byPoint, bySlope };
}

function near(actual: number | undefined, expected: number, what: string): void {
  assertThat(actual !== undefined && Math.abs(actual - expected) <= 1e-4 * Math.max(1, Math.abs(expected)), () => {
    return `${what} is ${actual}, but should be ${expected}.`;
  });
}

/** ∂σ/∂k by central differences. */
function bySlopeReference(surrogate: Surrogate, x: number, slope: number): number {
  const step = 1e-5 * slope;
  return (surrogate.reference(x, slope + step).smooth - surrogate.reference(x, slope - step).smooth) / (2 * step);
}

/** Checks that a surrogate is the exact step in the forward pass and its σ′ in the backward pass. */
export function checksOf(surrogate: Surrogate): readonly ConformanceCheck[] {
  return [
    {
      name: 'is a function σ that rises from 0 to 1 through ½, and its derivative',
      run: () => {
        for (const slope of slopesOf(surrogate)) {
          const at = (x: number) => surrogate.reference(x, slope);
          near(at(0).smooth, 0.5, 'σ(0)');
          assertThat(at(-1e5).smooth < 1e-2 && at(1e5).smooth > 0.99, () => 'σ does not go from 0 to 1.');
          let area = 0;
          const step = 1e-3 / slope;
          for (let x = -3 / slope; x < 3 / slope; x += step) {
            assertThat(at(x).derivative >= 0, () => `σ′(${x}) is negative.`);
            area += ((at(x).derivative + at(x + step).derivative) / 2) * step;
            const gained = at(x + step).smooth - at(-3 / slope).smooth;
            assertThat(
              Math.abs(area - gained) < 2e-3,
              () => `Up to ${x}, σ′ adds up to ${area}, but σ gains ${gained}.`,
            );
          }
        }
      },
    },
    {
      name: 'gives σ′ itself, at a slope that is a number or a tensor',
      run: () => {
        const x = tensor([...points]);
        for (const slope of slopesOf(surrogate)) {
          const k = scalar(slope);
          for (const given of [slope, k]) {
            const found = surrogate.derivative(x, given);
            numbersOf(found).forEach((value, i) => {
              const at = points[i] ?? 0;
              if (!jumpsAt(surrogate, at, slope)) near(value, surrogate.reference(at, slope).derivative, `σ′(${at})`);
            });
            found.dispose();
          }
          k.dispose();
        }
        x.dispose();
      },
    },
    {
      name: 'is the Heaviside step forwards: 1 at 0 and above, else 0, whatever the slope',
      run: () => {
        const x = tensor([...points]);
        const k = scalar(surrogate.initialSlope);
        for (const slope of [...slopesOf(surrogate), k]) {
          const y = surrogate.fire(slope)(x);
          const expected = points.map((point) => (point >= 0 ? 1 : 0));
          assertThat(`${numbersOf(y)}` === `${expected}`, () => `fire gives ${numbersOf(y)}, not ${expected}.`);
          assertThat(y.dtype === 'float32', () => `Spikes are ${y.dtype}, not float32.`);
          y.dispose();
        }
        dispose([x, k]);
      },
    },
    {
      name: 'is σ′ backwards, with a number for the slope and with a tensor',
      run: () => {
        const x = tensor([...points]);
        const ones = tensor(points.map(() => 1));
        for (const slope of slopesOf(surrogate)) {
          const k = scalar(slope);
          const [plain] = grads((at: Tensor) => surrogate.fire(slope)(at))([x], ones);
          const withNumber = plain ? numbersOf(plain) : [];
          const withTensor = gradientsAt(surrogate, x, k, ones).byPoint;
          points.forEach((point, index) => {
            const { derivative } = surrogate.reference(point, slope);
            near(withNumber[index], derivative, `∂σ/∂x at ${point}, slope ${slope},`);
            near(withTensor[index], derivative, `∂σ/∂x at ${point}, slope ${slope} in a tensor,`);
          });
          dispose([k, ...(plain ? [plain] : [])]);
        }
        dispose([x, ones]);
      },
    },
    {
      name: 'has the gradient ∂σ/∂k, summed to the shape of the slope',
      run: () => {
        const slopes = slopesOf(surrogate);
        const usable = points.filter((x) => Math.abs(x) < 5 && slopes.every((slope) => !jumpsAt(surrogate, x, slope)));
        const x = tensor(
          usable.flatMap((point) => slopes.map(() => point)),
          [usable.length, slopes.length],
        );
        const draw = drawer(82);
        const weights = usable.flatMap(() => slopes.map(() => Math.fround(draw())));
        const w = tensor(weights, [usable.length, slopes.length]);
        const k = tensor([...slopes]);
        const { bySlope } = gradientsAt(surrogate, x, k, w);
        slopes.forEach((slope, column) => {
          const expected = usable.reduce((sum, point, row) => {
            return sum + (weights[row * slopes.length + column] ?? 0) * bySlopeReference(surrogate, point, slope);
          }, 0);
          near(bySlope[column], expected, `∂Σσ/∂k at slope ${slope}`);
        });
        dispose([x, w, k]);
      },
    },
    {
      name: 'leaves no tensor behind',
      run: () => {
        const before = memory().numTensors;
        const x = tensor([...points]);
        const w = tensor(points.map(() => 1));
        const k = scalar(surrogate.initialSlope);
        gradientsAt(surrogate, x, k, w);
        surrogate.fire(k)(x).dispose();
        dispose([x, w, k]);
        assertThat(memory().numTensors === before, () => `${memory().numTensors - before} tensors were left behind.`);
      },
    },
  ];
}
