// 首次绘制之前定下主题和字号；默认跟随系统
(() => {
  const root = document.documentElement;
  const read = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const apply = () => { root.dataset.theme = read("theme") ?? (dark.matches ? "dark" : "light"); };
  apply();
  dark.addEventListener("change", apply);
  if (read("text") === "large") root.dataset.text = "large";
})();
