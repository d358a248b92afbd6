// Opens wavesurfer with many regions over an hour, 60 s of it in sight; returns the ms that adding them took.
async ({ regions, duration }) => {
  document.body.replaceChildren();
  const container = document.createElement("div");
  document.body.append(container);
  const plugin = WaveSurfer.Regions.create();
  const wave = WaveSurfer.create({
    container,
    height: 96,
    duration,
    peaks: [Float32Array.from({ length: 8000 }, (_, place) => Math.sin(place) * 0.8)],
    minPxPerSec: container.clientWidth / 60,
    plugins: [plugin, WaveSurfer.Zoom.create({ scale: 0.05, maxZoom: 400 })],
  });
  const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  await new Promise((resolve) => wave.once("ready", resolve));
  await frame();
  const before = performance.now();
  for (const [start, end] of regions) plugin.addRegion({ start, end });
  await frame();
  const added = performance.now() - before;
  wave.setScrollTime(duration / 2);
  window.benchHandleAt = () => {
    const { left, right } = container.getBoundingClientRect();
    for (const region of plugin.getRegions()) {
      const box = region.element?.getBoundingClientRect();
      if (box && box.left > left + 200 && box.right < right - 200) return [box.right - 2, box.top + box.height / 2];
    }
    throw new Error("no region is in sight");
  };
  return added;
};
