import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./folders.mjs";

/** JSON Schema of a study file: it stands in the repository, so that editors find it without a build. */
const studySchemaFile = join(root, "schemas", "study.json");

/** Writes the JSON Schemas of the library as just built, where they differ. */
export async function writeSchemas() {
  const { studyJsonSchema } = await import(pathToFileURL(join(root, "dist", "study", "study-file", "schema.js")).href);
  const text = `${JSON.stringify(studyJsonSchema(), null, 2)}\n`;
  if (existsSync(studySchemaFile) && readFileSync(studySchemaFile, "utf8") === text) return;
  mkdirSync(dirname(studySchemaFile), { recursive: true });
  writeFileSync(`${studySchemaFile}.new`, text);
  renameSync(`${studySchemaFile}.new`, studySchemaFile);
}
