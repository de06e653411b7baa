/** Where the statements come from. */
export const abstracts = {
  both: "Abstract, versions 1 and 2",
  second: "Abstract, version 2",
} as const;
