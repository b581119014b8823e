// 登录页：二维码出码、倒计时、等手机确认；换单位换电话；口令填满六位自动提交
const place = document.querySelector("[data-qr]");
const WIDE = matchMedia("(min-width: 901px)");
const RENEWALS = 5;

if (place) {
  const box = place.querySelector("[data-qr-place]");
  const left = place.querySelector("[data-qr-left]");
  const again = place.querySelector("[data-qr-again]");
  const enter = place.querySelector("[data-qr-enter]");
  let until = 0, renewals = 0, timer = 0, scanned = false;

  const say = (text) => { box.replaceChildren(Object.assign(document.createElement("p"), { className: "hint", textContent: text })); };
  const stop = (text) => { clearInterval(timer); left.hidden = true; again.hidden = false; say(text); };

  async function renew() {
    clearInterval(timer);
    again.hidden = true;
    scanned = false;
    try {
      const answer = await fetch(place.dataset.qr, { method: "POST", body: new FormData(enter) });
      const text = await answer.text();
      if (!answer.ok) { stop(answer.status === 429 ? text : "二维码没有取到，可以换一张，或用账号密码登录"); return; }
      box.innerHTML = text;
      until = Date.now() + Number(box.querySelector("[data-lasts]").dataset.lasts) * 1000;
      left.hidden = false;
      timer = setInterval(tick, 1000);
      tick();
    } catch { stop("网络不通，二维码没有取到"); }
  }

  function tick() {
    const seconds = Math.max(0, Math.round((until - Date.now()) / 1000));
    const minutes = Math.floor(seconds / 60);
    left.querySelector("span").textContent = scanned ? "已扫码，请在手机上确认" : `${minutes ? `${minutes} 分 ` : ""}${String(seconds % 60).padStart(minutes ? 2 : 1, "0")} 秒后自动更换`;
    if (seconds === 0) {
      renewals += 1;
      if (renewals >= RENEWALS) stop("二维码已过期"); else renew();
    } else if (seconds % 2 === 0 && !document.hidden) look();
  }

  async function look() {
    try {
      const { state } = await (await fetch(place.dataset.qrState)).json();
      scanned = state === "scanned";
      if (state === "approved") { clearInterval(timer); left.querySelector("span").textContent = "手机已确认，正在进入"; enter.requestSubmit(); }
    } catch { /* 下一次再看 */ }
  }

  again.addEventListener("click", () => { renewals = 0; renew(); });
  const start = () => { if (WIDE.matches && !until) renew(); };
  WIDE.addEventListener("change", start);
  start();
}

const unit = document.querySelector("[data-unit]");
document.querySelector("[data-unit-change]")?.addEventListener("click", () => { unit.value = ""; unit.focus(); });
unit?.addEventListener("change", async () => {
  const phones = document.querySelector("[data-phones]");
  if (!phones || !unit.value) return;
  try {
    const answer = await fetch(`${location.pathname}?${new URLSearchParams({ unit: unit.value })}`);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-phones]");
    if (fresh) phones.replaceChildren(...fresh.children);
  } catch { /* 电话留着原来的 */ }
});

const six = document.querySelector("[data-six]");
six?.addEventListener("input", () => {
  six.value = six.value.replace(/\D/g, "").slice(0, 6);
  if (six.value.length === 6 && !six.dataset.sent) { six.dataset.sent = "1"; six.form.requestSubmit(); }
});
