import { describe, expect, it } from 'vitest';
import { networkBuilder } from './builder.js';
import { decodeNetwork, encodeNetwork } from './network-file.js';
import { otherThan, recognizeFile } from './recognize-file.js';
import { readSafetensors, writeSafetensors } from './safetensors.js';

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** The local header of a zip archive's first entry, and some contents. */
function zip(entry: string, contents = 'contents'): Uint8Array {
  const header = new Uint8Array(30);
  header.set(ascii('PK\x03\x04'));
  header[26] = entry.length;
  return Uint8Array.from([...header, ...ascii(entry + contents)]);
}

function tar(): Uint8Array {
  const block = new Uint8Array(1024);
  block.set(ascii('weights.bin'));
  block.set(ascii('ustar'), 257);
  return block;
}

function network(): Uint8Array {
  const builder = networkBuilder();
  builder.output('output', builder.input('input', [2]));
  return encodeNetwork(builder.build({ note: 'free text' }));
}

const weights = writeSafetensors(new Map([['w', { dtype: 'F32', shape: [1], data: new Float32Array(1) }]]), {});
const checkpoint = writeSafetensors(new Map(), { 'rheobase.checkpoint': '{}' });

describe('recognizeFile', () => {
  it.each([
    ['network', network()],
    ['safetensors', weights],
    ['checkpoint', checkpoint],
    ['empty', new Uint8Array()],
    ['git-lfs', ascii('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n')],
    ['html', ascii('\n<!DOCTYPE html><html><head><title>404</title></head></html>')],
    ['html', ascii('<html lang="en"><body>Sign in</body></html>')],
    [
      'report',
      ascii('<!doctype html>\n<html lang="en">\n<head>\n<title>A run – Rheobase</title>'.replace('–', '\xe2\x80\x93')),
    ],
    ['record', ascii('{\n "experiment": {\n  "paper": "one"\n }\n}')],
    ['json', ascii('{"images": [], "annotations": []}')],
    ['json', ascii('[1, 2]')],
    ['experiment', ascii('# a comment\npaper: one\ntable: two\n')],
    ['zip', zip('readme.txt')],
    ['pytorch', zip('archive/data.pkl')],
    ['pytorch', zip('weights/.format_version')],
    ['npz', zip('conv1.weight.npy')],
    ['keras', zip('metadata.json')],
    ['npy', ascii('\x93NUMPY\x01\x00')],
    ['pickle', Uint8Array.of(0x80, 2, 0x8a, 10)],
    ['hdf5', ascii('\x89HDF\r\n\x1a\n\x00')],
    ['gzip', Uint8Array.of(0x1f, 0x8b, 8, 0)],
    ['archive', tar()],
    ['onnx', Uint8Array.of(8, 7, 0x12, 7, 0x70, 0x79)],
    ['tflite', ascii('\x1c\0\0\0TFL3')],
    ['gguf', ascii('GGUF\x03\0\0\0')],
    ['image', ascii('\x89PNG\r\n\x1a\n')],
    ['image', ascii('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>')],
  ] as const)('tells %s by its contents', (kind, bytes) => {
    expect(recognizeFile(bytes)?.kind).toBe(kind);
    expect(recognizeFile(bytes)?.advice).toMatch(/\.$/);
  });

  it('takes a safetensors file for one whatever the bytes of its header’s length', () => {
    // A header of 0x088b1f bytes starts like a gzip file.
    const name = 'x'.repeat(0x088b1f - 100);
    const bytes = writeSafetensors(new Map([[name, { dtype: 'F32', shape: [0], data: new Float32Array() }]]), {});
    bytes.set([0x1f, 0x8b, 8]);
    expect(recognizeFile(bytes)?.kind).toBe('safetensors');
  });

  it('takes an HDF5 file for that of no one library', () => {
    const { what, advice } = recognizeFile(ascii('\x89HDF\r\n\x1a\n\x00')) ?? {};
    expect(what).toBe('an HDF5 file, as Keras (.h5) and NIR (.nir) use');
    expect(advice).toMatch(/^If it is of Keras: .*If it is a NIR file, give it where a network is taken.*$/);
  });

  it('says nothing of what it does not know', () => {
    expect(recognizeFile(ascii('nothing in particular'))).toBeUndefined();
    expect(recognizeFile(Uint8Array.of(0, 1, 2, 3))).toBeUndefined();
  });
});

describe('readers', () => {
  it('say what a file is instead, and the way in', () => {
    const pointer = ascii('version https://git-lfs.github.com/spec/v1\n');
    expect(() => readSafetensors(pointer, 'w.safetensors')).toThrow(
      /^w\.safetensors: it is a Git LFS pointer, .*not a safetensors file\. Run `git lfs pull`/,
    );
    expect(() => decodeNetwork(zip('archive/data.pkl'), 'n.safetensors')).toThrow(
      /^n\.safetensors: it is a PyTorch file .*not a network that rheobase wrote\. .*save_file/,
    );
    expect(() => decodeNetwork(checkpoint, 'n.safetensors')).toThrow(
      /^n\.safetensors: it is the checkpoint of a training run/,
    );
    expect(() => decodeNetwork(weights, 'n.safetensors')).toThrow(/holds tensors but no network.*--weights FILE/);
  });

  it('read what they are for', () => {
    expect(otherThan(network(), ['network'], 'a network')).toBeUndefined();
    expect(decodeNetwork(network(), 'n').metadata).toEqual({ note: 'free text' });
    expect(readSafetensors(checkpoint, 'c').tensors.size).toBe(0);
  });
});
