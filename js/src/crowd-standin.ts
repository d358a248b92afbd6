// The entry of the preview's stand-in for Ground Truth's elements; loaded as a classic script in the page's head.
import { installStandin, readOptions } from "./crowd/standin";

const script = document.currentScript;
installStandin(
  customElements,
  readOptions(script instanceof HTMLElement ? { ...script.dataset } : {}, location.search),
);
