// @vitest-environment happy-dom
// Every icon is where its look says, in the picture that the style sheet holds.
/// <reference types="node" />
import { join } from "node:path";
import { build } from "esbuild";
import { icons as lucide } from "lucide";
import { describe, expect, it } from "vitest";
import { iconSprites } from "../icon-sprites.mjs";
import { iconLook } from "../src/ui/icon";
import ICONS from "../src/ui/icons.json";
import { itemIcon } from "../src/ui/queue/icons";
import ITEM_ICONS from "../src/ui/queue/icons.json";

/** The last picture in a style sheet. */
async function pictureOf(sheet: string): Promise<Element> {
  const entry = join(import.meta.dirname, "../src/ui", sheet);
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, write: false, plugins: [iconSprites] });
  const [, , url = ""] = [...(outputFiles[0]?.text ?? "").matchAll(/url\((["'])(data:.*?)\1\)/g)].at(-1) ?? [];
  const [kind, ...written] = url.split(",");
  expect(kind).toBe("data:image/svg+xml");
  return new DOMParser().parseFromString(decodeURIComponent(written.join(",")), "image/svg+xml").documentElement;
}

/** Left and top of the part of a picture that a look shows, in units. */
function placeOf(picture: Element, look: ReturnType<typeof iconLook>): string {
  const [, , width = 0, height = 0] = (picture.getAttribute("viewBox") ?? "").split(" ").map(Number);
  const [x = 0, y = 0] = look["--avseg-icon"].split(" ").map((share) => Number.parseFloat(share) / 100);
  return `translate(${Math.round(x * (width - 24))} ${Math.round(y * (height - 24))})`;
}

const SHEETS = [
  { sheet: "base.css", icons: ICONS, look: iconLook as (name: string, filled: boolean) => ReturnType<typeof iconLook> },
  {
    sheet: "queue/queue.css",
    icons: ITEM_ICONS,
    look: (name: string, filled: boolean) => itemIcon((filled ? "flagged" : name) as "flag"),
  },
];

describe.each(SHEETS)("in $sheet", ({ sheet, icons, look }) => {
  it("each icon of icons.json is in its place", async () => {
    const picture = await pictureOf(sheet);
    for (const [kind, names] of Object.entries(icons)) {
      for (const [name, drawn] of Object.entries(names as Record<string, string>)) {
        const place = placeOf(picture, look(name, kind === "filled"));
        const found = [...picture.children].find((child) => child.getAttribute("transform") === place);
        const shapes = [...(found?.children ?? [])].map((shape) => [
          shape.tagName,
          Object.fromEntries([...shape.attributes].map((attribute) => [attribute.name, attribute.value])),
        ]);
        const wanted = lucide[drawn as keyof typeof lucide].map(([tag, attributes]) => [
          tag,
          Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, String(value)])),
        ]);
        expect(shapes, name).toEqual(wanted);
        expect(found?.getAttribute("fill") ?? "none", name).toBe(kind === "filled" ? "#000" : "none");
      }
    }
  });
});
