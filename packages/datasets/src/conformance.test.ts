import { describe, expect, it } from 'vitest';
import { concatenate } from './concatenate.js';
import { testImageSource } from './conformance.js';
import type { ImageSource } from './image-source.js';
import { openCifar10, openCifar100 } from './node/cifar.js';
import { openImageNet } from './node/imagenet.js';
import { openFashionMnist, openMnist } from './node/mnist.js';
import { openTinyImageNet } from './node/tiny-imagenet.js';
import { split } from './split.js';
import { subset } from './subset.js';
import { writeCifar10, writeCifar100, writeImageNet, writeMnist, writeTinyImageNet } from './testing/fake-sets.js';
import { smallSource } from './testing/small-source.js';
import { temporaryFolder } from './testing/temporary-folder.js';

const runner = { describe, it };

testImageSource('an in-memory source', async () => smallSource(40), runner);
testImageSource('a subset', async () => subset(smallSource(40), [3, 3, 39, 0, 12]), runner);
testImageSource('a held-out part', async () => (await split(smallSource(40), { heldOut: 9, seed: 1 })).heldOut, runner);
testImageSource('a concatenation', async () => concatenate([smallSource(5), smallSource(1), smallSource(20)]), runner);

for (const part of ['train', 'test'] as const) {
  testImageSource(
    `CIFAR-10 (${part})`,
    async () => openCifar10({ folder: await writeCifar10(await temporaryFolder()), split: part }),
    runner,
  );
  testImageSource(
    `CIFAR-100 (${part})`,
    async () => openCifar100({ folder: await writeCifar100(await temporaryFolder()), split: part }),
    runner,
  );
  testImageSource(
    `MNIST (${part})`,
    async () => openMnist({ folder: await writeMnist(await temporaryFolder()), split: part }),
    runner,
  );
  testImageSource(
    `Fashion-MNIST (${part})`,
    async () => openFashionMnist({ folder: await writeMnist(await temporaryFolder()), split: part }),
    runner,
  );
}
testImageSource(
  'CIFAR-100 (coarse)',
  async () => openCifar100({ folder: await writeCifar100(await temporaryFolder()), split: 'test', classes: 'coarse' }),
  runner,
);
testImageSource(
  'ImageNet',
  async () =>
    openImageNet({
      folder: await writeImageNet(await temporaryFolder()),
      split: 'validation',
      preparation: { resize: 32, crop: 28 },
    }),
  runner,
);
for (const part of ['train', 'validation'] as const) {
  testImageSource(
    `Tiny-ImageNet (${part})`,
    async () => openTinyImageNet({ folder: await writeTinyImageNet(await temporaryFolder()), split: part }),
    runner,
  );
}

/** The sentences of the suite that a source does not keep to. */
async function broken(source: ImageSource): Promise<readonly string[]> {
  const failed: string[] = [];
  const tests: (readonly [string, () => Promise<void>])[] = [];
  testImageSource('x', async () => source, {
    describe: (_, body) => body(),
    it: (sentence, body) => tests.push([sentence, body]),
  });
  for (const [sentence, body] of tests) {
    await body().catch(() => failed.push(sentence));
  }
  return failed;
}

/** A small source that never closes, so that each test gets it anew, with something about it changed. */
const changed = (change: Partial<ImageSource>): ImageSource => ({
  ...smallSource(9),
  close: async () => undefined,
  ...change,
});

describe('testImageSource', () => {
  const open = smallSource(9);

  it('finds a source that does not refuse an index out of range', async () => {
    const lenient = changed({
      read: (indices) => open.read(indices.map((k) => Math.min(8, Math.max(0, Math.floor(k) || 0)))),
    });
    expect(await broken(lenient)).toContain('that refuses an index out of range');
  });

  it('finds a source whose images depend on the batch they are read in', async () => {
    const sorting = changed({ read: (indices) => open.read(indices.toSorted((a, b) => a - b)) });
    expect(await broken(sorting)).toContain(
      'that gives the same images one by one, in any order, and twice in a batch',
    );
  });

  it('finds a source that lists other labels than it reads with', async () => {
    const mislabelled = changed({ labels: async () => new Int32Array(9) });
    expect(await broken(mislabelled)).toEqual([
      'that lists the labels its images are read with',
      'that refuses to read once closed, and may be closed twice',
    ]);
  });

  it('finds a source that hands out its own memory', async () => {
    const pixels = new Uint8Array(12);
    const sharing = changed({
      length: 1,
      read: async (indices) => ({ ...(await open.read(indices)), images: pixels }),
    });
    expect(await broken(sharing)).toContain('that gives arrays of their own: writing to one changes no later reading');
  });
});
