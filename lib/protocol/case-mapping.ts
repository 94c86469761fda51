/** How servers compare names without case (CASEMAPPING): https://modern.ircdocs.horse/#casemapping-parameter */
import { type Folded, fold } from "./names.ts";

/** Folds a name for lookup, as one server compares names. */
export type FoldName = (name: string) => Folded;

/**
 * Returns how a server folds names that announces this CASEMAPPING; `undefined`: none, as servers before ISUPPORT,
 * which go by RFC 1459. Mappings of Unicode names (rfc7613, rfc3454, precis) are folded as ours.
 *
 * @example foldBy("rfc1459")("[Jun]\\") === foldBy("rfc1459")("{jun}|") // true
 */
export function foldBy(mapping: string | undefined): FoldName {
  switch (mapping?.toLowerCase()) {
    case "ascii":
      return foldAscii;
    case undefined:
    case "rfc1459":
      return foldRfc1459;
    case "strict-rfc1459":
    case "rfc1459-strict":
      return foldStrictRfc1459;
    default:
      return fold;
  }
}

/** Letters beyond ASCII differ by case on such servers: É and é are two people. */
function foldAscii(name: string): Folded {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) as Folded;
}

/** Scandinavian keyboards of 1988 had these as capital and small letters. */
function foldRfc1459(name: string): Folded {
  return foldStrictRfc1459(name).replaceAll("~", "^") as Folded;
}

function foldStrictRfc1459(name: string): Folded {
  return foldAscii(name).replaceAll("[", "{").replaceAll("]", "}").replaceAll("\\", "|") as Folded;
}
