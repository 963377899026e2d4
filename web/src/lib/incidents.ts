// Incidents: one trouble that many parcels share, and how it is said. Pure, so that it can be tested.

import { moment, number, plural, t, word } from "./i18n.svelte";
import { prefs } from "./prefs.svelte";
import { span } from "./time";
import type { AnyNoun, Body, CaseRow, IncidentRow, Wire, WireIncident, WireRow } from "./types";

export const isIncident = (row: Wire): row is WireIncident => row.noun === "incident";
export const isListed = (row: Wire): row is WireRow => row.noun !== "incident";

const FEED = new Set(["feed_silent", "feed_late"]);
export const isFeed = (incident: Pick<IncidentRow, "kind">): boolean => FEED.has(incident.kind);

/** The incidents on the board: those that last, the gravest and then the oldest first, then those being worked off. */
export class IncidentSet {
  #rows = new Map<string, IncidentRow>();

  get all(): IncidentRow[] {
    return [...this.#rows.values()].sort(
      (a, b) =>
        Number(a.until !== null) - Number(b.until !== null) || b.severity - a.severity || a.since.localeCompare(b.since) || a.incident_id.localeCompare(b.incident_id),
    );
  }
  has(id: string): boolean {
    return this.#rows.has(id);
  }

  replace(rows: readonly WireIncident[]): void {
    this.#rows = new Map(rows.map((row) => [row.key, row.body]));
  }

  /** Take changes; gives whether there were any. */
  apply(upsert: readonly WireIncident[], gone: readonly { noun: AnyNoun; key: string }[]): boolean {
    for (const row of upsert) this.#rows.set(row.key, row.body);
    let left = false;
    for (const { noun, key } of gone) if (noun === "incident") left = this.#rows.delete(key) || left;
    return left || upsert.length > 0;
  }
}

/** Whether a case is folded under an open incident: a mere delay that nobody here has taken. */
export function isFolded(body: Body, open: Pick<IncidentSet, "has">, me: string): boolean {
  const row = body as Partial<CaseRow>;
  return row.kind === "delay" && row.assignee !== me && typeof row.incident_id === "string" && open.has(row.incident_id);
}

/** Where it is: the hub, the lane, or whose feed. */
export function whereOf(incident: IncidentRow, carrier: string): string {
  if (incident.facility_to) return t("incident.lane", { from: incident.facility ?? "–", to: incident.facility_to });
  return incident.facility ?? carrier;
}

/** What was measured against what is usual, in words. */
export function measuredOf({ kind, measured }: Pick<IncidentRow, "kind" | "measured">): string {
  if (!measured) return "";
  const language = prefs.language;
  if (measured.expected != null) {
    const values = { heard: number(measured.heard), expected: number(measured.expected), window: span(measured.window_s ?? 0, language) };
    return t(FEED.has(kind) ? "incident.heard.feed" : "incident.heard", values);
  }
  const values = { measured: span(measured.measured_s ?? 0, language), usual: span(measured.usual_s ?? 0, language) };
  return t(kind === "feed_late" ? "incident.slow.feed" : "incident.slow", values);
}

/** How much of the usual there is, 0 to 1: of what is heard, or of the speed. */
export function shareOf({ measured }: Pick<IncidentRow, "measured">): number {
  if (!measured) return 0;
  const [part, whole] = measured.expected != null ? [measured.heard, measured.expected] : [measured.usual_s ?? 0, measured.measured_s ?? 0];
  return whole > 0 ? Math.min(1, part / whole) : 0;
}

/** How many parcels are under it, or wait for news of a feed. */
export function parcelsOf(incident: Pick<IncidentRow, "kind" | "parcels">): string {
  return plural(FEED.has(incident.kind) ? "incident.waiting" : "incident.parcels", incident.parcels);
}

/** When it is likely over, or when it was. */
export function endOf(incident: Pick<IncidentRow, "until" | "expected_at">, now: number): string {
  if (incident.until) return t("incident.over", { time: moment(incident.until, now) });
  return incident.expected_at ? t("incident.expected", { time: moment(incident.expected_at, now) }) : t("incident.unknown");
}

/** All in one line, for those who hear it. */
export function described(incident: IncidentRow, carrier: string, now: number): string {
  return [
    t(`severity.${incident.severity}`), word("incidentkind", incident.kind), whereOf(incident, carrier),
    ...(incident.facility ? [carrier] : []), parcelsOf(incident), measuredOf(incident), endOf(incident, now),
  ].join(", ");
}
