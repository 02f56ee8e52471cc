// Runs before anything is drawn, so that a chosen appearance does not flash by.
try {
  document.documentElement.dataset.theme = JSON.parse(localStorage.getItem("playground.theme")) ?? "auto";
} catch {
  // No storage: the system's appearance.
}
