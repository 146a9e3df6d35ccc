import type { Shape, Spread } from '@rheobase/network';
import type { SpikeKernelName } from '@rheobase/spike-kernels';

/** How an image lies in memory: `[rows, columns, pitch]`, of which the first `channels` of each pixel count. A vector is one pixel. */
export interface Layout {
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  readonly pitch: number;
}

/** What stands for a kernel's argument until it is called: a number, a place in the workspace, or a multiple of the steps. */
export type Argument =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'workspace'; readonly offset: number }
  | { readonly kind: 'steps'; readonly factor: number };

export interface KernelCall {
  readonly kernel: SpikeKernelName;
  readonly arguments: readonly Argument[];
}

/** Where a population's spikes are once the call number `completedAt` has returned. */
export interface PlannedNeurons {
  readonly shape: Shape;
  readonly layout: Layout;
  readonly completedAt: number;
  /** Offset of the spike words `[levels, rows, columns, pitch]`: those of level k are worth 2ᵏ. */
  readonly spikes: number;
  readonly negativeSpikes?: number;
  readonly levels: number;
  /** What a spike of level 0 is worth, for each channel or each neuron. */
  readonly gain: Float64Array;
  /** Offset of the currents of every step, if they are recorded, and the numbers they are. */
  readonly record?: number;
  /** Offset of V after the last step: always in float32, in whole numbers if it is kept. */
  readonly potential?: number;
  readonly number: NumberFormat;
}

export type NumberFormat = 'f32' | 'i32';

/** Where a value is once the call number `completedAt` has returned (−1: before the first). */
export interface PlannedValue {
  readonly shape: Shape;
  readonly layout: Layout;
  readonly completedAt: number;
  readonly offset: number;
  readonly number: NumberFormat;
  /** Whether there is a value for each step, one behind the other. */
  readonly changing: boolean;
  /** What the value is still to be multiplied with. */
  readonly factor?: Spread;
}

/** A word of a structure that says where something begins (0: from nothing), and where the part before left it. */
export interface Carried {
  readonly word: number;
  readonly later: number;
}

/**
 * A spiking network as a list of kernel calls for one image, over up to `steps` steps at a time. Plain data: it can be sent to another
 * thread. Constants (weights, thresholds) stand at fixed addresses of the memory it was compiled for; everything that is written
 * lies in a workspace, which may be anywhere in that memory.
 */
export interface Plan {
  readonly steps: number;
  readonly workspaceBytes: number;
  /** The first words of the workspace: structures that the kernels read. */
  readonly structures: Int32Array;
  /** Which of these words are offsets into the workspace, to be made addresses. */
  readonly relocated: readonly number[];
  /** Which of these words are the number of steps. */
  readonly stepWords: readonly number[];
  readonly calls: readonly KernelCall[];
  /** Populations whose V is written: where their structures say where V begins. */
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
  /** What else is kept from one part of a run to the next, and is nothing before the first. */
  readonly carried: readonly Carried[];
  readonly inputs: ReadonlyMap<string, PlannedValue>;
  readonly neurons: ReadonlyMap<string, PlannedNeurons>;
  /** Values that are read: those of the outputs' inputs by output, and those of probed nodes. */
  readonly outputs: ReadonlyMap<string, PlannedValue>;
  readonly values: ReadonlyMap<string, PlannedValue>;
  /** Numbers in float32 that a max pooling reads, which drops NaN: they are checked before it runs. */
  readonly pooled: ReadonlyMap<string, PlannedValue>;
  /** The most steps over which no potential, or other sum over the steps, can leave 32 bits, and the node that sets the bound; integers only. */
  readonly limit?: { readonly node: string; readonly steps: number };
}
