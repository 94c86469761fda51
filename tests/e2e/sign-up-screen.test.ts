import { expect, test } from "bun:test";
import { join, resolve } from "node:path";
import { Pty } from "./pty.ts";
import { newFolder, Served } from "./served.ts";

/** Sign-up where the server takes it only after registration: the real scripts in a real terminal. */

const CLIENT = resolve(import.meta.dir, "../../client.ts");

async function answers(pty: Pty, question: string, typed: string): Promise<void> {
  await pty.sees(question);
  pty.type(typed);
}

test("where sign-up needs a registered connection, enters as a guest and then signs up", async () => {
  const folder = newFolder();
  const late = ["--guests", "--register-before-connect", "no"];
  const server = await Served.start(folder.path, ...late);
  const address = `127.0.0.1:${server.port}`;
  const command = ["bun", CLIENT, "--plain", "--config-dir", join(folder.path, "mina"), address];
  const mina = new Pty(command, { LC_ALL: "en_US.UTF-8" });
  try {
    mina.resize(100, 30);
    await mina.sees("● Log in");
    mina.type("\x1b[B");
    await answers(mina, "● Sign up", "\r");
    await answers(mina, "◆  ID", "mina\r");
    await answers(mina, "◆  Password (at least", "correct horse\r");
    await answers(mina, "◆  The same password", "correct horse\r");
    await mina.sees("Done. You are mina.");
    expect(mina.rows().filter((row) => row.includes("Signing up"))).toHaveLength(1);
  } finally {
    mina.end();
    await server.end("SIGTERM");
    folder.remove();
  }
}, 60_000);

test("an ID that the server refused is not in the field any more", async () => {
  const folder = newFolder();
  const server = await Served.start(folder.path, "--sign-up", "open");
  const address = `127.0.0.1:${server.port}`;
  const start = (name: string) =>
    new Pty(["bun", CLIENT, "--plain", "--config-dir", join(folder.path, name), address], {
      LC_ALL: "en_US.UTF-8",
    });
  const signUp = async (pty: Pty) => {
    pty.resize(100, 30);
    await pty.sees("● Log in");
    pty.type("\x1b[B");
    await answers(pty, "● Sign up", "\r");
    await answers(pty, "◆  ID", "mina\r");
  };
  const [mina, other] = [start("mina"), start("other")];
  try {
    await signUp(mina);
    await answers(mina, "◆  Password (at least", "correct horse\r");
    await answers(mina, "◆  The same password", "correct horse\r");
    await mina.sees("Done. You are mina.");
    await signUp(other);
    await other.sees("That name is taken");
    await answers(other, "◆  ID", "minji\r");
    await answers(other, "◆  Password (at least", "correct horse\r");
    await answers(other, "◆  The same password", "correct horse\r");
    await other.sees("Done. You are minji.");
  } finally {
    mina.end();
    other.end();
    await server.end("SIGTERM");
    folder.remove();
  }
}, 60_000);

test("where sign-up needs an invitation, it is asked for before anything else", async () => {
  const folder = newFolder();
  const server = await Served.start(folder.path, "--sign-up", "invite");
  const address = `127.0.0.1:${server.port}`;
  const command = ["bun", CLIENT, "--plain", "--config-dir", join(folder.path, "mina"), address];
  const mina = new Pty(command, { LC_ALL: "en_US.UTF-8" });
  try {
    mina.resize(100, 40);
    await mina.sees("● Log in");
    mina.type("\x1b[B");
    await answers(mina, "● Sign up", "\r");
    await mina.sees("You need an invitation");
    expect(mina.rows().some((row) => row.includes("ID (others see it"))).toBe(false);
    await answers(mina, "◆  Invitation code", "wrongcode\r");
    await mina.sees("That invitation is wrong");
    await answers(mina, "◆  Invitation code", `${server.invitation}\r`);
    await answers(mina, "◆  ID", "mina\r");
    await answers(mina, "◆  Password (at least", "correct horse\r");
    await answers(mina, "◆  The same password", "correct horse\r");
    await mina.sees("Done. You are mina.");
  } finally {
    mina.end();
    await server.end("SIGTERM");
    folder.remove();
  }
}, 60_000);
