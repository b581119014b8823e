// 近 24 小时曲线：小时均值阶梯、分钟值、限值、超标带、到达轨，全用 SVG 画
const NS = "http://www.w3.org/2000/svg";
const LEFT = 50;
const RIGHT = 14;
const STATES = { on_time: "f-on", back_filled: "url(#p-late)", pending: "c-pending", exempt: "url(#p-exempt)", platform_fault: "url(#p-fault)", missing: "c-missing" };
const BANDS = { exceeded: ["var(--bad-bg)", "var(--bad)"], back_filled: ["var(--s-late-bg)", "var(--ok)"], pending: ["var(--warn-bg)", "var(--warn)"], sand_storm: ["var(--line-2)", "var(--text-2)"] };

class Curve extends HTMLElement {
  connectedCallback() {
    this.load();
    this.onlive = () => this.load();
    document.addEventListener("live", this.onlive);
    this.observer = new ResizeObserver(() => { if (this.data && Math.abs(this.width - this.clientWidth) > 8) this.draw(); });
    this.observer.observe(this);
  }
  disconnectedCallback() { document.removeEventListener("live", this.onlive); this.observer.disconnect(); }

  async load() {
    try {
      const response = await fetch(this.getAttribute("src"), { credentials: "same-origin" });
      if (!response.ok) throw new Error(String(response.status));
      this.data = await response.json();
      this.draw();
    } catch {
      if (!this.data) this.textContent = "曲线没有取到，其余内容不受影响；刷新本页可重试。";
    }
  }

  draw() {
    const data = this.data;
    this.width = this.clientWidth;
    const inner = Math.max(300, this.width - 32);
    const small = inner < 560;
    const plotHeights = data.panels.map((_, index) => (index ? 64 : small ? 190 : 224));
    const height = plotHeights.reduce((sum, one) => sum + one + 42, 0) + 44;
    const svg = node("svg", { viewBox: `0 0 ${inner} ${height}`, class: "chart", "aria-hidden": "true" });
    this.x = (ms) => LEFT + (ms - data.start) / (data.end - data.start) * (inner - LEFT - RIGHT);
    let top = 24;
    data.panels.forEach((panel, index) => { this.panel(svg, panel, top, plotHeights[index], inner, index === 0); top += plotHeights[index] + 42; });
    this.rail(svg, top - 14, inner, small);
    const cursor = node("g", { class: "cursor" });
    svg.append(cursor);
    svg.addEventListener("pointermove", (event) => this.point(event, svg, cursor, inner, height));
    svg.addEventListener("pointerleave", () => cursor.replaceChildren());
    this.replaceChildren(svg);
  }

  panel(svg, panel, top, height, inner, first) {
    const values = panel.lines.flatMap((line) => [...line.minutes, ...line.hours.map((hour) => hour[1])]).filter((value) => value !== null);
    for (const limit of panel.limits) values.push(limit.value);
    const [low, high, step] = scale(values, first && panel.zero);
    const y = (value) => top + height - (value - low) / (high - low) * height;
    text(svg, 2, top - 12, panel.title, "");
    if (first) this.bands(svg, top, height, panel);
    for (let tick = low; tick <= high; tick += step) {
      svg.append(node("path", { class: "grid", d: `M${LEFT} ${y(tick)}H${inner - RIGHT}` }));
      text(svg, LEFT - 8, y(tick) + 4, String(Math.round(tick * 100) / 100), "", "end");
    }
    for (const line of panel.lines) this.line(svg, line, y);
    let edge = "";
    let reached = null;
    for (const limit of panel.limits) {
      const [from, to] = [Math.max(limit.from, this.data.start), Math.min(limit.to, this.data.end)];
      edge += `${reached === from ? "V" : `M${this.x(from)} `}${y(limit.value)}H${this.x(to)}`;
      reached = to;
    }
    if (edge) svg.append(node("path", { class: "limit", d: edge }));
    for (const limit of longest(panel.limits)) text(svg, this.x(Math.min(limit.to, this.data.end)) - 2, y(limit.value) - 6, limit.label, "limit-t", "end");
  }

  bands(svg, top, height, panel) {
    for (const band of this.data.bands) {
      if (band.kind === "exceeded" && !panel.exceedances) continue;
      const [fill, ink] = BANDS[band.kind] ?? BANDS.sand_storm;
      const from = this.x(Math.max(band.from, this.data.start));
      const width = Math.max(2, this.x(Math.min(band.to, this.data.end)) - from);
      const rect = node("rect", { x: from, y: top, width, height });
      rect.style.fill = fill;
      svg.append(rect);
      const words = text(svg, from + width / 2, top + 12, band.text, "", "middle");
      words.style.fill = ink;
      band.ink = words;
    }
  }

  line(svg, line, y) {
    const data = this.data;
    if (line.hours.length) svg.append(node("path", { class: "l soft", d: minutes(line.minutes, (i) => this.x(data.start + i * 60000), y, data.gap) }));
    else svg.append(node("path", { class: `l ${line.tone}`, d: minutes(line.minutes, (i) => this.x(data.start + i * 60000), y, data.gap) }));
    let d = "";
    let last = null;
    for (const [at, value] of line.hours) {
      if (value === null || at + 3600000 <= data.start) { last = null; continue; }
      d += `${last === at ? "V" + y(value) : `M${this.x(Math.max(at, data.start))} ${y(value)}`}H${this.x(Math.min(at + 3600000, data.end))}`;
      last = at + 3600000;
    }
    if (d) svg.append(node("path", { class: "l s1", d }));
    const end = line.minutes.findLastIndex((value) => value !== null);
    if (end > line.minutes.length - 6 && line.hours.length) { const dot = node("circle", { cx: this.x(data.start + end * 60000), cy: y(line.minutes[end]), r: 3.5 }); dot.style.fill = "var(--c1)"; svg.append(dot); }
  }

  rail(svg, top, inner, small) {
    const data = this.data;
    text(svg, LEFT - 8, top + 11, "到达", "", "end");
    for (const run of data.rail) {
      if (!run.state) continue;
      const from = this.x(Math.max(run.from, data.start));
      const width = Math.max(1.5, this.x(Math.min(run.to, data.end)) - from);
      const paint = STATES[run.state];
      const rect = node("rect", { x: from, y: top, width, height: 12, ...(paint.startsWith("url") ? { fill: paint } : { class: paint }) });
      const title = node("title", {});
      title.textContent = `${clock(run.from)}–${clock(run.to)} ${run.label}`;
      rect.append(title);
      svg.append(rect);
    }
    const step = (small ? 6 : 2) * 3600000;
    const offset = 8 * 3600000;
    for (let at = Math.ceil((data.start + offset) / step) * step - offset; at < data.end; at += step) {
      if (this.x(at) < LEFT + 14 || this.x(at) > inner - 20) continue;
      svg.append(node("path", { class: "axis", d: `M${this.x(at)} ${top + 14}v4` }));
      const midnight = (at + offset) % 86400000 === 0;
      const label = text(svg, this.x(at), top + 32, midnight ? new Date(at + offset).toISOString().slice(5, 10) : clock(at), "", "middle");
      if (midnight) label.style.fontWeight = "600";
    }
  }

  point(event, svg, cursor, inner, height) {
    const box = svg.getBoundingClientRect();
    const px = (event.clientX - box.left) * (inner / box.width);
    const index = Math.round((px - LEFT) / (inner - LEFT - RIGHT) * (this.data.end - this.data.start) / 60000);
    cursor.replaceChildren();
    if (index < 0 || index >= this.data.panels[0].lines[0].minutes.length) return;
    cursor.append(node("path", { class: "axis", d: `M${px} 24V${height - 56}` }));
    const words = [clock(this.data.start + index * 60000)];
    for (const panel of this.data.panels) for (const line of panel.lines) { const value = line.minutes[index]; words.push(`${line.label} ${value === null ? "无样本" : `${value} ${panel.unit}`}`); }
    const left = px > inner / 2;
    const label = text(cursor, px + (left ? -8 : 8), 20, words.join("　"), "", left ? "end" : "start");
    label.style.fill = "var(--text)";
  }
}

function node(name, attributes) {
  const element = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function text(parent, x, y, words, name, anchor = "start") {
  const element = node("text", { x, y, "text-anchor": anchor, ...(name ? { class: name } : {}) });
  element.textContent = words;
  parent.append(element);
  return element;
}

function minutes(values, x, y, gap) {
  let d = "";
  let last = -99;
  values.forEach((value, index) => {
    if (value === null) return;
    d += `${index - last <= gap ? "L" : "M"}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
    last = index;
  });
  return d;
}

function scale(values, zero) {
  if (!values.length) return [0, 100, 50];
  let low = zero ? 0 : Math.min(...values);
  let high = Math.max(...values);
  if (high - low < 1e-6) { low -= 1; high += 1; }
  const rough = (high - low) / 3.6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((one) => one >= rough) ?? 10 * power;
  low = Math.floor(low / step) * step;
  return [low, high + (high - low) * 0.09, step];
}

function longest(limits) {
  const best = new Map();
  for (const limit of limits) { const old = best.get(limit.label); if (!old || limit.to - limit.from > old.to - old.from) best.set(limit.label, limit); }
  return best.values();
}

function clock(ms) { return new Date(ms + 8 * 3600000).toISOString().slice(11, 16); }

customElements.define("gongdi-curve", Curve);
