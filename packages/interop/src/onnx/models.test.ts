import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTensorBackend } from '@rheobase/execution';
import { randomArray } from '@rheobase/testing';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { beforeAll, describe, expect, it } from 'vitest';
import { evaluated, relativeError } from './evaluate.fixture.js';
import { importOnnx } from './import-onnx.js';

const data = process.env['RHEOBASE_DATA'];
const folder = join(data ?? '.', 'onnx', 'models');
const files =
  data === undefined || !existsSync(folder) ? [] : readdirSync(folder).filter((name) => name.endsWith('.onnx'));
const runtime = await import('onnxruntime-web').catch(() => undefined);
if (runtime !== undefined) {
  runtime.env.wasm.numThreads = 1;
  runtime.env.logLevel = 'fatal';
}

/** What a model's inputs are, where they are not in ±1. */
const ranges: ReadonlyMap<string, readonly [number, number]> = new Map([
  ['yunet-n-320.onnx', [0, 255]],
  ['mnist-cntk.onnx', [0, 255]],
]);

beforeAll(() => startTensorBackend());

describe.skipIf(files.length === 0 || runtime === undefined)(
  'models of others (skipped without RHEOBASE_DATA or onnxruntime-web)',
  () => {
    it.each(files)('%s computes what onnxruntime computes', async (name) => {
      if (runtime === undefined) return;
      const bytes = readFileSync(join(folder, name));
      const model = importOnnx(bytes, name);
      const session = await runtime.InferenceSession.create(bytes, { logSeverityLevel: 4 });
      const random = xoroshiro128plus(7);
      const feeds = new Map(
        model.inputs.map((port) => {
          const values = Float32Array.from(randomArray(random, [port.order.length], ...(ranges.get(name) ?? [-1, 1])));
          // The mask that it counts the right pixels of.
          if (name.startsWith('carvana'))
            for (let i = 3 * 31 * 47; i < values.length; i += 1) values[i] = i % 3 === 0 ? 1 : 0;
          return [port.name, values] as const;
        }),
      );
      const tensors = model.inputs.map((port) => [
        port.name,
        new runtime.Tensor('float32', feeds.get(port.name) ?? new Float32Array(), [1, ...port.sampleShape]),
      ]);
      const wanted = await session.run(Object.fromEntries(tensors));
      const found = evaluated(model, feeds);
      for (const { name: output } of model.outputs) {
        const recorded = wanted[output]?.data;
        const numbers = Float64Array.from(
          recorded === undefined || typeof recorded === 'string' ? [] : (recorded as ArrayLike<number | bigint>),
          Number,
        );
        expect(relativeError(numbers, found.get(output) ?? [])).toBeLessThan(1e-4);
      }
    });
  },
);
