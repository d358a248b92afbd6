// Records what every media element sounds like, and the place drawn at the same time. Runs before the page's scripts.
(() => {
  const worklet = `registerProcessor("recorder", class extends AudioWorkletProcessor {
    process([input]) {
      const samples = input[0] ? input[0].slice() : new Float32Array(128);
      this.port.postMessage({ frame: currentFrame, at: Date.now(), samples }, [samples.buffer]);
      return true;
    }
  });`;
  const RATE = 48000;
  /** Quanta that are kept: 40 s. */
  const MOST = 15000;
  const now = () => performance.timeOrigin + performance.now();
  const heard = { quanta: [], places: [], presses: [], context: null, node: null, starting: null };
  window.heard = heard;
  const known = new WeakSet();
  const ready = async () => {
    heard.context = new AudioContext({ sampleRate: RATE });
    const url = URL.createObjectURL(new Blob([worklet], { type: "text/javascript" }));
    await heard.context.audioWorklet.addModule(url);
    heard.node = new AudioWorkletNode(heard.context, "recorder", {
      numberOfInputs: 1, channelCount: 1, channelCountMode: "explicit", channelInterpretation: "speakers",
    });
    heard.node.port.onmessage = ({ data }) => {
      heard.quanta.push(data);
      if (heard.quanta.length > MOST) heard.quanta.splice(0, MOST / 3);
    };
    heard.node.connect(heard.context.destination);
  };
  // Sound of another site's address is kept from scripts unless the element asks for it in this way.
  const src = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "src");
  Object.defineProperty(HTMLMediaElement.prototype, "src", {
    ...src,
    set(url) {
      if (String(url).startsWith("http")) this.crossOrigin = "anonymous";
      src.set.call(this, url);
    },
  });
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    if (known.has(this)) return play.call(this);
    heard.starting ??= ready();
    return heard.starting.then(async () => {
      if (!known.has(this)) heard.context.createMediaElementSource(this).connect(heard.node);
      known.add(this);
      await heard.context.resume();
      return play.call(this);
    });
  };
  for (const name of ["pointerdown", "keydown"]) {
    addEventListener(name, (event) => heard.presses.push({ name, at: performance.timeOrigin + event.timeStamp }), true);
  }
  const note = (place) => {
    heard.places.push([now(), place]);
    if (heard.places.length > 5000) heard.places.splice(0, 1000);
  };
  /** Notes the place as soon as it is drawn, to a millisecond. */
  heard.watch = (timer) => {
    heard.place = () => timer.textContent.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
    const read = () => note(heard.place());
    new MutationObserver(read).observe(timer, { characterData: true, childList: true, subtree: true });
  };
  /** Plays a sound from its start in an element of its own, its place noted at each frame. */
  heard.calibrate = async (url, seconds) => {
    heard.clear();
    const element = new Audio(url);
    await element.play();
    await new Promise((done) => {
      const look = () => {
        note(element.currentTime);
        if (element.currentTime < seconds) requestAnimationFrame(look);
        else done();
      };
      requestAnimationFrame(look);
    });
    element.pause();
  };
  /** When the first sample that is not silent was rendered after a moment of silence; 0 while there is none. */
  heard.first = (after) => heard.quanta.find(({ at, samples }) => at >= after && samples.some((v) => v !== 0))?.at ?? 0;
  /** Whether nothing sounded in the last quanta. */
  heard.silent = (count = 80) => heard.quanta.slice(-count).every(({ samples }) => samples.every((v) => v === 0));
  heard.clear = () => {
    for (const list of [heard.quanta, heard.places, heard.presses]) list.length = 0;
  };
  /** Gives all that was noted; the samples as int16 in base64. */
  heard.take = () => {
    const { quanta, places, presses } = heard;
    const all = new Int16Array(quanta.length * 128);
    quanta.forEach(({ samples }, index) => all.set(samples.map((v) => Math.max(-32768, Math.min(32767, Math.round(v * 32768)))), index * 128));
    let text = "";
    const bytes = new Uint8Array(all.buffer);
    for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
    const found = {
      samples: btoa(text), frames: quanta.map((each) => each.frame), times: quanta.map((each) => each.at),
      places: [...places], presses: [...presses],
      latency: heard.context ? [heard.context.baseLatency, heard.context.outputLatency] : [],
    };
    heard.clear();
    return found;
  };
})();
