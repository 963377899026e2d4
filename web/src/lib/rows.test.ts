import { describe, expect, it } from "vitest";
import { ranking, RowSet } from "./rows";
import type { WireRow } from "./types";

const row = (key: string, severity: number, opened = "2026-11-21T08:00:00Z"): WireRow =>
  ({ noun: "exception", key, v: 1, body: { exception_id: key, parcel_id: key, severity, opened_at: opened } as unknown as WireRow["body"] });
const gone = (key: string): { noun: "exception"; key: string } => ({ noun: "exception", key });

function filled(): RowSet {
  const rows = new RowSet();
  rows.rank(ranking("urgency", false, 0));
  rows.replace("exception", [row("b", 2), row("a", 4), row("c", 3)], 3);
  return rows;
}

describe("the rows of a list", () => {
  it("stand by urgency, then age, then key", () => {
    const rows = filled();
    expect(rows.order).toEqual(["a", "c", "b"]);
    rows.apply([row("d", 3, "2026-11-20T08:00:00Z")], [], 1);
    expect(rows.order).toEqual(["a", "d", "c", "b"]);
    rows.apply([row("b", 4)], [gone("a")], 2);
    expect(rows.order).toEqual(["b", "d", "c"]);
  });

  it("do not move while they are held, whatever comes", () => {
    const rows = filled();
    rows.hold(true);
    rows.apply([row("z", 4), row("b", 4)], [gone("c")], 1);
    expect(rows.order).toEqual(["a", "c", "b"]);
    expect(rows.get("c")?.gone).toBe(true);
    expect((rows.get("b")?.body as { severity: number }).severity).toBe(4);
    expect(rows.waiting).toBe(2);
    rows.hold(false);
    expect(rows.order).toEqual(["a", "b", "z"]);
    expect(rows.waiting).toBe(0);
  });

  it("show what waited without letting go", () => {
    const rows = filled();
    rows.hold(true);
    rows.apply([row("z", 4)], [], 1);
    rows.settle();
    expect(rows.order).toContain("z");
    expect(rows.held).toBe(true);
    rows.apply([row("y", 4)], [gone("y")], 2);
    expect(rows.waiting).toBe(0);
  });

  it("forget a row that went and came back", () => {
    const rows = filled();
    rows.hold(true);
    rows.apply([], [gone("a")], 1);
    rows.apply([row("a", 4)], [], 2);
    expect(rows.waiting).toBe(0);
    expect(rows.get("a")?.gone).toBe(false);
  });

  it("are new objects when they change, so that what draws them notices", () => {
    const rows = filled();
    rows.hold(true);
    const [a, b, c] = [rows.get("a"), rows.get("b"), rows.get("c")];
    rows.apply([row("a", 4)], [gone("c")], 1);
    expect(rows.get("a")).not.toBe(a);
    expect(rows.get("c")).not.toBe(c);
    expect(rows.get("b")).toBe(b);
  });
});
