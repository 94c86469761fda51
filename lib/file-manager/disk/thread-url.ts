/** Finds the scripts of threads, which are files of their own also in a compiled binary. */

/**
 * Returns where the script of a thread is, by its path below lib/file-manager without ".ts". In a binary it lies beside
 * the main script, under the name that .ci/build.ts gives it.
 *
 * @example new Worker(threadUrl("search/search-worker"))
 */
export function threadUrl(path: string): URL {
  const ownUrl = import.meta.url;
  const isScript = ownUrl.endsWith(".ts");
  return new URL(isScript ? `../${path}.ts` : `lib/file-manager/${path}.js`, ownUrl);
}
