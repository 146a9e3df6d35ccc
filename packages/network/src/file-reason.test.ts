import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileReason } from './file-reason.js';

describe('fileReason', () => {
  it('says what the system’s code means, without the path that the message names already', async () => {
    const missing = await readFile(join(tmpdir(), 'no-such-file-of-rheobase')).catch((error: unknown) => error);
    expect(fileReason(missing)).toBe('ENOENT: there is no such file or folder');
    const folder = await readFile(tmpdir()).catch((error: unknown) => error);
    expect(fileReason(folder)).toBe('EISDIR: it is a folder, not a file');
  });

  it('gives the message of an error that has no such code, and whatever else was thrown as text', () => {
    expect(fileReason(new Error('the header is cut short'))).toBe('the header is cut short');
    expect(fileReason('stopped')).toBe('stopped');
  });
});
