/**
 * Runs before the first test of each `bun test`. Installs the packages when they are missing, which `bun test`
 * does not do by itself, and gives each test as long as `TEST_TIMEOUT_MS`. Uses builtins only: nothing else may
 * be there yet.
 */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** For the slowest end-to-end test on a busy machine. `--timeout` on the command line wins. */
const TEST_TIMEOUT_MS = 60_000;

/** A worker of `--parallel` gets a timeout in any case: this one where the command line has none. */
const WORKER_DEFAULT = "--timeout=5000";

/**
 * Set for the run that follows an installation, so that it never installs again. Its value is the root, since
 * that run's tests may test another tree.
 */
const INSTALLED_MARK = "SODAM_TEST_PACKAGES_INSTALLED";

const ROOT = resolve(import.meta.dir, "..");

const command = commandLine();
if (!arePackagesInstalled()) await installAndRunAgain();
if (!hasTimeout()) extendTimeout();

function arePackagesInstalled(): boolean {
  const { dependencies, devDependencies } = JSON.parse(
    readFileSync(join(ROOT, "package.json"), "utf8"),
  ) as { dependencies: object; devDependencies: object };
  return Object.keys({ ...dependencies, ...devDependencies }).every((name) =>
    existsSync(join(ROOT, "node_modules", name, "package.json")),
  );
}

/** Installs from the lock file, runs the same command line as a child, and ends with its exit code. */
async function installAndRunAgain(): Promise<never> {
  const stdio = ["ignore", "inherit", "inherit"] as const;
  if (process.env[INSTALLED_MARK] !== ROOT) {
    const install = [process.execPath, "install", "--frozen-lockfile", "--silent"];
    if ((await Bun.spawn(install, { cwd: ROOT, stdio: [...stdio] }).exited) === 0) {
      const env = { ...process.env, [INSTALLED_MARK]: ROOT };
      const again = Bun.spawn([process.execPath, ...command.slice(1)], {
        env,
        stdio: ["inherit", "inherit", "inherit"],
      });
      process.exit(await again.exited);
    }
  }
  process.stderr.write(
    "The packages that the tests need are missing and could not be installed. " +
      "Type `bun install` where a package registry can be reached, then run this again.\n",
  );
  process.exit(1);
}

function hasTimeout(): boolean {
  const isWorker = command.includes("--test-worker");
  return command.some(
    (word) => word.startsWith("--timeout") && !(isWorker && word === WORKER_DEFAULT),
  );
}

/** Returns the words of this process's command line, `bun` first. */
function commandLine(): string[] {
  try {
    return readFileSync("/proc/self/cmdline", "utf8").split("\0").slice(0, -1);
  } catch {
    // Without /proc: a word with a space in it comes apart here.
    const ps = Bun.spawnSync(["ps", "-o", "args=", "-p", String(process.pid)]);
    const words = ps.stdout.toString().trim().split(/\s+/);
    return words.length > 1 ? words : ["bun", "test"];
  }
}

/** `setDefaultTimeout` holds for one file only, so each file gets it on its first line. */
function extendTimeout(): void {
  const prefix = `import { setDefaultTimeout as extend } from "bun:test"; extend(${TEST_TIMEOUT_MS}); `;
  Bun.plugin({
    name: "test timeout",
    setup(build) {
      build.onLoad({ filter: /\.(?:test|clients)\.ts$/ }, ({ path }) => ({
        contents: prefix + readFileSync(path, "utf8"),
        loader: "ts",
      }));
    },
  });
}
