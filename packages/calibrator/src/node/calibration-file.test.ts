import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeNetwork } from '@rheobase/network';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CalibrationState } from '../calibration-store.js';
import { residualSource, taskOf } from '../tiny-networks.fixture.js';
import { decodeCalibration, encodeCalibration, fileCalibrationStore } from './calibration-file.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rheobase-calibration-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const { spiking } = taskOf(residualSource(1), 2);
const state: CalibrationState = {
  fingerprint: { steps: 2, seed: 1, 'method.name': 'light', batchSize: null },
  network: { ...spiking, metadata: { model: 'tiny' } },
  sites: [
    {
      site: 'first',
      method: 'light',
      errorBefore: 0.25,
      errorAfter: 0.125,
      epochs: 2,
      bestEpoch: 1,
      trainedParameters: 7,
      heldOutLoss: { before: 2, after: 1 },
      seconds: 3,
    },
  ],
};

describe('the file of a calibration', () => {
  it('gives back what was kept, the network’s own metadata included', async () => {
    const store = fileCalibrationStore(join(folder, 'a.state'));
    expect(await store.load()).toBeUndefined();
    await store.save(state);
    const loaded = await store.load();
    expect(loaded).toEqual(state);
    expect(await readdir(folder)).toEqual(['a.state']);
  });

  it('is the same bytes for the same state', () => {
    expect(encodeCalibration(state)).toEqual(encodeCalibration({ ...state }));
  });

  it('that is damaged is refused, naming it', async () => {
    const path = join(folder, 'b.state');
    await fileCalibrationStore(path).save(state);
    const bytes = await readFile(path);
    const last = bytes.length - 3;
    bytes.writeUInt8((bytes[last] ?? 0) ^ 1, last);
    await writeFile(path, bytes);
    await expect(fileCalibrationStore(path).load()).rejects.toThrow(/b\.state: the calibration is damaged/);
  });

  it('that is a network and no calibration is refused', () => {
    expect(() => decodeCalibration(encodeNetwork(spiking), 'net')).toThrow(
      /net: it holds a network but no calibration/,
    );
  });

  it.each([
    ['sites.0.epochs', { sites: [{ ...state.sites[0], epochs: 0.5 }] }],
    ['sites', { sites: undefined }],
    ['fingerprint.seed', { fingerprint: { seed: {} } }],
  ])('that is wrong in a field is refused with the field, though its digest fits: %s', (field, wrong) => {
    const text = JSON.stringify({ version: 1, fingerprint: state.fingerprint, sites: state.sites, ...wrong });
    const bytes = encodeNetwork(spiking);
    const digest = createHash('sha256').update(text).update(bytes).digest('hex');
    const metadata = { ...spiking.metadata, 'rheobase.calibration': text, 'rheobase.calibration.sha256': digest };
    expect(() => decodeCalibration(encodeNetwork({ ...spiking, metadata }), 'run')).toThrow(
      `run: this is not a calibration that can be resumed, in its field '${field}': `,
    );
  });

  it('refuses a network whose metadata has its key', () => {
    const network = { ...spiking, metadata: { 'rheobase.calibration': 'mine' } };
    expect(() => encodeCalibration({ ...state, network })).toThrow(/reserved key 'rheobase.calibration'/);
  });
});
