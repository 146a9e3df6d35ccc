import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type PageServer, type ServedPages, servePages } from './page-server.js';

let folder = '';
const servers: PageServer[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rheobase-served-'));
  await mkdir(join(folder, 'page'));
  await mkdir(join(folder, 'more'));
  await writeFile(join(folder, 'secret.txt'), 'secret');
  await writeFile(join(folder, 'page', 'index.html'), '<p>page</p>');
  await writeFile(join(folder, 'page', 'a b.js'), 'export {}');
  await writeFile(join(folder, 'more', 'kernels.wasm'), Uint8Array.of(0, 97, 115, 109));
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
  await rm(folder, { recursive: true, force: true });
});

async function serve(origin: ServedPages['origin']): Promise<PageServer> {
  const folders = { '/': join(folder, 'page'), '/more/': join(folder, 'more') } as const;
  const server = await servePages({ folders, origin });
  servers.push(server);
  return server;
}

/** The status of a path as it is written: fetch would take its dots away. */
const statusOf = (server: PageServer, path: string): Promise<number | undefined> =>
  new Promise((answered, failed) => {
    const { hostname, port } = new URL(server.url('/'));
    get({ hostname, port, path }, (response) => {
      response.resume();
      answered(response.statusCode);
    }).on('error', failed);
  });

describe('servePages', () => {
  it.each([
    ['/index.html', 'text/html; charset=utf-8'],
    ['/a%20b.js', 'text/javascript; charset=utf-8'],
    ['/more/kernels.wasm', 'application/wasm'],
  ])('serves %s as %s', async (path, type) => {
    const response = await fetch((await serve('plain')).url(path));
    expect([response.status, response.headers.get('content-type')]).toEqual([200, type]);
    expect(response.headers.get('cross-origin-embedder-policy')).toBeNull();
  });

  it('isolates pages from other origins where it is to', async () => {
    const { headers } = await fetch((await serve('isolated')).url('/index.html'));
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('cross-origin-embedder-policy')).toBe('require-corp');
  });

  it('serves nothing outside its folders, and notes what is not there', async () => {
    const server = await serve('plain');
    const paths = [
      '/nothing.js',
      '/../secret.txt',
      '/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
      '/more/..%2f..%2fsecret.txt',
      '/',
    ];
    for (const path of paths) expect(await statusOf(server, path), path).toBe(404);
    expect(server.missing).toHaveLength(paths.length);
    expect(server.missing[0]).toBe('/nothing.js');
  });

  it('answers a path that cannot be decoded, and goes on', async () => {
    const server = await serve('plain');
    expect(await statusOf(server, '/%ff')).toBe(404);
    expect(await statusOf(server, '/index.html')).toBe(200);
  });
});
