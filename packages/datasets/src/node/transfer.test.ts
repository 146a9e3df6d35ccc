import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type FileServer, fileServer, serveRanges } from '../testing/file-server.js';
import { temporaryFolder } from '../testing/temporary-folder.js';
import type { PublishedFile } from './published-set.js';
import { type TransferProgress, transfer } from './transfer.js';

const content = Uint8Array.from({ length: 200_000 }, (_, k) => (k * 31 + (k >> 8)) % 256);
const sha256 = createHash('sha256').update(content).digest('hex');

const published = (server: FileServer): PublishedFile => ({
  url: server.url('file.bin'),
  bytes: content.length,
  sha256,
});

describe('transfer', () => {
  it('fetches a file, tells how far it is, and leaves nothing else behind', async () => {
    const server = await fileServer((request, response) => serveRanges(content, request, response));
    const folder = await temporaryFolder();
    const told: TransferProgress[] = [];
    await transfer(published(server), join(folder, 'file.bin'), { progress: (progress) => told.push(progress) });
    expect((await readFile(join(folder, 'file.bin'))).equals(content)).toBe(true);
    expect(await readdir(folder)).toEqual(['file.bin']);
    expect(told[0]).toEqual({ url: server.url('file.bin'), received: 0, total: 200_000 });
    expect(told.at(-1)?.received).toBe(200_000);
    expect(told.every(({ received }, k) => received >= (told[k - 1]?.received ?? 0))).toBe(true);
  });

  it('goes on from what an interrupted attempt left', async () => {
    const server = await fileServer((request, response, earlier) => {
      if (earlier > 0) return serveRanges(content, request, response);
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 70_000), () => setTimeout(() => response.destroy(), 20));
    });
    const path = join(await temporaryFolder(), 'file.bin');
    await expect(transfer(published(server), path)).rejects.toThrow(
      /file\.bin: the transfer broke off after \d+ of 200000 bytes; they are kept; run it again to resume/,
    );
    const kept = (await readFile(`${path}.part`)).length;
    expect(kept).toBeGreaterThan(0);
    const told: number[] = [];
    await transfer(published(server), path, { progress: ({ received }) => told.push(received) });
    expect(server.requests).toEqual(['/file.bin', `/file.bin bytes=${kept}-`]);
    expect(told[0]).toBe(kept);
    expect((await readFile(path)).equals(content)).toBe(true);
  });

  it('starts over with a server that ignores ranges', async () => {
    const server = await fileServer((_, response) => response.end(content));
    const path = join(await temporaryFolder(), 'file.bin');
    await writeFile(`${path}.part`, content.subarray(0, 50_000));
    await transfer(published(server), path);
    expect(server.requests).toEqual(['/file.bin bytes=50000-']);
    expect((await readFile(path)).equals(content)).toBe(true);
  });

  it('starts over with a server that refuses the range or answers another one', async () => {
    for (const status of [416, 206]) {
      const server = await fileServer((request, response) => {
        if (request.headers.range === undefined) return serveRanges(content, request, response);
        response.writeHead(status, { 'content-range': 'bytes 0-9/200000' });
        response.end(content.subarray(0, 10));
      });
      const path = join(await temporaryFolder(), 'file.bin');
      await writeFile(`${path}.part`, content.subarray(0, 50_000));
      await transfer(published(server), path);
      expect(server.requests).toEqual(['/file.bin bytes=50000-', '/file.bin']);
      expect((await readFile(path)).equals(content)).toBe(true);
    }
  });

  it('keeps nothing of a file whose checksum is wrong, so that the next attempt starts clean', async () => {
    const server = await fileServer((request, response, earlier) =>
      serveRanges(earlier === 0 ? content.map((byte) => byte ^ 1) : content, request, response),
    );
    const folder = await temporaryFolder();
    await expect(transfer(published(server), join(folder, 'file.bin'))).rejects.toThrow(
      new RegExp(`file\\.bin: sent SHA-256 [0-9a-f]{64}, but ${sha256} was published; nothing was kept`),
    );
    expect(await readdir(folder)).toEqual([]);
    await transfer(published(server), join(folder, 'file.bin'));
    expect(await readdir(folder)).toEqual(['file.bin']);
  });

  it('finds that the part it went on from was bad', async () => {
    const server = await fileServer((request, response) => serveRanges(content, request, response));
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'file.bin.part'), new Uint8Array(1000));
    await expect(transfer(published(server), join(folder, 'file.bin'))).rejects.toThrow('nothing was kept');
    expect(await readdir(folder)).toEqual([]);
  });

  it('verifies a complete part without asking the server', async () => {
    const server = await fileServer((_, response) => response.end());
    const path = join(await temporaryFolder(), 'file.bin');
    await writeFile(`${path}.part`, content);
    await transfer(published(server), path);
    expect(server.requests).toEqual([]);
    expect((await readFile(path)).length).toBe(200_000);
  });

  it('refuses more bytes than published without taking them all', async () => {
    const server = await fileServer((_, response) => {
      response.write(content);
      response.write(content);
      // Never ends: only a client that stops by itself gets past this.
    });
    const folder = await temporaryFolder();
    await expect(transfer(published(server), join(folder, 'file.bin'))).rejects.toThrow(
      'sent more than the 200000 bytes that was published',
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it('says how much came of a body that ended early, and keeps it', async () => {
    const server = await fileServer((_, response) => {
      // Two writes: no length is announced.
      response.write(content.subarray(0, 1000));
      response.end(content.subarray(1000, 1234));
    });
    const path = join(await temporaryFolder(), 'file.bin');
    await expect(transfer(published(server), path)).rejects.toThrow(
      'the server ended after 1234 of 200000 bytes; they are kept',
    );
    expect((await readFile(`${path}.part`)).length).toBe(1234);
  });

  it('goes on by itself where a connection stalls, from the bytes that came', async () => {
    const server = await fileServer((request, response, earlier) => {
      if (earlier === 2) return serveRanges(content, request, response);
      if (earlier === 1) return; // Never answers.
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 70_000));
    });
    const path = join(await temporaryFolder(), 'file.bin');
    await transfer(published(server), path, { stallSeconds: 0.2 });
    const [first, second, third] = server.requests;
    expect([first, second === third]).toEqual(['/file.bin', true]);
    expect(second).toMatch(/^\/file\.bin bytes=[1-9]\d*-$/);
    expect((await readFile(path)).equals(content)).toBe(true);
  });

  it('gives up a server that sends nothing, and keeps what came before', async () => {
    const server = await fileServer((_, response) => {
      response.writeHead(206, { 'content-range': `bytes 50000-199999/200000` });
      response.flushHeaders();
    });
    const path = join(await temporaryFolder(), 'file.bin');
    await writeFile(`${path}.part`, content.subarray(0, 50_000));
    await expect(transfer(published(server), path, { stallSeconds: 0.05 })).rejects.toThrow(
      'file.bin: nothing came for 0.05 s, 3 times; 50000 of 200000 bytes are kept; run it again to resume',
    );
    expect(server.requests.length).toBe(3);
    expect((await readFile(`${path}.part`)).length).toBe(50_000);
  });

  it('refuses a file that is announced with another size, before it is fetched', async () => {
    for (const [kept, size] of [
      [0, 150_000],
      [50_000, 210_000],
    ] as const) {
      const other = new Uint8Array(size);
      const server = await fileServer((request, response) => serveRanges(other, request, response));
      const path = join(await temporaryFolder(), 'file.bin');
      if (kept > 0) await writeFile(`${path}.part`, content.subarray(0, kept));
      await expect(transfer(published(server), path)).rejects.toThrow(
        `file.bin: has ${size} bytes, but 200000 were published; the file there is another one`,
      );
    }
  });

  it('reports what a server answers, and one that cannot be reached', async () => {
    const server = await fileServer((_, response) => {
      response.writeHead(404, 'Not Found');
      response.end('nothing here');
    });
    const path = join(await temporaryFolder(), 'file.bin');
    await expect(transfer(published(server), path)).rejects.toThrow('file.bin: the server answered 404 Not Found');
    const nowhere = { ...published(server), url: 'http://127.0.0.1:1/file.bin' };
    await expect(transfer(nowhere, path)).rejects.toThrow('http://127.0.0.1:1/file.bin: cannot be reached');
  });

  it('ends when it is told to, keeping what has come', async () => {
    const server = await fileServer((_, response) => {
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 10_000));
    });
    const path = join(await temporaryFolder(), 'file.bin');
    const ending = new AbortController();
    const progress = ({ received }: TransferProgress) => {
      if (received > 0) ending.abort(new Error('enough'));
    };
    await expect(transfer(published(server), path, { signal: ending.signal, progress })).rejects.toThrow('enough');
    expect((await readFile(`${path}.part`)).length).toBeGreaterThan(0);
    await expect(transfer(published(server), path, { signal: ending.signal })).rejects.toThrow('enough');
    expect(server.requests.length).toBe(1);
  });

  it('asks through the fetch it is given', async () => {
    const folder = await temporaryFolder();
    const asked: string[] = [];
    await transfer(
      { url: 'https://example.invalid/file.bin', bytes: content.length, sha256 },
      join(folder, 'file.bin'),
      {
        fetch: async (input) => {
          asked.push(String(input));
          return new Response(content);
        },
      },
    );
    expect(asked).toEqual(['https://example.invalid/file.bin']);
  });
});
