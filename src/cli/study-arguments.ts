/** What all commands of a study say about their arguments. */

export const studyFileHelp =
  "study file (YAML, JSON or TOML), the folder of a study in a store, or the name of a study of the package";
export const overridesHelp =
  "changes, such as training.updates=500 or 'noise.intensity=choice(0.1,0.5)'; also range(from,to,step), logspace(from,to,count)";
