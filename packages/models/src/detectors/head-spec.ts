import { parseJson } from '@rheobase/network';
import type { Network } from '@rheobase/network';

/** Width and height of a prior box, in pixels of the network's input. */
export type Anchor = readonly [width: number, height: number];

/** One output map of a detector, `[H, W, channels]`: every cell predicts boxes around it. */
export interface HeadMap {
  /** The network's output node. */
  readonly output: string;
  /** Pixels of the input between two cells. */
  readonly stride: number;
  /** Prior boxes of this map; none for heads that do without. */
  readonly anchors: readonly Anchor[];
}

/**
 * What the output maps of a detector mean, as plain data. `kind` names a head of `@rheobase/detection`; a network carries its own in its
 * metadata under `head`, so that a file has all it takes to decode what it gives.
 */
export interface HeadSpec {
  readonly kind: string;
  readonly classes: number;
  readonly maps: readonly HeadMap[];
}

/** The metadata that {@link headSpecOf} reads. */
export function headMetadata(spec: HeadSpec): Readonly<Record<'head', string>> {
  return { head: JSON.stringify(spec) };
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}

function isAnchor(value: unknown): value is Anchor {
  return Array.isArray(value) && value.length === 2 && value.every(isPositive);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isHeadMap(value: unknown): value is HeadMap {
  return (
    isRecord(value) &&
    typeof value['output'] === 'string' &&
    isPositive(value['stride']) &&
    Array.isArray(value['anchors']) &&
    value['anchors'].every(isAnchor)
  );
}

/**
 * What a network's outputs mean.
 *
 * @throws if its metadata has no head, so that it is not a detector, or a malformed one.
 */
export function headSpecOf({ metadata }: Network): HeadSpec {
  const text = metadata['head'];
  if (text === undefined) {
    throw new Error(
      `The network (${metadata['model'] ?? 'of no name'}) has no head in its metadata, so it is not a detector; build one with a detector of @rheobase/models.`,
    );
  }
  const spec = parseJson(text, "The head in the network's metadata");
  if (
    isRecord(spec) &&
    typeof spec['kind'] === 'string' &&
    isPositive(spec['classes']) &&
    Array.isArray(spec['maps']) &&
    spec['maps'].length > 0 &&
    spec['maps'].every(isHeadMap)
  ) {
    return { kind: spec['kind'], classes: spec['classes'], maps: spec['maps'] };
  }
  throw new Error(`The head in the network's metadata is not well-formed: ${text.slice(0, 120)}`);
}

/** Anchors from a flat list of widths and heights. */
export function anchorsOf(sizes: readonly number[]): readonly Anchor[] {
  return Array.from({ length: sizes.length / 2 }, (_, at) => [sizes[2 * at] ?? 0, sizes[2 * at + 1] ?? 0]);
}
