// 到达格：指到或选到哪一格，下方就写哪一格；点任何一格（按时的也算）进入该小时的解释页
const [HOUR, TOP] = [10, 24];
for (const svg of document.querySelectorAll("svg[data-slots]")) {
  const box = svg.querySelector("rect.picked");
  const words = document.querySelector("[data-pick-words]");
  const link = document.querySelector("[data-pick]");
  const at = (event) => {
    const column = event.target.closest?.("[data-day]");
    if (!column) return null;
    const place = svg.getBoundingClientRect();
    const cell = event.target.closest("a")?.querySelector("rect");
    const y = cell ? cell.y.baseVal.value : (event.clientY - place.top) * (svg.viewBox.baseVal.height / place.height);
    const hour = Math.floor((y - TOP) / HOUR);
    return hour >= 0 && hour < 24 ? { column, hour, href: `${svg.dataset.slots}${column.dataset.day}/${hour}` } : null;
  };
  const show = (event) => {
    const cell = at(event);
    if (!cell || !box || !link) return;
    const label = event.target.closest("a")?.getAttribute("aria-label");
    words.textContent = label ?? `${cell.column.dataset.day.slice(5)} ${String(cell.hour).padStart(2, "0")} 时${event.target.closest(".f-on") ? "，按时" : ""}`;
    link.href = cell.href;
    box.setAttribute("x", cell.column.dataset.x);
    box.setAttribute("y", TOP + HOUR * cell.hour);
  };
  svg.addEventListener("pointerover", show);
  svg.addEventListener("pointermove", show);
  svg.addEventListener("focusin", show);
  svg.addEventListener("click", (event) => {
    const cell = event.target.closest("a") ? null : at(event);
    if (cell) location.href = cell.href;
  });
}
