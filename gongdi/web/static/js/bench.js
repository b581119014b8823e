// 接入台与报文检查：粘贴、离线提示、已等时间、没有登录时的定时刷新
for (const box of document.querySelectorAll("[data-autofocus]")) if (matchMedia("(min-width: 901px)").matches) box.focus();

document.addEventListener("click", async (event) => {
  if (!event.target.closest?.("[data-paste]")) return;
  const box = document.getElementById("packet");
  try { box.value = await navigator.clipboard.readText(); box.form.requestSubmit(); } catch { box.focus(); say("浏览器不允许读取剪贴板，请在框里长按粘贴"); }
});

document.addEventListener("submit", (event) => {
  const words = event.target.dataset?.offline;
  if (words && !navigator.onLine) { event.preventDefault(); say(words); }
});

function say(words) {
  const line = document.getElementById("packet-state");
  if (line) line.textContent = words;
}

let beats = 0;
setInterval(() => {
  for (const clock of document.querySelectorAll("[data-waited]")) {
    clock.dataset.from ??= String(performance.now());
    const seconds = Number(clock.dataset.waited) + Math.floor((performance.now() - Number(clock.dataset.from)) / 1000);
    clock.textContent = `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
  }
  const every = Number(document.querySelector("[data-poll]")?.dataset.poll ?? 0);
  beats += 1;
  if (every && beats % every === 0 && beats < 3600 && !document.hidden) document.dispatchEvent(new Event("refresh"));
}, 1000);
