import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTensorBackend } from '@rheobase/execution';
import { beforeAll, describe, expect, it } from 'vitest';
import { evaluated, relativeError } from './evaluate.fixture.js';
import { importOnnx } from './import-onnx.js';
import { decodeTensor } from './model.js';
import { arrayOf } from './tensor.js';

const data = process.env['RHEOBASE_DATA'];
const root = join(data ?? '.', 'onnx', 'conformance');
const cases =
  data === undefined || !existsSync(root)
    ? []
    : readdirSync(root).flatMap((group) => readdirSync(join(root, group)).map((name) => join(group, name)));

beforeAll(() => startTensorBackend());

describe.skipIf(cases.length === 0)('operator cases of onnx/onnx (skipped without RHEOBASE_DATA)', () => {
  it('are all there', () => expect(cases).toHaveLength(80));

  it.each(cases)('%s computes what was recorded', (name) => {
    const folder = join(root, name);
    const model = importOnnx(readFileSync(join(folder, 'model.onnx')), name);
    for (const set of readdirSync(folder).filter((entry) => entry.startsWith('test_data_set'))) {
      const recorded = (file: string) => arrayOf(decodeTensor(readFileSync(join(folder, set, file)))).data;
      const feeds = new Map(model.inputs.map((port, i) => [port.name, recorded(`input_${i}.pb`)]));
      const values = evaluated(model, feeds);
      model.outputs.forEach(({ name: output }, i) => {
        expect(relativeError(recorded(`output_${i}.pb`), values.get(output) ?? [])).toBeLessThan(1e-4);
      });
    }
  });
});
