// Texts in the chosen language. Reading `t` in a component makes it follow a change of language.

import { en, type MessageKey } from "./messages/en";
import { zhCN } from "./messages/zh-CN";
import { zhTW } from "./messages/zh-TW";
import { prefs, type Language } from "./prefs.svelte";

export const catalogues: Record<Language, Record<MessageKey, string>> = { en, "zh-CN": zhCN, "zh-TW": zhTW };

export type Values = Record<string, string | number>;

export function fill(text: string, values?: Values): string {
  return values ? text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole)) : text;
}

/** The text of a key. */
export function t(key: MessageKey, values?: Values): string {
  return fill(catalogues[prefs.language][key], values);
}

/** The text of a key that is put together from data; what nobody translated is shown as it is, made readable. */
export function word(family: string, value: string | null | undefined): string {
  if (!value) return "";
  const texts: Record<string, string> = catalogues[prefs.language];
  return texts[`${family}.${value}`] ?? value.replace(/([a-z])([A-Z])/g, "$1 $2").replaceAll("_", " ");
}

/** The text of a key if there is one, else the value untouched: for what may be a word of ours or somebody's own. */
export function known(family: string, value: string): string {
  const texts: Record<string, string> = catalogues[prefs.language];
  return texts[`${family}.${value}`] ?? value;
}

type PluralBase = { [K in MessageKey]: K extends `${infer Base}.other` ? Base : never }[MessageKey];

/** The text of a key in the number's form; `n` is written with the language's separators. */
export function plural(base: PluralBase, n: number, values?: Values): string {
  const form = new Intl.PluralRules(prefs.language).select(n) === "one" ? "one" : "other";
  return t(`${base}.${form}` as MessageKey, { n: number(n), ...values });
}

export function number(n: number): string {
  return new Intl.NumberFormat(prefs.language).format(n);
}

/** A share of one, with at most `digits` decimals of a percent. */
export function percent(share: number, digits = 1): string {
  return new Intl.NumberFormat(prefs.language, { style: "percent", maximumFractionDigits: digits }).format(share);
}

export function money(minor: number, currency: string): string {
  const format = new Intl.NumberFormat(prefs.language, { style: "currency", currency, currencyDisplay: "narrowSymbol" });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(minor / 10 ** digits);
}

/** A moment as a clock shows it: time only for today, with the day otherwise. */
export function moment(iso: string | number | null, now: number): string {
  if (iso === null) return "";
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "";
  const today = new Date(now).toDateString() === at.toDateString();
  const clock: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const year = at.getFullYear() === new Date(now).getFullYear() ? {} : { year: "numeric" as const };
  const options = today ? clock : { month: "short" as const, day: "numeric" as const, ...year, ...clock };
  return new Intl.DateTimeFormat(prefs.language, options).format(at);
}

/** A moment with everything, for tooltips. */
export function exactly(iso: string | number | null): string {
  if (iso === null) return "";
  const at = new Date(iso);
  return Number.isNaN(at.getTime())
    ? ""
    : new Intl.DateTimeFormat(prefs.language, { dateStyle: "full", timeStyle: "long" }).format(at);
}
