// 清单勾选：翻页和换筛选后仍记着，批量条显示件数；没有脚本时只提交本页勾选的
const KEY = "picks";
const read = () => { try { return new Set(JSON.parse(sessionStorage.getItem(KEY) ?? "[]")); } catch { return new Set(); } };
const write = (picks) => { try { sessionStorage.setItem(KEY, JSON.stringify([...picks])); } catch { /* 隐私模式下只管本页 */ } };
const boxes = () => [...document.querySelectorAll('input[name="pick"]')];

function draw() {
  const picks = read();
  const shown = boxes();
  for (const box of shown) box.checked = picks.has(box.value);
  const bar = document.querySelector("[data-bulk]");
  if (!bar) return;
  bar.hidden = picks.size === 0;
  bar.elements.picks.value = [...picks].join(",");
  bar.querySelector("[data-picked-count]").textContent = `已选 ${picks.size} 个`;
  bar.querySelector("[data-picked-elsewhere]").hidden = shown.filter((box) => box.checked).length === picks.size;
  for (const extra of document.querySelectorAll("[data-unpick], [data-pick-all]")) extra.hidden = false;
  const all = document.querySelector("[data-pick-all]");
  const ticked = shown.filter((box) => box.checked).length;
  if (all) { all.checked = ticked > 0 && ticked === shown.length; all.indeterminate = ticked > 0 && ticked < shown.length; }
}

document.addEventListener("change", (event) => {
  const picks = read();
  const change = (box) => box.checked ? picks.add(box.value) : picks.delete(box.value);
  if (event.target.matches?.('input[name="pick"]')) change(event.target);
  else if (event.target.matches?.("[data-pick-all]")) for (const box of boxes()) { box.checked = event.target.checked; change(box); }
  else return;
  write(picks);
  draw();
});
document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-unpick]")) return;
  write(new Set());
  draw();
});
for (const name of ["htmx:afterSwap", "htmx:after:swap", "pageshow"]) addEventListener(name, draw, true);
draw();
