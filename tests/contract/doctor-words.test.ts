import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { doctorWords } from "../../lib/file-manager/maintenance/doctor-words.ts";
import { runMaintenance } from "../../lib/file-manager/maintenance/maintenance.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";

const KOREAN = doctorWords("ko");

test("every sentence of the doctor is there in Korean", () => {
  expect(Object.keys(KOREAN)).toEqual(Object.keys(doctorWords("en")));
  for (const sentence of Object.values(KOREAN)) {
    const text =
      typeof sentence === "string"
        ? sentence
        : String((sentence as (...given: number[]) => string)(1, 2, 3));
    expect(text).toMatch(/\p{Script=Hangul}/u);
  }
});

test("the doctor tells in Korean what it found, and what it mended", async () => {
  const folder = mkdtempSync(join(tmpdir(), "doctor-words-"));
  mkdirSync(join(folder, "data"), { mode: 0o700 });
  const path = join(folder, "data/users.json.bak");
  writeFileSync(path, "x");
  chmodSync(path, 0o644);
  const doctor = (mend: boolean) =>
    runMaintenance(
      { name: "doctor", words: [], mend },
      {
        ...{ data: join(folder, "data"), certs: folder, makeStore: AccountStore.of, now: () => 0 },
        ...{
          newId: () => "id",
          newRoomId: () => "room.x.id" as never,
          user: "owner",
          language: "ko",
        },
      },
    );
  expect(await doctor(true)).toEqual({
    lines: [
      `${path}: 이 컴퓨터의 다른 사용자도 읽을 수 있습니다.`,
      "  고쳤습니다: 소유자만 읽을 수 있게 바꿉니다.",
      "문제 1개 중 1개를 고쳤습니다.",
    ],
    ok: true,
  });
  expect(await doctor(false)).toEqual({
    lines: [`모두 정상입니다: ${join(folder, "data")}`],
    ok: true,
  });
  rmSync(folder, { recursive: true });
});
