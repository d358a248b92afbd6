// The time heard: an even line through what a browser tells in steps, and what stretching adds.
import { describe, expect, test } from "vitest";
import { HeardTime, leadAfter, stretchLead } from "../src/player/heard";

/** Readings at every frame of an element that begins to sound after 60 ms and tells its time in steps of 10 ms. */
function readings(rate: number, frames: number, step = 0.01): { now: number; told: number; true: number }[] {
  return Array.from({ length: frames }, (_, index) => {
    const now = 1000 + index * 16.7;
    const played = Math.max(0, now - 1060) / 1000;
    return { now, told: 7 + Math.floor(played / step) * step * rate, true: 7 + played * rate };
  });
}

describe("the time heard", () => {
  test.each([0.5, 1, 2])("is an even line at %s times the speed", (rate) => {
    const heard = new HeardTime(false);
    const found = readings(rate, 200).map((each) => ({ ...each, heard: heard.at(each.told, each.now, rate) }));
    const steps = found.slice(1).map((each, index) => each.heard - (found[index]?.heard ?? 0));
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(0);
    // The steps themselves lie 5 ms behind on average.
    const off = found.map((each) => (each.heard - each.true) / rate + (each.told > 7 ? 0.005 : 0));
    expect(Math.max(...off.slice(20).map(Math.abs))).toBeLessThan(0.002);
    expect(Math.max(...off.map(Math.abs))).toBeLessThan(0.0101);
  });

  test("does not run ahead of an element that waits", () => {
    const heard = new HeardTime(true);
    for (let now = 0; now < 500; now += 16) expect(heard.at(3, now, 2)).toBe(3);
    for (let now = 500; now < 1500; now += 16) heard.at(3 + (now - 500) / 1000, now, 1);
    for (let now = 1500; now < 3000; now += 16) {
      const time = heard.at(4, now, 1);
      expect(time).toBeLessThan(4.06);
      if (now > 1560) expect(time).toBe(4);
    }
  });

  test("follows a jump at once", () => {
    const heard = new HeardTime(false);
    for (let now = 0; now < 500; now += 16) heard.at(now / 1000, now, 1);
    expect(heard.at(90, 512, 1)).toBe(90);
    heard.reset();
    expect(heard.at(30, 528, 1)).toBe(30);
  });
});

describe("stretched sound", () => {
  test("is where it was recorded to be", () => {
    const found = [0.5, 1, 1.5, 2, 3].map(stretchLead);
    for (const [index, lead] of [0.0325, 0, -0.00795, -0.0159, -0.0263].entries())
      expect(found[index]).toBeCloseTo(lead, 9);
  });

  test("leaves the element's time step by step", () => {
    expect(leadAfter(1, 5)).toBe(0);
    expect(leadAfter(0.5, 0)).toBe(0);
    expect(leadAfter(0.5, 0.01)).toBeCloseTo(0.01, 6);
    expect(leadAfter(0.5, 1)).toBe(stretchLead(0.5));
    expect(leadAfter(2, 0.01)).toBeCloseTo(-0.005, 6);
    expect(leadAfter(2, 1)).toBe(stretchLead(2));
  });
});
