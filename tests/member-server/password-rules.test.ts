import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { passwordProblem } from "../../lib/member-server/password-rules.ts";

test.each([
  ["1234567", "too-short"],
  ["가나", "too-short"],
  ["x".repeat(301), "too-long"],
  ["가".repeat(101), "too-long"],
  ["good pass\u0007", "control"],
  ["good\tpass", "control"],
  ["seojunkim", "name"],
  ["SeojunKim", "name"],
  ["seojunkim1!", "name"],
  ["miknujoes", "name"],
  ["seojunkimseojunkim", "name"],
  ["password", "common"],
  ["Password1!", "common"],
  ["12345678", "common"],
  ["98765432", "common"],
  ["20201123", "common"],
  ["010-1234-5678", "common"],
  ["aaaaaaaa", "common"],
  ["abababab", "common"],
  ["abcdefgh", "common"],
  ["qwertyuiop", "common"],
  ["1q2w3e4r", "common"],
  ["비밀번호123", "common"],
  ["Tr0ub4dor", null],
  ["p@$$w0rd", "common"],
  ["Dragon!2024", "common"],
  ["123monkey123", "common"],
  ["tigger19940302", "common"],
  ["liverpoolliverpool", "common"],
  ["사랑해요", "common"],
  ["tkfkdgody", "common"],
  ["dkssudgktpdy1!", "common"],
  ["Eksmtgks1", null],
  ["rlaalstn", "common"],
  ["김민수19900101", "common"],
  ["eogksalsrnr", "common"],
  ["saranghae12", "common"],
  ["seojunkim19940302", "name"],
  ["Ｌiverpool", "common"],
  ["4729183655041276", null],
  ["correct horse", null],
  ["따뜻한 차", null],
  ["x7!kq9Zw", null],
  ["가나다라마바사아자차".repeat(10), null],
  ["seojunkim likes tea", null],
] as const)("%j has the problem %p", (password, problem) => {
  expect(passwordProblem(password, "seojunkim")).toBe(problem);
});

test("25,000 of the commonest passwords are refused, with and without what rules make people add", () => {
  const lines = readFileSync("lib/member-server/common-passwords.txt", "utf8").split("\n");
  const passwords = lines.filter((line) => line !== "" && !line.startsWith("#"));
  expect(new Set(passwords).size).toBe(25_000);
  const long = passwords.filter((password) => password.length >= 8);
  const forms = long.flatMap((password) => [password, password.toUpperCase(), `${password}1!`]);
  expect(forms.filter((form) => passwordProblem(form, "nobody") === null)).toEqual([]);
  const short = passwords
    .filter((password) => password.length < 8)
    .map((text) => `${text}20241231`);
  expect(short.filter((form) => passwordProblem(form, "nobody") === null)).toEqual([]);
});
