import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { convert } from '@rheobase/converter';
import { sitesWithoutThreshold } from '@rheobase/experiments';
import { defaultDetectors } from '@rheobase/models';
import { writeNetworkFile } from '@rheobase/network/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rheobase } from '../command-line.fixture.js';

/** Contains a detector as written by `convert-detector`: source.safetensors and network.safetensors. */
let folder: string;
let source: string;
let out: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rheobase-task-'));
  source = join(folder, 'source.safetensors');
  out = join(folder, 'out');
  const detector = defaultDetectors.get('yolo-small').build({ widths: [4, 6, 8] });
  await writeNetworkFile(source, detector);
  const { network } = convert(detector, {
    thresholds: new Map(sitesWithoutThreshold(detector).map((site) => [site, 1])),
  });
  await writeNetworkFile(join(folder, 'network.safetensors'), network);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const advice = /is a detector: it finds boxes[^]*evaluate-detector[^]*detect[^]*convert-detector/;

describe('a command for networks that classify, given a detector', () => {
  it.each([
    ['simulate', () => ['--dataset', 'glyphs', '--steps', '2']],
    ['evaluate', () => ['--dataset', 'glyphs']],
    ['convert', () => ['--dataset', 'glyphs', '--out', join(out, 'spiking.safetensors')]],
    ['finetune', () => ['--dataset', 'glyphs', '--levels', '2', '--out', out]],
  ])('says what it is and which commands are for it, by name or by file: %s', async (command, more) => {
    for (const given of [
      ['--model', 'fastestdet'],
      ['--network', source],
    ]) {
      const { code, results, messages } = await rheobase(command, ...given, ...more());
      expect(messages).toMatch(advice);
      expect(messages).toContain(given[1]);
      expect([code, results]).toEqual([1, '']);
    }
  });

  it.each([
    ['simulate, of a spiking one', () => ['simulate', '--network', folder, '--dataset', 'glyphs', '--steps', '2']],
    ['analyze, of a folder', () => ['analyze', folder]],
    ['analyze, of files', () => ['analyze', '--network', folder, '--source', source]],
    ['calibrate', () => ['calibrate', '--network', source, '--dataset', 'glyphs', '--out', out]],
    ['train', () => ['train', '--model', 'yolo-small', '--dataset', 'glyphs', '--out', out]],
    ['bench training', () => ['bench', 'training', '--model', 'yolo-small']],
  ])('says so: %s', async (_, args) => {
    const { code, messages } = await rheobase(...args());
    expect(messages).toMatch(advice);
    expect(code).toBe(1);
  });

  it('leaves nothing behind that a run could be resumed from', async () => {
    expect(await readdir(out).catch(() => [])).toEqual([]);
  });
});

describe('rheobase export', () => {
  it('takes a detector as it takes any other network, by name or by file', async () => {
    for (const given of [
      ['--model', 'yolo-small', '--model-option', 'widths=4,6,8'],
      ['--network', source],
    ]) {
      const { results } = await rheobase('export', ...given, '--out', join(folder, 'detector.onnx'));
      expect(results).toMatch(/gives output \[N, 12, 12, \d+\]/);
    }
  });
});
