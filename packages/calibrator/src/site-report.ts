/** What calibration did to a site. */
export interface SiteReport {
  readonly site: string;
  /** Name of the method. */
  readonly method: string;
  /** Σ |time-mean output − target| / Σ |target| on the held-out images, after the calibrated sites upstream. */
  readonly errorBefore: number;
  readonly errorAfter: number;
  readonly epochs: number;
  /** The epoch whose parameters were kept; 0 is the state before the first. */
  readonly bestEpoch: number;
  /** How many numbers were up for change. */
  readonly trainedParameters: number;
  /** On the held-out images, of the loss that the method goes by, where it has one. */
  readonly heldOutLoss?: { readonly before: number; readonly after: number };
  readonly seconds: number;
}
