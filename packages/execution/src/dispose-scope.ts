/** Something that holds tensors. */
export interface Disposable {
  dispose(): void;
}

/** Disposables that are freed together. */
export interface DisposeScope extends Disposable {
  /** Adds one and returns it. */
  add<Part extends Disposable>(part: Part): Part;
}

/** A scope for disposables that are created in sequence: if creating one fails, disposing the scope frees the earlier ones. */
export function disposeScope(): DisposeScope {
  const parts: Disposable[] = [];
  return {
    add: (part) => {
      parts.unshift(part);
      return part;
    },
    dispose: () => {
      for (const part of parts.splice(0)) part.dispose();
    },
  };
}
