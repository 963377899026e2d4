// The rows of one list, and in which order they stand. Pure, so that the promise "no row moves under your hand" is tested.

import type { AnyNoun, Body, CaseRow, ExceptionRow, Noun, WireRow } from "./types";
import type { SortColumn } from "./query";
import { pressing } from "./time";

/** A row as it stands there. Never changed in place: what draws it looks at which object it is, and not into it. */
export interface Shown {
  readonly key: string;
  readonly body: Body;
  /** It is over, but keeps its place while the list is held still. */
  readonly gone: boolean;
  /** When it last changed by itself (ms), for a short highlight. */
  readonly changedAt: number;
}

export const isCase = (body: Body): body is CaseRow => "priority" in body;

type Rank = (a: Body, b: Body) => number;
const text = (a: string | null, b: string | null): number => (a ?? "\uffff").localeCompare(b ?? "\uffff");
const older: Rank = (a, b) => text(a.opened_at, b.opened_at);

export function ranking(sort: SortColumn, descending: boolean, now: number): Rank {
  const urgent: Rank = (a, b) =>
    isCase(a) && isCase(b) ? b.priority - a.priority || older(a, b) : b.severity - a.severity || older(a, b);
  const due = (body: Body): number => (isCase(body) ? (pressing(body.clocks, now)?.seconds ?? Infinity) : Infinity);
  const first: Record<SortColumn, Rank> = {
    urgency: urgent,
    age: older,
    promise: (a, b) => text((a as ExceptionRow).promised_at ?? null, (b as ExceptionRow).promised_at ?? null),
    clock: (a, b) => (due(a) === due(b) ? 0 : due(a) - due(b)),
    carrier: (a, b) => text(a.carrier, b.carrier),
  };
  const rank = first[sort];
  const sign = descending ? -1 : 1;
  return (a, b) => sign * rank(a, b) || urgent(a, b);
}

export class RowSet {
  noun: Noun = "exception";
  /** Rows on the server that the snapshot did not carry. */
  beyond = 0;
  /** Rows that are there and not shown, because something else stands for them. */
  folded = 0;
  #rows = new Map<string, Shown>();
  #order: string[] = [];
  #held = false;
  /** Keys that arrived while the list was held, and are not in the order yet. */
  #waiting = new Set<string>();
  #goneWhileHeld = 0;
  #rank: Rank = ranking("urgency", false, 0);
  #hides: (body: Body) => boolean = () => false;

  get size(): number {
    return this.#order.length;
  }
  get held(): boolean {
    return this.#held;
  }
  /** How many changes of the order are waiting for the list to be let go. */
  get waiting(): number {
    return this.#waiting.size + this.#goneWhileHeld;
  }
  get order(): readonly string[] {
    return this.#order;
  }
  get(key: string): Shown | undefined {
    return this.#rows.get(key);
  }

  replace(noun: Noun, rows: readonly WireRow[], total: number): void {
    this.noun = noun;
    this.beyond = Math.max(0, total - rows.length);
    const before = this.#rows;
    this.#rows = new Map(
      rows.map((row) => [row.key, { key: row.key, body: row.body, gone: false, changedAt: before.get(row.key)?.changedAt ?? 0 }]),
    );
    this.#waiting.clear();
    this.#goneWhileHeld = 0;
    this.#sort();
  }

  apply(upsert: readonly WireRow[], gone: readonly { noun: AnyNoun; key: string }[], now: number): void {
    let reorder = false;
    for (const row of upsert) {
      if (row.noun !== this.noun) continue;
      const old = this.#rows.get(row.key);
      if (old) {
        reorder ||= this.#rank(old.body, row.body) !== 0 || this.#hides(old.body) !== this.#hides(row.body);
        if (old.gone) this.#goneWhileHeld -= 1;
        this.#rows.set(row.key, { key: row.key, body: row.body, gone: false, changedAt: now });
      } else {
        this.#rows.set(row.key, { key: row.key, body: row.body, gone: false, changedAt: now });
        if (this.#held && !this.#hides(row.body)) this.#waiting.add(row.key);
        reorder = true;
      }
    }
    for (const { key, noun } of gone) {
      const old = this.#rows.get(key);
      if (noun !== this.noun || !old || old.gone) continue;
      if (this.#held && !this.#waiting.has(key) && !this.#hides(old.body)) {
        this.#rows.set(key, { ...old, gone: true });
        this.#goneWhileHeld += 1;
      } else {
        this.#rows.delete(key);
        this.#waiting.delete(key);
        reorder = true;
      }
    }
    if (reorder && !this.#held) this.#sort();
  }

  /** Keep every row where it is, or let the list move again. */
  hold(held: boolean): void {
    if (held === this.#held) return;
    this.#held = held;
    if (!held) this.settle();
  }

  /** Show what waited, once, without letting go. */
  settle(): void {
    for (const [key, row] of this.#rows) if (row.gone) this.#rows.delete(key);
    this.#waiting.clear();
    this.#goneWhileHeld = 0;
    this.#sort();
  }

  /** Leave out rows from now on; while the list is held, from when it is let go. */
  fold(hides: (body: Body) => boolean): void {
    this.#hides = hides;
    if (!this.#held) this.settle();
  }

  rank(rank: Rank): void {
    this.#rank = rank;
    this.settle();
  }

  #sort(): void {
    const shown = [...this.#rows.values()].filter((row) => !this.#hides(row.body));
    this.folded = this.#rows.size - shown.length;
    this.#order = shown.sort((a, b) => this.#rank(a.body, b.body) || a.key.localeCompare(b.key)).map((row) => row.key);
  }
}
