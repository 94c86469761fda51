/** What `--version` shows; the same as in package.json, which a binary doesn't carry. */
export const VERSION = "0.1.0";
