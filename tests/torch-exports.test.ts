import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { bind, startTensorBackend } from '@rheobase/execution';
import { fromNetwork, importOnnx, toNetwork } from '@rheobase/interop';
import { inferShapes, shapeAt } from '@rheobase/network';
import { tensor } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf } from './code-blocks.js';
import { root } from './published-packages.js';

/** The first Python with PyTorch; Debian's python3-torch belongs to /usr/bin/python3. */
const python = ['python3', '/usr/bin/python3'].find((program) => {
  try {
    execFileSync(program, ['-c', 'import torch'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});
if (python === undefined) console.log('Skipped: networks exported from PyTorch. No python3 with torch was found.');

interface Recorded {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** What PyTorch computed, by the names in the file. */
interface Example {
  readonly input: Recorded;
  readonly outputs: Readonly<Record<string, Recorded>>;
}

describe.skipIf(python === undefined)('A network exported from PyTorch', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rheobase-torch-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  beforeAll(async () => {
    await startTensorBackend();
    execFileSync(python ?? '', [resolve(import.meta.dirname, 'torch-networks.py'), folder]);
  });

  it('computes after import what PyTorch computes, at every opset', () => {
    const files = readdirSync(folder).filter((file) => file.endsWith('.onnx'));
    expect(files.length).toBeGreaterThan(15);
    for (const file of files) expectSame(file);
  });

  it('can be exported as the guide shows, its two blocks taken as they are', () => {
    const page = readFileSync(resolve(root, 'docs/guides/convert-your-own-network.md'), 'utf8');
    const recipe = blocksOf(page)
      .filter(({ language }) => language === 'python')
      .slice(0, 2)
      .map(({ text }) => text);
    const program = `
import json, torch
from torch import nn
from torch.nn import functional as F
torch.manual_seed(1)
${recipe.join('\n')}
x = torch.rand(1, 3, 32, 32)
with torch.no_grad(): y = model(x)
of = lambda t: {"shape": list(t.shape), "data": t.flatten().tolist()}
json.dump({"input": of(x), "outputs": {"scores": of(y)}}, open("mine.json", "w"))
`;
    writeFileSync(join(folder, 'recipe.py'), program);
    execFileSync(python ?? '', ['recipe.py'], { cwd: folder });
    expectSame('mine.onnx');
  });

  function expectSame(file: string): void {
    const record = JSON.parse(readFileSync(join(folder, `${basename(file, '.onnx')}.json`), 'utf8')) as Example;
    const { network, inputs, outputs } = importOnnx(readFileSync(join(folder, file)), file);
    const [input] = inputs;
    if (input?.node === undefined) throw new Error(`${file} has no input`);
    const bound = bind(network);
    const shape = shapeAt(inferShapes(network), input.node);
    const images = tensor(toNetwork(input, record.input.data), [record.input.shape[0] ?? 1, ...shape]);
    const result = bound.run(images);
    for (const [name, { data }] of Object.entries(record.outputs)) {
      const output = outputs.find((one) => one.name === name);
      if (output?.node === undefined) throw new Error(`${file} has no output '${name}'`);
      const values = fromNetwork(output, result.outputs.get(output.node)?.dataSync<'float32'>() ?? []);
      const greatest = Math.max(...data.map(Math.abs));
      const difference = Math.max(...data.map((value, at) => Math.abs(value - (values[at] ?? Number.NaN))));
      expect(difference / greatest, `${file}: ${name}`).toBeLessThan(1e-5);
    }
    for (const value of result.outputs.values()) value.dispose();
    images.dispose();
    bound.dispose();
  }
});
