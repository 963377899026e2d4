// The address is the state: which list, which filters, what is open. So a view can be bookmarked and sent to a colleague.

import type { Noun, WireFilter } from "./types";

export type SortColumn = "urgency" | "age" | "promise" | "clock" | "carrier";

/** What stands in place of the list: what nobody can read, what people mapped, how right the product is. */
export type Page = "" | "unmapped" | "mappings" | "kpi";

/** What the panel shows. */
export interface Opened {
  type: "case" | "parcel" | "incident";
  id: string;
}

export interface View {
  page: Page;
  noun: Noun;
  severity: number[];
  kind: string[];
  carrier: string[];
  state: string[];
  who: "" | "me" | "none";
  breached: boolean;
  text: string;
  sort: SortColumn;
  descending: boolean;
  /** Whether cases that an incident stands for are listed one by one. */
  unfold: boolean;
  open: Opened | null;
}

export const EMPTY: View = {
  page: "",
  noun: "exception",
  severity: [],
  kind: [],
  carrier: [],
  state: [],
  who: "",
  breached: false,
  text: "",
  sort: "urgency",
  descending: false,
  unfold: false,
  open: null,
};

const PAGES: readonly string[] = ["unmapped", "mappings", "kpi"];
const SORTS: readonly SortColumn[] = ["urgency", "age", "promise", "clock", "carrier"];
const list = (params: URLSearchParams, name: string): string[] =>
  (params.get(name) ?? "").split(",").filter(Boolean).slice(0, 50);

export function parseView(search: string): View {
  const params = new URLSearchParams(search);
  const who = params.get("with");
  const sort = params.get("sort") ?? "";
  const bare = sort.replace(/^-/, "") as SortColumn;
  const opened = (["case", "parcel", "incident"] as const).find((type) => params.get(type));
  const page = params.get("page") ?? "";
  return {
    page: PAGES.includes(page) ? (page as Page) : "",
    noun: params.get("list") === "cases" ? "case" : "exception",
    severity: list(params, "severity").map(Number).filter((level) => level >= 1 && level <= 4),
    kind: list(params, "kind"),
    carrier: list(params, "carrier"),
    state: list(params, "state"),
    who: who === "me" || who === "none" ? who : "",
    breached: params.get("breached") === "1",
    text: (params.get("q") ?? "").slice(0, 100),
    sort: SORTS.includes(bare) ? bare : "urgency",
    descending: sort.startsWith("-"),
    unfold: params.get("unfold") === "1",
    open: opened ? { type: opened, id: params.get(opened) ?? "" } : null,
  };
}

export function formatView(view: View): string {
  const params = new URLSearchParams();
  if (view.page) params.set("page", view.page);
  if (view.noun === "case") params.set("list", "cases");
  for (const name of ["severity", "kind", "carrier", "state"] as const) {
    if (view[name].length) params.set(name, view[name].join(","));
  }
  if (view.who) params.set("with", view.who);
  if (view.breached) params.set("breached", "1");
  if (view.text) params.set("q", view.text);
  if (view.sort !== "urgency" || view.descending) params.set("sort", (view.descending ? "-" : "") + view.sort);
  if (view.unfold) params.set("unfold", "1");
  if (view.open) params.set(view.open.type, view.open.id);
  const text = params.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
  return text ? `?${text}` : "";
}

/** What the server has to know of a view. */
export function wireFilter(view: View): WireFilter {
  const filter: WireFilter = { noun: view.noun, incidents: true };
  if (view.severity.length) filter.severity = view.severity;
  if (view.kind.length) filter.kind = view.kind;
  if (view.carrier.length) filter.carrier = view.carrier;
  if (view.noun === "case") {
    if (view.state.length) filter.state = view.state;
    if (view.who) filter.assignee = view.who;
    if (view.breached) filter.breached = true;
  }
  if (view.text.trim()) filter.text = view.text.trim();
  return filter;
}

/** How many filters are set, whatever the list. */
export function filterCount(view: View): number {
  const cases = view.noun === "case" ? view.state.length + Number(view.who !== "") + Number(view.breached) : 0;
  return view.severity.length + view.kind.length + view.carrier.length + cases + Number(view.text.trim() !== "");
}
