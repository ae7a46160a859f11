// Sets light or dark before the page is drawn. It is no module, because a module would run after that.
try {
  const theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // The browser keeps nothing for us, so the page is drawn as the system wants it.
}
