import type { Tensor } from '@tensorflow/tfjs-core';
import { engine } from '@tensorflow/tfjs-core';

/** Values by node, which are freed one by one. A tensor may have several names, and is freed with the last. */
export interface LiveValues extends ReadonlyMap<string, Tensor> {
  set(name: string, value: Tensor): void;
  /** Removes a value, and frees its tensor unless it is held or has another name. */
  release(name: string): void;
  /** Frees a tensor without a name, unless it is held. */
  discard(tensor: Tensor): void;
  /** Never frees these. */
  hold(tensors: Iterable<Tensor>): void;
}

/** @param given values that others free */
export function liveValues(given: ReadonlyMap<string, Tensor> = new Map()): LiveValues {
  const values = new Map(given);
  const held = new Set(given.values());
  const names = new Map<Tensor, number>();
  const count = (tensor: Tensor): number => names.get(tensor) ?? 0;
  const discard = (tensor: Tensor): void => {
    if (count(tensor) > 0) return;
    names.delete(tensor);
    if (!held.has(tensor)) tensor.dispose();
  };
  return {
    get size() {
      return values.size;
    },
    get: (name) => values.get(name),
    has: (name) => values.has(name),
    keys: () => values.keys(),
    values: () => values.values(),
    entries: () => values.entries(),
    forEach: (each) => values.forEach(each),
    [Symbol.iterator]: () => values[Symbol.iterator](),
    set(name, value) {
      values.set(name, value);
      names.set(value, count(value) + 1);
    },
    release(name) {
      const value = values.get(name);
      if (value === undefined || !values.delete(name)) return;
      names.set(value, Math.max(0, count(value) - 1));
      discard(value);
    },
    discard,
    hold(tensors) {
      for (const tensor of tensors) held.add(tensor);
    },
  };
}

/** Whether tfjs is recording operations for gradients, which may need their inputs. */
export function isTaped(): boolean {
  return engine().state.gradientDepth > 0;
}
