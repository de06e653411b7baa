/** Where the statements come from. */
export const abstractOf2021 = "Abstract";
