/** Settings as plain data: what a part of training is, for checkpoints, records and other threads. */
export interface Description {
  readonly [setting: string]: string | number | boolean | null | Description;
}
