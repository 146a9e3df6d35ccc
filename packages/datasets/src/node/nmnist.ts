import { readFile } from 'node:fs/promises';
import { fileReason } from '@rheobase/network/node';
import { eventFrames } from '../events/event-frames.js';
import { decodeEvents } from '../events/event-recording.js';
import type { EventBatch, EventSource } from '../events/event-source.js';
import { entriesOf } from './list-images.js';

export interface NMnistOptions {
  /** The folder that holds `train` and `test`, or `Train` and `Test` as the archives unpack; or one that holds it as `nmnist` or `N-MNIST`. */
  readonly folder: string;
  /** Default: all recordings there are. */
  readonly split?: 'train' | 'test';
  /** Width of a bin in milliseconds; default: 1. */
  readonly binMs?: number;
}

const classNames = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] as const;
const [height, width] = [34, 34] as const;
const advice =
  'N-MNIST has a folder for each split (train, test) and in it one for each digit (0…9) with .bin recordings; ' +
  'its authors publish it at https://www.garrickorchard.com/datasets/n-mnist';

interface Recording {
  readonly path: string;
  readonly label: number;
}

/**
 * Opens N-MNIST: MNIST's digits on a screen, filmed by an event camera that moves in three saccades of about 100 ms. Recordings come as event frames
 * 34×34×2 of `binMs`; their order is train before test, then by class and by name.
 *
 * @throws (the promise rejects) naming the folder that is missing or holds something else than recordings.
 */
export async function openNMnist({ folder, split, binMs = 1 }: NMnistOptions): Promise<EventSource> {
  const splits = await splitFolders(folder, split);
  const recordings: Recording[] = [];
  for (const at of splits) recordings.push(...(await recordingsIn(at)));
  if (recordings.length === 0) throw new Error(`${folder}: holds no .bin recording; ${advice}`);
  return {
    name: 'nmnist',
    ...(split !== undefined && { split }),
    classNames,
    length: recordings.length,
    frameShape: [height, width, 2],
    read: async (indices) => batchOf(await Promise.all(indices.map((index) => framesAt(recordings, index, binMs)))),
  };
}

/** Names of folders in which the set may stand: its own, and one for recordings of events. */
const around = ['nmnist', 'n-mnist', 'events'];

/** The folders of the splits, in the folder itself or in the set's own folder there, or below `events`. */
async function splitFolders(folder: string, split: 'train' | 'test' | undefined): Promise<readonly string[]> {
  const wanted = split === undefined ? ['train', 'test'] : [split];
  const foldersIn = async (at: string) => (await entriesOf(at, advice, [])).filter(({ kind }) => kind === 'folder');
  const within = async (at: string, levels: number): ReturnType<typeof foldersIn> => {
    const folders = await foldersIn(at);
    const [own] = around.flatMap((name) => folders.filter((entry) => entry.name.toLowerCase() === name));
    return own === undefined || levels === 0 ? folders : within(own.path, levels - 1);
  };
  const inside = await within(folder, 2);
  const found = wanted.flatMap((name) => inside.filter((entry) => entry.name.toLowerCase() === name));
  if (found.length === 0) throw new Error(`${folder}: has no folder ${wanted.join(' or ')}; ${advice}`);
  return found.map(({ path }) => path);
}

async function recordingsIn(split: string): Promise<readonly Recording[]> {
  const recordings: Recording[] = [];
  for (const { name, path, kind } of await entriesOf(split, advice, [])) {
    const label = classNames.findIndex((digit) => digit === name);
    if (kind !== 'folder' || label < 0) throw new Error(`${path}: is not a digit's folder; ${advice}`);
    for (const file of await entriesOf(path, advice, [])) {
      if (file.kind !== 'file' || !file.name.endsWith('.bin'))
        throw new Error(`${file.path}: is not a .bin recording; ${advice}`);
      recordings.push({ path: file.path, label });
    }
  }
  return recordings;
}

async function framesAt(recordings: readonly Recording[], index: number, binMs: number) {
  const recording = recordings[index];
  if (recording === undefined) {
    throw new RangeError(
      `nmnist: no recording ${index}; the ${recordings.length} recordings are numbered 0…${recordings.length - 1}`,
    );
  }
  const { path, label } = recording;
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new Error(`${path}: cannot be read (${fileReason(cause)})`, { cause });
  });
  return { label, ...eventFrames(decodeEvents(bytes, path), { height, width, binMs }, path) };
}

function batchOf(
  recordings: readonly { readonly label: number; readonly data: Float32Array; readonly frames: number }[],
): EventBatch {
  const frames = Math.max(0, ...recordings.map((recording) => recording.frames));
  const size = height * width * 2;
  const images = new Float32Array(frames * recordings.length * size);
  recordings.forEach(({ data, frames: own }, n) => {
    for (let t = 0; t < own; t += 1) {
      images.set(data.subarray(t * size, (t + 1) * size), (t * recordings.length + n) * size);
    }
  });
  return {
    images,
    shape: [recordings.length, height, width, 2],
    frames,
    lengths: Int32Array.from(recordings, (recording) => recording.frames),
    labels: Int32Array.from(recordings, ({ label }) => label),
  };
}
