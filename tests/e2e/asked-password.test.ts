import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { passwordOf, pipe, type Running, serverLink, signUp, startServer } from "./house.ts";
import { CLIENT, Folder } from "./program.ts";
import { Pty } from "./pty.ts";

/** A pipe command at a terminal asks for the account and password that nothing else gives. */

const folder = new Folder();
let server: Running;
/** Of a file that Mina has sent. */
let link = "";

beforeAll(async () => {
  server = await startServer(folder, ["--sign-up", "open"]);
  await using mina = await signUp(server, "mina");
  mina.says("JOIN #tea");
  await mina.hears(/ 366 /);
  writeFileSync(folder.at("recipe.txt"), "40 minutes\n");
  const sent = ["send", "#tea", "--file", "recipe.txt", "--json"];
  const { stdout } = await pipe(server, folder, "mina", sent);
  link = `${serverLink(server)}/file-${JSON.parse(stdout).file.id}`;
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

function opens(home: string, args: readonly string[]): Pty {
  const env = { XDG_CONFIG_HOME: folder.at(home), LC_ALL: "C.UTF-8", SODAM_PASSWORD: "" };
  const pty = new Pty([...CLIENT, ...args], env);
  pty.resize(100, 20);
  return pty;
}

test("who they are and their password, which isn't shown; the file goes where it should", async () => {
  const output = folder.at("got.txt");
  const pty = opens("stranger", ["get", link, "-o", output]);
  await pty.sees(" · ID:");
  pty.type("mina\r");
  await pty.sees("mina · Password:");
  pty.type(`${passwordOf("mina")}\r`);
  expect(await pty.exited).toBe(0);
  expect(readFileSync(output, "utf8")).toBe("40 minutes\n");
  expect(pty.written).not.toContain(passwordOf("mina"));
  pty.end();
});

test("the command that trusts an unknown certificate has the name that was given", async () => {
  const id = link.split("/").at(-1) ?? "";
  const pty = opens("wary", [`127.0.0.1:${server.port}`, "get", id, "-o", folder.at("no.txt")]);
  await pty.sees(" · ID:");
  pty.type("mina\r");
  await pty.sees("mina · Password:");
  pty.type(`${passwordOf("mina")}\r`);
  expect(await pty.exited).toBe(3);
  expect(pty.written).toContain(`--account mina ${serverLink(server)} get ${id}`);
  pty.end();
});

test("who leaves the question is told what could be given", async () => {
  const pty = opens("gone", ["get", link, "-o", folder.at("no.txt")]);
  await pty.sees(" · ID:");
  pty.type("\x04");
  expect(await pty.exited).toBe(2);
  expect(pty.written).toContain("Which account? Give --account NAME");
  pty.end();
});
