import { describe, expect, it } from "vitest";
import { en } from "./messages/en";
import { zhCN } from "./messages/zh-CN";
import { zhTW } from "./messages/zh-TW";
import { EMPTY, formatView, parseView, wireFilter, type View } from "./query";
import { pressing, readClock, span } from "./time";

const holes = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "").sort();

describe("the texts", () => {
  for (const [name, texts] of [["zh-CN", zhCN], ["zh-TW", zhTW]] as const) {
    it(`of ${name} say the same with the same values`, () => {
      expect(Object.keys(texts).sort()).toEqual(Object.keys(en).sort());
      for (const [key, text] of Object.entries(en)) {
        expect(holes(texts[key as keyof typeof en]), key).toEqual(holes(text));
      }
    });
  }
  it("of zh-TW have no simplified characters", () => {
    expect(Object.values(zhTW).join("")).not.toMatch(/[单运签异设连断务时间载录错误开关认显级类筛选责备]/);
  });
});

describe("a span of time", () => {
  it.each([
    [0, "0 s"], [59, "59 s"], [60, "1 m"], [125, "2 m 5 s"], [720, "12 m"], [3600, "1 h"], [5400, "1 h 30 m"],
    [61 * 3600, "61 h"], [76 * 3600, "3 d 4 h"], [30 * 86400, "30 d"], [-5, "0 s"],
  ])("of %d s reads %s", (seconds, text) => expect(span(seconds, "en")).toBe(text));
});

describe("a clock", () => {
  const now = Date.parse("2026-11-21T08:00:00Z");
  const clock = (state: string, minutes: number, met: string | null = null) => ({
    clock: "resolve", state, due_at: new Date(now + minutes * 60_000).toISOString(), remaining_s: 600, met_at: met,
  });
  it("is over when its time has passed, whatever the server has noticed", () => {
    expect(readClock(clock("running", -3), now)).toMatchObject({ tone: "breached", seconds: -180 });
    expect(readClock(clock("running", 12), now).tone).toBe("soon");
    expect(readClock(clock("running", 60), now).tone).toBe("calm");
    expect(readClock(clock("paused", -3), now)).toMatchObject({ tone: "paused", seconds: 600 });
    expect(readClock(clock("breached", -3, "2026-11-21T08:00:00Z"), now).tone).toBe("met");
  });
  it("that presses most is the one longest over, then the next due, then one that is paused", () => {
    expect(pressing([clock("running", 5), clock("breached", -9), clock("met", -99)], now)?.seconds).toBe(-540);
    expect(pressing([clock("paused", 5), clock("running", 90)], now)?.tone).toBe("calm");
    expect(pressing([clock("paused", 5)], now)?.tone).toBe("paused");
    expect(pressing([clock("met", 5)], now)).toBeNull();
  });
});

describe("the address", () => {
  it("gives back the view that it was made from", () => {
    const view: View = {
      page: "unmapped", noun: "case", severity: [4, 3], kind: ["loss", "damage"], carrier: ["sf"], state: ["open"], who: "me", breached: true,
      text: "杭州 sf", sort: "clock", descending: true, unfold: true, open: { type: "parcel", id: "sf:SF1" },
    };
    expect(parseView(formatView(view))).toEqual(view);
    expect(formatView(EMPTY)).toBe("");
    expect(parseView("")).toEqual(EMPTY);
  });
  it("takes nonsense for nothing", () => {
    expect(parseView("?severity=9,x&with=her&sort=colour&list=zebras&case=")).toEqual(EMPTY);
  });
  it("asks the server only for what the list has", () => {
    expect(wireFilter({ ...EMPTY, who: "me", breached: true, state: ["open"] })).toEqual({ noun: "exception", incidents: true });
  });
});
