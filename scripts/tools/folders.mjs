import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the project. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

/** What the tools keep beside the build: stamp, lock, TypeScript's own records. Not packed. */
export const buildFolder = join(root, "dist", ".build");
