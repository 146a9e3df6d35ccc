import type { ProbeRecord, SimulationResult } from '@rheobase/network';
import type { CountingProbe } from './procedure.js';

/** A run, of which only what `probes` noted counts, and not its answer. */
export type UnansweredRun = Pick<SimulationResult, 'steps' | 'records'>;

/**
 * Consecutive runs as one run over all their steps: what the probes counted in each, and the answers of the last one, NaN at the
 * steps before it.
 *
 * @param probes those that all runs noted, first among their records
 * @param outputs names and shapes of the read-outs, `[N, …]` each
 */
export function joinOverTime(
  probes: readonly CountingProbe[],
  before: readonly UnansweredRun[],
  last: SimulationResult | undefined,
  outputs: ReadonlyMap<string, readonly number[]>,
): SimulationResult {
  const runs = last === undefined ? before : [...before, last];
  const steps = runs.reduce((sum, run) => sum + run.steps, 0);
  const records = probes.map((probe, k) =>
    joined(
      probe,
      runs.map((run) => {
        const record = run.records[k];
        if (record === undefined) throw new Error(`A run has no record of '${probe.kind}' at '${probe.node}'.`);
        return record;
      }),
    ),
  );
  const answers = [...outputs].map(([name, shape]) => {
    const size = shape.reduce((product, length) => product * length, 1);
    const data = new Float32Array(steps * size).fill(Number.NaN);
    const answered = last?.outputs.get(name)?.data;
    if (answered !== undefined) data.set(answered, data.length - answered.length);
    return [name, { shape: [steps, ...shape], data }] as const;
  });
  return { steps, outputs: new Map(answers), records };
}

function joined(probe: CountingProbe, records: readonly ProbeRecord[]): ProbeRecord {
  const parts = records.map(({ data }) => data);
  const [first] = records;
  const shape = first?.shape ?? [];
  switch (probe.kind) {
    case 'events':
    case 'firings':
      return { probe, ...overTime(shape, Float64Array.from(parts.flatMap((part) => [...part]))) };
    case 'spikes': {
      const data = new Int8Array(parts.reduce((sum, { length }) => sum + length, 0));
      let at = 0;
      for (const part of parts) {
        data.set(part, at);
        at += part.length;
      }
      return { probe, ...overTime(shape, data) };
    }
    case 'spike-count': {
      const sums = new Float32Array(parts[0]?.length ?? 0);
      for (const part of parts) for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] ?? 0) + (part[i] ?? 0);
      return { probe, shape, data: sums };
    }
  }
}

/** With the number of steps that the data are of. */
function overTime<Data extends Int8Array | Float64Array>(shape: readonly number[], data: Data) {
  const each = shape.slice(1).reduce((product, length) => product * length, 1);
  return { shape: [data.length / each, ...shape.slice(1)], data };
}
