import type { FuzzTarget } from '@rheobase/testing/fuzz';

interface ListedTarget {
  readonly open: () => Promise<FuzzTarget>;
  /** Inputs tried in every test run: a second's worth of processor time or two. */
  readonly inputs: number;
}

/** Every reader and engine that is fuzzed, by name. A new one is one file here beside its siblings, and one line. */
export const fuzzTargets: Readonly<Record<string, ListedTarget>> = {
  safetensors: { open: async () => (await import('./safetensors.js')).safetensorsTarget(), inputs: 600 },
  network: { open: async () => (await import('./network.js')).networkTarget(), inputs: 600 },
};

/** @throws listing those that there are, if there is none of that name. */
export async function openTarget(name: string): Promise<FuzzTarget> {
  const found = Object.hasOwn(fuzzTargets, name) ? fuzzTargets[name] : undefined;
  if (found === undefined) {
    throw new Error(`There is no fuzz target '${name}'; there are ${Object.keys(fuzzTargets).join(', ')}.`);
  }
  return found.open();
}
