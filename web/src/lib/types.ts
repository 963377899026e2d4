// What the server sends. The board rows are the views `exception_board`, `case_board` and `incident_board`,
// word for word.

/** What a list is of. */
export type Noun = "exception" | "case";
export type AnyNoun = Noun | "incident";
export type Severity = 1 | 2 | 3 | 4;

export interface Evidence {
  rule?: string;
  source?: string;
  scans?: string[];
  limit_s?: number;
  measured_s?: number;
  limit?: number;
  measured?: number;
  words?: string;
  facility?: string;
  facility_to?: string;
  usual_s?: number;
  share?: number;
  level?: string;
  count?: number;
  chance?: number;
  expected_at?: string;
  expected_by?: string;
  incident?: string;
  reason?: string;
  culprit?: string;
  unit?: string;
  place?: string;
  signer?: string;
}

interface ParcelFacts {
  parcel_id: string;
  carrier: string | null;
  waybill: string | null;
  shop: string | null;
  milestone: string | null;
  place: string | null;
}

export interface ExceptionRow extends ParcelFacts {
  exception_id: string;
  kind: string;
  severity: Severity;
  state: string;
  since: string;
  opened_at: string;
  updated_at: string;
  closed_at: string | null;
  close_reason?: string | null;
  case_id: string | null;
  last_scan_at: string | null;
  promised_at: string | null;
  expected_at: string | null;
  service: string | null;
  evidence: Evidence;
}

export interface IncidentRow {
  incident_id: string;
  kind: "hub_jam" | "lane_degraded" | "feed_silent" | "feed_late";
  state: "open" | "closed";
  carrier: string;
  /** The hub, or where a lane begins; none for a feed. */
  facility: string | null;
  facility_to: string | null;
  severity: Severity;
  since: string;
  until: string | null;
  expected_at: string | null;
  opened_at: string;
  /** Heard against expected within a window, or how long it takes against how long it usually does. */
  measured: { heard: number; expected?: number | null; window_s?: number; measured_s?: number; usual_s?: number } | null;
  why: string;
  close_reason: string | null;
  parcels: number;
  parcels_total: number;
  updated_at: string;
}

export interface CaseClock {
  clock: string;
  state: "running" | "paused" | "met" | "breached" | "cancelled";
  due_at: string;
  remaining_s: number | null;
  met_at: string | null;
}

export interface CaseRow extends ParcelFacts {
  case_id: string;
  kind: string;
  state: string;
  severity: Severity;
  priority: number;
  opened_by: string;
  opened_at: string;
  updated_at: string;
  assignee: string | null;
  assignee_name?: string | null;
  waiting_on: string | null;
  reason: string;
  resolution: string | null;
  escalation: number;
  resolved_at: string | null;
  closed_at: string | null;
  version: number;
  clocks: CaseClock[];
  exceptions: string[];
  incident_id?: string | null;
}

export type Body = ExceptionRow | CaseRow;

export interface WireRow {
  noun: Noun;
  key: string;
  v: number;
  body: Body;
}

export interface WireIncident {
  noun: "incident";
  key: string;
  v: number;
  body: IncidentRow;
}

export type Wire = WireRow | WireIncident;

export interface NounCounts {
  total: number;
  breached: number;
  unassigned: number;
  severity?: Record<string, number>;
  kind?: Record<string, number>;
  state?: Record<string, number>;
  carrier?: Record<string, number>;
}

export interface Counts {
  exception: NounCounts;
  case: NounCounts;
  incident?: NounCounts;
}

export interface WireFilter {
  noun?: Noun;
  incidents?: boolean;
  severity?: number[];
  kind?: string[];
  carrier?: string[];
  state?: string[];
  assignee?: "me" | "none";
  breached?: boolean;
  text?: string;
}

export type ServerMessage =
  | {
      type: "snapshot";
      epoch: string;
      id: number;
      part: number;
      parts: number;
      total: number;
      offset?: string;
      rows: Wire[];
    }
  | {
      type: "deltas";
      upsert: Wire[];
      gone: { noun: AnyNoun; key: string }[];
      offset?: string;
      epoch?: string;
      recovered?: boolean;
    }
  | ({ type: "counts" } & Counts)
  | { type: "state"; feed: "live" | "stale"; now: string; since?: string; offset?: string };

export interface Me {
  staff_id: string;
  email: string;
  name: string;
  role: "agent" | "supervisor" | "admin";
  /** Empty where the account names none. */
  language: string;
  csrf: string;
}
