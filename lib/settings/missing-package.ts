/**
 * Packages that can't be loaded. Bun fetches what a script imports when there is no `node_modules`;
 * without a registry, or with an unfinished `node_modules`, the import fails.
 */

const NOT_FOUND = /^(?:ResolveMessage: )?Cannot find (?:package|module) '((?:@[^'/]+\/)?[^'/]+)/;

/**
 * Returns the name of the package that an error is about, or `null` for another error; a file of our own
 * that is missing is a fault, and no package.
 *
 * @example missingPackage(await import("kleur").catch((error) => error)) // "kleur"
 */
export function missingPackage(error: unknown): string | null {
  if (typeof error !== "object" || error === null || !("message" in error)) return null;
  const [, name = null] = NOT_FOUND.exec(String(error.message)) ?? [];
  return name === null || name.startsWith(".") ? null : name;
}

/**
 * Returns the sentence for the owner of a server: what is missing, and what to do. `null` for another
 * error.
 */
export function missingPackageSentence(error: unknown): string | null {
  const name = missingPackage(error);
  if (name === null) return null;
  return `The package ${name} is missing, and could not be fetched: type "bun install" in the folder of server.ts where a package registry can be reached, and start again.`;
}

/**
 * Calls `load`, which loads packages, and returns the sentence about one that is missing; `null` if all
 * are there. Any other error is thrown.
 */
export function loadProblem(load: () => unknown): string | null {
  try {
    load();
    return null;
  } catch (error) {
    const sentence = missingPackageSentence(error);
    if (sentence === null) throw error;
    return sentence;
  }
}
