// 项目地图：拖动、滚轮、双指、键盘缩放；松手后向服务器要这个窗口的点，不用 WebGL
const svg = document.getElementById("map");
if (svg) start(svg);

function start(map) {
  const marks = document.getElementById("map-marks");
  const beside = document.getElementById("map-beside");
  const state = document.querySelector("[data-map-state]");
  const frame = Object.fromEntries(["west", "north", "scale", "cos"].map((name) => [name, Number(map.dataset[name])]));
  const home = box();
  const pointers = new Map();
  let timer, asked, moved = 0;

  function box() { const [x, y, w, h] = map.getAttribute("viewBox").split(" ").map(Number); return { x, y, w, h }; }
  function set(next) {
    map.setAttribute("viewBox", `${next.x} ${next.y} ${next.w} ${next.h}`);
    clearTimeout(timer);
    timer = setTimeout(ask, 160);
  }
  // 画面比例与 viewBox 不同时四周会多露一截，按真正露出的窗口换算
  function seen() {
    const now = box(), { width, height } = map.getBoundingClientRect();
    const unit = Math.max(now.w / width, now.h / height);
    const w = unit * width, h = unit * height;
    return { x: now.x + (now.w - w) / 2, y: now.y + (now.h - h) / 2, w, h, unit };
  }
  function zoom(factor, at) {
    const now = seen();
    const w = Math.min(Math.max(now.w * factor, 2), home.w * 2.5), h = w * now.h / now.w;
    const px = at ? (at.x - map.getBoundingClientRect().left) / map.clientWidth : 0.5;
    const py = at ? (at.y - map.getBoundingClientRect().top) / map.clientHeight : 0.5;
    set({ x: now.x + (now.w - w) * px, y: now.y + (now.h - h) * py, w, h });
  }
  function degrees(now) {
    const lng = (x) => x / (frame.scale * frame.cos) + frame.west, lat = (y) => frame.north - y / frame.scale;
    return [lng(now.x), lat(now.y + now.h), lng(now.x + now.w), lat(now.y)].map((value) => value.toFixed(4)).join(",");
  }
  async function ask() {
    const now = seen(), query = new URLSearchParams(location.search);
    query.set("bbox", degrees(now));
    history.replaceState(null, "", `?${query}`);
    query.set("px", String(Math.round(map.clientWidth)));
    asked?.abort();
    asked = new AbortController();
    const slow = setTimeout(() => { state.textContent = "正在取点"; }, 150);
    try {
      const answer = await fetch(`${map.dataset.points}?${query}`, { signal: asked.signal });
      if (!answer.ok) throw new Error(String(answer.status));
      const got = await answer.json();
      marks.innerHTML = got.marks;
      beside.innerHTML = got.beside;
      document.querySelector("[data-map-total] b").textContent = got.total.toLocaleString("en");
      state.textContent = "";
      map.dataset.drawn = String(Number(map.dataset.drawn ?? 0) + 1);
    } catch (error) {
      if (error.name !== "AbortError") state.textContent = "没有取到新的点，图上是上一次的；移动一下地图会再试";
    } finally { clearTimeout(slow); }
  }

  map.addEventListener("wheel", (event) => { event.preventDefault(); zoom(event.deltaY > 0 ? 1.25 : 0.8, event); }, { passive: false });
  map.addEventListener("pointerdown", (event) => { pointers.set(event.pointerId, event); moved = 0; });
  map.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const { unit } = seen();
    if (pointers.size === 2) {
      const other = [...pointers.values()].find((one) => one.pointerId !== event.pointerId);
      const apart = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) || 1;
      zoom(apart(before) / apart(event), { x: (event.clientX + other.clientX) / 2, y: (event.clientY + other.clientY) / 2 });
    } else {
      const now = box();
      set({ ...now, x: now.x - (event.clientX - before.clientX) * unit, y: now.y - (event.clientY - before.clientY) * unit });
    }
    moved += Math.abs(event.clientX - before.clientX) + Math.abs(event.clientY - before.clientY);
    if (moved > 4) map.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, event);
  });
  for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) map.addEventListener(name, (event) => pointers.delete(event.pointerId));
  map.addEventListener("dragstart", (event) => event.preventDefault());
  map.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (moved > 4) { event.preventDefault(); moved = 0; return; }
    const window_ = link && new URLSearchParams(link.search ?? new URL(link.href.baseVal, location.href).search).get("bbox");
    if (!window_) return;
    event.preventDefault();
    const [west, south, east, north] = window_.split(",").map(Number);
    const x = (west - frame.west) * frame.scale * frame.cos, y = (frame.north - north) * frame.scale;
    set({ x, y, w: (east - west) * frame.scale * frame.cos, h: (north - south) * frame.scale });
  });
  map.addEventListener("keydown", (event) => {
    const now = box(), step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (event.target !== map) return;
    if (step) { event.preventDefault(); set({ ...now, x: now.x + step[0] * now.w / 8, y: now.y + step[1] * now.h / 8 }); }
    else if (event.key === "+" || event.key === "=") zoom(0.7);
    else if (event.key === "-") zoom(1.4);
  });
  document.addEventListener("click", (event) => {
    const what = event.target.closest?.("[data-zoom]")?.dataset.zoom;
    if (what === "in") zoom(0.6); else if (what === "out") zoom(1.6); else if (what === "home") set(home);
  });
}
