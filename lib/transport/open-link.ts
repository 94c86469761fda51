/** Opens addresses and files, by the program that the system has for them. */
import { isAbsolute } from "node:path";

/** Such a program hands the address over and ends. One that runs for longer is the browser itself. */
const HANDED_OVER_MS = 3000;

type Environment = Readonly<Record<string, string | undefined>>;

/** Returns the command that opens an address or a file; null where there is no desktop, for example through ssh. */
function openerOf(platform: NodeJS.Platform, environment: Environment): readonly string[] | null {
  if (platform === "darwin") return ["open"];
  // No shell: an address may have signs that cmd.exe takes for its own.
  if (platform === "win32") return ["rundll32", "url.dll,FileProtocolHandler"];
  if ((environment["WSL_DISTRO_NAME"] ?? "") !== "") return ["wslview"];
  const hasDesktop = ["WAYLAND_DISPLAY", "DISPLAY"].some(
    (name) => (environment[name] ?? "") !== "",
  );
  return hasDesktop ? ["xdg-open"] : null;
}

/**
 * Opens an address (http or https) in the browser. Resolves to whether that worked, as far as the system's
 * program tells; never rejects.
 */
export function openLink(link: string, environment: Environment): Promise<boolean> {
  return /^https?:\/\/[!-~]+$/i.test(link) ? handOver(link, environment) : Promise.resolve(false);
}

/** Opens a file by its absolute path, in the program that the system has for it. As {@link openLink}. */
export function openFile(path: string, environment: Environment): Promise<boolean> {
  return isAbsolute(path) ? handOver(path, environment) : Promise.resolve(false);
}

async function handOver(target: string, environment: Environment): Promise<boolean> {
  const opener = openerOf(process.platform, environment);
  if (opener === null) return false;
  try {
    const child = Bun.spawn([...opener, target], {
      ...{ stdin: "ignore", stdout: "ignore", stderr: "ignore" },
      env: environment,
    });
    child.unref();
    const isRunning = new Promise<number>((resolve) => {
      setTimeout(resolve, HANDED_OVER_MS, 0).unref();
    });
    return (await Promise.race([child.exited, isRunning])) === 0;
  } catch {
    return false;
  }
}
