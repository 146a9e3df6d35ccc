import type { Shape } from './shape.js';

/**
 * What a simulation should note down, at which node. Both engines understand the same probes.
 *
 * - `spikes`: every spike at every time step, signed, as counts: int8 `[T, N, …shape]`
 * - `spike-count`: signed number of spikes of each neuron over the run: float32 `[N, …shape]`
 * - `events`: at each time step, Σ |s|·w over the whole batch, w a weight per neuron (`weights`, laid out as the
 *   node's shape; absent: 1, the plain number of spikes): float64 `[T]`. With w a neuron's fan-out this is the number of
 *   synaptic operations.
 * - `residual-potential`: V(T) after the last step: float32 `[N, …shape]`
 * - `mean-input`: Ī, the mean over time of a neuron's input current: float32 `[N, …shape]`
 * - `mean-value`: the mean over time of any node's value (θ·s at a neuron): float32 `[N, …shape]`
 */
export type Probe =
  | { readonly kind: 'spikes'; readonly node: string }
  | { readonly kind: 'spike-count'; readonly node: string }
  | { readonly kind: 'events'; readonly node: string; readonly weights?: Float32Array }
  | { readonly kind: 'residual-potential'; readonly node: string }
  | { readonly kind: 'mean-input'; readonly node: string }
  | { readonly kind: 'mean-value'; readonly node: string };

export type ProbeKind = Probe['kind'];

/**
 * Membrane potentials to start from, by neuron node: float32 `[N, …shape]`, one for every neuron on every image of a batch, in place of
 * the network's V(0). A neuron that starts at −∞ stays silent. Both engines take them; with the `residual-potential` of a run they
 * go on from where it ended.
 */
export type InitialPotentials = ReadonlyMap<string, Float32Array>;

/** What a probe noted; `shape` counts every axis of `data`, T and N included. */
export interface ProbeRecord {
  readonly probe: Probe;
  readonly shape: Shape;
  readonly data: Int8Array | Float32Array | Float64Array;
}

/** What a simulation of a batch over T time steps gives. */
export interface SimulationResult {
  readonly steps: number;
  /**
   * By output node: the read-out after every step, that is the mean of the output's input over steps 1…t, so that
   * one run gives the result of every t ≤ T. float32 `[T, N, …shape]`.
   */
  readonly outputs: ReadonlyMap<string, { readonly shape: Shape; readonly data: Float32Array }>;
  /** In the order the probes were asked for. */
  readonly records: readonly ProbeRecord[];
}
