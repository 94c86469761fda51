import { describe, expect, test } from "bun:test";
import { rowCells } from "../../lib/terminal/layout.ts";
import { conversation, line, member, membersOf, SATURDAY, stateOf } from "./team.ts";
import { Typist } from "./typist.ts";

const NICKS = ["jun", "junho", "june", "junior", "junkyu", "jungwoo", "jun-in-a-long-name"];

function room(options = {}): Typist {
  const lines = [line(SATURDAY, "jun", "hi")];
  const members = membersOf(...NICKS.map((nick) => member(nick)));
  const typing = new Map([["june", 0]]);
  return new Typist(stateOf(conversation("#tea", { lines, members, typing })), options);
}

/** The row of candidates, and the marked one. */
function candidates(typist: Typist, fromBelow: number) {
  const row = typist.frame.rows.at(-fromBelow) ?? [];
  const marked = row.find(({ style }) => style?.role === "selected")?.text ?? null;
  return { text: row.map(({ text }) => text).join(""), marked, cells: rowCells(row) };
}

describe("the candidates of Tab", () => {
  test("stand in the free row, the current one marked, until something else is typed", () => {
    const typist = room({ rows: 20 });
    expect(candidates(typist, 3).text).toContain("june is typing");
    typist.types("jun\t");
    expect(candidates(typist, 3)).toMatchObject({ marked: "jun:" });
    expect(candidates(typist, 3).text).toContain("jun:  junho:  june:  junior:");
    expect(candidates(typist.types("\t"), 3).marked).toBe("junho:");
    expect(typist.text).toBe("junho: ");
    expect(candidates(typist.types("h"), 3).text).toContain("june is typing");
  });

  test("go at Esc, and the word is as it was typed; Esc leads back after that", () => {
    const typist = room({ rows: 20 }).types("hi jun\t\t");
    expect(typist.text).toBe("hi junho ");
    typist.types("\x1b");
    expect(typist.text).toBe("hi jun");
    expect(candidates(typist, 3).marked).toBeNull();
    expect(typist.effects).not.toContainEqual({ kind: "menu" });
    typist.types("\x1b");
    expect(typist.effects).toContainEqual({ kind: "menu" });
  });

  test("take the status bar's row in a low window", () => {
    const typist = room({ rows: 12, columns: 40 }).types("jun\t");
    expect(candidates(typist, 2).marked).toBe("jun:");
    expect(candidates(typist.types("x"), 2).marked).toBeNull();
  });

  test("move along with the current one where they don't all fit, in exactly one row", () => {
    const typist = room({ rows: 20, columns: 40 }).types("jun\t");
    for (let presses = 0; presses <= NICKS.length; presses++) {
      const { marked, text, cells } = candidates(typist, 3);
      expect(cells).toBe(40);
      if (marked !== null) expect(text).toContain(marked);
      typist.types("\t");
    }
    expect(candidates(typist, 3).text.trimEnd()).toEndWith("…");
  });

  test("of commands and emoji are found in Korean, too: the shortest name first, or by initials", () => {
    const typed = (text: string) => room({ rows: 20 }).types(`${text}\t`).text;
    expect(typed("/알")).toBe("/알림 ");
    expect(typed("/ㅊㄷ")).toBe("/초대 ");
    expect(typed(":하")).toBe("❤️ ");
    expect(typed(":박수:")).toBe("👏 ");
  });

  test("aren't shown when there is only one", () => {
    const typist = room({ rows: 20 }).types("/hel\t");
    expect(typist.text).toBe("/help ");
    expect(candidates(typist, 3).text).toContain("june is typing");
  });
});
