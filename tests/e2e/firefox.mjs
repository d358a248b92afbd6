// Does the whole scenario on the page at the given URL in Firefox, over WebDriver BiDi; tells on stdout what it saw.
import { createRequire } from "node:module";

const require = createRequire(new URL("../../js/package.json", import.meta.url));
const { default: puppeteer } = await import(require.resolve("puppeteer-core"));

const [url, executablePath] = process.argv.slice(2);
const browser = await puppeteer.launch({ browser: "firefox", executablePath, headless: true });
const page = await browser.newPage();
const told = { faults: [], shown: {} };

const press = (name) => page.locator(`button[aria-label="${name}"]`).click();
const choose = (name, value) => page.locator(`select[aria-label="${name}"]`).fill(value);
const waitFor = (test, ...values) => page.waitForFunction(test, { timeout: 20_000 }, ...values);
const count = (wanted) =>
  waitFor((number) => document.querySelectorAll("tr[data-segment]").length === number, wanted);
const tool = (label) => waitFor((name) => document.querySelector(`button[aria-label="${name}"]:not(:disabled)`), label);
const field = (id, name) => `tr[data-segment="${id}"] [aria-label="${name}"]`;

async function chord(modifier, key) {
  await page.keyboard.down(modifier);
  await page.keyboard.press(key);
  await page.keyboard.up(modifier);
}

/** Each row of the table as it is shown, with the id of its segment. */
const rows = () =>
  page.$$eval("tr[data-segment]", (found) =>
    found.map((row) => {
      const value = (name) => row.querySelector(`[aria-label="${name}"]`).value;
      return {
        id: row.dataset.segment,
        track: row.querySelector(".avseg-cell-track").title,
        start: Number(value("Start")),
        end: Number(value("End")),
        text: value("text"),
        emotion: value("emotion"),
      };
    }),
  );

async function note(step) {
  told.shown[step] = await rows();
}

async function addTrack(category, tag) {
  await press("Add new track");
  await choose("Category", category);
  await choose("Tag", tag);
  await page.locator('form[aria-label="New track"] button[type="submit"]').click();
  await tool(`Track options for ${category}: ${tag}`);
}

/** Where a time lies on a track, in px of the page. */
async function place(track) {
  const canvas = await page.waitForSelector('canvas[data-avseg="tracks"]');
  await canvas.scrollIntoView();
  const box = await canvas.boundingBox();
  const { start, end, rows: lanes } = await canvas.evaluate(({ dataset }) => ({ ...dataset }));
  const [, top, height] = JSON.parse(lanes).find(([id]) => id === track);
  const span = Number(end) - Number(start);
  return {
    start: Number(start),
    end: Number(end),
    y: Math.round(box.y + top + height / 2),
    x: (time) => Math.round(box.x + ((time - Number(start)) / span) * box.width),
    time: (x) => Number(start) + ((x - box.x) / box.width) * span,
  };
}

/** Drag on a track from about one time to another; gives the exact times at the pixels that were taken. */
async function drag(track, from, to) {
  const at = await place(track);
  const xs = [at.x(from), at.x(to)];
  await page.mouse.move(xs[0], at.y);
  await page.mouse.down();
  await page.mouse.move(xs[1], at.y, { steps: 4 });
  await page.mouse.up();
  return xs.map(at.time);
}

async function recordAndDraw() {
  await addTrack("language", "Hindi");
  await addTrack("speaker", "Customer");
  await press("Begin recording");
  await waitFor(() => document.querySelector(".avseg-clock b").textContent > "0:00.500");
  await press("Stop recording");
  await press("Pause");
  await count(1);
  await note("recorded");
  told.drawn = await drag("language:Hindi", 8, 12);
  await tool("Undo: draw segment");
  await note("drawn");
  told.resized = await drag("language:Hindi", told.drawn[1], 14);
  await tool("Undo: resize segment");
  await note("resized");
  told.moved = await drag("language:Hindi", 11, 13);
  await tool("Undo: move segment");
  await note("moved");
}

/** A click on a segment selects and plays it; then it is split where the playhead is put, and made one again. */
async function splitAndMerge() {
  const at = await place("language:Hindi");
  await page.mouse.click(at.x(12), at.y);
  await tool("Pause");
  await press("Pause");
  await page.keyboard.press("g");
  await page.locator('form[aria-label="Go to time"] input').fill("12.5");
  await page.keyboard.press("Enter");
  await waitFor(() => document.querySelector(".avseg-clock b").textContent === "0:12.500");
  await page.locator(".avseg-side-ruler").click();
  await page.keyboard.press("x");
  await count(3);
  await note("split");
  // All on the track of the half that is selected, made one again.
  await chord("Shift", "A");
  await chord("Shift", "M");
  await count(2);
  await note("merged");
}

async function fillIn() {
  const [recorded, drawn] = await rows();
  await page.locator(field(drawn.id, "text")).fill("written in Firefox <b>");
  await page.locator(field(drawn.id, "emotion")).fill("Sad");
  await page.locator(field(recorded.id, "End")).click();
  await chord("Control", "a");
  await page.keyboard.type("0:01.25");
  await page.keyboard.press("Enter");
  await tool("Undo: set time");
  await note("typed");
  await page.locator('input[type="radio"][aria-label="4"]').click();
  for (const name of ["non-speech", "traffic", "ambient"])
    await page.locator(`form[aria-label="Content"] ::-p-text(${name})`).click();
  await page.locator('textarea[aria-label="notes"]').fill("two\nlines");
}

async function undoByKeys() {
  await page.locator(".avseg-side-ruler").click();
  await page.locator(field((await rows())[0].id, "text")).click();
  await page.locator(".avseg-side-ruler").click();
  await page.keyboard.press("Delete");
  await count(1);
  await chord("Control", "z");
  await count(2);
  await chord("Control", "y");
  await count(1);
  await press("Undo: delete segment");
  await count(2);
  await page.keyboard.press("?");
  await waitFor(() => document.querySelector("dialog[open], [role=dialog]"));
  await page.keyboard.press("Escape");
}

try {
  page.on("pageerror", (error) => told.faults.push(error.message));
  await page.setViewport({ width: 1300, height: 1200 });
  await page.goto(url);
  for (const step of [recordAndDraw, splitAndMerge, fillIn, undoByKeys]) {
    told.step = step.name;
    await step();
  }
  await note("submitted");
  await page.locator("button.avseg-submit").click();
  await waitFor(() => document.body.textContent.includes("Submitted."));
} catch (error) {
  await note("failed");
  const notice = await page.$eval(".avseg-status [role=status]", (status) => status.textContent);
  told.faults.push(`in ${told.step} (the editor says: ${notice}): ${error.stack}`);
} finally {
  console.log(JSON.stringify(told));
  await browser.close();
}
