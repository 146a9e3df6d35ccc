import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { convert, toInteger } from '@rheobase/converter';
import { clipSites, glyphNet, vggSmall } from '@rheobase/models';
import { writeNetworkFile } from '@rheobase/network/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** Runs the built command, as it starts further processes. */
async function bench(...args: string[]): Promise<Record<string, unknown>> {
  const { stdout } = await promisify(execFile)(process.execPath, [main, 'bench', ...args, '--json']);
  return JSON.parse(stdout) as Record<string, unknown>;
}

const failing = (...args: string[]): Promise<string> =>
  promisify(execFile)(process.execPath, [main, 'bench', ...args]).then(
    () => 'it did not fail',
    ({ stderr }: { stderr: string }) => stderr,
  );

const four = ['event-float32', 'event-int8', 'tfjs', 'ann-tfjs-wasm'];
const numbers = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, expect.any(Number)]));

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rheobase-bench-test-'));
  const source = glyphNet({ seed: 0, activation: clipSites(1) });
  const { network } = convert(source);
  const metadata = { ...network.metadata, normalization: 'unit' };
  await writeNetworkFile(join(folder, 'network.safetensors'), { ...network, metadata });
  await writeNetworkFile(join(folder, 'source.safetensors'), source);
  await writeNetworkFile(join(folder, 'integer.safetensors'), toInteger(network, { inputMaximum: 1 }).network);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('rheobase bench inference', () => {
  it('sets a random ResNet-20 to fire at 15 %, and keeps the engine within 200 MB above a bare process at batch 32', async () => {
    const result = await bench('inference', '--steps', '4', '--threads', '1', '--rounds', '1');
    expect(result).toMatchObject({
      network: 'resnet20 at 15 % firing',
      steps: 4,
      threads: 1,
      batch: 32,
      imagesPerSecond: numbers(four),
      imagesPerCpuSecond: numbers(four),
      passes: { 'ann-tfjs-wasm': 4 },
      timesDensePasses: { 'ann-tfjs-wasm': 1 },
      agreement: { tfjs: 1, 'ann-tfjs-wasm': 1 },
      sourceFrom: 'model',
      images: 'noise',
    });
    const rates = Object.values(result['firingRates'] as Record<string, number>);
    expect(rates).toHaveLength(19);
    // Thresholds depend only on the first images.
    for (const rate of rates) expect(Math.abs(rate - 0.15)).toBeLessThan(0.02);
    const peaks = result['peakMegabytes'] as Record<string, number>;
    for (const engine of ['event-float32', 'event-int8']) {
      expect((peaks[engine] ?? Number.NaN) - (peaks['bare'] ?? Number.NaN), engine).toBeLessThan(200);
    }
  }, 300_000);

  it('takes networks and source from a folder, its own images and several T and threads, and writes picture and record', async () => {
    const [picture, record] = [join(folder, 'bench.svg'), join(folder, 'bench.json')];
    const given = ['--network', folder, '--dataset', 'glyphs', '--batch', '4', '--rounds', '1'];
    const swept = ['--steps', '1', '2', '3', '--threads', '1', '2'];
    const result = await bench('inference', ...given, ...swept, '--picture', picture, '--record', record);
    const results = result['results'] as readonly Record<string, unknown>[];
    expect(results.map(({ threads, steps }) => [threads, steps])).toEqual(
      [1, 2].flatMap((n) => [1, 2, 3].map((T) => [n, T])),
    );
    expect(result).toMatchObject({ sourceFrom: 'folder', images: 'glyphs train', rounds: 1 });
    for (const own of results) {
      expect(own).toMatchObject({
        network: 'glyph-net',
        imagesPerSecond: numbers(four),
        agreement: { 'event-float32': 1 },
      });
    }
    const fits = result['fits'] as readonly Record<string, unknown>[];
    expect(fits.map(({ contender, threads }) => [contender, threads])).toHaveLength(4);
    expect(await readFile(picture, 'utf8')).toMatch(/^<svg [^]*ms a thousand million/);
    const text = await readFile(record, 'utf8');
    expect(JSON.parse(text)).toMatchObject({
      command: 'rheobase bench inference',
      sha256: { network: expect.stringMatching(/^[0-9a-f]{64}$/) },
      result,
    });
    expect(text).not.toContain(folder);
  }, 300_000);

  it('refuses an integer network, options of a random model with a folder, and a rate that no neuron has', async () => {
    expect(await failing('inference', '--network', join(folder, 'integer.safetensors'))).toMatch(
      /integer\.safetensors is an integer network/,
    );
    expect(await failing('inference', '--network', folder, '--firing-rate', '0.1')).toMatch(
      /--firing-rate is for networks without thresholds/,
    );
    expect(await failing('inference', '--firing-rate', '0.9')).toMatch(/above 0 and up to 0\.45/);
    expect(await failing('inference', '--model', 'resnet21')).toMatch(/Did you mean 'resnet20'/);
  }, 180_000);
});

describe('rheobase bench spike-kernels', () => {
  it('measures layers on random spikes of five densities against the peak of the same instructions', async () => {
    const result = await bench('spike-kernels', '--rounds', '1', '--steps', '2');
    expect(result).toMatchObject({
      steps: 2,
      spikes: 'random',
      peaks: { f32: expect.any(Number), i8: expect.any(Number) },
    });
    const measurements = result['measurements'] as readonly Record<string, unknown>[];
    expect(new Set(measurements.map(({ layer }) => layer))).toHaveProperty('size', 5);
    for (const own of measurements) {
      expect(own).toMatchObject({ gigaadditions: expect.any(Number), shareOfPeak: expect.any(Number) });
    }
  }, 180_000);

  it('measures a network’s own layers on the spikes that it has', async () => {
    const { network } = convert(vggSmall({ seed: 0, widths: [8, 16], convolutions: 2, activation: clipSites(1) }));
    const file = join(folder, 'vgg.safetensors');
    await writeNetworkFile(file, network);
    const given = ['--dataset', 'glyphs', '--normalization', 'unit', '--rounds', '1'];
    const result = await bench('spike-kernels', '--network', file, ...given);
    expect(result['spikes']).toBe('glyphs train');
    const measurements = result['measurements'] as readonly Record<string, unknown>[];
    expect(new Set(measurements.map(({ layer }) => layer))).toEqual(
      new Set(['stage1.conv2 32×32×8 → 8', 'stage2.conv2 16×16×16 → 16']),
    );
    expect(await failing('spike-kernels', '--network', folder, ...given)).toMatch(/there is nothing to measure/);
  }, 180_000);
});
