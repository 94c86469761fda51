import { expect, test } from "bun:test";
import { passwordAt } from "../../lib/app/connection/trust-server.ts";
import { parseLink, type ServerLink } from "../../lib/protocol/server-link.ts";

function link(text: string): ServerLink {
  const parsed = parseLink(text);
  if (parsed === null) throw new Error(text);
  return parsed;
}

test("the server password is sent to the server that was named, and to no other", () => {
  const at = passwordAt(link("tea.example"), "sesame");
  expect(at(link("sodam://tea.example:6697/"))).toBe("sesame");
  expect(at(link("cake.example"))).toBeNull();
  expect(at(link("tea.example:6698"))).toBeNull();
});

test("without a named server it is for the first one that the user connects to", () => {
  const at = passwordAt(null, "sesame");
  expect(at(link("tea.example"))).toBe("sesame");
  expect(at(link("cake.example"))).toBeNull();
});
