// Colours of levels: grey as in Praat, and maps of even lightness that the colour-blind can read. Pure.
import type { ColorMapName } from "./spectral-view";

/**
 * 33 colours of each map as hex digits, between which mixing comes within 2 of 255 of the whole table: viridis, magma
 * and inferno are Nathaniel Smith's and Stéfan van der Walt's, as in Matplotlib, and in the public domain (CC0).
 */
const STOPS: Record<ColorMapName, string> = {
  grey: "ffffff000000",
  viridis:
    "440154470d6048186a482374472d7b4536814240863f49893b528b375a8d33638d2f6a8e2c728e297a8e26818e23898e21908c1f988b1f9f8821a68528ae8031b57b3ebc744cc26c5dc9636ece5882d34c96d83fabdc32c0df24d5e21aeae51afde725",
  magma:
    "0000040303110a0822130d331d114628115a36106a430f7650127c5d177f691c817621818226818f2a819c2e7fa9327db63779c33b75cf4170db486ae65163ee5c5ef5695cf9785dfb8761fd9668fea571feb47bfec387fed194fde0a2fceeb0fcfdbf",
  inferno:
    "0000040403120b0724150b37210c4a2e0a5a3c09654a0c6b57106d63146e70196e7d1e6d89226a962766a32b61af315cbb3755c63e4dd14644db4f3be35932eb6528f1711ef67f14f98d0afb9c06fcab0ffbba1ff9ca32f5d949f2e865f3f586fcffa4",
};

/** 256 colours from silent to loud, four bytes each: red, green, blue and full opacity. */
export function colorTable(name: ColorMapName): Uint8ClampedArray {
  const hex = STOPS[name];
  const last = hex.length / 6 - 1;
  const part = (stop: number, channel: number): number =>
    Number.parseInt(hex.slice(stop * 6 + channel * 2, stop * 6 + channel * 2 + 2), 16);
  const table = new Uint8ClampedArray(256 * 4).fill(255);
  for (let value = 0; value < 256; value += 1) {
    const place = (value / 255) * last;
    const stop = Math.min(Math.floor(place), last - 1);
    for (let channel = 0; channel < 3; channel += 1) {
      const from = part(stop, channel);
      table[value * 4 + channel] = from + (part(stop + 1, channel) - from) * (place - stop);
    }
  }
  return table;
}
