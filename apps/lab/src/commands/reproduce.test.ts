import { link, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rheobaseProcess } from '../command-line.fixture.js';

const tiny = `
paper: { title: none, reference: none }
table: tiny
description: every stage of the paper in seconds
data:
  dataset: glyphs
  normalization: unit
  trainImages: 128
  heldOut: 40
  calibration: 32
  earlyStopping: 16
  testImages: 40
network:
  model: vgg-small
  options: { widths: [8, 8], convolutions: 1 }
  source: { kind: trained, threshold: 2, epochs: 1, rate: 0.05, weightDecay: 0, batch: 32, augment: none }
steps: [3, 2]
method:
  kind: two-stage
  stageOne: { epochs: 1, rate: 0.01, weightDecay: 0, batch: 32, augment: none }
  stageTwo:
    bptt: { loss: mse, rate: 0.001, epochs: 2, patience: 2, batch: 16 }
budget: { minutes: 1, cores: 1 }
expected:
  - { stage: ann, accuracy: 1, tolerance: 0, source: made up for a test }
`;

const tinyDetector = `
task: detection
paper: { title: none, reference: none }
table: tiny detector
description: every stage of a detector in seconds
data: { dataset: scenes, heldOut: 4, trainImages: 16, calibration: 8, earlyStopping: 4, testImages: 4 }
detector:
  model: yolo-small
  options: { widths: [4, 6, 8], inputShape: [48, 48, 3] }
  epochs: 1
  rate: 0.01
  batch: 8
steps: [2]
stageOne: { epochs: 1, rate: 0.001, batch: 8 }
stageTwo:
  passes: [potentials]
budget: { minutes: 1, cores: 1 }
expected: null
reason: made up for a test
`;

let folder = '';
let file = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rheobase-reproduce-command-'));
  file = join(folder, 'tiny.yaml');
  await writeFile(file, tiny);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('rheobase reproduce', () => {
  it('runs a file through every stage, one line of JSON for the result and a page beside it, and fails where a figure is short of the expected', async () => {
    const out = join(folder, 'run');
    // An earlier page with a hard link: a rename must not change the link's content.
    const page = join(out, 'report.html');
    await mkdir(out);
    await writeFile(page, 'an earlier page');
    await link(page, join(folder, 'earlier.html'));
    const run = await rheobaseProcess('reproduce', file, '--steps', '2', '--seed', '1', '--out', out, '--json');
    expect(run.messages).toMatch(/converted: [\d.]+ % of 40 held out/);
    expect(run.messages).toMatch(/Not reproduced: ann below the tolerance/);
    expect(run.code).toBe(1);
    const result = JSON.parse(run.results) as Record<string, unknown>;
    expect(result).toMatchObject({
      ann: expect.any(Number),
      quantClip: expect.any(Number),
      steps: 2,
      seed: 1,
      stages: {
        converted: { accuracyAt: { '1': expect.any(Number), '2': expect.any(Number) } },
        potentials: { accuracyAt: {} },
        bptt: { accuracyAt: {} },
        potentialsAgain: { accuracyAt: {} },
        stage2: { firingRate: expect.any(Number), sopsPerImage: expect.any(Number), energyRatio: expect.any(Number) },
      },
      seconds: { total: expect.any(Number) },
    });
    const text = await readFile(join(out, 'result.json'), 'utf8');
    expect(JSON.parse(text)).toEqual(result);
    expect(text).not.toContain(folder);

    expect(run.messages).toContain(`The report is ${page}.`);
    expect(await readFile(page, 'utf8')).toMatch(/^<!doctype html>[^]*<section id="run">[^]*<\/html>\s*$/i);
    expect(await readFile(join(folder, 'earlier.html'), 'utf8')).toBe('an earlier page');
    expect((await readdir(out)).filter((name) => name.endsWith('.tmp'))).toEqual([]);

    // T, normalization and data set are the run's.
    const simulated = await rheobaseProcess('simulate', '--network', out, '--limit', '40', '--json');
    const again = JSON.parse(simulated.results) as Record<string, unknown>;
    expect(simulated.messages).not.toMatch(/note: /);
    expect(again).toMatchObject({
      steps: 2,
      accuracyAt: (result as { stages: { stage2: { accuracyAt: object } } }).stages.stage2.accuracyAt,
    });
  }, 180_000);

  it('leaves a network that says so where it is run on another data set', async () => {
    const other = ['--dataset', 'cifar10', '--data-dir', join(folder, 'nowhere')];
    const run = await rheobaseProcess('simulate', '--network', join(folder, 'run'), ...other);
    expect(run.messages).toMatch(/^note: vgg-small was made on glyphs but runs on cifar10; without --dataset/m);
    expect(run.code).toBe(1);
  });

  it('refuses a file where its folder is to be', async () => {
    const taken = join(folder, 'taken.txt');
    await writeFile(taken, 'kept');
    const { code, messages } = await rheobaseProcess('reproduce', file, '--out', taken);
    expect(messages).toMatch(/^rheobase: .*taken\.txt is a file, and --out names a folder\./);
    expect(code).toBe(1);
  });

  it('refuses an experiment that does not exist, and one that is not well-formed', async () => {
    const unknown = await rheobaseProcess('reproduce', 'two-stage/glyph');
    expect(unknown.messages).toMatch(/no experiment 'two-stage\/glyph'\. Did you mean 'two-stage\/glyphs'/);
    expect(unknown.code).toBe(1);
    const slip = join(folder, 'slip.yaml');
    await writeFile(slip, tiny.replace('heldOut', 'heldout'));
    const run = await rheobaseProcess('reproduce', slip);
    expect(run.messages).toMatch(/slip\.yaml:9: data\.heldout: .*Did you mean 'heldOut'/);
    expect(run.code).toBe(1);
  });

  it('refuses to go on in the folder of another run', async () => {
    const run = await rheobaseProcess('reproduce', file, '--steps', '3', '--seed', '1', '--out', join(folder, 'run'));
    // Only the message: nothing reports the start of a run.
    expect(run.messages).toMatch(
      /^rheobase: .*holds another run: 'steps' was 2 and is 3(; '[^;\n]*){0,3}(; and \d+ more differences?)?\.\nChoose another folder/,
    );
    expect(run.code).toBe(1);
  });
});

describe('rheobase reproduce of a detector', () => {
  it('leaves a result and the page on it, which report draws again', async () => {
    const [given, out] = [join(folder, 'detector.yaml'), join(folder, 'detector')];
    await writeFile(given, tinyDetector);
    const run = await rheobaseProcess('reproduce', given, '--out', out, '--json');
    const page = join(out, 'report.html');
    expect(run.messages).toContain(`The report is ${page}.`);
    expect(run.code).toBe(0);
    const html = await readFile(page, 'utf8');
    expect(html).toContain('<h1>tiny detector: yolo-small on scenes</h1>');
    expect(html).toMatch(/Mean AP@0\.5 after T time steps/);
    expect(html).toContain('stage II (a): initial potentials');

    const report = await rheobaseProcess('report', out, '--out', join(folder, 'again.html'));
    expect(report.code).toBe(0);
    expect(await readFile(join(folder, 'again.html'), 'utf8')).toBe(html);
    const listed = await rheobaseProcess('runs', out);
    expect(listed.results).toMatch(/detector +finished +yolo-small +scenes +2 +0 +mean AP@0\.5/);
  }, 180_000);

  it('prints a table in the words of the others, with the minutes and the network that was chosen', async () => {
    const again = await rheobaseProcess('reproduce', join(folder, 'detector.yaml'), '--out', join(folder, 'detector'));
    expect(again.results).toMatch(/^mean AP@0\.5 +held out +T = 1 +T = 2 +firing rate +SOPs\/image +energy\/ANN$/m);
    expect(again.results).toMatch(/^stage I: quantized, L = 2 /m);
    expect(again.results).toMatch(/^stage II \(a\): initial potentials /m);
    expect(again.results).toMatch(/^4 test images, read once, /m);
    expect(again.results).toMatch(
      /^\d+\.\d minutes\. .*network\.safetensors is '(converted|stage II \(a\): initial potentials)', chosen on held-out training images\.$/m,
    );
    expect(again.results).not.toMatch(/smoke/);
  }, 180_000);

  it('takes --limit, --deterministic and the event engine’s --threads, and says in a smoke run that figures mean nothing', async () => {
    const [given, out] = [join(folder, 'detector.yaml'), join(folder, 'limited')];
    const options = ['--smoke', '--limit', '2', '--deterministic', '--engine', 'event', '--threads', '2'];
    const run = await rheobaseProcess('reproduce', given, '--out', out, ...options);
    expect([run.code, run.code === 0 ? '' : run.messages]).toEqual([0, '']);
    expect(run.results).toMatch(/^2 test images, /m);
    expect(run.results).toMatch(/^A smoke run, whose figures mean nothing: .*8 training images/m);
    const configured = JSON.parse(await readFile(join(out, 'config.json'), 'utf8')) as object;
    expect(configured).toMatchObject({ run: { data: { testImages: 2 }, engine: 'event', kernels: 'plain' } });
    const other = await rheobaseProcess(
      'reproduce',
      given,
      '--out',
      out,
      '--smoke',
      '--limit',
      '3',
      ...options.slice(3),
    );
    expect(other.messages).toMatch(/^rheobase: .*holds another run: 'data\.testImages' was 2 and is 3/);
  }, 180_000);

  it('refuses threads that nothing takes, and what is for networks that classify', async () => {
    const given = join(folder, 'detector.yaml');
    const threads = await rheobaseProcess('reproduce', given, '--threads', '2');
    expect(threads.messages).toMatch(/^rheobase: --threads of an experiment on a detector .* give --engine event/);
    const weights = await rheobaseProcess('reproduce', given, '--weights', 'any');
    expect(weights.messages).toMatch(/^rheobase: --weights is not for experiments on detectors/);
    expect([threads.code, weights.code]).toEqual([1, 1]);
  });
});

describe('rheobase calibrate', () => {
  it('converts and calibrates a quantized network, and simulate gives the same on what it wrote', async () => {
    const out = join(folder, 'calibrated');
    const quantized = join(folder, 'run', 'quantClip.safetensors');
    const images = ['--calibration-images', '32', '--stopping-images', '16', '--held-out', '40', '--test-images', '40'];
    const method = ['--method', 'potentials', 'bptt', '--epochs', '1', '--loss', 'mse', '--rate', '0.001'];
    const given = ['calibrate', '--network', quantized, '--dataset', 'glyphs', ...images, ...method, '--out', out];
    const run = await rheobaseProcess(...given, '--json');
    expect(run.code).toBe(0);
    const result = JSON.parse(run.results) as Record<string, unknown>;
    expect(result).toMatchObject({
      steps: 2,
      accuracyAt: { '1': expect.any(Number), '2': expect.any(Number) },
      validationAccuracy: expect.any(Number),
      images: 40,
      stages: { quantClip: {}, converted: {}, '1-initial-potentials': {}, '2-layerwise-bptt': {} },
    });
    const simulated = await rheobaseProcess(
      'simulate',
      '--network',
      out,
      '--dataset',
      'glyphs',
      '--limit',
      '40',
      '--json',
    );
    expect(JSON.parse(simulated.results)).toMatchObject({ accuracyAt: result['accuracyAt'] });

    const resumed = await rheobaseProcess('calibrate', '--resume', out, '--json');
    expect([resumed.code, resumed.code === 0 ? '' : resumed.messages]).toEqual([0, '']);
    expect(JSON.parse(resumed.results)).toEqual(result);
    const settled = await rheobaseProcess('calibrate', '--resume', out, '--method', 'light');
    expect(settled.messages).toMatch(/omit --method, or start another run/);
    const listed = await rheobaseProcess('runs', out);
    expect(listed.results).toMatch(/calibrated +finished \(calibrate\) +vgg-small +glyphs +2 +0 +accuracy/);
    expect(await readFile(join(out, 'report.html'), 'utf8')).toMatch(/pass 2: layer-wise BPTT/);
  }, 180_000);

  it('refuses an unknown method and a spiking network', async () => {
    const given = ['calibrate', '--dataset', 'glyphs', '--out', join(folder, 'never')];
    const unknown = await rheobaseProcess(
      ...given,
      '--network',
      join(folder, 'run', 'quantClip.safetensors'),
      '--method',
      'bppt',
    );
    expect(unknown.messages).toMatch(/no calibration method 'bppt'\. Did you mean 'bptt'/);
    const spiking = await rheobaseProcess(...given, '--network', join(folder, 'run', 'network.safetensors'));
    expect(spiking.messages).toMatch(
      /run.network\.safetensors is a spiking network; calibrate starts from the quantized one/,
    );
  });
});
