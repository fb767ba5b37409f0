// The reader's work in this browser: what is stored, whether the course has a newer version of it, and one file to keep.
// JupyterLite stores files in IndexedDB, and shows a stored file instead of the course's for ever. So this page compares
// their versions. Nothing that is stored is overwritten here: what has to make room moves to my-course/before/.

const STORE = "autograd-from-first-principles"; // site/lite.py has it too
const WORK = "my-course/";
const HERE = new URL(".", import.meta.url);
const KERNELS = { browser: { display_name: "Python", language: "python", name: "python" },
  machine: { display_name: "Python 3 (ipykernel)", language: "python", name: "python3" } };

const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

// ---- what is stored

async function opened(create = false) {
  let database = await done(indexedDB.open(STORE));
  if (create && !database.objectStoreNames.contains("files")) {
    const version = database.version + 1;
    database.close();
    const request = indexedDB.open(STORE, version);
    request.onupgradeneeded = () => request.result.createObjectStore("files");
    database = await done(request);
  }
  return database;
}

async function withFiles(work, mode = "readonly") {
  const database = await opened(mode === "readwrite");
  try {
    if (!database.objectStoreNames.contains("files")) return undefined;
    return await work(database.transaction("files", mode).objectStore("files"));
  } finally {
    database.close();
  }
}

export async function stored() {
  if (!(await indexedDB.databases()).some(({ name }) => name === STORE)) return new Map();
  const files = await withFiles((store) => Promise.all([done(store.getAllKeys()), done(store.getAll())]));
  const [paths, models] = files ?? [[], []];
  const found = paths.map((path, i) => [path, models[i]]);
  return new Map(found.filter(([path, model]) => path.startsWith(WORK) && model.type !== "directory"));
}

async function put(models) {
  await withFiles(async (store) => {
    const known = new Set(await done(store.getAllKeys()));
    for (const model of models) {
      for (let cut = model.path.indexOf("/"); cut > 0; cut = model.path.indexOf("/", cut + 1)) {
        const path = model.path.slice(0, cut);
        if (!known.has(path)) await done(store.put(described(path, "directory", "json", null, ""), path));
        known.add(path);
      }
      await done(store.put(model, model.path));
    }
  }, "readwrite");
}

function described(path, type, format, content, mimetype) {
  const now = new Date().toISOString();
  const size = content === null ? 0 : JSON.stringify(content).length;
  return { name: path.split("/").pop(), path, type, format, mimetype, content, size, writable: true, created: now, last_modified: now };
}

const version = (model) => model?.content?.metadata?.course?.version ?? "";

// Whether the course has another version of a chapter than the one that this copy was made from.
export const isOlder = (model, chapter) => Boolean(model && chapter && version(model) && version(model) !== chapter.version);

async function moveAside(path) {
  const files = await stored();
  const model = files.get(path);
  const stem = path.slice(WORK.length).replace(/\.ipynb$/, "").replaceAll("/", "_");
  let name, number = 1;
  do name = `${WORK}before/${stem}${number > 1 ? `-${number}` : ""}.ipynb`; while (files.has(name) && ++number);
  await put([{ ...model, path: name, name: name.split("/").pop() }]);
  await withFiles((store) => done(store.delete(path)), "readwrite");
  return name;
}

// ---- one file: a ZIP, whose parts are stored as they are

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});
const checksum = (bytes) => ~bytes.reduce((sum, byte) => TABLE[(sum ^ byte) & 255] ^ (sum >>> 8), ~0) >>> 0;

function header(signature, fields) {
  const bytes = new Uint8Array(4 + fields.reduce((sum, [size]) => sum + size, 0));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, signature, true);
  let at = 4;
  for (const [size, value] of fields) {
    size === 2 ? view.setUint16(at, value, true) : view.setUint32(at, value, true);
    at += size;
  }
  return bytes;
}

export function zipped(files) {
  const parts = [], list = [], day = new Date();
  const date = ((day.getFullYear() - 1980) << 9) | ((day.getMonth() + 1) << 5) | day.getDate();
  const time = (day.getHours() << 11) | (day.getMinutes() << 5) | (day.getSeconds() >> 1);
  let at = 0;
  for (const [path, content] of files) {
    const name = new TextEncoder().encode(path);
    const common = [[2, 20], [2, 0x800], [2, 0], [2, time], [2, date], [4, checksum(content)], [4, content.length],
      [4, content.length], [2, name.length], [2, 0]];
    list.push(header(0x02014b50, [[2, 20], ...common, [2, 0], [2, 0], [2, 0], [4, 0], [4, at]]), name);
    const head = header(0x04034b50, common);
    parts.push(head, name, content);
    at += head.length + name.length + content.length;
  }
  const size = list.reduce((sum, { length }) => sum + length, 0);
  const end = header(0x06054b50, [[2, 0], [2, 0], [2, files.length], [2, files.length], [4, size], [4, at], [2, 0]]);
  return new Blob([...parts, ...list, end], { type: "application/zip" });
}

export async function unzipped(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer()), view = new DataView(bytes.buffer);
  let end = bytes.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end--;
  if (end < 0) throw new Error("it is no ZIP file, or it is cut");
  const found = [];
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    const [method, size] = [view.getUint16(at + 10, true), view.getUint32(at + 20, true)];
    const [long, extra, comment] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true));
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + long));
    const local = view.getUint32(at + 42, true);
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    let content = bytes.subarray(start, start + size);
    if (method === 8) {
      const stream = new Blob([content]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
      content = new Uint8Array(await new Response(stream).arrayBuffer());
    } else if (method !== 0) throw new Error(`${name} is packed in a way that this page does not know`);
    if (checksum(content) !== view.getUint32(at + 16, true)) throw new Error(`${name} in it is damaged`);
    found.push([name, content]);
    at += 46 + long + extra + comment;
  }
  return found;
}

const inFile = ({ format, type, content }) => {
  if (type === "notebook") content = { ...content, metadata: { ...content.metadata, kernelspec: KERNELS.machine } };
  if (format === "base64") return Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  return new TextEncoder().encode(typeof content === "string" ? content : `${JSON.stringify(content, null, 1)}\n`);
};

function fromFile(path, bytes) {
  if (path.endsWith(".ipynb")) {
    const content = JSON.parse(new TextDecoder().decode(bytes));
    content.metadata = { ...content.metadata, kernelspec: KERNELS.browser };
    return described(path, "notebook", "json", content, "application/json");
  }
  return described(path, "file", "text", new TextDecoder().decode(bytes), "text/plain");
}

// Files that the course made for itself, or that hold no work of the reader's.
const ofWork = (path) => path.startsWith(WORK) && /\.(ipynb|py)$/.test(path) && !path.includes("/.") && !path.includes("..");

export async function keep() {
  const files = [...(await stored())].filter(([path]) => ofWork(path));
  return zipped(files.map(([path, model]) => [path, inFile(model)]));
}

// Store what a kept file holds. A file that is stored here and differs stays, and what was brought stands beside it.
export async function bring(blob) {
  const known = await stored(), taken = [], beside = [];
  const parts = (await unzipped(blob)).filter(([path]) => ofWork(path));
  if (!parts.length) throw new Error("it has no work from this course in it");
  for (const [path, bytes] of parts) {
    const model = fromFile(path, bytes), old = known.get(path);
    if (!old) taken.push(model);
    else if (String(inFile(old)) !== String(inFile(model))) {
      beside.push(fromFile(path.replace(WORK, `${WORK}brought/`), bytes));
    }
  }
  await put([...taken, ...beside]);
  const kept = beside.length ? ` ${beside.length} that differ from what is here stand in my-course/brought/.` : "";
  return `${taken.length} ${taken.length === 1 ? "file was" : "files were"} brought back.${kept}`;
}

// ---- the pages

const chapters = async () => (await fetch(new URL("chapters.json", HERE))).json();
const address = (path) => `${HERE}notebooks/index.html?path=${encodeURIComponent(path)}`;

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function item(name, chapter, model, say) {
  const path = WORK + name, listed = element("li", { id: name }, element("a", { href: address(path) }, chapter.title));
  if (model) listed.append(element("small", {}, `Yours, saved ${new Date(model.last_modified).toLocaleString()}.`));
  if (isOlder(model, chapter)) {
    const take = element("button", { type: "button" }, "Open the new version beside mine");
    take.onclick = async () => {
      say(`What you wrote is kept in ${await moveAside(path)}.`);
      location.href = address(path);
    };
    listed.append(element("small", {}, "The course has a newer version of this chapter. "), take);
  }
  return listed;
}

async function show() {
  const said = document.getElementById("said"), say = (text) => { said.textContent = text; };
  document.getElementById("keep").onclick = async () => {
    const link = element("a", { href: URL.createObjectURL(await keep()), download: `my-course-${new Date().toISOString().slice(0, 10)}.zip` });
    link.click();
    say("Your work is in the file that your browser has just saved.");
  };
  document.getElementById("bring").onchange = async ({ target }) => {
    if (!target.files.length) return;
    try {
      say(await bring(target.files[0]));
    } catch (error) {
      say(`${target.files[0].name} was not brought back: ${error.message}. Nothing was changed.`);
    }
    target.value = "";
  };
  for (const id of ["keep", "bring"]) document.getElementById(id).disabled = false; // from now on they do something
  const [list, files] = [await chapters(), await stored()];
  const asked = new URLSearchParams(location.search).get("chapter");
  if (asked in list && !isOlder(files.get(WORK + asked), list[asked])) return location.replace(address(WORK + asked));
  for (const [name, chapter] of Object.entries(list)) {
    const where = document.getElementById(name.startsWith("solutions/") ? "solutions" : "chapters");
    where.append(item(name, chapter, files.get(WORK + name), say));
  }
  const others = [...files.keys()].filter((path) => path.endsWith(".ipynb") && !(path.slice(WORK.length) in list));
  for (const path of others) {
    const link = element("a", { href: address(path) }, path.slice(WORK.length));
    document.getElementById("chapters").append(element("li", {}, link));
  }
  if (asked in list) {
    say(`There is a newer version of “${list[asked].title}” than the one you have written in. Choose below which one to open.`);
    document.getElementById(asked).scrollIntoView({ block: "center" });
    document.getElementById(asked).querySelector("a").focus();
  }
}

// In a chapter: say so when the reader's copy was made from another version.
async function warn() {
  const path = new URLSearchParams(location.search).get("path") ?? "";
  const name = path.slice(WORK.length), list = await chapters();
  if (!isOlder((await stored()).get(path), list[name])) return;
  const link = element("a", { href: `${HERE}index.html?chapter=${name}`, style: "color: inherit" }, "the start page");
  const close = element("button", { type: "button", style: "margin-left: 1em" }, "Close");
  const bar = element("div", { role: "status", style: "position: fixed; z-index: 99; bottom: 0; left: 0; right: 0; padding: 0.6em; background: #26323f; color: #fff" },
    "This is your copy. The course has a newer version of this chapter: ", link, " opens it beside yours.", close);
  close.onclick = () => bar.remove();
  document.body.append(bar);
}

document.getElementById("chapters") ? show() : warn();
