// 到达格：点任何一格（按时的也算）进入该小时的解释页
const HOUR = 10;
const TOP = 24;
for (const svg of document.querySelectorAll("svg[data-slots]")) {
  svg.addEventListener("click", (event) => {
    if (event.target.closest("a")) return;
    const column = event.target.closest("[data-day]");
    if (!column) return;
    const box = svg.getBoundingClientRect();
    const y = (event.clientY - box.top) * (svg.viewBox.baseVal.height / box.height);
    const hour = Math.floor((y - TOP) / HOUR);
    if (hour >= 0 && hour < 24) location.href = `${svg.dataset.slots}${column.dataset.day}/${hour}`;
  });
}
