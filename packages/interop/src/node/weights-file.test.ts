import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resnet20, resnet8 } from '@rheobase/models';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadWeightsFile, saveWeightsFile } from './index.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rheobase-interop-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('saveWeightsFile and loadWeightsFile', () => {
  it('bring a network’s weights through a file unchanged', async () => {
    const path = join(folder, 'resnet20.safetensors');
    const network = resnet20({ width: 4, seed: 1 });
    await saveWeightsFile(network, path, 'pytorch');
    const loaded = await loadWeightsFile(resnet20({ width: 4 }), path);
    expect(loaded.report.convention).toBe('pytorch');
    expect(loaded.network.parameters).toEqual(network.parameters);
  });

  it('name the file where it does not exist, is no safetensors file, or does not fit', async () => {
    const path = join(folder, 'broken.safetensors');
    await expect(loadWeightsFile(resnet8(), path)).rejects.toThrow(`The weights file '${path}' cannot be read (ENOENT`);
    await writeFile(path, 'no weights');
    await expect(loadWeightsFile(resnet8(), path)).rejects.toThrow(path);
    await saveWeightsFile(resnet20({ width: 4 }), path, 'pytorch');
    await expect(loadWeightsFile(resnet8(), path)).rejects.toThrow(`${path}: `);
  });
});
