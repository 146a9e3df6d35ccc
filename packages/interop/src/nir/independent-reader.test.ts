import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Network, Shape } from '@rheobase/network';
import { inferShapes, shapeAt } from '@rheobase/network';
import { defaultNeurons } from '@rheobase/neurons';
import { referenceSimulate } from '@rheobase/testing';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { nirPlaces } from './nir-value.js';
import { nirShape } from './nir-writer.js';
import { framesFor, nirNetworks, writtenOf } from './random-nir.fixture.js';
import { readNir } from './read-nir.js';

const python = '/usr/bin/python3';
const script = fileURLToPath(new URL('nir-reader.fixture.py', import.meta.url));
const missing =
  spawnSync(python, ['-c', 'import h5py, numpy']).status === 0 ? undefined : 'needs python3-h5py and python3-numpy';

function runPython(...given: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(python, [script, ...given], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rheobase-nir-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const references = Object.fromEntries(
  defaultNeurons.names.map((kind) => [kind, defaultNeurons.get(kind).reference] as const),
);

/** Elements in the order of channels, rows, columns. */
const inNirOrder = (elements: ArrayLike<number>, shape: Shape): number[] => {
  const ordered = Array.from({ length: elements.length }, () => 0);
  nirPlaces({ shape: nirShape(shape) }).forEach((place, i) => (ordered[place] = elements[i] ?? 0));
  return ordered;
};

interface Found {
  readonly spikes: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly ties: number;
}

describe('an independent reader, h5py and NIR’s equations in NumPy,', () => {
  it('gets our spikes from our files, ties at the threshold among them, and we get them from its files', async (context) => {
    if (missing !== undefined) return context.skip(missing);
    const folder = await temporaryFolder();
    let [compared, spikes, ties] = [0, 0, 0];
    const sample = fc.sample(nirNetworks, { seed: 77, numRuns: 40 });
    for (const [seed, network] of sample.entries()) {
      const bytes = await writtenOf(network);
      if (bytes === undefined) continue;
      const frames = framesFor(network, 6, seed + 1);
      const [file, input, rewritten] = ['a.nir', 'a.json', 'b.nir'].map((name) => join(folder, name)) as [
        string,
        string,
        string,
      ];
      const given = network.nodes.find((node) => node.op === 'input');
      const shape = given?.op === 'input' ? given.shape : [];
      await writeFile(file, bytes);
      await writeFile(input, JSON.stringify({ frames: frames.map((frame) => inNirOrder(frame, shape)) }));
      const found: Found = JSON.parse(runPython('run', file, input));
      const expected = spikesOf(network, frames);
      for (const [name, steps] of expected) {
        const own = shapeAt(inferShapes(network), name);
        steps.forEach((step, t) => {
          const theirs = found.spikes[name]?.[t] ?? [];
          // A vector may have been an image, whose elements NIR has in another order.
          if (own.length === 3) expect(theirs, name).toEqual(inNirOrder(step, own));
          else expect(theirs.toSorted(), name).toEqual([...step].toSorted());
          spikes += theirs.reduce((sum, spike) => sum + spike, 0);
        });
      }
      runPython('rewrite', file, rewritten);
      const again = await readNir(new Uint8Array(await readFile(rewritten)), 'b.nir');
      expect(spikesOf(again.network, frames)).toEqual(expected);
      compared += 1;
      ties += found.ties;
    }
    expect(compared).toBeGreaterThan(12);
    expect(spikes).toBeGreaterThan(1000);
    expect(ties).toBeGreaterThan(20);
    return context.annotate(`${compared} networks, ${spikes} spikes, ${ties} potentials exactly at their threshold`);
  }, 180_000);
});

function spikesOf(network: Network, frames: readonly Float32Array[]) {
  return referenceSimulate(network, (t) => frames[t] ?? new Float32Array(), frames.length, references).spikes;
}
