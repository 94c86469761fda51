import { describe, expect, test } from "bun:test";
import { droppedPaths } from "../../lib/app/files/dropped-paths.ts";

const PLAN = "/home/mina/our plan.pdf";

describe("dropped files", () => {
  const rows: readonly [terminal: string, pasted: string, paths: readonly string[]][] = [
    ["GNOME Terminal", "'/home/mina/our plan.pdf' ", [PLAN]],
    ["GNOME Terminal, an apostrophe", "'/home/mina/it'\\''s.png' ", ["/home/mina/it's.png"]],
    ["GNOME Terminal, two", `'/a/b.png' '${PLAN}' `, ["/a/b.png", PLAN]],
    ["macOS Terminal", "/home/mina/our\\ plan.pdf ", [PLAN]],
    ["iTerm2, two", "/a/b.png /home/mina/our\\ plan.pdf", ["/a/b.png", PLAN]],
    ["Ghostty", "/Users/mina/a\\(1\\)\\ \\&\\ b.png", ["/Users/mina/a(1) & b.png"]],
    ["VS Code", '"/home/mina/our plan.pdf"', [PLAN]],
    ["kitty at a prompt", "/a/b.png '/home/mina/our plan.pdf'", ["/a/b.png", PLAN]],
    ["Konsole", "'/home/미나/스크린샷 1.png'", ["/home/미나/스크린샷 1.png"]],
    ["Tilix", "file:///home/mina/our%20plan.pdf\r\n", [PLAN]],
    [
      "Terminology",
      "file://localhost/a/b.png file:///home/mina/our%20plan.pdf",
      ["/a/b.png", PLAN],
    ],
    ["Windows Terminal", '"C:\\Users\\mina\\our plan.pdf"', ["C:\\Users\\mina\\our plan.pdf"]],
    ["WezTerm on Windows", "C:\\a\\b.png \\\\nas\\c.png", ["C:\\a\\b.png", "\\\\nas\\c.png"]],
    ["an address on Windows", "file:///C:/a/b.png", ["C:/a/b.png"]],
  ];
  for (const [terminal, pasted, paths] of rows) {
    test(`${terminal}: ${pasted.trim()}`, () => expect(droppedPaths(pasted)[0]).toEqual(paths));
  }

  test("a path with spaces that nothing quotes is one of the readings", () => {
    // Alacritty and kitty within a program.
    expect(droppedPaths(`${PLAN} `)).toEqual([[PLAN]]);
    expect(droppedPaths(`${PLAN}\n/a/b.png`)).toContainEqual([PLAN, "/a/b.png"]);
    expect(droppedPaths("/a/b.png /c/d.png")).toEqual([
      ["/a/b.png", "/c/d.png"],
      ["/a/b.png /c/d.png"],
    ]);
    // The backslash may be a letter of the name.
    expect(droppedPaths("/a/b\\c.png")).toEqual([["/a/bc.png"], ["/a/b\\c.png"]]);
  });

  test("in WSL a Windows path may be the one below /mnt", () => {
    expect(droppedPaths('"C:\\Users\\mina\\our plan.pdf"')).toContainEqual([
      "/mnt/c/Users/mina/our plan.pdf",
    ]);
  });

  test("what is no list of absolute paths is a text", () => {
    const texts = [
      ...[
        "",
        " ",
        "hello",
        "our plan.pdf",
        "'/a/b.png",
        "/a/b.png and more",
        "https://a.example/b",
      ],
      ...[
        "/",
        "~",
        "file://",
        "file:///a%ZZ",
        "/a/b.png\nlook",
        "C:",
        "'/a' b",
        "x".repeat(200_000),
      ],
      Array.from({ length: 101 }, (_, n) => `/a/${n}.png`).join("\n"),
    ];
    expect(texts.filter((text) => droppedPaths(text).length > 0)).toEqual(["/a/b.png and more"]);
    // Only as one path, which hardly exists.
    expect(droppedPaths("/a/b.png and more")).toEqual([["/a/b.png and more"]]);
  });
});
