// One question to the kernel at a time. A question of a kind replaces a waiting one of the same kind.
class Kernel {
  constructor(model) {
    this.model = model;
    this.waiting = [];
    this.open = null;
    this.number = 0;
    model.on("msg:custom", (message, buffers) => {
      if (message.id !== this.open?.id) return;
      const { resolve, sent } = this.open;
      this.open = null;
      resolve({ ...message, buffers, took: performance.now() - sent });
      this.next();
    });
  }

  ask(ask, content, { first = false, kind = ask } = {}) {
    return new Promise((resolve) => {
      this.forget([kind]);
      this.waiting[first ? "unshift" : "push"]({ ask, content, kind, resolve });
      this.next();
    });
  }

  forget(kinds) {
    this.waiting = this.waiting.filter((entry) => !kinds.includes(entry.kind));
  }

  hurry(kind) {
    this.waiting.sort((one, other) => (other.kind === kind) - (one.kind === kind));
  }

  next() {
    if (this.open || !this.waiting.length) return;
    this.open = { ...this.waiting.shift(), id: (this.number += 1), sent: performance.now() };
    try {
      this.model.send({ ask: this.open.ask, id: this.open.id, ...this.open.content });
    } catch {
      this.open = null; // the kernel has gone, which the page has been told
    }
  }
}
