import type { ProbeRecord, Shape, SimulationResult } from '@rheobase/network';

type Data = Int8Array | Float32Array | Float64Array;

function emptyLike<D extends Data>(data: D, length: number): Data {
  if (data instanceof Int8Array) return new Int8Array(length);
  return data instanceof Float32Array ? new Float32Array(length) : new Float64Array(length);
}

/** Concatenates arrays along the image axis, which has `before` axes in front of it. */
function joined(
  parts: readonly { readonly shape: Shape; readonly data: Data }[],
  before: number,
): { shape: Shape; data: Data } {
  const [first] = parts;
  if (first === undefined) throw new Error('There are no results to join.');
  const outer = first.shape.slice(0, before).reduce((product, size) => product * size, 1);
  const count = parts.reduce((sum, { shape }) => sum + (shape[before] ?? 0), 0);
  const shape = first.shape.map((size, axis) => (axis === before ? count : size));
  const total = parts.reduce((sum, { data }) => sum + data.length, 0);
  const data = emptyLike(first.data, total);
  let to = 0;
  for (let i = 0; i < outer; i++) {
    for (const part of parts) {
      const size = part.data.length / outer;
      data.set(part.data.subarray(i * size, (i + 1) * size), to);
      to += size;
    }
  }
  return { shape, data };
}

function joinedRecord(parts: readonly ProbeRecord[]): ProbeRecord {
  const [first] = parts;
  if (first === undefined) throw new Error('There are no records to join.');
  switch (first.probe.kind) {
    case 'events':
    case 'firings': {
      const data = new Float64Array(first.data.length);
      for (const part of parts) part.data.forEach((events, t) => (data[t] = (data[t] ?? 0) + events));
      return { ...first, data };
    }
    case 'spikes':
      return { probe: first.probe, ...joined(parts, 1) };
    default:
      return { probe: first.probe, ...joined(parts, 0) };
  }
}

/** Concatenates the results of a batch's parts, in order. */
export function joinResults(parts: readonly SimulationResult[]): SimulationResult {
  const [first] = parts;
  if (first === undefined) throw new Error('There are no results to join.');
  const outputs = [...first.outputs.keys()].map((name) => {
    const each = parts.flatMap(({ outputs }) => {
      const output = outputs.get(name);
      return output === undefined ? [] : [output];
    });
    const { shape, data } = joined(each, 1);
    return [name, { shape, data: Float32Array.from(data) }] as const;
  });
  return {
    steps: first.steps,
    outputs: new Map(outputs),
    records: first.records.map((_, k) => joinedRecord(parts.flatMap(({ records }) => records.slice(k, k + 1)))),
  };
}
