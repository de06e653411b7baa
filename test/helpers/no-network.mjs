/** Preloaded into a command under test: whatever it fetches fails, as on a machine without a network. */
globalThis.fetch = () => Promise.reject(new TypeError("fetch failed", { cause: new Error("no network in this test") }));
