// The client of the live board: one websocket at a time, resumed by epoch and offset, so that nothing is missed or kept
// by mistake. It knows nothing of the page; sockets, timers and chance come from outside, so that it can be tested.

import type { AnyNoun, Counts, ServerMessage, Wire, WireFilter } from "./types";

export type Link = "connecting" | "live" | "stale" | "reconnecting" | "signed-out";

export interface LiveEvents {
  /** Everything the filter shows, in place of what was there. `total` may be more than `rows`. */
  snapshot(rows: Wire[], total: number): void;
  deltas(upsert: Wire[], gone: { noun: AnyNoun; key: string }[]): void;
  counts(counts: Counts): void;
  /** The state of the connection; `since` (ms) says from when on what is shown may be old. */
  link(link: Link, since: number | null): void;
  /** The server's clock minus ours, in milliseconds. */
  skew(ms: number): void;
}

export interface LiveSocket {
  send(data: string): void;
  close(code?: number, reason?: string): void;
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent<string>) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
}

export interface LiveWorld {
  /** Gives a single-use ticket and where to go with it; `null` when nobody is signed in. */
  ticket(): Promise<{ ticket: string; url: string } | null>;
  open(url: string): LiveSocket;
  now(): number;
  random(): number;
  later(run: () => void, ms: number): () => void;
}

/** The server sends something at least every 10 s; after this long the line is dead, whatever the socket says. */
const SILENCE_MS = 25_000;
const BACKOFF_MS = [300, 15_000] as const;

export class LiveClient {
  #world: LiveWorld;
  #events: LiveEvents;
  #filter: WireFilter;
  #socket: LiveSocket | null = null;
  #parts: Wire[] = [];
  #epoch: string | null = null;
  #offset: string | null = null;
  #request = 0;
  #attempts = 0;
  #stopped = true;
  #cancelRetry: (() => void) | null = null;
  #cancelWatch: (() => void) | null = null;
  #heardAt = 0;
  #openedAt = 0;
  #generation = 0;

  constructor(world: LiveWorld, events: LiveEvents, filter: WireFilter) {
    this.#world = world;
    this.#events = events;
    this.#filter = filter;
  }

  start(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    this.#heardAt = this.#world.now();
    this.#events.link("connecting", null);
    void this.#connect();
  }

  stop(): void {
    this.#stopped = true;
    this.#drop();
    this.#cancelRetry?.();
    this.#cancelRetry = null;
  }

  /** Show other rows from now on. Rows of the old filter that still arrive are not passed on. */
  refilter(filter: WireFilter): void {
    this.#filter = filter;
    this.#request += 1;
    // The offset belongs to the old filter: a client that comes back with it would be given the wrong rows.
    this.#epoch = this.#offset = null;
    if (this.#socket && this.#ready) {
      this.#socket.send(JSON.stringify({ type: "filter", id: this.#request, filter }));
    }
  }

  /** Try at once, for example because the machine is online again. */
  hurry(): void {
    if (this.#stopped || this.#socket || !this.#cancelRetry) return;
    this.#cancelRetry();
    this.#cancelRetry = null;
    this.#attempts = 0;
    void this.#connect();
  }

  #ready = false;
  /** The request whose snapshot the rows now arriving belong to. */
  #answered = 0;

  async #connect(): Promise<void> {
    const generation = ++this.#generation;
    let ticket: { ticket: string; url: string } | null;
    try {
      ticket = await this.#world.ticket();
    } catch {
      if (generation === this.#generation) this.#retry();
      return;
    }
    if (this.#stopped || generation !== this.#generation) return;
    if (ticket === null) {
      this.#events.link("signed-out", null);
      this.#stopped = true;
      return;
    }
    const socket = this.#world.open(ticket.url);
    const secret = ticket.ticket;
    this.#socket = socket;
    this.#ready = false;
    this.#openedAt = this.#world.now();
    const mine = (): boolean => this.#socket === socket;
    socket.onopen = () => {
      if (!mine()) return;
      const resume = this.#epoch && this.#offset ? { epoch: this.#epoch, offset: this.#offset } : undefined;
      // A fresh hello is answered by a snapshot with id 0; whatever was asked before counts no more.
      this.#request = this.#answered = 0;
      this.#parts = [];
      socket.send(JSON.stringify({ type: "hello", ticket: secret, filter: this.#filter, resume }));
      this.#ready = true;
    };
    socket.onmessage = (event) => {
      if (!mine()) return;
      this.#heardAt = this.#world.now();
      this.#take(JSON.parse(event.data) as ServerMessage);
    };
    socket.onclose = (event) => {
      if (!mine()) return;
      this.#drop();
      // 4008: we were too slow; the way back is short because the offset says where we stood.
      if (event.code === 4008) this.#attempts = 0;
      this.#retry();
    };
    this.#watch();
  }

  #take(message: ServerMessage): void {
    switch (message.type) {
      case "snapshot":
        if (message.id !== this.#request) return;
        if (message.part === 1) this.#parts = [];
        this.#parts.push(...message.rows);
        if (message.part < message.parts) return;
        this.#answered = message.id;
        this.#epoch = message.epoch;
        this.#offset = message.offset ?? null;
        this.#events.snapshot(this.#parts, message.total);
        this.#parts = [];
        this.#settled();
        return;
      case "deltas":
        if (this.#answered !== this.#request) return;
        if (message.offset !== undefined) this.#offset = message.offset;
        if (message.epoch !== undefined) this.#epoch = message.epoch;
        this.#events.deltas(message.upsert, message.gone);
        if (message.recovered) this.#settled();
        return;
      case "counts":
        this.#events.counts(message);
        return;
      case "state":
        this.#events.skew(Date.parse(message.now) - this.#world.now());
        if (message.offset !== undefined && this.#answered === this.#request && this.#epoch) this.#offset = message.offset;
        if (message.feed === "stale") this.#events.link("stale", Date.parse(message.since ?? message.now));
        else this.#events.link("live", null);
    }
  }

  #settled(): void {
    this.#attempts = 0;
  }

  #watch(): void {
    this.#cancelWatch?.();
    this.#cancelWatch = this.#world.later(() => {
      if (!this.#socket) return;
      if (this.#world.now() - Math.max(this.#heardAt, this.#openedAt) > SILENCE_MS) {
        const socket = this.#socket;
        this.#drop();
        socket.close(4000, "silent");
        this.#retry();
      } else this.#watch();
    }, SILENCE_MS / 5);
  }

  #drop(): void {
    this.#generation += 1;
    const socket = this.#socket;
    this.#socket = null;
    this.#ready = false;
    this.#cancelWatch?.();
    this.#cancelWatch = null;
    if (socket && this.#stopped) socket.close(1000);
  }

  #retry(): void {
    if (this.#stopped || this.#cancelRetry) return;
    this.#events.link("reconnecting", this.#heardAt);
    const ceiling = Math.min(BACKOFF_MS[1], BACKOFF_MS[0] * 2 ** this.#attempts);
    this.#attempts += 1;
    // Full jitter: a gateway that restarts is not stormed by every board at the same moment.
    const wait = ceiling * (0.2 + 0.8 * this.#world.random());
    this.#cancelRetry = this.#world.later(() => {
      this.#cancelRetry = null;
      void this.#connect();
    }, wait);
  }
}
