import { checkIndices, checkOpen, type ImageSource, type SplitName } from '../image-source.js';
import type { ByteFile } from './byte-file.js';

/** How one image lies in a file of records of equal length. */
export interface RecordLayout {
  /** Bytes before the first record. */
  readonly headerBytes: number;
  readonly recordBytes: number;
  /** Where in a record the pixels begin; they fill the rest of it. */
  readonly pixelsAt: number;
  /** `planes`: all of the first channel, then all of the next, as CIFAR has it; `interleaved`: channels last. */
  readonly pixels: 'planes' | 'interleaved';
}

/** Files of records as {@link recordSource} reads them. */
export interface RecordFiles {
  readonly name: string;
  readonly split: SplitName;
  readonly classNames: readonly string[];
  /** `[height, width, channels]`. */
  readonly imageShape: readonly [height: number, width: number, channels: number];
  readonly layout: RecordLayout;
  /** The images of the first file come first. Each holds a header and whole records, as the caller made sure. */
  readonly files: readonly { readonly file: ByteFile; readonly records: number }[];
  /** Labels, either in the records, one byte each, or separate from them. */
  readonly labels: { readonly at: number } | Int32Array;
}

/** Records read in one go when only labels are wanted. */
const labelChunk = 512;

/** A run of consecutive records in one file. */
interface Run {
  readonly file: ByteFile;
  /** Number of the first record, in the source and in the file. */
  readonly first: number;
  readonly firstInFile: number;
  count: number;
}

function unpackPlanes(record: Uint8Array, images: Uint8Array, to: number, channels: number): void {
  const plane = record.length / channels;
  for (let channel = 0; channel < channels; channel += 1) {
    for (let pixel = 0, at = to + channel, from = channel * plane; pixel < plane; pixel += 1, at += channels) {
      images[at] = record[from + pixel] ?? 0;
    }
  }
}

/**
 * A source of images that lie as records of equal length in open files, read by position: records that are wanted and lie side by side are
 * read in one go, whatever the order they are asked for in. Closing the source closes the files.
 *
 * Reading rejects, naming file and byte, if a record's label is out of range or a file ends too early.
 */
export function recordSource({ name, split, classNames, imageShape, layout, files, labels }: RecordFiles): ImageSource {
  const [height, width, channels] = imageShape;
  const { headerBytes, recordBytes, pixelsAt } = layout;
  const size = height * width * channels;
  const starts: number[] = [];
  let length = 0;
  for (const { records } of files) {
    starts.push(length);
    length += records;
  }
  let open = true;

  const runsOf = (sorted: readonly number[]): readonly Run[] => {
    const runs: Run[] = [];
    let part = 0;
    for (const index of sorted) {
      while (index >= (starts[part + 1] ?? length)) part += 1;
      const holder = files[part];
      if (!holder) break;
      const current = runs.at(-1);
      if (current?.file === holder.file && index <= current.first + current.count) {
        current.count = index - current.first + 1;
      } else {
        runs.push({ file: holder.file, first: index, firstInFile: index - (starts[part] ?? 0), count: 1 });
      }
    }
    return runs;
  };

  const labelIn = (bytes: Uint8Array, run: Pick<Run, 'file' | 'firstInFile'>, k: number, at: number): number => {
    const label = bytes[k * recordBytes + at] ?? 0;
    if (label >= classNames.length) {
      const record = run.firstInFile + k;
      throw new Error(
        `${run.file.path}: label ${label} at byte ${headerBytes + record * recordBytes + at} (record ${record}) is out of range; ` +
          `there are ${classNames.length} classes, 0…${classNames.length - 1}. The file is damaged or of another set`,
      );
    }
    return label;
  };

  const source: ImageSource = {
    name,
    split,
    classNames,
    length,
    imageShape,
    async read(indices) {
      checkOpen(source, open);
      checkIndices(source, indices);
      const images = new Uint8Array(indices.length * size);
      const classes = new Int32Array(indices.length);
      const byIndex = indices.map((index, row) => ({ index, row })).toSorted((a, b) => a.index - b.index);
      const runs = runsOf(byIndex.map(({ index }) => index));
      const read = await Promise.all(
        runs.map((run) => run.file.read(headerBytes + run.firstInFile * recordBytes, run.count * recordBytes)),
      );
      let at = 0;
      for (const { index, row } of byIndex) {
        while (index >= (runs[at]?.first ?? 0) + (runs[at]?.count ?? 0)) at += 1;
        const run = runs[at];
        const bytes = read[at];
        if (!run || !bytes) break;
        const k = index - run.first;
        const record = bytes.subarray(k * recordBytes + pixelsAt, (k + 1) * recordBytes);
        if (layout.pixels === 'planes') unpackPlanes(record, images, row * size, channels);
        else images.set(record, row * size);
        classes[row] = labels instanceof Int32Array ? (labels[index] ?? 0) : labelIn(bytes, run, k, labels.at);
      }
      return {
        images,
        shape: [indices.length, height, width, channels],
        labels: classes,
        indices: Int32Array.from(indices),
      };
    },
    async labels() {
      checkOpen(source, open);
      if (labels instanceof Int32Array) return labels.slice();
      const classes = new Int32Array(length);
      let row = 0;
      for (const { file, records } of files) {
        for (let firstInFile = 0; firstInFile < records; firstInFile += labelChunk) {
          const count = Math.min(labelChunk, records - firstInFile);
          const bytes = await file.read(headerBytes + firstInFile * recordBytes, count * recordBytes);
          for (let k = 0; k < count; k += 1, row += 1)
            classes[row] = labelIn(bytes, { file, firstInFile }, k, labels.at);
        }
      }
      return classes;
    },
    async close() {
      open = false;
      await Promise.all(files.map(({ file }) => file.close()));
    },
  };
  return source;
}
