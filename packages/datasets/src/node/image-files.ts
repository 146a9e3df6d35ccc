import { describeSkipped } from '../skipped-file.js';
import { type ImageListing, listImages } from './list-images.js';

/**
 * The image files in a folder and the folders in it, in a settled order, and what was left out.
 *
 * @throws (the promise rejects) naming the folder if it is missing, cannot be read, or holds no image.
 */
export async function imageFiles(folder: string): Promise<ImageListing> {
  const listing = await listImages(folder, 'give a folder of images');
  if (listing.files.length === 0) {
    const skipped = describeSkipped(listing.skipped);
    throw new Error(
      `${folder}: holds no image; give a folder of JPEG or PNG files${skipped === undefined ? '' : ` (${skipped})`}`,
    );
  }
  return listing;
}
