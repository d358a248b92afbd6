// Icons that only the list of items has: a picture of their own, of which queue.css knows.
import { type Look, looksOf } from "../icon";
import ICONS from "./icons.json";

const { outlined, filled } = ICONS;
const LOOKS = { ...looksOf(outlined), flagged: looksOf(filled, Object.keys(outlined).length).flag };

export type ItemIcon = keyof typeof LOOKS;

export const itemIcon = (name: ItemIcon): Look => LOOKS[name];
