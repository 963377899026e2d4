import { describe, expect, it } from "vitest";
import { LiveClient, type Link, type LiveEvents, type LiveSocket, type LiveWorld } from "./live";
import type { WireRow } from "./types";

const row = (key: string, severity = 3): WireRow =>
  ({ noun: "exception", key, v: 1, body: { exception_id: key, severity } as unknown as WireRow["body"] });

class Socket implements LiveSocket {
  sent: Record<string, unknown>[] = [];
  closed: number | undefined;
  onopen: ((event: Event) => void) | null = null;
  onmessage: ((event: MessageEvent<string>) => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;
  send(data: string): void {
    this.sent.push(JSON.parse(data) as Record<string, unknown>);
  }
  close(code?: number): void {
    this.closed = code;
  }
  say(message: unknown): void {
    this.onmessage?.({ data: JSON.stringify(message) } as MessageEvent<string>);
  }
  fall(code: number): void {
    this.onclose?.({ code } as CloseEvent);
  }
}

class World implements LiveWorld {
  sockets: Socket[] = [];
  clock = 1_000_000;
  timers: { at: number; run: () => void }[] = [];
  signedIn = true;
  away = false;
  tickets = 0;
  log: unknown[] = [];
  links: Link[] = [];
  events: LiveEvents = {
    snapshot: (rows, total) => this.log.push(["snapshot", rows.map((one) => one.key), total]),
    deltas: (upsert, gone) => this.log.push(["deltas", upsert.map((one) => one.key), gone.map((one) => one.key)]),
    counts: () => undefined,
    link: (link) => this.links.push(link),
    skew: () => undefined,
  };
  ticket(): Promise<{ ticket: string; url: string } | null> {
    if (this.away) return Promise.reject(new Error("away"));
    return Promise.resolve(this.signedIn ? { ticket: `t${++this.tickets}`, url: "ws://board" } : null);
  }
  open(): LiveSocket {
    const socket = new Socket();
    this.sockets.push(socket);
    return socket;
  }
  now(): number {
    return this.clock;
  }
  random(): number {
    return 1;
  }
  later(run: () => void, ms: number): () => void {
    const timer = { at: this.clock + ms, run };
    this.timers.push(timer);
    return () => (this.timers = this.timers.filter((one) => one !== timer));
  }
  async pass(ms: number): Promise<void> {
    const end = this.clock + ms;
    for (;;) {
      const next = this.timers.filter((one) => one.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.clock = next.at;
      this.timers = this.timers.filter((one) => one !== next);
      next.run();
      for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    }
    this.clock = end;
  }
  get last(): Socket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error("no socket was opened");
    return socket;
  }
}

async function connected(): Promise<{ world: World; client: LiveClient }> {
  const world = new World();
  const client = new LiveClient(world, world.events, { noun: "exception" });
  client.start();
  await world.pass(0);
  await Promise.resolve();
  world.last.onopen?.({} as Event);
  return { world, client };
}
const snapshot = (rows: WireRow[], more: Record<string, unknown> = {}): unknown => ({
  type: "snapshot", epoch: "e", id: 0, part: 1, parts: 1, total: rows.length, offset: "5-1", rows, ...more,
});

describe("the live client", () => {
  it("says hello with a ticket and takes a snapshot only when it is whole", async () => {
    const { world } = await connected();
    expect(world.last.sent).toEqual([{ type: "hello", ticket: "t1", filter: { noun: "exception" } }]);
    world.last.say(snapshot([row("a")], { parts: 2, total: 2, offset: undefined }));
    expect(world.log).toEqual([]);
    world.last.say(snapshot([row("b")], { part: 2, parts: 2, total: 2 }));
    expect(world.log).toEqual([["snapshot", ["a", "b"], 2]]);
  });

  it("comes back with the newest offset and a new ticket", async () => {
    const { world } = await connected();
    world.last.say(snapshot([row("a")]));
    world.last.say({ type: "deltas", upsert: [row("b")], gone: [], offset: "6-2" });
    world.last.say({ type: "deltas", upsert: [row("c")], gone: [] });
    world.last.fall(1006);
    expect(world.links.at(-1)).toBe("reconnecting");
    await world.pass(400);
    world.last.onopen?.({} as Event);
    expect(world.last.sent[0]).toMatchObject({ ticket: "t2", resume: { epoch: "e", offset: "6-2" } });
  });

  it("does not resume half a snapshot", async () => {
    const { world } = await connected();
    world.last.say(snapshot([row("a")], { parts: 2, offset: undefined }));
    world.last.fall(1006);
    await world.pass(400);
    world.last.onopen?.({} as Event);
    expect(world.last.sent[0]).not.toHaveProperty("resume");
  });

  it("ignores rows of the filter that was, and never resumes with its offset", async () => {
    const { world, client } = await connected();
    world.last.say(snapshot([row("a")]));
    client.refilter({ noun: "case" });
    expect(world.last.sent[1]).toEqual({ type: "filter", id: 1, filter: { noun: "case" } });
    world.log = [];
    world.last.say({ type: "deltas", upsert: [row("b")], gone: [], offset: "9-9" });
    world.last.say({ type: "state", feed: "live", now: new Date(0).toISOString(), offset: "9-9" });
    expect(world.log).toEqual([]);
    world.last.fall(1006);
    await world.pass(400);
    world.last.onopen?.({} as Event);
    expect(world.last.sent[0]).toEqual({ type: "hello", ticket: "t2", filter: { noun: "case" } });
  });

  it("takes silence for a dead line", async () => {
    const { world } = await connected();
    world.last.say(snapshot([]));
    const first = world.last;
    await world.pass(31_000);
    expect(first.closed).toBe(4000);
    expect(world.sockets.length).toBeGreaterThan(1);
  });

  it("waits longer each time the server is away, and not more than a quarter of a minute", async () => {
    const { world } = await connected();
    world.away = true;
    world.last.fall(1006);
    await world.pass(10_000);
    world.away = false;
    await world.pass(15_000);
    expect(world.sockets.length).toBe(2);
    expect(world.timers.every((timer) => timer.at - world.clock <= 15_000)).toBe(true);
  });

  it("stops when nobody is signed in", async () => {
    const { world } = await connected();
    world.signedIn = false;
    world.last.fall(4401);
    await world.pass(60_000);
    expect(world.links.at(-1)).toBe("signed-out");
    expect(world.sockets.length).toBe(1);
  });

  it("says that the feed stands still, and that it runs again", async () => {
    const { world } = await connected();
    const now = new Date(world.clock).toISOString();
    world.last.say({ type: "state", feed: "stale", now, since: now });
    world.last.say({ type: "state", feed: "live", now });
    expect(world.links.slice(-2)).toEqual(["stale", "live"]);
  });
});
