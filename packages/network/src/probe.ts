import type { Shape } from './shape.js';

/**
 * What a simulation should record, and at which node. Both engines take the same probes.
 *
 * - `spikes`: signed spike counts at every time step: int8 `[T, N, …shape]`
 * - `spike-count`: signed number of spikes of each neuron over the run: float32 `[N, …shape]`
 * - `events`: at each time step, Σ |s|·w over the whole batch, with a weight w per neuron (`weights`, in the node's shape; default: 1, which counts
 *   spikes): float64 `[T]`. With w = fan-out, this counts synaptic operations.
 * - `firings`: at each time step, how many neurons fired over the whole batch, whatever their spikes are worth: float64 `[T]`
 * - `residual-potential`: V(T) after the last step: float32 `[N, …shape]`
 * - `mean-input`: Ī, the mean over time of a neuron's input current: float32 `[N, …shape]`
 * - `mean-value`: the mean over time of any node's value (θ·s at a neuron), or a value of the analog head after the last step: float32 `[N, …shape]`
 */
export type Probe =
  | { readonly kind: 'spikes'; readonly node: string }
  | { readonly kind: 'spike-count'; readonly node: string }
  | { readonly kind: 'events'; readonly node: string; readonly weights?: Float32Array }
  | { readonly kind: 'firings'; readonly node: string }
  | { readonly kind: 'residual-potential'; readonly node: string }
  | { readonly kind: 'mean-input'; readonly node: string }
  | { readonly kind: 'mean-value'; readonly node: string };

export type ProbeKind = Probe['kind'];

/**
 * Initial potentials by neuron node: float32 `[N, …shape]`, one per neuron and image of a batch, replacing the network's V(0). A neuron that starts
 * at −∞ stays silent. Both engines take them; with the `residual-potential` of a run, they continue from its end, except that step
 * biases begin anew.
 */
export type InitialPotentials = ReadonlyMap<string, Float32Array>;

/** What a probe recorded; `shape` includes every axis of `data`, also T and N. */
export interface ProbeRecord {
  readonly probe: Probe;
  readonly shape: Shape;
  readonly data: Int8Array | Float32Array | Float64Array;
}

/** The result of simulating a batch over T time steps. */
export interface SimulationResult {
  readonly steps: number;
  /**
   * By output node: the read-out after every step, the mean of the output's input over steps 1…t, so that one run gives the result for every t ≤ T.
   * In the analog head it is what the head makes of the means over steps 1…t.
   * float32 `[T, N, …shape]`.
   */
  readonly outputs: ReadonlyMap<string, { readonly shape: Shape; readonly data: Float32Array }>;
  /** In the order of the probes. */
  readonly records: readonly ProbeRecord[];
}
