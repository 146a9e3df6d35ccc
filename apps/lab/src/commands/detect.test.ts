import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scenes } from '@rheobase/datasets';
import { saveWeightsFile } from '@rheobase/interop/node';
import { defaultDetectors, glyphNet, reluSites } from '@rheobase/models';
import { float32Parameter, networkBuilder } from '@rheobase/network';
import { writeNetworkFile } from '@rheobase/network/node';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rheobase } from '../command-line.fixture.js';

let folder: string;
/** A folder of scenes as PNG files. */
let images: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rheobase-detect-'));
  images = join(folder, 'images', 'nested');
  await mkdir(images, { recursive: true });
  const source = scenes({ split: 'train', length: 6 });
  for (let index = 0; index < source.length; index += 1) {
    const { image } = await source.read(index);
    const { data, height, width } = image;
    await sharp(data, { raw: { height, width, channels: 3 } })
      .png()
      .toFile(join(images, `${index}.png`));
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const small = ['--model', 'yolo-small', '--model-option', 'widths=4,6,8', '--score', '0.1'];
const conversion = (): string[] => [
  '--calibration-folder',
  join(folder, 'images'),
  '--calibration-images=4',
  '--calibrate=none',
];

describe('rheobase detect', () => {
  it('draws boxes on an image and lists them', async () => {
    const out = join(folder, 'found.png');
    const run = await rheobase('detect', ...small, '--image', join(images, '0.png'), '--out', out, '--json');
    expect(run.messages).toMatch(/random weights/);
    expect(run.code).toBe(0);
    const result = JSON.parse(run.results) as { width: number; found: { kind: string; detections: unknown[] }[] };
    expect(result.width).toBe(96);
    expect(result.found.map(({ kind }) => kind)).toEqual(['analog']);
    expect(await sharp(out).metadata(), 'five times as large').toMatchObject({
      format: 'png',
      width: 480,
      height: 480,
    });
  });

  it('sets the spiking network beside the analog one', async () => {
    const out = join(folder, 'both.png');
    const given = ['--image', join(images, '1.png'), '--steps', '4', '--compare', '--out', out];
    const run = await rheobase('detect', ...small, ...conversion(), ...given);
    expect(run.code).toBe(0);
    expect(run.results).toMatch(/analog network/);
    expect(run.results).toMatch(/spiking network, T = 4/);
    expect((await sharp(out).metadata()).width).toBe(960);
  });

  it('refuses options of conversion where nothing is converted', async () => {
    const run = await rheobase('detect', ...small, '--image', join(images, '0.png'), '--percentile', '50');
    expect(run.code).toBe(1);
    expect(run.messages).toMatch(/--percentile has no effect here: .*without --steps T nothing is converted/);
  });

  it('refuses an engine where no spiking network is run', async () => {
    const run = await rheobase('detect', ...small, '--image', join(images, '0.png'), '--engine', 'event');
    expect(run.code).toBe(1);
    expect(run.messages).toMatch(/--engine has no effect here: without --steps T no spiking network is run/);
  });

  it('says what simulated, in words and in its JSON', async () => {
    const given = [
      'detect',
      ...small,
      ...conversion(),
      '--steps=2',
      '--engine=event',
      '--image',
      join(images, '0.png'),
    ];
    expect((await rheobase(...given)).results).toMatch(/Simulated by the event engine in float32\./);
    const { found } = JSON.parse((await rheobase(...given, '--json')).results) as { found: object[] };
    expect(found).toMatchObject([{ kind: 'spiking', steps: 2, engine: 'event', precision: 'float32' }]);
  });

  it('refuses a network that classifies, by its name or its file, and says what runs it', async () => {
    const file = join(folder, 'glyph-net.safetensors');
    await writeNetworkFile(file, glyphNet({ seed: 0 }));
    for (const given of [
      ['--model', 'glyph-net'],
      ['--network', file],
    ]) {
      const { code, messages } = await rheobase('detect', ...given, '--image', join(images, '0.png'));
      expect(messages).toMatch(/glyph-net .*classifies images and does not find boxes[^]*`rheobase evaluate`/);
      expect(code).toBe(1);
    }
  });

  it.each([
    ['a picture of another kind', ['--out', 'found.jpg'], /found\.jpg.*\.png/],
    ['a comparison with nothing', ['--compare'], /--compare needs --steps/],
    ['conversion without images', ['--steps', '4'], /--calibration-folder/],
    ['a folder without images', ['--steps', '4', '--calibration-folder', 'docs'], /holds no image/],
  ])('refuses %s', async (_, more, message) => {
    const run = await rheobase('detect', ...small, '--image', join(images, '0.png'), ...more);
    expect(run.code).toBe(1);
    expect(run.messages).toMatch(message);
  });

  it('refuses a folder, a missing file, what is no image, and a model that is no detector, naming them', async () => {
    const broken = join(folder, 'broken.jpg');
    await writeFile(broken, 'not a picture');
    for (const [image, why] of [
      [images, /nested: .*it is a folder; give an image file/],
      [join(images, 'none.png'), /none\.png: .*there is no such file/],
      [broken, /broken\.jpg: .*it is no JPEG, PNG/],
    ] as const) {
      const { code, messages } = await rheobase('detect', ...small, '--image', image);
      expect(messages).toMatch(why);
      expect(code).toBe(1);
    }
    const other = await rheobase('detect', '--model', 'fastestdeet', '--image', broken);
    expect(other.messages).toMatch(/fastestdeet.*fastestdet/);
  });
});

describe('rheobase convert-detector and evaluate-detector', () => {
  it('write a spiking detector, and tell its mean AP and cost after every t', async () => {
    const out = join(folder, 'spiking');
    const converted = await rheobase(
      'convert-detector',
      ...small.slice(0, 4),
      ...conversion(),
      '--steps',
      '4',
      '--out',
      out,
    );
    expect(converted.code).toBe(0);
    const given = ['--network', out, '--dataset', 'scenes', '--limit', '3', '--json'];
    const run = await rheobase('evaluate-detector', ...given);
    expect(run.messages).toBe('');
    const result = JSON.parse(run.results) as {
      analog: { protocol: string; meanAp: number };
      spiking: { at: { steps: number; distance: number; sopsPerImage: number }[] };
    };
    expect(result.analog.protocol).toBe('voc-2010');
    expect(result.spiking.at.map(({ steps }) => steps)).toEqual([1, 2, 4]);
    for (const { distance, sopsPerImage } of result.spiking.at) {
      expect(distance).toBeGreaterThan(0);
      expect(sopsPerImage).toBeGreaterThan(0);
    }
    const other = await rheobase(
      'detect',
      '--network',
      out,
      '--compare',
      '--image',
      join(images, '2.png'),
      '--score',
      '0.1',
    );
    expect(other.results).toMatch(/analog network[^]*spiking network, T = 4/);
  });

  it('take the set from the run in whose folder the detector stands, and ask for it elsewhere', async () => {
    const out = join(folder, 'of-a-run');
    await mkdir(out);
    await writeNetworkFile(
      join(out, 'network.safetensors'),
      defaultDetectors.get('yolo-small').build({ widths: [4, 6, 8] }),
    );
    const given = ['evaluate-detector', '--network', out, '--limit', '2'];
    const asked = await rheobase(...given);
    expect(asked.messages).toMatch(/No data set was chosen\. Give --dataset, one of .*scenes/);
    expect(asked.code).toBe(1);
    await writeFile(join(out, 'config.json'), JSON.stringify({ run: { data: { dataset: 'scenes' } } }));
    const run = await rheobase(...given, '--json');
    expect(run.messages).toBe('');
    expect(JSON.parse(run.results)).toMatchObject({ dataset: 'scenes', images: 2 });
  });

  it('by another protocol, and refuse a set of other classes', async () => {
    const run = await rheobase(
      'evaluate-detector',
      ...small.slice(0, 4),
      '--dataset',
      'scenes',
      '--limit',
      '2',
      '--protocol',
      'coco',
    );
    expect(run.results).toMatch(/coco .* over \d classes[^]*AP-small/);
    const classes = ['--model-option', 'classes=3'];
    const other = await rheobase('evaluate-detector', ...small.slice(0, 4), ...classes, '--dataset', 'scenes');
    expect(other.messages).toMatch(/3 classes.*scenes has 5/);
  });
});

describe('the options of a conversion', () => {
  const out = (): string => join(folder, 'refused');
  it.each([
    ['--percentile', ['--thresholds=least-squares', '--percentile=50'], /least-squares uses no percentile/],
    ['--epochs', ['--calibrate=light', '--epochs=3'], /--calibrate light has no epochs/],
    ['--epochs', ['--calibrate=none', '--epochs=3'], /--calibrate none has no epochs/],
    ['--held-out', ['--calibrate=none', '--held-out=2'], /--calibrate none corrects nothing/],
    ['--neuron-option', ['--neuron-option=leak=0.9'], /needs --neuron/],
  ])('are refused if they have no effect given the others: %s, given %j', async (option, more, why) => {
    for (const command of [
      ['convert-detector', '--out', out()],
      ['evaluate-detector', '--dataset', 'scenes', '--limit=1'],
    ]) {
      const run = await rheobase(...command, ...small.slice(0, 4), ...conversion(), '--steps=2', ...more);
      expect(run.messages).toMatch(new RegExp(`${option} has no effect here: .*${why.source}`));
      expect(run.code).toBe(1);
    }
  });

  it('take levels where quantized networks are written or calibrated by, and refuse them elsewhere', async () => {
    const given = [...small.slice(0, 4), ...conversion(), '--steps=2', '--levels=4'];
    const run = await rheobase('evaluate-detector', '--dataset', 'scenes', '--limit=1', ...given);
    expect(run.messages).toMatch(/--levels has no effect here/);
    const written = await rheobase('convert-detector', '--out', join(folder, 'levels'), ...given);
    expect(written.code).toBe(0);
  });

  it('need no images besides those that thresholds are taken from, where nothing is calibrated', async () => {
    const given = [...small.slice(0, 4), ...conversion(), '--calibration-images=6', '--steps=2'];
    expect((await rheobase('convert-detector', ...given, '--out', join(folder, 'all-six'))).code).toBe(0);
    const light = await rheobase('convert-detector', ...given, '--calibrate=light', '--held-out=1', '--out', out());
    expect(light.messages).toMatch(/holds 6 images, but 6 are needed for conversion and 1 more for selection/);
  });

  it('take a neuron with its constants, and say which one it lacks', async () => {
    const activation = join(folder, 'relu.safetensors');
    const relu = defaultDetectors.get('yolo-small').build({ widths: [4, 6, 8], activation: reluSites });
    await writeNetworkFile(activation, relu);
    const given = ['evaluate-detector', '--network', activation, '--dataset=scenes', '--limit=1', ...conversion()];
    const lif = [...given, '--steps=2', '--neuron=lif'];
    const lacking = await rheobase(...lif);
    expect(lacking.messages).toMatch(/lif needs a value for leak: give --neuron-option leak=NUMBER/);
    const run = await rheobase(...lif, '--neuron-option=leak=0.9', '--json');
    expect([run.code, run.messages.replace(/^(note|warning):.*$/gm, '').trim()]).toEqual([0, '']);
    const shifted = await rheobase(...given, '--steps=2', '--neuron=if-shift', '--json');
    expect(shifted.code).toBe(0);
  });
});

describe('rheobase evaluate-detector', () => {
  it('says what simulated, in words and in its JSON', async () => {
    const given = [
      ...small.slice(0, 4),
      ...conversion(),
      '--steps=2',
      '--dataset=scenes',
      '--limit=1',
      '--engine=event',
    ];
    const run = await rheobase('evaluate-detector', ...given);
    expect(run.results).toMatch(/Simulated by the event engine in float32\./);
    const { results } = await rheobase('evaluate-detector', ...given, '--json');
    expect(JSON.parse(results)).toMatchObject({ engine: 'event', precision: 'float32' });
  });

  it('names the splits of a set if one is wrong or not in the folder, and what a set without a folder needs', async () => {
    const data = join(folder, 'data');
    const found = join(data, 'coco', 'annotations');
    await mkdir(found, { recursive: true });
    await writeFile(join(found, 'instances_train2017.json'), '{"images":[],"annotations":[],"categories":[]}');
    const given = ['evaluate-detector', ...small.slice(0, 4), '--dataset=coco'];
    const absent = await rheobase(...given, '--data-dir', data);
    expect(absent.messages).toMatch(/instances_val2017\.json: no such file[^]*'validation' of coco.*--split train/);
    const empty = await rheobase(...given, '--data-dir', data, '--split=train');
    expect(empty.messages).toMatch(/lists no image[^]*'train' of coco.*--split validation/);
    const wrong = await rheobase(...given, '--data-dir', data, '--split=vall');
    expect(wrong.messages).toMatch(/--split vall: .*no split of coco 'vall'.*train.*validation/);
    const nowhere = await rheobase(...given);
    expect(nowhere.messages).toMatch(/coco needs files: give --data-dir.*cocodataset\.org/);
    for (const { code } of [absent, empty, wrong, nowhere]) expect(code).toBe(1);
  });
});

describe('rheobase evaluate-detector --record', () => {
  interface Kept {
    readonly command: string;
    readonly options: Readonly<Record<string, unknown>>;
    readonly sha256: Readonly<Record<string, string>>;
    readonly result: object;
  }
  const sha256 = async (file: string): Promise<string> =>
    createHash('sha256')
      .update(await readFile(file))
      .digest('hex');

  const imagesOfScenes: unknown = expect.stringMatching(/^[0-9a-f]{64}$/);
  let weights: string;
  beforeAll(async () => {
    weights = join(folder, 'weights.safetensors');
    await saveWeightsFile(defaultDetectors.get('yolo-small').build({ widths: [4, 6, 8] }), weights, 'rheobase');
  });

  /** The record of a run on two scenes. */
  async function recorded(name: string, ...more: string[]): Promise<Kept> {
    const file = join(folder, `${name}.json`);
    const given = ['--dataset', 'scenes', '--limit', '2', '--json', '--record', file];
    const run = await rheobase('evaluate-detector', ...more, ...given);
    expect([run.code, run.code === 0 ? '' : run.messages]).toEqual([0, '']);
    const text = await readFile(file, 'utf8');
    const kept = JSON.parse(text) as Kept;
    expect(kept.result).toEqual(JSON.parse(run.results));
    expect(kept.command).toBe('rheobase evaluate-detector');
    expect(text, 'no path').not.toContain(folder);
    return kept;
  }
  const asked = { dataset: 'scenes', limit: 2 };
  const spiking = { engine: 'auto', threads: 1, energyModel: 'horowitz-45nm', firstLayer: 'once', readOut: 'counted' };
  const model = (): string[] => [...small.slice(0, 4), '--weights', weights];

  it('of an analog detector has its weights’ hash, and no options of conversion, engine or energy', async () => {
    const kept = await recorded('analog', ...model());
    expect(kept.options).toEqual({ ...asked, model: 'yolo-small', modelOption: { widths: [4, 6, 8] } });
    expect(kept.sha256).toEqual({ weights: await sha256(weights), images: imagesOfScenes });
  });

  it('of a detector that is converted has the options of conversion, T, engine and energy', async () => {
    const kept = await recorded('converted', ...model(), ...conversion(), '--steps', '2');
    expect(kept.options).toEqual({
      ...asked,
      ...spiking,
      model: 'yolo-small',
      modelOption: { widths: [4, 6, 8] },
      steps: 2,
      calibrationImages: 4,
      thresholds: 'percentile',
      percentile: 99.9,
      calibrate: 'none',
      seed: 0,
    });
    expect(kept.sha256).toEqual({ weights: await sha256(weights), images: imagesOfScenes });
  });

  it('of a detector that is converted and calibrated has no percentile and no epochs if they have no effect', async () => {
    const how = [
      '--thresholds=least-squares',
      '--calibrate=light',
      '--calibration-images=4',
      '--held-out=2',
      '--levels=4',
    ];
    const kept = await recorded(
      'light',
      ...model(),
      '--calibration-folder',
      join(folder, 'images'),
      ...how,
      '--steps=2',
    );
    const { batch: _, dataset: __, limit: ___, model: ____, modelOption: _____, ...rest } = kept.options;
    expect(rest).toEqual({
      ...spiking,
      steps: 2,
      calibrationImages: 4,
      heldOut: 2,
      thresholds: 'least-squares',
      levels: 4,
      calibrate: 'light',
      seed: 0,
    });
  });

  it('of a spiking detector has the hash of its network’s file, and no options of conversion', async () => {
    const out = join(folder, 'recorded-spiking');
    const given = [...model(), ...conversion(), '--steps', '2', '--out', out];
    expect((await rheobase('convert-detector', ...given)).code).toBe(0);
    const kept = await recorded('spiking', '--network', out);
    expect(kept.options).toEqual({ ...asked, ...spiking, modelOption: {} });
    expect(kept.sha256).toEqual({
      network: await sha256(join(out, 'network.safetensors')),
      images: imagesOfScenes,
    });
  });
});

describe('rheobase models --detectors', () => {
  it('lists the detectors', async () => {
    const { results } = await rheobase('models', '--detectors');
    for (const name of ['fastestdet', 'tiny-yolov2', 'tiny-yolov3', 'yolov2-resnet34']) expect(results).toContain(name);
  });
});

describe('rheobase evaluate-detector of an ONNX model', () => {
  /** A map of 6×6 cells on images of 96×96, with this many classes. */
  async function mapOf(classes: number): Promise<string> {
    const [network, file] = ['safetensors', 'onnx'].map((ending) => join(folder, `map-${classes}.${ending}`));
    const build = networkBuilder();
    const shape = [16, 16, 3, 5 + classes];
    const size = shape.reduce((a, b) => a * b);
    const data = Float32Array.from({ length: size }, (_, k) => Math.sin(k) / 300);
    const conv = build.conv2d('conv', build.input('image', [96, 96, 3]), {
      weight: float32Parameter('weight', shape, data),
      stride: [16, 16],
    });
    build.output('map', build.activation('relu', conv, { kind: 'relu' }));
    await writeNetworkFile(network ?? '', build.build());
    expect((await rheobase('export', '--network', network ?? '', '--out', file ?? '')).code).toBe(0);
    return file ?? '';
  }
  const evaluate = async (classes: number, ...more: string[]) => {
    const set = ['--dataset', 'scenes', '--limit', '4', '--normalization', 'unit', '--json'];
    return rheobase(
      'evaluate-detector',
      '--network',
      await mapOf(classes),
      '--head',
      'fastestdet-activated',
      ...set,
      ...more,
    );
  };
  const named = async (...names: readonly string[]): Promise<readonly string[]> => {
    await writeFile(join(folder, 'names.txt'), names.join('\n'));
    return ['--labels', join(folder, 'names.txt')];
  };

  it('gives average precision with a head by its name, analog and spiking, and says whose classes it takes', async () => {
    const run = await evaluate(5, '--steps', '2', ...conversion());
    expect(JSON.parse(run.results)).toMatchObject({
      images: 4,
      analog: { meanApAtHalf: expect.any(Number) },
      spiking: { images: 4 },
    });
    expect(run.messages).toMatch(/does not name its classes; they are taken to be those of scenes/);
  });

  it('refuses classes that are not those of the set', async () => {
    const { classNames } = scenes({ split: 'test', length: 1 });
    expect((await evaluate(5, ...(await named(...classNames)))).code).toBe(0);
    const turned = await evaluate(5, ...(await named(...classNames.toReversed())));
    expect(turned.messages).toMatch(/Class 0 of the detector is .* the order differs/);
    const faces = await evaluate(1, ...(await named('face')));
    expect([faces.code, faces.messages]).toEqual([
      1,
      expect.stringMatching(/finds 1 class \(face\), and scenes has no/),
    ]);
    expect((await evaluate(3)).messages).toMatch(/has 3 classes, but scenes has 5/);
  });
});
