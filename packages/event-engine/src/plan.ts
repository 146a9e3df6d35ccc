import type { PlannedHead } from './head-over-time.js';
import type { Shape, Spread } from '@rheobase/network';
import type { SpikeKernelName } from '@rheobase/spike-kernels';

/** Memory layout of an image: `[rows, columns, pitch]`, where the first `channels` of each pixel are used. A vector is one pixel. */
export interface Layout {
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  readonly pitch: number;
}

/** A kernel's argument before the call: a number, an offset in the workspace, or a multiple of the steps. */
export type Argument =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'workspace'; readonly offset: number }
  | { readonly kind: 'steps'; readonly factor: number };

export interface KernelCall {
  readonly kernel: SpikeKernelName;
  readonly arguments: readonly Argument[];
}

/** Where a population's spikes are after call number `completedAt`. */
export interface PlannedNeurons {
  readonly shape: Shape;
  readonly layout: Layout;
  readonly completedAt: number;
  /** Offset of the spike words `[levels, rows, columns, pitch]`; level k is worth 2ᵏ. */
  readonly spikes: number;
  readonly negativeSpikes?: number;
  readonly levels: number;
  /** The spike value of level 0, per channel or per neuron. */
  readonly gain: Float64Array;
  /** Offset of the currents of every step, if they are recorded, and their number format. */
  readonly record?: number;
  /** Offset of V after the last step: always present in float32, in integers if it is kept. */
  readonly potential?: number;
  readonly number: NumberFormat;
}

export type NumberFormat = 'f32' | 'i32';

/** Where a value is after call number `completedAt` (−1: before the first). */
export interface PlannedValue {
  readonly shape: Shape;
  readonly layout: Layout;
  readonly completedAt: number;
  readonly offset: number;
  readonly number: NumberFormat;
  /** Whether there is a value per step, stored consecutively. */
  readonly changing: boolean;
  /** A factor yet to be applied to the value. */
  readonly factor?: Spread;
}

/** A step bias: the workspace offset of its values `[steps, rows, columns, pitch]`, and its rows `[T, C]`. */
export interface PlannedStepBias {
  readonly layout: Layout;
  readonly offset: number;
  readonly number: NumberFormat;
  readonly rows: ArrayLike<number>;
}

/** A word of a structure with the address of an initial state (0: none), and where the previous part left that state. */
export interface Carried {
  readonly word: number;
  readonly later: number;
}

/**
 * A spiking network as a list of kernel calls for one image, over up to `steps` steps at a time. Plain data: it can be sent to another thread.
 * Constants (weights, thresholds) have fixed addresses in the memory it was compiled for; everything that is written is in a workspace, anywhere in
 * that memory.
 */
export interface Plan {
  readonly steps: number;
  /** λ of differential coding: read-outs are Σ λ^−(t−1)·x(t). Absent: they are means. */
  readonly growth?: number;
  readonly workspaceBytes: number;
  /** The first words of the workspace: structures that the kernels read. */
  readonly structures: Int32Array;
  /** The words that are offsets into the workspace, to be turned into addresses. */
  readonly relocated: readonly number[];
  /** The words that are the number of steps. */
  readonly stepWords: readonly number[];
  readonly calls: readonly KernelCall[];
  /** Populations whose V is written: the structure words with the address of V(0). */
  readonly starts: readonly {
    /** The neuron node. */
    readonly node: string;
    readonly word: number;
    readonly pitchWord: number;
    readonly first: number;
    readonly firstPitch: number;
    readonly later: number;
    readonly laterPitch: number;
  }[];
  /** Other state carried from one part of a run to the next; absent before the first. */
  readonly carried: readonly Carried[];
  readonly inputs: ReadonlyMap<string, PlannedValue>;
  /** Step biases, which are written before the first image and, with other rows, before each part of a run. */
  readonly stepBiases: readonly PlannedStepBias[];
  readonly neurons: ReadonlyMap<string, PlannedNeurons>;
  /** Values that are read: the outputs' inputs by output, and probed nodes; without those of the head. */
  readonly outputs: ReadonlyMap<string, PlannedValue>;
  readonly values: ReadonlyMap<string, PlannedValue>;
  /** The analog head, computed on means of values of the plan; absent: there is none. */
  readonly head?: PlannedHead;
  /** float32 inputs of max poolings, which drop NaN, so they are checked first. */
  readonly pooled: ReadonlyMap<string, PlannedValue>;
  /** The most steps for which no potential or other sum over the steps can overflow 32 bits, and the node that sets the bound; integers only. */
  readonly limit?: { readonly node: string; readonly steps: number };
}
