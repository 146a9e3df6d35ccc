/** Something that holds tensors. */
export interface Disposable {
  dispose(): void;
}

/** Things that are freed together. */
export interface DisposeScope extends Disposable {
  /** Takes one in, and gives it back. */
  add<Part extends Disposable>(part: Part): Part;
}

/** A scope for what is made one after the other: where a later one cannot be made, disposing the scope frees the earlier ones. */
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
