/** What the terminal outside of tmux can do, as tmux knows it. */

type Environment = Readonly<Record<string, string | undefined>>;

/** What tmux says of itself and of the terminal that shows it. */
interface TmuxAnswer {
  /** "256,RGB,…": `client_termfeatures`, since tmux 3.2. */
  readonly features: string;
  /** The terminal's name and version: "kitty(0.35.2)". "": it hasn't said. */
  readonly name: string;
  /** Whether tmux lets through what it doesn't know itself. */
  readonly passesThrough: boolean;
  /** A cell of the terminal in pixels; null: it hasn't said. */
  readonly cell: { readonly width: number; readonly height: number } | null;
}

/** A tmux that doesn't answer must not keep the program from ending. */
const ANSWER_MS_MAX = 5000;
const QUESTION = [
  ...["#{client_termfeatures}", "#{allow-passthrough}"],
  ...["#{client_cell_width}", "#{client_cell_height}", "#{client_termtype}"],
].join("|");
/** tmux 3.3 says 1, later ones a word. */
const PASSES = /^(?:1|on|all)$/;

/**
 * Asks tmux for the terminal that shows this pane. Resolves to null where there is no tmux, or it doesn't say; never
 * rejects. It takes tens of milliseconds.
 */
export async function askTmux(environment: Environment): Promise<TmuxAnswer | null> {
  const { TMUX = "", TMUX_PANE = "" } = environment;
  if (TMUX === "") return null;
  const pane = TMUX_PANE === "" ? [] : ["-t", TMUX_PANE];
  try {
    const tmux = Bun.spawn(["tmux", "display-message", "-p", ...pane, QUESTION], {
      env: { ...environment },
      stdin: "ignore",
      stderr: "ignore",
      timeout: ANSWER_MS_MAX,
    });
    // The program may end before the answer.
    tmux.unref();
    const answer = (await new Response(tmux.stdout).text()).trim().split("|");
    const [features, passes, width, height, ...name] = answer;
    if (features === undefined || passes === undefined) return null;
    const cell = { width: Number(width), height: Number(height) };
    return {
      ...{ features, passesThrough: PASSES.test(passes), name: name.join("|") },
      cell: cell.width > 0 && cell.height > 0 ? cell : null,
    };
  } catch {
    // There is no such program on this side, as in a container.
    return null;
  }
}
