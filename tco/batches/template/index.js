"use strict";
(() => {
  const table = document.getElementById("portfolio");
  const body = table.tBodies[0];
  const form = document.getElementById("choices");
  const rows = [...body.rows].map((row) => ({
    row,
    text: row.textContent.toLowerCase() + " " + Object.values(row.dataset).join(" ").toLowerCase(),
    winners: row.dataset.winners.split(" ").map(Number),
  }));
  const filters = [...form.elements].filter((field) => field.name === "scenario" || field.name === "notebook" || field.name.startsWith("axis"));
  const wins = [...document.querySelectorAll(".wins tbody tr")].map((row) => ({
    option: Number(row.dataset.option), cells: [...row.cells].slice(1),
  }));
  const first = Number(table.className.match(/at-(\d+)/)?.[1] ?? 0);
  const counted = document.getElementById("counted");
  let size = first;

  function cell(row, key) {
    return row.querySelector(`[data-k="${key}"].s${size}`) ?? row.querySelector(`[data-k="${key}"]`);
  }

  function value(row, key) {
    const text = cell(row, key)?.dataset.value ?? row.dataset[key] ?? "";
    return text !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
  }

  function kept(entry) {
    const { search, winner, sure } = form.elements;
    if (!entry.text.includes(search.value.trim().toLowerCase())) return false;
    if (filters.some((field) => field.value && entry.row.dataset[field.name] !== field.value)) return false;
    if (winner?.value && entry.winners[size] !== Number(winner.value)) return false;
    if (!sure?.value) return true;
    const probability = value(entry.row, "sure");
    if (probability === "") return false;
    const limit = Number(sure.value);
    return limit < 0 ? probability < -limit : probability >= limit;
  }

  function narrow() {
    size = Number(form.elements.size?.value ?? first);
    table.className = table.className.replace(/at-\d+/, `at-${size}`);
    const shown = rows.filter((entry) => {
      const keep = kept(entry);
      entry.row.hidden = !keep;
      return keep;
    });
    document.getElementById("shown").textContent = shown.length.toLocaleString("en");
    const all = shown.length === rows.length;
    if (counted) counted.textContent = all ? counted.dataset.all : shown.length.toLocaleString("en");
    wins.forEach(({ option, cells }) => cells.forEach((place, column) => {
      const count = shown.filter((entry) => entry.winners[column] === option).length;
      place.textContent = all ? place.dataset.all : count.toLocaleString("en");
      place.style.setProperty("--share", all ? place.dataset.share : count / Math.max(shown.length, 1));
    }));
  }

  function sort(button) {
    const header = button.closest("th");
    const ascending = !button.matches(".sorted") || header.getAttribute("aria-sort") !== "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    for (const other of table.querySelectorAll(".sort")) other.classList.toggle("sorted", other === button);
    header.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    const keyed = rows.map((entry, place) => ({ entry, place, key: value(entry.row, button.dataset.key) }));
    keyed.sort((a, b) => {
      if (a.key === "" || b.key === "") return (a.key === "") - (b.key === "") || a.place - b.place;
      const order = typeof a.key === "number" && typeof b.key === "number"
        ? a.key - b.key : String(a.key).localeCompare(String(b.key), "en", { numeric: true });
      return (ascending ? order : -order) || a.place - b.place;
    });
    body.append(...keyed.map(({ entry }) => entry.row));
  }

  for (const { cells } of wins) {
    for (const place of cells) {
      place.dataset.all = place.textContent;
      place.dataset.share = place.style.getPropertyValue("--share");
    }
  }
  if (counted) counted.dataset.all = counted.textContent;
  form.addEventListener("input", narrow);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(narrow));
  for (const button of table.querySelectorAll(".sort")) button.addEventListener("click", () => sort(button));
  narrow();
})();
