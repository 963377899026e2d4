// REST: one function a call, errors as values that the page can put into words.

import type { CaseClock, CaseRow, ExceptionRow, IncidentRow, Me } from "./types";

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly extra: Record<string, unknown> = {},
  ) {
    super(`${status} ${code}`);
  }
}

export interface ScanRow {
  scan_id: string;
  happened_at: string;
  received_at: string;
  milestone: string;
  detail?: string;
  place?: string;
  facility?: string;
  facility_to?: string;
  text?: string;
  code?: string;
  source?: string;
  offset_s?: number;
  zone_assumed?: boolean;
  culprit?: string;
  signer?: string;
  weight_g?: number;
  retracts?: string;
  withdrawn: boolean;
}

export interface Registration {
  shop: string;
  order_ref: string | null;
  service: string | null;
  promised_at: string | null;
  declared_minor: number | null;
  insured_minor: number | null;
  currency: string;
  category: string | null;
  origin: string | null;
  destination: string | null;
  language: string;
  tier: string;
  consent: string[] | null;
  contact: Record<string, string>;
}

export interface DeliveryRow {
  delivery_id: string;
  channel: string;
  recipient: string;
  language: string;
  subject: string | null;
  body: string | null;
  state: string;
  reason: string | null;
  attempts: number;
  created_at: string;
  sent_at: string | null;
  template: string;
}

export interface ParcelBrief {
  parcel_id: string;
  carrier: string;
  waybill: string;
  milestone: string;
  active: boolean;
  promised_at: string | null;
  expected_at: string | null;
  last_scan_at: string | null;
  place: string | null;
}

export interface ParcelDetail extends ParcelBrief {
  shop: string | null;
  registration: Registration | null;
  timeline: ScanRow[];
  reports: { report_id: string; kind: string; at: string; noted: boolean }[];
  exceptions: ExceptionRow[];
  incidents: IncidentRow[];
  cases: CaseRow[];
  deliveries: DeliveryRow[];
}

export interface TrailEvent {
  version: number;
  at: string;
  actor: string;
  actor_name?: string | null;
  type: string;
  reason: string | null;
  data: Record<string, unknown>;
}

export interface CaseDetail {
  case: CaseRow;
  clocks: (CaseClock & { started_at: string; breached_at: string | null })[];
  trail: TrailEvent[];
  exceptions: ExceptionRow[];
  parcel: ParcelDetail | null;
}

export interface IncidentDetail {
  incident: IncidentRow;
  exceptions: ExceptionRow[];
  next: string | null;
  cases: CaseRow[];
  cases_total: number;
}

export interface Outcome {
  case_id: string;
  ok: boolean;
  version: number | null;
  code: string | null;
  detail: string | null;
}

export interface Config {
  carriers: Record<string, Record<string, string>>;
  bulk_limit: number;
}

export interface Example {
  parcel_id: string;
  waybill: string;
  happened_at: string;
  place: string | null;
  text: string | null;
}

export interface UnmappedGroup {
  source: string;
  carrier: string;
  code: string | null;
  said: string | null;
  scans: number;
  texts: number;
  parcels: number;
  first_at: string;
  last_at: string;
  example: Example | null;
}

export interface UnmappedPage {
  items: UnmappedGroup[];
  next: string | null;
  by_source: Record<string, number>;
}

export interface SaidText {
  said: string | null;
  scans: number;
  last_at: string;
  example: Example | null;
}

export interface MappingBody {
  source: string;
  carrier?: string;
  code?: string;
  text?: string;
  milestone: string;
  detail?: string;
  culprit?: string;
  note?: string;
}

export interface MappingRow {
  mapping_id: number;
  source: string;
  carrier: string | null;
  code: string | null;
  text: string | null;
  milestone: string;
  detail: string | null;
  culprit: string | null;
  note: string | null;
  added_at: string;
  added_by: string;
  added_name: string | null;
  retired_at: string | null;
  scans: number;
}

export interface Reread {
  read: number;
  reread: number;
  parcels: number;
}

export interface Share {
  hits: number;
  of: number;
  share: number | null;
  low: number | null;
  high: number | null;
}

export interface KindFigures {
  kind: string;
  carrier: string | null;
  alerts: number;
  a_day: number;
  right: number;
  wrong: number;
  unknown: number;
  missed: number;
  retracted: number;
  precision: Share | null;
  recall: Share | null;
  lead_median_s: number | null;
  lead_p10_s: number | null;
}

export interface Tenth {
  low: number;
  high: number;
  told: number;
  said: number | null;
  came: Share;
}

export interface Kpi {
  since: string;
  until: string;
  days: number;
  aims: { name: string; aim: number; at_most: boolean; reached: boolean | null; value: Share }[];
  kinds: KindFigures[];
  by_carrier: KindFigures[];
  calibration: { told: number; error: number | null; tenths: Tenth[] };
  parcels: { arrived: number; kept: number; missed: number };
  clocks: { clock: string; limit_s: number; started: number; running: number; cancelled: number; breached: number; in_time: Share; median_minutes: number | null }[];
  cases: { opened: number; complaints: number; resolved: number; mistaken: number; reopened: number };
  mistakes: { parcel_id: string; carrier: string; waybill: string; kind: string; verdict: string; why: string; at: string; opened_at: string | null }[];
}

const query = (values: Record<string, string | number | boolean | null | undefined>): string => {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== "") params.set(name, String(value));
  }
  const text = params.toString();
  return text ? `?${text}` : "";
};

const TIMEOUT_MS = 20_000;

export class Api {
  csrf = "";
  /** Called when the server says that nobody is signed in any more. */
  onSignedOut: () => void = () => undefined;

  async #call<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
    let response: Response;
    try {
      response = await fetch(path, {
        method,
        headers: {
          Accept: "application/json",
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
          ...(method === "GET" ? {} : { "X-CSRF-Token": this.csrf }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        credentials: "same-origin",
        cache: "no-store",
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch {
      throw new ApiError(0, "away", "");
    }
    if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T;
    const problem = (await response.json().catch(() => ({}))) as Record<string, unknown>;
    const code = String(problem["type"] ?? "").split(":").pop() ?? "";
    if (response.status === 401 && !path.endsWith("/session")) this.onSignedOut();
    throw new ApiError(response.status, code, String(problem["detail"] ?? response.statusText), problem);
  }

  /** Who is signed in here, null for nobody. */
  async me(): Promise<Me | null> {
    try {
      return this.#took(await this.#call<Me>("GET", "/v1/session"));
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    }
  }

  async signIn(email: string, password: string): Promise<Me> {
    return this.#took(await this.#call<Me>("POST", "/v1/session", { email, password }));
  }

  async signOut(): Promise<void> {
    await this.#call("DELETE", "/v1/session");
  }

  #took(me: Me): Me {
    this.csrf = me.csrf;
    return me;
  }

  async ticket(): Promise<{ ticket: string; url: string } | null> {
    try {
      return await this.#call("POST", "/v1/live/ticket");
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    }
  }

  config(): Promise<Config> {
    return this.#call("GET", "/v1/config");
  }

  case(id: string): Promise<CaseDetail> {
    return this.#call("GET", `/v1/cases/${encodeURIComponent(id)}`);
  }

  parcel(id: string): Promise<ParcelDetail> {
    return this.#call("GET", `/v1/parcels/${encodeURIComponent(id)}`);
  }

  incident(id: string, cursor: string | null = null): Promise<IncidentDetail> {
    return this.#call("GET", `/v1/incidents/${encodeURIComponent(id)}${query({ cursor, limit: 50 })}`);
  }

  async find(q: string): Promise<ParcelBrief[]> {
    return (await this.#call<{ items: ParcelBrief[] }>("GET", `/v1/parcels?q=${encodeURIComponent(q)}`)).items;
  }

  /** Act on the version that was looked at; a 412 says that somebody was faster. */
  act(id: string, version: number, action: string, body: Record<string, unknown> = {}): Promise<CaseDetail> {
    return this.#call("POST", `/v1/cases/${encodeURIComponent(id)}/${action}`, body, { "If-Match": `"${version}"` });
  }

  open(body: { parcel_id: string; kind: string; reason: string; severity: number }): Promise<CaseRow> {
    return this.#call("POST", "/v1/cases", body);
  }

  async bulk(
    action: string,
    cases: { case_id: string; version: number }[],
    more: Record<string, unknown> = {},
  ): Promise<Outcome[]> {
    return (await this.#call<{ outcomes: Outcome[] }>("POST", "/v1/cases/bulk", { action, cases, ...more })).outcomes;
  }

  async reveal(parcelId: string, field: string, reason: string): Promise<string> {
    const path = `/v1/parcels/${encodeURIComponent(parcelId)}/reveal`;
    return (await this.#call<{ value: string }>("POST", path, { field, reason })).value;
  }

  unmapped(filter: { source?: string; carrier?: string; q?: string; cursor?: string | null }): Promise<UnmappedPage> {
    return this.#call("GET", `/v1/unmapped${query({ ...filter, limit: 50 })}`);
  }

  async texts(group: Pick<UnmappedGroup, "source" | "carrier" | "code" | "said">): Promise<SaidText[]> {
    const { source, carrier, code, said } = group;
    return (await this.#call<{ items: SaidText[] }>("GET", `/v1/unmapped/texts${query({ source, carrier, code, said })}`)).items;
  }

  mappings(filter: { retired?: boolean; before?: number | null }): Promise<{ items: MappingRow[]; next: number | null }> {
    return this.#call("GET", `/v1/mappings${query({ ...filter, limit: 50 })}`);
  }

  map(body: MappingBody): Promise<MappingRow> {
    return this.#call("POST", "/v1/mappings", body);
  }

  unmap(id: number): Promise<void> {
    return this.#call("DELETE", `/v1/mappings/${id}`);
  }

  kpi(filter: { since: string; until: string; carrier?: string }): Promise<Kpi> {
    return this.#call("GET", `/v1/kpi${query({ ...filter })}`);
  }

  /** Read the stored scans of a mapping again, some thousands a call; `tell` hears how far it is. */
  async replay(id: number, tell: (sofar: Reread) => void): Promise<Reread> {
    const sofar = { read: 0, reread: 0, parcels: 0 };
    let cursor: string | null = null;
    do {
      const step: Reread & { next: string | null } = await this.#call("POST", `/v1/mappings/${id}/replay`, { cursor });
      sofar.read += step.read;
      sofar.reread += step.reread;
      sofar.parcels += step.parcels;
      tell({ ...sofar });
      cursor = step.next;
    } while (cursor !== null);
    return sofar;
  }
}
