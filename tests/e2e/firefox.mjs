// Labels the page at the given URL in Firefox over WebDriver BiDi: a track, a recording, a drawn segment, text, submit.
import { createRequire } from "node:module";

const require = createRequire(new URL("../../js/package.json", import.meta.url));
const { default: puppeteer } = await import(require.resolve("puppeteer-core"));

const [url, executablePath] = process.argv.slice(2);
const browser = await puppeteer.launch({ browser: "firefox", executablePath, headless: true });
const faults = [];
try {
  const page = await browser.newPage();
  page.on("pageerror", (error) => faults.push(error.message));
  await page.setViewport({ width: 1300, height: 900 });
  await page.goto(url);
  const press = (name) => page.locator(`button[aria-label="${name}"]`).click();
  await press("Add new track");
  await page.locator('select[aria-label="Category"]').fill("speaker");
  await page.locator('form[aria-label="New track"] button[type="submit"]').click();
  await press("Begin recording");
  await page.waitForFunction(() => document.querySelector(".avseg-clock b").textContent > "0:00.500");
  await press("Stop recording");
  await press("Pause");
  const canvas = await page.waitForSelector('canvas[data-avseg="tracks"]');
  const { x, y } = await canvas.boundingBox();
  await page.mouse.move(x + 200, y + 18);
  await page.mouse.down();
  await page.mouse.move(x + 300, y + 18, { steps: 4 });
  await page.mouse.up();
  await page.waitForFunction(() => document.querySelectorAll("tr[data-segment]").length === 2);
  const geometry = await canvas.evaluate(({ dataset, clientWidth }) => ({ ...dataset, width: clientWidth }));
  await page.locator('tr[data-segment]:last-child input[aria-label="text"]').fill("written in Firefox");
  await page.locator("button.avseg-submit").click();
  await page.waitForFunction(() => document.body.textContent.includes("Submitted."));
  console.log(JSON.stringify({ geometry, faults }));
} finally {
  await browser.close();
}
