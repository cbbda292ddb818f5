// Keys and the focus stay in the page. Keys are no notebook commands there: Lumino looks at the attribute of what has the focus,
// others at what bubbles up. A click beside the controls gives the focus to the page itself, and what is drawn anew gets it back:
// with the notebook's cell focused the next key could delete it.
class Focus {
  constructor(root) {
    this.root = root;
    root.addEventListener("keydown", (event) => event.stopPropagation());
    root.addEventListener("focusin", ({ target }) => this.note(target));
    this.replaced = new MutationObserver(() => {
      const lost = this.last && !this.last.target.isConnected && [document.body, root].includes(document.activeElement);
      if (lost) this.giveBack(this.last);
    });
    this.replaced.observe(root, { childList: true, subtree: true, attributeFilter: ["data-name"] });
  }

  note(target) {
    target.setAttribute("data-lm-suppress-shortcuts", "true");
    this.last = target === this.root ? null : { target, chart: target.closest(".drawing"), name: nameOf(target) };
  }

  // Give the focus back to what had it; where that has been replaced, to its like, else to the page until its like comes.
  giveBack(last) {
    const { target, chart, name } = last ?? { target: this.root };
    const place = chart?.isConnected ? chart : this.root;
    const like = target.isConnected ? target : [...place.querySelectorAll(target.tagName)].find((one) => nameOf(one) === name);
    (like ?? this.root).focus({ preventScroll: true });
    if (!like) this.last = last;
  }
}

// What an element is called: marks of charts by what they stand for, whatever their amount.
const nameOf = (element) => element.dataset.name ?? element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent ?? element.textContent;
