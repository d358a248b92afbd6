// Records what every media element sounds like, with the place drawn at the same time. Runs before the page's scripts.
(() => {
  const worklet = `registerProcessor("recorder", class extends AudioWorkletProcessor {
    process([input]) {
      const samples = input[0] ? input[0].slice() : new Float32Array(128);
      this.port.postMessage({ frame: currentFrame, at: Date.now(), samples }, [samples.buffer]);
      return true;
    }
  });`;
  const heard = { quanta: [], places: [], seeks: [], context: null, node: null, known: new WeakSet(), rate: 48000 };
  window.heard = heard;
  const ready = async () => {
    heard.context = new AudioContext({ sampleRate: heard.rate });
    const url = URL.createObjectURL(new Blob([worklet], { type: "text/javascript" }));
    await heard.context.audioWorklet.addModule(url);
    heard.node = new AudioWorkletNode(heard.context, "recorder", {
      numberOfInputs: 1, channelCount: 1, channelCountMode: "explicit", channelInterpretation: "speakers",
    });
    heard.node.port.onmessage = ({ data }) => {
      heard.quanta.push(data);
      if (heard.quanta.length > 6000) heard.quanta.splice(0, 2000);
    };
    heard.node.connect(heard.context.destination);
  };
  heard.starting = null;
  const join = (element) => {
    if (heard.known.has(element)) return;
    heard.known.add(element);
    heard.context.createMediaElementSource(element).connect(heard.node);
    element.addEventListener("seeking", () => heard.seeks.push(Date.now()));
  };
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = async function () {
    heard.element = this;
    heard.starting ??= ready();
    await heard.starting;
    join(this);
    await heard.context.resume();
    return play.call(this);
  };
  // The place is noted as soon as it is drawn.
  heard.watch = (timer) => {
    const read = () => {
      if (!heard.context) return;
      const [minutes, seconds] = timer.textContent.split(":").slice(-2);
      const hours = timer.textContent.split(":").length > 2 ? Number(timer.textContent.split(":")[0]) : 0;
      const stamp = heard.context.getOutputTimestamp();
      heard.places.push({
        at: performance.timeOrigin + performance.now(),
        place: hours * 3600 + Number(minutes) * 60 + Number(seconds),
        context: heard.context.currentTime,
        element: heard.element.currentTime,
        output: stamp.contextTime,
        outputAt: performance.timeOrigin + stamp.performanceTime,
      });
      if (heard.places.length > 2000) heard.places.splice(0, 500);
    };
    new MutationObserver(read).observe(timer, { characterData: true, childList: true, subtree: true });
  };
  heard.take = () => {
    const quanta = heard.quanta.splice(0).map(({ frame, at, samples }) => [frame, at, Array.from(samples, (v) => Math.round(v * 32767))]);
    return { quanta, places: heard.places.splice(0), seeks: heard.seeks.splice(0) };
  };
  heard.clear = () => { heard.quanta.length = 0; heard.places.length = 0; heard.seeks.length = 0; };
})();
