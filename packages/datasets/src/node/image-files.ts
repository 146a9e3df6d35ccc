import { join } from 'node:path';
import { listFolder } from './image-folder.js';

/**
 * The image files in a folder and the folders in it, in a settled order: those of a folder before those of its folders, each sorted.
 *
 * @throws (the promise rejects) naming the folder if it is missing, cannot be read, or holds no image.
 */
export async function imageFiles(folder: string): Promise<readonly string[]> {
  const found = await below(folder);
  if (found.length === 0) throw new Error(`${folder}: holds no image; give a folder of JPEG or PNG files`);
  return found;
}

async function below(folder: string): Promise<readonly string[]> {
  const { folders, images } = await listFolder(folder, 'give a folder of images');
  const nested: string[] = [];
  for (const name of folders) nested.push(...(await below(join(folder, name))));
  return [...images.map((name) => join(folder, name)), ...nested];
}
