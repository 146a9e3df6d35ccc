import { type Registry, registry } from '@rheobase/network';
import type { EventSource } from '../events/event-source.js';
import type { DatasetOrigin } from './dataset.js';
import { openNMnist } from './nmnist.js';

/** A set of recordings of an event camera that can be opened by name. */
export interface EventDataset {
  readonly name: string;
  /** One line: what it shows, size, classes. */
  readonly summary: string;
  readonly origin: DatasetOrigin;
  readonly splits: readonly ('train' | 'test')[];
  /**
   * Opens a split, or all recordings there are.
   *
   * @param options.binMs width of a bin in milliseconds; default: 1
   * @throws (the promise rejects) naming the file or folder and what is wrong with it.
   */
  open(options: {
    readonly dataDir: string;
    readonly split?: 'train' | 'test' | undefined;
    readonly binMs?: number | undefined;
  }): Promise<EventSource>;
}

const nmnist: EventDataset = {
  name: 'nmnist',
  summary:
    'N-MNIST: digits recorded by an event camera, frames of 34×34 with 2 polarities, 10 classes; for spiking networks',
  origin: {
    kind: 'manual',
    how: 'get it at garrickorchard.com/datasets/n-mnist, and unpack it as nmnist/train/<digit> and nmnist/test/<digit> in the data folder',
  },
  splits: ['train', 'test'],
  open: async ({ dataDir, split, binMs }) =>
    openNMnist({ folder: dataDir, ...(split !== undefined && { split }), ...(binMs !== undefined && { binMs }) }),
};

/** The sets of recordings known by name; `with([name, set])` is a registry with one more. */
export const defaultEventDatasets: Registry<EventDataset> = registry('set of recordings', [[nmnist.name, nmnist]]);
