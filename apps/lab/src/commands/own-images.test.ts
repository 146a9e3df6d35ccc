import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { networkBuilder } from '@rheobase/network';
import { writeNetworkFile } from '@rheobase/network/node';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rheobase } from '../command-line.fixture.js';

let folder: string;
/** Class folders `a` and `b` with images of several sizes. */
let images: string;

async function writeImage(path: string, width: number, height: number, background: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await sharp({ create: { width, height, channels: 3, background } }).toFile(path);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rheobase-own-images-'));
  images = join(folder, 'images');
  await writeImage(join(images, 'a', '1.png'), 40, 30, '#800000');
  await writeImage(join(images, 'a', '2.jpg'), 50, 64, '#008000');
  await writeImage(join(images, 'b', '1.png'), 33, 33, '#000080');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const evaluate = (...more: string[]) =>
  rheobase('evaluate', '--model', 'glyph-net', '--dataset', 'folder', '--data-dir', images, '--json', ...more);

describe('--dataset folder', () => {
  it('classifies images of any size at that of the input, spiking too', async () => {
    const two = ['--model-option', 'classes=2'];
    expect(JSON.parse((await evaluate(...two)).results)).toMatchObject({ images: 3, dataset: 'folder' });
    expect(JSON.parse((await evaluate(...two, '--resize', '36')).results)).toMatchObject({ images: 3 });
    const spiking = await rheobase(
      'simulate',
      '--model',
      'glyph-net',
      ...two,
      '--steps',
      '2',
      '--calibration-images',
      '3',
      '--json',
      '--dataset',
      'folder',
      '--data-dir',
      images,
      '--crop',
      '30',
      '--size',
      '32',
      '32',
    );
    expect(JSON.parse(spiking.results)).toMatchObject({ images: 3 });
  });

  it('keeps test images apart from those that a network is trained on, and says so', async () => {
    const out = join(folder, 'trained');
    const own = ['--dataset', 'folder', '--data-dir', images];
    for (let k = 3; k < 12; k += 1) {
      await writeImage(join(images, 'a', `${k}.png`), 32, 32, `#${k % 10}0${k % 10}000`);
      await writeImage(join(images, 'b', `${k}.png`), 32, 32, `#0000${k % 10}0`);
    }
    const training = ['--epochs', '1', '--batch', '4', '--held-out', '4', '--model-option', 'classes=2'];
    const train = await rheobase('train', '--model', 'glyph-net', ...own, ...training, '--out', out, '--json');
    expect(JSON.parse(train.results)).toMatchObject({ images: 4, heldOutImages: 4 });
    expect(train.messages).toMatch(/note: .* a fifth of each class is kept apart as test images \(seed 0\), 4 of 21/);
    const evaluated = await rheobase('evaluate', '--network', out, ...own, '--split', 'test', '--json');
    expect(JSON.parse(evaluated.results)).toMatchObject({
      images: 4,
      accuracy: (JSON.parse(train.results) as { accuracy: number }).accuracy,
    });
    const all = await rheobase('evaluate', '--network', out, ...own, '--json');
    expect(JSON.parse(all.results)).toMatchObject({ images: 21 });
    expect(all.messages).toMatch(/all 21 images are used, also those that a network was trained/);
    for (let k = 3; k < 12; k += 1) {
      for (const name of ['a', 'b']) await rm(join(images, name, `${k}.png`));
    }
  });

  it('takes the outputs that folders stand for from --labels', async () => {
    const labels = join(folder, 'labels.txt');
    await writeFile(labels, ['b', 'x', 'a', ...'cdefghi'].join('\n'));
    expect(JSON.parse((await evaluate('--labels', labels)).results)).toMatchObject({ images: 3 });
    await writeFile(labels, 'b\nx\n');
    const { code, messages } = await evaluate('--labels', labels);
    expect(code).toBe(1);
    expect(messages).toMatch(/a: is not a class folder; it is not among the 2 classes of .*labels\.txt/);
    expect((await evaluate()).messages).toMatch(/gives \[10\], but folder has 2 classes.*--labels FILE/);
  });

  it('refuses its options with other sets, and sizes that are none', async () => {
    const glyphs = (...more: string[]) => rheobase('evaluate', '--model', 'glyph-net', '--dataset', 'glyphs', ...more);
    expect((await glyphs('--resize', '36')).messages).toMatch(/--resize is for --dataset folder; omit it with glyphs/);
    expect((await glyphs('--size', '64', '48')).messages).toMatch(/--size 64 48 has no effect: .*32×32 pixels/);
    expect((await glyphs('--size', '32', '--limit', '4')).code).toBe(0);
    expect((await glyphs('--size', '3', '4', '5')).messages).toMatch(/It takes a height and a width/);
    expect((await glyphs('--size', '0')).messages).toMatch(/integer from 1/);
  });
});

describe('rheobase classify', () => {
  const classify = (...more: string[]) => rheobase('classify', '--image', join(images, 'a', '1.png'), ...more);

  it('gives the likeliest classes of each image by name, with probabilities, and draws them', async () => {
    const [labels, out] = [join(folder, 'names.txt'), join(folder, 'classified.png')];
    await writeFile(labels, Array.from({ length: 10 }, (_, k) => `class ${k}`).join('\n'));
    const run = await classify(
      join(images, 'b', '1.png'),
      '--model',
      'glyph-net',
      '--labels',
      labels,
      '--top',
      '3',
      '--out',
      out,
      '--json',
    );
    const result: unknown = JSON.parse(run.results);
    expect(result).toMatchObject({ network: 'glyph-net', out, images: [{}, { image: join(images, 'b', '1.png') }] });
    const top = (result as { images: { top: { class: string; probability: number }[] }[] }).images[0]?.top ?? [];
    expect(top).toHaveLength(3);
    expect(top[0]?.class).toMatch(/^class \d$/);
    expect(top.map(({ probability }) => probability)).toEqual(
      top.map(({ probability }) => probability).toSorted((a, b) => b - a),
    );
    expect(await sharp(out).metadata()).toMatchObject({ format: 'png' });
  });

  it('runs a spiking network for its time steps, on the engine asked for', async () => {
    const out = join(folder, 'spiking.safetensors');
    await rheobase(
      'convert',
      '--model',
      'glyph-net',
      '--dataset',
      'glyphs',
      '--calibration-images',
      '8',
      '--steps',
      '4',
      '--out',
      out,
    );
    const spiking = JSON.parse((await classify('--network', out, '--engine', 'event', '--json')).results) as object;
    expect(spiking).toMatchObject({
      steps: 4,
      engine: 'event',
      images: [{ top: Array.from({ length: 5 }, () => ({})) }],
    });
    const tfjs = JSON.parse((await classify('--network', out, '--engine', 'tfjs', '--json')).results) as object;
    expect(tfjs).toMatchObject({ steps: 4, engine: 'tfjs' });
  });

  it('says what does not fit', async () => {
    const labels = join(folder, 'few.txt');
    await writeFile(labels, 'one\ntwo\n');
    const glyphNet = ['--model', 'glyph-net'];
    expect((await classify(...glyphNet, '--labels', labels)).messages).toMatch(/few\.txt: it names 2 .* 10 outputs/);
    expect((await classify(...glyphNet, '--steps', '4')).messages).toMatch(/--steps has no effect here: .* analog/);
    expect((await classify(...glyphNet, '--size', '16')).messages).toMatch(/takes inputs \[32, 32, 3\].*\[16, 16, 3\]/);
    expect((await rheobase('classify', '--image', labels, ...glyphNet)).messages).toMatch(
      /few\.txt: cannot be decoded/,
    );
    const map = join(folder, 'map.safetensors');
    const build = networkBuilder();
    build.output('map', build.activation('relu', build.input('image', [32, 32, 3]), { kind: 'relu' }));
    await writeNetworkFile(map, build.build({ normalization: 'unit' }));
    expect((await classify('--network', map)).messages).toMatch(/is no classifier: its output 'map' is \[32, 32, 3\]/);
  });
});
