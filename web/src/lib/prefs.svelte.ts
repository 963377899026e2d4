// What one person likes, kept in this browser: theme, density, language, keys. Nothing personal, nothing secret.

export type Theme = "system" | "light" | "dark";
export type Density = "compact" | "comfortable";
export type Language = "zh-CN" | "zh-TW" | "en";

interface Stored {
  theme: Theme;
  density: Density;
  language: Language | null;
  keys: boolean;
}

const NAME = "waywarden.prefs";

function load(): Stored {
  const usual: Stored = { theme: "system", density: "compact", language: null, keys: true };
  try {
    return { ...usual, ...(JSON.parse(localStorage.getItem(NAME) ?? "{}") as Partial<Stored>) };
  } catch {
    return usual;
  }
}

/** The language nearest to what a browser or an account asks for. */
export function nearest(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const lower = tag.toLowerCase();
    if (lower.startsWith("zh")) return /hant|tw|hk|mo/.test(lower) ? "zh-TW" : "zh-CN";
    if (lower.startsWith("en")) return "en";
  }
  return "en";
}

class Prefs {
  #stored = $state(load());

  get theme(): Theme {
    return this.#stored.theme;
  }
  set theme(value: Theme) {
    this.#stored.theme = value;
    this.#keep();
  }
  get density(): Density {
    return this.#stored.density;
  }
  set density(value: Density) {
    this.#stored.density = value;
    this.#keep();
  }
  get language(): Language {
    return this.#stored.language ?? nearest(navigator.languages);
  }
  set language(value: Language) {
    this.#stored.language = value;
    this.#keep();
  }
  get keys(): boolean {
    return this.#stored.keys;
  }
  set keys(value: boolean) {
    this.#stored.keys = value;
    this.#keep();
  }
  /** Take the account's language, where it names one, unless somebody chose one in this browser. */
  suggest(language: string): void {
    if (language && this.#stored.language === null) this.#stored.language = nearest([language]);
  }

  #keep(): void {
    this.apply();
    try {
      localStorage.setItem(NAME, JSON.stringify(this.#stored));
    } catch {
      // Storage may be forbidden: then it lasts as long as the page.
    }
  }

  apply(): void {
    const root = document.documentElement;
    if (this.theme === "system") delete root.dataset["theme"];
    else root.dataset["theme"] = this.theme;
    root.dataset["density"] = this.density;
    root.lang = this.language;
  }
}

export const prefs = new Prefs();
