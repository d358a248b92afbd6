// What is to be done before the next frame is drawn, once however often it was asked for.

const tasks = new Set<() => void>();
let isDue = false;

/** Do it in the next frame; while that is prepared, in this one. */
export function onFrame(task: () => void): void {
  tasks.add(task);
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(prepare);
}

export function offFrame(task: () => void): void {
  tasks.delete(task);
}

function prepare(): void {
  try {
    for (const task of tasks) {
      tasks.delete(task);
      task();
    }
  } finally {
    // After an error the others still have their turn.
    isDue = tasks.size > 0;
    if (isDue) requestAnimationFrame(prepare);
  }
}
