import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inMemory } from './in-memory.js';
import { split } from './split.js';
import { smallSource } from './testing/small-source.js';

/** Which images a part holds: the pixels of the small source tell. */
async function members(part: Awaited<ReturnType<typeof split>>['training']): Promise<number[]> {
  const { images } = await part.read(Array.from({ length: part.length }, (_, k) => k));
  return Array.from({ length: part.length }, (_, k) => images[k * 12] ?? -1);
}

describe('split', () => {
  it('parts the source without loss or overlap, both parts in its order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 200 }), fc.nat(), fc.integer(), async (length, wish, seed) => {
        const heldOut = 1 + (wish % (length - 1));
        const parts = await split(smallSource(length), { heldOut, seed });
        const held = await members(parts.heldOut);
        const kept = await members(parts.training);
        expect(held.length).toBe(heldOut);
        expect(held).toEqual(held.toSorted((a, b) => a - b));
        expect(kept).toEqual(kept.toSorted((a, b) => a - b));
        expect([...held, ...kept].toSorted((a, b) => a - b)).toEqual(Array.from({ length }, (_, k) => k));
      }),
      { seed: 22, numRuns: 40 },
    );
  });

  it('holds out each class in proportion', async () => {
    const labels = [...Array<number>(60).fill(0), ...Array<number>(30).fill(1), ...Array<number>(10).fill(2)];
    const source = inMemory({
      name: 'uneven',
      split: 'train',
      classNames: ['many', 'some', 'few'],
      imageShape: [1, 1, 1],
      images: new Uint8Array(100),
      labels,
    });
    const { heldOut, training } = await split(source, { heldOut: 20, seed: 5 });
    const count = async (part: typeof training, label: number) =>
      (await part.labels()).filter((own) => own === label).length;
    expect([await count(heldOut, 0), await count(heldOut, 1), await count(heldOut, 2)]).toEqual([12, 6, 2]);
    expect([await count(training, 0), await count(training, 1), await count(training, 2)]).toEqual([48, 24, 8]);
    expect(heldOut.split).toBe('train');
  });

  it('is settled by the seed', async () => {
    const held = async (seed: number) => members((await split(smallSource(90), { heldOut: 30, seed })).heldOut);
    expect(await held(1)).toEqual(await held(1));
    expect(await held(1)).not.toEqual(await held(2));
  });

  it('refuses to hold out nothing or everything', async () => {
    for (const heldOut of [0, 9, 1.5]) {
      await expect(split(smallSource(9), { heldOut, seed: 0 })).rejects.toThrow(
        `cannot hold out ${heldOut} of 9 images; hold out 1…8`,
      );
    }
  });
});
