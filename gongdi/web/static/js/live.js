// 实时：一个标签页一条 EventSource，只收编号；收到后重新取本页的片段
const marker = document.querySelector("[data-live]");
if (marker) start(marker.dataset.live);
document.addEventListener("refresh", refreshSoon);

function start(url) {
  let source;
  let timer;
  const connect = () => {
    source?.close();
    source = new EventSource(url);
    source.addEventListener("open", () => mark(true));
    source.addEventListener("sample", refreshSoon);
    source.addEventListener("error", () => {
      mark(false);
      if (source.readyState === EventSource.CLOSED) { clearTimeout(timer); timer = setTimeout(connect, 5000); }
    });
  };
  document.addEventListener("visibilitychange", () => { if (document.hidden) { source?.close(); } else { connect(); refreshSoon(); } });
  connect();
}

function mark(good) {
  for (const tag of document.querySelectorAll(".live")) {
    const word = tag.querySelector("[data-word]");
    word.dataset.own ??= word.textContent;
    word.dataset.late ??= String(tag.classList.contains("late"));
    tag.classList.toggle("late", !good || word.dataset.late === "true");
    word.textContent = good ? word.dataset.own : "连接中断，正在重连";
  }
}

let waiting = false;
let again = false;
async function refreshSoon() {
  if (waiting) { again = true; return; }
  waiting = true;
  await refresh();
  setTimeout(() => { waiting = false; if (again) { again = false; refreshSoon(); } }, 700);
}

async function refresh() {
  const response = await fetch(location.href, { headers: { "X-Live": "1" }, credentials: "same-origin" }).catch(() => null);
  if (!response?.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const part of document.querySelectorAll("[data-part]")) {
    const fresh = page.querySelector(`[data-part="${part.dataset.part}"]`);
    if (fresh && !part.contains(document.activeElement) && part.innerHTML !== fresh.innerHTML) part.innerHTML = fresh.innerHTML;
  }
  const state = page.querySelector("[data-state]");
  for (const word of document.querySelectorAll(".live [data-word]")) {
    if (!state) continue;
    word.dataset.own = state.textContent;
    word.dataset.late = state.dataset.state;
  }
  mark(true);
  document.dispatchEvent(new Event("live"));
}
