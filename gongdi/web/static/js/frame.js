// 报文：点字段标出它的字节，点字节标出它的字段
class Frame extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => {
      const row = event.target.closest("[data-mark]");
      const piece = event.target.closest("[data-field]");
      const marked = row?.dataset.mark ?? piece?.dataset.field;
      if (marked === undefined) return;
      const numbers = marked.split(" ");
      for (const old of this.querySelectorAll(".on")) old.classList.remove("on");
      for (const hit of this.querySelectorAll("[data-mark], [data-field]")) {
        const own = (hit.dataset.mark ?? hit.dataset.field).split(" ");
        if (own.some((number) => numbers.includes(number))) hit.classList.add("on");
      }
    });
  }
}
customElements.define("gongdi-frame", Frame);
