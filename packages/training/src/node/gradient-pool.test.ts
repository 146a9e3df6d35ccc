import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { defaultActivations } from '@rheobase/activations';
import { bind, startTensorBackend } from '@rheobase/execution';
import type { Network } from '@rheobase/network';
import { registerTrainingKernels } from '@rheobase/tfjs-wasm-training';
import type { FitOptions } from '@rheobase/training';
import { analogForward, cosine, distillation, fit, teacherFrom } from '@rheobase/training';
// By the package's name, so that the threads find their own module beside it, built.
import { gradientPool } from '@rheobase/training/node';
import { memory } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { halvesSource, tinyNetwork } from '../tiny-task.fixture.js';

beforeAll(async () => {
  await startTensorBackend();
  await registerTrainingKernels();
});

async function trained(options: Partial<FitOptions>): Promise<Network> {
  const [bound, teaching] = [bind(tinyNetwork('quant-clip')), bind(tinyNetwork())];
  try {
    await fit(bound, halvesSource(6), {
      epochs: 2,
      schedule: cosine(0.05),
      seed: 3,
      microBatch: 5,
      loss: distillation(),
      teacher: teacherFrom(teaching),
      ...options,
    });
    return bound.snapshot();
  } finally {
    bound.dispose();
    teaching.dispose();
  }
}

const valuesOf = ({ parameters }: Network) => [...parameters].map(([name, { data }]) => [name, data] as const);

// Each thread starts a tensor backend of its own.
describe('gradientPool', { timeout: 60_000 }, () => {
  it('gives the same bytes with one thread, with two, or on this one', async () => {
    const before = memory().numTensors;
    const expected = valuesOf(await trained({}));
    for (const threads of [1, 2]) {
      expect(valuesOf(await trained({ engine: gradientPool({ threads }) }))).toEqual(expected);
    }
    expect(memory().numTensors).toBe(before);
  });

  it('gives the same bytes where batch norms are frozen and some parameters do not train', async () => {
    const options = {
      forward: analogForward({ batchNorms: 'running' }),
      trains: (name: string) => name !== 'conv.weight',
    };
    expect(valuesOf(await trained({ ...options, engine: gradientPool({ threads: 2 }) }))).toEqual(
      valuesOf(await trained(options)),
    );
  });

  it('gives the same bytes where features are distilled', async () => {
    const options = { loss: distillation({ weight: 1, features: { site: 0.5 } }) };
    expect(valuesOf(await trained({ ...options, engine: gradientPool({ threads: 2 }) }))).toEqual(
      valuesOf(await trained(options)),
    );
  });

  it('gives the same bytes with models of modules, and names them where it is given none', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rheobase-gradient-pool-'));
    const file = join(folder, 'models.mjs');
    await writeFile(
      file,
      `import { defaultActivations } from ${JSON.stringify(import.meta.resolve('@rheobase/activations'))};
       export default { activations: [{ ...defaultActivations.get('quant-clip'), kind: 'own-clip' }] };`,
    );
    const own = { ...defaultActivations.get('quant-clip'), kind: 'own-clip' };
    const activations = defaultActivations.with([own.kind, own]);
    const plain = tinyNetwork('quant-clip');
    const network = {
      ...plain,
      nodes: plain.nodes.map((node) =>
        node.op === 'activation' ? { ...node, activation: { ...node.activation, kind: own.kind } } : node,
      ),
    };
    const fitted = async (options: Partial<FitOptions>): Promise<Network> => {
      const bound = bind(network, { activations });
      try {
        await fit(bound, halvesSource(6), { epochs: 1, schedule: cosine(0.05), seed: 3, microBatch: 5, ...options });
        return bound.snapshot();
      } finally {
        bound.dispose();
      }
    };
    const modules = [pathToFileURL(file).href];
    expect(valuesOf(await fitted({ engine: gradientPool({ threads: 2, modules }) }))).toEqual(
      valuesOf(await fitted({})),
    );
    await expect(fitted({ engine: gradientPool({ threads: 1 }) })).rejects.toThrow(/training thread 1.*own-clip/s);
    await rm(folder, { recursive: true });
  });

  it('says which thread cannot do what is asked, and why', async () => {
    const engine = gradientPool({ threads: 1 });
    const unknown = { description: { kind: 'hinge' }, evaluate: distillation().evaluate };
    await expect(trained({ engine, loss: unknown })).rejects.toThrow(
      /training thread 1 of 1: There is no loss 'hinge'/,
    );
    const { logits } = teacherFrom(bind(tinyNetwork()));
    await expect(trained({ engine, teacher: { logits } })).rejects.toThrow(/make it with teacherFrom\(bound\)/);
  });

  it('has a thread at least', () => {
    expect(() => gradientPool({ threads: 0 })).toThrow(/integer of at least 1, not 0/);
  });
});
