/** Keyed random numbers: a number is a pure function of (seed, stream, trial, step, site, unit). */
export { mostHalvings, type PathStep, pathStep } from "./random/brownian.ts";
export { bootstrapIndices, integers, normals, permutation, uniforms, words } from "./random/draws.ts";
export { checkKey, type RandomKey, type RandomPlace, unitLimit } from "./random/key.ts";
export { type LawName, lawCodes, noiseBlock, noiseValue } from "./random/laws.ts";
export { philox4x32 } from "./random/philox.ts";
export { type Purpose, purposes, stream } from "./random/streams.ts";
