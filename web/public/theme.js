// Before the first paint, so that nobody is flashed by the other theme. A file of its own because the page forbids inline scripts.
try {
  const prefs = JSON.parse(localStorage.getItem("waywarden.prefs") ?? "{}");
  if (prefs.theme === "light" || prefs.theme === "dark") document.documentElement.dataset.theme = prefs.theme;
} catch {
  // Storage may be forbidden: the system's theme it is.
}
