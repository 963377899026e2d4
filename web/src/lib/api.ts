// REST: one function a call, errors as values that the page can put into words.

import type { CaseClock, CaseRow, ExceptionRow, Me } from "./types";

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
}
