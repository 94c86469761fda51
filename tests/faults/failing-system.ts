/**
 * Lets calls on files and on the system fail. Preload it (`bun --preload`): it stands before node:fs,
 * node:os, Bun's listeners and the like, and passes every call on, but for the one that is to fail. A program
 * of its own is given the fault by the environment: `FAULT='{"call":"fs.fsyncSync","nth":1,"code":"EIO"}'`.
 */
import { mock } from "bun:test";
import * as fsModule from "node:fs";
import * as promisesModule from "node:fs/promises";
import * as osModule from "node:os";

export interface Fault {
  /** As {@link FailingSystem.calls} has it: `fs.openSync`, `os.hostname`. */
  readonly call: string;
  /** Which of its calls fails, from 1; `null` for all. */
  readonly nth: number | null;
  readonly code: string;
}

export interface FailingSystem {
  fault: Fault | null;
  /** As some FUSE disks: no file has a name (nlink is 0), and a folder's entries are of no known kind. */
  isReticent: boolean;
  /** The calls so far. Of files only those count whose path contains {@link MARK}. */
  readonly calls: string[];
  reset(fault: Fault | null): void;
}

/** Files elsewhere (modules, the test's own) never fail. */
export const MARK = "faults-";

const fs = { ...fsModule };
const promises = { ...promisesModule };
const os = { ...osModule };
const LOG = process.env["FAULT_LOG"];

const counts = new Map<string, number>();
/** Descriptors of the files that count, with their paths. */
const paths = new Map<number, string>();

const system: FailingSystem = {
  fault: JSON.parse(process.env["FAULT"] ?? "null") as Fault | null,
  isReticent: false,
  calls: [],
  reset(fault) {
    system.fault = fault;
    system.calls.length = 0;
    counts.clear();
  },
};
(globalThis as { failingSystem?: FailingSystem }).failingSystem = system;

/** Counts a call. Returns the error with which it is to fail, or `null`. */
function failureOf(call: string, path: string | null): Error | null {
  const count = (counts.get(call) ?? 0) + 1;
  counts.set(call, count);
  system.calls.push(call);
  if (LOG !== undefined) fs.appendFileSync(LOG, `${call} ${count} ${path ?? ""}\n`);
  const { fault } = system;
  if (fault === null || fault.call !== call || (fault.nth ?? count) !== count) return null;
  const syscall = call.replace(/^.*\.|Sync$/g, "");
  const error = new Error(`${fault.code}: injected, ${syscall}`);
  return Object.assign(error, {
    ...{ code: fault.code, errno: -1, syscall },
    ...(path !== null && !/^(f|read$|write$|close$)/.test(syscall) && { path }),
  });
}

/** Returns the path that a call is about, or `null` when it isn't about a file that counts. */
function pathOf(args: readonly unknown[]): string | null {
  const [first] = args;
  if (typeof first === "number") return paths.get(first) ?? null;
  return typeof first === "string" && first.includes(MARK) ? first : null;
}

type AnyFunction = (...args: never[]) => unknown;

function failing(call: string, real: AnyFunction): AnyFunction {
  return (...args: unknown[]): unknown => {
    const path = pathOf(args);
    const error = path === null ? null : failureOf(call, path);
    const callNow = (): unknown => real(...(args as never[]));
    const finish = args.at(-1);
    if (error === null && path !== null && call === "fs.open" && typeof finish === "function") {
      args[args.length - 1] = (failure: unknown, fd: number) => {
        if (failure === null) paths.set(fd, path);
        finish(failure, fd);
      };
    }
    if (error === null) {
      const result = callNow();
      if (path !== null && call === "fs.openSync") paths.set(result as number, path);
      if (/\.close(Sync)?$/.test(call)) paths.delete(args[0] as number);
      return path !== null && system.isReticent ? withoutFacts(call, result) : result;
    }
    const code = (error as unknown as { code: string }).code;
    const [, option] = args as [unknown, Record<string, unknown> | undefined];
    if (code === "ENOENT" && option?.["throwIfNoEntry"] === false) return undefined;
    if (code === "ENOENT" && option?.["force"] === true) return undefined;
    if (code === "EEXIST" && option?.["recursive"] === true) return callNow();
    // The system closes a descriptor even when it reports an error.
    if (/\.close(Sync)?$/.test(call)) {
      paths.delete(args[0] as number);
      fs.closeSync(args[0] as number);
    }
    if (call === "fs.existsSync") return false;
    if (typeof finish === "function") return void setImmediate(() => finish(error));
    throw error;
  };
}

function withoutFacts(call: string, result: unknown): unknown {
  if (/\.f?statSync$/.test(call) && result !== undefined) {
    return Object.assign(Object.create(result as object), { nlink: 0 });
  }
  if (call !== "fs.readdirSync") return result;
  return (result as (string | fsModule.Dirent)[]).map((entry) => {
    if (typeof entry === "string") return entry;
    const [no, yes] = [() => false, () => true];
    return { name: entry.name, isFile: no, isDirectory: no, isSymbolicLink: no, isUnknown: yes };
  });
}

function failingLater(call: string, real: AnyFunction): AnyFunction {
  const fail = failing(call, real);
  return async (...args: never[]) => {
    const result = await fail(...args);
    return call === "promises.open" && pathOf(args) !== null
      ? failingHandle(result as promisesModule.FileHandle, String(args[0]))
      : result;
  };
}

function failingHandle(handle: promisesModule.FileHandle, path: string): unknown {
  return new Proxy(handle, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== "function") return value;
      return async (...args: unknown[]) => {
        const error = failureOf(`handle.${String(name)}`, path);
        if (error === null || name === "close") {
          const result: unknown = await Reflect.apply(value, target, args);
          if (error === null) return result;
        }
        throw error;
      };
    },
  });
}

function failingSystemCall(call: string, real: AnyFunction): AnyFunction {
  return (...args: never[]) => {
    const error = failureOf(call, null);
    if (error !== null) throw error;
    return real(...args);
  };
}

function replaced(
  area: string,
  module: Record<string, unknown>,
  wrap: (call: string, real: AnyFunction) => AnyFunction,
): Record<string, unknown> {
  const entries = Object.entries(module).map(([name, value]) => {
    const isCall = typeof value === "function" && !/^[A-Z_]/.test(name);
    return [name, isCall ? wrap(`${area}.${name}`, value as AnyFunction) : value] as const;
  });
  return Object.fromEntries(entries);
}

const failingFs = replaced("fs", fs, failing);
mock.module("node:fs", () => ({ ...failingFs, default: failingFs }));
const failingPromises = replaced("promises", promises, failingLater);
mock.module("node:fs/promises", () => ({ ...failingPromises, default: failingPromises }));
const failingOs = replaced("os", os, failingSystemCall);
mock.module("node:os", () => ({ ...failingOs, default: failingOs }));

const { listen } = Bun;
Object.assign(Bun, {
  listen(options: { unix?: string }) {
    const { unix } = options;
    if (unix !== undefined) {
      const isAbstract = unix.startsWith("\0");
      const anySocket = failureOf("Bun.listen at any socket", unix);
      const error = anySocket ?? (isAbstract ? null : failureOf("Bun.listen", unix));
      if (error !== null) throw error;
    }
    return listen(options as never);
  },
});
const report = process.report.getReport.bind(process.report);
process.report.getReport = failingSystemCall("process.report", report as AnyFunction) as never;
process.cwd = failingSystemCall("process.cwd", process.cwd.bind(process)) as () => string;
