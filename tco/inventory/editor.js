// The table of a fleet. Each change of a cell sends all rows to the kernel, which answers with a message and its faults.
// Rows travel as messages of their own, never as state: the kernel reads messages in the order of the clicks, whereas a
// change of state waits while the kernel is busy, and a fleet would be saved without it.
const shortOf = (name) => name.replace("workload.", "").replaceAll("_", " ");

function render({ model, el }) {
  const lists = model.get("columns").filter(({ choices }) => choices.length);
  const body = html("tbody");
  const message = html("p", { class: "message", role: "status" });
  const name = html("input", { type: "text", value: "fleet.yaml", "aria-label": "File to save the scenario in" });
  const files = html("input", { type: "file", multiple: true, id: `${model.model_id}-files`, onchange: () => read(files.files) });
  const root = html("div", { class: "tco-editor" },
    lists.map((column) => html("datalist", { id: listOf(column) }, column.choices.map((value) => html("option", { value })))),
    html("div", { class: "scroll" }, html("table", {}, html("thead", {}, html("tr", {},
      model.get("columns").map(({ name }) => html("th", { scope: "col" }, shortOf(name))), html("td"))), body)),
    html("div", { class: "foot" },
      html("label", { for: files.id }, "Open files of databases (or drop them here): "), files,
      html("span", {}, name, html("button", { type: "button", onclick: () => model.send({ ask: "save", name: name.value }) }, "Save"))),
    message);
  const rows = () => model.get("rows");

  function listOf(column) { return `${model.model_id}-${column.name}`; }

  function set(changed) {
    model.set("rows", changed);
    model.send({ ask: "check", rows: changed });
  }

  function typed(row, column, value) {
    set(rows().map((old, number) => number !== row ? old
      : { ...old, cells: old.cells.map((cell, place) => place === column ? value : cell) }));
  }

  function added(row) {
    const { cells } = rows()[row];
    const names = new Set(rows().map((one) => one.cells[0]));
    let number = 2;
    while (names.has(`${cells[0]}_${number}`)) number += 1;
    set([...rows(), { before: "", cells: [`${cells[0]}_${number}`, ...cells.slice(1)] }]);
  }

  async function read(chosen) {
    const contents = await Promise.all([...chosen].map((file) => file.arrayBuffer()));
    if (contents.length) model.send({ ask: "read", names: [...chosen].map((file) => file.name) }, undefined, contents);
    files.value = "";
  }

  // Cells and buttons stay the same elements: leaving a cell for a button changes the rows while the button is pressed,
  // and a button that is replaced meanwhile is never clicked.
  function draw() {
    while (body.rows.length > rows().length) body.lastChild.remove();
    while (body.rows.length < rows().length) body.append(blankRow(body.rows.length));
    rows().forEach(({ cells }, row) => {
      const [copy, remove] = body.rows[row].querySelectorAll("button");
      copy.setAttribute("aria-label", `Add a group like ${cells[0]}`);
      remove.setAttribute("aria-label", `Remove ${cells[0]}`);
      remove.hidden = rows().length === 1;
      body.rows[row].querySelectorAll("input").forEach((cell, column) => {
        cell.setAttribute("aria-label", `${cells[0]}: ${shortOf(model.get("columns")[column].name)}`);
        if (cell.defaultValue === cells[column]) return;
        cell.defaultValue = cells[column];
        cell.size = Math.max(4, cells[column].length);
        if (cell.value !== cells[column]) cell.value = cells[column];
      });
    });
    told();
  }

  function blankRow(row) {
    return html("tr", {},
      model.get("columns").map((column, place) => html("td", {}, html("input", {
        type: "text", size: 4, list: column.choices.length ? listOf(column) : null,
        "data-place": `${row}.${place}`, onchange: (event) => typed(row, place, event.target.value),
      }))),
      html("td", { class: "row-buttons" },
        html("button", { type: "button", onclick: () => added(row) }, "Copy"),
        html("button", { type: "button", onclick: () => set(rows().filter((_, number) => number !== row)) }, "Remove")));
  }

  // What the kernel says; cells that a fault names are marked, a fault of a group as a whole at its name.
  function told() {
    const { text, faults } = model.get("message");
    message.textContent = text;
    message.classList.toggle("problem", faults.length > 0);
    for (const [row, { cells }] of rows().entries())
      for (const [column, { name }] of model.get("columns").entries()) {
        const path = `fleet.${cells[0]}`;
        const wrong = faults.some((fault) => fault === `${path}.${name}` || (column === 0 && fault === path));
        body.querySelector(`[data-place="${row}.${column}"]`)?.setAttribute("aria-invalid", String(wrong));
      }
  }

  // JupyterLab would take keys for commands of its own.
  root.addEventListener("keydown", (event) => event.stopPropagation());
  root.addEventListener("dragover", (event) => event.preventDefault());
  root.addEventListener("drop", (event) => { event.preventDefault(); event.stopPropagation(); read(event.dataTransfer.files); });
  model.on("change:rows", draw);
  model.on("change:message", told);
  el.append(root);
  draw();
  return () => { model.off("change:rows", draw); model.off("change:message", told); };
}

export default { render };
