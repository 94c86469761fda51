/** What the terminal outside of tmux can do, as tmux knows it. */

type Environment = Readonly<Record<string, string | undefined>>;

/** A tmux that doesn't answer must not keep the program from ending. */
const ANSWER_MS_MAX = 300;

/**
 * Asks tmux for the features of the terminal that shows this pane ("256,RGB,…"): `client_termfeatures`, since tmux 3.2.
 * Resolves to "" where there is no tmux, or it doesn't say; never rejects. It takes tens of milliseconds.
 */
export async function tmuxFeatures(environment: Environment): Promise<string> {
  const { TMUX = "", TMUX_PANE = "" } = environment;
  if (TMUX === "") return "";
  const pane = TMUX_PANE === "" ? [] : ["-t", TMUX_PANE];
  try {
    const tmux = Bun.spawn(["tmux", "display-message", "-p", ...pane, "#{client_termfeatures}"], {
      env: { ...environment },
      stdin: "ignore",
      stderr: "ignore",
      timeout: ANSWER_MS_MAX,
    });
    // The program may end before the answer.
    tmux.unref();
    return (await new Response(tmux.stdout).text()).trim();
  } catch {
    // There is no such program on this side, as in a container.
    return "";
  }
}
