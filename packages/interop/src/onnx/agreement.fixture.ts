import { randomArray } from '@rheobase/testing';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { expect } from 'vitest';
import { evaluated, relativeError } from './evaluate.fixture.js';
import type { ImportedOnnx, ImportOnnxOptions } from './import-onnx.js';
import { importOnnx } from './import-onnx.js';
import type { SmallModel } from './models.fixture.js';
import { smallOnnx } from './models.fixture.js';
import { runtimeOutputs } from './runtime.fixture.js';

interface AgreementOptions extends ImportOnnxOptions {
  /** Of the random inputs. Default: −1 and 1. */
  readonly low?: number;
  readonly high?: number;
  /** Samples in a batch that the model leaves open. Default: 1. */
  readonly samples?: number;
}

/** Imports a model and holds the network to onnxruntime, on random inputs. */
export async function expectAgreement(model: SmallModel, options: AgreementOptions = {}): Promise<ImportedOnnx> {
  const { low = -1, high = 1, samples = 1, ...rest } = options;
  const bytes = smallOnnx(model);
  const imported = importOnnx(bytes, 'test.onnx', rest);
  const random = xoroshiro128plus(5);
  const shapes = new Map(
    imported.inputs.map(({ name, shape, sampleShape }) => {
      const isWhole = shape.length === sampleShape.length;
      const batch = typeof shape[0] === 'number' && shape[0] > 0 ? shape[0] : samples;
      return [name, isWhole ? sampleShape : [batch, ...sampleShape]] as const;
    }),
  );
  const feeds = new Map(
    [...shapes].map(([name, shape]) => [name, Float32Array.from(randomArray(random, shape, low, high))] as const),
  );
  const wanted = await runtimeOutputs(bytes, feeds, shapes);
  const found = evaluated(imported, feeds);
  for (const { name } of imported.outputs) {
    if (wanted !== undefined)
      expect(relativeError(wanted.get(name) ?? [], found.get(name) ?? []), name).toBeLessThan(1e-5);
  }
  return imported;
}
