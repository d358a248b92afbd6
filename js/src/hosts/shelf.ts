// The browser's own database as one shelf of records under keys. Knows IndexedDB, nothing of what is kept.

/** A record's place: the document it belongs to first. */
export type Key = readonly (string | number)[];

export interface Shelf {
  /** Every record whose key begins with these parts, in the order of keys. */
  read(from: Key): Promise<[Key, unknown][]>;
  /** Put records, or remove those without a value; all or nothing. */
  write(changes: readonly (readonly [Key, unknown])[]): Promise<void>;
  /** Remove every record whose key begins with these parts. */
  clear(from: Key): Promise<void>;
}

const STORE = "kept";

/** Rejects where the browser keeps nothing: in a sandboxed frame, in some private windows, when it is broken. */
export function openShelf(name = "avseg"): Promise<Shelf> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      const database = request.result;
      // Another page that has a newer version of this must not wait for us.
      database.onversionchange = () => database.close();
      resolve(shelfOf(database));
    };
  });
}

function shelfOf(database: IDBDatabase): Shelf {
  const within = (from: Key) => IDBKeyRange.bound([...from], [...from, []]);
  const change = (make: (store: IDBObjectStore) => void) =>
    new Promise<void>((resolve, reject) => {
      const transaction = database.transaction(STORE, "readwrite");
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
      make(transaction.objectStore(STORE));
      // Nothing is waited for in the page, which may end any moment.
      transaction.commit?.();
    });
  return {
    read: (from) =>
      new Promise((resolve, reject) => {
        const transaction = database.transaction(STORE);
        const store = transaction.objectStore(STORE);
        const [keys, values] = [store.getAllKeys(within(from)), store.getAll(within(from))];
        transaction.oncomplete = () => resolve(keys.result.map((key, index) => [key as Key, values.result[index]]));
        transaction.onabort = () => reject(transaction.error);
      }),
    write: (changes) =>
      change((store) => {
        for (const [key, value] of changes) {
          if (value === undefined) store.delete([...key]);
          else store.put(value, [...key]);
        }
      }),
    clear: (from) => change((store) => store.delete(within(from))),
  };
}
