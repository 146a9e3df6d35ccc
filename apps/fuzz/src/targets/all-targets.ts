import { ownValue } from '@rheobase/network';
import type { FuzzTarget } from '@rheobase/testing/fuzz';

interface ListedTarget {
  readonly open: () => Promise<FuzzTarget>;
  /** Inputs tried in every test run: a second's worth of processor time or two. */
  readonly inputs: number;
}

/** Every reader and engine that is fuzzed, by name. A new one is one file next to its siblings, and one line here. */
export const fuzzTargets: Readonly<Record<string, ListedTarget>> = {
  safetensors: { open: async () => (await import('./safetensors.js')).safetensorsTarget(), inputs: 600 },
  network: { open: async () => (await import('./network.js')).networkTarget(), inputs: 600 },
  onnx: { open: async () => (await import('./onnx.js')).onnxTarget(), inputs: 600 },
  events: { open: async () => (await import('./events.js')).eventsTarget(), inputs: 300 },
  weights: { open: async () => (await import('./weights.js')).weightsTarget(), inputs: 300 },
  experiments: { open: async () => (await import('./experiments.js')).experimentsTarget(), inputs: 150 },
  'run-result': { open: async () => (await import('./run-files.js')).runFileTarget('result'), inputs: 150 },
  'run-config': { open: async () => (await import('./run-files.js')).runFileTarget('configuration'), inputs: 150 },
  'run-ledger': { open: async () => (await import('./run-files.js')).runFileTarget('ledger'), inputs: 150 },
  'run-raster': { open: async () => (await import('./run-files.js')).runFileTarget('raster'), inputs: 150 },
  'run-command': { open: async () => (await import('./run-files.js')).runFileTarget('command'), inputs: 150 },
  'run-metrics': { open: async () => (await import('./run-files.js')).runFileTarget('metrics'), inputs: 150 },
  checkpoint: { open: async () => (await import('./checkpoints.js')).checkpointTarget(), inputs: 200 },
  calibration: { open: async () => (await import('./checkpoints.js')).calibrationTarget(), inputs: 200 },
  voc: { open: async () => (await import('./annotations.js')).vocTarget(), inputs: 300 },
  coco: { open: async () => (await import('./annotations.js')).cocoTarget(), inputs: 400 },
  cifar: { open: async () => (await import('./image-sets.js')).cifarTarget(), inputs: 150 },
  idx: { open: async () => (await import('./image-sets.js')).idxTarget(), inputs: 200 },
  'image-lists': { open: async () => (await import('./image-sets.js')).imageListsTarget(), inputs: 200 },
  'image-folder': { open: async () => (await import('./image-sets.js')).imageFolderTarget(), inputs: 100 },
  images: { open: async () => (await import('./images.js')).imagesTarget(), inputs: 300 },
  'command-line': { open: async () => (await import('./command-line.js')).commandLineTarget(), inputs: 150 },
  'engines-float32': { open: async () => (await import('./engines.js')).floatEnginesTarget(), inputs: 350 },
  'engines-int8': { open: async () => (await import('./engines.js')).integerEngineTarget(), inputs: 350 },
  'engines-changed': { open: async () => (await import('./engines.js')).changedEnginesTarget(), inputs: 1200 },
};

/** @throws listing those that there are, if there is none of that name. */
export async function openTarget(name: string): Promise<FuzzTarget> {
  const found = ownValue(fuzzTargets, name);
  if (found === undefined) {
    throw new Error(`There is no fuzz target '${name}'; there are ${Object.keys(fuzzTargets).join(', ')}.`);
  }
  return found.open();
}
