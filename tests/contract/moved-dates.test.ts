import { describe, expect, test } from "bun:test";
import { moveRooms, moveUsers } from "../../lib/file-manager/dates/moved-records.ts";
import { MovedLineTimes, MovedTimes } from "../../lib/file-manager/dates/moved-times.ts";

const NOW = 1_000_000;

/** Dates up to NOW + 500 exist, and the oldest is 100. */
const times = new MovedTimes(NOW, [100, NOW - 10, NOW + 200, NOW + 500]);

describe("dates", () => {
  test("of the past stay, and those of the future move by the same span", () => {
    const moved = [100, NOW, NOW + 1, NOW + 200, NOW + 500].map((time) => times.of(time));
    expect(moved).toEqual([100, NOW, NOW - 499, NOW - 300, NOW]);
  });

  test("don't become older than the oldest right one, whatever one wrong date says", () => {
    const wild = new MovedTimes(NOW, [100, NOW + 200, NOW * 9000]);
    expect([NOW + 200, NOW * 9000].map((time) => wild.of(time))).toEqual([100, NOW]);
    expect(new MovedTimes(NOW, [NOW * 9000]).of(NOW + 1)).toBe(0);
  });
});

describe("lines", () => {
  test("keep their order and stay distinct, where the span between is too short", () => {
    const lines = new MovedLineTimes(times);
    const moved = [NOW - 400, NOW - 350, NOW + 90, NOW + 149, NOW + 300, NOW + 500].map((time) =>
      lines.add(time),
    );
    expect(moved).toEqual([NOW - 400, NOW - 350, NOW - 349, NOW - 348, NOW - 200, NOW]);
  });

  test("that follow moved ones stay behind them", () => {
    const lines = new MovedLineTimes(times);
    expect([NOW + 500, NOW - 5].map((time) => lines.add(time))).toEqual([NOW, NOW + 1]);
  });

  test("have the same neighbours as before around a read marker", () => {
    const lines = new MovedLineTimes(times);
    for (const time of [NOW - 300, NOW + 300, NOW + 400]) lines.add(time);
    const markers = [NOW - 300, NOW - 50, NOW + 1, NOW + 299, NOW + 300, NOW + 350, NOW + 9000];
    expect(markers.map((time) => lines.of(time))).toEqual([
      ...[NOW - 300, NOW - 201, NOW - 300, NOW - 201, NOW - 200, NOW - 200, NOW - 100],
    ]);
  });
});

describe("what lasts for a time", () => {
  const ahead = NOW + 200;
  const back = NOW - 300;

  test("ends as long after its beginning as before, and otherwise when it says", () => {
    const invitation = (createdAt: number, expiresAt: number | null) => ({ createdAt, expiresAt });
    const users = {
      format: 1,
      folded: 3,
      accounts: [
        {
          ...{
            name: "mina",
            createdAt: ahead,
            certificates: [{ addedAt: ahead, seenAt: ahead }],
            later: "stays",
          },
          addresses: [{ hash: "h", time: ahead }],
          notices: [{ kind: "reset", time: ahead }],
          reset: { madeAt: ahead, expiresAt: ahead + 60 },
          secondFactor: { secret: "s", since: NOW - 5, lastCodeAt: ahead },
          bot: { token: "t", tokenAt: ahead },
        },
      ],
      resting: [{ name: "jun", createdAt: NOW - 5, since: ahead }],
      invitations: [
        invitation(ahead, ahead + 7000),
        invitation(ahead, null),
        invitation(NOW - 5, NOW + 7000),
      ],
    };
    expect(moveUsers(users, times)).toEqual({
      format: 1,
      folded: 3,
      accounts: [
        {
          ...{
            name: "mina",
            createdAt: back,
            certificates: [{ addedAt: back, seenAt: back }],
            later: "stays",
          },
          addresses: [{ hash: "h", time: back }],
          notices: [{ kind: "reset", time: back }],
          reset: { madeAt: back, expiresAt: back + 60 },
          secondFactor: { secret: "s", since: NOW - 5, lastCodeAt: back },
          bot: { token: "t", tokenAt: back },
        },
      ],
      resting: [{ name: "jun", createdAt: NOW - 5, since: back }],
      invitations: [
        invitation(back, back + 7000),
        invitation(back, null),
        invitation(NOW - 5, NOW + 7000),
      ],
    });
  });

  test("of server bans as well", () => {
    const rooms = {
      conversations: [],
      people: [{ markers: { unknown: ahead } }],
      bans: [
        { time: ahead, until: ahead + 60 },
        { time: NOW - 1, until: NOW + 60 },
      ],
    };
    expect(moveRooms(rooms, times, new Map())).toEqual({
      conversations: [],
      people: [{ markers: { unknown: back } }],
      bans: [
        { time: back, until: back + 60 },
        { time: NOW - 1, until: NOW + 60 },
      ],
    });
  });

  test("of a room's timed bans, requests, audit log and closing, and of reports and files", () => {
    const room = (time: number, until: number) => ({
      lists: { b: [{ mask: "x", time, until }] },
      requests: [{ account: "jun", time }],
      log: [{ act: "mode", time, until }],
      closed: { by: "mina", time },
      members: [],
    });
    const rooms = (time: number, until: number) => ({
      conversations: [{ id: "room.tea", time, room: room(time, until) }],
      people: [],
      bans: [],
      reports: [{ id: "k3", time, sentAt: time, conversation: "room.tea" }],
      files: [{ conversation: "room.tea", position: 3, time, file: { id: "k4" } }],
    });
    expect(moveRooms(rooms(ahead, ahead + 60), times, new Map())).toEqual(rooms(back, back + 60));
  });
});

test("without history files what was counted in the future is counted on the last day", () => {
  const day = 86_400_000;
  const now = 10 * day + 5;
  const later = new MovedTimes(now, [5, now + 2 * day]);
  const rooms = {
    conversations: [
      {
        id: "room.tea",
        time: now + 2 * day,
        saidAt: now + 2 * day,
        createdAt: 5,
        days: { "1970-01-10": 3, "1970-01-11": 4, "1970-01-12": 5, "1970-01-13": 6 },
        room: {
          topic: { text: "Tea", by: "mina", time: now + day },
          lists: { b: [{ mask: "x!*@*", by: "mina", time: now + day }] },
          members: [
            {
              account: "mina",
              joinedTime: 5,
              tally: { time: now + 2 * day, read: 2, named: { "1970-01-13": 1 } },
            },
          ],
        },
      },
    ],
    people: [],
    bans: [],
  };
  expect(moveRooms(rooms, later, new Map())["conversations"]).toEqual([
    {
      ...{ id: "room.tea", time: now, saidAt: now, createdAt: 5 },
      days: { "1970-01-10": 3, "1970-01-11": 15 },
      room: {
        topic: { text: "Tea", by: "mina", time: now - day },
        lists: { b: [{ mask: "x!*@*", by: "mina", time: now - day }] },
        members: [
          {
            account: "mina",
            joinedTime: 5,
            tally: { time: now, read: 11, named: { "1970-01-11": 1 } },
          },
        ],
      },
    },
  ]);
});
