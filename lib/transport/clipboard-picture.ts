/** Reads a picture from the system's clipboard: by Bun on macOS and Windows, by wl-paste or xclip elsewhere. */

type Environment = Readonly<Record<string, string | undefined>>;

/** The picture, or why there is none. "no-program": nothing here can read the clipboard. */
type ClipboardAnswer =
  | { readonly kind: "picture"; readonly bytes: Uint8Array; readonly extension: string }
  | { readonly kind: "none" | "no-program" | "failed" | "too-large" };

/** A picture of a screen has some megabytes. */
const PICTURE_BYTES_MAX = 64 << 20;
/** Whoever put something into the clipboard may have gone, or be stuck. */
const ANSWER_MS_MAX = 5000;
/** What programs offer, the best first: nothing is lost in the first. */
const TYPES = ["image/png", "image/webp", "image/jpeg", "image/gif"] as const;

/** A program that hands over the clipboard: its offers, one a line, and one of them. */
interface ClipboardProgram {
  readonly offers: readonly string[];
  readonly read: (type: string) => readonly string[];
}

const WAYLAND: ClipboardProgram = {
  offers: ["wl-paste", "--list-types"],
  read: (type) => ["wl-paste", "--no-newline", "--type", type],
};
const X11: ClipboardProgram = {
  offers: ["xclip", "-selection", "clipboard", "-out", "-target", "TARGETS"],
  read: (type) => ["xclip", "-selection", "clipboard", "-out", "-target", type],
};

/** Resolves to the picture in the clipboard, or to why there is none. Never rejects. */
export async function clipboardPicture(environment: Environment): Promise<ClipboardAnswer> {
  try {
    if (process.platform === "darwin" || process.platform === "win32") return await nativePicture();
    const PATH = environment["PATH"] ?? "";
    const program = [
      ...((environment["WAYLAND_DISPLAY"] ?? "") === "" ? [] : [WAYLAND]),
      ...((environment["DISPLAY"] ?? "") === "" ? [] : [X11]),
    ].find(({ offers }) => Bun.which(offers[0] ?? "", { PATH }) !== null);
    return program === undefined ? { kind: "no-program" } : await pictureBy(program, environment);
  } catch {
    return { kind: "failed" };
  }
}

async function nativePicture(): Promise<ClipboardAnswer> {
  const picture = Bun.Image.fromClipboard();
  if (picture === null) return { kind: "none" };
  const bytes = await picture.png().bytes();
  if (bytes.length > PICTURE_BYTES_MAX) return { kind: "too-large" };
  return { kind: "picture", bytes, extension: "png" };
}

async function pictureBy(
  { offers, read }: ClipboardProgram,
  environment: Environment,
): Promise<ClipboardAnswer> {
  const offered = await outputOf(offers, environment);
  if (offered === "too-large") return { kind: "failed" };
  // An empty clipboard ends these programs with an error.
  const lines = new TextDecoder().decode(offered ?? new Uint8Array()).split(/\s+/);
  const type = TYPES.find((each) => lines.includes(each));
  if (type === undefined) return { kind: "none" };
  const bytes = await outputOf(read(type), environment);
  if (bytes === "too-large") return { kind: "too-large" };
  if (bytes === null || bytes.length === 0) return { kind: "failed" };
  return { kind: "picture", bytes, extension: type === "image/jpeg" ? "jpg" : type.slice(6) };
}

/** Resolves to what a program prints; null where it fails, or takes too long. */
async function outputOf(
  command: readonly string[],
  environment: Environment,
): Promise<Uint8Array | "too-large" | null> {
  const child = Bun.spawn([...command], {
    ...{ stdin: "ignore", stdout: "pipe", stderr: "ignore", env: environment },
    ...{ timeout: ANSWER_MS_MAX, killSignal: "SIGKILL" },
  });
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of child.stdout) {
    length += chunk.length;
    if (length > PICTURE_BYTES_MAX) {
      child.kill("SIGKILL");
      return "too-large";
    }
    chunks.push(chunk);
  }
  return (await child.exited) === 0 ? Buffer.concat(chunks) : null;
}
