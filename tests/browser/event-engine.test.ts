import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { convert, toInteger } from '@rheobase/converter';
import { batches, defaultNormalizations, glyphs } from '@rheobase/datasets';
import { eventEngine } from '@rheobase/event-engine';
import { clipSites, glyphNet } from '@rheobase/models';
import { encodeNetwork, type Network } from '@rheobase/network';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBrowser, type OpenPage, openPage, startBrowser } from './browser.js';
import { bundlePage, type PageBundle } from './bundle-page.js';
import { type PageServer, servePages } from './page-server.js';

const html = resolve(dirname(fileURLToPath(import.meta.url)), 'pages/event-engine.html');
const program = findBrowser();

describe('What a page loads to run spiking networks', () => {
  it('is less than 80 KB compressed: engine, kernels, and what reads a network', async () => {
    const { folder, dispose } = await bundlePage(html, 'minified');
    try {
      const files = await readdir(folder, { recursive: true, withFileTypes: true });
      const loaded = files.filter((file) => file.isFile() && /\.(?:js|wasm)$/.test(file.name));
      expect(loaded.map(({ name }) => name.replace(/-[^.-]+\./, '.'))).toContain('spike-kernels.wasm');
      const contents = await Promise.all(loaded.map((file) => readFile(join(file.parentPath, file.name))));
      const total = (compress: (content: Buffer) => Buffer): number =>
        contents.reduce((sum, content) => sum + compress(content).length, 0);
      // The build for shared memories is among them, though a page fetches only one of the two.
      expect(total((content) => gzipSync(content, { level: 9 }))).toBeLessThan(80_000);
      expect(total((content) => brotliCompressSync(content))).toBeLessThan(80_000);
    } finally {
      await dispose();
    }
  });
});

const { network } = convert(glyphNet({ seed: 0, activation: clipSites(1) }));
const networks: Readonly<Record<'float32' | 'int8', Network>> = {
  float32: network,
  int8: toInteger(network, { inputMaximum: 1 }).network,
};
const node = network.nodes.filter(({ op }) => op === 'neuron').at(-1)?.name ?? '';
const steps = 5;

let browser: Browser | undefined;
let bundle: PageBundle | undefined;
let server: PageServer | undefined;
let opened: OpenPage | undefined;
let folder = '';

describe.skipIf(program === undefined)(
  `In a page${program === undefined ? ' (skipped: no Chromium is installed, nor named by RHEOBASE_CHROMIUM)' : ''}`,
  () => {
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'rheobase-networks-'));
      for (const [name, given] of Object.entries(networks)) {
        await writeFile(join(folder, `${name}.safetensors`), encodeNetwork(given));
      }
      [browser, bundle] = await Promise.all([startBrowser(program ?? ''), bundlePage(html)]);
      server = await servePages({ folders: { '/': bundle.folder, '/networks/': folder }, origin: 'plain' });
      opened = await openPage(browser, server.url('/event-engine.html'));
    });
    afterAll(async () => {
      await opened?.page.close();
      await server?.close();
      await browser?.close();
      await bundle?.dispose();
      await rm(folder, { recursive: true, force: true });
    });

    it.each(['float32', 'int8'] as const)(
      'the event engine gives the same spikes as in Node, in %s',
      async (precision) => {
        const images = batches(glyphs({ split: 'test', length: 3 }), {
          batchSize: 3,
          normalization: defaultNormalizations.get('unit'),
        });
        for await (const { images: data, shape } of images) {
          const engine = await eventEngine(networks[precision]);
          const expected = engine.simulate({ shape, images: data }, { steps, probes: [{ kind: 'spikes', node }] });
          const batch = JSON.stringify({ shape, data: [...data] });
          const url = `/networks/${precision}.safetensors`;
          const report: unknown = await opened?.page.evaluate(
            `spikes.simulate('${url}', ${batch}, ${JSON.stringify({ steps, node })})`,
          );
          const spikes = [...(expected.records[0]?.data ?? [])];
          expect(spikes.some((spike) => spike !== 0)).toBe(true);
          expect(report).toEqual({
            precision,
            spikes,
            outputs: [...expected.outputs.values()].map((output) => [...output.data]),
          });
        }
      },
    );

    it('finds every file it asks for, and complains of nothing', () => {
      expect(server?.missing).toEqual([]);
      expect(opened?.complaints).toEqual([]);
    });
  },
);
