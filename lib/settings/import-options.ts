/** The options of the task `import`, which are no settings of the server. */
export interface ImportOptions {
  /** `--encoding`: "" to guess. */
  readonly encoding: string;
  /** `--timezone`: "" for the machine's. */
  readonly timezone: string;
  /** `--dry-run`: only report what would come in. */
  readonly dryRun: boolean;
  /** `--channel`: the room's name in a log that has many; "" for the same name. */
  readonly channel: string;
}

/** The options that take a value, with an example of one. */
const EXAMPLES = { encoding: "cp949", timezone: "Asia/Seoul", channel: "general" } as const;

/**
 * Takes the options of `import` out of its arguments, wherever they stand: `--encoding cp949`, `--timezone=Asia/Seoul`,
 * `--channel general`, `--dry-run`. Returns them with the other arguments, or a refusal for the user.
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
      const option = flag as keyof typeof EXAMPLES;
      const value = inline ?? argv[index + 1] ?? "";
      if (inline === undefined) index += 1;
      if (value === "" || value.startsWith("--")) {
        return { refused: [`--${flag} needs a value, such as ${EXAMPLES[option]}.`] };
      }
      values[option] = value;
    }
  }
  return { options: { ...values, dryRun }, rest };
}
