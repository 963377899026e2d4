import { beforeAll, describe, expect, it } from "vitest";
import { endOf, IncidentSet, isFolded, measuredOf, parcelsOf, shareOf, whereOf } from "./incidents";
import { prefs } from "./prefs.svelte";
import { ranking, RowSet } from "./rows";
import type { CaseRow, IncidentRow, WireIncident, WireRow } from "./types";

const incident = (key: string, change: Partial<IncidentRow> = {}): IncidentRow => ({
  incident_id: key, kind: "hub_jam", state: "open", carrier: "sf", facility: "杭州", facility_to: null, severity: 3,
  since: "2026-11-21T06:00:00Z", until: null, expected_at: "2026-11-22T06:00:00Z", opened_at: "2026-11-21T06:30:00Z",
  measured: { heard: 3, expected: 1412, window_s: 3600 }, why: "", close_reason: null, parcels: 412, parcels_total: 415,
  updated_at: "2026-11-21T08:00:00Z", ...change,
});
const wire = (key: string, change: Partial<IncidentRow> = {}): WireIncident => ({ noun: "incident", key, v: 1, body: incident(key, change) });

beforeAll(() => prefs.suggest("en"));

describe("the incidents", () => {
  it("stand by severity, then by age, and follow what comes", () => {
    const set = new IncidentSet();
    set.replace([wire("b"), wire("lane", { severity: 2 }), wire("a", { since: "2026-11-21T05:00:00Z" })]);
    expect(set.all.map((row) => row.incident_id)).toEqual(["a", "b", "lane"]);
    expect(set.apply([wire("b", { parcels: 500 })], [])).toBe(true);
    expect(set.all[1]?.parcels).toBe(500);
    expect(set.apply([], [{ noun: "exception", key: "a" }, { noun: "incident", key: "unknown" }])).toBe(false);
    expect(set.apply([], [{ noun: "incident", key: "a" }])).toBe(true);
    expect(set.has("a")).toBe(false);
    set.apply([wire("b", { until: "2026-11-21T09:00:00Z", state: "closed" })], []);
    expect(set.all.map((row) => row.incident_id)).toEqual(["lane", "b"]);
  });
});

describe("an incident in words", () => {
  it("says what was heard against what is usual", () => {
    expect(measuredOf(incident("x"))).toBe("3 of 1,412 parcels left in 1 h");
    expect(measuredOf(incident("x", { kind: "feed_silent" }))).toBe("3 of 1,412 scans came in 1 h");
    const slow = { heard: 20, measured_s: 41 * 3600, usual_s: 14 * 3600 };
    expect(measuredOf(incident("x", { kind: "lane_degraded", measured: slow }))).toBe("takes 41 h, usually 14 h");
    expect(measuredOf(incident("x", { kind: "feed_late", measured: slow }))).toBe("scans come after 41 h, usually after 14 h");
    expect(measuredOf(incident("x", { measured: null }))).toBe("");
  });
  it("gives the share of the usual", () => {
    expect(shareOf(incident("x"))).toBeCloseTo(3 / 1412);
    expect(shareOf(incident("x", { measured: { heard: 9, measured_s: 40, usual_s: 10 } }))).toBe(0.25);
    expect(shareOf(incident("x", { measured: { heard: 9, expected: 0 } }))).toBe(0);
    expect(shareOf(incident("x", { measured: null }))).toBe(0);
  });
  it("says where, how many and until when", () => {
    const now = Date.parse("2026-11-21T08:00:00Z");
    expect(whereOf(incident("x"), "SF")).toBe("杭州");
    expect(whereOf(incident("x", { facility_to: "成都" }), "SF")).toBe("杭州 → 成都");
    expect(whereOf(incident("x", { facility: null }), "SF")).toBe("SF");
    expect(parcelsOf(incident("x"))).toBe("412 parcels under it");
    expect(parcelsOf(incident("x", { parcels: 1 }))).toBe("1 parcel under it");
    expect(parcelsOf(incident("x", { kind: "feed_silent" }))).toBe("412 parcels wait for news");
    expect(endOf(incident("x"), now)).toMatch(/^likely over by /);
    expect(endOf(incident("x", { until: "2026-11-21T07:00:00Z" }), now)).toMatch(/^over since /);
    expect(endOf(incident("x", { expected_at: null }), now)).toBe("end not known");
  });
});

describe("a case under an incident", () => {
  const row = (key: string, change: Partial<CaseRow>): WireRow => ({
    noun: "case", key, v: 1,
    body: { case_id: key, parcel_id: key, kind: "delay", priority: 1, severity: 2, opened_at: "2026-11-21T08:00:00Z", assignee: null, ...change } as CaseRow,
  });
  const open = { has: (id: string) => id === "jam" };

  it("is folded while the incident lasts, if it is a mere delay and not mine", () => {
    const folded = (change: Partial<CaseRow>): boolean => isFolded(row("c", change).body, open, "me");
    expect(folded({ incident_id: "jam" })).toBe(true);
    expect(folded({ incident_id: "jam", assignee: "her" })).toBe(true);
    expect(folded({ incident_id: "jam", assignee: "me" })).toBe(false);
    expect(folded({ incident_id: "jam", kind: "damage" })).toBe(false);
    expect(folded({ incident_id: "over" })).toBe(false);
    expect(folded({ incident_id: null })).toBe(false);
  });

  it("is off the list and counted, and comes back when it is over", () => {
    const rows = new RowSet();
    rows.noun = "case";
    rows.rank(ranking("urgency", false, 0));
    rows.fold((body) => isFolded(body, open, "me"));
    rows.replace("case", [row("a", { incident_id: "jam" }), row("b", { priority: 9 })], 2);
    expect([rows.order, rows.folded]).toEqual([["b"], 1]);
    rows.apply([row("c", { incident_id: "jam" }), row("b", { incident_id: "jam", priority: 9 })], [], 1);
    expect([rows.order, rows.folded]).toEqual([[], 3]);
    rows.apply([row("b", { incident_id: "jam", assignee: "me", priority: 9 })], [{ noun: "case", key: "c" }], 2);
    expect([rows.order, rows.folded]).toEqual([["b"], 1]);
    rows.hold(true);
    rows.apply([row("d", { incident_id: "jam" })], [{ noun: "case", key: "a" }], 3);
    expect(rows.waiting).toBe(0);
    rows.hold(false);
    expect([rows.order, rows.folded]).toEqual([["b"], 1]);
    rows.fold(() => false);
    expect([rows.order, rows.folded]).toEqual([["b", "d"], 0]);
  });
});
