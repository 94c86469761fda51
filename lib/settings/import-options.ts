/** The options of the task `import`, which are no settings of the server. */
export interface ImportOptions {
  /** `--encoding`: "" to guess. */
  readonly encoding: string;
  /** `--timezone`: "" for the machine's. */
  readonly timezone: string;
  /** `--channel`, of an export of many: "" for the one with the room's name. */
  readonly channel: string;
  /** `--dry-run`: only report what would come in. */
  readonly dryRun: boolean;
}

const EXAMPLES = { encoding: "cp949", timezone: "Asia/Seoul", channel: "general" } as const;
type Name = keyof typeof EXAMPLES;

/**
 * Takes the options of `import` out of its arguments, wherever they stand: `--encoding cp949`,
 * `--timezone=Asia/Seoul`, `--dry-run`. Returns them with the other arguments, or a refusal for the
 * user.
 */
export function takeImportOptions(
  argv: readonly string[],
):
  | { readonly options: ImportOptions; readonly rest: readonly string[] }
  | { readonly refused: readonly string[] } {
  const values = { encoding: "", timezone: "", channel: "" };
  let dryRun = false;
  const rest: string[] = [];
  for (let index = 0; index < argv.length; index += 1) {
    const argument = argv[index] ?? "";
    const [, flag, inline] =
      /^--(encoding|timezone|channel|dry-run)(?:=(.*))?$/s.exec(argument) ?? [];
    if (flag === undefined) rest.push(argument);
    else if (flag === "dry-run") {
      if (inline !== undefined) return { refused: ["--dry-run takes no value."] };
      dryRun = true;
    } else {
      const value = inline ?? argv[index + 1] ?? "";
      if (inline === undefined) index += 1;
      if (value === "" || value.startsWith("--")) {
        return { refused: [`--${flag} needs a value, such as ${EXAMPLES[flag as Name]}.`] };
      }
      values[flag as Name] = value;
    }
  }
  return { options: { ...values, dryRun }, rest };
}
