import { remark } from "./output.ts";

/** Says once for each address that something is fetched from it. */
export function fetchNotice(isQuiet: boolean): (progress: { readonly address: string }) => void {
  const seen = new Set<string>();
  return ({ address }) => {
    if (!isQuiet && !seen.has(address)) remark(`Fetching ${address}`);
    seen.add(address);
  };
}
