// Files to send: chosen, dropped or pasted; what is too large is refused in words before it travels. The server decides.

const MB = 1024 * 1024;
const MOST = 10;

const sizeWords = (size) => (size < 1024 ? `${size} bytes` : size < MB ? `${Math.round(size / 1024)} KB` : `${(size / MB).toFixed(1)} MB`);

export class Uploads {
  constructor(form, mostMb, say) {
    this.form = form;
    this.mostMb = mostMb;
    this.say = say;
    this.files = [];
    this.list = form.querySelector("[data-files]");
    const input = form.querySelector("[data-file]");
    form.querySelector("[data-attach]").addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      this.add([...input.files]);
      input.value = "";
    });
    form.addEventListener("paste", (event) => this.given(event, event.clipboardData));
    const box = form.closest("desk-composer");
    form.addEventListener("dragover", (event) => {
      if (!event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      box.classList.add("dropping");
    });
    form.addEventListener("dragleave", () => box.classList.remove("dropping"));
    form.addEventListener("drop", (event) => {
      box.classList.remove("dropping");
      this.given(event, event.dataTransfer);
    });
  }

  given(event, transfer) {
    const files = [...(transfer?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    this.add(files);
  }

  add(files) {
    for (const file of files) {
      if (this.files.length >= MOST) {
        this.say(`At most ${MOST} files can be sent at once.`);
        break;
      }
      if (file.size > this.mostMb * MB) {
        this.say(`“${file.name}” has ${sizeWords(file.size)}, and at most ${this.mostMb} MB can be sent.`);
        continue;
      }
      this.files.push(file);
    }
    this.show();
  }

  clear() {
    this.files = [];
    this.show();
  }

  show() {
    this.list.hidden = !this.files.length;
    this.list.replaceChildren(
      ...this.files.map((file, number) => {
        const line = document.createElement("li");
        const name = document.createElement("bdi");
        name.className = "cut";
        name.textContent = file.name;
        const size = document.createElement("span");
        size.className = "muted tiny";
        size.textContent = sizeWords(file.size);
        const remove = document.createElement("button");
        remove.type = "button";
        remove.textContent = "×";
        remove.setAttribute("aria-label", `Leave ${file.name} out`);
        remove.addEventListener("click", () => {
          this.files.splice(number, 1);
          this.show();
        });
        line.append(name, size, remove);
        return line;
      }),
    );
  }
}
