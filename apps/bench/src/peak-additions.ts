import type { WeightFormat } from '@rheobase/spike-kernels';

/** Bytes of a row of 32 weights, and the instructions that load and add a vector of them. */
const formats = {
  // v128.load of 4 weights, f32x4.add
  f32: { vectorBytes: 16, lanes: 4, load: [0xfd, 0x00], align: 4, add: [0xfd, 0xe4, 0x01] },
  // v128.load8x8_s of 8 weights, i16x8.add
  i8: { vectorBytes: 8, lanes: 8, load: [0xfd, 0x01], align: 3, add: [0xfd, 0x8e, 0x01] },
} as const;

const [i32, v128] = [0x7f, 0x7b];
const [localGet, localSet, localTee] = [0x20, 0x21, 0x22];
const [i32Const, i32Add, i32Sub, i32LessUnsigned] = [0x41, 0x6a, 0x6b, 0x49];
const [loop, end, branchIf, empty] = [0x03, 0x0b, 0x0d, 0x40];
const store = [0xfd, 0x0b, 4];

function leb(value: number): readonly number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
}

/** Signed LEB128 of a number ≥ 0, so the sign bit of the last byte must be clear. */
function signedLeb(value: number): readonly number[] {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...signedLeb(value >>> 7)];
}

const joined = (...parts: readonly (readonly number[])[]): readonly number[] => parts.flat();
const sized = (content: readonly number[]): readonly number[] => [...leb(content.length), ...content];
const section = (id: number, content: readonly number[]): readonly number[] => [id, ...sized(content)];
const text = (word: string): readonly number[] => sized([...new TextEncoder().encode(word)]);

/** How often the loop body loads and adds a row; as in the kernels. */
const unrolled = 2;

/**
 * A module with only the kernels' inner loop: load a vector of weights and add it to a register. Assembled here, to avoid a 100 MB compiler for one
 * loop.
 *
 * It exports `add(from, until, times)`: adds all vectors of [from, until), `times` times, and stores the sums at `until`.
 */
function peakModule(format: WeightFormat, accumulators: number): Uint8Array<ArrayBuffer> {
  const { vectorBytes, load, align, add } = formats[format];
  const [from, until, times, at, first] = [0, 1, 2, 3, 4];
  const row = accumulators * vectorBytes;
  const registers = Array.from({ length: accumulators }, (_, k) => first + k);
  const additions = Array.from({ length: unrolled }, (_, turn) =>
    registers.flatMap((register, k) =>
      joined(
        [localGet, register, localGet, at],
        [...load, align, ...leb(turn * row + k * vectorBytes)],
        [...add, localSet, register],
      ),
    ),
  ).flat();
  const inner = joined(
    [loop, empty, ...additions],
    [localGet, at, i32Const, ...signedLeb(unrolled * row), i32Add, localTee, at],
    [localGet, until, i32LessUnsigned, branchIf, 0, end],
  );
  const outer = joined(
    [loop, empty, localGet, from, localSet, at, ...inner],
    [localGet, times, i32Const, 1, i32Sub, localTee, times, branchIf, 0, end],
  );
  const results = registers.flatMap((register, k) => [localGet, until, localGet, register, ...store, ...leb(16 * k)]);
  const body = [2, 1, i32, accumulators, v128, ...outer, ...results, end];
  const magicAndVersion = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
  const module = joined(
    magicAndVersion,
    section(1, [1, 0x60, 3, i32, i32, i32, 0]),
    section(2, [1, ...text('env'), ...text('memory'), 0x02, 0x00, 1]),
    section(3, [1, 0]),
    section(7, [1, ...text('add'), 0x00, 0]),
    section(10, [1, ...sized(body)]),
  );
  return Uint8Array.from(module);
}

/** Bytes of weights that are added repeatedly; they stay in the first-level cache. */
const weightBytes = 8192;
const weightSize = { f32: 4, i8: 1 } as const;

/** The bare loop over weights in the first-level cache: an upper bound for a kernel's speed. */
export interface PeakAdditions {
  /** Weights added per run. */
  readonly additions: number;
  run(): void;
  /** The registers after the last run: sums of a run's weights, which are all 1. */
  sums(): Float32Array | Int16Array;
}

/** The loop with this many parallel vectors; the kernels have eight of float32, or four of int8. */
export async function peakAdditions(format: WeightFormat, accumulators: number): Promise<PeakAdditions> {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { instance } = await WebAssembly.instantiate(peakModule(format, accumulators), { env: { memory } });
  const { add } = instance.exports;
  if (typeof add !== 'function') throw new Error('The module of the bare loop exports nothing to call.');
  const { lanes } = formats[format];
  const ones = weightBytes / weightSize[format];
  if (format === 'f32') new Float32Array(memory.buffer, 0, ones).fill(1);
  else new Int8Array(memory.buffer, 0, ones).fill(1);
  const times = 500;
  return {
    additions: times * ones,
    run: () => add(0, weightBytes, times),
    sums: () =>
      format === 'f32'
        ? new Float32Array(memory.buffer, weightBytes, accumulators * lanes)
        : new Int16Array(memory.buffer, weightBytes, accumulators * lanes),
  };
}
