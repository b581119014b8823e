// 外壳：主题、字号、抽屉、"/" 搜索、Esc 关闭、筛选自动提交、提示
import "./live.js";
import "./curve.js";
import "./frame.js";
import "./strip.js";

const root = document.documentElement;
const store = (key, value) => { try { localStorage.setItem(key, value); } catch { /* 隐私模式下只管本页 */ } };

for (const button of document.querySelectorAll("[data-theme-toggle], [data-text-toggle], [data-needs-js]")) button.hidden = false;
for (const element of document.querySelectorAll("[data-without-js]")) element.hidden = true;

document.querySelector("[data-focus]")?.focus();

document.addEventListener("click", (event) => {
  const at = (selector) => event.target.closest?.(selector);
  if (at("[data-theme-toggle]")) {
    root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
    store("theme", root.dataset.theme);
    document.dispatchEvent(new Event("theme"));
  } else if (at("[data-text-toggle]")) {
    const large = root.dataset.text !== "large";
    if (large) root.dataset.text = "large"; else delete root.dataset.text;
    store("text", large ? "large" : "");
  } else if (at("[data-menu]")) {
    event.preventDefault();
    const side = document.getElementById("side");
    side.classList.add("open");
    side.querySelector("a")?.focus();
  } else if (at(".veil")) {
    event.preventDefault();
    closeMenu();
  } else if (at("[data-print]")) {
    window.print();
  } else if (at("[data-peek]")) {
    const box = document.getElementById(at("[data-peek]").dataset.peek);
    const shown = box.type === "text";
    box.type = shown ? "password" : "text";
    at("[data-peek]").setAttribute("aria-pressed", String(!shown));
  } else if (at("[data-copy]")) {
    copy(document.querySelector(at("[data-copy]").dataset.copy)?.dataset.text ?? "");
  }
  for (const open of document.querySelectorAll("details.who[open]")) if (!open.contains(event.target)) open.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    closeMenu();
    for (const open of document.querySelectorAll("details.who[open]")) open.open = false;
  }
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement?.tagName ?? "");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
    const box = document.getElementById("find");
    if (box) { event.preventDefault(); box.focus(); }
  }
});

document.addEventListener("change", (event) => {
  if (event.target.matches?.("form[data-auto] select")) event.target.form.requestSubmit();
});

function closeMenu() {
  const side = document.getElementById("side");
  if (!side?.classList.contains("open")) return;
  side.classList.remove("open");
  document.querySelector("[data-menu]")?.focus();
}

async function copy(text) {
  try { await navigator.clipboard.writeText(text); toast("已复制"); } catch { toast("浏览器不允许复制，请手工选取"); }
}

export function toast(text) {
  const box = document.createElement("div");
  box.className = "toast";
  box.textContent = text;
  document.getElementById("toasts").append(box);
  setTimeout(() => box.remove(), 4000);
}
