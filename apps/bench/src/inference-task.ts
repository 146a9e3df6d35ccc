/**
 * Who classifies: the spiking network over T steps, on the event engine in float32 and int8 and on tfjs; and the source network on what others have:
 * stock tfjs-wasm, T passes of it, as a dense simulation needs; onnxruntime, once.
 */
export const spikingContenders = ['event-float32', 'event-int8', 'tfjs'] as const;
export const peerContenders = ['ann-onnxruntime-web', 'ann-onnxruntime-node'] as const;
export const sourceContenders = ['ann-tfjs-wasm', ...peerContenders] as const;
export const inferenceContenders = [...spikingContenders, ...sourceContenders] as const;
export type InferenceContender = (typeof inferenceContenders)[number];
export type PeerContender = (typeof peerContenders)[number];

/** Forward passes of the source network that a contender takes for its result; nothing where it simulates. */
export function passesOf(contender: InferenceContender, steps: number): number | undefined {
  if (contender === 'ann-tfjs-wasm') return steps;
  return contender.startsWith('ann-') ? 1 : undefined;
}

/** What a contender's process is sent first. */
export interface InferenceTask {
  /** `bare` does nothing: what a process takes by itself. */
  readonly contender: InferenceContender | 'bare';
  /** The file of its network: Rheobase's own, or ONNX for a peer. */
  readonly network: string;
  /** The file of the images: float32, NHWC; channels first for a peer. */
  readonly images: string;
  readonly shape: readonly number[];
  /** Files of the plugins that names in the network may come from. */
  readonly plugins: readonly string[];
  /** Threads that it may use in its process. */
  readonly threads: number;
  /** Where a peer's module is. */
  readonly module?: string;
}

/** Then, whenever it is its turn. */
export interface TurnMessage {
  /** T. */
  readonly steps: number;
}

/** Its answer to a task: that it is ready. */
export interface ReadyMessage {
  readonly peakMegabytes: number;
}

/** Its answer to a turn. */
export interface TurnAnswer {
  readonly wallMs: number;
  /** Of all threads of the process. */
  readonly cpuMs: number;
  /** Of the process, so far. */
  readonly peakMegabytes: number;
  /** `[N, classes]`, row-major: the read-out after T steps, or what the source network gives. */
  readonly logits: readonly number[];
}
