// Why a finding holds, in words: what was measured, against which limit, and whose rule that is.

import { moment, number, plural, t, word } from "./i18n.svelte";
import { prefs } from "./prefs.svelte";
import { span } from "./time";
import type { ExceptionRow } from "./types";

const SILENT = new Set(["stalled", "loss_suspected"]);
const WAITING = new Set([...SILENT, "jammed"]);
// What says all in one sentence of its own, with the carrier's words after it.
const OWN = new Set([
  "customs_hold", "thoroughly_delayed", "weight_fell", "left_behind", "claim_closing", "misrouted", "looping",
  "not_collected", "false_signature",
]);
const COUNTED = new Set(["attempt_failed", "repeated_attempts"]);

type Facts = Pick<ExceptionRow, "kind" | "evidence" | "last_scan_at" | "promised_at" | "state">;

/** Whose parcels a learned limit speaks of. */
function between({ facility, facility_to, level }: Facts["evidence"]): string {
  if (level === "carrier" || !facility) return t("evidence.between.carrier");
  if (!facility_to) return t("evidence.between.hub", { from: facility });
  return t("evidence.between.lane", { from: facility, to: facility_to });
}

/** The sentence of a kind that has its own. */
function own({ kind, evidence }: Facts, now: number): string {
  const language = prefs.language;
  const [measured, limit] = [span(evidence.measured_s ?? 0, language), span(evidence.limit_s ?? 0, language)];
  const [from, to, place] = [evidence.facility ?? "–", evidence.facility_to ?? "–", evidence.place ?? "–"];
  switch (kind) {
    case "customs_hold":
      return t("evidence.customs", { measured, limit });
    case "thoroughly_delayed":
      return t(evidence.rule?.includes(".unpromised") ? "evidence.thorough.unpromised" : "evidence.thorough", { measured, limit });
    case "weight_fell":
      return t("evidence.fell", {
        measured: number(evidence.measured ?? 0), before: number(evidence.count ?? 0), limit: number(evidence.limit ?? 0),
      });
    case "left_behind":
      return t("evidence.left", {
        measured: evidence.measured ?? 0, limit: evidence.limit ?? 0, hours: measured, between: to,
      });
    case "claim_closing":
      return t("evidence.claim", { measured, closes: moment(evidence.expected_by ?? null, now) ?? "" });
    case "misrouted":
      return evidence.facility ? t("evidence.astray", { place, from, to }) : t("evidence.astray.told", { place });
    case "looping":
      return t("evidence.circle", { from, to, measured: evidence.measured ?? 0 });
    case "not_collected":
      return t("evidence.collect", { measured, limit });
    default:
      if (evidence.place) return t("evidence.sign.far", { place, to });
      if (evidence.rule?.endsWith("unasked")) {
        return t("evidence.sign.unasked", { signer: word("signer", evidence.signer ?? "") });
      }
      return t("evidence.sign.unseen");
  }
}

/** What was measured. While the finding is open, silence and lateness are counted up to now. */
export function because(row: Facts, now: number): string {
  const { evidence } = row;
  const language = prefs.language;
  const open = row.state === "open";
  const since = (iso: string | null): number => (open && iso ? (now - Date.parse(iso)) / 1000 : 0);
  const words = evidence.words ? t("evidence.words", { words: evidence.words }) : "";
  const caused = evidence.culprit ? t("evidence.culprit", { culprit: word("culprit", evidence.culprit) }) : "";
  const reason = evidence.reason ? `${word("detail", evidence.reason)}${t("evidence.stop")}` : "";
  if (OWN.has(row.kind)) return [own(row, now), words, caused].filter(Boolean).join(" ");
  if (evidence.measured !== undefined && evidence.limit !== undefined) {
    const values = { measured: evidence.measured, limit: evidence.limit };
    const counted = t(COUNTED.has(row.kind) ? "evidence.attempts" : "evidence.count", values);
    return [counted, reason, words, caused].filter(Boolean).join(" ");
  }
  if (reason || caused) return [reason, words, caused].filter(Boolean).join(" ");
  if (words || evidence.measured_s === undefined) return words;
  const limit_s = evidence.limit_s ?? 0;
  if (evidence.chance !== undefined) {
    const [median, nine] = [evidence.expected_at, evidence.expected_by].map((at) => moment(at ?? null, now));
    return t("evidence.odds", { chance: evidence.chance, median: median ?? "", nine: nine ?? "" });
  }
  if (row.kind === "late") {
    const measured = span(Math.max(evidence.measured_s, since(row.promised_at)), language);
    return limit_s > 0
      ? t("evidence.late.limit", { measured, limit: span(limit_s, language) })
      : t("evidence.late", { measured });
  }
  const seconds = WAITING.has(row.kind) ? Math.max(evidence.measured_s, since(row.last_scan_at)) : evidence.measured_s;
  const values = { measured: span(seconds, language), limit: span(limit_s, language) };
  if (row.kind === "jammed") return t("evidence.jammed", { ...values, between: between(evidence) });
  if (SILENT.has(row.kind) && evidence.share !== undefined) {
    const usual = span(evidence.usual_s ?? limit_s, language);
    const learned = { share: evidence.share, count: number(evidence.count ?? 0), between: between(evidence), usual };
    return t("evidence.usual", { ...values, ...learned });
  }
  if (SILENT.has(row.kind)) return t("evidence.silent", values);
  return t(row.kind === "not_picked_up" ? "evidence.not_picked_up" : "evidence.time", values);
}

/** Which rule found it, where the rule comes from, and how many scans it rests on. */
export function ruling(row: Facts): string {
  const { rule, source, scans } = row.evidence;
  const parts = rule ? [t("evidence.rule", { rule, source: source ?? "" })] : [];
  if (scans?.length) parts.push(plural("evidence.scans", scans.length));
  return parts.join(" · ");
}
