// @ts-expect-error Bun hands over the text of the file, which the compiler takes for a module.
import text from "./script-types.ts" with { type: "text" };

/** The types of what a script gets, as they are written into the scripts' folder. */
export const typesText: string = text;
