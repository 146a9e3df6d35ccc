/** A kind of file that users may pass where another kind is expected. */
export type FileKind =
  | 'network'
  | 'checkpoint'
  | 'safetensors'
  | 'empty'
  | 'git-lfs'
  | 'html'
  | 'report'
  | 'record'
  | 'json'
  | 'experiment'
  | 'zip'
  | 'pytorch'
  | 'keras'
  | 'npz'
  | 'npy'
  | 'pickle'
  | 'hdf5'
  | 'gzip'
  | 'archive'
  | 'onnx'
  | 'tflite'
  | 'gguf'
  | 'image';

/** What a file is, by its contents. */
export interface RecognizedFile {
  readonly kind: FileKind;
  /** With an article, to follow `it is`: `a Git LFS pointer`. */
  readonly what: string;
  /** How to get a file that can be read, in sentences. */
  readonly advice: string;
}

/** Bytes that are examined, in addition to the header of a safetensors file. */
const looked = 4096;
/** Bytes of a safetensors header that are examined, for its metadata. */
const lookedInHeader = 1_000_000;

/** The most bytes of a file's beginning that recognizing it takes. */
export const recognizedBy = lookedInHeader + 8;

const toSafetensors =
  'In Python, save the weights as safetensors and give that file: `safetensors.torch.save_file(model.state_dict(), "weights.safetensors")`.';
const unpack = 'Unpack it, and give the file that was in it.';
const byNetwork = 'Give it with --network; in a program, read it with readNetworkFile.';
const download =
  'Download the file itself again: its address may have answered with an error page or asked for a login.';

const kinds: Readonly<Record<FileKind, Omit<RecognizedFile, 'kind'>>> = {
  network: { what: 'a network that rheobase wrote, with its architecture in it', advice: byNetwork },
  checkpoint: {
    what: 'the checkpoint of a training run that is not finished',
    advice: 'Repeat the command of the run to finish it, and give the network.safetensors that it writes.',
  },
  safetensors: {
    what: 'a safetensors file of weights without an architecture',
    advice: 'Give it with --model NAME --weights FILE; in a program, put it onto a model with loadWeightsFile.',
  },
  empty: { what: 'an empty file', advice: 'Download or write it again.' },
  'git-lfs': {
    what: 'a Git LFS pointer, which replaces the file in a repository',
    advice: 'Run `git lfs pull` in that repository, or download the file itself.',
  },
  html: { what: 'a web page', advice: download },
  report: { what: 'the report of a run', advice: 'Give the folder of the run, or its network.safetensors.' },
  record: {
    what: 'a JSON record that rheobase wrote',
    advice: 'Give the folder of the run that it is about, or the network.safetensors in that folder.',
  },
  json: { what: 'a JSON file', advice: 'Weights are in a safetensors file; give that.' },
  experiment: { what: 'an experiment file', advice: 'Run it with `rheobase reproduce FILE`.' },
  zip: {
    what: 'a zip archive',
    advice: `${unpack} If it is of PyTorch (.pt, .pth): ${toSafetensors}`,
  },
  pytorch: { what: 'a PyTorch file (a zip archive of pickled objects)', advice: toSafetensors },
  keras: {
    what: 'a Keras model (a zip archive)',
    advice:
      'In Python, save its weights as safetensors and give that file: ' +
      '`safetensors.numpy.save_file({v.path: v.numpy() for v in model.variables}, "weights.safetensors")`.',
  },
  npz: {
    what: 'a NumPy archive (.npz)',
    advice:
      'In Python, save its arrays as safetensors and give that file: `safetensors.numpy.save_file(dict(numpy.load("file.npz")), "weights.safetensors")`.',
  },
  npy: {
    what: 'a NumPy array (.npy)',
    advice: 'Save all arrays of the network in one safetensors file, under the names of its layers, and give that.',
  },
  pickle: { what: 'a Python pickle, as older versions of PyTorch save weights', advice: toSafetensors },
  hdf5: {
    what: 'an HDF5 file, as Keras (.h5) and NIR (.nir) use',
    advice:
      'If it is of Keras: in Python, load it into its model, save the weights as safetensors and give that file: ' +
      '`safetensors.numpy.save_file({v.name: v.numpy() for v in model.weights}, "weights.safetensors")`. ' +
      'If it is a NIR file, give it where a network is taken, such as `--network`.',
  },
  gzip: { what: 'a gzip-compressed file', advice: 'Decompress it with `gunzip`, and give the file that was in it.' },
  archive: { what: 'a packed archive', advice: unpack },
  onnx: {
    what: 'an ONNX model',
    advice:
      'To take the whole network, give it with --network; in a program, importOnnx of @rheobase/interop reads it. To take only its weights, save those of the ' +
      'network that it was exported from as safetensors and give that file with --model NAME --weights FILE.',
  },
  tflite: {
    what: 'a TensorFlow Lite model',
    advice: 'Save the weights of the original model as safetensors, and give that file.',
  },
  gguf: { what: 'a GGUF file', advice: 'Give the weights of a convolutional network as safetensors.' },
  image: { what: 'an image', advice: 'Give a safetensors file.' },
};

/**
 * Recognizes a file by its first bytes, so that a reader that cannot read it can say what it is.
 *
 * @param bytes the file, or the part of its beginning that is available
 * @returns undefined if the contents are of no known kind
 */
export function recognizeFile(bytes: Uint8Array): RecognizedFile | undefined {
  const kind = bytes.length === 0 ? 'empty' : (safetensorsKind(bytes) ?? binaryKind(bytes) ?? textKind(bytes));
  return kind === undefined ? undefined : { kind, ...kinds[kind] };
}

/** What a file is and what to do, if it is not of a wanted kind; for a message that starts with its name. */
export function otherThan(bytes: Uint8Array, wanted: readonly FileKind[], wantedInWords: string): string | undefined {
  const found = recognizeFile(bytes);
  if (found === undefined || wanted.includes(found.kind)) return undefined;
  return `it is ${found.what}, not ${wantedInWords}. ${found.advice}`;
}

function safetensorsKind(bytes: Uint8Array): FileKind | undefined {
  // The header's length, below 2³², and its first brace.
  if (bytes.length < 9 || bytes[8] !== 0x7b || bytes.subarray(4, 8).some((byte) => byte !== 0)) return undefined;
  const header = new TextDecoder().decode(bytes.subarray(8, 8 + lookedInHeader));
  if (header.includes('"rheobase.network"')) return 'network';
  return header.includes('"rheobase.checkpoint"') ? 'checkpoint' : 'safetensors';
}

const signatures: readonly (readonly [kind: FileKind, at: number, bytes: readonly number[] | string])[] = [
  ['hdf5', 0, '\x89HDF\r\n\x1a\n'],
  ['npy', 0, '\x93NUMPY'],
  ['gzip', 0, [0x1f, 0x8b]],
  ['archive', 257, 'ustar'],
  ['archive', 0, '7z\xbc\xaf\x27\x1c'],
  ['archive', 0, '\xfd7zXZ\0'],
  ['archive', 0, 'BZh'],
  ['archive', 0, [0x28, 0xb5, 0x2f, 0xfd]],
  ['archive', 0, 'Rar!'],
  ['gguf', 0, 'GGUF'],
  ['tflite', 4, 'TFL3'],
  ['image', 0, '\x89PNG\r\n\x1a\n'],
  ['image', 0, [0xff, 0xd8, 0xff]],
  ['image', 0, 'GIF8'],
  ['image', 8, 'WEBP'],
];

function binaryKind(bytes: Uint8Array): FileKind | undefined {
  const head = characters(bytes.subarray(0, looked));
  if (head.startsWith('PK\x03\x04') || head.startsWith('PK\x05\x06')) return zipKind(bytes);
  const signed = signatures.find(([, at, found]) =>
    head.startsWith(typeof found === 'string' ? found : String.fromCharCode(...found), at),
  );
  if (signed !== undefined) return signed[0];
  // A pickle of protocol 2 to 5 starts with PROTO and its number; protocols 0 and 1 cannot be distinguished from other text.
  const [first, second = 0] = bytes;
  if (first === 0x80 && second >= 2 && second <= 5) return 'pickle';
  return isOnnx(bytes) ? 'onnx' : undefined;
}

/** By the names of the first entries, which are stored uncompressed before their contents. */
function zipKind(bytes: Uint8Array): FileKind {
  const head = characters(bytes.subarray(0, looked));
  const first = entryName(bytes);
  if (first.endsWith('.npy')) return 'npz';
  if (/\/(data\.pkl|version|byteorder|\.format_version)$/.test(first) || head.includes('/data.pkl')) return 'pytorch';
  return ['metadata.json', 'config.json', 'model.weights.h5'].includes(first) ? 'keras' : 'zip';
}

function entryName(bytes: Uint8Array): string {
  const length = (bytes[26] ?? 0) + 256 * (bytes[27] ?? 0);
  return characters(bytes.subarray(30, 30 + Math.min(length, looked)));
}

/**
 * Whether a protobuf message starts like ONNX's ModelProto: the format version, then one of its other fields (producer, its version, domain, model
 * version, description, graph, operator set or metadata).
 */
function isOnnx(bytes: Uint8Array): boolean {
  const [field, version = 0, next = 0] = bytes;
  return (
    field === 0x08 && version >= 1 && version <= 40 && [0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42, 0x72].includes(next)
  );
}

function textKind(bytes: Uint8Array): FileKind | undefined {
  const text = new TextDecoder().decode(bytes.subarray(0, looked)).trimStart();
  if (text.startsWith('version https://git-lfs')) return 'git-lfs';
  if (/^(<!--[^]*?-->\s*)?<(!doctype\s+html|html|head|body)\b/i.test(text)) {
    return text.includes('– Rheobase</title>') ? 'report' : 'html';
  }
  if (/^(<\?xml[^]*?)?<svg\b/i.test(text)) return 'image';
  if (/^[{[]\s*(["{[\d\]}-]|true|false|null)/.test(text)) {
    return /"(versions|experiments|command|run|paper)":/.test(text) && text.startsWith('{') ? 'record' : 'json';
  }
  return /^(#[^\n]*\n|\s)*(task|paper|table):\s/.test(text) ? 'experiment' : undefined;
}

/** One character per byte; the decoder named latin1 is really windows-1252. */
function characters(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
