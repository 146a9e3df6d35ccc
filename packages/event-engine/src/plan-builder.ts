import type { SpikeKernelName } from '@rheobase/spike-kernels';
import type { EngineMemory } from './engine-memory.js';
import { roomFor } from './engine-memory.js';
import type { Argument, Carried, KernelCall } from './plan.js';

/** An address in the workspace: a byte offset from the start of a buffer. */
export interface BufferAddress {
  readonly kind: 'buffer';
  readonly buffer: number;
}
/** A multiple of the number of steps. */
export interface StepCount {
  readonly kind: 'steps';
  readonly factor: number;
}
/** A structure that a kernel reads. */
export interface StructureAddress {
  readonly kind: 'structure';
  readonly structure: number;
}
/** An operand of calls and structures while a plan is built. Addresses of constants are numbers. */
export type Operand = number | BufferAddress | StepCount | StructureAddress;

export const steps: StepCount = { kind: 'steps', factor: 1 };

interface Buffer {
  readonly bytes: number;
  first: number;
  last: number;
}

/** Collects calls, structures and buffers, and finally allocates the buffers: those with disjoint lifetimes share memory. */
export interface PlanBuilder {
  readonly memory: EngineMemory;
  /** Most steps per run of the plan. */
  readonly steps: number;
  buffer(bytes: number): BufferAddress;
  /** Keeps a buffer from being overwritten from its first use to the end, or from the start if `always`. */
  keep(address: BufferAddress, always?: boolean): void;
  structure(words: readonly Operand[]): StructureAddress;
  /** Sets word `word` of a structure to 0 in the first part of a run, and in later parts to a buffer with the state left by the previous part. */
  carry(structure: StructureAddress, word: number, buffer: BufferAddress): void;
  call(kernel: SpikeKernelName, ...operands: readonly Operand[]): void;
  /** Number of calls so far. */
  readonly count: number;
  finish(): FinishedPlan;
}

export interface FinishedPlan {
  readonly workspaceBytes: number;
  readonly structures: Int32Array;
  readonly relocated: readonly number[];
  readonly stepWords: readonly number[];
  readonly calls: readonly KernelCall[];
  readonly carried: readonly Carried[];
  offsetOf(address: BufferAddress): number;
  /** Index, among all words of structures, of the first word of one. */
  firstWordOf(address: StructureAddress): number;
}

export function planBuilder(memory: EngineMemory, mostSteps: number): PlanBuilder {
  const buffers: Buffer[] = [];
  const structures: (readonly Operand[])[] = [];
  const carried: { readonly structure: StructureAddress; readonly word: number; readonly buffer: BufferAddress }[] = [];
  const calls: { readonly kernel: SpikeKernelName; readonly operands: readonly Operand[] }[] = [];
  const bufferAt = ({ buffer }: BufferAddress): Buffer => {
    const found = buffers[buffer];
    if (found === undefined) throw new Error(`The plan has no buffer ${buffer}.`);
    return found;
  };
  const touch = (operand: Operand, call: number): void => {
    if (typeof operand === 'number' || operand.kind === 'steps') return;
    if (operand.kind === 'structure') {
      for (const word of structures[operand.structure] ?? []) touch(word, call);
      return;
    }
    const buffer = bufferAt(operand);
    buffer.first = Math.min(buffer.first, call);
    buffer.last = Math.max(buffer.last, call);
  };
  const keep = (address: BufferAddress, always = false): void => {
    const buffer = bufferAt(address);
    buffer.last = Infinity;
    if (always) buffer.first = -1;
  };
  return {
    memory,
    steps: mostSteps,
    get count() {
      return calls.length;
    },
    buffer(bytes) {
      buffers.push({ bytes: roomFor(bytes), first: Infinity, last: -1 });
      return { kind: 'buffer', buffer: buffers.length - 1 };
    },
    keep,
    structure(words) {
      structures.push(words);
      return { kind: 'structure', structure: structures.length - 1 };
    },
    carry(structure, word, buffer) {
      carried.push({ structure, word, buffer });
      keep(buffer, true);
    },
    call(kernel, ...operands) {
      for (const operand of operands) touch(operand, calls.length);
      calls.push({ kernel, operands });
    },
    finish() {
      const firstWords: number[] = [];
      let words = 0;
      for (const structure of structures) {
        firstWords.push(words);
        words += structure.length;
      }
      const offsets = placeBuffers(buffers, roomFor(4 * words));
      const offsetOf = ({ buffer }: BufferAddress): number => offsets[buffer] ?? Number.NaN;
      const firstWordOf = ({ structure }: StructureAddress): number => firstWords[structure] ?? Number.NaN;
      const written = new Int32Array(words);
      const relocated: number[] = [];
      const stepWords: number[] = [];
      structures.flat().forEach((word, i) => {
        if (typeof word === 'number') {
          written[i] = word;
        } else if (word.kind === 'steps') {
          stepWords.push(i);
        } else {
          relocated.push(i);
          written[i] = word.kind === 'buffer' ? offsetOf(word) : 4 * firstWordOf(word);
        }
      });
      const argument = (operand: Operand): Argument => {
        if (typeof operand === 'number') return { kind: 'number', value: operand };
        if (operand.kind === 'steps') return operand;
        const offset = operand.kind === 'buffer' ? offsetOf(operand) : 4 * firstWordOf(operand);
        return { kind: 'workspace', offset };
      };
      return {
        workspaceBytes: buffers.reduce(
          (end, { bytes }, i) => Math.max(end, (offsets[i] ?? 0) + bytes),
          roomFor(4 * words),
        ),
        structures: written,
        relocated,
        stepWords,
        calls: calls.map(({ kernel, operands }) => ({ kernel, arguments: operands.map(argument) })),
        carried: carried.map(({ structure, word, buffer }) => ({
          word: firstWordOf(structure) + word,
          later: offsetOf(buffer),
        })),
        offsetOf,
        firstWordOf,
      };
    },
  };
}

/** First fit: every buffer goes to the lowest address that is free during its lifetime. */
function placeBuffers(buffers: readonly Buffer[], from: number): readonly number[] {
  const offsets: number[] = buffers.map(() => from);
  const order = buffers.map((_, i) => i).sort((a, b) => (buffers[a]?.first ?? 0) - (buffers[b]?.first ?? 0));
  /** The placed buffers still in use, by address. Buffers come in order of first use. */
  let rivals: readonly { readonly begin: number; readonly end: number; readonly last: number }[] = [];
  for (const i of order) {
    const buffer = buffers[i];
    if (buffer === undefined || buffer.first === Infinity) continue;
    rivals = rivals.filter(({ last }) => last >= buffer.first);
    let at = from;
    for (const { begin, end } of rivals) {
      if (at + buffer.bytes <= begin) break;
      at = Math.max(at, end);
    }
    offsets[i] = at;
    const behind = rivals.findIndex(({ begin }) => begin > at);
    const placed = { begin: at, end: at + buffer.bytes, last: buffer.last };
    rivals = behind < 0 ? [...rivals, placed] : rivals.toSpliced(behind, 0, placed);
  }
  return offsets;
}
