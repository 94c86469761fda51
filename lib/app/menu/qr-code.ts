/** Draws a QR code with half blocks, for a terminal whose letters are lighter than its background. */

/** Light modules around the code; apps find it with fewer than the standard's four. */
const BORDERS = [2, 1] as const;

/**
 * Returns the rows of a QR code of a text, or `null` if none fits into so many columns. The light parts are drawn,
 * and the dark ones are left out. On a light background it is inverted, which most apps read as well.
 */
export async function qrRows(text: string, columns: number): Promise<readonly string[] | null> {
  const { encode } = await import("uqr");
  for (const border of BORDERS) {
    const { data, size } = encode(text, { ecc: "L", border });
    if (size > columns) continue;
    const isLight = (row: number, column: number): boolean => data[row]?.[column] !== true;
    return Array.from({ length: Math.ceil(size / 2) }, (_, index) =>
      Array.from({ length: size }, (__, column) => {
        const isUpper = isLight(2 * index, column);
        const isLower = isLight(2 * index + 1, column);
        if (isUpper && isLower) return "█";
        return isUpper ? "▀" : isLower ? "▄" : " ";
      }).join(""),
    );
  }
  return null;
}
