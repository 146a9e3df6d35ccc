import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { registry } from '@rheobase/network';
import { create, Header } from 'tar';
import { describe, expect, it } from 'vitest';
import { writeCifar10, writeCifar100, writeImageNet, writeMnist, writeTinyImageNet } from '../testing/fake-sets.js';
import { type FileServer, fileServer, serveRanges } from '../testing/file-server.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { openCifar10 } from './cifar.js';
import type { Dataset } from './dataset.js';
import { defaultDatasets } from './default-datasets.js';
import { defaultCacheDir, download } from './download.js';
import { openDataset } from './open-dataset.js';
import type { PublishedFile, PublishedSet } from './published-set.js';

describe('openDataset', () => {
  it('opens every set with files from one data folder, by default at the split it is evaluated on', async () => {
    const dataDir = await temporaryFolder();
    await Promise.all([
      writeCifar10(dataDir),
      writeCifar100(dataDir),
      writeMnist(dataDir),
      writeMnist(dataDir, 'fashion-mnist'),
      writeImageNet(dataDir),
      writeTinyImageNet(dataDir),
    ]);
    // The user's own folder has no fixed name; its own test opens it.
    for (const name of defaultDatasets.names.filter(
      (known) => known !== 'folder' && defaultDatasets.get(known).origin.kind !== 'procedural',
    )) {
      const source = await openDataset(name, { dataDir });
      expect([source.name, source.split]).toEqual([name, defaultDatasets.get(name).evaluationSplit]);
      expect((await source.read([0])).labels.length).toBe(1);
      await source.close();
    }
    const training = await openDataset('cifar10', { dataDir, split: 'train' });
    expect(training.length).toBe(9);
    await training.close();
  });

  it('names the nearest for a name mistyped, and the splits there are', async () => {
    await expect(openDataset('cifar-10', { dataDir: '.' })).rejects.toThrow(
      "There is no data set 'cifar-10'. Did you mean 'cifar10'?",
    );
    await expect(openDataset('cifar10', { dataDir: '.', split: 'validation' })).rejects.toThrow(
      "cifar10 has no split 'validation'; it has train, test",
    );
    await expect(openDataset('imagenet', { dataDir: '.', split: 'test' })).rejects.toThrow('it has train, validation');
  });

  it('opens the procedural set without any folder, and downloads nothing for it', async () => {
    expect((await openDataset('glyphs')).length).toBe(2000);
    const cacheDir = await temporaryFolder();
    expect((await openDataset('glyphs', { cacheDir, split: 'train' })).length).toBe(10_000);
    expect(await readdir(cacheDir)).toEqual([]);
    await expect(download('glyphs', { cacheDir })).rejects.toThrow(
      'glyphs is procedural; there is nothing to download',
    );
  });

  it('asks for a folder where one is needed', async () => {
    await expect(openDataset('mnist')).rejects.toThrow('mnist needs files: give dataDir');
  });

  it('finds a Tiny-ImageNet of another size, and asks which if there are several', async () => {
    const dataDir = await temporaryFolder();
    await expect(openDataset('tiny-imagenet', { dataDir })).rejects.toThrow('holds no folder tiny-imagenet-200');
    await writeTinyImageNet(dataDir);
    await mkdir(join(dataDir, 'imagenet', 'tiny-imagenet-32px'), { recursive: true });
    await expect(openDataset('tiny-imagenet', { dataDir })).rejects.toThrow(
      /which of .*tiny-imagenet-200, .*tiny-imagenet-32px is meant/,
    );
  });
});

describe('defaultDatasets', () => {
  it('takes another set in one line, and refuses a name twice', async () => {
    const [cifar] = [defaultDatasets.get('cifar10')];
    expect(defaultDatasets.with(['mine', { ...cifar, name: 'mine' }]).get('mine').name).toBe('mine');
    expect(() => defaultDatasets.with(['cifar10', cifar])).toThrow("'cifar10' is registered twice");
  });

  it('are registered under their own names and evaluate on a split they have', () => {
    for (const name of defaultDatasets.names) {
      const dataset = defaultDatasets.get(name);
      expect(dataset.name).toBe(name);
      expect(dataset.splits).toContain(dataset.evaluationSplit);
    }
  });
});

const describeFile = async (url: string, path: string): Promise<PublishedFile> => {
  const content = await readFile(path);
  return { url, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
};

/** A registry with one set, published on a server of this machine. */
async function publish(kind: 'files' | 'tar.gz', folder = 'cifar-10-batches-bin') {
  const origin = await temporaryFolder();
  const original = await writeCifar10(origin);
  const files = new Map<string, Uint8Array>();
  let failing = false;
  const server: FileServer = await fileServer((request, response) => {
    const content = files.get((request.url ?? '').slice(1));
    if (content && !failing) return serveRanges(content, request, response);
    response.writeHead(failing ? 503 : 404);
    response.end();
  });
  let form: PublishedSet['form'];
  if (kind === 'files') {
    const names = (await readdir(original)).toSorted();
    for (const name of names) files.set(name, await readFile(join(original, name)));
    form = {
      kind,
      files: await Promise.all(names.map((name) => describeFile(server.url(name), join(original, name)))),
    };
  } else {
    const path = join(origin, 'set.tar.gz');
    await create({ gzip: true, cwd: origin, file: path }, ['cifar-10-batches-bin']);
    files.set('set.tar.gz', await readFile(path));
    form = { kind, archive: await describeFile(server.url('set.tar.gz'), path) };
  }
  const small: Dataset = {
    name: 'small',
    summary: 'a few images',
    origin: { kind: 'published', set: { folder, form } },
    splits: ['train', 'test'],
    evaluationSplit: 'test',
    open: async ({ dataDir = '' }) => openCifar10({ folder: join(dataDir, folder), split: 'test' }),
  };
  const fail = (now: boolean) => {
    failing = now;
  };
  return { datasets: registry('data set', [['small', small]]), server, files, fail };
}

describe('download', () => {
  it.each(['files', 'tar.gz'] as const)(
    'brings a set published as %s into the cache, then touches the network no more',
    async (kind) => {
      const { datasets, server } = await publish(kind);
      const cacheDir = join(await temporaryFolder(), 'not', 'there', 'yet');
      const folder = join(cacheDir, 'cifar-10-batches-bin');
      expect(await download('small', { cacheDir, datasets })).toEqual({ folder, fetched: true, verified: true });
      expect(await readdir(cacheDir)).toEqual(['cifar-10-batches-bin']);
      expect((await readdir(folder)).toSorted()).toEqual([
        '.rheobase.sha256',
        'data_batch_1.bin',
        'data_batch_4.bin',
        'test_batch.bin',
      ]);
      const { length } = server.requests;
      expect(await download('small', { cacheDir, datasets })).toEqual({ folder, fetched: false, verified: true });
      expect(server.requests.length).toBe(length);
    },
  );

  it('puts nothing in place before all is there, and fetches only what is missing then', async () => {
    const { datasets, server, files } = await publish('files');
    const cacheDir = await temporaryFolder();
    const last = files.get('test_batch.bin') ?? new Uint8Array();
    files.delete('test_batch.bin');
    await expect(download('small', { cacheDir, datasets })).rejects.toThrow('test_batch.bin: the server answered 404');
    expect(await readdir(cacheDir)).toEqual(['cifar-10-batches-bin.incoming']);
    files.set('test_batch.bin', last);
    await download('small', { cacheDir, datasets });
    expect(server.requests.filter((request) => request === '/data_batch_1.bin').length).toBe(1);
  });

  it('puts nothing in place of an archive that does not hold what it should', async () => {
    const { datasets } = await publish('tar.gz', 'another-folder');
    const cacheDir = await temporaryFolder();
    await expect(download('small', { cacheDir, datasets })).rejects.toThrow(
      'set.tar.gz: holds no folder another-folder',
    );
    expect(await readdir(cacheDir)).toEqual(['another-folder.incoming']);
  });

  it.each([
    [
      'a link',
      'cifar-10-batches-bin/x.bin',
      { type: 'SymbolicLink', linkpath: '../../x' },
      /x\.bin' is not a file \(SymbolicLink\)/,
    ],
    ['a path upwards', '../x.bin', { type: 'File', size: 0 }, /path contains '\.\.'/],
    ['an absolute path', '/x.bin', { type: 'File', size: 0 }, /absolute/],
  ] as const)('refuses an archive with %s, and leaves nothing of it', async (_, path, header, message) => {
    const bytes = Buffer.alloc(1024);
    new Header({ path, mode: 0o644, mtime: new Date(0), ...header }).encode(bytes, 0);
    const content = gzipSync(bytes);
    const server = await fileServer((request, response) => serveRanges(content, request, response));
    const sha256 = createHash('sha256').update(content).digest('hex');
    const archive = { url: server.url('set.tar.gz'), bytes: content.length, sha256 };
    const base = (await publish('files')).datasets.get('small');
    const origin = { kind: 'published', set: { folder: 'x', form: { kind: 'tar.gz', archive } } } as const;
    const cacheDir = await temporaryFolder();
    const datasets = registry('data set', [['small', { ...base, origin }]]);
    await expect(download('small', { cacheDir, datasets })).rejects.toThrow(message);
    await expect(download('small', { cacheDir, datasets })).rejects.toThrow(/set\.tar\.gz: cannot be unpacked/);
    expect(await readdir(cacheDir)).toEqual(['x.incoming']);
    expect(await readdir(join(cacheDir, 'x.incoming'))).toEqual(['set.tar.gz']);
  });

  it('is part of opening a set from the cache', async () => {
    const { datasets, fail } = await publish('tar.gz');
    const cacheDir = await temporaryFolder();
    const told: number[] = [];
    const first = await openDataset('small', { cacheDir, datasets, progress: ({ received }) => told.push(received) });
    expect(first.length).toBe(6);
    expect(told.at(-1)).toBeGreaterThan(0);
    fail(true);
    const second = await openDataset('small', { cacheDir, datasets });
    await Promise.all([first.close(), second.close()]);
  });

  it('says how to get a set that cannot be downloaded', async () => {
    const cacheDir = await temporaryFolder();
    await expect(download('imagenet', { cacheDir })).rejects.toThrow(
      'imagenet cannot be downloaded from here: ask for it at image-net.org',
    );
  });

  it.each(['files', 'tar.gz'] as const)(
    'leaves a folder that is there already as it is, and says that it has nothing to compare it with (%s)',
    async (kind) => {
      const { datasets, server } = await publish(kind);
      const cacheDir = await temporaryFolder();
      const folder = join(cacheDir, 'cifar-10-batches-bin');
      await mkdir(folder);
      await writeFile(join(folder, 'own.txt'), 'mine');
      expect(await download('small', { cacheDir, datasets })).toEqual({ folder, fetched: false, verified: false });
      expect(await readdir(folder)).toEqual(['own.txt']);
      expect(server.requests).toEqual([]);
    },
  );

  it('verifies files that somebody else put there, where each is published', async () => {
    const { datasets, files } = await publish('files');
    const cacheDir = await temporaryFolder();
    const folder = join(cacheDir, 'cifar-10-batches-bin');
    await mkdir(folder);
    for (const [name, content] of files) await writeFile(join(folder, name), content);
    expect(await download('small', { cacheDir, datasets })).toEqual({ folder, fetched: false, verified: true });
    await writeFile(join(folder, 'test_batch.bin'), 'other');
    await expect(download('small', { cacheDir, datasets })).rejects.toThrow(
      /test_batch\.bin: has SHA-256 [0-9a-f]{64}, but should have [0-9a-f]{64}; remove the folder/,
    );
  });

  it.each(['files', 'tar.gz'] as const)('finds what was damaged or removed since (%s)', async (kind) => {
    const { datasets } = await publish(kind);
    const cacheDir = await temporaryFolder();
    const { folder } = await download('small', { cacheDir, datasets });
    const file = join(folder, 'data_batch_4.bin');
    const content = await readFile(file);
    content[100] = (content[100] ?? 0) ^ 1;
    await writeFile(file, content);
    await expect(download('small', { cacheDir, datasets })).rejects.toThrow('data_batch_4.bin: has SHA-256');
    await rm(file);
    await expect(download('small', { cacheDir, datasets })).rejects.toThrow(
      `data_batch_4.bin: is missing; remove the folder ${folder} and download the set again`,
    );
    await writeFile(join(folder, '.rheobase.sha256'), 'nonsense\n');
    await expect(download('small', { cacheDir, datasets })).rejects.toThrow('line 1 is not a line of sha256sum');
    await writeFile(join(folder, '.rheobase.sha256'), `${'0'.repeat(64)}  ../x\n`);
    await expect(download('small', { cacheDir, datasets })).rejects.toThrow(
      /\.rheobase\.sha256: the file name "\.\.\/x" leads out of/,
    );
  });
});

describe('published sets', () => {
  it('have a length and a SHA-256 for every file', () => {
    for (const name of defaultDatasets.names) {
      const { origin } = defaultDatasets.get(name);
      if (origin.kind !== 'published') continue;
      const { form } = origin.set;
      for (const file of form.kind === 'files' ? form.files : [form.archive]) {
        expect(file.sha256).toMatch(/^[0-9a-f]{64}$/);
        expect(file.bytes).toBeGreaterThan(1000);
        expect(new URL(file.url).protocol).toBe('https:');
      }
    }
  });
});

describe('defaultCacheDir', () => {
  it('stands in the folder that the environment names for caches', () => {
    expect(defaultCacheDir({ XDG_CACHE_HOME: '/var/caches' })).toBe(join('/var/caches', 'rheobase', 'datasets'));
    expect(defaultCacheDir({})).toMatch(/rheobase.datasets$/);
  });
});
