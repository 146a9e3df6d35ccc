import { execFile } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { PeerContender } from './inference-task.js';
import { peerContenders } from './inference-task.js';

const peersFolder = new URL('../peers/', import.meta.url);
const packages: Readonly<Record<PeerContender, string>> = {
  'ann-onnxruntime-web': 'onnxruntime-web',
  'ann-onnxruntime-node': 'onnxruntime-node',
};

/** A peer's module, or why there is none. */
export type Peer =
  | { readonly contender: PeerContender; readonly module: string }
  | { readonly contender: PeerContender; readonly absent: string };

/**
 * The peers in the folder `apps/bench/peers`, which is a package outside the workspace: they take 440 MB, and are installed there on first
 * use, without running their scripts. One that cannot be installed is absent.
 *
 * @param folder a package; a URL that ends with a slash
 */
export async function findPeers(say: (message: string) => void, folder = peersFolder): Promise<readonly Peer[]> {
  const found = peerContenders.map((contender) => findPeer(contender, folder));
  if (found.every((peer) => 'module' in peer)) return found;
  const failure = await install(say, folder);
  return peerContenders.map((contender) => {
    const peer = findPeer(contender, folder);
    return 'absent' in peer && failure !== undefined ? { contender, absent: failure } : peer;
  });
}

function findPeer(contender: PeerContender, folder: URL): Peer {
  const name = packages[contender];
  const absent = { contender, absent: `${name} is not installed in ${fileURLToPath(folder)}` };
  try {
    const path = createRequire(new URL('package.json', folder)).resolve(name);
    // NODE_PATH may lead to a copy elsewhere, of another version.
    return path.startsWith(realpathSync(folder)) ? { contender, module: pathToFileURL(path).href } : absent;
  } catch {
    return absent;
  }
}

/** Installs what peers/package.json names; gives the reason if that fails. */
async function install(say: (message: string) => void, folder: URL): Promise<string | undefined> {
  const path = fileURLToPath(folder);
  if (!existsSync(path)) return `there is no folder ${path}, which only the repository has`;
  say(`Installing onnxruntime into ${path} (440 MB, once) …`);
  const isWindows = process.platform === 'win32';
  const words = ['install', '--ignore-scripts', '--no-package-lock', '--no-audit', '--no-fund'];
  try {
    await promisify(execFile)(isWindows ? 'npm.cmd' : 'npm', words, { cwd: path, shell: isWindows });
    return undefined;
  } catch (error) {
    return `npm could not install it: ${error instanceof Error ? error.message.trim().split('\n').at(-1) : String(error)}`;
  }
}
