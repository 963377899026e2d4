// Spans of time as people in a hurry read them: at most two units, never a fraction.

const UNITS = {
  en: { d: " d", h: " h", m: " m", s: " s", gap: " " },
  "zh-CN": { d: " 天", h: " 小时", m: " 分", s: " 秒", gap: " " },
  "zh-TW": { d: " 天", h: " 小時", m: " 分", s: " 秒", gap: " " },
} as const;

/** `61 h`, `3 d 4 h`, `12 m`, `40 s`. With `short` one unit only. */
export function span(seconds: number, language: keyof typeof UNITS, short = false): string {
  const u = UNITS[language];
  const s = Math.max(0, Math.floor(seconds));
  const two = (big: number, bigUnit: string, small: number, smallUnit: string): string =>
    short || small === 0 ? `${big}${bigUnit}` : `${big}${bigUnit}${u.gap}${small}${smallUnit}`;
  if (s < 60) return `${s}${u.s}`;
  if (s < 3600) return short || s >= 600 ? `${Math.floor(s / 60)}${u.m}` : two(Math.floor(s / 60), u.m, s % 60, u.s);
  // Limits are spoken of in hours up to three days: "61 h; limit 48 h".
  if (s < 72 * 3600) {
    const minutes = Math.floor((s % 3600) / 60);
    return s < 12 * 3600 ? two(Math.floor(s / 3600), u.h, minutes, u.m) : `${Math.floor(s / 3600)}${u.h}`;
  }
  return s < 14 * 86400 ? two(Math.floor(s / 86400), u.d, Math.floor((s % 86400) / 3600), u.h) : `${Math.floor(s / 86400)}${u.d}`;
}

export interface ClockView {
  clock: string;
  tone: "calm" | "soon" | "breached" | "paused" | "met";
  /** Seconds until due; negative when over. */
  seconds: number;
}

interface ClockFacts {
  clock: string;
  state: string;
  due_at: string;
  remaining_s: number | null;
  met_at: string | null;
}

/** How one clock stands at a moment (ms). A running clock past its time is over, whatever the server has noticed yet. */
export function readClock(clock: ClockFacts, now: number): ClockView {
  if (clock.state === "paused") return { clock: clock.clock, tone: "paused", seconds: clock.remaining_s ?? 0 };
  const seconds = (Date.parse(clock.due_at) - now) / 1000;
  if (clock.state === "met" || clock.state === "cancelled" || clock.met_at) return { clock: clock.clock, tone: "met", seconds };
  if (clock.state === "breached" || seconds <= 0) return { clock: clock.clock, tone: "breached", seconds };
  return { clock: clock.clock, tone: seconds < 900 ? "soon" : "calm", seconds };
}

/** The clock that matters: the one longest over, else the next due, else one that is paused; none when all are met. */
export function pressing(clocks: readonly ClockFacts[], now: number): ClockView | null {
  const open = clocks.map((clock) => readClock(clock, now)).filter((clock) => clock.tone !== "met");
  const ticking = open.filter((clock) => clock.tone !== "paused").sort((a, b) => a.seconds - b.seconds);
  return ticking[0] ?? open[0] ?? null;
}
