// The board: what the live connection tells, what is looked at, and what is done about it.

import { Api, ApiError } from "./api";
import { plural, t, word } from "./i18n.svelte";
import { LiveClient, type Link } from "./live";
import type { MessageKey } from "./messages/en";
import { IncidentSet, isFolded, isIncident, isListed } from "./incidents";
import { EMPTY, formatView, parseView, wireFilter, type Page, type SortColumn, type View } from "./query";
import { isCase, ranking, RowSet, type Shown } from "./rows";
import type { Body, CaseRow, Counts, IncidentRow, Me, Noun } from "./types";
import { prefs } from "./prefs.svelte";

export interface Toast {
  id: number;
  text: string;
  tone: "good" | "bad" | "info";
}

const NO_COUNTS: Counts = {
  exception: { total: 0, breached: 0, unassigned: 0 },
  case: { total: 0, breached: 0, unassigned: 0 },
};
/** After the pointer or a key moved over the list, it stands still for so long. */
const HANDS_MS = 4_000;
const PARALLEL = 6;

export class Board {
  readonly api: Api;
  readonly me: Me;
  readonly rows = new RowSet();

  view: View = $state({ ...EMPTY });
  counts: Counts = $state.raw(NO_COUNTS);
  link: Link = $state("connecting");
  linkSince: number | null = $state(null);
  loaded = $state(false);
  /** What is open, the gravest first. */
  incidents: IncidentRow[] = $state.raw([]);
  /** Grows whenever the rows changed; reading it makes a component follow them. */
  version = $state(0);
  /** Now on the server's clock, once a second. */
  now = $state(Date.now());
  paused = $state(false);
  menuOpen = $state(false);
  active: string | null = $state(null);
  selected: Set<string> = $state.raw(new Set());
  toasts: Toast[] = $state([]);
  busy: Set<string> = $state.raw(new Set());
  carriers: Record<string, Record<string, string>> = $state.raw({});
  /** Grows when a case or parcel that may be open in the panel changed. */
  touched = $state.raw<{ keys: Set<string>; n: number }>({ keys: new Set(), n: 0 });
  signedOut = $state(false);
  bulkLimit = 200;

  #live: LiveClient;
  #incidents = new IncidentSet();
  #skew = 0;
  #handsUntil = 0;
  #toastId = 0;
  #timers: ReturnType<typeof setInterval>[] = [];
  #undo: (() => void)[] = [];
  #textTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(api: Api, me: Me) {
    this.api = api;
    this.me = me;
    this.view = parseView(location.search);
    this.rows.noun = this.view.noun;
    this.#live = new LiveClient(
      {
        ticket: () => api.ticket(),
        open: (url) => new WebSocket(url),
        now: () => Date.now(),
        random: () => Math.random(),
        later: (run, ms) => {
          const timer = setTimeout(run, ms);
          return () => clearTimeout(timer);
        },
      },
      {
        snapshot: (rows, total) => {
          const found = rows.filter(isIncident);
          this.#incidents.replace(found);
          this.#shared();
          this.rows.replace(this.view.noun, rows.filter(isListed), total - found.length);
          this.loaded = true;
          this.#touch(rows.map((row) => row.key));
          this.#changed();
        },
        deltas: (upsert, gone) => {
          if (this.#incidents.apply(upsert.filter(isIncident), gone)) this.#shared();
          this.rows.apply(upsert.filter(isListed), gone, Date.now());
          const parcels = upsert.flatMap((row) => (isIncident(row) ? [] : [row.body.parcel_id]));
          this.#touch([...upsert.map((row) => row.key), ...parcels, ...gone.map((row) => row.key)]);
          this.#changed();
        },
        counts: (counts) => (this.counts = counts),
        link: (link, since) => {
          this.link = link;
          this.linkSince = since;
          if (link === "signed-out") this.signedOut = true;
        },
        skew: (ms) => (this.#skew = ms),
      },
      wireFilter(this.view),
    );
  }

  start(): void {
    this.#fold();
    this.#resort();
    this.#live.start();
    void this.api
      .config()
      .then((config) => {
        this.carriers = config.carriers;
        this.bulkLimit = config.bulk_limit;
      })
      .catch(() => undefined);
    this.#timers.push(setInterval(() => this.#second(), 1000));
    const online = (): void => this.#live.hurry();
    const back = (): void => this.#goTo(parseView(location.search), false);
    addEventListener("online", online);
    addEventListener("popstate", back);
    this.#undo.push(() => removeEventListener("online", online), () => removeEventListener("popstate", back));
  }

  stop(): void {
    this.#live.stop();
    this.#timers.forEach(clearInterval);
    this.#undo.forEach((undo) => undo());
  }

  // what is looked at ----------------------------------------------------------------------------------------------

  /** Change the view; filters go to the server, everything to the address. */
  look(change: Partial<View>, replace = true): void {
    this.#goTo({ ...this.view, ...change }, true, replace);
  }

  #goTo(next: View, write: boolean, replace = true): void {
    const filterBefore = JSON.stringify(wireFilter(this.view));
    const sortBefore = `${this.view.sort}${this.view.descending}`;
    const nounBefore = this.view.noun;
    const unfoldBefore = this.view.unfold;
    this.view = next;
    if (write) history[replace ? "replaceState" : "pushState"](null, "", formatView(next) || location.pathname);
    if (next.noun !== nounBefore) {
      this.rows.replace(next.noun, [], 0);
      this.loaded = false;
      this.active = null;
      this.selected = new Set();
    }
    if (next.noun !== nounBefore || next.unfold !== unfoldBefore) {
      this.#fold();
      // Asked for by hand: it happens at once.
      this.rows.settle();
    }
    if (JSON.stringify(wireFilter(next)) !== filterBefore) {
      // Typing should not ask the server at every key.
      clearTimeout(this.#textTimer);
      this.#textTimer = setTimeout(() => this.#live.refilter(wireFilter(this.view)), next.noun === nounBefore ? 150 : 0);
    }
    if (`${next.sort}${next.descending}` !== sortBefore || next.noun !== nounBefore) this.#resort();
    this.#changed();
  }

  tab(noun: Noun): void {
    if (noun === this.view.noun) {
      if (this.view.page) this.page("");
      return;
    }
    this.look({ ...EMPTY, noun, severity: this.view.severity, carrier: this.view.carrier, text: this.view.text, open: this.view.open }, false);
  }

  page(page: Page): void {
    if (page !== this.view.page) this.look({ page, open: null }, false);
  }

  /** Whether this account may map codes. */
  get maps(): boolean {
    return this.me.role !== "agent";
  }

  toggle(field: "severity" | "kind" | "carrier" | "state", value: string): void {
    if (field === "severity") {
      const level = Number(value);
      const on = this.view.severity.includes(level);
      this.look({ severity: on ? this.view.severity.filter((one) => one !== level) : [...this.view.severity, level] });
      return;
    }
    const on = this.view[field].includes(value);
    this.look({ [field]: on ? this.view[field].filter((one) => one !== value) : [...this.view[field], value] });
  }

  sortBy(column: SortColumn): void {
    this.look({ sort: column, descending: this.view.sort === column ? !this.view.descending : false });
  }

  #resort(): void {
    this.rows.rank(ranking(this.view.sort, this.view.descending, this.now));
  }

  /** The incidents changed, and with them which cases they stand for. */
  #shared(): void {
    const ids = (rows: readonly IncidentRow[]): string => rows.map((row) => row.incident_id).sort().join();
    const before = ids(this.incidents);
    this.incidents = this.#incidents.all;
    if (ids(this.incidents) !== before) this.#fold();
  }

  #fold(): void {
    const folds = this.view.noun === "case" && !this.view.unfold;
    this.rows.fold((body) => folds && isFolded(body, this.#incidents, this.me.staff_id));
  }

  // holding still --------------------------------------------------------------------------------------------------

  /** Somebody's hand is on the list: let nothing move under it for a moment. */
  hands(): void {
    this.#handsUntil = Date.now() + HANDS_MS;
    this.#holdIfNeeded();
  }

  pause(paused: boolean): void {
    this.paused = paused;
    this.#handsUntil = 0;
    this.#holdIfNeeded();
  }

  menu(open: boolean): void {
    this.menuOpen = open;
    this.#holdIfNeeded();
  }

  #holdIfNeeded(): void {
    const hold = this.paused || this.menuOpen || this.selected.size > 0 || Date.now() < this.#handsUntil;
    if (hold !== this.rows.held) {
      this.rows.hold(hold);
      this.#changed();
    }
  }

  showWaiting(): void {
    this.rows.settle();
    this.#changed();
  }

  #second(): void {
    this.now = Date.now() + this.#skew;
    this.#holdIfNeeded();
    if (this.view.sort === "clock" && !this.rows.held) {
      this.#resort();
      this.#changed();
    }
  }

  #changed(): void {
    this.version += 1;
    if (this.active !== null && !this.rows.get(this.active)) this.active = null;
    const kept = [...this.selected].filter((key) => this.rows.get(key));
    if (kept.length !== this.selected.size) this.selected = new Set(kept);
  }

  #touch(keys: string[]): void {
    this.touched = { keys: new Set(keys), n: this.touched.n + 1 };
  }

  // rows -----------------------------------------------------------------------------------------------------------

  at(index: number): Shown | undefined {
    const key = this.rows.order[index];
    return key === undefined ? undefined : this.rows.get(key);
  }

  get activeIndex(): number {
    return this.active === null ? -1 : this.rows.order.indexOf(this.active);
  }

  move(by: number): void {
    const last = this.rows.size - 1;
    const from = this.activeIndex;
    this.#stand(from < 0 ? (by > 0 ? 0 : last) : Math.min(last, Math.max(0, from + by)), Math.sign(by));
  }

  moveToEnd(last: boolean): void {
    this.#stand(last ? this.rows.size - 1 : 0, last ? -1 : 1);
  }

  #stand(at: number, step: number): void {
    const size = this.rows.size;
    if (!size) return;
    // What is over but still stands there is not stopped at.
    while (this.at(at)?.gone && at + step >= 0 && at + step < size) at += step;
    this.active = this.rows.order[at] ?? null;
    this.hands();
  }

  select(key: string, on = !this.selected.has(key)): void {
    const next = new Set(this.selected);
    if (on) next.add(key);
    else next.delete(key);
    this.selected = next;
    this.#holdIfNeeded();
  }

  selectAll(on: boolean): void {
    this.selected = new Set(on ? this.rows.order.slice(0, this.bulkLimit) : []);
    this.#holdIfNeeded();
  }

  open(row: Body): void {
    const id = isCase(row) ? row.case_id : row.case_id;
    this.look({ open: id ? { type: "case", id } : { type: "parcel", id: row.parcel_id } }, this.view.open !== null);
  }

  openIncident(id: string): void {
    this.look({ open: { type: "incident", id } }, this.view.open !== null);
  }

  close(): void {
    if (this.view.open) this.look({ open: null });
  }

  carrier(slug: string | null): string {
    if (!slug) return "";
    return this.carriers[slug]?.[prefs.language] ?? slug.replace(/^.*\./, "").toUpperCase();
  }

  who(row: { assignee: string | null; assignee_name?: string | null }): string {
    if (!row.assignee) return "";
    return row.assignee === this.me.staff_id ? t("who.me") : (row.assignee_name ?? t("who.other"));
  }

  describe(row: Body): string {
    const kind = word(isCase(row) ? "casekind" : "kind", row.kind);
    return `${kind}, ${this.carrier(row.carrier)} ${row.waybill ?? row.parcel_id}`;
  }

  // deeds ----------------------------------------------------------------------------------------------------------

  say(text: string, tone: Toast["tone"] = "good"): void {
    const id = ++this.#toastId;
    this.toasts = [...this.toasts.slice(-3), { id, text, tone }];
    setTimeout(() => this.dismiss(id), tone === "bad" ? 9000 : 4500);
  }

  dismiss(id: number): void {
    this.toasts = this.toasts.filter((toast) => toast.id !== id);
  }

  explain(error: unknown): string {
    if (!(error instanceof ApiError)) return t("error.other", { why: String(error) });
    if (error.status === 0) return t("error.away");
    if (error.status === 412) return t("error.conflict");
    if (error.status === 403 && error.code !== "no-case") return t("error.forbidden");
    return t("error.other", { why: error.detail });
  }

  /** One action on the case of a row, straight from the list. */
  async quick(key: string, action: "acknowledge" | "assign"): Promise<void> {
    const row = this.rows.get(key);
    if (!row || row.gone || this.busy.has(key)) return;
    const caseId = row.body.case_id;
    if (!caseId) {
      this.say(t("error.nocase"), "info");
      return;
    }
    this.busy = new Set(this.busy).add(key);
    try {
      const version = isCase(row.body) ? row.body.version : (await this.api.case(caseId)).case.version;
      await this.api.act(caseId, version, action, action === "assign" ? { staff_id: "me" } : {});
      this.say(t(`done.${action}` as MessageKey));
    } catch (error) {
      this.say(this.explain(error), "bad");
    } finally {
      const rest = new Set(this.busy);
      rest.delete(key);
      this.busy = rest;
    }
  }

  async bulk(action: "acknowledge" | "assign"): Promise<void> {
    const wanted = [...this.selected].slice(0, this.bulkLimit).map((key) => this.rows.get(key)).filter((row) => !row?.gone).map((row) => row?.body);
    const cases = new Map<string, number>();
    const unknown = new Set<string>();
    let failed = 0;
    for (const row of wanted) {
      if (!row) continue;
      if (isCase(row)) cases.set(row.case_id, row.version);
      else if (row.case_id) unknown.add(row.case_id);
      else failed += 1;
    }
    try {
      // An exception does not know its case's version: read them, a few at a time.
      const queue = [...unknown];
      await Promise.all(
        Array.from({ length: PARALLEL }, async () => {
          for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
            cases.set(id, (await this.api.case(id)).case.version);
          }
        }),
      );
      const named = [...cases].map(([case_id, version]) => ({ case_id, version }));
      const outcomes = named.length ? await this.api.bulk(action, named, action === "assign" ? { staff_id: "me" } : {}) : [];
      const done = outcomes.filter((outcome) => outcome.ok).length;
      failed += outcomes.length - done;
      if (done) this.say(plural("bulk.done", done));
      if (failed) this.say(plural("bulk.failed", failed), "bad");
      this.selectAll(false);
    } catch (error) {
      this.say(this.explain(error), "bad");
    }
  }
}

export type { CaseRow };
