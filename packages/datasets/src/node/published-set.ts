/** One file of a set as its authors, or a mirror, publish it. */
export interface PublishedFile {
  readonly url: string;
  readonly bytes: number;
  /** SHA-256 of the file, 64 lower-case hexadecimal digits. What does not have it is not kept. */
  readonly sha256: string;
}

/** A set that can be downloaded, and the folder it becomes. */
export interface PublishedSet {
  /** The folder's name under the data folder. */
  readonly folder: string;
  /** `files`: they are put into the folder as they are; `tar.gz`: one archive that holds the folder. */
  readonly form:
    | { readonly kind: 'files'; readonly files: readonly PublishedFile[] }
    | { readonly kind: 'tar.gz'; readonly archive: PublishedFile };
}

const toronto = 'https://www.cs.toronto.edu/~kriz';

export const cifar10Publication: PublishedSet = {
  folder: 'cifar-10-batches-bin',
  form: {
    kind: 'tar.gz',
    archive: {
      url: `${toronto}/cifar-10-binary.tar.gz`,
      bytes: 170_052_171,
      sha256: 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd',
    },
  },
};

export const cifar100Publication: PublishedSet = {
  folder: 'cifar-100-binary',
  form: {
    kind: 'tar.gz',
    archive: {
      url: `${toronto}/cifar-100-binary.tar.gz`,
      bytes: 168_513_733,
      sha256: '58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec',
    },
  },
};

const mnistFiles = [
  'train-images-idx3-ubyte.gz',
  'train-labels-idx1-ubyte.gz',
  't10k-images-idx3-ubyte.gz',
  't10k-labels-idx1-ubyte.gz',
] as const;

/** Four files with the names that MNIST gave them: their sizes and SHA-256, in that order. */
function likeMnist(
  folder: string,
  address: string,
  files: readonly (readonly [bytes: number, sha256: string])[],
): PublishedSet {
  const published = files.map(([bytes, sha256], i) => ({ url: `${address}/${mnistFiles[i]}`, bytes, sha256 }));
  return { folder, form: { kind: 'files', files: published } };
}

export const mnistPublication: PublishedSet = likeMnist('mnist', 'https://ossci-datasets.s3.amazonaws.com/mnist', [
  [9_912_422, '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609'],
  [28_881, '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c'],
  [1_648_877, '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6'],
  [4_542, 'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6'],
]);

export const fashionMnistPublication: PublishedSet = likeMnist(
  'fashion-mnist',
  'https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion',
  [
    [26_421_880, '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84'],
    [29_515, 'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845'],
    [4_422_102, '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073'],
    [5_148, '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5'],
  ],
);
