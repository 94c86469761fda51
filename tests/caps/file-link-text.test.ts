import { expect, test } from "bun:test";
import { fileText } from "../../lib/chat-server/relay/file-link-text.ts";
import type { SharedFile } from "../../lib/protocol/file-facts.ts";

const FILE = { id: "k3", name: "build.txt", size: 1_200_000 } as SharedFile;

/** The link that people read who see a file as a text. */
function linkAt(publicAddress: string | null, localAddress: string | null): string | undefined {
  const name = "sodam.internal";
  return fileText(FILE, "", { publicAddress, localAddress, name }).split(" ").at(-1);
}

test("a file's link leads to the owner's address, with the port on which the server listens if it names none", () => {
  expect(linkAt("chat.example.org", "chat.example.org:7701")).toBe(
    "sodam://chat.example.org:7701/file-k3",
  );
  expect(linkAt("chat.example.org:443", "chat.example.org:443")).toBe(
    "sodam://chat.example.org:443/file-k3",
  );
});

test("without an owner's address, a file's link leads where the server was found, also on its own machine alone", () => {
  expect(linkAt(null, "192.0.2.7:7701")).toBe("sodam://192.0.2.7:7701/file-k3");
  expect(linkAt(null, "127.0.0.1:7701")).toBe("sodam://127.0.0.1:7701/file-k3");
});

test("a server that doesn't listen yet is called by its name", () => {
  expect(linkAt(null, null)).toBe("sodam://sodam.internal:6697/file-k3");
});
