/** The references that the package ships. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type BibtexEntry, decodeBibtex } from "../../io/bibtex.ts";
import { packageFolder } from "./folders.ts";

export function bibliography(): Readonly<Record<string, BibtexEntry>> {
  const file = join(packageFolder, "docs", "references.bib");
  return decodeBibtex(readFileSync(file), file);
}
