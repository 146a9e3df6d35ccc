import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseJson } from './json-text.js';
import { readText } from './text-file.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rheobase-text-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const read = async (bytes: Uint8Array): Promise<string> => {
  const path = join(folder, 'text');
  await writeFile(path, bytes);
  return readText(path);
};

describe('readText', () => {
  it('leaves a byte order mark out', async () => {
    expect(await read(Buffer.from('\ufeff{"é": 1}'))).toBe('{"é": 1}');
    expect(await read(Buffer.from('{"é": 1}'))).toBe('{"é": 1}');
    expect(await read(new Uint8Array())).toBe('');
  });

  it('reads UTF-16 that begins with its mark', async () => {
    const little = Buffer.from('\ufeffé', 'utf16le');
    expect(await read(little)).toBe('é');
    expect(await read(Buffer.from(little).swap16())).toBe('é');
  });

  it('passes on why a file cannot be read', async () => {
    await expect(readText(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('parseJson', () => {
  it('gives the value', () => {
    expect(parseJson('{"a": [1, "NaN"]}', 'x.json')).toEqual({ a: [1, 'NaN'] });
  });

  it('names the line of a number that JSON does not have', () => {
    expect(() => parseJson('{"NaN": "Infinity \\" NaN",\n"a": NaN}', 'x.json')).toThrow(
      'x.json: is not JSON (line 2 says NaN, which JSON does not have; give a number, or omit the field)',
    );
    expect(() => parseJson('[-Infinity]', 'x.json')).toThrow(/line 1 says -Infinity/);
  });

  it('names the file of any other text, however long', () => {
    expect(() => parseJson('{', 'x.json')).toThrow(/^x\.json: is not JSON \(/);
    expect(() => parseJson(`[${'"\\"a", '.repeat(200_000)}`, 'x.json')).toThrow(/^x\.json: is not JSON \(/);
  });

  it('refuses objects and lists nested more than 100 deep, brackets in texts aside', () => {
    const nested = (depth: number) => `${'[{"]}[[":'.repeat(depth / 2)}1${'}]'.repeat(depth / 2)}`;
    expect(() => parseJson(nested(100), 'x.json')).not.toThrow();
    expect(() => parseJson(nested(102), 'x.json')).toThrow(
      'x.json: its objects and lists are nested more than 100 deep',
    );
    expect(() => parseJson('['.repeat(200_000), 'x.json')).toThrow(/nested more than 100 deep/);
  });
});
