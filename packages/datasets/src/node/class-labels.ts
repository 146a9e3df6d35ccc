import { parseCsvLine } from './csv-line.js';
import { readLines } from './class-names.js';

/** A class as a file of labels names it. */
export interface LabelledClass {
  /** The folder of its images. */
  readonly folder: string;
  readonly name: string;
}

/** What a file of labels says: the classes in the order of a network's outputs, or the class of each image. */
export type ClassLabels =
  | { readonly kind: 'classes'; readonly classes: readonly LabelledClass[] }
  | {
      readonly kind: 'files';
      readonly files: readonly { readonly file: string; readonly label: string; readonly line: number }[];
    };

/**
 * Reads a file of labels. One whose name ends in `.csv` has lines `file,label`, with paths from the images' folder and the number or name of the
 * class, perhaps after a line of headings. Any other has the name of a class on each line, the first being that of output 0; a class's folder has its
 * name, or, on lines like `n01440764 tench`, the WordNet id that comes first.
 *
 * @throws (the promise rejects) naming the file, and the line that is damaged or repeats another.
 */
export async function readClassLabels(path: string): Promise<ClassLabels> {
  const lines = await readLines(path);
  if (lines === undefined) throw new Error(`${path}: there is no such file of labels`);
  if (lines.length === 0) throw new Error(`${path}: holds no labels; give the name of a class on each line`);
  return /\.csv$/i.test(path) ? labelledFiles(path, lines) : namedClasses(path, lines);
}

function namedClasses(path: string, lines: readonly string[]): ClassLabels {
  const seen = new Map<string, number>();
  const classes = lines.map((line, k) => {
    const [, folder = line, name = line] = /^(n\d{8})\s+(\S.*)$/.exec(line) ?? [];
    const before = seen.get(folder);
    if (before !== undefined) throw new Error(`${path}: line ${k + 1} repeats the class '${folder}' of line ${before}`);
    seen.set(folder, k + 1);
    return { folder, name };
  });
  return { kind: 'classes', classes };
}

function labelledFiles(path: string, lines: readonly string[]): ClassLabels {
  const rows = lines.map((line, k) => ({ fields: parseCsvLine(line), line: k + 1 }));
  const [heading] = rows;
  const body = heading !== undefined && isHeading(heading.fields) ? rows.slice(1) : rows;
  const files = body.map(({ fields, line }) => {
    const [file = '', label = '', ...more] = fields.map((field) => field.trim());
    if (file === '' || label === '' || more.length > 0) {
      throw new Error(`${path}: line ${line} is not of the form file,label`);
    }
    return { file, label, line };
  });
  if (files.length === 0) throw new Error(`${path}: holds no line file,label`);
  return { kind: 'files', files };
}

function isHeading(fields: readonly string[]): boolean {
  const [first = '', second = ''] = fields.map((field) => field.trim().toLowerCase());
  return /^(file|files|filename|image|path)$/.test(first) && /^(label|class|labels|index)$/.test(second);
}
