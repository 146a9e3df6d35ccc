import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { extname, normalize, resolve, sep } from 'node:path';

/** What a page server serves, and how. */
export interface ServedPages {
  /** Folder by the path it is served under, such as `{ '/': …, '/tfjs-wasm/': … }`; the longest path that fits counts. */
  readonly folders: Readonly<Record<`/${string}`, string>>;
  /**
   * `isolated` sends the headers that isolate a page from other origins, so that it has SharedArrayBuffer and
   * WebAssembly threads; `plain` does not.
   */
  readonly origin: 'plain' | 'isolated';
}

/** Files over HTTP, on this machine alone. */
export interface PageServer {
  /** The address of a path, such as `/training.html`. */
  url(path: string): string;
  /** Paths that were asked for and are not there. */
  readonly missing: readonly string[];
  close(): Promise<void>;
}

// WebAssembly compiles while it streams only under its own type, and modules run only under JavaScript's.
const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

const isolation = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
};

/** A path without its escapes, unless they are no UTF-8. */
function decoded(pathname: string): string | undefined {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
}

/** The file that a path stands for, if it lies in a served folder. */
function fileOf(path: string, folders: ServedPages['folders']): string | undefined {
  const found = Object.entries(folders)
    .filter(([prefix]) => path.startsWith(prefix))
    .toSorted(([a], [b]) => b.length - a.length)[0];
  if (found === undefined) return undefined;
  const [prefix, folder] = found;
  const root = resolve(folder);
  const file = resolve(root, normalize(path.slice(prefix.length)));
  return file.startsWith(root + sep) ? file : undefined;
}

/** Serves folders over HTTP on a free port of the loopback interface, until it is closed. */
export async function servePages({ folders, origin }: ServedPages): Promise<PageServer> {
  const missing: string[] = [];
  const headers = origin === 'isolated' ? isolation : {};
  const refuse = (response: ServerResponse, path: string): void => {
    missing.push(path);
    response.writeHead(404, headers).end();
  };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://page');
    const path = decoded(pathname);
    const file = path === undefined ? undefined : fileOf(path, folders);
    if (path === undefined || file === undefined) return refuse(response, pathname);
    readFile(file).then(
      (content) => {
        const type = types[extname(file)] ?? 'application/octet-stream';
        response.writeHead(200, { ...headers, 'content-type': type, 'content-length': content.length }).end(content);
      },
      () => refuse(response, path),
    );
  });
  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen(0, '127.0.0.1', listening);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The page server has no port.');
  return {
    url: (path) => `http://127.0.0.1:${address.port}${path}`,
    missing,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
