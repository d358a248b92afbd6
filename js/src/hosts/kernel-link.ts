// Whether a widget's kernel can be reached, where the notebook says so. Knows JupyterLab's kernel only by its looks.

interface Told {
  connect(listener: () => void): void;
  disconnect(listener: () => void): void;
}

/** What is used of JupyterLab's connection to a kernel. */
interface KernelConnection {
  readonly connectionStatus: string;
  readonly status: string;
  readonly isDisposed: boolean;
  readonly connectionStatusChanged: Told;
  readonly statusChanged: Told;
  readonly disposed: Told;
}

/** What is used of anywidget's model; other notebooks have no manager that knows a kernel. */
export interface LinkedModel {
  readonly widget_manager?: unknown;
  on(name: string, callback: (...values: never[]) => void): void;
  off(name: string, callback: (...values: never[]) => void): void;
}

export class KernelLink {
  readonly #model: LinkedModel;
  readonly #kernel: KernelConnection | null;
  readonly #changed: () => void;
  #ended = false;

  /** Calls `changed` when the kernel was lost, is there again, or ended. */
  constructor(model: LinkedModel, changed: () => void) {
    this.#model = model;
    this.#changed = changed;
    this.#kernel = kernelOf(model);
    // The manager says so of a model only when the kernel has restarted: it knows nothing of the widget any more.
    model.on("comm_live_update", this.#end);
    for (const told of this.#told()) told.connect(this.#look);
    this.#kernel?.disposed.connect(this.#end);
  }

  /** Whether messages arrive, as far as the notebook tells. */
  get up(): boolean {
    return !this.#ended && (this.#kernel?.connectionStatus ?? "connected") === "connected";
  }

  /** Whether the widget's side in the kernel is gone for good. */
  get ended(): boolean {
    return this.#ended;
  }

  dispose(): void {
    this.#model.off("comm_live_update", this.#end);
    for (const told of this.#told()) told.disconnect(this.#look);
    this.#kernel?.disposed.disconnect(this.#end);
  }

  #told(): Told[] {
    return this.#kernel ? [this.#kernel.connectionStatusChanged, this.#kernel.statusChanged] : [];
  }

  readonly #look = (): void => {
    if (this.#kernel?.status === "dead" || this.#kernel?.status.endsWith("restarting")) this.#ended = true;
    this.#changed();
  };

  readonly #end = (): void => {
    this.#ended = true;
    this.#changed();
  };
}

function kernelOf({ widget_manager: manager }: LinkedModel): KernelConnection | null {
  const kernel = (manager as { kernel?: Partial<KernelConnection> | null } | undefined)?.kernel;
  const told = [kernel?.connectionStatusChanged, kernel?.statusChanged, kernel?.disposed];
  return kernel && told.every((signal) => typeof signal?.connect === "function") ? (kernel as KernelConnection) : null;
}
