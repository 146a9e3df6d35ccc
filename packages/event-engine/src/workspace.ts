/** Reads the workspace after a call. */
export interface Workspace {
  words(offset: number, count: number): Uint32Array;
  numbers(number: 'f32' | 'i32', offset: number, count: number): Float32Array | Int32Array;
}
