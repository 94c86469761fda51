/** Runs the user's editor program in the terminal. */
import { splitCommand } from "../protocol/split-command.ts";

type Environment = Readonly<Record<string, string | undefined>>;

type EditorFailure =
  | { readonly kind: "none" }
  | { readonly kind: "missing"; readonly program: string }
  | { readonly kind: "failed"; readonly program: string };

/** After this a signal that came with the end of a program has been noticed also on a busy machine. */
const LATE_SIGNAL_MS = 50;
/** Editors that systems have without a choice of the user's. */
const USUAL_EDITORS = process.platform === "win32" ? ["notepad"] : ["nano", "vi"];

/**
 * Opens a file in $VISUAL, $EDITOR, or a usual editor, which has the terminal until it ends. Resolves to null when it
 * ended well, else to why not; never rejects.
 */
export async function runEditor(
  path: string,
  environment: Environment,
): Promise<EditorFailure | null> {
  const words = splitCommand(
    environment["VISUAL"] || environment["EDITOR"] || "",
    process.platform === "win32",
  );
  const PATH = environment["PATH"] ?? "";
  const usual = USUAL_EDITORS.find((name) => Bun.which(name, { PATH }) !== null);
  const [program = usual, ...args] = words;
  if (program === undefined) return { kind: "none" };
  if (Bun.which(program, { PATH }) === null) return { kind: "missing", program };
  try {
    const child = Bun.spawn([program, ...args, path], {
      ...{ stdin: "inherit", stdout: "inherit", stderr: "inherit" },
      env: environment,
    });
    const code = await child.exited;
    // A Ctrl-C that ended it was sent to this process as well, and may be noticed a little later.
    await Bun.sleep(LATE_SIGNAL_MS);
    return code === 0 ? null : { kind: "failed", program };
  } catch {
    return { kind: "failed", program };
  }
}
