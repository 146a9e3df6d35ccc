import { assertFiniteValues, firstNotFinite } from '@rheobase/network';
import type { Layout, Plan } from './plan.js';
import type { RunPart } from './probe-record.js';
import type { RunOptions } from './run-plan.js';
import type { Workspace } from './workspace.js';

/** Checks the values after a call. */
export interface OverflowGuard {
  /** The number of the call. */
  readonly after: number;
  /** @throws {NetworkError} naming the node, if its values are NaN or infinite. */
  check(part: RunPart, workspace: Workspace): void;
}

/**
 * Guards wherever a float32 plan would hide an overflow: a neuron is silent at NaN and fires at every step at infinity, and a max pooling drops NaN.
 * Potentials are checked only after the last step: no reset makes them finite.
 */
export function overflowGuards({ neurons, pooled }: Plan, { steps, potentials }: RunOptions): readonly OverflowGuard[] {
  const ofNeurons = [...neurons].flatMap(([name, { completedAt, layout, number, potential }]): OverflowGuard[] => {
    // Neurons started at −∞ are silent on purpose.
    if (number !== 'f32' || potential === undefined || firstNotFinite(potentials.get(name) ?? []) >= 0) return [];
    const check = ({ before, steps: now }: RunPart, workspace: Workspace): void => {
      if (before + now < steps) return;
      assertFinite(name, 'potentials', workspace.numbers(number, potential, sizeIn(layout)), layout);
    };
    return [{ after: completedAt, check }];
  });
  const ofPooled = [...pooled].map(([name, { completedAt, offset, layout, number, changing }]): OverflowGuard => {
    const check = ({ steps: now }: RunPart, workspace: Workspace): void => {
      const size = sizeIn(layout);
      assertFinite(name, 'values', workspace.numbers(number, offset, changing ? now * size : size), layout);
    };
    return { after: completedAt, check };
  });
  return [...ofNeurons, ...ofPooled];
}

const sizeIn = ({ rows, columns, pitch }: Layout): number => rows * columns * pitch;

function assertFinite(
  name: string,
  what: string,
  values: ReturnType<Workspace['numbers']>,
  { channels, pitch }: Layout,
): void {
  if (firstNotFinite(values) < 0) return;
  // Padding after the channels of a pixel is ignored.
  const own = [...values].filter((_, i) => i % pitch < channels);
  assertFiniteValues(name, what, own);
}
