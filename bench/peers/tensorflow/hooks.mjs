/**
 * Resolution of modules as bundlers do it: TensorFlow.js publishes its gradients as modules that name each other without
 * an ending, which Node alone does not find.
 */

/** @type {import("node:module").ResolveHook} */
export function resolve(specifier, context, nextResolve) {
  const isBare = specifier.startsWith(".") && !specifier.endsWith(".js");
  if (!isBare || !context.parentURL?.includes("/@tensorflow/tfjs-core/dist/")) return nextResolve(specifier, context);
  return { url: new URL(`${specifier}.js`, context.parentURL).href, format: "module", shortCircuit: true };
}
