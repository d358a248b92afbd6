// @vitest-environment happy-dom
// The stand-in for Ground Truth's elements: what it collects, in which shape, and when it hands it over.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type CrowdForm, crowdFormElement } from "../src/crowd/form";
import { LIKELY, serialize } from "../src/crowd/serialize";
import { installStandin, readOptions } from "../src/crowd/standin";

const received: unknown[] = [];
let server: Server;

beforeAll(async () => {
  server = createServer((request, response) => {
    response.setHeader("Access-Control-Allow-Origin", "*");
    response.setHeader("Access-Control-Allow-Headers", "Content-Type");
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      if (request.method === "POST") received.push(JSON.parse(body));
      response.end(JSON.stringify({ answers: [{ answerContent: { note: "<img onerror=alert(1)>" } }] }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const answerUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/answer`;
  const ready = new Promise((resolve) =>
    document.addEventListener("all-crowd-elements-ready", resolve, { once: true }),
  );
  installStandin(customElements, { answerUrl, told: "", unproven: LIKELY });
  await ready;
  return () => server.close();
});

beforeEach(() => {
  received.length = 0;
});

afterEach(() => {
  for (const form of document.querySelectorAll("crowd-form, main")) form.remove();
});

function show(html: string): CrowdForm {
  const main = document.createElement("main");
  main.innerHTML = `<crowd-form>${html}</crowd-form>`;
  document.body.append(main);
  return main.querySelector("crowd-form") as CrowdForm;
}

function answerOf(html: string, unproven = LIKELY): Record<string, unknown> {
  return serialize(show(html).form, unproven);
}

describe("the form", () => {
  it("moves its children into a real form", () => {
    const form = show('<input type="hidden" name="annotations" value="1">');
    expect(form.form.parentElement).toBe(form);
    expect(form.form.querySelector("input")?.name).toBe("annotations");
    expect(form.children).toHaveLength(1);
  });

  it("may leave its children where they are", () => {
    const onAnswer = vi.fn();
    customElements.define("staying-form", crowdFormElement({ ...LIKELY, children: "stay" }, onAnswer));
    const form = document.createElement("staying-form") as CrowdForm;
    form.innerHTML = '<input name="a" required><crowd-button form-action="submit"></crowd-button>';
    document.body.append(form);
    const [field] = form.children;
    expect(field).toBeInstanceOf(HTMLInputElement);
    expect(form.shadowRoot?.querySelector("button")).toBeNull();
    form.submit();
    expect(onAnswer).not.toHaveBeenCalled();
    (field as HTMLInputElement).value = "x";
    form.submit();
    expect(onAnswer).toHaveBeenCalledWith({ a: "x" });
    form.remove();
  });

  it("adds a submit button unless there is one", () => {
    expect(show("").shadowRoot?.querySelector("button")).not.toBeNull();
    expect(show('<crowd-button form-action="submit"></crowd-button>').shadowRoot?.querySelector("button")).toBeNull();
  });

  it("runs handlers at submit(), which can stop it", async () => {
    const form = show('<input type="hidden" name="a" value="x">');
    const listener = vi.fn((event: Event) => event.preventDefault());
    form.addEventListener("submit", listener);
    form.submit();
    expect(listener).toHaveBeenCalledTimes(1);
    form.removeEventListener("submit", listener);
    form.onsubmit = (event) => event.preventDefault();
    form.submit();
    form.onsubmit = null;
    form.submit();
    await vi.waitFor(() => expect(received).toEqual([{ a: "x" }]));
  });

  it("asks for what is required", () => {
    const form = show('<crowd-checkbox name="agree" required></crowd-checkbox>');
    const listener = vi.fn((event: Event) => event.preventDefault());
    form.addEventListener("submit", listener);
    form.submit();
    expect(listener).not.toHaveBeenCalled();
    (form.form.firstElementChild as HTMLInputElement).checked = true;
    form.submit();
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it("submits and resets by its buttons", async () => {
    const form = show(
      '<crowd-input name="text" value="first"></crowd-input><crowd-button id="s" form-action="submit">Go</crowd-button>' +
        '<crowd-button id="r" form-action="reset">Back</crowd-button>',
    );
    (form.querySelector("crowd-input") as HTMLInputElement).value = "second";
    form.querySelector<HTMLElement>("#s")?.click();
    await vi.waitFor(() => expect(received).toEqual([{ text: "second" }]));
    form.querySelector<HTMLElement>("#r")?.click();
    expect((form.querySelector("crowd-input") as HTMLInputElement).value).toBe("first");
  });
});

describe("the answer", () => {
  it("has texts as texts, and leaves out empty crowd elements", () => {
    const html =
      '<textarea name="z">last</textarea><select name="s"><option>a<option selected>b</select><input name="empty">' +
      '<crowd-input name="none"></crowd-input><crowd-text-area name="area" value="v"></crowd-text-area><input value="x">';
    expect(answerOf(html)).toEqual({ area: "v", empty: "", s: "b", z: "last" });
    expect(Object.keys(answerOf(html))).toEqual(["area", "empty", "s", "z"]);
  });

  it("has choices as maps of booleans", () => {
    const html =
      '<input type="radio" name="r" value="no"><input type="radio" name="r" value="yes" checked>' +
      '<input type="checkbox" name="c" value="b" checked><input type="checkbox" name="c" value="a">' +
      '<crowd-checkbox name="on" checked></crowd-checkbox>';
    expect(answerOf(html)).toEqual({ c: { a: false, b: true }, on: { on: true }, r: { no: false, yes: true } });
  });

  it("lets one radio button of a group be chosen", () => {
    const form = show(
      '<crowd-radio-group><crowd-radio-button name="one" value="1" checked></crowd-radio-button>' +
        '<crowd-radio-button name="two" value="2"></crowd-radio-button></crowd-radio-group>',
    );
    (form.querySelector('[name="two"]') as HTMLInputElement).checked = true;
    expect(serialize(form.form, { ...LIKELY, unchosen: "false" })).toEqual({ one: { "1": false }, two: { "2": true } });
  });

  it("takes unproven points either way", () => {
    const html =
      '<input type="hidden" name="json" value="{&quot;b&quot;:1}"><input name="t" value="1"><input name="t" value="2">' +
      '<input type="radio" name="r" value="x">';
    expect(answerOf(html)).toEqual({ json: '{"b":1}', t: "2" });
    const other = { ...LIKELY, hiddenJson: "object", unchosen: "false", duplicates: "first" } as const;
    expect(answerOf(html, other)).toEqual({ json: { b: 1 }, r: { x: false }, t: "1" });
  });
});

describe("the page", () => {
  it("says that it is simulated and shows the stored answer as text", async () => {
    show('<input type="hidden" name="a" value="x">').submit();
    const root = document.body.firstElementChild?.shadowRoot;
    expect(root?.textContent).toContain("Simulated Ground Truth page");
    await vi.waitFor(() => expect(received).toHaveLength(1));
    await vi.waitFor(() => expect(root?.querySelector("pre")?.textContent).toContain("<img onerror=alert(1)>"));
    expect(root?.querySelector("img")).toBeNull();
  });

  it("reads its options", () => {
    expect(readOptions({}, "")).toEqual({ answerUrl: "", told: "", unproven: LIKELY });
    expect(
      readOptions({ answerUrl: "answer", told: "done", hiddenJson: "object" }, "?duplicates=first&children=stay"),
    ).toEqual({
      answerUrl: "answer",
      told: "done",
      unproven: { hiddenJson: "object", unchosen: "omit", duplicates: "first", children: "stay" },
    });
  });
});
